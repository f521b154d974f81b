//! The graph of lineage: names by content, walks both ways, and exports that no name can break out of.

use std::collections::BTreeSet;

use esg_core::lineage::{Graph, LineageError, NodeId, Stage, Step};
use proptest::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Two sources, an event of each, one product of both, a sum.
fn diamond() -> (Graph, Vec<NodeId>) {
    let mut graph = Graph::default();
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        let source = graph.add(Step::new(Stage::Source, name, "site")).unwrap();
        ids.extend([source, graph.add(Step::new(Stage::Event, name, name).from([source])).unwrap()]);
    }
    let product = Step::new(Stage::Calculation, "a x b", "engine")
        .by("multiply")
        .fact("kg", "2")
        .from([ids[1], ids[3]]);
    ids.push(graph.add(product).unwrap());
    ids.push(graph.add(Step::new(Stage::Cell, "sum", "engine").by("add").from([ids[4]])).unwrap());
    (graph, ids)
}

fn labels(nodes: Vec<&esg_core::lineage::Node>) -> Vec<(Stage, &str)> {
    nodes.iter().map(|node| (node.stage(), node.label())).collect()
}

#[test]
fn a_name_is_the_hash_of_what_the_node_says() {
    let mut graph = Graph::default();
    let time = "2024-03-15T14:30:00Z".parse().unwrap();
    let id = graph.add(Step::new(Stage::Event, "m/1", "m").at(time).fact("b", 2).fact("a", "1")).unwrap();
    // RFC 8785: members sorted, no spaces.
    let canonical = concat!(
        r#"{"component":"m","facts":{"a":"1","b":"2"},"inputs":[],"label":"m/1","stage":"event","#,
        r#""time":"2024-03-15T14:30:00Z","transformation":null}"#
    );
    let want: String = Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(id.to_string(), want);
    assert_eq!(graph.node(id).unwrap().content(), serde_json::from_str::<Value>(canonical).unwrap());
}

#[test]
fn a_name_covers_everything_above_it() {
    let build = |value: &str| {
        let mut graph = Graph::default();
        let event = graph.add(Step::new(Stage::Event, "m/1", "m").fact("value", value)).unwrap();
        let product =
            graph.add(Step::new(Stage::Calculation, "p", "engine").by("multiply").from([event])).unwrap();
        graph.add(Step::new(Stage::Cell, "c", "engine").by("add").from([product])).unwrap()
    };
    assert_eq!(build("1"), build("1"));
    assert_ne!(build("1"), build("1.0"));
}

#[test]
fn walks_go_up_to_the_sources_and_down_to_the_cells() {
    let (graph, ids) = diamond();
    let up = labels(graph.upstream(ids[4]).unwrap());
    let set: BTreeSet<_> = up.iter().copied().collect();
    let want = [(Stage::Source, "a"), (Stage::Source, "b"), (Stage::Event, "a"), (Stage::Event, "b")];
    assert_eq!((up.len(), set), (4, want.into_iter().collect()));
    assert!(up[..2].iter().all(|(stage, _)| *stage == Stage::Source), "sources come first: {up:?}");
    let down = labels(graph.downstream(ids[0]).unwrap());
    assert_eq!(down, [(Stage::Event, "a"), (Stage::Calculation, "a x b"), (Stage::Cell, "sum")]);
    assert!(graph.upstream(ids[0]).unwrap().is_empty() && graph.downstream(ids[5]).unwrap().is_empty());
}

#[test]
fn a_node_that_is_not_there_is_refused_so_that_no_circle_can_be_closed() {
    let (graph, ids) = diamond();
    let mut other = Graph::default();
    let refused = other.add(Step::new(Stage::Cell, "c", "engine").by("add").from([ids[4]])).unwrap_err();
    assert_eq!(refused, LineageError::NodeUnknown { id: ids[4], nodes: 0 });
    assert_eq!(refused.code(), "lineage.node_unknown");
    assert!(refused.to_string().contains(&ids[4].to_string()) && other.is_empty());
    for failed in [other.upstream(ids[4]), other.downstream(ids[4])] {
        assert_eq!(failed.unwrap_err().code(), "lineage.node_unknown");
    }
    assert!(graph.node(ids[4]).is_ok() && other.node(ids[4]).is_err() && other.to_tree(ids[4], 9).is_err());
}

#[test]
fn the_same_node_is_there_once() {
    let (mut graph, _) = diamond();
    let before = graph.clone();
    graph.add(Step::new(Stage::Source, "a", "site")).unwrap();
    assert_eq!(graph, before);
}

#[test]
fn a_tree_shows_what_a_node_was_made_from_and_counts_what_it_leaves_out() {
    let (graph, ids) = diamond();
    let cut = |id: NodeId| id.short();
    let want = format!(
        "cell sum  [{}]\n└─ calculation a x b  [{}]\n   ├─ event a  [{}]\n   │  └─ source a  [{}]\n   └─ and 1 more\n",
        cut(ids[5]),
        cut(ids[4]),
        cut(ids[1]),
        cut(ids[0])
    );
    assert_eq!(graph.to_tree(ids[5], 1).unwrap(), want);
    assert!(graph.to_tree(ids[5], 2).unwrap().ends_with(&format!("      └─ source b  [{}]\n", cut(ids[2]))));
}

/// A name that would end a string, a label or a line, or begin a statement, in one of the formats.
const HOSTILE: &str = "a\"] --> x\n<b>&quot;</b> `%%{init}%%` \\\" #quot; \u{1b}[31m \u{202e}; end";

fn hostile() -> Graph {
    let mut graph = Graph::default();
    let source = graph.add(Step::new(Stage::Source, HOSTILE, HOSTILE)).unwrap();
    let cell = Step::new(Stage::Cell, HOSTILE, HOSTILE).by(HOSTILE).fact("note", HOSTILE).from([source]);
    graph.add(cell).unwrap();
    graph
}

#[test]
fn a_hostile_name_stays_inside_its_label_in_mermaid() {
    let text = hostile().to_mermaid();
    let lines: Vec<&str> = text.lines().collect();
    // Two nodes and one arrow, whatever the names say.
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!((lines[0], lines[3]), ("flowchart LR", "  n0 --> n1"));
    for (line, (start, end)) in
        lines[1..3].iter().zip([("  n0([\"source: ", "\"])"), ("  n1{{\"cell: ", "\"}}")])
    {
        let label = line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).unwrap();
        assert!(!label.contains(['"', '<', '>', '&', '`', '%', '\\', '\n', '\u{1b}', ']', '}']), "{label}");
        // Read back: entities are numbers, control signs were made spaces.
        let mut back = String::new();
        for (at, part) in label.split('#').enumerate() {
            let (code, rest) =
                if at == 0 { (None, part) } else { part.split_once(';').map(|(c, r)| (Some(c), r)).unwrap() };
            back.extend(code.map(|code| char::from_u32(code.parse().unwrap()).unwrap()));
            back.push_str(rest);
        }
        assert_eq!(back, HOSTILE.replace(['\n', '\u{1b}'], " "));
    }
}

#[test]
fn a_hostile_name_stays_inside_its_string_in_dot() {
    let text = hostile().to_dot();
    // Outside of quoted strings, read by the rule of the language, no letter of the name is left.
    let (mut outside, mut inside, mut escape) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            _ if escape => escape = false,
            '\\' if inside => escape = true,
            '"' => inside = !inside,
            c if !inside => outside.push(c),
            _ => {}
        }
    }
    assert!(!inside);
    let want = "digraph lineage {\n  rankdir=LR;\n  node [fontname=, fontsize=10];\n   [shape=oval, label=];\n   [shape=doubleoctagon, label=];\n   -> ;\n}\n";
    assert_eq!(outside, want);
    assert!(!text.contains('\u{1b}') && text.contains("&amp;quot;") && text.lines().count() == 7);
}

#[test]
fn a_hostile_name_cannot_move_the_cursor_in_a_tree() {
    let graph = hostile();
    let cell = graph.of_stage(Stage::Cell).next().unwrap().id();
    let text = graph.to_tree(cell, 5).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.lines().count() == 2, "{text:?}");
}

fn members<'a>(document: &'a Value, name: &str) -> &'a Map<String, Value> {
    document[name].as_object().unwrap_or_else(|| panic!("no {name}"))
}

/// The rules of the PROV-JSON submission: which statements there are, which members each must and may have, that names have a
/// prefix that is declared, and that what a statement names is there.
fn assert_prov(document: &Value) {
    let parts: [(&str, &[&str], &[&str]); 5] = [
        ("wasGeneratedBy", &["prov:entity"], &["prov:activity", "prov:time"]),
        ("used", &["prov:activity"], &["prov:entity", "prov:time"]),
        ("wasDerivedFrom", &["prov:generatedEntity", "prov:usedEntity"], &["prov:activity"]),
        ("wasAttributedTo", &["prov:entity", "prov:agent"], &[]),
        ("wasAssociatedWith", &["prov:activity"], &["prov:agent", "prov:plan"]),
    ];
    let known: BTreeSet<&str> = ["prefix", "entity", "activity", "agent"]
        .into_iter()
        .chain(parts.iter().map(|part| part.0))
        .collect();
    let top = document.as_object().unwrap();
    assert!(top.keys().all(|key| known.contains(key.as_str())), "{:?}", top.keys());
    let prefixes = members(document, "prefix");
    assert!(prefixes.values().all(|uri| uri.as_str().unwrap().contains(':')));
    let qualified = |name: &str| {
        let (prefix, local) = name.split_once(':').unwrap();
        assert!(prefix == "prov" || prefixes.contains_key(prefix), "{name}");
        assert!(
            !local.is_empty() && local.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            "{name}"
        );
    };
    for kind in ["entity", "activity", "agent"] {
        for (name, attributes) in members(document, kind) {
            qualified(name);
            for (attribute, value) in attributes.as_object().unwrap() {
                qualified(attribute);
                if let Some(typed) = value.as_object() {
                    assert_eq!(typed.keys().collect::<Vec<_>>(), ["$", "type"]);
                    qualified(typed["$"].as_str().unwrap());
                } else {
                    assert!(value.is_string());
                }
            }
        }
    }
    for (kind, must, may) in parts {
        for (name, statement) in top.get(kind).into_iter().flat_map(|all| all.as_object().unwrap()) {
            assert!(name.starts_with("_:"), "{name}");
            let statement = statement.as_object().unwrap();
            assert!(must.iter().all(|key| statement.contains_key(*key)), "{kind} {name}");
            for (key, value) in statement {
                assert!(must.contains(&key.as_str()) || may.contains(&key.as_str()), "{kind} {key}");
                let of = match key.as_str() {
                    "prov:time" => continue,
                    "prov:activity" => "activity",
                    "prov:agent" => "agent",
                    _ => "entity",
                };
                assert!(members(document, of).contains_key(value.as_str().unwrap()), "{kind} {name} {key}");
            }
        }
    }
}

#[test]
fn prov_has_the_structure_of_the_submission() {
    for graph in [diamond().0, hostile()] {
        assert_prov(&graph.to_prov());
    }
    let (graph, ids) = diamond();
    let document = graph.to_prov();
    let counts =
        ["entity", "activity", "agent", "used", "wasGeneratedBy", "wasDerivedFrom", "wasAttributedTo"]
            .map(|name| members(&document, name).len());
    // 6 nodes, 2 of them made here from 3 inputs; 4 come from outside; agents are a, b, site and engine.
    assert_eq!(counts, [6, 2, 4, 3, 2, 3, 4]);
    assert_eq!(members(&document, "entity")[&format!("esg:n-{}", ids[4])]["esg:kg"], "2");
}

#[test]
fn json_gives_every_node_with_a_name_that_anyone_can_check() {
    let (graph, _) = diamond();
    let document = graph.to_json();
    let nodes = document["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), graph.len());
    for node in nodes {
        let mut content = node.clone();
        let id = content.as_object_mut().unwrap().remove("id").unwrap();
        let digest = Sha256::digest(esg_core::canonical::from_value(&content).unwrap());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(id, hex);
    }
}

proptest! {
    /// Any graph: node `i` is made from some of the nodes before it.
    #[test]
    fn the_order_in_which_nodes_come_does_not_show(links in proptest::collection::vec(any::<u16>(), 1..12), turn in any::<usize>()) {
        let step = |at: usize, ids: &[NodeId]| {
            let inputs = (0..at).filter(|&other| links[at] >> (other % 16) & 1 == 1).map(|other| ids[other]);
            Step::new(Stage::Calculation, at.to_string(), "engine").by("add").from(inputs)
        };
        let (mut graph, mut ids) = (Graph::default(), Vec::new());
        for at in 0..links.len() {
            let id = graph.add(step(at, &ids)).unwrap();
            ids.push(id);
        }
        // Another order: whatever is ready, beginning elsewhere.
        let mut again = Graph::default();
        while again.len() < graph.len() {
            for at in 0..links.len() {
                let _ = again.add(step((at + turn % links.len()) % links.len(), &ids));
            }
        }
        prop_assert_eq!(&again, &graph);
        prop_assert_eq!(again.to_mermaid(), graph.to_mermaid());
        prop_assert_eq!(again.to_prov(), graph.to_prov());
        for &id in &ids {
            // A node is above another exactly when the other is below it.
            for up in graph.upstream(id).unwrap() {
                prop_assert!(up.id() != id);
                prop_assert!(graph.downstream(up.id()).unwrap().iter().any(|node| node.id() == id));
            }
        }
    }
}
