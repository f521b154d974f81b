//! Why a cell was not traced.

use crate::error::Kind;

/// A refusal of the trail.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrailError {
    /// The name of a cell cannot be read.
    #[error("{text:?} names no cell: {reason}")]
    Cell {
        /// What was asked for.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// No cell has these values.
    #[error("no cell has {wanted}; {known}")]
    CellUnknown {
        /// What was asked for.
        wanted: String,
        /// The values that there are.
        known: String,
    },
}

impl TrailError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cell { .. } => "lineage.cell",
            Self::CellUnknown { .. } => "lineage.cell_unknown",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Cell { .. } => Kind::Invalid,
            Self::CellUnknown { .. } => Kind::Missing,
        }
    }
}
