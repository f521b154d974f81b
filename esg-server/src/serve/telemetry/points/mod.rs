//! Metrics of collectors as events: OTLP/HTTP and Prometheus remote write.
//!
//! Collectors know points: a name, labels, a time, a value. What is meant for this engine says so in its name, `esg.` or `esg_`
//! before the name of a metric, and in labels that name source and vertical. All points of one source, vertical, set of tags and
//! time are one event, and its id follows from these, so that a collector which sends again counts once. The event is written as
//! any other sender would write it, and read by the core.

mod otlp;
mod remote_write;
mod wire;

use std::collections::BTreeMap;

use esg_core::Decimal;
use esg_core::audit::Hash;
use esg_core::canonical;
use esg_core::ledger::{Ingested, Outcome as Became};
use esg_core::telemetry::{Options, json as lines};
use esg_core::time::Instant;
use serde_json::{Map, Value, json};

use super::events::take;
use crate::serve::app::App;
use crate::serve::auth::Caller;
use crate::serve::limits::MAX_BATCH_ITEMS;
use crate::serve::problem::{Outcome, ServeError};

pub use otlp::export;
pub use remote_write::write;

/// Nanoseconds of a millisecond.
const NS_OF_MS: u64 = 1_000_000;

/// A value of a metric at a time.
struct Point {
    metric: String,
    value: f64,
    time_ms: i64,
    source_id: String,
    vertical: String,
    tags: BTreeMap<String, String>,
}

/// What came of the points of a request.
#[derive(Debug, Default)]
struct Taken {
    /// Points that are in the ledger, now or before.
    taken: u64,
    /// Points that are not, and why the first of them are not.
    refused: u64,
    reasons: Vec<String>,
}

/// Reasons that are told.
const REASONS: usize = 5;

impl Taken {
    fn refuse(&mut self, points: u64, reason: impl Into<String>) {
        self.refused += points;
        if points > 0 && self.reasons.len() < REASONS {
            self.reasons.push(reason.into());
        }
    }

    fn message(&self) -> String {
        self.reasons.join("; ")
    }
}

/// Points that belong to one event.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    source_id: String,
    vertical: String,
    time_ms: i64,
    tags: BTreeMap<String, String>,
}

/// The events of points, each with how many points it has.
fn events(points: Vec<Point>, taken: &mut Taken) -> Outcome<Vec<(String, u64)>> {
    let mut groups: BTreeMap<Key, (Map<String, Value>, u64)> = BTreeMap::new();
    for point in points {
        let Point { metric, value, time_ms, source_id, vertical, tags } = point;
        let value = match Decimal::from_f64(value) {
            Ok(value) => value.to_string(),
            Err(error) => {
                taken.refuse(1, format!("{metric}: {error}"));
                continue;
            }
        };
        let (metrics, count) = groups.entry(Key { source_id, vertical, time_ms, tags }).or_default();
        if metrics.contains_key(&metric) {
            taken.refuse(1, format!("{metric} comes twice for one source and time"));
            continue;
        }
        // As a number, because a name that carries its unit has no other form.
        metrics.insert(metric, serde_json::from_str(&value).unwrap_or(Value::String(value)));
        *count += 1;
    }
    if groups.len() > MAX_BATCH_ITEMS {
        return Err(ServeError::ItemsLimit { max: MAX_BATCH_ITEMS }.into());
    }
    let mut events = Vec::with_capacity(groups.len());
    for (Key { source_id, vertical, time_ms, tags }, (metrics, points)) in groups {
        let Ok(time) = Instant::from_epoch_ms(time_ms) else {
            taken.refuse(points, format!("{time_ms} ms after 1970 is no time of the calendar"));
            continue;
        };
        // Without the names of the metrics: a collector that sends them in other parcels is a conflict and never counts twice.
        let digest = Hash::of(&canonical::from_value(&json!([vertical, tags]))?).to_string();
        let event = json!({
            "source_id": source_id, "external_event_id": format!("point-{time_ms}-{}", &digest[..16]),
            "vertical": vertical, "timestamp": time.to_string(), "metrics": metrics, "tags": tags,
        });
        events.push((event.to_string(), points));
    }
    Ok(events)
}

/// Puts points into the ledger.
async fn ingest(
    app: &App,
    caller: &Caller,
    points: Vec<Point>,
    label: &str,
    taken: &mut Taken,
) -> Outcome<()> {
    let events = events(points, taken)?;
    if events.is_empty() {
        return Ok(());
    }
    let text: Vec<&str> = events.iter().map(|(event, _)| event.as_str()).collect();
    let received = lines::read_lines(text.join("\n").as_bytes(), Options::default())?;
    let ingested = take(app, caller, received, label, false).await?;
    count(&ingested, &events, taken);
    Ok(())
}

fn count(ingested: &Ingested, events: &[(String, u64)], taken: &mut Taken) {
    let mut conflicts = ingested.conflicts.iter();
    for item in &ingested.items {
        let points = events.get(item.line as usize - 1).map_or(0, |(_, points)| *points);
        match item.outcome {
            Became::Accepted | Became::Duplicate => taken.taken += points,
            Became::Conflict => {
                let differs = conflicts.next().map(|c| c.differs.join(", ")).unwrap_or_default();
                taken.refuse(points, format!("line {} of the log has other values of {differs}", item.seq));
            }
            Became::Rejected => {
                let row = ingested.rejected.get(item.at as usize);
                taken.refuse(
                    points,
                    row.map(|row| format!("{}: {}", row.code, row.message)).unwrap_or_default(),
                );
            }
        }
    }
}
