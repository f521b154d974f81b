//! Columns: words, quantities and days out of the many forms that Arrow has for them.

use arrow::array::{Array, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Date32Type, Date64Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::{Column, NO_DAY, cell};
use crate::activity::{Dictionary, NONE, Quantities};
use crate::decimal::Decimal;
use crate::shortest::FloatWords;
use crate::telemetry::TelemetryError;
use crate::time::{Day, Instant, TimeError};

pub(super) fn wrong_type(field: &str, expected: &'static str) -> TelemetryError {
    TelemetryError::Type { field: field.to_owned(), expected, found: "of another type" }
}

/// The codes of a column of words, [`NONE`] for null.
pub(super) fn words(
    field: &str,
    column: &dyn Array,
    dictionary: &mut Dictionary,
) -> Result<Vec<u32>, TelemetryError> {
    let expected = "a column of strings or of a dictionary of strings";
    match column.data_type() {
        DataType::Null => Ok(vec![NONE; column.len()]),
        DataType::Dictionary(key, _) => match **key {
            DataType::Int8 => coded::<Int8Type>(field, column, dictionary),
            DataType::Int16 => coded::<Int16Type>(field, column, dictionary),
            DataType::Int32 => coded::<Int32Type>(field, column, dictionary),
            DataType::Int64 => coded::<Int64Type>(field, column, dictionary),
            DataType::UInt8 => coded::<UInt8Type>(field, column, dictionary),
            DataType::UInt16 => coded::<UInt16Type>(field, column, dictionary),
            DataType::UInt32 => coded::<UInt32Type>(field, column, dictionary),
            DataType::UInt64 => coded::<UInt64Type>(field, column, dictionary),
            _ => Err(wrong_type(field, expected)),
        },
        _ => {
            let texts = texts(column).ok_or_else(|| wrong_type(field, expected))?;
            Ok(texts.map(|text| text.map_or(NONE, |t| dictionary.code(t))).collect())
        }
    }
}

/// Any column of plain strings.
pub(super) fn texts(column: &dyn Array) -> Option<Box<dyn Iterator<Item = Option<&str>> + '_>> {
    match column.data_type() {
        DataType::Utf8 => Some(Box::new(column.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Some(Box::new(column.as_string::<i64>().iter())),
        DataType::Utf8View => Some(Box::new(column.as_string_view().iter())),
        _ => None,
    }
}

fn coded<K: ArrowDictionaryKeyType>(
    field: &str,
    column: &dyn Array,
    dictionary: &mut Dictionary,
) -> Result<Vec<u32>, TelemetryError> {
    let column = column.as_dictionary::<K>();
    let values = column.values();
    let texts = texts(values).ok_or_else(|| wrong_type(field, "a dictionary of strings"))?;
    let codes: Vec<u32> = texts.map(|text| text.map_or(NONE, |t| dictionary.code(t))).collect();
    let code = |key: K::Native| codes.get(key.as_usize()).copied().unwrap_or(NONE);
    let keys = column.keys();
    if keys.null_count() == 0 {
        return Ok(keys.values().iter().map(|&key| code(key)).collect());
    }
    Ok(keys.iter().map(|key| key.map_or(NONE, code)).collect())
}

/// The quantities of a column: whole numbers of one scale where that holds them, decimals where not.
pub(super) fn quantities(field: &str, column: &dyn Array) -> Result<Column<Quantities>, TelemetryError> {
    if let DataType::Float64 = column.data_type()
        && column.null_count() == 0
    {
        let (mut mantissas, mut scales) = (Vec::new(), Vec::new());
        let values = column.as_primitive::<Float64Type>().values();
        if FloatWords::default().read(values, &mut mantissas, &mut scales) {
            return Ok(Column { values: Quantities::Words { mantissas, scales }, faults: Vec::new() });
        }
    }
    let expected = "a column of integers, floats, decimals or decimal text";
    let numbers = cell::numbers(column).ok_or_else(|| wrong_type(field, expected))?;
    Ok(decimals(field, column.len(), numbers))
}

/// Reads row by row, with the reason where there is no quantity that can be used.
fn decimals(field: &str, rows: usize, read: cell::Cells<'_, cell::Number>) -> Column<Quantities> {
    let mut values = Vec::with_capacity(rows);
    let mut faults = Vec::new();
    for row in 0..rows {
        let fault = match read(row) {
            Some(Ok(value)) if !value.is_negative() => {
                values.push(value);
                continue;
            }
            Some(Ok(value)) => TelemetryError::Range { field: field.to_owned(), value, allowed: "0 or more" },
            Some(Err(source)) => TelemetryError::Number { field: field.to_owned(), source },
            None => TelemetryError::Missing { field: field.to_owned(), needed_by: "every row".into() },
        };
        faults.push((row, fault));
        values.push(Decimal::ZERO);
    }
    Column { values: Quantities::Decimals(values), faults }
}

/// The UTC days of a column.
pub(super) fn days(field: &str, column: &dyn Array) -> Result<Column<Vec<Day>>, TelemetryError> {
    const MS: i64 = 86_400_000;
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => Ok(counted::<TimestampSecondType>(column, 86_400)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => Ok(counted::<TimestampMillisecondType>(column, MS)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Ok(counted::<TimestampMicrosecondType>(column, MS * 1000))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Ok(counted::<TimestampNanosecondType>(column, MS * 1_000_000))
        }
        DataType::Date64 => Ok(counted::<Date64Type>(column, MS)),
        DataType::Date32 => Ok(counted::<Date32Type>(column, 1)),
        _ => {
            let expected = "a column of timestamps, days or RFC 3339 text";
            let texts = cell::texts(column).ok_or_else(|| wrong_type(field, expected))?;
            let mut days = Column { values: Vec::with_capacity(column.len()), faults: Vec::new() };
            for row in 0..column.len() {
                let day = texts(row).map(|t| {
                    t.parse::<Instant>().map(Instant::day).or_else(|e| t.parse::<Day>().map_err(|_| e))
                });
                days.push(row, day);
            }
            Ok(days)
        }
    }
}

impl Column<Vec<Day>> {
    fn push(&mut self, row: usize, day: Option<Result<Day, TimeError>>) {
        let fault = match day {
            Some(Ok(day)) => return self.values.push(day),
            Some(Err(error)) => TelemetryError::Time(error),
            None => TelemetryError::Missing { field: "timestamp".into(), needed_by: "every row".into() },
        };
        self.faults.push((row, fault));
        self.values.push(NO_DAY);
    }
}

/// Days of a column that counts from 1970, so many of its units a day.
fn counted<T: ArrowPrimitiveType>(column: &dyn Array, per_day: i64) -> Column<Vec<Day>>
where
    i64: From<T::Native>,
{
    let values = column.as_primitive::<T>();
    let day = |value: T::Native| {
        let days = i64::from(value).div_euclid(per_day);
        Day::from_epoch_days(i32::try_from(days).unwrap_or(i32::MAX))
    };
    let mut days = Column { values: Vec::with_capacity(values.len()), faults: Vec::new() };
    if values.null_count() == 0 {
        for (row, &value) in values.values().iter().enumerate() {
            match day(value) {
                Ok(day) => days.values.push(day),
                Err(error) => days.push(row, Some(Err(error))),
            }
        }
    } else {
        for (row, value) in values.iter().enumerate() {
            days.push(row, value.map(day));
        }
    }
    days
}
