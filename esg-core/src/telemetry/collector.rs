//! Batches that come one after the other, as one.

use super::{Intake, Options, Received, TelemetryBatch};

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

    /// The events so far.
    pub const fn batch(&self) -> &TelemetryBatch {
        &self.0.received.batch
    }

    /// Returns the events.
    pub fn finish(self) -> TelemetryBatch {
        self.0.received.batch
    }
}
