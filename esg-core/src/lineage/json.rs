//! The graph as JSON: every node with its name, so that anyone can hash the rest and compare.

use serde_json::{Value, json};

use super::Graph;

impl Graph {
    /// Returns `{"nodes": [...]}`: each node is its [`content`](super::Node::content) and its `id`, in the order of
    /// [`Graph::nodes`]. The `id` is the SHA-256 of the canonical JSON of the other members.
    pub fn to_json(&self) -> Value {
        let node = |node: &super::Node| {
            let mut content = node.content();
            content["id"] = json!(node.id());
            content
        };
        json!({"nodes": self.nodes().map(node).collect::<Vec<_>>()})
    }
}
