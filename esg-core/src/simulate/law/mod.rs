//! Sampling laws: from a uniform number to a value, by the inverse of the distribution function.
//!
//! Inversion takes exactly one uniform number for each value and keeps order: a larger uniform number is a larger value. So
//! draws can be correlated, stratified and computed alone, which rejection methods cannot. A law that exists is a
//! valid one; what a constructor refuses it names with parameter and rule.

mod build;
mod convert;
mod moments;
mod quantile;

pub use convert::sigma_of_cv;
pub(super) use moments::exp_less_1;

use crate::math;

/// A distribution with parameters in the unit of its variable.
///
/// # Examples
/// ```
/// # use esg_core::simulate::Law;
/// let diesel = Law::lognormal(2.68, 1.05)?; // median, geometric standard deviation
/// assert!((diesel.quantile(0.5) - 2.68).abs() < 1e-15);
/// assert!((diesel.cdf(2.68 * 1.05) - 0.841_344_746_068_542_9).abs() < 1e-14);
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Law(pub(super) Shape);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Constant(f64),
    Normal {
        mean: f64,
        sd: f64,
    },
    /// Of the logarithm.
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Uniform {
        lower: f64,
        upper: f64,
    },
    Triangular {
        lower: f64,
        mode: f64,
        upper: f64,
    },
    Beta {
        lower: f64,
        upper: f64,
        a: f64,
        b: f64,
    },
    Truncated {
        mean: f64,
        sd: f64,
        lower: f64,
        upper: f64,
    },
    /// Values in rising order with the probability of each and of all up to it.
    Discrete {
        values: Vec<f64>,
        weights: Vec<f64>,
        cumulative: Vec<f64>,
    },
}

impl Law {
    /// The name of the law.
    pub const fn name(&self) -> &'static str {
        match self.0 {
            Shape::Constant(_) => "constant",
            Shape::Normal { .. } => "normal",
            Shape::Lognormal { .. } => "lognormal",
            Shape::Uniform { .. } => "uniform",
            Shape::Triangular { .. } => "triangular",
            Shape::Beta { .. } => "beta",
            Shape::Truncated { .. } => "truncated normal",
            Shape::Discrete { .. } => "discrete",
        }
    }

    /// Returns the probability of a value of `x` or less.
    pub fn cdf(&self, x: f64) -> f64 {
        let step = |at: f64| if x < at { 0.0 } else { 1.0 };
        match &self.0 {
            Shape::Constant(value) => step(*value),
            &Shape::Normal { mean, sd } => math::normal_cdf((x - mean) / sd),
            &Shape::Lognormal { mu, sigma } => {
                if x <= 0.0 {
                    return 0.0;
                }
                math::normal_cdf((math::ln(x) - mu) / sigma)
            }
            &Shape::Uniform { lower, upper } => ((x - lower) / (upper - lower)).clamp(0.0, 1.0),
            &Shape::Triangular { lower, mode, upper } => {
                let width = upper - lower;
                if x <= lower {
                    0.0
                } else if x >= upper {
                    1.0
                } else if x < mode {
                    (x - lower) / width * ((x - lower) / (mode - lower))
                } else {
                    1.0 - (upper - x) / width * ((upper - x) / (upper - mode))
                }
            }
            &Shape::Beta { lower, upper, a, b } => {
                math::regularised_beta(a, b, ((x - lower) / (upper - lower)).clamp(0.0, 1.0))
            }
            &Shape::Truncated { mean, sd, lower, upper } => {
                let x = x.clamp(lower, upper);
                quantile::Cut::new(mean, sd, lower, upper).cdf((x - mean) / sd)
            }
            Shape::Discrete { values, cumulative, .. } => {
                let count = values.partition_point(|&value| value <= x);
                count.checked_sub(1).map_or(0.0, |last| cumulative[last])
            }
        }
    }
}
