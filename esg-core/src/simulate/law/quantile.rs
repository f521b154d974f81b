//! From probabilities to values.

use super::super::philox::Stream;
use super::{Law, Shape};
use crate::math::{
    Kernel, Real, exp, exp_line_slice, inverse_normal, inverse_normal_slice, inverse_regularised_beta,
    normal_cdf, wide,
};

impl Law {
    /// Returns the least value that is not exceeded with probability `p`; NaN outside of 0..1.
    pub fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        match &self.0 {
            Shape::Constant(value) => *value,
            &Shape::Uniform { lower, upper } => lower + p * (upper - lower),
            &Shape::Triangular { lower, mode, upper } => Triangle::new(lower, mode, upper).at(p),
            &Shape::Beta { lower, upper, a, b } => {
                lower + (upper - lower) * inverse_regularised_beta(a, b, p)
            }
            &Shape::Truncated { mean, sd, lower, upper } => {
                (mean + sd * Cut::new(mean, sd, lower, upper).quantile(p)).clamp(lower, upper)
            }
            Shape::Discrete { values, cumulative, .. } => {
                values[cumulative.partition_point(|&sum| sum < p).min(values.len() - 1)]
            }
            Shape::Normal { .. } | Shape::Lognormal { .. } => self.of_normal(inverse_normal(p)),
        }
    }

    /// Replaces every probability by its [`quantile`](Self::quantile), with the same bits.
    pub fn quantiles(&self, p: &mut [f64]) {
        match &self.0 {
            Shape::Constant(value) => p.fill(*value),
            Shape::Normal { .. } | Shape::Lognormal { .. } => {
                inverse_normal_slice(p);
                self.of_normals(p);
            }
            &Shape::Triangular { lower, mode, upper } => {
                Triangle::new(lower, mode, upper).replace(p);
            }
            &Shape::Uniform { lower, upper } => map(p, move |p| lower + p * (upper - lower)),
            &Shape::Truncated { mean, sd, lower, upper } => {
                let cut = Cut::new(mean, sd, lower, upper);
                p.iter_mut().for_each(|p| *p = (mean + sd * cut.quantile(*p)).clamp(lower, upper));
            }
            Shape::Beta { .. } | Shape::Discrete { .. } => {
                p.iter_mut().for_each(|p| *p = self.quantile(*p));
            }
        }
    }

    /// Writes the values of the draws from `first` on of a variable with this law.
    pub fn sample(&self, stream: Stream, first: u64, out: &mut [f64]) {
        stream.fill(first, out);
        self.quantiles(out);
    }

    /// Returns the value that stands as high in this law as `z` in a standard normal one.
    pub fn of_normal(&self, z: f64) -> f64 {
        match self.0 {
            Shape::Normal { mean, sd } => mean + sd * z,
            Shape::Lognormal { mu, sigma } => exp(mu + sigma * z),
            _ => self.quantile(normal_cdf(z)),
        }
    }

    /// Replaces every standard normal value by [`of_normal`](Self::of_normal) of it.
    pub fn of_normals(&self, z: &mut [f64]) {
        match self.0 {
            Shape::Normal { mean, sd } => map(z, move |z| mean + sd * z),
            Shape::Lognormal { mu, sigma } => exp_line_slice(z, mu, sigma),
            _ => {
                z.iter_mut().for_each(|z| *z = normal_cdf(*z));
                self.quantiles(z);
            }
        }
    }
}

#[inline(always)]
fn map(values: &mut [f64], of: impl Fn(f64) -> f64 + Copy) {
    wide(
        #[inline(always)]
        || {
            for value in values.iter_mut() {
                *value = of(*value);
            }
        },
    );
}

/// A triangular law with what its quantiles need.
#[derive(Clone, Copy)]
struct Triangle {
    lower: f64,
    upper: f64,
    /// Probability below the mode.
    below: f64,
    rise: f64,
    fall: f64,
}

impl Triangle {
    fn new(lower: f64, mode: f64, upper: f64) -> Self {
        let width = upper - lower;
        Self {
            lower,
            upper,
            below: (mode - lower) / width,
            rise: width * (mode - lower),
            fall: width * (upper - mode),
        }
    }
}

impl Kernel for Triangle {
    /// The distance from the nearer end. In a loop of its own, else the compiler takes two roots and throws one away.
    #[inline(always)]
    fn before<R: Real>(self, p: R) -> R {
        p.map(
            #[inline(always)]
            |p| (if p < self.below { self.rise * p } else { self.fall * (1.0 - p) }).sqrt(),
        )
    }

    #[inline(always)]
    fn usual<R: Real>(self, p: R, root: R) -> R {
        p.zip(
            root,
            #[inline(always)]
            |p, root| if p < self.below { self.lower + root } else { self.upper - root },
        )
    }
}

/// The part of the standard normal between two bounds, seen from the tail where the probabilities keep their digits.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Bounds in standard deviations, mirrored when they lie above the mean.
    low: f64,
    high: f64,
    below: f64,
    mass: f64,
    sign: f64,
}

impl Cut {
    pub(super) fn new(mean: f64, sd: f64, lower: f64, upper: f64) -> Self {
        let (low, high) = ((lower - mean) / sd, (upper - mean) / sd);
        let (low, high, sign) = if low + high > 0.0 { (-high, -low, -1.0) } else { (low, high, 1.0) };
        let below = normal_cdf(low);
        Self { low, high, below, mass: normal_cdf(high) - below, sign }
    }

    pub(super) fn mass(&self) -> f64 {
        self.mass
    }

    fn quantile(&self, p: f64) -> f64 {
        let p = if self.sign > 0.0 { p } else { 1.0 - p };
        self.sign * inverse_normal(self.below + p * self.mass).clamp(self.low, self.high)
    }

    /// The probability of `x` standard deviations or less.
    pub(super) fn cdf(&self, x: f64) -> f64 {
        let part = ((normal_cdf(self.sign * x) - self.below) / self.mass).clamp(0.0, 1.0);
        if self.sign > 0.0 { part } else { 1.0 - part }
    }

    /// Mean in standard deviations.
    pub(super) fn mean(&self) -> f64 {
        self.sign * self.first()
    }

    pub(super) fn sd(&self) -> f64 {
        let edge = |x: f64| if x.is_infinite() { 0.0 } else { x * density(x) };
        let first = self.first();
        (1.0 + (edge(self.low) - edge(self.high)) / self.mass - first * first).max(0.0).sqrt()
    }

    fn first(&self) -> f64 {
        (density(self.low) - density(self.high)) / self.mass
    }
}

fn density(x: f64) -> f64 {
    // 1 / sqrt(2 pi)
    0.398_942_280_401_432_7 * exp(-0.5 * x * x)
}
