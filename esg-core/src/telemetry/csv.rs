//! Events from a table: a header row says what each column is, every further row is an event.
//!
//! `source_id`, `external_event_id`, `vertical`, `timestamp`, the metrics of all verticals (`energy_kwh`), tags as
//! `tags.region` and the tags that the engine reads (`region`) are known by their names; other headers need a mapping.
//! A row can also carry one measurement as `activity`, `value`, `unit`, `scope`, `category`. An empty cell is missing
//! and not 0. A decimal comma is refused: `1,250` is a thousand to one reader and one and a quarter to another.

use std::collections::{HashMap, HashSet};

use crate::decimal::Decimal;
use crate::json::JsonError;
use crate::telemetry::table::{self, Column, Row, column, constant};
use crate::telemetry::{
    Draft, Intake, MAX_EVENT_BYTES, MAX_EVENTS, Options, Received, TelemetryError, nearest,
};
use crate::time::Instant;

pub use crate::telemetry::table::MAX_COLUMNS;

/// How a table is laid out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    /// What stands between two cells: `,` unless said otherwise.
    pub delimiter: u8,
    /// Header to field: `source_id`, `metrics.energy_kwh`, `tags.region`; an empty field leaves the column out.
    pub mapping: HashMap<String, String>,
    /// Field to a value that every row has, such as `vertical` where the table has no such column.
    pub constants: HashMap<String, String>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { delimiter: b',', mapping: HashMap::new(), constants: HashMap::new() }
    }
}

/// Returns the rows of a table with their line numbers and the bytes they were read from (RFC 4180; line ends are
/// CRLF, LF or CR, empty lines are skipped, a byte order mark before the first cell is skipped).
pub fn rows(bytes: &[u8], delimiter: u8) -> impl Iterator<Item = (u64, Vec<Vec<u8>>, &[u8])> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    std::iter::from_fn(move || {
        // The rows are of any length and the bytes are in memory, so nothing can fail; an error would end the table.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            return None;
        }
        let start = record.position().map_or(0, |p| p.byte() as usize);
        let raw = &bytes[start.min(bytes.len())..(reader.position().byte() as usize).min(bytes.len())];
        let skipped = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let lines = raw[..skipped].iter().filter(|&&b| b == b'\n').count() as u64;
        let line = record.position().map_or(0, csv::Position::line) + lines;
        let cells = record.iter().map(<[u8]>::to_vec).collect();
        Some((line, cells, raw[skipped..].trim_ascii_end()))
    })
}

/// Reads a table of events.
///
/// # Errors
/// `Header` when a column is unknown or comes twice, `Missing` when a needed column is not there, `Limit` above
/// [`MAX_EVENTS`] or [`MAX_COLUMNS`]: then no row is read.
///
/// # Examples
/// ```
/// # use esg_core::telemetry::{Options, csv::{Layout, read}};
/// let table = "source_id,external_event_id,vertical,timestamp,fuel_liters,fuel
/// truck-7,t1,logistics_fleet,2024-03-15T14:30:00Z,42.10,diesel
/// truck-7,t2,logistics_fleet,2024-03-16T14:30:00Z,\"42,10\",diesel
/// ";
/// let received = read(table.as_bytes(), &Layout::default(), Options::default())?;
/// assert_eq!(received.batch.value[0].to_string(), "42.1");
/// assert_eq!((received.rejected[0].line, received.rejected[0].code), (3, "decimal.comma"));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn read(bytes: &[u8], layout: &Layout, options: Options<'_>) -> Result<Received, TelemetryError> {
    let mut intake = Intake::new(options);
    let mut rows = rows(bytes, layout.delimiter);
    let Some((_, header, _)) = rows.next() else {
        return Err(TelemetryError::Missing { field: "the header row".into(), needed_by: String::new() });
    };
    let width = header.len();
    let (columns, constants) = columns(&header, layout)?;
    for (count, (line, mut cells, raw)) in rows.enumerate() {
        if count == MAX_EVENTS {
            return Err(TelemetryError::Limit { what: "events in one batch", max: MAX_EVENTS });
        }
        let mut draft = intake.begin();
        let found = cells.len();
        let read = if raw.len() > MAX_EVENT_BYTES {
            Err(JsonError::TooLong { bytes: raw.len(), max: MAX_EVENT_BYTES }.into())
        } else if found == width {
            cells.extend(constants.iter().map(|c| c.as_bytes().to_vec()));
            intake.cells(&mut draft, line, &columns, &cells)
        } else {
            Err(TelemetryError::Ragged { found, expected: width })
        };
        if let Err(error) = read {
            intake.reject(&draft, line, &error, raw);
        }
    }
    Ok(intake.received)
}

/// Returns what each column is, then the constant ones with their values.
fn columns<'l>(
    header: &[Vec<u8>],
    layout: &'l Layout,
) -> Result<(Vec<Column>, Vec<&'l str>), TelemetryError> {
    let wrong = |name: &str, reason, nearest| {
        Err(TelemetryError::Header { name: name.chars().take(64).collect(), reason, nearest })
    };
    table::check_width(header.len())?;
    let mut named = Vec::new();
    let mut names_seen = HashSet::new();
    for cell in header {
        let Ok(name) = std::str::from_utf8(cell) else {
            return wrong(&String::from_utf8_lossy(cell), "is not UTF-8", Vec::new());
        };
        if header.len() == 1 && layout.delimiter == b',' && name.contains(';') {
            return wrong(
                name,
                "has semicolons: the table's delimiter is ';' and was not said to be",
                Vec::new(),
            );
        }
        if !names_seen.insert(name) {
            return wrong(name, "comes twice", Vec::new());
        }
        let mapped = layout.mapping.get(name).map(String::as_str);
        named.push((name, column(name, mapped)?));
    }
    let mut absent: Vec<_> = layout.mapping.keys().filter(|k| !names_seen.contains(k.as_str())).collect();
    absent.sort_unstable();
    if let Some(name) = absent.first() {
        return wrong(
            name,
            "has a mapping and is not in the table",
            nearest(name, names_seen.iter().copied()),
        );
    }
    let mut fields: Vec<_> = layout.constants.iter().collect();
    fields.sort_unstable();
    let mut constants = Vec::new();
    for (field, value) in fields {
        named.push((field, constant(field)?));
        constants.push(value.as_str());
    }
    table::check_columns(&named)?;
    Ok((named.into_iter().map(|(_, column)| column).collect(), constants))
}

impl Intake<'_> {
    fn cells(
        &mut self,
        draft: &mut Draft,
        line: u64,
        columns: &[Column],
        cells: &[Vec<u8>],
    ) -> Result<(), TelemetryError> {
        let mut row = Row::default();
        for (column, cell) in columns.iter().zip(cells) {
            let cell = std::str::from_utf8(cell).map_err(|e| JsonError::Utf8 { at: e.valid_up_to() })?;
            if cell.is_empty() {
                continue;
            }
            let number = || Decimal::parse_bytes(cell.as_bytes());
            match column {
                Column::Source => row.source = Some(cell),
                Column::External => row.external = Some(cell),
                Column::Vertical => row.vertical = Some(cell),
                Column::Timestamp => row.timestamp = Some(Instant::parse_bytes(cell.as_bytes())),
                Column::Activity => row.activity = Some(cell),
                Column::Value => row.value = Some(number()),
                Column::Unit => row.unit = Some(cell),
                Column::Scope => row.scope = Some(cell.into()),
                Column::Category => row.category = Some(cell.into()),
                Column::Corrects => row.corrects = Some(cell),
                Column::Void => row.void = Some(cell),
                Column::Tag(name) => row.tags.push((name.as_str().into(), cell.into())),
                Column::Metric(name) => row.metrics.push((name, number())),
                Column::LeftOut => {}
            }
        }
        self.row(draft, line, row)
    }
}
