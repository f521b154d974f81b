//! Batches that come one after the other, as one.

use serde_json::Value;

use super::intake::{Head, Stated};
use super::{Intake, MAX_TAGS, Options, Received, TelemetryBatch, TelemetryError, Vertical};
use crate::activity::Tags;
use crate::decimal::Decimal;
use crate::time::Instant;

/// Puts batches together in the order they come. Words, metrics and sets of tags are kept once.
#[derive(Debug)]
pub struct Collector(Intake<'static>);

impl Default for Collector {
    fn default() -> Self {
        Self(Intake::new(Options::default()))
    }
}

impl Collector {
    /// Adds the events of `batch` behind those that are there.
    pub fn push(&mut self, batch: TelemetryBatch) {
        let mut part = Intake::new(Options::default());
        part.received = Received { batch, rejected: Vec::new() };
        self.0.append(part);
    }

    /// Adds an event from its canonical form, as a log keeps it. `line` is its number for messages.
    ///
    /// # Errors
    /// As the readers of telemetry: the event was accepted once, so a refusal means that it is damaged.
    pub fn push_canonical(&mut self, event: &Value, line: u64) -> Result<(), TelemetryError> {
        let mut draft = self.0.begin();
        let read = self.canonical(&mut draft, event, line);
        if read.is_err() {
            self.0.take_back(&draft);
        }
        read
    }

    fn canonical(
        &mut self,
        draft: &mut super::Draft,
        event: &Value,
        line: u64,
    ) -> Result<(), TelemetryError> {
        let text = |name: &str| match &event[name] {
            Value::String(text) => Ok(text.as_str()),
            _ => Err(TelemetryError::Missing { field: name.to_owned(), needed_by: String::new() }),
        };
        let vertical = Vertical::parse(text("vertical")?)?;
        let instant = Instant::parse_bytes(text("timestamp")?.as_bytes()).map_err(TelemetryError::Time)?;
        for metric in event["metrics"].as_array().into_iter().flatten() {
            let part = |name: &str| metric[name].as_str().unwrap_or_default();
            let number = |name: &str| metric[name].as_u64().and_then(|n| u8::try_from(n).ok());
            let stated =
                Stated { unit: Some(part("unit")), scope: number("scope"), category: number("category") };
            self.0.measure(
                draft,
                vertical,
                part("name"),
                stated,
                Decimal::parse_bytes(part("value").as_bytes()),
            )?;
        }
        let mut tags = Tags::new();
        for (name, value) in event["tags"].as_object().into_iter().flatten().take(MAX_TAGS + 1) {
            tags.push((name.as_str().into(), value.as_str().unwrap_or_default().into()));
        }
        let tags = self.0.tag_code(tags, None)?;
        let source = text("source_id")?;
        let head = Head {
            source,
            known: self.0.known_source(source),
            external: text("external_event_id")?,
            vertical,
            instant,
            tags,
            amends: [event["corrects"].as_str(), event["void"].as_str()],
        };
        self.0.accept(draft, line, &head)
    }

    /// The events so far.
    pub const fn batch(&self) -> &TelemetryBatch {
        &self.0.received.batch
    }

    /// Returns the events.
    pub fn finish(self) -> TelemetryBatch {
        self.0.received.batch
    }
}
