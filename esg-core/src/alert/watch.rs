//! What a rule watches, with its unit checked before the rule is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::AlertError;
use super::words::WatchWords;
use crate::error::Error;
use crate::kpi;
use crate::telemetry::{Quantity, Vertical, find_metric};
use crate::units::Unit;

/// Most cells of a rule.
const MAX_CELLS: usize = 20;

/// What is made of the readings of a window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Their sum.
    Sum,
    /// Their arithmetic mean, each reading counting alike.
    Mean,
    /// The newest one; of several of one instant the one that was logged last.
    Last,
}

/// Readings of a metric.
#[derive(Clone, Debug)]
pub struct MetricWatch {
    /// Vertical of the events.
    pub vertical: Vertical,
    /// The metric; in `general` the activity.
    pub metric: String,
    pub(super) quantity: Quantity,
    /// Unit of the figure.
    pub unit: Unit,
    /// What is made of the readings.
    pub statistic: Statistic,
    /// Only of this source.
    pub source: Option<String>,
    /// Only of events with these tags.
    pub tags: BTreeMap<String, String>,
    /// Each source by itself.
    pub by_source: bool,
}

/// Emissions of cells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EmissionsWatch {
    /// Cells that are added.
    pub cells: Vec<String>,
    /// A dimension each value of which is judged by itself.
    pub each: Option<String>,
}

/// What a rule watches.
#[derive(Clone, Debug)]
pub enum Watch {
    /// Readings of a metric.
    Metric(Box<MetricWatch>),
    /// A key figure.
    Kpi {
        /// Its id.
        id: &'static str,
        /// Its unit.
        unit: Unit,
    },
    /// Emissions, in kg CO2e.
    Emissions(EmissionsWatch),
    /// Hours since the last event of a source.
    Silence {
        /// The source; each by itself unless given.
        source: Option<String>,
    },
    /// How many running numbers a source left out.
    MissingNumbers {
        /// The source; each by itself unless given.
        source: Option<String>,
    },
}

impl Watch {
    /// Reads what is watched.
    ///
    /// # Errors
    /// `alert.value`, `alert.rate`, `alert.kpi`; `telemetry.vertical`, `telemetry.metric`; the `unit.*` codes.
    pub fn new(words: &WatchWords) -> Result<Self, Error> {
        Ok(match words {
            WatchWords::Metric { .. } => Self::Metric(Box::new(MetricWatch::new(words)?)),
            WatchWords::Kpi { id } => {
                let known = kpi::known();
                let found = known.iter().find(|kpi| kpi.id == *id);
                let all = || known.iter().map(|kpi| kpi.id).collect::<Vec<_>>().join(", ");
                let found = found
                    .ok_or_else(|| AlertError::Kpi { found: id.chars().take(64).collect(), known: all() })?;
                Self::Kpi { id: found.id, unit: found.unit.parse()? }
            }
            WatchWords::Emissions { cells, each } => {
                if !(1..=MAX_CELLS).contains(&cells.len()) {
                    let rule = format!("a list of 1 to {MAX_CELLS} cells");
                    return Err(
                        AlertError::value("watch.cells", format!("{} cells", cells.len()), rule).into()
                    );
                }
                Self::Emissions(EmissionsWatch { cells: cells.clone(), each: each.clone() })
            }
            WatchWords::Silence { source } => Self::Silence { source: source.clone() },
            WatchWords::MissingNumbers { source } => Self::MissingNumbers { source: source.clone() },
        })
    }

    /// What a rule calls it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Metric(_) => "metric",
            Self::Kpi { .. } => "kpi",
            Self::Emissions(_) => "emissions",
            Self::Silence { .. } => "silence",
            Self::MissingNumbers { .. } => "missing_numbers",
        }
    }

    /// Returns the unit of the figure.
    ///
    /// # Errors
    /// The `unit.*` codes, for none that is in here.
    pub fn unit(&self) -> Result<Unit, Error> {
        Ok(match self {
            Self::Metric(watch) => watch.unit.clone(),
            Self::Kpi { unit, .. } => unit.clone(),
            Self::Emissions(_) => "kg".parse()?,
            Self::Silence { .. } => "h".parse()?,
            Self::MissingNumbers { .. } => "1".parse()?,
        })
    }

    /// True when the figure is of an inventory, whose time is kept in days.
    pub const fn needs_days(&self) -> bool {
        matches!(self, Self::Kpi { .. } | Self::Emissions(_))
    }

    /// True when what a source sends can change the figure.
    pub fn concerns(&self, source: &str) -> bool {
        match self {
            Self::Metric(watch) => watch.source.as_deref().is_none_or(|own| own == source),
            Self::Kpi { .. } | Self::Emissions(_) => true,
            Self::Silence { source: own } | Self::MissingNumbers { source: own } => {
                own.as_deref().is_none_or(|own| own == source)
            }
        }
    }
}

impl MetricWatch {
    fn new(words: &WatchWords) -> Result<Self, Error> {
        let WatchWords::Metric { vertical, metric, unit, statistic, source, tags, each } = words else {
            return Err(AlertError::value("watch", "none of a metric", "of a metric").into());
        };
        let vertical = Vertical::parse(vertical)?;
        let (quantity, code) = match (vertical, unit) {
            (Vertical::General, Some(unit)) => (Quantity::Activity, unit.as_str()),
            (Vertical::General, None) => {
                let rule = "the unit that the figure is in: an activity's name does not say it";
                return Err(AlertError::Missing { part: "watch.unit", rule }.into());
            }
            (_, Some(unit)) => {
                let rule = "left out: the metric's name carries it";
                return Err(AlertError::value("watch.unit", format!("{unit:?}"), rule).into());
            }
            (_, None) => find_metric(vertical, metric)?,
        };
        let is_rate = matches!(quantity, Quantity::Pue | Quantity::GpuUtilization | Quantity::WasteShare);
        if is_rate && *statistic == Statistic::Sum {
            return Err(AlertError::Rate { metric: metric.clone() }.into());
        }
        let by_source = match each.as_deref() {
            None => false,
            Some("source") => true,
            Some(other) => {
                return Err(
                    AlertError::value("watch.each", format!("{other:?}"), "source, or left out").into()
                );
            }
        };
        Ok(Self {
            vertical,
            metric: metric.clone(),
            quantity,
            unit: code.parse()?,
            statistic: *statistic,
            source: source.clone(),
            tags: tags.clone(),
            by_source,
        })
    }
}
