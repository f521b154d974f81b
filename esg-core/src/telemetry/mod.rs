//! Telemetry: events as meters, trackers and billing exports send them, in columns.
//!
//! An event is accepted whole or returned whole, with the line, the field and the nearest known name, and the rest of
//! the file goes on. Numbers are taken as the sender wrote them. What an event means for emissions is not decided
//! here: that is [`normalize`](crate::normalize).

#[cfg(feature = "arrow")]
pub mod arrow;
mod batch;
mod block;
mod collector;
pub mod csv;
mod error;
mod event;
mod fingerprint;
mod intake;
pub mod json;
mod metric;
mod table;
mod vertical;

pub use crate::nearest::nearest;
pub use batch::{Amendment, AmendmentKind, TelemetryBatch};
pub use collector::Collector;
pub use error::{Rejection, TelemetryError};
pub use fingerprint::{EventWriter, prints_digest};
pub(crate) use intake::{Draft, Intake};
pub(crate) use metric::find_metric;
pub use metric::{Metric, MetricUnit, Quantity};
pub use vertical::Vertical;

/// Longest event, in bytes of its text: it must fit one line of the audit log, which has at most 65,535 bytes.
pub const MAX_EVENT_BYTES: usize = 61_440;
/// Most events in one batch.
pub const MAX_EVENTS: usize = 16_000_000;
/// Longest `source_id` and `external_event_id`, in characters.
pub const MAX_ID_CHARS: usize = 128;
/// Most metrics of an event.
pub const MAX_METRICS: usize = 64;
/// Most tags of an event.
pub const MAX_TAGS: usize = 64;
/// Longest name of a tag, a metric or a unit, in characters.
pub const MAX_NAME_CHARS: usize = 64;
/// Longest value of a tag, in characters.
pub const MAX_TAG_CHARS: usize = 256;

/// What a reader needs to know about the engine that it reads for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Activity ids that events of the vertical `general` may name, sorted. With none given any id is let through,
    /// and the calculation refuses what has no factor.
    pub activities: Option<&'a [&'a str]>,
}

/// What came of reading: what was accepted, and what is returned to the sender.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Accepted events.
    pub batch: TelemetryBatch,
    /// Refused rows, in the order of the file.
    pub rejected: Vec<Rejection>,
}
