//! The answer to a request, as it grows with the lines that are written.

use super::{Conflict, Ingested, Item, Outcome, Prepared};
use crate::activity::Dictionary;
use crate::audit::AuditError;
use crate::error::Error;
use crate::store::{Events, Key};
use crate::telemetry::{Rejection, TelemetryError};

/// Why a row has no line of its own.
pub(super) enum Row {
    /// It is returned to its sender.
    Refused(TelemetryError),
    /// The ledger cannot go on.
    Failed(Error),
}

impl From<TelemetryError> for Row {
    fn from(error: TelemetryError) -> Self {
        Self::Refused(error)
    }
}

impl From<AuditError> for Row {
    fn from(error: AuditError) -> Self {
        Self::Failed(error.into())
    }
}

/// What is known of the rows so far.
pub(super) struct Answer {
    items: Vec<Item>,
    conflicts: Vec<Conflict>,
    pub(super) rejected: Vec<Rejection>,
    /// `seqs[event]`: its line, for those that were accepted.
    seqs: Vec<Option<u64>>,
    accepted: usize,
    /// What the accepted amendments took out, in their order.
    pub(super) replaces: Vec<u64>,
}

impl Answer {
    pub(super) fn new(prepared: &Prepared) -> Self {
        let rejected = prepared.rejected.clone();
        let events = prepared.batch.len();
        let mut items = Vec::with_capacity(events + rejected.len());
        for (at, rejection) in rejected.iter().enumerate() {
            items.push(Item {
                line: rejection.line,
                outcome: Outcome::Rejected,
                seq: 0,
                late: false,
                at: at as u32,
            });
        }
        Self {
            items,
            conflicts: Vec::new(),
            rejected,
            seqs: vec![None; events],
            accepted: 0,
            replaces: Vec::new(),
        }
    }

    pub(super) fn item(&mut self, prepared: &Prepared, event: usize, outcome: Outcome, seq: u64) {
        let line = prepared.batch.line[event];
        self.items.push(Item { line, outcome, seq, late: false, at: event as u32 });
    }

    pub(super) fn accept(&mut self, prepared: &Prepared, event: usize, seq: u64, late: bool) {
        let line = prepared.batch.line[event];
        self.items.push(Item { line, outcome: Outcome::Accepted, seq, late, at: event as u32 });
        self.seqs[event] = Some(seq);
        self.accepted += 1;
    }

    pub(super) fn conflict(&mut self, prepared: &Prepared, event: usize, first: u64, differs: Vec<String>) {
        self.item(prepared, event, Outcome::Conflict, first);
        self.conflicts.push(Conflict { line: prepared.batch.line[event], first, differs });
    }

    pub(super) fn reject(&mut self, prepared: &Prepared, event: usize, error: &TelemetryError) {
        self.push_rejection(Rejection::new(prepared.batch.line[event], error, prepared.event(event)));
    }

    fn push_rejection(&mut self, rejection: Rejection) {
        let at = self.rejected.len() as u32;
        self.items.push(Item { line: rejection.line, outcome: Outcome::Rejected, seq: 0, late: false, at });
        self.rejected.push(rejection);
    }

    /// Returns the accepted events for the store, and the answer for the sender.
    pub(super) fn finish(mut self, prepared: Prepared, keys: &[Key]) -> (Events, Ingested) {
        self.items.sort_by_key(|item| item.line);
        let fingerprints: Vec<[u8; 32]> = (0..keys.len()).map(|event| prepared.fingerprint(event)).collect();
        let (seqs, all) = (&self.seqs, self.accepted == keys.len());
        let mut batch =
            if all { prepared.batch.clone() } else { prepared.batch.filtered(|event| seqs[event].is_some()) };
        batch.line = seqs.iter().flatten().copied().collect();
        let mut tenants = Dictionary::default();
        let tenant = vec![tenants.code(prepared.tenant.as_str()); batch.len()];
        let kept = |event: &usize| seqs[*event].is_some();
        let events = Events {
            batch,
            tenants,
            tenant,
            keys: (0..keys.len()).filter(kept).map(|event| keys[event]).collect(),
            fingerprints: (0..keys.len()).filter(kept).map(|event| fingerprints[event]).collect(),
            replaces: self.replaces,
        };
        let Self { items, conflicts, rejected, .. } = self;
        (events, Ingested { items, conflicts, rejected, batch: prepared.batch, fingerprints })
    }
}
