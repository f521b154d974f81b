//! What is wrong with an event, said so that its sender can mend it.

use crate::decimal::{Decimal, DecimalError};
use crate::error::Kind;
use crate::json::JsonError;
use crate::telemetry::Vertical;
use crate::time::TimeError;

/// Why an event, a part of it or a whole file was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// A field that no event has.
    #[error("{field:?} is no field of an event{}", hint(nearest))]
    UnknownField {
        /// The field.
        field: String,
        /// Fields that it may have meant.
        nearest: Vec<String>,
    },
    /// A field or tag that is needed and not there.
    #[error("{field} is missing{}{needed_by}", if needed_by.is_empty() { "" } else { "; it is needed by " })]
    Missing {
        /// What is missing.
        field: String,
        /// What needs it, empty where every event does.
        needed_by: String,
    },
    /// A value of the wrong JSON type.
    #[error("{field} is {found} and must be {expected}")]
    Type {
        /// The field.
        field: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// An id that is too long, empty or has control characters.
    #[error("{field} {reason}")]
    Id {
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A vertical that is not known.
    #[error("{found:?} is no vertical{}", hint(nearest))]
    Vertical {
        /// The text, cut after 64 characters.
        found: String,
        /// Verticals that it may have meant.
        nearest: Vec<String>,
    },
    /// A metric that the vertical does not have.
    #[error("{field:?} is no metric of {vertical}{}", hint(nearest))]
    Metric {
        /// The metric, cut after 64 characters.
        field: String,
        /// The vertical.
        vertical: Vertical,
        /// Metrics that it may have meant.
        nearest: Vec<String>,
    },
    /// A unit that the metric cannot have.
    #[error("{field} cannot have the unit {unit:?}{}", hint(nearest))]
    Unit {
        /// The metric.
        field: String,
        /// The unit, cut after 64 characters.
        unit: String,
        /// Units that it may have.
        nearest: Vec<String>,
    },
    /// A number outside of what the metric can be.
    #[error("{field} is {value} and must be {allowed}")]
    Range {
        /// The metric.
        field: String,
        /// The number.
        value: Decimal,
        /// What is allowed.
        allowed: &'static str,
    },
    /// One quantity in two metrics of an event, such as `energy_kwh` and `energy_mwh`.
    #[error("{field} says a second time what another metric of the event has said")]
    Doubled {
        /// The second metric.
        field: String,
    },
    /// Metrics that contradict each other.
    #[error("{field} is {value}, but {other}")]
    Inconsistent {
        /// The metric.
        field: String,
        /// Its value.
        value: Decimal,
        /// What the other metrics say.
        other: String,
    },
    /// An event that came before with other content.
    #[error(
        "{external_event_id} of {source_id} was sent before with other content ({first}); send a correction under a new id"
    )]
    Conflict {
        /// Source of the event.
        source_id: String,
        /// Id of the event within its source.
        external_event_id: String,
        /// Where the first one stands.
        first: String,
    },
    /// A tag that is too long or has control characters.
    #[error("{field} {reason}")]
    Tag {
        /// The tag, cut after 64 characters.
        field: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A correction or a void that cannot be one.
    #[error("{field} {reason}")]
    Amends {
        /// The field: `corrects` or `void`.
        field: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// An event whose id a redacted one had.
    #[error("an event of this id was redacted (line {line} of the log) and is not taken again")]
    Redacted {
        /// Line of the log.
        line: u64,
    },
    /// More than there may be.
    #[error("more than {max} {what}; send less at a time")]
    Limit {
        /// Of what there is too much.
        what: &'static str,
        /// How much there may be.
        max: usize,
    },
    /// A row with more or fewer cells than the header.
    #[error("the row has {found} cells and the header {expected}")]
    Ragged {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A header of a table that cannot be used.
    #[error("the column {name:?} {reason}{}", hint(nearest))]
    Header {
        /// The column.
        name: String,
        /// What is wrong.
        reason: &'static str,
        /// Columns that it may have meant.
        nearest: Vec<String>,
    },
    /// A number that is none.
    #[error("{field}: {source}")]
    Number {
        /// The field.
        field: String,
        /// What is wrong.
        source: DecimalError,
    },
    /// A timestamp that is none.
    #[error("timestamp: {0}")]
    Time(TimeError),
    /// Text that is no JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
}

fn hint(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; known: {}", nearest.join(", ")) }
}

impl TelemetryError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownField { .. } => "telemetry.unknown_field",
            Self::Missing { .. } => "telemetry.missing",
            Self::Type { .. } => "telemetry.type",
            Self::Id { .. } => "telemetry.id",
            Self::Vertical { .. } => "telemetry.vertical",
            Self::Metric { .. } => "telemetry.metric",
            Self::Unit { .. } => "telemetry.unit",
            Self::Range { .. } => "telemetry.range",
            Self::Doubled { .. } => "telemetry.doubled",
            Self::Inconsistent { .. } => "telemetry.inconsistent",
            Self::Conflict { .. } => "telemetry.conflict",
            Self::Tag { .. } => "telemetry.tag",
            Self::Amends { .. } => "telemetry.amends",
            Self::Redacted { .. } => "telemetry.redacted",
            Self::Limit { .. } => "telemetry.limit",
            Self::Ragged { .. } => "telemetry.ragged",
            Self::Header { .. } => "telemetry.header",
            Self::Number { source, .. } => source.code(),
            Self::Time(source) => source.code(),
            Self::Json(source) => source.code(),
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Inconsistent { .. } | Self::Conflict { .. } | Self::Redacted { .. } => Kind::Conflict,
            Self::UnknownField { .. }
            | Self::Missing { .. }
            | Self::Type { .. }
            | Self::Id { .. }
            | Self::Vertical { .. }
            | Self::Metric { .. }
            | Self::Unit { .. }
            | Self::Range { .. }
            | Self::Doubled { .. }
            | Self::Tag { .. }
            | Self::Amends { .. }
            | Self::Limit { .. }
            | Self::Ragged { .. }
            | Self::Header { .. }
            | Self::Number { .. }
            | Self::Time(_)
            | Self::Json(_) => Kind::Invalid,
        }
    }

    /// The field that is meant, empty where it is the whole row.
    pub fn field(&self) -> &str {
        match self {
            Self::UnknownField { field, .. }
            | Self::Missing { field, .. }
            | Self::Type { field, .. }
            | Self::Metric { field, .. }
            | Self::Unit { field, .. }
            | Self::Range { field, .. }
            | Self::Doubled { field }
            | Self::Inconsistent { field, .. }
            | Self::Tag { field, .. }
            | Self::Number { field, .. } => field,
            Self::Id { field, .. } | Self::Amends { field, .. } => field,
            Self::Conflict { .. } | Self::Redacted { .. } => "external_event_id",
            Self::Vertical { .. } => "vertical",
            Self::Time(_) => "timestamp",
            Self::Header { name, .. } => name,
            Self::Json(JsonError::DuplicateKey { key, .. }) => key,
            Self::Limit { what, .. } => what,
            Self::Ragged { .. } | Self::Json(_) => "",
        }
    }

    /// Known names that may have been meant, the nearest first.
    pub fn nearest(&self) -> &[String] {
        match self {
            Self::UnknownField { nearest, .. }
            | Self::Vertical { nearest, .. }
            | Self::Metric { nearest, .. }
            | Self::Unit { nearest, .. }
            | Self::Header { nearest, .. } => nearest,
            _ => &[],
        }
    }
}

/// An event, or a part of one, that did not get through: returned to the sender, never dropped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejection {
    /// Line of the file from 1; in a JSON array the place of the element from 1.
    pub line: u64,
    /// Field, such as `metrics.energy_kwh`; empty where it is the whole row.
    pub field: String,
    /// Code of the error.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
    /// Known names that may have been meant, the nearest first.
    pub nearest: Vec<String>,
    /// The row as it came (bytes that are not UTF-8 as U+FFFD); empty where the event itself was accepted.
    pub raw: String,
}

impl Rejection {
    /// Returns the rejection of the row `raw` on `line`.
    pub fn new(line: u64, error: &TelemetryError, raw: &[u8]) -> Self {
        Self {
            line,
            field: error.field().into(),
            code: error.code(),
            message: error.to_string(),
            nearest: error.nearest().to_vec(),
            raw: String::from_utf8_lossy(raw).into_owned(),
        }
    }
}
