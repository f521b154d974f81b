//! Constructors, with their rules.

use super::super::error::SimulateError;
use super::{Law, Shape};
use crate::math::ln;

/// Most values of a discrete or empirical law.
pub const MAX_VALUES: usize = 1 << 24;

const FINITE: &str = "finite";
const ABOVE_ZERO: &str = "finite and above 0";

/// Refuses a parameter.
pub(super) fn refusal(
    law: &'static str,
    field: &'static str,
    value: impl ToString,
    rule: &'static str,
) -> SimulateError {
    SimulateError::Parameter { record: String::new(), law, field, value: value.to_string(), rule }
}

pub(super) fn finite(law: &'static str, field: &'static str, value: f64) -> Result<(), SimulateError> {
    if value.is_finite() { Ok(()) } else { Err(refusal(law, field, value, FINITE)) }
}

pub(super) fn above_zero(law: &'static str, field: &'static str, value: f64) -> Result<(), SimulateError> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(refusal(law, field, value, ABOVE_ZERO)) }
}

fn ordered(law: &'static str, lower: f64, upper: f64) -> Result<(), SimulateError> {
    finite(law, "lower", lower)?;
    finite(law, "upper", upper)?;
    finite(law, "upper - lower", upper - lower)?;
    if lower < upper { Ok(()) } else { Err(refusal(law, "upper", upper, "above lower")) }
}

fn within(law: &'static str, lower: f64, mode: f64, upper: f64) -> Result<(), SimulateError> {
    ordered(law, lower, upper)?;
    if lower <= mode && mode <= upper {
        Ok(())
    } else {
        Err(refusal(law, "mode", mode, "within lower..=upper"))
    }
}

impl Law {
    /// Returns the law of a value that is known.
    ///
    /// # Errors
    /// `Parameter` unless it is finite.
    pub fn constant(value: f64) -> Result<Self, SimulateError> {
        finite("constant", "value", value)?;
        Ok(Self(Shape::Constant(value)))
    }

    /// Returns a normal law.
    ///
    /// # Errors
    /// `Parameter` unless the mean is finite and the standard deviation finite and above 0 (a spread of 0 is a constant).
    pub fn normal(mean: f64, sd: f64) -> Result<Self, SimulateError> {
        finite("normal", "mean", mean)?;
        above_zero("normal", "sd", sd)?;
        Ok(Self(Shape::Normal { mean, sd }))
    }

    /// Returns a lognormal law by its median and its geometric standard deviation (1 sigma; a pedigree table prints its
    /// square).
    ///
    /// # Errors
    /// `Parameter` unless the median is above 0 and the geometric standard deviation above 1.
    pub fn lognormal(median: f64, gsd: f64) -> Result<Self, SimulateError> {
        above_zero("lognormal", "median", median)?;
        if !(gsd.is_finite() && gsd > 1.0) {
            return Err(refusal("lognormal", "gsd", gsd, "finite and above 1"));
        }
        Self::lognormal_of_log(ln(median), ln(gsd))
    }

    /// Returns a lognormal law by mean and standard deviation of its logarithm.
    ///
    /// # Errors
    /// `Parameter` unless mu is finite and sigma above 0.
    pub fn lognormal_of_log(mu: f64, sigma: f64) -> Result<Self, SimulateError> {
        finite("lognormal", "mu", mu)?;
        above_zero("lognormal", "sigma", sigma)?;
        Ok(Self(Shape::Lognormal { mu, sigma }))
    }

    /// Returns a uniform law.
    ///
    /// # Errors
    /// `Parameter` unless lower < upper, both finite.
    pub fn uniform(lower: f64, upper: f64) -> Result<Self, SimulateError> {
        ordered("uniform", lower, upper)?;
        Ok(Self(Shape::Uniform { lower, upper }))
    }

    /// Returns a triangular law.
    ///
    /// # Errors
    /// `Parameter` unless lower <= mode <= upper and lower < upper.
    pub fn triangular(lower: f64, mode: f64, upper: f64) -> Result<Self, SimulateError> {
        within("triangular", lower, mode, upper)?;
        Ok(Self(Shape::Triangular { lower, mode, upper }))
    }

    /// Returns a PERT law: the beta law on lower..upper with shapes `1 + weight (mode - lower) / (upper - lower)` and
    /// `1 + weight (upper - mode) / (upper - lower)`; the usual weight of the mode is 4.
    ///
    /// # Errors
    /// `Parameter` unless lower <= mode <= upper, lower < upper and the weight is above 0.
    pub fn pert(lower: f64, mode: f64, upper: f64, weight: f64) -> Result<Self, SimulateError> {
        within("pert", lower, mode, upper)?;
        above_zero("pert", "weight", weight)?;
        let width = upper - lower;
        Self::beta(
            lower,
            upper,
            1.0 + weight * ((mode - lower) / width),
            1.0 + weight * ((upper - mode) / width),
        )
    }

    /// Returns the beta law of shapes `a` and `b` on lower..upper.
    ///
    /// # Errors
    /// `Parameter` unless lower < upper and both shapes lie within 0.01..=10000.
    pub fn beta(lower: f64, upper: f64, a: f64, b: f64) -> Result<Self, SimulateError> {
        ordered("beta", lower, upper)?;
        for (field, shape) in [("a", a), ("b", b)] {
            if !(0.01..=10_000.0).contains(&shape) {
                return Err(refusal("beta", field, shape, "within 0.01..=10000"));
            }
        }
        Ok(Self(Shape::Beta { lower, upper, a, b }))
    }

    /// Returns the normal law of `mean` and `sd` (before the cut) given that its value lies within lower..upper; either
    /// bound may be infinite.
    ///
    /// # Errors
    /// `Parameter` unless lower < upper and at least 1e-12 of the probability lies between them.
    pub fn truncated_normal(mean: f64, sd: f64, lower: f64, upper: f64) -> Result<Self, SimulateError> {
        const LAW: &str = "truncated normal";
        finite(LAW, "mean", mean)?;
        above_zero(LAW, "sd", sd)?;
        if lower.is_nan() || upper.is_nan() || lower >= upper {
            return Err(refusal(LAW, "upper", upper, "above lower"));
        }
        let mass = super::quantile::Cut::new(mean, sd, lower, upper).mass();
        if mass.is_nan() || mass < 1e-12 {
            return Err(refusal(LAW, "probability within the bounds", mass, "at least 1e-12"));
        }
        Ok(Self(Shape::Truncated { mean, sd, lower, upper }))
    }

    /// Returns a law over `(value, weight)` pairs; weights are scaled to add up to 1.
    ///
    /// # Errors
    /// `Parameter` unless there are 1 to 2^24 values, all finite, with finite weights of 0 or above whose sum is
    /// above 0.
    pub fn discrete(pairs: &[(f64, f64)]) -> Result<Self, SimulateError> {
        Self::of_values("discrete", pairs.to_vec())
    }

    /// Returns the law that draws from a sample, each value with the same probability.
    ///
    /// # Errors
    /// `Parameter` unless there are 1 to 2^24 values, all finite.
    pub fn empirical(sample: &[f64]) -> Result<Self, SimulateError> {
        Self::of_values("empirical", sample.iter().map(|&value| (value, 1.0)).collect())
    }

    fn of_values(law: &'static str, mut pairs: Vec<(f64, f64)>) -> Result<Self, SimulateError> {
        if pairs.is_empty() || pairs.len() > MAX_VALUES {
            return Err(refusal(law, "number of values", pairs.len(), "1 to 16777216"));
        }
        for &(value, weight) in &pairs {
            finite(law, "value", value)?;
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(refusal(law, "weight", weight, "finite and 0 or above"));
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let sum: f64 = pairs.iter().map(|pair| pair.1).sum();
        above_zero(law, "sum of the weights", sum)?;
        let mut so_far = 0.0;
        let mut cumulative: Vec<f64> = Vec::with_capacity(pairs.len());
        for pair in &pairs {
            so_far += pair.1;
            cumulative.push(so_far / sum);
        }
        let (values, weights) = pairs.into_iter().map(|(value, weight)| (value, weight / sum)).unzip();
        Ok(Self(Shape::Discrete { values, weights, cumulative }))
    }
}
