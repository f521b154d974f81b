//! What a client of the ledger knows: what it sent, and what it was told.

use std::collections::{BTreeMap, BTreeSet};

use esg_core::ledger::{Ingested, Outcome};
use serde_json::{Value, json};

use crate::common::{trip, with};
use crate::rng::Rng;

#[derive(Debug, Default)]
pub struct Model {
    /// Content of every event that was ever sent, by its id.
    pub sent: BTreeMap<String, Value>,
    /// Line and fingerprint of every event that was acknowledged.
    pub acknowledged: BTreeMap<String, (u64, [u8; 32])>,
    /// Ids of the requests that are whole or not there.
    pub groups: Vec<Vec<String>>,
    /// Events that a correction was sent for.
    corrected: BTreeSet<String>,
    /// Signed notes that were given out.
    pub notes: Vec<String>,
    /// Ids that were taken in detached, as far as that was told.
    pub detached: BTreeSet<String>,
    /// Ids whose redaction was asked for; it may have failed.
    pub asked: BTreeSet<String>,
    /// Ids whose redaction was acknowledged.
    pub redacted: BTreeSet<String>,
    /// Periods that were closed, by their number.
    pub closed: u64,
    next: u64,
}

impl Model {
    fn fresh(&mut self, rng: &mut Rng) -> Value {
        let id = format!("e{}", self.next);
        self.next += 1;
        let day = format!("2025-0{}-{:02}", rng.below(9) + 1, rng.below(28) + 1);
        let litres = format!("{}.{:03}", rng.below(500) + 1, rng.below(1000));
        let event = trip(&id, &day, &litres);
        self.sent.insert(id, event.clone());
        event
    }

    /// An event that corrects or voids one that was acknowledged, where there is one.
    fn amendment(&mut self, rng: &mut Rng) -> Value {
        let mut event = self.fresh(rng);
        let target = self.acknowledged.keys().find(|id| !self.corrected.contains(*id)).cloned();
        if let Some(target) = target {
            event = with(event, if rng.once_in(3) { "void" } else { "corrects" }, &target);
            self.corrected.insert(target);
            self.sent.insert(format!("e{}", self.next - 1), event.clone());
        }
        event
    }

    /// A request: new events, some that were sent before, and now and then another content or a row that is no event.
    pub fn request(&mut self, rng: &mut Rng) -> Vec<Value> {
        let mut events = Vec::new();
        for _ in 0..=rng.below(6) {
            let again = rng.below(self.sent.len().max(1));
            let id = self.sent.keys().nth(again).cloned();
            match (rng.below(8), id) {
                (0 | 1, Some(id)) if self.may_repeat(&id) => events.push(self.sent[&id].clone()),
                (2, Some(id)) if self.acknowledged.contains_key(&id) => {
                    events.push(trip(&id, "2025-12-24", "0.5"));
                }
                (3, _) if rng.once_in(4) => events.push(json!({"source_id": 1})),
                (4, _) if rng.once_in(2) => events.push(self.amendment(rng)),
                _ => events.push(self.fresh(rng)),
            }
        }
        events
    }

    /// A request of new events that are taken together.
    pub fn group(&mut self, rng: &mut Rng) -> Vec<Value> {
        let (mut events, mut ids) = (Vec::new(), Vec::new());
        for _ in 0..rng.below(12) + 2 {
            events.push(self.fresh(rng));
            ids.push(format!("e{}", self.next - 1));
        }
        self.groups.push(ids);
        events
    }

    /// Events of a group that nobody acknowledged are not sent alone, so that a piece of a group can be told.
    fn may_repeat(&self, id: &String) -> bool {
        self.acknowledged.contains_key(id) || !self.groups.iter().any(|group| group.contains(id))
    }

    /// An event to redact: its id and line.
    pub fn redactable(&self, rng: &mut Rng) -> Option<(String, u64)> {
        let known: Vec<&String> = self.detached.difference(&self.asked).collect();
        let id = (*known.get(rng.below(known.len().max(1)))?).clone();
        let seq = self.acknowledged[&id].0;
        Some((id, seq))
    }

    /// Takes note of an answer to a request, which asked for events to be detached or not.
    pub fn answered(&mut self, ingested: &Ingested, detached: bool) {
        for item in &ingested.items {
            let event = item.at as usize;
            if item.outcome == Outcome::Rejected {
                continue;
            }
            let id = ingested.batch.external_id(event).to_owned();
            let told = (item.seq, ingested.fingerprints[event]);
            let before = self.acknowledged.get(&id);
            match item.outcome {
                Outcome::Accepted => {
                    assert_eq!(before, None, "{id} was acknowledged and is accepted again");
                    if detached {
                        self.detached.insert(id.clone());
                    }
                }
                Outcome::Duplicate => assert!(before.is_none_or(|before| *before == told), "{id}: {told:?}"),
                Outcome::Conflict | Outcome::Rejected => {
                    assert_eq!(before.map(|(seq, _)| *seq), Some(item.seq), "{id}");
                    continue;
                }
            }
            self.acknowledged.insert(id, told);
        }
    }
}
