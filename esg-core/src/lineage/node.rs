//! A node: one thing that a number rests on, named by its content.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::canonical;
use crate::time::Instant;

/// SHA-256 of the canonical JSON (RFC 8785) of what a node says; shown in hexadecimal.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId([u8; 32]);

impl NodeId {
    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 12 hexadecimal digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for NodeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where on the road a node stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// The system that measured.
    Source,
    /// An event as it was sent.
    Event,
    /// A quantity in the unit of its factor.
    Conversion,
    /// A factor of one edition of one publisher.
    Factor,
    /// The warming of a gas under a GWP set.
    Gwp,
    /// A contractual instrument of the market-based method.
    Instrument,
    /// One product: quantity, conversion, factor, GWP.
    Calculation,
    /// A sum that a report shows.
    Cell,
}

impl Stage {
    /// All stages, in the order of the road.
    pub const ALL: [Self; 8] = [
        Self::Source,
        Self::Event,
        Self::Conversion,
        Self::Factor,
        Self::Gwp,
        Self::Instrument,
        Self::Calculation,
        Self::Cell,
    ];

    /// Returns the name: `source`, `event`, `conversion`, `factor`, `gwp`, `instrument`, `calculation`, `cell`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Event => "event",
            Self::Conversion => "conversion",
            Self::Factor => "factor",
            Self::Gwp => "gwp",
            Self::Instrument => "instrument",
            Self::Calculation => "calculation",
            Self::Cell => "cell",
        }
    }
}

/// What a node will say: give it to [`Graph::add`](super::Graph::add).
#[derive(Clone, Debug)]
pub struct Step {
    stage: Stage,
    label: String,
    component: String,
    transformation: Option<String>,
    time: Option<Instant>,
    facts: BTreeMap<String, String>,
    inputs: Vec<NodeId>,
}

impl Step {
    /// Returns a step that `component` (who is responsible: a system, a publisher, a part of the engine) answers for.
    pub fn new(stage: Stage, label: impl Into<String>, component: impl Into<String>) -> Self {
        Self {
            stage,
            label: label.into(),
            component: component.into(),
            transformation: None,
            time: None,
            facts: BTreeMap::new(),
            inputs: Vec::new(),
        }
    }

    /// Says what was done to the inputs.
    #[must_use]
    pub fn by(mut self, transformation: impl Into<String>) -> Self {
        self.transformation = Some(transformation.into());
        self
    }

    /// Says when.
    #[must_use]
    pub const fn at(mut self, time: Instant) -> Self {
        self.time = Some(time);
        self
    }

    /// Adds a fact; numbers are exact text. The name is letters, digits and `_`: it is part of names in PROV-JSON.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds a fact that may be unknown; what is unknown is left out.
    #[must_use]
    pub fn known(self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }

    /// Adds nodes that it was made from, each once.
    #[must_use]
    pub fn from(mut self, inputs: impl IntoIterator<Item = NodeId>) -> Self {
        self.inputs.extend(inputs);
        self.inputs.sort_unstable();
        self.inputs.dedup();
        self
    }
}

/// One thing that a number rests on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    id: NodeId,
    stage: Stage,
    label: String,
    component: String,
    transformation: Option<String>,
    time: Option<Instant>,
    facts: BTreeMap<String, String>,
    inputs: Vec<NodeId>,
}

impl Node {
    pub(super) fn of(step: Step) -> Self {
        let Step { stage, label, component, transformation, time, facts, inputs } = step;
        let unnamed =
            Self { id: NodeId([0; 32]), stage, label, component, transformation, time, facts, inputs };
        let bytes = canonical::from_value(&unnamed.content()).expect("it holds text and no doubled name");
        Self { id: NodeId(Sha256::digest(bytes).into()), ..unnamed }
    }

    /// Its name: the SHA-256 of the canonical JSON of [`Node::content`].
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// Where on the road it stands.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// What people call it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Who is responsible for it.
    pub fn component(&self) -> &str {
        &self.component
    }

    /// What was done to its inputs; none for what comes from outside.
    pub fn transformation(&self) -> Option<&str> {
        self.transformation.as_deref()
    }

    /// When, where that is known: the core has no clock.
    pub const fn time(&self) -> Option<Instant> {
        self.time
    }

    /// What is known of it, by name; numbers are exact text.
    pub const fn facts(&self) -> &BTreeMap<String, String> {
        &self.facts
    }

    /// The nodes that it was made from, in order.
    pub fn inputs(&self) -> &[NodeId] {
        &self.inputs
    }

    /// Everything that it says, without its own name.
    pub fn content(&self) -> Value {
        let facts: Map<String, Value> =
            self.facts.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        json!({
            "component": self.component,
            "facts": facts,
            "inputs": self.inputs,
            "label": self.label,
            "stage": self.stage.as_str(),
            "time": self.time.map(|time| time.to_string()),
            "transformation": self.transformation,
        })
    }
}
