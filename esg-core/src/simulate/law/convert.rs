//! Laws from what publications state: mean and coefficient of variation, 95 % intervals, pedigree scores, factors.

use super::super::error::SimulateError;
use super::build::{above_zero, finite, refusal};
use super::moments::ln_1_plus;
use super::{Law, Shape};
use crate::decimal::Decimal;
use crate::distribution::Distribution;
use crate::math::{exp, ln};
use crate::pedigree::sigma_of_sd95;
use crate::ratio::Ratio;

/// 97.5 % point of the standard normal.
const Z95: f64 = 1.959_963_984_540_054;

/// Returns the standard deviation of the logarithm of a lognormal with this coefficient of variation.
pub fn sigma_of_cv(cv: f64) -> f64 {
    ln_1_plus(cv * cv).sqrt()
}

impl Law {
    /// Returns the lognormal law of a mean and a coefficient of variation (standard deviation over mean).
    ///
    /// # Errors
    /// `Parameter` unless both are finite and above 0.
    pub fn lognormal_of_mean(mean: f64, cv: f64) -> Result<Self, SimulateError> {
        above_zero("lognormal", "mean", mean)?;
        above_zero("lognormal", "cv", cv)?;
        let sigma = sigma_of_cv(cv);
        Self::lognormal_of_log(ln(mean) - 0.5 * sigma * sigma, sigma)
    }

    /// Returns the lognormal law that has 2.5 % of its probability below `lower` and 2.5 % above `upper`.
    ///
    /// # Errors
    /// `Parameter` unless 0 < lower < upper.
    pub fn lognormal_of_interval95(lower: f64, upper: f64) -> Result<Self, SimulateError> {
        above_zero("lognormal", "lower", lower)?;
        finite("lognormal", "upper", upper)?;
        if lower >= upper {
            return Err(refusal("lognormal", "upper", upper, "above lower"));
        }
        let (low, high) = (ln(lower), ln(upper));
        Self::lognormal_of_log(low + 0.5 * (high - low), (high - low) / (2.0 * Z95))
    }

    /// Returns the normal law that has 2.5 % of its probability below `lower` and 2.5 % above `upper`.
    ///
    /// # Errors
    /// `Parameter` unless lower < upper.
    pub fn normal_of_interval95(lower: f64, upper: f64) -> Result<Self, SimulateError> {
        finite("normal", "lower", lower)?;
        finite("normal", "upper", upper)?;
        if lower >= upper {
            return Err(refusal("normal", "upper", upper, "above lower"));
        }
        Self::normal(lower + 0.5 * (upper - lower), (upper - lower) / (2.0 * Z95))
    }

    /// Returns the lognormal law of a median and the 95 % factor of pedigree scores ([`crate::pedigree`]), which is the
    /// square of a geometric standard deviation.
    ///
    /// # Errors
    /// `Parameter` unless the median is above 0 and the factor above 1.
    pub fn lognormal_of_pedigree(median: f64, sd95: f64) -> Result<Self, SimulateError> {
        above_zero("lognormal", "median", median)?;
        if !(sd95.is_finite() && sd95 > 1.0) {
            return Err(refusal("lognormal", "sd95", sd95, "finite and above 1"));
        }
        Self::lognormal_of_log(ln(median), sigma_of_sd95(sd95))
    }

    /// Returns the law of a factor of `value` with this distribution, in the unit of the factor.
    ///
    /// A spread of nothing is a constant. A 95 % interval of unstated shape is read as the shape that has 2.5 % of its
    /// probability on either side and whose median is nearer to the factor: normal, or lognormal where the lower bound is
    /// above zero (and where both are as near). So the bounds hold, and a lopsided interval gives a lopsided law.
    ///
    /// # Errors
    /// `Parameter` for a lognormal whose factor is below zero.
    pub fn of_factor(distribution: &Distribution, value: Decimal) -> Result<Self, SimulateError> {
        let float = |decimal: Decimal| Ratio::from(decimal).to_f64();
        let value = float(value);
        match *distribution {
            Distribution::Normal { relative_sd } => {
                let sd = value.abs() * float(relative_sd);
                if sd == 0.0 { Self::constant(value) } else { Self::normal(value, sd) }
            }
            Distribution::Lognormal { gsd } => {
                let gsd = float(gsd);
                if gsd == 1.0 || value == 0.0 { Self::constant(value) } else { Self::lognormal(value, gsd) }
            }
            Distribution::Triangular { lower, mode, upper } => {
                Self::triangular(float(lower), float(mode), float(upper))
            }
            Distribution::Uniform { lower, upper } => Self::uniform(float(lower), float(upper)),
            Distribution::Interval95 { lower, upper } => {
                Self::of_interval95(float(lower), value, float(upper))
            }
        }
    }

    fn of_interval95(lower: f64, value: f64, upper: f64) -> Result<Self, SimulateError> {
        if lower <= 0.0 {
            return Self::normal_of_interval95(lower, upper);
        }
        let normal = (value - (lower + 0.5 * (upper - lower))).abs();
        let lognormal = (value - lower.sqrt() * upper.sqrt()).abs();
        if normal < lognormal {
            Self::normal_of_interval95(lower, upper)
        } else {
            Self::lognormal_of_interval95(lower, upper)
        }
    }

    /// Returns the law of the same variable in another unit, or over a reference value: every value times `factor`.
    ///
    /// # Errors
    /// `Parameter` unless the factor is finite and above 0.
    pub fn times(&self, factor: f64) -> Result<Self, SimulateError> {
        above_zero(self.name(), "factor", factor)?;
        match &self.0 {
            Shape::Constant(value) => Self::constant(value * factor),
            Shape::Normal { mean, sd } => Self::normal(mean * factor, sd * factor),
            Shape::Lognormal { mu, sigma } => Self::lognormal_of_log(mu + ln(factor), *sigma),
            Shape::Uniform { lower, upper } => Self::uniform(lower * factor, upper * factor),
            Shape::Triangular { lower, mode, upper } => {
                Self::triangular(lower * factor, mode * factor, upper * factor)
            }
            Shape::Beta { lower, upper, a, b } => Self::beta(lower * factor, upper * factor, *a, *b),
            Shape::Truncated { mean, sd, lower, upper } => {
                Self::truncated_normal(mean * factor, sd * factor, lower * factor, upper * factor)
            }
            Shape::Discrete { values, weights, .. } => {
                let pairs: Vec<_> = values.iter().zip(weights).map(|(&v, &w)| (v * factor, w)).collect();
                Self::discrete(&pairs)
            }
        }
    }

    /// Returns the geometric standard deviation of a lognormal law.
    pub fn gsd(&self) -> Option<f64> {
        match self.0 {
            Shape::Lognormal { sigma, .. } => Some(exp(sigma)),
            _ => None,
        }
    }
}
