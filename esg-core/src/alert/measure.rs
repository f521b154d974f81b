//! From events to the figure that a rule looks at, for each group by itself.
//!
//! Sums and means are exact. A reading in a unit that does not become the rule's is an error and not left out: a sum without it
//! would be a figure of nothing in particular.

use std::collections::BTreeMap;

use super::rule::HOUR_MS;
use super::watch::{MetricWatch, Statistic};
use crate::decimal::Decimal;
use crate::error::Error;
use crate::ratio::Ratio;
use crate::telemetry::{Quantity, TelemetryBatch, prints_digest};
use crate::time::Instant;

/// From one instant to another, both included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// First instant.
    pub from: Instant,
    /// Last instant.
    pub until: Instant,
}

impl Span {
    /// True when an instant lies within.
    pub fn contains(&self, instant: Instant) -> bool {
        (self.from..=self.until).contains(&instant)
    }
}

/// What was measured for one group of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The source, site or whatever the rule judges by itself; empty where it does not.
    pub group: String,
    /// The figure of the window, in the unit of what is watched; none where nothing was measured.
    pub value: Option<Ratio>,
    /// The figure of the window before.
    pub before: Option<Ratio>,
    /// `(instant, reading)`, in the order of time: what a detector sees.
    pub readings: Vec<(Instant, f64)>,
    /// Events that the figures rest on.
    pub events: u64,
    /// SHA-256 of the sorted SHA-256s of those events.
    pub digest: String,
    /// What a reader must know of the figure.
    pub note: Option<String>,
}

impl Observation {
    /// A group of which nothing was measured.
    pub fn nothing(group: &str, note: &str) -> Self {
        Self {
            group: group.to_owned(),
            value: None,
            before: None,
            readings: Vec::new(),
            events: 0,
            digest: prints_digest(Vec::new()),
            note: Some(note.to_owned()),
        }
    }
}

/// A sum that grows digit by digit, and moves to a larger room when it must.
#[derive(Debug, Default)]
struct Sum {
    small: Decimal,
    large: Option<Ratio>,
}

impl Sum {
    fn add(&mut self, value: Decimal) {
        match self.small.checked_add(value) {
            Ok(sum) => self.small = sum,
            Err(_) => {
                let whole = self.large.take().unwrap_or_else(Ratio::zero);
                self.large = Some(whole + Ratio::from(self.small));
                self.small = value;
            }
        }
    }

    fn total(&self) -> Ratio {
        let small = Ratio::from(self.small);
        self.large.as_ref().map_or_else(|| small.clone(), |large| large + &small)
    }
}

/// What a window has of a group.
#[derive(Debug, Default)]
struct Part {
    /// By metric of the batch, in its own unit.
    sums: BTreeMap<u32, Sum>,
    count: i64,
    last: Option<(Instant, u32, Decimal)>,
}

impl Part {
    fn add(&mut self, instant: Instant, metric: u32, value: Decimal) {
        self.sums.entry(metric).or_default().add(value);
        self.count += 1;
        if self.last.is_none_or(|(newest, ..)| instant >= newest) {
            self.last = Some((instant, metric, value));
        }
    }

    fn figure(&self, statistic: Statistic, ratios: &BTreeMap<u32, Ratio>) -> Option<Ratio> {
        let sum = || self.sums.iter().map(|(metric, sum)| &sum.total() * &ratios[metric]).sum::<Ratio>();
        let (_, metric, newest) = self.last?;
        match statistic {
            Statistic::Sum => Some(sum()),
            Statistic::Mean => sum().checked_div(&Ratio::from(self.count)),
            Statistic::Last => Some(&Ratio::from(newest) * &ratios[&metric]),
        }
    }
}

#[derive(Debug, Default)]
struct Group {
    now: Part,
    before: Part,
    readings: Vec<(Instant, f64)>,
    prints: Vec<[u8; 32]>,
}

/// Returns what was measured of a metric. `prints[event]` is the SHA-256 of the event; `known` are groups that were judged before,
/// so that one that fell silent is not forgotten.
///
/// # Errors
/// The `unit.*` codes for a reading whose unit does not become the rule's.
pub fn metric(
    watch: &MetricWatch,
    (batch, prints): (&TelemetryBatch, &[[u8; 32]]),
    (now, before): (Span, Option<Span>),
    known: &[String],
) -> Result<Vec<Observation>, Error> {
    let mut ratios: BTreeMap<u32, Ratio> = BTreeMap::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (event, print) in prints.iter().enumerate() {
        let instant = batch.instant[event];
        let (is_now, is_before) =
            (now.contains(instant), before.is_some_and(|before| before.contains(instant)));
        if !(is_now || is_before) || !matches(watch, batch, event) {
            continue;
        }
        let mut counted = false;
        for at in batch.measurements(event) {
            let (code, value) = (batch.metric[at], batch.value[at]);
            let found = &batch.metrics[code as usize];
            let is_meant = found.quantity == watch.quantity
                && (watch.quantity != Quantity::Activity || *found.name == *watch.metric);
            if !is_meant {
                continue;
            }
            let ratio = match ratios.get(&code) {
                Some(ratio) => ratio,
                None => {
                    let unit: crate::units::Unit = found.unit.parse()?;
                    ratios.entry(code).or_insert(unit.ratio_to(&watch.unit)?)
                }
            };
            let name = if watch.by_source { batch.source_id(event) } else { "" };
            let group = match groups.get_mut(name) {
                Some(group) => group,
                None => groups.entry(name.to_owned()).or_default(),
            };
            if is_now {
                group.now.add(instant, code, value);
                group.readings.push((instant, (&Ratio::from(value) * ratio).to_f64()));
            } else {
                group.before.add(instant, code, value);
            }
            if !counted {
                group.prints.push(*print);
                counted = true;
            }
        }
    }
    let of = |(name, mut group): (String, Group)| {
        group.readings.sort_by_key(|(instant, _)| *instant);
        Observation {
            group: name,
            value: group.now.figure(watch.statistic, &ratios),
            before: group.before.figure(watch.statistic, &ratios),
            readings: group.readings,
            events: group.prints.len() as u64,
            digest: prints_digest(group.prints),
            note: None,
        }
    };
    let seen = groups.into_iter().map(of).collect();
    Ok(with_known(seen, known, watch.by_source, "no reading in the window"))
}

fn matches(watch: &MetricWatch, batch: &TelemetryBatch, event: usize) -> bool {
    batch.vertical[event] == watch.vertical
        && watch.source.as_deref().is_none_or(|source| source == batch.source_id(event))
        && watch.tags.iter().all(|(name, value)| batch.tag(event, name) == Some(value))
}

/// Adds groups of which nothing was measured this time; the one of a rule without groups is always there.
fn with_known(mut seen: Vec<Observation>, known: &[String], grouped: bool, note: &str) -> Vec<Observation> {
    let whole = [String::new()];
    for group in if grouped { known } else { &whole[..] } {
        if !seen.iter().any(|observation| observation.group == *group) {
            seen.push(Observation::nothing(group, note));
        }
    }
    seen.sort_by(|a, b| a.group.cmp(&b.group));
    seen
}

/// Returns how long each source, or the one that is named, has been silent at the end of a span, in hours.
///
/// Of a source without an event in the span the silence is at least the span. Events after the end are as good as one at it.
pub fn silence(
    source: Option<&str>,
    (batch, prints): (&TelemetryBatch, &[[u8; 32]]),
    span: Span,
    known: &[String],
) -> Vec<Observation> {
    let mut newest: BTreeMap<&str, usize> = BTreeMap::new();
    for event in 0..batch.len() {
        let (name, instant) = (batch.source_id(event), batch.instant[event]);
        if instant < span.from || source.is_some_and(|source| source != name) {
            continue;
        }
        let newest = newest.entry(name).or_insert(event);
        if instant >= batch.instant[*newest] {
            *newest = event;
        }
    }
    let hours = |from: Instant| {
        let ms = (span.until.epoch_ms() - from.epoch_ms()).max(0);
        Ratio::new(ms, HOUR_MS)
    };
    let seen = newest.into_iter().map(|(name, event)| Observation {
        group: name.to_owned(),
        value: hours(batch.instant[event]),
        before: None,
        readings: Vec::new(),
        events: 1,
        digest: prints_digest(vec![prints[event]]),
        note: None,
    });
    let seen: Vec<Observation> = seen.collect();
    let named: Vec<String> = source.map(str::to_owned).into_iter().collect();
    let known = if source.is_some() { &named } else { known };
    let mut all =
        with_known(seen, known, true, "no event in the whole window: the silence is at least as long");
    for silent in all.iter_mut().filter(|observation| observation.value.is_none()) {
        silent.value = hours(span.from);
    }
    all
}
