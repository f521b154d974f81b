//! Why a score was refused, always with the name of the term.

use crate::error::Kind;
use crate::score::TermName;

/// Why a score was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// A term divides by zero.
    #[error(
        "the {term} term divides by {what}, which is zero; send the data, or mark the term as not applicable"
    )]
    ZeroDenominator {
        /// Term.
        term: TermName,
        /// Quantity that is zero.
        what: &'static str,
    },
    /// Facility energy does not exceed IT energy.
    #[error(
        "a PUE of {pue} is not above 1 (facility {facility_kwh} kWh, IT {it_kwh} kWh): check the meters, or ask for a floor"
    )]
    Pue {
        /// Measured PUE.
        pue: String,
        /// Facility energy, in kWh.
        facility_kwh: String,
        /// IT energy, in kWh.
        it_kwh: String,
    },
    /// The floor would not keep the PUE above 1.
    #[error("a PUE floor of 1 + {epsilon} is not above 1")]
    Floor {
        /// What was asked for.
        epsilon: String,
    },
    /// A quantity that cannot be below zero is.
    #[error("{what} of the {term} term is {value}; it cannot be below zero")]
    Negative {
        /// Term.
        term: TermName,
        /// Quantity.
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// A weight below zero.
    #[error("the weight of the {term} term is {weight}; it cannot be below zero")]
    NegativeWeight {
        /// Term.
        term: TermName,
        /// Its weight.
        weight: String,
    },
    /// The weights that remain add up to zero.
    #[error("the weights of the terms that apply add up to zero; at least one must be above zero")]
    ZeroWeights,
    /// A term applies in one of two periods only.
    #[error("the {term} term applies in one of the two periods only; an index needs it in both")]
    BaseMismatch {
        /// Term.
        term: TermName,
    },
}

impl ScoreError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ZeroDenominator { .. } => "score.zero_denominator",
            Self::Pue { .. } => "score.pue",
            Self::Floor { .. } => "score.floor",
            Self::Negative { .. } => "score.negative",
            Self::NegativeWeight { .. } | Self::ZeroWeights => "score.weights",
            Self::BaseMismatch { .. } => "score.base_mismatch",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::ZeroDenominator { .. }
            | Self::Pue { .. }
            | Self::Floor { .. }
            | Self::Negative { .. }
            | Self::NegativeWeight { .. }
            | Self::ZeroWeights => Kind::Invalid,
            Self::BaseMismatch { .. } => Kind::Conflict,
        }
    }
}
