//! What an event says, whatever file it came in and however its numbers were spelled.
//!
//! The same event sent twice must count once, and a report must name the events it was made from. Both need one text for
//! one meaning: canonical JSON of the accepted event, with its numbers as decimals without trailing zeros.

use std::fmt::Write;

use ahash::AHashMap as HashMap;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Amendment, Intake, Metric, Options, Received, TelemetryBatch};
use crate::audit::Hash;
use crate::canonical;

/// Writes events of a batch as canonical JSON.
///
/// What repeats from event to event, tags, sources and names of metrics, is written once and kept.
#[derive(Debug)]
pub struct EventWriter<'b> {
    batch: &'b TelemetryBatch,
    tags: HashMap<u32, Box<[u8]>>,
    sources: HashMap<u32, Box<[u8]>>,
    metrics: HashMap<u32, Box<[u8]>>,
    order: Vec<usize>,
    text: String,
}

impl<'b> EventWriter<'b> {
    /// Returns a writer of events of `batch`.
    pub fn new(batch: &'b TelemetryBatch) -> Self {
        let (tags, sources, metrics) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { batch, tags, sources, metrics, order: Vec::new(), text: String::new() }
    }

    /// Adds an event to `out` as canonical JSON (RFC 8785).
    ///
    /// Metrics are a list sorted by name and unit, because a table may hold one activity in two units. Numbers are
    /// decimal strings in the unit that was sent: 1 kWh and 0.001 MWh are two texts.
    pub fn write(&mut self, event: usize, out: &mut Vec<u8>) {
        let batch = self.batch;
        let amendment = batch.amendment(event);
        let (mut corrects, mut voids) = (None, None);
        if let Some(Amendment { kind, target, .. }) = amendment {
            match kind {
                super::AmendmentKind::Corrects => corrects = Some(target),
                super::AmendmentKind::Voids => voids = Some(target),
            }
        }
        out.push(b'{');
        if let Some(target) = corrects {
            out.extend_from_slice(b"\"corrects\":");
            canonical::string(target, out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"external_event_id\":");
        canonical::string(batch.external_id(event), out);
        out.extend_from_slice(b",\"metrics\":[");
        self.order.clear();
        self.order.extend(batch.measurements(event));
        let sorted_by = |at: &usize| {
            let Metric { name, unit, scope, category, .. } = &batch.metrics[batch.metric[*at] as usize];
            (name, unit, scope, category, batch.value[*at])
        };
        self.order.sort_unstable_by(|a, b| sorted_by(a).cmp(&sorted_by(b)));
        for (place, at) in self.order.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            let code = batch.metric[*at];
            let written = self.metrics.entry(code).or_insert_with(|| metric(&batch.metrics[code as usize]));
            out.extend_from_slice(written);
            self.text.clear();
            write!(self.text, "{}", batch.value[*at]).expect("a text takes what is written to it");
            out.extend_from_slice(self.text.as_bytes());
            out.extend_from_slice(b"\"}");
        }
        out.extend_from_slice(b"],\"source_id\":");
        let code = batch.source[event];
        out.extend_from_slice(self.sources.entry(code).or_insert_with(|| {
            let mut text = Vec::new();
            canonical::string(batch.sources.word(code), &mut text);
            text.into()
        }));
        out.extend_from_slice(b",\"tags\":");
        let code = batch.tags[event];
        out.extend_from_slice(self.tags.entry(code).or_insert_with(|| tags(batch, code)));
        self.text.clear();
        write!(self.text, ",\"timestamp\":\"{}\",\"vertical\":\"", batch.instant[event])
            .expect("a text takes what is written to it");
        out.extend_from_slice(self.text.as_bytes());
        out.extend_from_slice(batch.vertical[event].as_str().as_bytes());
        out.push(b'"');
        if let Some(target) = voids {
            out.extend_from_slice(b",\"void\":");
            canonical::string(target, out);
        }
        out.push(b'}');
    }

    /// Returns the SHA-256 of an event's canonical JSON.
    pub fn fingerprint(&mut self, event: usize) -> [u8; 32] {
        let mut text = Vec::with_capacity(512);
        self.write(event, &mut text);
        Sha256::digest(text).into()
    }
}

/// A metric up to its value: names in their order, and `value` is the last one.
fn metric(metric: &Metric) -> Box<[u8]> {
    let mut object = Map::new();
    for (key, number) in [("scope", metric.scope), ("category", metric.category)] {
        if let Some(number) = number {
            object.insert(key.into(), number.into());
        }
    }
    for (key, text) in [("name", &*metric.name), ("unit", &metric.unit), ("value", "")] {
        object.insert(key.into(), text.into());
    }
    let mut text = of_text(&Value::Object(object));
    text.truncate(text.len() - 2);
    text.into()
}

fn tags(batch: &TelemetryBatch, code: u32) -> Box<[u8]> {
    let tags = batch.tag_sets.get(code as usize).into_iter().flatten();
    let object: Map<_, _> = tags.map(|(name, value)| (name.to_string(), Value::from(&**value))).collect();
    of_text(&Value::Object(object)).into()
}

fn of_text(document: &Value) -> Vec<u8> {
    canonical::from_value(document).expect("it holds text, small whole numbers and no doubled name")
}

/// Returns the SHA-256 of the sorted SHA-256s (32 bytes each, end to end) of events, in hexadecimal: the same for any order.
pub fn prints_digest(mut prints: Vec<[u8; 32]>) -> String {
    prints.sort_unstable();
    Hash::of(prints.as_flattened()).to_string()
}

impl TelemetryBatch {
    /// Returns an event as canonical JSON: see [`EventWriter::write`], which many events are written with.
    pub fn canonical_event(&self, event: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(512);
        EventWriter::new(self).write(event, &mut text);
        text
    }

    /// Returns the SHA-256 of [`TelemetryBatch::canonical_event`].
    pub fn fingerprint(&self, event: usize) -> [u8; 32] {
        EventWriter::new(self).fingerprint(event)
    }

    /// Returns the fingerprints of all events, `prints[event]`.
    pub fn fingerprints(&self) -> Vec<[u8; 32]> {
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            let one = |writer: &mut EventWriter<'_>, event| writer.fingerprint(event);
            (0..self.len()).into_par_iter().map_init(|| EventWriter::new(self), one).collect()
        }
        #[cfg(not(feature = "rayon"))]
        {
            let mut writer = EventWriter::new(self);
            (0..self.len()).map(|event| writer.fingerprint(event)).collect()
        }
    }

    /// Returns the events for which `keep` is true, in their order.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut kept = Self::default();
        kept.sources.clone_from(&self.sources);
        kept.metrics.clone_from(&self.metrics);
        kept.tag_sets.clone_from(&self.tag_sets);
        for event in (0..self.len()).filter(|&event| keep(event)) {
            kept.source.push(self.source[event]);
            kept.vertical.push(self.vertical[event]);
            kept.instant.push(self.instant[event]);
            kept.tags.push(self.tags[event]);
            kept.line.push(self.line[event]);
            let measurements = self.measurements(event);
            kept.metric.extend_from_slice(&self.metric[measurements.clone()]);
            kept.value.extend_from_slice(&self.value[measurements]);
            if let Some(amendment) = self.amendment(event) {
                let event = u32::try_from(kept.len() - 1).expect("fewer than before");
                kept.amendments.push(Amendment { event, ..amendment.clone() });
            }
            kept.push_event(self.external_id(event));
        }
        kept
    }
}

impl Received {
    /// Counts the lines on from those that stood before: what was read is a later part of one file.
    pub fn shift(&mut self, lines: u64) {
        self.batch.line.iter_mut().for_each(|line| *line += lines);
        self.rejected.iter_mut().for_each(|row| row.line += lines);
    }

    /// Puts what was read of several files together, in their order. Lines stay those of each file.
    #[must_use]
    pub fn concat(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return Self::default() };
        let Some(second) = parts.next() else { return first };
        let mut whole = Intake::new(Options::default());
        for received in [first, second].into_iter().chain(parts) {
            let mut part = Intake::new(Options::default());
            part.received = received;
            whole.append(part);
        }
        whole.received
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::json::read_lines;

    fn read(lines: &str) -> TelemetryBatch {
        let received = read_lines(lines.as_bytes(), Options::default()).unwrap();
        assert!(received.rejected.is_empty(), "{:?}", received.rejected);
        received.batch
    }

    #[test]
    fn spelling_does_not_change_a_fingerprint_and_a_value_does() {
        let batch = read(concat!(
            r#"{"source_id":"m","external_event_id":"1","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{"pue":1.1,"energy_kwh":5},"tags":{"region":"GB"}}"#,
            "\n",
            r#"{"tags":{"region":"GB"},"metrics":{"energy_kwh":5.0,"pue":1.10},"timestamp":"2024-03-15T15:30:00+01:00","vertical":"ai_data_center","external_event_id":"1","source_id":"m"}"#,
            "\n",
            r#"{"source_id":"m","external_event_id":"1","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{"pue":1.1,"energy_kwh":6},"tags":{"region":"GB"}}"#,
        ));
        assert_eq!(batch.fingerprint(0), batch.fingerprint(1));
        assert_ne!(batch.fingerprint(0), batch.fingerprint(2));
        assert_eq!(
            String::from_utf8(batch.canonical_event(0)).unwrap(),
            concat!(
                r#"{"external_event_id":"1","metrics":[{"name":"energy_kwh","unit":"kWh","value":"5"},"#,
                r#"{"name":"pue","unit":"1","value":"1.1"}],"source_id":"m","tags":{"region":"GB"},"#,
                r#""timestamp":"2024-03-15T14:30:00Z","vertical":"ai_data_center"}"#
            )
        );
    }

    #[test]
    fn files_that_are_put_together_keep_every_event() {
        let event = |id: &str, site: &str| {
            let line = format!(
                r#"{{"source_id":"{site}","external_event_id":"{id}","vertical":"cloud_saas","timestamp":"2024-03-15T14:30:00Z","metrics":{{"requests":{id}}},"tags":{{"site":"{site}"}}}}"#
            );
            read_lines(line.as_bytes(), Options::default()).unwrap()
        };
        let parts = [event("1", "a"), event("2", "b"), event("3", "a")];
        let alone: Vec<_> = parts.iter().map(|p| p.batch.fingerprint(0)).collect();
        let whole = Received::concat(parts).batch;
        assert_eq!((0..3).map(|i| whole.fingerprint(i)).collect::<Vec<_>>(), alone);
        assert_eq!((whole.sources.len(), whole.tag_sets.len(), whole.metrics.len()), (2, 2, 1));
        let odd = whole.filtered(|event| event != 1);
        assert_eq!((0..2).map(|i| odd.fingerprint(i)).collect::<Vec<_>>(), [alone[0], alone[2]]);
    }
}
