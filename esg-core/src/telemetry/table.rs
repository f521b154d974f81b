//! Tables of events, whatever they came in: which columns there may be, and what a row of them means.
//!
//! A CSV file and an Arrow table differ in how a cell is written. What a header means and what a row must have is
//! decided here once, so that the same rows are the same events in both.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::activity::Tags;
use crate::decimal::{Decimal, DecimalError};
use crate::telemetry::event::scope_and_category;
use crate::telemetry::intake::{Head, KNOWN_TAGS, Stated};
use crate::telemetry::metric::{find, names};
use crate::telemetry::{Draft, Intake, TelemetryError, Vertical, nearest};
use crate::time::{Instant, TimeError};

/// Most columns of a table.
pub const MAX_COLUMNS: usize = 256;

/// What a column holds.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Column {
    Source,
    External,
    Vertical,
    Timestamp,
    Tag(String),
    Metric(String),
    Activity,
    Value,
    Unit,
    Scope,
    Category,
    Corrects,
    Void,
    LeftOut,
}

/// Refuses more than [`MAX_COLUMNS`] columns.
pub(crate) fn check_width(columns: usize) -> Result<(), TelemetryError> {
    if columns > MAX_COLUMNS {
        return Err(TelemetryError::Limit { what: "columns", max: MAX_COLUMNS });
    }
    Ok(())
}

/// Returns what the column `name` holds; `mapped` is the field that a mapping gives it, if it has one.
pub(crate) fn column(name: &str, mapped: Option<&str>) -> Result<Column, TelemetryError> {
    let field = mapped.unwrap_or(name);
    of_field(field, mapped.is_some())
        .ok_or_else(|| unknown(name, "is no known field and has no mapping", field))
}

/// Returns what a constant for `field` is.
pub(crate) fn constant(field: &str) -> Result<Column, TelemetryError> {
    of_field(field, false).ok_or_else(|| unknown(field, "is no known field", field))
}

fn unknown(name: &str, reason: &'static str, field: &str) -> TelemetryError {
    TelemetryError::Header { name: name.chars().take(64).collect(), reason, nearest: suggestions(field) }
}

/// Refuses two columns that mean the same, and a table without what every event needs.
pub(crate) fn check_columns(columns: &[(&str, Column)]) -> Result<(), TelemetryError> {
    let mut seen = HashSet::new();
    for (name, column) in columns.iter().filter(|(_, c)| *c != Column::LeftOut) {
        if !seen.insert(column) {
            return Err(TelemetryError::Header {
                name: name.chars().take(64).collect(),
                reason: "means the same as another column or constant",
                nearest: Vec::new(),
            });
        }
    }
    let needed = [
        (Column::Source, "source_id"),
        (Column::External, "external_event_id"),
        (Column::Vertical, "vertical"),
        (Column::Timestamp, "timestamp"),
    ];
    match needed.iter().find(|(column, _)| !seen.contains(column)) {
        Some((_, name)) => Err(TelemetryError::Missing {
            field: format!("the column {name}"),
            needed_by: "every event".into(),
        }),
        None => Ok(()),
    }
}

fn of_field(field: &str, mapped: bool) -> Option<Column> {
    Some(match field {
        "" if mapped => Column::LeftOut,
        "source_id" => Column::Source,
        "external_event_id" => Column::External,
        "vertical" => Column::Vertical,
        "timestamp" => Column::Timestamp,
        "activity" => Column::Activity,
        "value" => Column::Value,
        "unit" => Column::Unit,
        "scope" => Column::Scope,
        "category" => Column::Category,
        "corrects" => Column::Corrects,
        "void" => Column::Void,
        _ => {
            if let Some(tag) = field.strip_prefix("tags.").filter(|t| !t.is_empty()) {
                return Some(Column::Tag(tag.into()));
            }
            let metric = field.strip_prefix("metrics.").unwrap_or(field);
            if Vertical::ALL.iter().any(|v| find(*v, metric).is_some()) {
                return Some(Column::Metric(metric.into()));
            }
            return KNOWN_TAGS.contains(&field).then(|| Column::Tag(field.into()));
        }
    })
}

fn suggestions(field: &str) -> Vec<String> {
    let fields = [
        "source_id",
        "external_event_id",
        "vertical",
        "timestamp",
        "activity",
        "value",
        "unit",
        "corrects",
        "void",
    ];
    let metrics: Vec<String> = Vertical::ALL.into_iter().flat_map(names).collect();
    let bare = field.strip_prefix("metrics.").unwrap_or(field);
    nearest(bare, fields.into_iter().chain(KNOWN_TAGS).chain(metrics.iter().map(String::as_str)))
}

/// A row by what its cells are; what is missing is none.
#[derive(Debug, Default)]
pub(crate) struct Row<'c> {
    pub(crate) source: Option<&'c str>,
    pub(crate) external: Option<&'c str>,
    pub(crate) vertical: Option<&'c str>,
    pub(crate) timestamp: Option<Result<Instant, TimeError>>,
    pub(crate) activity: Option<&'c str>,
    pub(crate) value: Option<Result<Decimal, DecimalError>>,
    pub(crate) unit: Option<&'c str>,
    pub(crate) scope: Option<Cow<'c, str>>,
    pub(crate) category: Option<Cow<'c, str>>,
    pub(crate) corrects: Option<&'c str>,
    pub(crate) void: Option<&'c str>,
    pub(crate) metrics: Vec<(&'c str, Result<Decimal, DecimalError>)>,
    /// No name comes twice.
    pub(crate) tags: Tags,
}

fn need<T>(cell: Option<T>, field: &str) -> Result<T, TelemetryError> {
    cell.ok_or_else(|| TelemetryError::Missing { field: field.into(), needed_by: String::new() })
}

impl Intake<'_> {
    /// Reads the event of a row.
    pub(crate) fn row(&mut self, draft: &mut Draft, line: u64, row: Row<'_>) -> Result<(), TelemetryError> {
        let (source, external) = (need(row.source, "source_id")?, need(row.external, "external_event_id")?);
        let vertical = Vertical::parse(need(row.vertical, "vertical")?)?;
        let instant = need(row.timestamp, "timestamp")?.map_err(TelemetryError::Time)?;
        for (name, value) in row.metrics {
            self.measure(draft, vertical, name, Stated::default(), value)?;
        }
        if let Some(activity) = row.activity {
            let (scope, category) =
                scope_and_category("scope", row.scope.as_deref(), row.category.as_deref())?;
            let stated = Stated { unit: Some(need(row.unit, "unit")?), scope, category };
            self.measure(draft, vertical, activity, stated, need(row.value, "value")?)?;
        } else if let Some((field, _)) =
            [("value", row.value.is_some()), ("unit", row.unit.is_some())].iter().find(|c| c.1)
        {
            return Err(TelemetryError::Missing {
                field: "activity".into(),
                needed_by: format!("the cell {field}"),
            });
        }
        let tags = self.tag_code(row.tags, None)?;
        let known = self.known_source(source);
        let amends = [row.corrects, row.void];
        self.accept(draft, line, &Head { source, known, external, vertical, instant, tags, amends })
    }
}
