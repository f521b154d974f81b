//! The graph as a Mermaid flowchart.

use std::collections::HashMap;
use std::fmt::Write;

use super::{Graph, Node, NodeId, Stage};

impl Graph {
    /// Returns a Mermaid flowchart, read from left (sources) to right (cells). Nodes are numbered in the order of
    /// [`Graph::nodes`]; every sign of a label that Mermaid could read as its own is written as an entity.
    ///
    /// # Source
    /// Mermaid, Flowcharts: "Entity codes to escape characters".
    pub fn to_mermaid(&self) -> String {
        let numbers: HashMap<NodeId, usize> = self.nodes().map(Node::id).zip(0..).collect();
        let mut text = String::from("flowchart LR\n");
        for (node, number) in self.nodes().zip(0..) {
            let (open, close) = shape(node.stage());
            let (stage, label) = (node.stage().as_str(), escaped(node.label()));
            let _ = writeln!(text, "  n{number}{open}\"{stage}: {label}\"{close}");
        }
        for (node, number) in self.nodes().zip(0..) {
            for input in node.inputs() {
                let _ = writeln!(text, "  n{} --> n{number}", numbers[input]);
            }
        }
        text
    }
}

/// The brackets of a stage: what comes from outside is rounded, what was calculated has corners.
const fn shape(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Source => ("([", "])"),
        Stage::Event => ("[/", "/]"),
        Stage::Factor | Stage::Gwp | Stage::Instrument => ("[(", ")]"),
        Stage::Conversion | Stage::Calculation => ("[", "]"),
        Stage::Cell => ("{{", "}}"),
    }
}

/// Letters, digits and a few harmless signs as they are; all else as an entity of its number, control signs as a space.
fn escaped(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for c in label.chars() {
        match c {
            c if c.is_control() => text.push(' '),
            c if c.is_alphanumeric() || " .,-_/=+:".contains(c) => text.push(c),
            c => {
                let _ = write!(text, "#{};", u32::from(c));
            }
        }
    }
    text
}
