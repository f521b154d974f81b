//! A row as text, for its sender: what was refused must be seen as it came.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::cell;
use crate::time::Instant;

/// Returns a row as a JSON object without its nulls. Floats that JSON does not have are written as `NaN` and `inf`,
/// and an instant outside of the years 0000 to 9999 as its seconds since 1970.
pub(super) fn row(table: &RecordBatch, row: usize) -> String {
    let mut out = String::new();
    let schema = table.schema_ref();
    let columns = schema.fields().iter().zip(table.columns());
    object(&mut out, columns.map(|(field, column)| (field.name().as_str(), &**column, row)));
    out
}

fn object<'a>(out: &mut String, members: impl Iterator<Item = (&'a str, &'a dyn Array, usize)>) {
    out.push('{');
    let start = out.len();
    for (name, column, row) in members {
        let before = out.len();
        if before > start {
            out.push(',');
        }
        string(out, name);
        out.push(':');
        if !value(out, column, row) {
            out.truncate(before);
        }
    }
    out.push('}');
}

/// Adds a value; false, and nothing of use added, when it is null.
fn value(out: &mut String, column: &dyn Array, row: usize) -> bool {
    if column.is_null(row) {
        return false;
    }
    if let Some(texts) = cell::texts(column) {
        let text = texts(row);
        text.inspect(|text| string(out, text));
        return text.is_some();
    }
    match column.data_type() {
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(column.as_struct().columns());
            object(out, columns.map(|(field, column)| (field.name().as_str(), &**column, row)));
        }
        DataType::Map(..) => {
            let map = column.as_map();
            let names = cell::texts(map.keys());
            let entries = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
            let name = |entry: usize| names.as_ref().and_then(|names| names(entry)).unwrap_or_default();
            object(out, entries.map(|entry| (name(entry), &**map.values(), entry)));
        }
        DataType::Timestamp(..) => {
            let moment = cell::moments(column).and_then(|moments| moments(row));
            let (seconds, nanoseconds) = moment.unwrap_or_default();
            let fraction = format!(".{nanoseconds:09}");
            let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
            match Instant::from_epoch_ms(seconds.saturating_mul(1000)) {
                Ok(second) => {
                    let second = second.to_string();
                    string(out, &format!("{}{fraction}Z", second.trim_end_matches('Z')));
                }
                Err(_) => string(out, &format!("{seconds} s and {nanoseconds} ns since 1970")),
            }
        }
        _ => {
            let options = FormatOptions::default();
            let Ok(numbers) = ArrayFormatter::try_new(column, &options) else { return false };
            return numbers.value(row).write(out).is_ok();
        }
    }
    true
}

fn string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
