//! The gate that every event passes, whatever file it came in.
//!
//! Readers differ in where they find a field; what a field may be is decided here once. Repeated names and tag sets
//! are looked up by the bytes of their text, so that checking them again costs one hash.

use ahash::AHashMap as HashMap;

use crate::activity::{NONE, Tags};
use crate::decimal::{Decimal, DecimalError};
use crate::telemetry::{
    Amendment, AmendmentKind, MAX_ID_CHARS, MAX_METRICS, MAX_NAME_CHARS, MAX_TAG_CHARS, MAX_TAGS, Metric,
    Options, Quantity, Received, Rejection, TelemetryBatch, TelemetryError, Vertical, metric, nearest,
};
use crate::time::Instant;
use crate::units::Unit;

/// Fields of an event.
pub(crate) const FIELDS: [&str; 8] =
    ["source_id", "external_event_id", "vertical", "timestamp", "metrics", "tags", "corrects", "void"];

/// Tags that the engine reads; others are kept for grouping.
pub(crate) const KNOWN_TAGS: [&str; 15] = [
    "region",
    "site",
    "facility",
    "fuel",
    "generator_fuel",
    "vehicle_class",
    "freight_class",
    "heat_source",
    "heat_basis",
    "material",
    "waste_route",
    "waste_material",
    "refrigerant",
    "tenant",
    "data_quality",
];

/// Most spellings of names and tag sets that are remembered; beyond that they are read again each time.
const MAX_REMEMBERED: usize = 1 << 16;

/// Reads events into a batch.
#[derive(Debug)]
pub(crate) struct Intake<'o> {
    pub(crate) received: Received,
    options: Options<'o>,
    metric_codes: HashMap<Metric, u32>,
    /// Spelling of a metric to its code, for each vertical.
    spellings: [HashMap<String, u32>; 5],
    /// The metric that came at this place the last time, with its quotes, for each vertical.
    habits: [Vec<(String, u32)>; 5],
    /// The tags that a source sent the last time: their text and code.
    last_tags: Vec<(String, u32)>,
    tag_codes: HashMap<Tags, u32>,
    tag_spellings: HashMap<String, u32>,
    scratch: String,
}

/// An event that is being read; its measurements already stand at the end of the batch.
#[derive(Debug)]
pub(crate) struct Draft {
    start: usize,
    quantities: u32,
}

/// What an event says besides its metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'t> {
    pub(crate) source: &'t str,
    /// Code of the source, where it sent an event before.
    pub(crate) known: Option<u32>,
    pub(crate) external: &'t str,
    pub(crate) vertical: Vertical,
    pub(crate) instant: Instant,
    pub(crate) tags: u32,
    /// Values of the fields `corrects` and `void`.
    pub(crate) amends: [Option<&'t str>; 2],
}

impl<'t> Head<'t> {
    /// Returns what the event does to an earlier one.
    fn amends(&self, has_metrics: bool) -> Result<Option<(AmendmentKind, &'t str)>, TelemetryError> {
        let (kind, target) = match self.amends {
            [None, None] => return Ok(None),
            [Some(target), None] => (AmendmentKind::Corrects, target),
            [None, Some(target)] => (AmendmentKind::Voids, target),
            [Some(_), Some(_)] => {
                let reason = "must not stand beside corrects: an event does one or the other";
                return Err(TelemetryError::Amends { field: "void", reason });
            }
        };
        let field = kind.field();
        check_id(field, target)?;
        if target == self.external {
            return Err(TelemetryError::Amends {
                field,
                reason: "names the event itself; it must name an earlier one",
            });
        }
        if kind == AmendmentKind::Voids && has_metrics {
            let reason =
                "leaves nothing in the earlier event's place; where metrics are given, corrects is meant";
            return Err(TelemetryError::Amends { field, reason });
        }
        Ok(Some((kind, target)))
    }
}

/// What is stated beside a value in its object form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stated<'t> {
    pub(crate) unit: Option<&'t str>,
    pub(crate) scope: Option<u8>,
    pub(crate) category: Option<u8>,
}

impl<'o> Intake<'o> {
    pub(crate) fn new(options: Options<'o>) -> Self {
        Self {
            received: Received::default(),
            options,
            metric_codes: HashMap::new(),
            spellings: Default::default(),
            habits: Default::default(),
            last_tags: Vec::new(),
            tag_codes: HashMap::new(),
            tag_spellings: HashMap::new(),
            scratch: String::new(),
        }
    }

    pub(crate) fn begin(&self) -> Draft {
        Draft { start: self.received.batch.value.len(), quantities: 0 }
    }

    /// Takes back what was read of an event, and returns the row to its sender.
    pub(crate) fn reject(&mut self, draft: &Draft, line: u64, error: &TelemetryError, raw: &[u8]) {
        self.take_back(draft);
        self.received.rejected.push(Rejection::new(line, error, raw));
    }

    /// Takes back what was read of an event.
    pub(crate) fn take_back(&mut self, draft: &Draft) {
        self.received.batch.metric.truncate(draft.start);
        self.received.batch.value.truncate(draft.start);
    }

    /// Ends an event.
    pub(crate) fn accept(&mut self, draft: &Draft, line: u64, head: &Head<'_>) -> Result<(), TelemetryError> {
        let &Head { source, known, external, vertical, instant, tags, amends: _ } = head;
        check_id("external_event_id", external)?;
        let batch = &mut self.received.batch;
        if known.is_none() {
            check_id("source_id", source)?;
        }
        let amends = head.amends(batch.value.len() > draft.start)?;
        if batch.value.len() == draft.start && !matches!(amends, Some((AmendmentKind::Voids, _))) {
            return Err(TelemetryError::Missing { field: "metrics".into(), needed_by: String::new() });
        }
        if let Some((kind, target)) = amends {
            let event = u32::try_from(batch.len()).expect("16 million events are below 2^32");
            batch.amendments.push(Amendment { event, kind, target: target.into() });
        }
        let source = known.unwrap_or_else(|| batch.sources.code(source));
        batch.source.push(source);
        batch.vertical.push(vertical);
        batch.instant.push(instant);
        batch.tags.push(tags);
        batch.line.push(line);
        batch.push_event(external);
        Ok(())
    }

    /// Adds a measurement to the event.
    pub(crate) fn measure(
        &mut self,
        draft: &mut Draft,
        vertical: Vertical,
        name: &str,
        stated: Stated<'_>,
        value: Result<Decimal, DecimalError>,
    ) -> Result<(), TelemetryError> {
        let code = self.metric_code(draft, vertical, name, stated)?;
        self.measure_code(draft, code, value)
    }

    /// Adds a measurement of a known metric.
    pub(crate) fn measure_code(
        &mut self,
        draft: &mut Draft,
        code: u32,
        value: Result<Decimal, DecimalError>,
    ) -> Result<(), TelemetryError> {
        let batch = &mut self.received.batch;
        if batch.value.len() - draft.start == MAX_METRICS {
            return Err(TelemetryError::Limit { what: "metrics in one event", max: MAX_METRICS });
        }
        let Metric { quantity, name, .. } = &batch.metrics[code as usize];
        let value =
            value.map_err(|source| TelemetryError::Number { field: format!("metrics.{name}"), source })?;
        quantity.check(name, value)?;
        let bit = 1 << *quantity as u32;
        let doubled = match quantity {
            Quantity::Activity => batch.metric[draft.start..].contains(&code),
            _ => draft.quantities & bit != 0,
        };
        if doubled {
            return Err(TelemetryError::Doubled { field: format!("metrics.{name}") });
        }
        draft.quantities |= bit;
        batch.metric.push(code);
        batch.value.push(value);
        Ok(())
    }

    /// The metric that came at this place of the last event, with its quotes.
    pub(crate) fn habit(&self, draft: &Draft, vertical: Vertical) -> Option<&(String, u32)> {
        self.habits[vertical as usize].get(self.received.batch.value.len() - draft.start)
    }

    /// Returns the code of a metric.
    pub(crate) fn metric_code(
        &mut self,
        draft: &Draft,
        vertical: Vertical,
        name: &str,
        stated: Stated<'_>,
    ) -> Result<u32, TelemetryError> {
        let mut spelling = std::mem::take(&mut self.scratch);
        spelling.clear();
        spelling.push_str(name);
        if let Some(unit) = stated.unit {
            // No name or unit that is accepted has a control character, so the parts cannot run into each other.
            for part in ["\0", unit, "\0"] {
                spelling.push_str(part);
            }
            spelling.push(char::from(b'0' + stated.scope.unwrap_or(0)));
            spelling.push(char::from(b'0' + stated.category.unwrap_or(0)));
        }
        let code = match self.spellings[vertical as usize].get(&spelling) {
            Some(&code) => Ok(code),
            None => self.learn(vertical, name, stated, &spelling),
        };
        if let (Ok(code), None) = (&code, stated.unit) {
            let place = self.received.batch.value.len() - draft.start;
            let habits = &mut self.habits[vertical as usize];
            if place < MAX_METRICS {
                habits.resize_with(habits.len().max(place + 1), Default::default);
                let (quoted, last) = &mut habits[place];
                quoted.clear();
                // A name that a table lists needs no escapes.
                quoted.extend(["\"", name, "\""]);
                *last = *code;
            }
        }
        self.scratch = spelling;
        code
    }

    /// Finds out what a metric is that has not been spelled like this before.
    fn learn(
        &mut self,
        vertical: Vertical,
        name: &str,
        stated: Stated<'_>,
        spelling: &str,
    ) -> Result<u32, TelemetryError> {
        let described = describe(vertical, name, stated, self.options.activities)?;
        let known = &mut self.spellings[vertical as usize];
        let metrics = &mut self.received.batch.metrics;
        let next = u32::try_from(metrics.len()).expect("fewer than there are measurements");
        let code = *self.metric_codes.entry(described).or_insert_with_key(|metric| {
            metrics.push(metric.clone());
            next
        });
        if known.len() < MAX_REMEMBERED {
            known.insert(spelling.into(), code);
        }
        Ok(code)
    }

    /// Returns the code of a set of tags that was spelled like this before.
    pub(crate) fn spelled_tags(&self, spelling: &str) -> Option<u32> {
        self.tag_spellings.get(spelling).copied()
    }

    /// Makes room for the events that so many bytes usually are.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.received.batch.reserve(bytes / 256);
    }

    /// Returns the code of a source that sent an event before.
    pub(crate) fn known_source(&self, source: &str) -> Option<u32> {
        self.received.batch.sources.find(source)
    }

    /// Returns the code of the tags that `text` begins with and their length, if the source sent them the last time.
    pub(crate) fn usual_tags(&self, source: u32, text: &str) -> Option<(usize, u32)> {
        let (usual, code) = self.last_tags.get(source as usize)?;
        let same = !usual.is_empty() && text.as_bytes().starts_with(usual.as_bytes());
        same.then_some((usual.len(), *code))
    }

    /// Keeps in mind what tags a source sent.
    pub(crate) fn keep_tags(&mut self, source: u32, text: &str, code: u32) {
        let source = source as usize;
        if source < MAX_REMEMBERED {
            self.last_tags.resize_with(self.last_tags.len().max(source + 1), Default::default);
            text.clone_into(&mut self.last_tags[source].0);
            self.last_tags[source].1 = code;
        }
    }

    /// Returns the code of a set of tags; no name comes twice in it.
    pub(crate) fn tag_code(&mut self, mut tags: Tags, spelling: Option<&str>) -> Result<u32, TelemetryError> {
        if tags.is_empty() {
            return Ok(NONE);
        }
        if tags.len() > MAX_TAGS {
            return Err(TelemetryError::Limit { what: "tags in one event", max: MAX_TAGS });
        }
        for (name, value) in &tags {
            let wrong = |reason| {
                let name: String = name.chars().take(64).collect();
                Err(TelemetryError::Tag { field: format!("tags.{name}"), reason })
            };
            if name.is_empty() || longer(name, MAX_NAME_CHARS) {
                return wrong("must have a name of 1 to 64 characters");
            }
            if longer(value, MAX_TAG_CHARS) {
                return wrong("must have at most 256 characters");
            }
            if has_control(name) || has_control(value) {
                return wrong("must not have control characters");
            }
        }
        tags.sort_unstable();
        let sets = &mut self.received.batch.tag_sets;
        let next = u32::try_from(sets.len()).expect("fewer than there are events");
        let code = *self.tag_codes.entry(tags).or_insert_with_key(|tags| {
            sets.push(tags.clone());
            next
        });
        if let Some(spelling) = spelling
            && self.tag_spellings.len() < MAX_REMEMBERED
        {
            self.tag_spellings.insert(spelling.into(), code);
        }
        Ok(code)
    }

    /// Adds what another intake read of the same file, further down.
    pub(crate) fn append(&mut self, other: Self) {
        let TelemetryBatch { tag_sets, metrics, .. } = &other.received.batch;
        let mut tags = Vec::with_capacity(tag_sets.len());
        for set in tag_sets {
            let next = u32::try_from(self.tag_codes.len()).expect("fewer than there are events");
            let code = *self.tag_codes.entry(set.clone()).or_insert(next);
            if code == next {
                self.received.batch.tag_sets.push(set.clone());
            }
            tags.push(code);
        }
        let mut codes = Vec::with_capacity(metrics.len());
        for metric in metrics {
            let next = u32::try_from(self.metric_codes.len()).expect("fewer than there are measurements");
            let code = *self.metric_codes.entry(metric.clone()).or_insert(next);
            if code == next {
                self.received.batch.metrics.push(metric.clone());
            }
            codes.push(code);
        }
        self.received.rejected.extend(other.received.rejected);
        self.received.batch.append(other.received.batch, &tags, &codes);
    }
}

/// Returns what a metric is.
pub(super) fn describe(
    vertical: Vertical,
    name: &str,
    stated: Stated<'_>,
    activities: Option<&[&str]>,
) -> Result<Metric, TelemetryError> {
    let field = || format!("metrics.{}", name.chars().take(64).collect::<String>());
    if vertical == Vertical::General {
        let Some(unit) = stated.unit else {
            return Err(TelemetryError::Missing {
                field: format!("{}.unit", field()),
                needed_by: "activities of the vertical general".into(),
            });
        };
        let unknown = |known: &[&str]| TelemetryError::Metric {
            field: name.chars().take(64).collect(),
            vertical,
            nearest: nearest(name, known.iter().copied()),
        };
        if name.is_empty() || longer(name, MAX_ID_CHARS) || has_control(name) {
            return Err(unknown(&[]));
        }
        if let Some(known) = activities
            && known.binary_search(&name).is_err()
        {
            return Err(unknown(known));
        }
        if let Err(error) = unit.parse::<Unit>() {
            let nearest = metric::units_like(&error);
            let unit = unit.chars().take(64).collect();
            return Err(TelemetryError::Unit { field: field(), unit, nearest });
        }
        return Ok(Metric {
            vertical,
            name: name.into(),
            quantity: Quantity::Activity,
            unit: unit.into(),
            scope: stated.scope,
            category: stated.category,
        });
    }
    for (part, value) in [("scope", stated.scope), ("category", stated.category)] {
        if value.is_some() {
            return Err(TelemetryError::UnknownField {
                field: format!("{}.{part}", field()),
                nearest: Vec::new(),
            });
        }
    }
    let (quantity, unit) = match stated.unit {
        Some(unit) => metric::find_with_unit(vertical, name, unit)?,
        None => {
            let found = metric::find(vertical, name).ok_or_else(|| metric::unknown(vertical, name))?;
            (found.0, found.1.code())
        }
    };
    Ok(Metric { vertical, name: name.into(), quantity, unit: unit.into(), scope: None, category: None })
}

/// True when a text has more than `max` characters.
fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().count() > max
}

fn has_control(text: &str) -> bool {
    // U+0080 to U+009F are control characters too; their first byte in UTF-8 is 0xC2. No early end: all bytes at once.
    let suspect = |b: &u8| u8::from(*b < 0x20) | u8::from(*b == 0x7F) | u8::from(*b == 0xC2);
    text.as_bytes().iter().fold(0, |any, b| any | suspect(b)) != 0 && text.chars().any(char::is_control)
}

fn check_id(field: &'static str, id: &str) -> Result<(), TelemetryError> {
    let wrong = |reason| Err(TelemetryError::Id { field, reason });
    if id.is_empty() || longer(id, MAX_ID_CHARS) {
        return wrong("must have 1 to 128 characters");
    }
    if has_control(id) {
        return wrong("must not have control characters");
    }
    Ok(())
}
