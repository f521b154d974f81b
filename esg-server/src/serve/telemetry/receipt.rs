//! What became of events, as documents.

use esg_core::audit::Hash;
use esg_core::ledger::{Ingested, Item, Outcome as Became};
use serde_json::{Map, Value, json};

use crate::serve::limits::SHOWN;

/// The receipt of an event.
pub fn item(ingested: &Ingested, item: &Item) -> Value {
    let at = item.at as usize;
    let mut document = json!({"line": item.line, "outcome": item.outcome.as_str()});
    if item.outcome == Became::Rejected {
        if let Some(row) = ingested.rejected.get(at) {
            document["code"] = row.code.into();
            document["field"] = row.field.clone().into();
            document["message"] = row.message.clone().into();
            document["nearest"] = row.nearest.clone().into();
        }
        return document;
    }
    document["seq"] = item.seq.into();
    document["late"] = item.late.into();
    document["source_id"] = ingested.batch.source_id(at).into();
    document["external_event_id"] = ingested.batch.external_id(at).into();
    document["fingerprint"] = Hash::from_bytes(ingested.fingerprints[at]).to_string().into();
    document
}

/// The receipts of a batch.
pub fn batch(ingested: &Ingested) -> Value {
    let mut sum = Sum::default();
    sum.add(ingested);
    let mut conflicts = ingested.conflicts.iter();
    let items: Vec<Value> = ingested
        .items
        .iter()
        .map(|one| {
            let mut document = item(ingested, one);
            if one.outcome == Became::Conflict
                && let Some(conflict) = conflicts.next()
            {
                document["differs"] = conflict.differs.clone().into();
            }
            document
        })
        .collect();
    let mut document = sum.counts();
    document.insert("items".to_owned(), items.into());
    document.into()
}

/// What became of an upload: counts, and the first rows that a person has to look at.
#[derive(Debug, Default)]
pub struct Sum {
    counts: [u64; 4],
    late: u64,
    conflicts: Vec<Value>,
    rejected: Vec<Value>,
}

impl Sum {
    /// Adds a part.
    pub fn add(&mut self, ingested: &Ingested) {
        for item in &ingested.items {
            self.counts[item.outcome as usize] += 1;
            self.late += u64::from(item.late);
        }
        let room = SHOWN.saturating_sub(self.conflicts.len());
        self.conflicts.extend(ingested.conflicts.iter().take(room).map(
            |conflict| json!({"line": conflict.line, "seq": conflict.first, "differs": conflict.differs}),
        ));
        let room = SHOWN.saturating_sub(self.rejected.len());
        self.rejected.extend(ingested.rejected.iter().take(room).map(|row| {
            json!({
                "line": row.line, "code": row.code, "field": row.field, "message": row.message,
                "nearest": row.nearest,
            })
        }));
    }

    fn counts(&self) -> Map<String, Value> {
        let [accepted, duplicates, conflicts, rejected] = self.counts;
        let counts = [
            ("accepted", accepted),
            ("duplicates", duplicates),
            ("conflicts", conflicts),
            ("rejected", rejected),
            ("late", self.late),
        ];
        counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect()
    }

    /// Returns it as a document.
    pub fn document(self) -> Value {
        let mut document = self.counts();
        document.insert("first_conflicts".to_owned(), self.conflicts.into());
        document.insert("first_rejected".to_owned(), self.rejected.into());
        document.into()
    }
}
