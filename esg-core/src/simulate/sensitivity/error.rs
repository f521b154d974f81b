//! Why a sensitivity could not be told.

use super::super::error::SimulateError;
use crate::error::Kind;

/// Why a sensitivity could not be told.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SensitivityError {
    /// A law or a model.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// A design that cannot be.
    #[error("{option} is {value}; it must be {rule}")]
    Design {
        /// Option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Inputs that cannot be told apart, or none.
    #[error("inputs of a sensitivity: {problem}")]
    Inputs {
        /// What is wrong.
        problem: String,
    },
    /// A result that is no number, or out of range.
    #[error("the result is {value} {place}; it must be finite and within -1e150..=1e150")]
    NotFinite {
        /// Result.
        value: f64,
        /// Point, replicate and the values of the inputs there.
        place: String,
    },
    /// A result that does not vary.
    #[error("the result is {value} in all or nearly all cases: there is no variance to share out")]
    NoVariance {
        /// Result.
        value: f64,
    },
    /// A model whose indices have no closed form here.
    #[error("no closed form: {variable} {reason}; sample the model instead")]
    NotExact {
        /// Variable.
        variable: String,
        /// What stands in the way.
        reason: &'static str,
    },
}

impl SensitivityError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Simulate(error) => error.code(),
            Self::Design { .. } => "sensitivity.design",
            Self::Inputs { .. } => "sensitivity.inputs",
            Self::NotFinite { .. } => "sensitivity.not_finite",
            Self::NoVariance { .. } => "sensitivity.no_variance",
            Self::NotExact { .. } => "sensitivity.not_exact",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Simulate(error) => error.kind(),
            Self::Design { .. } | Self::Inputs { .. } | Self::NotFinite { .. } => Kind::Invalid,
            Self::NoVariance { .. } | Self::NotExact { .. } => Kind::Missing,
        }
    }
}
