//! The graph: nodes by name, walked up to what they rest on and down to what rests on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{LineageError, Node, NodeId, Stage, Step};

/// Nodes and what they were made from. Two graphs of the same nodes are equal, in whatever order the nodes came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Graph {
    /// By level (0 for a node without inputs, else one above its highest input) and name.
    nodes: BTreeMap<(u32, NodeId), Node>,
    level: HashMap<NodeId, u32>,
    /// `outputs[node]`: the nodes that name it as an input.
    outputs: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

impl Graph {
    /// Adds a node and returns its name. One that is there already is not added again.
    ///
    /// # Errors
    /// `lineage.node_unknown` for an input that is not in the graph.
    pub fn add(&mut self, step: Step) -> Result<NodeId, LineageError> {
        let node = Node::of(step);
        let mut level = 0;
        for input in node.inputs() {
            level = level.max(1 + self.level_of(*input)?);
        }
        let id = node.id();
        if self.level.insert(id, level).is_none() {
            for input in node.inputs() {
                self.outputs.entry(*input).or_default().insert(id);
            }
            self.nodes.insert((level, id), node);
        }
        Ok(id)
    }

    /// How many nodes it has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True when it has none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes: every node after those that it was made from, else in the order of their names.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> {
        self.nodes.values()
    }

    /// The nodes of one stage, in the order of [`Graph::nodes`].
    pub fn of_stage(&self, stage: Stage) -> impl Iterator<Item = &Node> {
        self.nodes().filter(move |node| node.stage() == stage)
    }

    /// Returns a node.
    ///
    /// # Errors
    /// `lineage.node_unknown`.
    pub fn node(&self, id: NodeId) -> Result<&Node, LineageError> {
        Ok(&self.nodes[&(self.level_of(id)?, id)])
    }

    /// Returns everything that a node rests on, in the order of [`Graph::nodes`].
    ///
    /// # Errors
    /// `lineage.node_unknown`.
    pub fn upstream(&self, id: NodeId) -> Result<Vec<&Node>, LineageError> {
        self.walk(id, |node| self.nodes[&(self.level[&node], node)].inputs().iter().copied())
    }

    /// Returns everything that rests on a node, in the order of [`Graph::nodes`].
    ///
    /// # Errors
    /// `lineage.node_unknown`.
    pub fn downstream(&self, id: NodeId) -> Result<Vec<&Node>, LineageError> {
        self.walk(id, |node| self.outputs.get(&node).into_iter().flatten().copied())
    }

    fn level_of(&self, id: NodeId) -> Result<u32, LineageError> {
        self.level.get(&id).copied().ok_or(LineageError::NodeUnknown { id, nodes: self.len() })
    }

    fn walk<I: Iterator<Item = NodeId>>(
        &self,
        from: NodeId,
        next: impl Fn(NodeId) -> I,
    ) -> Result<Vec<&Node>, LineageError> {
        self.level_of(from)?;
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(id) = open.pop() {
            for other in next(id) {
                if seen.insert((self.level[&other], other)) {
                    open.push(other);
                }
            }
        }
        Ok(seen.iter().map(|key| &self.nodes[key]).collect())
    }
}
