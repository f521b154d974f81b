//! Accepted events in columns.
//!
//! Sources, metrics and whole sets of tags repeat from event to event, so each is kept once and the columns hold its
//! code. What does not repeat, the external id, lies end to end in one string.

use std::ops::Range;
use std::sync::Arc;

use crate::activity::{Dictionary, NONE, Tags};
use crate::decimal::Decimal;
use crate::telemetry::{Metric, Vertical};
use crate::time::Instant;

/// What an event does to an earlier one of its source.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AmendmentKind {
    /// It takes the earlier one's place: field `corrects`.
    Corrects,
    /// The earlier one counts no longer, and nothing takes its place: field `void`.
    Voids,
}

impl AmendmentKind {
    /// The field of the event that names the earlier one: `corrects`, `void`.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Corrects => "corrects",
            Self::Voids => "void",
        }
    }
}

/// An event that changes an earlier one of the same source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Amendment {
    /// Number of the event in its batch.
    pub event: u32,
    /// What it does.
    pub kind: AmendmentKind,
    /// `external_event_id` of the earlier one.
    pub target: Arc<str>,
}

/// Accepted events in columns of equal length, and their measurements in columns of another length.
#[derive(Clone, Debug, Default)]
pub struct TelemetryBatch {
    /// Sources.
    pub sources: Dictionary,
    /// Distinct metrics.
    pub metrics: Vec<Metric>,
    /// Distinct sets of tags.
    pub tag_sets: Vec<Tags>,
    /// `source[event]`: code.
    pub source: Vec<u32>,
    /// `vertical[event]`.
    pub vertical: Vec<Vertical>,
    /// `instant[event]`.
    pub instant: Vec<Instant>,
    /// `tags[event]`: index into `tag_sets`, or [`NONE`].
    pub tags: Vec<u32>,
    /// `line[event]`: line of the file, or place in the array, from 1.
    pub line: Vec<u64>,
    /// `metric[measurement]`: index into `metrics`.
    pub metric: Vec<u32>,
    /// `value[measurement]`, in the unit of its metric.
    pub value: Vec<Decimal>,
    /// Events that correct or void earlier ones, in the order of the events. They are few.
    pub amendments: Vec<Amendment>,
    /// `ends[event]`: the measurement behind the last one of the event.
    pub(crate) ends: Vec<u32>,
    pub(super) ids: String,
    pub(super) id_ends: Vec<usize>,
}

impl TelemetryBatch {
    /// How many events it has.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// True when it has none.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// The external id of an event.
    pub fn external_id(&self, event: usize) -> &str {
        let start = if event == 0 { 0 } else { self.id_ends[event - 1] };
        &self.ids[start..self.id_ends[event]]
    }

    /// The source of an event.
    pub fn source_id(&self, event: usize) -> &str {
        self.sources.word(self.source[event])
    }

    /// The measurements of an event.
    pub fn measurements(&self, event: usize) -> Range<usize> {
        let start = if event == 0 { 0 } else { self.ends[event - 1] };
        start as usize..self.ends[event] as usize
    }

    /// A tag of an event.
    pub fn tag(&self, event: usize, name: &str) -> Option<&str> {
        let set = self.tag_sets.get(self.tags[event] as usize)?;
        set.iter().find(|(n, _)| &**n == name).map(|(_, value)| &**value)
    }

    /// What an event does to an earlier one; none for most.
    pub fn amendment(&self, event: usize) -> Option<&Amendment> {
        let at = self.amendments.binary_search_by_key(&event, |a| a.event as usize).ok()?;
        Some(&self.amendments[at])
    }

    /// Makes room for so many more events of four measurements.
    pub(crate) fn reserve(&mut self, events: usize) {
        self.source.reserve(events);
        self.vertical.reserve(events);
        self.instant.reserve(events);
        self.tags.reserve(events);
        self.line.reserve(events);
        self.ends.reserve(events);
        self.id_ends.reserve(events);
        self.ids.reserve(24 * events);
        self.metric.reserve(4 * events);
        self.value.reserve(4 * events);
    }

    /// Ends an event whose measurements are already there.
    pub(crate) fn push_event(&mut self, external_id: &str) {
        self.ids.push_str(external_id);
        self.id_ends.push(self.ids.len());
        self.ends
            .push(u32::try_from(self.value.len()).expect("16 million events of 64 metrics are below 2^32"));
    }

    /// Adds the events of `other`, whose codes `tags` and `metrics` translate.
    pub(crate) fn append(&mut self, other: Self, tags: &[u32], metrics: &[u32]) {
        let sources: Vec<u32> = other.sources.words().iter().map(|w| self.sources.code(w)).collect();
        let events = u32::try_from(self.len()).expect("16 million events are below 2^32");
        self.amendments
            .extend(other.amendments.into_iter().map(|a| Amendment { event: a.event + events, ..a }));
        let (ids, values) = (self.ids.len(), u32::try_from(self.value.len()).expect("below 2^32"));
        self.source.extend(other.source.iter().map(|&s| sources[s as usize]));
        self.vertical.extend(other.vertical);
        self.instant.extend(other.instant);
        self.tags.extend(other.tags.iter().map(|&t| if t == NONE { NONE } else { tags[t as usize] }));
        self.line.extend(other.line);
        self.metric.extend(other.metric.iter().map(|&m| metrics[m as usize]));
        self.value.extend(other.value);
        self.ends.extend(other.ends.iter().map(|e| e + values));
        self.ids.push_str(&other.ids);
        self.id_ends.extend(other.id_ends.iter().map(|e| e + ids));
    }
}
