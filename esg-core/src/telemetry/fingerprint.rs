//! What an event says, whatever file it came in and however its numbers were spelled.
//!
//! The same event sent twice must count once, and a report must name the events it was made from. Both need one text for
//! one meaning: canonical JSON of the accepted event, with its numbers as decimals without trailing zeros.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Intake, Options, Received, TelemetryBatch};

impl TelemetryBatch {
    /// Returns an event as canonical JSON (RFC 8785).
    ///
    /// Metrics are a list sorted by name and unit, because a table may hold one activity in two units. Numbers are
    /// decimal strings in the unit that was sent: 1 kWh and 0.001 MWh are two texts.
    pub fn canonical_event(&self, event: usize) -> Vec<u8> {
        let mut metrics: Vec<_> = self
            .measurements(event)
            .map(|at| (&self.metrics[self.metric[at] as usize], self.value[at]))
            .map(|(m, value)| (&*m.name, &*m.unit, m.scope, m.category, value))
            .collect();
        metrics.sort_unstable();
        let metric =
            |(name, unit, scope, category, value): (&str, &str, Option<u8>, Option<u8>, crate::Decimal)| {
                let mut object = Map::new();
                for (key, number) in [("scope", scope), ("category", category)] {
                    if let Some(number) = number {
                        object.insert(key.into(), number.into());
                    }
                }
                for (key, text) in
                    [("name", name.to_owned()), ("unit", unit.to_owned()), ("value", value.to_string())]
                {
                    object.insert(key.into(), text.into());
                }
                Value::Object(object)
            };
        let tags = self.tag_sets.get(self.tags[event] as usize).into_iter().flatten();
        let document = json!({
            "external_event_id": self.external_id(event),
            "metrics": metrics.into_iter().map(metric).collect::<Vec<_>>(),
            "source_id": self.source_id(event),
            "tags": tags.map(|(name, value)| (name.to_string(), Value::from(&**value))).collect::<Map<_, _>>(),
            "timestamp": self.instant[event].to_string(),
            "vertical": self.vertical[event].as_str(),
        });
        crate::canonical::from_value(&document)
            .expect("it holds text, small whole numbers and no doubled name")
    }

    /// Returns the SHA-256 of [`TelemetryBatch::canonical_event`].
    pub fn fingerprint(&self, event: usize) -> [u8; 32] {
        Sha256::digest(self.canonical_event(event)).into()
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
            kept.push_event(self.external_id(event));
        }
        kept
    }
}

impl Received {
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
