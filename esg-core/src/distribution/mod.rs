//! How uncertain a factor is, as data: a distribution, its parameters, and who says so.
//!
//! A point without a range misleads, and a range without its origin misleads more: a published interval and a guess
//! from a pedigree table are not the same evidence. So provenance and reference are part of the value. The parameters
//! are decimals as the source printed them; sampling is done elsewhere.

mod document;
mod error;

pub use error::DistributionError;

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::ratio::Ratio;
use document::Document;

/// Shape and parameters.
///
/// Relative shapes (normal, lognormal) multiply the factor; the others are in the unit of the factor's first value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Distribution {
    /// Normal around the factor.
    Normal {
        /// Standard deviation over the factor.
        relative_sd: Decimal,
    },
    /// Lognormal with the factor as its median.
    Lognormal {
        /// Geometric standard deviation (1 sigma), at least 1. Not its square, which pedigree tables print.
        gsd: Decimal,
    },
    /// Triangular.
    Triangular {
        /// Least value.
        lower: Decimal,
        /// Likeliest value.
        mode: Decimal,
        /// Greatest value.
        upper: Decimal,
    },
    /// Uniform.
    Uniform {
        /// Least value.
        lower: Decimal,
        /// Greatest value.
        upper: Decimal,
    },
    /// A 95 % interval of unstated shape: 2.5 % of the probability on either side.
    Interval95 {
        /// Lower bound.
        lower: Decimal,
        /// Upper bound.
        upper: Decimal,
    },
}

/// What kind of evidence an uncertainty is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// The publisher of the factor states the distribution.
    Published,
    /// The publisher states an interval.
    Interval,
    /// From data-quality scores by a pedigree table.
    Pedigree,
    /// A default that an expert chose.
    ExpertDefault,
}

/// The uncertainty of a factor, as the `uncertainty` key of the factor-set format.
///
/// # Examples
/// ```
/// # use esg_core::distribution::Uncertainty;
/// let text = r#"{"distribution":"lognormal","gsd":"1.05","provenance":"pedigree","reference":"ecoinvent v2"}"#;
/// let uncertainty: Uncertainty = serde_json::from_str(text)?;
/// assert_eq!(serde_json::to_string(&uncertainty)?, text);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Uncertainty {
    distribution: Distribution,
    provenance: Provenance,
    reference: String,
}

impl Distribution {
    /// Returns the name that documents use.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Normal { .. } => "normal",
            Self::Lognormal { .. } => "lognormal",
            Self::Triangular { .. } => "triangular",
            Self::Uniform { .. } => "uniform",
            Self::Interval95 { .. } => "interval95",
        }
    }

    /// Bounds in the unit of the factor, for the shapes that have them.
    pub const fn bounds(&self) -> Option<(Decimal, Decimal)> {
        match *self {
            Self::Triangular { lower, upper, .. }
            | Self::Uniform { lower, upper }
            | Self::Interval95 { lower, upper } => Some((lower, upper)),
            Self::Normal { .. } | Self::Lognormal { .. } => None,
        }
    }

    fn check(&self) -> Result<(), DistributionError> {
        let spread = |parameter, value: Decimal, least: Decimal, rule| {
            if value < least {
                return Err(DistributionError::Spread { parameter, value: value.to_string(), rule });
            }
            Ok(())
        };
        match *self {
            Self::Normal { relative_sd } => spread("relative_sd", relative_sd, Decimal::ZERO, "0 or above"),
            Self::Lognormal { gsd } => spread("gsd", gsd, Decimal::ONE, "1 or above"),
            Self::Triangular { lower, mode, upper } => {
                if lower <= mode && mode <= upper && lower < upper {
                    return Ok(());
                }
                let bounds = format!("{lower}, {mode}, {upper}");
                Err(DistributionError::Bounds { bounds, rule: "lower <= mode <= upper and lower < upper" })
            }
            Self::Uniform { lower, upper } | Self::Interval95 { lower, upper } => {
                if lower < upper {
                    return Ok(());
                }
                Err(DistributionError::Bounds { bounds: format!("{lower}, {upper}"), rule: "lower < upper" })
            }
        }
    }
}

impl Uncertainty {
    /// Returns a checked uncertainty; `reference` says where it comes from.
    ///
    /// # Errors
    /// `Spread`, `Bounds`, `Reference`.
    pub fn new(
        distribution: Distribution,
        provenance: Provenance,
        reference: impl Into<String>,
    ) -> Result<Self, DistributionError> {
        let reference = reference.into();
        distribution.check()?;
        if reference.trim().is_empty() {
            return Err(DistributionError::Reference);
        }
        Ok(Self { distribution, provenance, reference })
    }

    /// The distribution.
    pub const fn distribution(&self) -> &Distribution {
        &self.distribution
    }

    /// What kind of evidence it is.
    pub const fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// Who says so, and where.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Checks that a factor of `value` lies within its own bounds.
    ///
    /// # Errors
    /// `Outside`.
    pub fn check(&self, value: Decimal) -> Result<(), DistributionError> {
        match self.distribution.bounds() {
            Some((lower, upper)) if value < lower || value > upper => {
                Err(DistributionError::Outside { value, lower, upper })
            }
            _ => Ok(()),
        }
    }
}

/// Returns the relative uncertainty of a sum of independent `(amount, relative uncertainty)` parts; none for no parts.
///
/// `sqrt(sum((amount x uncertainty)^2)) / |sum(amount)|`, in the unit of the uncertainties (percent in, percent out).
/// Everything below the root is exact, so the order of the parts does not matter.
///
/// # Errors
/// `ZeroSum` when the amounts add up to zero; `Spread` for an uncertainty below zero.
///
/// # Source
/// IPCC 2006 Guidelines, volume 1, chapter 3, equation 3.2.
pub fn quadrature(parts: &[(Ratio, Ratio)]) -> Result<Option<f64>, DistributionError> {
    if parts.is_empty() {
        return Ok(None);
    }
    let (mut sum, mut squares) = (Ratio::zero(), Ratio::zero());
    for (amount, uncertainty) in parts {
        if uncertainty.is_negative() {
            let (parameter, rule) = ("relative uncertainty", "0 or above");
            return Err(DistributionError::Spread { parameter, value: uncertainty.to_string(), rule });
        }
        let spread = amount * uncertainty;
        squares = &squares + &(&spread * &spread);
        sum = &sum + amount;
    }
    let relative = squares
        .checked_div(&(&sum * &sum))
        .ok_or_else(|| DistributionError::ZeroSum { sum: sum.to_string() })?;
    Ok(Some(relative.to_f64().sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Uncertainty, String> {
        let text = format!(r#"{{{body},"provenance":"published","reference":"table 1"}}"#);
        serde_json::from_str(&text).map_err(|e| e.to_string())
    }

    #[test]
    fn every_distribution_survives_the_way_through_json() {
        for body in [
            r#""distribution":"normal","relative_sd":"0.05""#,
            r#""distribution":"lognormal","gsd":"1""#,
            r#""distribution":"triangular","lower":"1","mode":"1","upper":"3""#,
            r#""distribution":"uniform","lower":"-1","upper":"1""#,
            r#""distribution":"interval95","lower":"54.3","upper":"58.3""#,
        ] {
            let value = read(body).unwrap();
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Uncertainty>(&text).unwrap(), value, "{body}");
        }
    }

    #[test]
    fn a_broken_rule_is_named() {
        for (body, rule) in [
            (r#""distribution":"gauss","gsd":"1""#, "not a distribution"),
            (r#""distribution":"lognormal""#, "gsd is missing"),
            (r#""distribution":"lognormal","gsd":"0.95""#, "1 or above"),
            (r#""distribution":"lognormal","gsd":"1.1","upper":"2""#, "upper is not one of them"),
            (r#""distribution":"normal","relative_sd":"-0.1""#, "0 or above"),
            (r#""distribution":"uniform","lower":"2","upper":"2""#, "lower < upper"),
            (r#""distribution":"interval95","lower":"3","upper":"2""#, "lower < upper"),
            (r#""distribution":"triangular","lower":"1","mode":"4","upper":"3""#, "lower <= mode <= upper"),
            (r#""distribution":"normal","relative_sd":"0.1","sigma":"2""#, "unknown field"),
        ] {
            let message = read(body).unwrap_err();
            assert!(message.contains(rule), "{body}: {message}");
        }
        let blank = Uncertainty::new(
            Distribution::Normal { relative_sd: Decimal::ONE },
            Provenance::ExpertDefault,
            " ",
        );
        assert_eq!(blank.unwrap_err().code(), "distribution.reference");
    }

    #[test]
    fn a_factor_outside_its_own_interval_is_a_contradiction() {
        let interval = read(r#""distribution":"interval95","lower":"54.3","upper":"58.3""#).unwrap();
        assert!(interval.check("54.3".parse().unwrap()).is_ok());
        assert_eq!(interval.check("54.2".parse().unwrap()).unwrap_err().code(), "distribution.outside");
    }

    #[test]
    fn nothing_has_no_uncertainty_and_a_sum_of_zero_is_refused() {
        assert_eq!(quadrature(&[]), Ok(None));
        let parts = [(Ratio::from(1), Ratio::from(5)), (Ratio::from(-1), Ratio::from(5))];
        assert_eq!(quadrature(&parts).unwrap_err().code(), "distribution.zero_sum");
        // 3-4-5: (3 x 1, 4 x 1) of a sum of 7.
        let parts = [(Ratio::from(3), Ratio::one()), (Ratio::from(4), Ratio::one())];
        assert_eq!(quadrature(&parts), Ok(Some(5.0 / 7.0)));
    }
}
