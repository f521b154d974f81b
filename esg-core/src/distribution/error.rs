//! Why an uncertainty was refused, with the rule that it broke.

use crate::decimal::Decimal;
use crate::error::Kind;

/// Why an uncertainty was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// No distribution of that name.
    #[error("{name:?} is not a distribution; known are normal, lognormal, triangular, uniform, interval95")]
    Unknown {
        /// Name as it came.
        name: String,
    },
    /// A parameter is missing, or belongs to another distribution.
    #[error(
        "a {distribution} distribution has the parameters {wanted} and no others; {parameter} is {problem}"
    )]
    Parameters {
        /// Distribution.
        distribution: &'static str,
        /// What it takes.
        wanted: &'static str,
        /// Which one is wrong.
        parameter: &'static str,
        /// `missing` or `not one of them`.
        problem: &'static str,
    },
    /// A spread that is none.
    #[error("{parameter} is {value}; it must be {rule}")]
    Spread {
        /// Parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Bounds in the wrong order.
    #[error("the bounds {bounds} are not in order: {rule}")]
    Bounds {
        /// Bounds as they came.
        bounds: String,
        /// The rule.
        rule: &'static str,
    },
    /// The factor lies outside its own range.
    #[error("the factor {value} lies outside its own range {lower} to {upper}")]
    Outside {
        /// Factor.
        value: Decimal,
        /// Lower bound.
        lower: Decimal,
        /// Upper bound.
        upper: Decimal,
    },
    /// Nobody vouches for it.
    #[error("an uncertainty needs a reference: who says so, and where")]
    Reference,
    /// A data-quality score that the table does not have.
    #[error("{indicator} has the score {score}; the table has {known}")]
    Score {
        /// Indicator.
        indicator: &'static str,
        /// Score.
        score: u8,
        /// What it has.
        known: &'static str,
    },
    /// Uncertainties of amounts whose sum is nothing.
    #[error("the relative uncertainty of a sum of {sum} is undefined")]
    ZeroSum {
        /// The sum.
        sum: String,
    },
}

impl DistributionError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "distribution.unknown",
            Self::Parameters { .. } => "distribution.parameters",
            Self::Spread { .. } => "distribution.spread",
            Self::Bounds { .. } => "distribution.bounds",
            Self::Outside { .. } => "distribution.outside",
            Self::Reference => "distribution.reference",
            Self::Score { .. } => "distribution.score",
            Self::ZeroSum { .. } => "distribution.zero_sum",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. }
            | Self::Parameters { .. }
            | Self::Spread { .. }
            | Self::Bounds { .. }
            | Self::Reference
            | Self::Score { .. }
            | Self::ZeroSum { .. } => Kind::Invalid,
            Self::Outside { .. } => Kind::Conflict,
        }
    }
}
