//! A rule as its author writes it, and as it is kept: JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::condition::DetectorWords;
use super::rule::Severity;
use super::watch::Statistic;
use crate::decimal::Decimal;
use crate::time::Day;

/// A rule in words. What may be left out is said with each part.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleWords {
    /// What a person calls it; needed.
    pub name: Option<String>,
    /// What is watched; needed.
    pub watch: Option<WatchWords>,
    /// What is too much; needed.
    pub condition: Option<ConditionWords>,
    /// How far back is looked; needed but for a budget, which has its own days.
    pub window: Option<SpanWords>,
    /// How long the condition must hold before the alert is raised. At once unless given.
    pub after: Option<SpanWords>,
    /// `info`, `warning` (unless given) or `critical`.
    pub severity: Severity,
    /// What alerts of the rule carry along. Nothing unless given.
    pub labels: BTreeMap<String, String>,
    /// Options of the engine for key figures and emissions, as a document; its defaults unless given.
    pub options: Value,
}

/// What is watched.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WatchWords {
    /// Readings of a metric.
    Metric {
        /// Vertical of the events.
        vertical: String,
        /// Name of the metric with its unit, `energy_kwh`; in `general` the activity.
        metric: String,
        /// Unit that the figure is in; needed in `general`, and else in the metric's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// What is made of the readings.
        statistic: Statistic,
        /// Only of this source.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// Only of events with these tags.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
        /// `source`: each source is judged, and alerts, by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        each: Option<String>,
    },
    /// A key figure by its id, over all events of the tenant.
    Kpi {
        /// Such as `pue`.
        id: String,
    },
    /// Emissions of cells, kg CO2e.
    Emissions {
        /// Cells that are added, such as `["1", "2-location,site=Hull", "3.4"]`; each scope once.
        cells: Vec<String>,
        /// A dimension each value of which is judged by itself, such as `source` or `site`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        each: Option<String>,
    },
    /// Hours since the last event of a source.
    Silence {
        /// The source; each source by itself unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// How many running numbers a source left out.
    MissingNumbers {
        /// The source; each source by itself unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
}

/// What is too much.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConditionWords {
    /// The figure is above a limit.
    Above {
        /// The limit.
        limit: QuantityWords,
        /// At or below which all is well again; the limit unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clear: Option<QuantityWords>,
    },
    /// The figure is below a limit.
    Below {
        /// The limit.
        limit: QuantityWords,
        /// At or above which all is well again; the limit unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clear: Option<QuantityWords>,
    },
    /// The figure grew by more than a share against the window before.
    Rise {
        /// `0.2` is a fifth.
        #[serde(deserialize_with = "number")]
        share: Decimal,
        /// As above; the share unless given.
        #[serde(default, deserialize_with = "optional", skip_serializing_if = "Option::is_none")]
        clear: Option<Decimal>,
    },
    /// The figure fell by more than a share against the window before.
    Fall {
        /// `0.2` is a fifth.
        #[serde(deserialize_with = "number")]
        share: Decimal,
        /// As above; the share unless given.
        #[serde(default, deserialize_with = "optional", skip_serializing_if = "Option::is_none")]
        clear: Option<Decimal>,
    },
    /// More of a budget is used than of its days has passed, by a factor.
    Budget {
        /// What may be used.
        budget: QuantityWords,
        /// First day of it.
        start: Day,
        /// Last day of it.
        end: Day,
        /// Share used over share of time passed; `1` is exactly on pace.
        #[serde(deserialize_with = "number")]
        rate: Decimal,
        /// At or below which all is well again; the rate unless given.
        #[serde(default, deserialize_with = "optional", skip_serializing_if = "Option::is_none")]
        clear: Option<Decimal>,
    },
    /// A detector finds a reading odd. It learns from the readings of the window.
    Anomaly {
        /// The detector with its settings.
        detector: DetectorWords,
        /// Odd readings of the last so many hours count.
        hours: u32,
    },
}

/// A value with its unit.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityWords {
    /// The value.
    #[serde(deserialize_with = "number")]
    pub value: Decimal,
    /// Its unit.
    pub unit: String,
}

/// A length of time: `{"hours": 24}` up to now, or `{"days": 30}`, whole days in UTC of which the last one is today.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanWords {
    /// Hours.
    Hours(u32),
    /// Days.
    Days(u32),
}

/// A decimal, as text or as a number.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return Err(serde::de::Error::custom("a number, or text of one, is needed")),
    };
    text.parse().map_err(serde::de::Error::custom)
}

fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    number(deserializer).map(Some)
}
