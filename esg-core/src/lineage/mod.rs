//! Lineage: how a number came about, as a graph that can be walked both ways.
//!
//! A node is named by the SHA-256 of what it says, and what it says includes the names of the nodes it was made from. So a
//! name stands for everything above it: two nodes of one name rest on the same events, the same factor bytes and the
//! same arithmetic, whoever made them. A node can only name nodes that are already there, which leaves no way to make a
//! circle. Nothing here knows what an emission is; [`account`](crate::account) says which nodes a cell has.
//!
//! # Examples
//! ```
//! use esg_core::lineage::{Graph, Stage, Step};
//!
//! let mut graph = Graph::default();
//! let meter = graph.add(Step::new(Stage::Source, "meter-1", "site"))?;
//! let event = graph.add(Step::new(Stage::Event, "meter-1/2024-03", "site").from([meter]))?;
//! assert_eq!(graph.upstream(event)?.iter().map(|node| node.id()).collect::<Vec<_>>(), [meter]);
//! assert_eq!(graph.downstream(meter)?.iter().map(|node| node.id()).collect::<Vec<_>>(), [event]);
//! # Ok::<(), esg_core::Error>(())
//! ```

mod dot;
mod error;
mod graph;
mod json;
mod mermaid;
mod node;
mod prov;
mod tree;

pub use error::LineageError;
pub use graph::Graph;
pub use node::{Node, NodeId, Stage, Step};
