//! Tables of results as documents, for callers without a library for Arrow.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, UInt32Type, UInt64Type};
use serde_json::{Map, Value, json};

use crate::amount::Amount;
use crate::time::Day;

/// Returns the rows of a table of results as objects: amounts are exact text, days are ISO 8601.
///
/// # Panics
/// For a table that this crate has not made.
pub fn rows_document(table: &RecordBatch) -> Value {
    let schema = table.schema();
    let row = |row: usize| -> Value {
        let cells = schema.fields().iter().zip(table.columns());
        cells.map(|(field, column)| (field.name().clone(), cell(column, row))).collect::<Map<_, _>>().into()
    };
    (0..table.num_rows()).map(row).collect()
}

fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Dictionary(..) => {
            let words = column.as_dictionary::<Int32Type>();
            let key = words.key(row).expect("it is not null");
            words.values().as_string::<i32>().value(key).into()
        }
        DataType::Decimal128(..) => {
            let amount = Amount::from_pg(column.as_primitive::<Decimal128Type>().value(row));
            json!(amount.expect("it was an amount").to_string())
        }
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).into(),
        DataType::Date32 => {
            let day = Day::from_epoch_days(column.as_primitive::<Date32Type>().value(row));
            json!(day.expect("it was a day").to_string())
        }
        other => unreachable!("tables of results have no column of {other}"),
    }
}
