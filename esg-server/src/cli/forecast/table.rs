//! A table of periods and values from CSV or JSON. A cell is a number or empty; nothing else is guessed at.

use esg_core::Decimal;
use esg_core::simulate::forecast::Slot;
use serde_json::{Map, Value};

use crate::cli::failure::Failure;

/// Periods and the columns of their values.
#[derive(Debug)]
pub struct Table {
    slots: Vec<Slot>,
    names: Vec<String>,
    /// `cells[row][column]`, as they came.
    cells: Vec<Vec<String>>,
    /// What a row is called in a message.
    row: &'static str,
    /// Number of the first row.
    first: usize,
}

/// The column that holds the periods when none is named.
const PERIOD: &str = "period";

fn wrong(message: impl std::fmt::Display) -> Failure {
    Failure::usage("cli.document", message)
}

impl Table {
    /// Reads JSON where the text begins as an array or object, else CSV.
    pub fn read(bytes: &[u8], period: Option<&str>) -> Result<Self, Failure> {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8 text"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let begin = text.trim_start();
        if begin.starts_with(['[', '{']) { from_json(text, period) } else { from_csv(text, period) }
    }

    /// Names of the columns of values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Periods, row by row.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Returns a column of numbers; none for an empty cell.
    pub fn column(&self, name: &str) -> Result<Vec<Option<f64>>, Failure> {
        let known = || self.names.join(", ");
        let at = self.names.iter().position(|n| n == name);
        let at = at.ok_or_else(|| wrong(format!("no column {name:?}; there are {}", known())))?;
        let cell = |(row, cells): (usize, &Vec<String>)| {
            let text = cells[at].trim();
            if text.is_empty() {
                return Ok(None);
            }
            let place = || format!("{} {}, {name}", self.row, row + self.first);
            text.parse::<Decimal>().map_err(|error| Failure::from(error).at(place()))?;
            text.parse::<f64>().map(Some).map_err(|error| wrong(format!("{}: {error}", place())))
        };
        self.cells.iter().enumerate().map(cell).collect()
    }

    fn new(
        names: Vec<String>,
        rows: Vec<Vec<String>>,
        period: Option<&str>,
        (row, first): (&'static str, usize),
    ) -> Result<Self, Failure> {
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(wrong(format!("two columns are called {name:?}")));
            }
        }
        let wanted = period.unwrap_or(PERIOD);
        let at = match names.iter().position(|name| name == wanted) {
            Some(at) => at,
            None if period.is_none() && !names.is_empty() && row == "line" => 0,
            None => {
                return Err(wrong(format!(
                    "no column {wanted:?} for the periods; there are {}",
                    names.join(", ")
                )));
            }
        };
        let mut table = Self { slots: Vec::new(), names, cells: Vec::new(), row, first };
        for (number, mut cells) in rows.into_iter().enumerate() {
            let period = cells.remove(at);
            let slot = period.trim().parse::<Slot>();
            let place = || format!("{row} {}", number + first);
            table.slots.push(slot.map_err(|error| Failure::from(error).at(place()))?);
            table.cells.push(cells);
        }
        table.names.remove(at);
        Ok(table)
    }
}

fn from_csv(text: &str, period: Option<&str>) -> Result<Table, Failure> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(|cell| cell.trim().to_owned()).collect();
    let names: Vec<String> = cells(reader.headers().map_err(wrong)?);
    let rows = reader.records().map(|record| record.map(|r| cells(&r)).map_err(wrong));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Table::new(names, rows, period, ("line", 2))
}

fn from_json(text: &str, period: Option<&str>) -> Result<Table, Failure> {
    esg_core::canonical::from_slice(text.as_bytes())?;
    let objects: Vec<Map<String, Value>> = serde_json::from_str(text)
        .map_err(|error| wrong(format!("an array of objects with a period is needed: {error}")))?;
    let mut names: Vec<String> = objects.iter().flat_map(|row| row.keys().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    let cell = |row: usize, value: Option<&Value>| match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(other) => Err(wrong(format!("row {row}: {other} is no number and no period"))),
    };
    let mut rows = Vec::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        rows.push(names.iter().map(|name| cell(at + 1, object.get(name))).collect::<Result<_, _>>()?);
    }
    Table::new(names, rows, period, ("row", 1))
}
