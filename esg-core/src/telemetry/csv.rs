//! Events from a table: a header row says what each column is, every further row is an event.
//!
//! `source_id`, `external_event_id`, `vertical`, `timestamp`, the metrics of all verticals (`energy_kwh`), tags as
//! `tags.region` and the tags that the engine reads (`region`) are known by their names; other headers need a mapping.
//! A row can also carry one measurement as `activity`, `value`, `unit`, `scope`, `category`. An empty cell is missing
//! and not 0. A decimal comma is refused: `1,250` is a thousand to one reader and one and a quarter to another.

use std::collections::{HashMap, HashSet};

use crate::activity::Tags;
use crate::json::JsonError;
use crate::telemetry::event::scope_and_category;
use crate::telemetry::intake::{KNOWN_TAGS, Stated};
use crate::telemetry::metric::{find, names};
use crate::telemetry::{
    Draft, Intake, MAX_EVENT_BYTES, MAX_EVENTS, Options, Received, TelemetryError, Vertical, nearest,
};
use crate::time::Instant;

/// Most columns of a table.
pub const MAX_COLUMNS: usize = 256;

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

/// What a column holds.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Column {
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
    LeftOut,
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
            intake.row(&mut draft, line, &columns, &cells)
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
    if header.len() > MAX_COLUMNS {
        return Err(TelemetryError::Limit { what: "columns", max: MAX_COLUMNS });
    }
    let wrong = |name: &str, reason, nearest| {
        Err(TelemetryError::Header { name: name.chars().take(64).collect(), reason, nearest })
    };
    let mut columns = Vec::new();
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
        match column(mapped.unwrap_or(name), mapped.is_some()) {
            Some(column) => columns.push(column),
            None => {
                return wrong(
                    name,
                    "is no known field and has no mapping",
                    suggestions(mapped.unwrap_or(name)),
                );
            }
        }
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
        match column(field, false) {
            Some(column) => columns.push(column),
            None => return wrong(field, "is no known field", suggestions(field)),
        }
        constants.push(value.as_str());
    }
    let mut seen = HashSet::new();
    for (i, column) in columns.iter().enumerate().filter(|(_, c)| **c != Column::LeftOut) {
        if !seen.insert(column) {
            let name = header.get(i).map(|c| String::from_utf8_lossy(c).into_owned()).unwrap_or_default();
            return wrong(&name, "means the same as another column or constant", Vec::new());
        }
    }
    let needed = [
        (Column::Source, "source_id"),
        (Column::External, "external_event_id"),
        (Column::Vertical, "vertical"),
        (Column::Timestamp, "timestamp"),
    ];
    match needed.iter().find(|(column, _)| !columns.contains(column)) {
        Some((_, name)) => Err(TelemetryError::Missing {
            field: format!("the column {name}"),
            needed_by: "every event".into(),
        }),
        None => Ok((columns, constants)),
    }
}

fn column(field: &str, mapped: bool) -> Option<Column> {
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
    let fields = ["source_id", "external_event_id", "vertical", "timestamp", "activity", "value", "unit"];
    let metrics: Vec<String> = Vertical::ALL.into_iter().flat_map(names).collect();
    let bare = field.strip_prefix("metrics.").unwrap_or(field);
    nearest(bare, fields.into_iter().chain(KNOWN_TAGS).chain(metrics.iter().map(String::as_str)))
}

/// The cells of a row by what they are; an empty cell is none.
#[derive(Default)]
struct Cells<'c> {
    source: Option<&'c str>,
    external: Option<&'c str>,
    vertical: Option<&'c str>,
    timestamp: Option<&'c str>,
    activity: Option<&'c str>,
    value: Option<&'c str>,
    unit: Option<&'c str>,
    scope: Option<&'c str>,
    category: Option<&'c str>,
}

impl Intake<'_> {
    fn row(
        &mut self,
        draft: &mut Draft,
        line: u64,
        columns: &[Column],
        cells: &[Vec<u8>],
    ) -> Result<(), TelemetryError> {
        let mut row = Cells::default();
        let mut tags = Tags::new();
        let mut metrics = Vec::new();
        for (column, cell) in columns.iter().zip(cells) {
            let cell = std::str::from_utf8(cell).map_err(|e| JsonError::Utf8 { at: e.valid_up_to() })?;
            if cell.is_empty() {
                continue;
            }
            match column {
                Column::Source => row.source = Some(cell),
                Column::External => row.external = Some(cell),
                Column::Vertical => row.vertical = Some(cell),
                Column::Timestamp => row.timestamp = Some(cell),
                Column::Activity => row.activity = Some(cell),
                Column::Value => row.value = Some(cell),
                Column::Unit => row.unit = Some(cell),
                Column::Scope => row.scope = Some(cell),
                Column::Category => row.category = Some(cell),
                Column::Tag(name) => tags.push((name.as_str().into(), cell.into())),
                Column::Metric(name) => metrics.push((name, cell)),
                Column::LeftOut => {}
            }
        }
        let need = |cell: Option<_>, field: &str| {
            cell.ok_or_else(|| TelemetryError::Missing { field: field.into(), needed_by: String::new() })
        };
        let (source, external) = (need(row.source, "source_id")?, need(row.external, "external_event_id")?);
        let vertical = Vertical::parse(need(row.vertical, "vertical")?)?;
        let instant = Instant::parse_bytes(need(row.timestamp, "timestamp")?.as_bytes())
            .map_err(TelemetryError::Time)?;
        for (name, cell) in metrics {
            self.measure(draft, vertical, name, Stated::default(), cell.as_bytes())?;
        }
        if let Some(activity) = row.activity {
            let (scope, category) = scope_and_category("scope", row.scope, row.category)?;
            let stated = Stated { unit: Some(need(row.unit, "unit")?), scope, category };
            self.measure(draft, vertical, activity, stated, need(row.value, "value")?.as_bytes())?;
        } else if let Some((field, _)) =
            [("value", row.value), ("unit", row.unit)].iter().find(|c| c.1.is_some())
        {
            return Err(TelemetryError::Missing {
                field: "activity".into(),
                needed_by: format!("the cell {field}"),
            });
        }
        let tags = self.tag_code(tags, None)?;
        let known = self.known_source(source);
        self.accept(draft, line, (source, known, external), vertical, instant, tags)
    }
}
