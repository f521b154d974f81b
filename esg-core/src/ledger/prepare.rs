//! What can be done with a request before anyone else's has to be known: texts, digests and keys, on all cores.

use std::sync::Arc;

use super::LedgerError;
use crate::audit::{Hash, commit, detached_body, payload_file};
use crate::canonical;
use crate::store::Key;
use crate::telemetry::{EventWriter, Received, Rejection, TelemetryBatch};

/// Events whose texts are made by one thread at a time.
const CHUNK: usize = 2048;

/// Longest name of a tenant, in characters.
pub const MAX_TENANT_CHARS: usize = 64;

/// Whose data it is. Tenants of one ledger share its log and nothing else.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// Returns the tenant of that name.
    ///
    /// # Errors
    /// `Tenant` for names that are empty, longer than [`MAX_TENANT_CHARS`] or with control characters.
    pub fn new(name: &str) -> Result<Self, LedgerError> {
        if name.is_empty() || name.chars().count() > MAX_TENANT_CHARS || name.chars().any(char::is_control) {
            return Err(LedgerError::Tenant { found: name.chars().take(MAX_TENANT_CHARS).collect() });
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that was read, with the texts of its events and their digests.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) label: String,
    pub(super) tenant: Tenant,
    pub(super) batch: TelemetryBatch,
    pub(super) rejected: Vec<Rejection>,
    chunks: Vec<Texts>,
    /// `salts[event]` where the events are to be detached.
    salts: Option<Vec<[u8; 32]>>,
}

/// The texts of some events, one after the other.
#[derive(Clone, Debug, Default)]
struct Texts {
    bodies: Vec<u8>,
    ends: Vec<usize>,
    hashes: Vec<Hash>,
    fingerprints: Vec<[u8; 32]>,
    keys: Vec<Key>,
}

impl Prepared {
    /// Prepares what was read for the ledger. `label` is what people call the file or endpoint.
    pub fn new(received: Received, tenant: &Tenant, label: &str) -> Self {
        let Received { batch, rejected } = received;
        let starts: Vec<usize> = (0..batch.len()).step_by(CHUNK).collect();
        let texts = |start: usize| Texts::of(&batch, start..batch.len().min(start + CHUNK), tenant);
        #[cfg(feature = "rayon")]
        let chunks = {
            use rayon::prelude::*;
            // A few events are written sooner than a thread wakes up.
            match starts.len() {
                0 | 1 => starts.into_iter().map(texts).collect(),
                _ => starts.into_par_iter().map(texts).collect(),
            }
        };
        #[cfg(not(feature = "rayon"))]
        let chunks = starts.into_iter().map(texts).collect();
        Self { label: label.to_owned(), tenant: tenant.clone(), batch, rejected, chunks, salts: None }
    }

    /// Has the events taken in detached: the log gets a commitment to each, and the store its content, which can be redacted
    /// later. `chance` fills a buffer with random bytes fit for secrets, 32 for each event: who could guess them could find a
    /// redacted event by trying.
    ///
    /// # Errors
    /// What `chance` says.
    pub fn detached<E>(mut self, chance: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut salts = vec![[0; 32]; self.batch.len()];
        chance(salts.as_flattened_mut())?;
        self.salts = Some(salts);
        Ok(self)
    }

    /// True when the events are to be detached.
    pub(super) const fn is_detached(&self) -> bool {
        self.salts.is_some()
    }

    /// The body that takes the place of an event's own in the log, and the file that holds that one; none where events are
    /// not detached.
    pub(super) fn detach(&self, event: usize, body: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let salt = self.salts.as_ref()?.get(event)?;
        Some((detached_body(&commit(salt, body), self.tenant.as_str()), payload_file(salt, body)))
    }

    /// How many events were read.
    pub fn events(&self) -> usize {
        self.batch.len()
    }

    fn at(&self, event: usize) -> (&Texts, usize) {
        (&self.chunks[event / CHUNK], event % CHUNK)
    }

    /// The body of the record that accepts an event, with its SHA-256.
    pub(super) fn body(&self, event: usize) -> (&[u8], &Hash) {
        let (texts, at) = self.at(event);
        let start = if at == 0 { 0 } else { texts.ends[at - 1] };
        (&texts.bodies[start..texts.ends[at]], &texts.hashes[at])
    }

    /// The body of the record that accepts an event which takes another one's place, or one of several that are taken
    /// whole or not at all: `batch` is (number of the item, items).
    pub(super) fn special_body(
        &self,
        event: usize,
        replaces: Option<u64>,
        batch: Option<(usize, usize)>,
    ) -> Vec<u8> {
        let (plain, _) = self.body(event);
        let mut body = match batch {
            Some((item, of)) => format!("{{\"batch\":{{\"item\":{item},\"of\":{of}}},").into_bytes(),
            None => b"{".to_vec(),
        };
        let tail = plain.len() - tail(&self.tenant).len() + 1;
        body.extend_from_slice(&plain[1..tail]);
        if let Some(seq) = replaces {
            body.extend(format!(",\"replaces\":{seq}").into_bytes());
        }
        body.extend_from_slice(&plain[tail..]);
        body
    }

    /// The canonical text of an event.
    pub(super) fn event(&self, event: usize) -> &[u8] {
        let (body, _) = self.body(event);
        // What stands around it: {"event": ... ,"fingerprint":"..64.." and the tail.
        &body[9..body.len() - tail(&self.tenant).len() - 64 - 16]
    }

    pub(super) fn fingerprint(&self, event: usize) -> [u8; 32] {
        let (texts, at) = self.at(event);
        texts.fingerprints[at]
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        self.chunks.iter().flat_map(|texts| texts.keys.iter().copied()).collect()
    }
}

impl Texts {
    fn of(batch: &TelemetryBatch, events: std::ops::Range<usize>, tenant: &Tenant) -> Self {
        let tail = tail(tenant);
        let mut writer = EventWriter::new(batch);
        let mut texts = Self::default();
        let count = events.len();
        texts.bodies.reserve(count * 512);
        texts.ends.reserve(count);
        texts.hashes.reserve(count);
        texts.fingerprints.reserve(count);
        texts.keys.reserve(count);
        // The body of an event waits for its fingerprint, so it is hashed together with the event that follows.
        let mut before = 0..0;
        for event in events {
            let start = texts.bodies.len();
            texts.bodies.extend_from_slice(b"{\"event\":");
            let at = texts.bodies.len();
            writer.write(event, &mut texts.bodies);
            let [print, body] = Hash::of_both(&texts.bodies[at..], &texts.bodies[before]);
            texts.hashes.push(body);
            texts.bodies.extend_from_slice(b",\"fingerprint\":\"");
            texts.bodies.extend_from_slice(&print.hex());
            texts.bodies.extend_from_slice(&tail);
            texts.ends.push(texts.bodies.len());
            texts.fingerprints.push(*print.as_bytes());
            texts.keys.push(Key::of(tenant.as_str(), batch.source_id(event), batch.external_id(event)));
            before = start..texts.bodies.len();
        }
        texts.hashes.push(Hash::of(&texts.bodies[before]));
        // Before the first event there was no body.
        texts.hashes.remove(0);
        texts
    }
}

/// What stands behind the fingerprint.
fn tail(tenant: &Tenant) -> Vec<u8> {
    let mut tail = b"\",\"tenant\":".to_vec();
    canonical::string(tenant.as_str(), &mut tail);
    tail.push(b'}');
    tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Options, json};

    #[test]
    fn bodies_are_canonical_and_hold_the_event_as_its_fingerprint_has_it() {
        let line = r#"{"source_id":"s","external_event_id":"é\"1","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{"energy_kwh":5.50}}"#;
        let received = json::read(line.as_bytes(), Options::default()).unwrap();
        let event = received.batch.canonical_event(0);
        let prepared = Prepared::new(received, &Tenant::new("t\"1").unwrap(), "test");
        assert_eq!(prepared.event(0), event);
        let (plain, hash) = prepared.body(0);
        assert_eq!(*hash, Hash::of(plain));
        for body in [
            plain.to_vec(),
            prepared.special_body(0, Some(7), None),
            prepared.special_body(0, None, Some((1, 3))),
            prepared.special_body(0, Some(7), Some((1, 3))),
        ] {
            assert_eq!(
                String::from_utf8(canonical::from_slice(&body).unwrap()),
                String::from_utf8(body.clone())
            );
            let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(serde_json::to_vec(&read["event"]).unwrap(), event);
            assert_eq!(read["fingerprint"], Hash::of(&event).to_string());
            assert_eq!(read["tenant"], "t\"1");
        }
        let both = String::from_utf8(prepared.special_body(0, Some(7), Some((1, 3)))).unwrap();
        assert!(both.starts_with(r#"{"batch":{"item":1,"of":3},"event":{"#), "{both}");
        assert!(both.ends_with(r#"","replaces":7,"tenant":"t\"1"}"#), "{both}");
    }

    #[test]
    fn a_tenant_has_a_short_plain_name() {
        for wrong in ["", "a\n", &"x".repeat(65)] {
            assert_eq!(Tenant::new(wrong).unwrap_err().code(), "ledger.tenant");
        }
        assert_eq!(Tenant::new(&"é".repeat(64)).unwrap().as_str().chars().count(), 64);
    }
}
