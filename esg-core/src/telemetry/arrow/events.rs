//! Events, wide: the columns of a CSV file in the types of a data frame.
//!
//! What a column is called, what a row must have and what a value may be is decided where CSV and JSON have it decided;
//! here only the cells are found. So one event has one fingerprint, whichever of the three it came in.

use std::borrow::Cow;
use std::collections::HashSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::cell::{self, Cells, Number};
use super::column::wrong_type;
use super::raw;
use crate::decimal::DecimalError;
use crate::json::JsonError;
use crate::telemetry::table::{self, Column, Row, check_columns, check_width};
use crate::telemetry::{Intake, MAX_EVENT_BYTES, MAX_EVENTS, Options, Received, TelemetryError};
use crate::time::{Instant, TimeError};

/// Bytes of names and texts below which no row can be longer than [`MAX_EVENT_BYTES`]: an escape makes six bytes of one,
/// and 64 numbers with their quotes are short.
const SURELY_SHORT: usize = MAX_EVENT_BYTES / 16;

/// Reads a table of events: a row an event.
///
/// Columns are those of [CSV](crate::telemetry::csv): `source_id`, `external_event_id`, `vertical` and `timestamp` in every
/// table; metrics by their names (`energy_kwh` or `metrics.energy_kwh`), tags as `tags.region` and those that the engine
/// reads as `region`; `activity`, `value`, `unit`, `scope` and `category` for one measurement with its unit. Beside or instead of
/// these a column `tags` can be a struct of strings or a map from strings to strings, and a column `metrics` a struct or a
/// map of numbers.
///
/// Words are strings or dictionaries of strings; numbers are integers, floats, decimals or decimal text; `timestamp` is a
/// timestamp of any unit or RFC 3339 text. A timestamp without a zone counts as UTC (data frames
/// drop the zone of what they have turned into UTC); text without an offset is refused. Digits below the millisecond are cut.
///
/// Null is missing. So is an empty text in a column of its own, as in CSV; in `tags` and `metrics` it is what it is, as in
/// JSON. NaN is no null: the row is returned with `decimal.not_finite`.
///
/// `line` is the row of the table from 1; `raw` of a refused row is its cells as a JSON object without the nulls.
///
/// # Errors
/// `telemetry.header` for a column that is unknown (with the nearest names) or comes twice, `telemetry.missing` for a needed
/// one that is not there, `telemetry.type` for one of another type, `telemetry.limit` above
/// [`MAX_EVENTS`] rows or [`MAX_COLUMNS`](crate::telemetry::csv::MAX_COLUMNS) columns: then no row is read.
///
/// # Examples
/// ```
/// # use std::sync::Arc;
/// # use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampSecondArray};
/// # use esg_core::telemetry::{Options, arrow::events};
/// let text = |cells: [&str; 2]| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef;
/// let table = RecordBatch::try_from_iter([
///     ("source_id", text(["truck-7", "truck-7"])),
///     ("external_event_id", text(["t1", "t2"])),
///     ("vertical", text(["logistics_fleet", "logistics_fleet"])),
///     ("timestamp", Arc::new(TimestampSecondArray::from(vec![1_710_513_000, 1_710_599_400]))),
///     ("fuel_liters", Arc::new(Float64Array::from(vec![42.1, f64::NAN]))),
///     ("fuel", text(["diesel", "diesel"])),
/// ]).unwrap();
/// let received = events(&table, Options::default())?;
/// assert_eq!(received.batch.value[0].to_string(), "42.1");
/// assert_eq!(received.batch.instant[0].to_string(), "2024-03-15T14:30:00Z");
/// assert_eq!((received.rejected[0].line, received.rejected[0].code), (2, "decimal.not_finite"));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn events(table: &RecordBatch, options: Options<'_>) -> Result<Received, TelemetryError> {
    if table.num_rows() > MAX_EVENTS {
        return Err(TelemetryError::Limit { what: "events in one batch", max: MAX_EVENTS });
    }
    let fields = fields(table)?;
    let mut intake = Intake::new(options);
    intake.received.batch.reserve(table.num_rows());
    for at in 0..table.num_rows() {
        let line = at as u64 + 1;
        let mut draft = intake.begin();
        let read = row(&fields, at)
            .and_then(|row| check_length(table, at, &row).map(|()| row))
            .and_then(|row| intake.row(&mut draft, line, row));
        if let Err(error) = read {
            intake.reject(&draft, line, &error, raw::row(table, at).as_bytes());
        }
    }
    Ok(intake.received)
}

/// A column, or one of the columns in a struct.
struct Field<'a> {
    /// Rows in which the struct itself is null.
    outer: Option<&'a NullBuffer>,
    content: Content<'a>,
}

/// What the cells of a column are, and of which type.
enum Content<'a> {
    Text(Column, Cells<'a, &'a str>),
    /// Metrics and `value`.
    Number(Column, Cells<'a, Number>),
    Time(Cells<'a, Result<Instant, TimeError>>),
    /// `scope` and `category`.
    Whole(Column, Cells<'a, Cow<'a, str>>),
    Tags(Entries<'a, &'a str>),
    Metrics(Entries<'a, Number>),
}

/// The entries of a map.
struct Entries<'a, V> {
    offsets: &'a [i32],
    nulls: Option<&'a NullBuffer>,
    names: Cells<'a, &'a str>,
    values: Cells<'a, V>,
}

impl<'a, V> Entries<'a, V> {
    /// Names and values of a row, without the nulls.
    fn of(&self, row: usize) -> impl Iterator<Item = (&'a str, V)> {
        let there = self.nulls.is_none_or(|nulls| nulls.is_valid(row));
        let entries = if there { self.offsets[row] as usize..self.offsets[row + 1] as usize } else { 0..0 };
        entries.filter_map(|at| Some(((self.names)(at).unwrap_or_default(), (self.values)(at)?)))
    }
}

/// A column as it stands in the table.
struct Found<'a> {
    /// With the name of the struct that it is in.
    name: Cow<'a, str>,
    array: &'a dyn Array,
    /// Rows in which the struct itself is null.
    outer: Option<&'a NullBuffer>,
    nested: bool,
}

/// Finds out what each column is.
fn fields(table: &RecordBatch) -> Result<Vec<Field<'_>>, TelemetryError> {
    let schema = table.schema_ref();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    check_width(names.len())?;
    let mut seen = HashSet::new();
    if let Some(name) = names.iter().find(|name| !seen.insert(**name)) {
        let name = name.chars().take(64).collect();
        return Err(TelemetryError::Header { name, reason: "comes twice", nearest: Vec::new() });
    }
    let mut flat: Vec<Found<'_>> = Vec::new();
    let mut fields = Vec::new();
    for (name, column) in names.into_iter().zip(table.columns()) {
        match column.data_type() {
            _ if !matches!(name, "tags" | "metrics") => {
                flat.push(Found { name: name.into(), array: column, outer: None, nested: false });
            }
            DataType::Null => {}
            DataType::Struct(inner) => {
                for (field, array) in inner.iter().zip(column.as_struct().columns()) {
                    let name = format!("{name}.{}", field.name()).into();
                    flat.push(Found { name, array, outer: column.nulls(), nested: true });
                }
            }
            DataType::Map(..) => fields.push(Field { outer: None, content: map(name, column)? }),
            _ => return Err(wrong_type(name, "a column of structs or maps")),
        }
    }
    check_width(flat.len())?;
    let mut columns = Vec::new();
    for found in &flat {
        columns.push((&*found.name, table::column(&found.name, None)?));
    }
    check_columns(&columns)?;
    let columns: Vec<Column> = columns.into_iter().map(|(_, column)| column).collect();
    for (column, found) in columns.into_iter().zip(&flat) {
        fields.push(Field { outer: found.outer, content: content(column, found)? });
    }
    Ok(fields)
}

fn content<'a>(column: Column, found: &Found<'a>) -> Result<Content<'a>, TelemetryError> {
    let (array, nested) = (found.array, found.nested);
    // An empty cell of a table is missing; an empty text in a struct was put there.
    let texts = cell::texts(array).map(|texts| -> Cells<'a, &'a str> {
        Box::new(move |row| texts(row).filter(|text| nested || !text.is_empty()))
    });
    let wrong = |expected| wrong_type(&found.name, expected);
    Ok(match column {
        Column::Metric(_) | Column::Value => {
            let numbers = match texts {
                Some(texts) => Some(Box::new(move |row| texts(row).map(str::parse)) as Cells<'a, Number>),
                None => cell::numbers(array),
            };
            let expected = "a column of integers, floats, decimals or decimal text";
            Content::Number(column, numbers.ok_or_else(|| wrong(expected))?)
        }
        Column::Scope | Column::Category => {
            let whole = match texts {
                Some(texts) => {
                    Some(Box::new(move |row| texts(row).map(Cow::from)) as Cells<'a, Cow<'a, str>>)
                }
                None => cell::numbers(array).map(|numbers| -> Cells<'a, Cow<'a, str>> {
                    Box::new(move |row| numbers(row).map(|number| written(number).into()))
                }),
            };
            Content::Whole(column, whole.ok_or_else(|| wrong("a column of whole numbers or their text"))?)
        }
        Column::Timestamp => {
            let instants = match texts {
                Some(texts) => {
                    Some(Box::new(move |row| texts(row).map(|text| Instant::parse_bytes(text.as_bytes())))
                        as Cells<'a, _>)
                }
                None => cell::instants(array),
            };
            Content::Time(instants.ok_or_else(|| wrong("a column of timestamps or RFC 3339 text"))?)
        }
        _ => {
            let expected = "a column of strings or of a dictionary of strings";
            Content::Text(column, texts.ok_or_else(|| wrong(expected))?)
        }
    })
}

fn map<'a>(name: &str, column: &'a dyn Array) -> Result<Content<'a>, TelemetryError> {
    let map = column.as_map();
    let names = cell::texts(map.keys()).ok_or_else(|| wrong_type(name, "a map with names of strings"))?;
    let (offsets, nulls) = (map.value_offsets(), map.nulls());
    Ok(if name == "tags" {
        let values = cell::texts(map.values());
        let values = values.ok_or_else(|| wrong_type(name, "a map from strings to strings"))?;
        Content::Tags(Entries { offsets, nulls, names, values })
    } else {
        let values = cell::numbers(map.values());
        let values = values.ok_or_else(|| wrong_type(name, "a map from strings to numbers"))?;
        Content::Metrics(Entries { offsets, nulls, names, values })
    })
}

/// The text of a number, for what reads text.
fn written(number: Number) -> String {
    match number {
        Ok(number) => number.to_string(),
        Err(
            DecimalError::Syntax { text }
            | DecimalError::Comma { text }
            | DecimalError::NotFinite { text }
            | DecimalError::TooPrecise { text }
            | DecimalError::OutOfRange { text },
        ) => text,
    }
}

/// Finds the cells of a row.
fn row<'f, 'a: 'f>(fields: &'f [Field<'a>], at: usize) -> Result<Row<'f>, TelemetryError> {
    let mut row = Row::default();
    for field in fields.iter().filter(|field| field.outer.is_none_or(|outer| outer.is_valid(at))) {
        match &field.content {
            Content::Text(column, cells) => {
                let Some(text) = cells(at) else { continue };
                match column {
                    Column::Source => row.source = Some(text),
                    Column::External => row.external = Some(text),
                    Column::Vertical => row.vertical = Some(text),
                    Column::Activity => row.activity = Some(text),
                    Column::Unit => row.unit = Some(text),
                    Column::Corrects => row.corrects = Some(text),
                    Column::Void => row.void = Some(text),
                    Column::Tag(name) => tag(&mut row, name, text)?,
                    _ => {}
                }
            }
            Content::Number(column, cells) => {
                let Some(number) = cells(at) else { continue };
                match column {
                    Column::Metric(name) => row.metrics.push((name, number)),
                    _ => row.value = Some(number),
                }
            }
            Content::Whole(Column::Scope, cells) => row.scope = cells(at),
            Content::Whole(_, cells) => row.category = cells(at),
            Content::Time(cells) => row.timestamp = cells(at),
            Content::Tags(entries) => {
                for (name, text) in entries.of(at) {
                    tag(&mut row, name, text)?;
                }
            }
            Content::Metrics(entries) => {
                for (name, number) in entries.of(at) {
                    row.metrics.push((name, number));
                }
            }
        }
    }
    Ok(row)
}

/// Adds a tag; a map may hold a name twice, or one that has a column too.
fn tag(row: &mut Row<'_>, name: &str, text: &str) -> Result<(), TelemetryError> {
    if row.tags.iter().any(|(other, _)| **other == *name) {
        let field = format!("tags.{}", name.chars().take(64).collect::<String>());
        return Err(TelemetryError::Tag { field, reason: "comes twice" });
    }
    row.tags.push((name.into(), text.into()));
    Ok(())
}

/// Refuses an event that would be longer than one may be, if it were sent as JSON.
fn check_length(table: &RecordBatch, at: usize, row: &Row<'_>) -> Result<(), TelemetryError> {
    let ids = [row.source, row.external, row.activity, row.unit];
    let texts = ids.iter().flatten().map(|text| text.len()).sum::<usize>()
        + row.tags.iter().map(|(name, text)| name.len() + text.len()).sum::<usize>()
        + row.metrics.iter().map(|(name, _)| name.len()).sum::<usize>();
    if texts < SURELY_SHORT {
        return Ok(());
    }
    let bytes = raw::row(table, at).len();
    if bytes > MAX_EVENT_BYTES {
        return Err(JsonError::TooLong { bytes, max: MAX_EVENT_BYTES }.into());
    }
    Ok(())
}
