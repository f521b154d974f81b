//! Why a graph refused.

use super::NodeId;
use crate::error::Kind;

/// A refusal of the graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LineageError {
    /// A node that the graph does not have.
    #[error("the graph of {nodes} nodes has no node {id}")]
    NodeUnknown {
        /// What was asked for, or named as an input.
        id: NodeId,
        /// How many nodes there are.
        nodes: usize,
    },
}

impl LineageError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NodeUnknown { .. } => "lineage.node_unknown",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NodeUnknown { .. } => Kind::Missing,
        }
    }
}
