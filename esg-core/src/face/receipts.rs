//! What became of the rows that a caller gave to a ledger, of one table or many files.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::audit::Hash;
use crate::ledger::{Ingested, Item, Outcome};

/// The receipts of a call: counts, a receipt for each row, and what a person has to look at.
#[derive(Clone, Debug, Default)]
pub struct Receipts {
    counts: [u64; 4],
    late: u64,
    sources: Vec<Arc<str>>,
    rows: Vec<Row>,
    conflicts: Vec<Value>,
    rejected: Vec<Value>,
}

#[derive(Clone, Debug)]
struct Row {
    source: u32,
    item: Item,
    fingerprint: Option<Hash>,
}

/// The receipt of a row.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'r> {
    /// File or table.
    pub source: &'r str,
    /// What became of it.
    pub item: Item,
    /// SHA-256 of its canonical event; none where it is no event.
    pub fingerprint: Option<Hash>,
}

impl Receipts {
    /// Adds what became of the rows of a file or table, or of a part of it.
    pub fn add(&mut self, label: &str, ingested: &Ingested) {
        if self.sources.last().is_none_or(|last| **last != *label) {
            self.sources.push(label.into());
        }
        let source = self.sources.len() as u32 - 1;
        self.rows.reserve(ingested.items.len());
        for item in &ingested.items {
            self.counts[item.outcome as usize] += 1;
            self.late += u64::from(item.late);
            let fingerprint = match item.outcome {
                Outcome::Rejected => None,
                _ => Some(Hash::from_bytes(ingested.fingerprints[item.at as usize])),
            };
            self.rows.push(Row { source, item: *item, fingerprint });
        }
        for conflict in &ingested.conflicts {
            let (line, first, differs) = (conflict.line, conflict.first, &conflict.differs);
            self.conflicts.push(json!({"source": label, "line": line, "first": first, "differs": differs}));
        }
        for row in &ingested.rejected {
            self.rejected.push(json!({
                "source": label, "line": row.line, "field": row.field, "code": row.code, "message": row.message,
                "nearest": row.nearest, "raw": row.raw,
            }));
        }
    }

    /// How many rows ended so.
    pub const fn count(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// How many accepted events are of a day that was closed.
    pub const fn late(&self) -> u64 {
        self.late
    }

    /// How many rows there were.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// True when every row is in the ledger: accepted now, or before.
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty() && self.rejected.is_empty()
    }

    /// Rows whose id is there with other content: source, line, the line of the log that stays, the fields that differ.
    pub fn conflicts(&self) -> &[Value] {
        &self.conflicts
    }

    /// Rows that were returned: source, line, field, code, message and the nearest known names.
    pub fn rejected(&self) -> &[Value] {
        &self.rejected
    }

    /// The receipts, in the order in which the rows came.
    pub fn receipts(&self) -> impl Iterator<Item = Receipt<'_>> {
        self.rows.iter().map(|Row { source, item, fingerprint }| Receipt {
            source: &self.sources[*source as usize],
            item: *item,
            fingerprint: *fingerprint,
        })
    }
}
