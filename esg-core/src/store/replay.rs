//! From lines of the log back to what a store keeps of them.

use serde_json::Value;

use super::{Events, Key, Redacted, StoreError};
use crate::activity::Dictionary;
use crate::audit::{Record, RecordKind, check_payload, commitment};
use crate::telemetry::Collector;

/// Records that are read again, one after the other.
#[derive(Debug, Default)]
pub struct Replay {
    events: Collector,
    tenants: Dictionary,
    tenant: Vec<u32>,
    fingerprints: Vec<[u8; 32]>,
    replaces: Vec<u64>,
    marks: Vec<(u64, RecordKind)>,
}

impl Replay {
    /// Takes note of a record. `payload` is what a detached one committed to, as the store keeps it.
    ///
    /// # Errors
    /// `Corrupt` when it accepts an event that is none, or another one than its fingerprint says, and when it is detached and
    /// the payload is not there or another one.
    pub fn push(&mut self, record: &Record<'_>, payload: Option<&[u8]>) -> Result<(), StoreError> {
        let seq = record.seq();
        match record.kind() {
            RecordKind::TelemetryAccepted | RecordKind::Correction => {}
            RecordKind::TelemetryConflict | RecordKind::TelemetryRejectedBatch => return Ok(()),
            kind => {
                self.marks.push((seq, kind));
                return Ok(());
            }
        }
        let corrupt =
            |reason: String| StoreError::Corrupt { place: format!("line {seq} of the log"), reason };
        let detached = commitment(record.body()).map_err(|error| corrupt(error.to_string()))?;
        let text = match (detached, payload) {
            (None, _) => record.body(),
            (Some(_), None) => {
                return Err(corrupt(
                    "its payload is not there, and no record says that it was redacted".to_owned(),
                ));
            }
            (Some(said), Some(file)) => {
                check_payload(file, said).map_err(|error| corrupt(format!("its payload: {error}")))?
            }
        };
        let body: Value = serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))?;
        if detached.is_some() {
            let outside: Value = serde_json::from_slice(record.body()).unwrap_or_default();
            if outside["tenant"] != body["tenant"] {
                return Err(corrupt("its payload is of another tenant".to_owned()));
            }
        }
        self.events.push_canonical(&body["event"], seq).map_err(|error| corrupt(error.to_string()))?;
        let last = self.events.batch().len() - 1;
        let print = self.events.batch().fingerprint(last);
        let hex = crate::audit::Hash::from_bytes(print).to_string();
        if body["fingerprint"] != hex {
            return Err(corrupt("its event is not the one of its fingerprint".to_owned()));
        }
        self.fingerprints.push(print);
        self.tenant.push(self.tenants.code(body["tenant"].as_str().unwrap_or_default()));
        if record.kind() == RecordKind::Correction {
            let replaces = body["replaces"].as_u64();
            self.replaces
                .push(replaces.ok_or_else(|| corrupt("it does not say what it replaces".to_owned()))?);
        }
        Ok(())
    }

    /// Returns what is left of a detached event once the line `by` redacts it.
    ///
    /// # Errors
    /// As [`Replay::push`].
    pub fn redacted(record: &Record<'_>, payload: Option<&[u8]>, by: u64) -> Result<Redacted, StoreError> {
        let mut alone = Self::default();
        alone.push(record, payload)?;
        Ok(Redacted::of(&alone.finish().0, 0, by))
    }

    /// Returns the events, and the records that are about the ledger.
    pub fn finish(self) -> (Events, Vec<(u64, RecordKind)>) {
        let Self { events, tenants, tenant, fingerprints, replaces, marks } = self;
        let batch = events.finish();
        let key = |event: usize| {
            Key::of(tenants.word(tenant[event]), batch.source_id(event), batch.external_id(event))
        };
        let keys = (0..batch.len()).map(key).collect();
        (Events { keys, batch, tenants, tenant, fingerprints, replaces }, marks)
    }
}
