//! Accepted events with what a ledger knows of each, in columns and as a block of bytes.

use super::{Key, StoreError, Wanted};
use crate::activity::Dictionary;
use crate::block::{BlockReader, BlockWriter, Broken, unsealed};
use crate::telemetry::{AmendmentKind, Collector, TelemetryBatch};

/// First bytes of a block, with the number of its form.
const MAGIC: &[u8; 8] = b"esgblk01";

/// An event that another one took out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replaced {
    /// Place of the event that is out.
    pub event: u64,
    /// Place of the one that corrects or voids it.
    pub by: u64,
    /// What it does.
    pub kind: AmendmentKind,
}

/// Accepted events of a ledger. The columns are of equal length but for `replaces`.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// The events; `line[event]` is the place in the log.
    pub batch: TelemetryBatch,
    /// Tenants.
    pub tenants: Dictionary,
    /// `tenant[event]`: code.
    pub tenant: Vec<u32>,
    /// `keys[event]`.
    pub keys: Vec<Key>,
    /// `fingerprints[event]`: SHA-256 of the canonical event.
    pub fingerprints: Vec<[u8; 32]>,
    /// `replaces[amendment]`: place of the event that the amendment of the batch took out.
    pub replaces: Vec<u64>,
}

impl Events {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// What its amendments took out.
    pub fn replaced(&self) -> impl Iterator<Item = Replaced> + '_ {
        self.batch.amendments.iter().zip(&self.replaces).map(|(amendment, event)| Replaced {
            event: *event,
            by: self.batch.line[amendment.event as usize],
            kind: amendment.kind,
        })
    }

    /// True when any of the events is wanted; one comparison for most blocks.
    pub fn matches(&self, event: usize, wanted: &Wanted<'_>) -> bool {
        self.batch.line[event] < wanted.as_of
            && &**self.tenants.word(self.tenant[event]) == wanted.tenant
            && wanted.period.is_none_or(|period| period.contains(self.batch.instant[event].day()))
    }

    /// Returns the events that are wanted.
    #[must_use]
    pub fn wanted(self, wanted: &Wanted<'_>) -> Self {
        let all = (0..self.len()).all(|event| self.matches(event, wanted));
        if all { self } else { self.filtered(|event| self.matches(event, wanted)) }
    }

    /// Returns the events before a place in the log and those from it on, as far as there are any. Their lines ascend.
    #[must_use]
    pub fn split(self, place: u64) -> (Option<Self>, Option<Self>) {
        let before = self.batch.line.partition_point(|line| *line < place);
        match before {
            0 if self.is_empty() => (None, None),
            0 => (None, Some(self)),
            _ if before == self.len() => (Some(self), None),
            _ => (Some(self.filtered(|event| event < before)), Some(self.filtered(|event| event >= before))),
        }
    }

    /// Returns the events for which `keep` is true, in their order.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.len()).filter(|event| keep(*event)).collect();
        let amendments = self.batch.amendments.iter().zip(&self.replaces);
        Self {
            batch: self.batch.filtered(&keep),
            tenants: self.tenants.clone(),
            tenant: kept.iter().map(|event| self.tenant[*event]).collect(),
            keys: kept.iter().map(|event| self.keys[*event]).collect(),
            fingerprints: kept.iter().map(|event| self.fingerprints[*event]).collect(),
            replaces: amendments.filter(|(a, _)| keep(a.event as usize)).map(|(_, event)| *event).collect(),
        }
    }

    /// Returns the events without that of a line, of which nothing is left: dictionaries are made anew, because filtered events
    /// keep the words of those that were left out.
    ///
    /// # Errors
    /// `Corrupt` where an event cannot be read from its canonical form.
    pub fn without(&self, seq: u64) -> Result<Self, StoreError> {
        let mut kept = EventsCollector::default();
        let mut batch = Collector::default();
        for event in (0..self.len()).filter(|event| self.batch.line[*event] != seq) {
            let line = self.batch.line[event];
            let corrupt =
                |reason: String| StoreError::Corrupt { place: format!("the event of line {line}"), reason };
            let read = serde_json::from_slice(&self.batch.canonical_event(event));
            let canonical: serde_json::Value = read.map_err(|error| corrupt(error.to_string()))?;
            batch.push_canonical(&canonical, line).map_err(|error| corrupt(error.to_string()))?;
            let tenant = kept.rest.tenants.code(self.tenants.word(self.tenant[event]));
            kept.rest.tenant.push(tenant);
            kept.rest.keys.push(self.keys[event]);
            kept.rest.fingerprints.push(self.fingerprints[event]);
        }
        kept.rest.replaces =
            self.replaced().filter(|replaced| replaced.by != seq).map(|replaced| replaced.event).collect();
        kept.batch = batch;
        Ok(kept.finish())
    }

    /// The event of a line, if it is one of these.
    pub fn at(&self, seq: u64) -> Option<usize> {
        self.batch.line.binary_search(&seq).ok()
    }

    /// Puts events of several commits or blocks together, in their order.
    pub fn concat(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = EventsCollector::default();
        for part in parts {
            all.push(part);
        }
        all.finish()
    }

    /// Returns them as bytes that begin with a form and end with a SHA-256 of all before it.
    pub fn to_block(&self) -> Vec<u8> {
        let mut writer = BlockWriter::with(MAGIC);
        self.batch.write_block(&mut writer);
        writer.texts(self.tenants.words().iter().map(|word| &**word));
        writer.numbers(self.tenant.iter().map(|code| i64::from(*code)));
        let keys: Vec<[u8; 16]> = self.keys.iter().map(|key| *key.as_bytes()).collect();
        writer.bytes(keys.as_flattened());
        writer.bytes(self.fingerprints.as_flattened());
        writer.numbers(self.replaces.iter().map(|seq| seq.cast_signed()));
        writer.sealed()
    }

    /// Reads what [`Events::to_block`] wrote. `place` is where it was kept, for the message.
    ///
    /// # Errors
    /// `Corrupt`.
    pub fn from_block(block: &[u8], place: &str) -> Result<Self, StoreError> {
        let corrupt = |reason: String| StoreError::Corrupt { place: place.to_owned(), reason };
        let mut reader = unsealed(block, MAGIC, "events").map_err(corrupt)?;
        Self::read(&mut reader).map_err(|broken| corrupt(broken.to_string()))
    }

    fn read(reader: &mut BlockReader<'_>) -> Result<Self, Broken> {
        let batch = TelemetryBatch::read_block(reader)?;
        let (ends, whole) = reader.texts("tenants")?;
        let mut tenants = Dictionary::default();
        let mut start = 0;
        for end in &ends {
            tenants.code(&whole[start..*end]);
            start = *end;
        }
        let tenant: Vec<u32> = reader.numbers("tenants of events")?;
        let keys = reader
            .bytes("keys")?
            .as_chunks::<16>()
            .0
            .iter()
            .map(|key| Key::from_bytes(*key))
            .collect::<Vec<_>>();
        let fingerprints = reader.bytes("fingerprints")?.as_chunks::<32>().0.to_vec();
        let replaces: Vec<u64> =
            reader.numbers::<i64>("replaced events")?.into_iter().map(i64::cast_unsigned).collect();
        reader.end()?;
        let rows = batch.len();
        let codes_fit = tenant.iter().all(|code| (*code as usize) < tenants.len());
        let lengths_fit = [tenant.len(), keys.len(), fingerprints.len()] == [rows; 3];
        if !codes_fit
            || !lengths_fit
            || tenants.len() != ends.len()
            || replaces.len() != batch.amendments.len()
        {
            return Err(reader.broken("the length of a column"));
        }
        Ok(Self { batch, tenants, tenant, keys, fingerprints, replaces })
    }
}

/// Puts events together as they come.
#[derive(Debug, Default)]
pub struct EventsCollector {
    batch: Collector,
    rest: Events,
}

impl EventsCollector {
    /// Adds events behind those that are there.
    pub fn push(&mut self, events: Events) {
        let Events { batch, tenants, tenant, keys, fingerprints, replaces } = events;
        self.batch.push(batch);
        let codes: Vec<u32> = tenants.words().iter().map(|word| self.rest.tenants.code(word)).collect();
        self.rest.tenant.extend(tenant.into_iter().map(|code| codes[code as usize]));
        self.rest.keys.extend(keys);
        self.rest.fingerprints.extend(fingerprints);
        self.rest.replaces.extend(replaces);
    }

    /// True when the event of a line is among them.
    pub fn has(&self, seq: u64) -> bool {
        self.batch.batch().line.binary_search(&seq).is_ok()
    }

    /// Returns a copy of the events so far.
    pub fn events(&self) -> Events {
        Events { batch: self.batch.batch().clone(), ..self.rest.clone() }
    }

    /// Returns the events.
    pub fn finish(self) -> Events {
        Events { batch: self.batch.finish(), ..self.rest }
    }
}
