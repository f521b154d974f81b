//! What a part of the events remembers of each: enough to see one of them in another part, and to make the digest of all.
//!
//! A total cannot tell that an event was counted twice. So a part carries the key of every event that it accepted, and the whole
//! is refused where two parts have the same one; 48 bytes and a line for each event are what that costs.

use crate::block::{BlockReader, BlockWriter, Broken};
use crate::store::Key;
use crate::telemetry::{TelemetryBatch, prints_digest};

/// Events that a part has accepted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seen {
    /// `lines[event]`: line of its source.
    lines: Vec<u64>,
    /// `keys[event]`.
    keys: Vec<Key>,
    /// SHA-256 of those that count: without what others amend.
    pub(crate) fingerprints: Vec<[u8; 32]>,
}

impl Seen {
    /// The keys of events, each of which came once.
    pub(super) fn of(batch: &TelemetryBatch) -> Self {
        // All parts are of one caller, so no tenant is named.
        let key = |event| Key::of("", batch.source_id(event), batch.external_id(event));
        let keys = (0..batch.len()).map(key).collect();
        Self { lines: batch.line.clone(), keys, fingerprints: Vec::new() }
    }

    /// How many events count.
    pub(crate) fn counted(&self) -> usize {
        self.fingerprints.len()
    }

    /// Key and line of every event.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Key, u64)> + '_ {
        self.keys.iter().copied().zip(self.lines.iter().copied())
    }

    /// Returns the digest of the events of all parts.
    pub(crate) fn digest<'s>(parts: impl Iterator<Item = &'s Self>) -> String {
        prints_digest(parts.flat_map(|part| part.fingerprints.iter().copied()).collect())
    }

    pub(crate) fn write_block(&self, writer: &mut BlockWriter) {
        writer.numbers(self.lines.iter().map(|line| line.cast_signed()));
        let keys: Vec<[u8; 16]> = self.keys.iter().map(|key| *key.as_bytes()).collect();
        writer.bytes(keys.as_flattened());
        writer.bytes(self.fingerprints.as_flattened());
    }

    pub(crate) fn read_block(reader: &mut BlockReader<'_>) -> Result<Self, Broken> {
        let lines: Vec<i64> = reader.numbers("lines of events")?;
        let keys = reader.bytes("keys of events")?.as_chunks::<16>();
        let fingerprints = reader.bytes("fingerprints of events")?.as_chunks::<32>();
        let whole = keys.1.is_empty() && fingerprints.1.is_empty();
        if !whole || keys.0.len() != lines.len() || fingerprints.0.len() > lines.len() {
            return Err(reader.broken("keys of events"));
        }
        Ok(Self {
            lines: lines.into_iter().map(i64::cast_unsigned).collect(),
            keys: keys.0.iter().map(|key| Key::from_bytes(*key)).collect(),
            fingerprints: fingerprints.0.to_vec(),
        })
    }
}
