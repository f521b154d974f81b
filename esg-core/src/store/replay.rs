//! From lines of the log back to what a store keeps of them.

use serde_json::Value;

use super::{Events, Key, StoreError};
use crate::activity::Dictionary;
use crate::audit::{Record, RecordKind};
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
    /// Takes note of a record.
    ///
    /// # Errors
    /// `Corrupt` when it accepts an event that is none, or another one than its fingerprint says.
    pub fn push(&mut self, record: &Record<'_>) -> Result<(), StoreError> {
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
        let body: Value =
            serde_json::from_slice(record.body()).map_err(|error| corrupt(error.to_string()))?;
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
