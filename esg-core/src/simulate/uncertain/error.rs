//! Why the ranges of an inventory, a scenario or a target were refused.

use super::super::error::SimulateError;
use super::super::sensitivity::SensitivityError;
use crate::error::Kind;
use crate::ghg::GhgError;

/// Why the ranges of an inventory, a scenario or a target were refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UncertaintyError {
    /// A law, a correlation or a run.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// A sensitivity.
    #[error(transparent)]
    Sensitivity(#[from] SensitivityError),
    /// A total of the inventory.
    #[error(transparent)]
    Ghg(#[from] GhgError),
    /// The inventory does not keep apart what is needed.
    #[error("the inventory does not keep {dimension} apart, and {needed_by} needs it")]
    Dimension {
        /// Dimension.
        dimension: &'static str,
        /// What asks for it.
        needed_by: String,
    },
    /// A stated range that meets nothing.
    #[error("the range of {what} meets no line of the inventory")]
    Unmatched {
        /// What it was stated for.
        what: String,
    },
    /// A scenario document that breaks a rule.
    #[error("measure {measure:?}: {problem}")]
    Measure {
        /// Its name.
        measure: String,
        /// What is wrong.
        problem: String,
    },
    /// A pathway that cannot be.
    #[error("{field} is {value}; it must be {rule}")]
    Target {
        /// Field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
}

impl UncertaintyError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Simulate(error) => error.code(),
            Self::Sensitivity(error) => error.code(),
            Self::Ghg(error) => error.code(),
            Self::Dimension { .. } => "uncertainty.dimension",
            Self::Unmatched { .. } => "uncertainty.unmatched",
            Self::Measure { .. } => "scenario.measure",
            Self::Target { .. } => "target.pathway",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Simulate(error) => error.kind(),
            Self::Sensitivity(error) => error.kind(),
            Self::Ghg(error) => error.kind(),
            Self::Dimension { .. } | Self::Unmatched { .. } => Kind::Missing,
            Self::Measure { .. } | Self::Target { .. } => Kind::Invalid,
        }
    }
}
