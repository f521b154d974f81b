//! Telemetry from Arrow: the form of data frames, Parquet files and query engines.
//!
//! A table is one of two forms. [`events`] takes a wide one, a row an event with a column for each metric: the rows of a
//! CSV file, and read by the same rules. [`activities`] takes a tall one, a row an activity, which needs no rules of a
//! vertical. There columns are taken as they are: a dictionary is read once, its codes become ours, and a column of binary
//! floats becomes whole numbers of one scale, which is what the shortest decimals of a measured column are. A row that
//! cannot be used is returned with its number, and the rest goes on.
//!
//! In both forms null is missing and never 0, integers and decimals are exact, a float means its shortest decimal, and a
//! timestamp without a zone counts as UTC.

mod cell;
mod column;
mod events;
mod raw;
mod view;

pub use events::events;
pub(crate) use view::columns;

use arrow::array::{Array, RecordBatch};

use crate::activity::{ActivityBatch, Dictionary, NONE, Quantities};
use crate::telemetry::{Rejection, TelemetryError};
use crate::time::Day;

/// Columns of the table: names that are understood, and whether each row must have a value.
const COLUMNS: [(&str, &[&str]); 8] = [
    ("activity", &["activity", "metric"]),
    ("unit", &["unit"]),
    ("quantity", &["quantity", "value", "amount"]),
    ("timestamp", &["timestamp", "ts", "day", "date"]),
    ("region", &["region"]),
    ("site", &["site", "facility"]),
    ("source", &["source_id", "source"]),
    ("vertical", &["vertical"]),
];

/// Activity data of a table, and the rows that are returned.
#[derive(Clone, Debug, Default)]
pub struct ActivityTable {
    /// Accepted rows; `event` is the row of the table.
    pub batch: ActivityBatch,
    /// Refused rows; `line` is the row of the table, from 1.
    pub rejected: Vec<Rejection>,
}

/// Reads a table of activities.
///
/// Columns: `activity` (or `metric`), `unit`, `quantity` (or `value`, `amount`) and `timestamp` (or `ts`, `day`, `date`) in
/// every table; `region`, `site` (or `facility`), `source_id` and `vertical` where there are such. Words are strings or
/// dictionaries of strings; quantities are integers, floats, decimals or decimal text; times are timestamps, days or RFC 3339
/// text. A float means its shortest decimal.
///
/// # Errors
/// `telemetry.missing` for a column that is not there, `telemetry.header` for one that stands twice, `telemetry.type` for one
/// of another type. What is wrong with a single row is in [`ActivityTable::rejected`].
pub fn activities(table: &RecordBatch) -> Result<ActivityTable, TelemetryError> {
    let find = |at: usize| find(table, COLUMNS[at].1);
    let need = |at: usize| {
        find(at)?.ok_or_else(|| TelemetryError::Missing {
            field: COLUMNS[at].0.into(),
            needed_by: "a table of activities".into(),
        })
    };
    let rows = table.num_rows();
    let mut batch = ActivityBatch::default();
    let words = |at: usize, dictionary: &mut Dictionary| match find(at)? {
        Some(column) => column::words(COLUMNS[at].0, column, dictionary),
        None => Ok(Vec::new()),
    };
    batch.activity = column::words("activity", need(0)?, &mut batch.activities)?;
    batch.unit = column::words("unit", need(1)?, &mut batch.units)?;
    let quantities = column::quantities("quantity", need(2)?)?;
    let days = column::days("timestamp", need(3)?)?;
    batch.region = words(4, &mut batch.regions)?;
    batch.site = words(5, &mut batch.sites)?;
    batch.source = words(6, &mut batch.sources)?;
    batch.vertical = words(7, &mut batch.verticals)?;
    let mut rejected = Vec::new();
    let missing =
        |field: &str| TelemetryError::Missing { field: field.into(), needed_by: "every row".into() };
    let lacks = |column: &[u32], row: usize| column[row] == NONE;
    let words_are_whole = !batch.activity.contains(&NONE) && !batch.unit.contains(&NONE);
    if words_are_whole && quantities.faults.is_empty() && days.faults.is_empty() {
        batch.quantity = quantities.values;
        batch.day = days.values;
        return Ok(ActivityTable { batch, rejected });
    }
    let mut kept = Vec::with_capacity(rows);
    let (mut quantity_faults, mut day_faults) =
        (quantities.faults.into_iter().peekable(), days.faults.into_iter().peekable());
    for row in 0..rows {
        let fault = quantity_faults.next_if(|(at, _)| *at == row).map(|(_, e)| e);
        let fault = fault.or(day_faults.next_if(|(at, _)| *at == row).map(|(_, e)| e));
        let fault = fault.or(lacks(&batch.activity, row).then(|| missing("activity")));
        match fault.or(lacks(&batch.unit, row).then(|| missing("unit"))) {
            Some(error) => rejected.push(Rejection::new(row as u64 + 1, &error, b"")),
            None => kept.push(row),
        }
    }
    for column in [
        &mut batch.activity,
        &mut batch.unit,
        &mut batch.region,
        &mut batch.site,
        &mut batch.source,
        &mut batch.vertical,
    ] {
        if !column.is_empty() {
            *column = kept.iter().map(|&row| column[row]).collect();
        }
    }
    batch.quantity = Quantities::Decimals(kept.iter().map(|&row| quantities.values.get(row)).collect());
    batch.day = kept.iter().map(|&row| days.values[row]).collect();
    batch.event = kept.iter().map(|&row| row as u32).collect();
    Ok(ActivityTable { batch, rejected })
}

/// The column with one of these names.
fn find<'a>(table: &'a RecordBatch, names: &[&str]) -> Result<Option<&'a dyn Array>, TelemetryError> {
    let mut found = None;
    for (at, field) in table.schema_ref().fields().iter().enumerate() {
        if names.contains(&field.name().as_str()) {
            if found.is_some() {
                return Err(TelemetryError::Header {
                    name: field.name().clone(),
                    reason: "stands beside another column that means the same",
                    nearest: Vec::new(),
                });
            }
            found = Some(at);
        }
    }
    Ok(found.map(|at| &**table.column(at)))
}

/// Values of a column, and the rows (in order) that have none that can be used.
struct Column<V> {
    values: V,
    faults: Vec<(usize, TelemetryError)>,
}

/// Stands for the day of a row that is refused.
const NO_DAY: Day = Day::MIN;
