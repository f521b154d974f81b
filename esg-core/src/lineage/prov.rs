//! The graph as W3C PROV-JSON.
//!
//! A node is an entity. Whatever was made here has an activity that generated it, used its inputs and is associated with
//! the component that did it; what came from outside is attributed to whom it came from. A source system is an agent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Graph, Node, NodeId, Stage};

/// What names of this graph begin with. A URN needs no server that answers.
const NAMESPACE: &str = "urn:esg:lineage:";

/// One kind of statement by name.
type Statements = Map<String, Value>;

impl Graph {
    /// Returns a PROV-JSON document. Entities are `esg:n-` and activities `esg:t-` with the node's SHA-256; agents are
    /// `esg:a-` with the SHA-256 of their name. Facts become attributes `esg:NAME`.
    ///
    /// # Source
    /// W3C Member Submission "The PROV-JSON Serialization", 24 April 2013; PROV-DM for the relations.
    pub fn to_prov(&self) -> Value {
        let (mut entities, mut activities, mut agents) = (Map::new(), Map::new(), Map::new());
        let (mut generated, mut used, mut derived) = (Map::new(), Map::new(), Map::new());
        let (mut attributed, mut associated) = (Map::new(), Map::new());
        let mut components = BTreeSet::new();
        for node in self.nodes() {
            if node.stage() == Stage::Source {
                agents.insert(agent(node.label()), described(node, "prov:SoftwareAgent"));
            }
            let this = entity(node.id());
            entities.insert(this.clone(), described(node, &format!("esg:{}", node.stage().as_str())));
            components.insert(node.component());
            let Some(transformation) = node.transformation() else {
                let statement = json!({"prov:entity": this, "prov:agent": agent(node.component())});
                push(&mut attributed, "at", statement);
                continue;
            };
            let act = format!("esg:t-{}", node.id());
            activities.insert(act.clone(), json!({"prov:label": transformation}));
            let mut statement = json!({"prov:entity": this, "prov:activity": act});
            if let Some(time) = node.time() {
                statement["prov:time"] = time.to_string().into();
            }
            push(&mut generated, "g", statement);
            let who = json!({"prov:activity": act, "prov:agent": agent(node.component())});
            push(&mut associated, "as", who);
            for input in node.inputs() {
                push(&mut used, "u", json!({"prov:activity": act, "prov:entity": entity(*input)}));
                push(
                    &mut derived,
                    "d",
                    json!({"prov:generatedEntity": this, "prov:usedEntity": entity(*input), "prov:activity": act}),
                );
            }
        }
        for name in components {
            agents.entry(agent(name)).or_insert_with(|| json!({"prov:label": name}));
        }
        let mut document = json!({"prefix": {"esg": NAMESPACE}});
        let parts = [
            ("entity", entities),
            ("activity", activities),
            ("agent", agents),
            ("wasGeneratedBy", generated),
            ("used", used),
            ("wasDerivedFrom", derived),
            ("wasAttributedTo", attributed),
            ("wasAssociatedWith", associated),
        ];
        for (name, statements) in parts.into_iter().filter(|(_, statements)| !statements.is_empty()) {
            document[name] = Value::Object(statements);
        }
        document
    }
}

/// Adds a statement under a name of its own.
fn push(statements: &mut Statements, letter: &str, statement: Value) {
    statements.insert(format!("_:{letter}{}", statements.len() + 1), statement);
}

fn entity(id: NodeId) -> String {
    format!("esg:n-{id}")
}

fn agent(name: &str) -> String {
    let digest: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("esg:a-{digest}")
}

/// Label, type and facts. The names of facts are ours, so they are fit for the local part of a qualified name.
fn described(node: &Node, of_type: &str) -> Value {
    let mut attributes = Map::new();
    attributes.insert("prov:label".into(), node.label().into());
    attributes.insert("prov:type".into(), json!({"$": of_type, "type": "xsd:QName"}));
    if let Some(time) = node.time() {
        attributes.insert("esg:time".into(), time.to_string().into());
    }
    for (name, value) in node.facts() {
        attributes.insert(format!("esg:{name}"), value.as_str().into());
    }
    Value::Object(attributes)
}
