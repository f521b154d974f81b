//! Means and standard deviations, in closed form.

use super::quantile::Cut;
use super::{Law, Shape};
use crate::math::exp;

impl Law {
    /// Returns the mean.
    pub fn mean(&self) -> f64 {
        match &self.0 {
            Shape::Constant(value) => *value,
            Shape::Normal { mean, .. } => *mean,
            Shape::Lognormal { mu, sigma } => exp(mu + 0.5 * sigma * sigma),
            Shape::Uniform { lower, upper } => lower + 0.5 * (upper - lower),
            Shape::Triangular { lower, mode, upper } => lower + ((mode - lower) + (upper - lower)) / 3.0,
            Shape::Beta { lower, upper, a, b } => lower + (upper - lower) * (a / (a + b)),
            &Shape::Truncated { mean, sd, lower, upper } => {
                mean + sd * Cut::new(mean, sd, lower, upper).mean()
            }
            Shape::Discrete { values, weights, .. } => weighted_mean(values, weights, |value| value),
        }
    }

    /// Returns the standard deviation.
    pub fn sd(&self) -> f64 {
        match &self.0 {
            Shape::Constant(_) => 0.0,
            Shape::Normal { sd, .. } => *sd,
            Shape::Lognormal { sigma, .. } => self.mean() * exp_less_1(sigma * sigma).sqrt(),
            Shape::Uniform { lower, upper } => (upper - lower) / 12f64.sqrt(),
            Shape::Triangular { lower, mode, upper } => {
                // (a^2 + b^2 - a b) / 18 of the two sides' distances from lower: no cancellation.
                let (a, b) = (mode - lower, upper - lower);
                ((a * a + b * (b - a)) / 18.0).sqrt()
            }
            Shape::Beta { lower, upper, a, b } => {
                let sum = a + b;
                (upper - lower) * (a * b / (sum + 1.0)).sqrt() / sum
            }
            &Shape::Truncated { mean, sd, lower, upper } => sd * Cut::new(mean, sd, lower, upper).sd(),
            Shape::Discrete { values, weights, .. } => {
                let mean = self.mean();
                weighted_mean(values, weights, |value| (value - mean) * (value - mean)).sqrt()
            }
        }
    }
}

fn weighted_mean(values: &[f64], weights: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    // Differences from the first value: a sample far from zero keeps its digits.
    let first = of(values[0]);
    first + values.iter().zip(weights).map(|(&value, &weight)| weight * (of(value) - first)).sum::<f64>()
}

/// e^x - 1 without cancellation (Kahan): what the rounding of e^x lost, its logarithm lost too.
pub(in super::super) fn exp_less_1(x: f64) -> f64 {
    let power = exp(x);
    if power == 1.0 {
        x
    } else if power.is_infinite() {
        power
    } else {
        (power - 1.0) * (x / crate::math::ln(power))
    }
}

/// ln(1 + x) without cancellation, in the same way.
pub(super) fn ln_1_plus(x: f64) -> f64 {
    let sum = 1.0 + x;
    if sum == 1.0 { x } else { crate::math::ln(sum) * (x / (sum - 1.0)) }
}
