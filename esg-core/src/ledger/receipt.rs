//! The answer to a request: what became of each of its rows.

use crate::telemetry::{Rejection, TelemetryBatch};

/// What became of a row.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// It is in the ledger now.
    Accepted,
    /// It was there already, with the same content; its receipt is the first one's.
    Duplicate,
    /// Its id was there already, with other content; the first one stays.
    Conflict,
    /// It is no event, or cannot be taken.
    Rejected,
}

impl Outcome {
    /// Returns the name: `accepted`, `duplicate`, `conflict`, `rejected`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
        }
    }
}

/// The receipt of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Item {
    /// Line of the file, or place in the array, from 1.
    pub line: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// Line of the log that holds the event: the first one's for duplicates and conflicts, 0 for rejected rows.
    pub seq: u64,
    /// True when an accepted event is of a day that was closed: no report that was issued changes by it.
    pub late: bool,
    /// Number of its event in [`Ingested::batch`]; for rejected rows the number in [`Ingested::rejected`].
    pub at: u32,
}

/// A row whose id is there with other content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// Line of the file, or place in the array, from 1.
    pub line: u64,
    /// Line of the log that holds the event that stays.
    pub first: u64,
    /// Fields that differ, such as `metrics.energy_kwh`.
    pub differs: Vec<String>,
}

/// What became of a request.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// The rows, in their order.
    pub items: Vec<Item>,
    /// Conflicts, in the order of the rows.
    pub conflicts: Vec<Conflict>,
    /// Rejected rows with what is wrong with them, in their order.
    pub rejected: Vec<Rejection>,
    /// The events as they were read.
    pub batch: TelemetryBatch,
    /// `fingerprints[event]`: SHA-256 of the canonical event.
    pub fingerprints: Vec<[u8; 32]>,
}

impl Ingested {
    /// How many rows ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.items.iter().filter(|item| item.outcome == outcome).count() as u64
    }

    /// True when every row is in the ledger: accepted now, or before.
    pub fn is_clean(&self) -> bool {
        self.items.iter().all(|item| matches!(item.outcome, Outcome::Accepted | Outcome::Duplicate))
    }
}
