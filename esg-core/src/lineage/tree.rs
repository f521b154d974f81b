//! The graph as a tree for a terminal: a node, and under it what it was made from.

use std::fmt::Write;

use super::{Graph, LineageError, Node, NodeId};

impl Graph {
    /// Returns a node with everything that it rests on, one line each, at most `most` inputs of any node. What is left out
    /// is counted. A node that several others rest on is shown under each.
    ///
    /// # Errors
    /// `lineage.node_unknown`.
    pub fn to_tree(&self, root: NodeId, most: usize) -> Result<String, LineageError> {
        let mut text = String::new();
        line(&mut text, "", self.node(root)?);
        self.branches(&mut text, root, "", most)?;
        Ok(text)
    }

    fn branches(&self, text: &mut String, id: NodeId, indent: &str, most: usize) -> Result<(), LineageError> {
        let mut inputs: Vec<&Node> =
            self.node(id)?.inputs().iter().map(|id| self.node(*id)).collect::<Result<_, _>>()?;
        inputs.sort_by(|a, b| (a.stage(), a.label(), a.id()).cmp(&(b.stage(), b.label(), b.id())));
        let hidden = inputs.len().saturating_sub(most);
        inputs.truncate(most);
        for (at, node) in inputs.iter().enumerate() {
            let last = at + 1 == inputs.len() && hidden == 0;
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            line(text, &format!("{indent}{branch}"), node);
            self.branches(text, node.id(), &format!("{indent}{below}"), most)?;
        }
        if hidden > 0 {
            let _ = writeln!(text, "{indent}└─ and {hidden} more");
        }
        Ok(())
    }
}

/// Stage, label and the start of the name. Signs of a sender's names that move the cursor or turn the direction of a line do
/// not reach the terminal.
fn line(text: &mut String, lead: &str, node: &Node) {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = |c: char| if c.is_control() || turns(c) { '\u{fffd}' } else { c };
    let label: String = node.label().chars().map(plain).collect();
    let _ = writeln!(text, "{lead}{} {label}  [{}]", node.stage().as_str(), node.id().short());
}
