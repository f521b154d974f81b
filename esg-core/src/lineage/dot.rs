//! The graph in the DOT language of Graphviz.

use std::fmt::Write;

use super::{Graph, Stage};

impl Graph {
    /// Returns a directed graph for Graphviz, read from left (sources) to right (cells). Names of nodes are their whole
    /// SHA-256 in quotes.
    ///
    /// # Source
    /// Graphviz, The DOT Language: a quoted string ends at a quote without a backslash before it.
    pub fn to_dot(&self) -> String {
        let mut text = String::from(
            "digraph lineage {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=10];\n",
        );
        for node in self.nodes() {
            let (id, stage, label) = (node.id(), node.stage().as_str(), escaped(node.label()));
            let shape = shape(node.stage());
            let _ = writeln!(text, "  \"{id}\" [shape={shape}, label=\"{stage}\\n{label}\"];");
        }
        for node in self.nodes() {
            for input in node.inputs() {
                let _ = writeln!(text, "  \"{input}\" -> \"{}\";", node.id());
            }
        }
        text.push_str("}\n");
        text
    }
}

const fn shape(stage: Stage) -> &'static str {
    match stage {
        Stage::Source => "oval",
        Stage::Event => "note",
        Stage::Factor | Stage::Gwp | Stage::Instrument => "cylinder",
        Stage::Conversion | Stage::Calculation => "box",
        Stage::Cell => "doubleoctagon",
    }
}

/// A backslash before quotes and backslashes (which also takes the meaning from `\N` and `\l`); a line end as `\n`, other
/// control signs as a space. Entities are read by Graphviz in any label, so `&` is one.
fn escaped(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for c in label.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '&' => text.push_str("&amp;"),
            '\n' => text.push_str("\\n"),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text
}
