//! One cell at a time, whatever form its column has: text, number, instant.
//!
//! The form is found once for a column. What comes back is a function from the row to the cell, none for null.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::decimal::{Decimal, DecimalError};
use crate::time::{Instant, TimeError};

/// The cells of a column by row; none for null.
pub(super) type Cells<'a, T> = Box<dyn Fn(usize) -> Option<T> + 'a>;
/// A cell that should be a number.
pub(super) type Number = Result<Decimal, DecimalError>;

/// The cells of a column of strings or of a dictionary of strings.
pub(super) fn texts<'a>(column: &'a dyn Array) -> Option<Cells<'a, &'a str>> {
    Some(match column.data_type() {
        DataType::Null => Box::new(|_| None),
        DataType::Utf8 => {
            let column = column.as_string::<i32>();
            Box::new(|row| column.is_valid(row).then(|| column.value(row)))
        }
        DataType::LargeUtf8 => {
            let column = column.as_string::<i64>();
            Box::new(|row| column.is_valid(row).then(|| column.value(row)))
        }
        DataType::Utf8View => {
            let column = column.as_string_view();
            Box::new(|row| column.is_valid(row).then(|| column.value(row)))
        }
        DataType::Dictionary(key, _) => match **key {
            DataType::Int8 => coded::<Int8Type>(column)?,
            DataType::Int16 => coded::<Int16Type>(column)?,
            DataType::Int32 => coded::<Int32Type>(column)?,
            DataType::Int64 => coded::<Int64Type>(column)?,
            DataType::UInt8 => coded::<UInt8Type>(column)?,
            DataType::UInt16 => coded::<UInt16Type>(column)?,
            DataType::UInt32 => coded::<UInt32Type>(column)?,
            DataType::UInt64 => coded::<UInt64Type>(column)?,
            _ => return None,
        },
        _ => return None,
    })
}

fn coded<'a, K: ArrowDictionaryKeyType>(column: &'a dyn Array) -> Option<Cells<'a, &'a str>> {
    let column = column.as_dictionary::<K>();
    let (keys, words) = (column.keys(), texts(column.values())?);
    Some(Box::new(move |row| keys.is_valid(row).then(|| words(keys.value(row).as_usize())).flatten()))
}

/// The cells of a column of integers, floats, decimals or decimal text.
pub(super) fn numbers<'a>(column: &'a dyn Array) -> Option<Cells<'a, Number>> {
    Some(match column.data_type() {
        DataType::Float64 => each::<Float64Type>(column, Decimal::from_f64),
        // The shortest decimal of the float itself, not of the double that it widens to.
        DataType::Float32 => each::<Float32Type>(column, |v| v.to_string().parse()),
        DataType::Int64 => each::<Int64Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::Int32 => each::<Int32Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::Int16 => each::<Int16Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::Int8 => each::<Int8Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::UInt64 => each::<UInt64Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::UInt32 => each::<UInt32Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::UInt16 => each::<UInt16Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::UInt8 => each::<UInt8Type>(column, |v| Decimal::new(v.into(), 0)),
        DataType::Decimal32(_, scale) => {
            let scale = *scale;
            each::<Decimal32Type>(column, move |v| scaled(v.into(), scale))
        }
        DataType::Decimal64(_, scale) => {
            let scale = *scale;
            each::<Decimal64Type>(column, move |v| scaled(v.into(), scale))
        }
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            each::<Decimal128Type>(column, move |v| scaled(v, scale))
        }
        DataType::Decimal256(_, scale) => {
            let scale = -i32::from(*scale);
            each::<Decimal256Type>(column, move |v| format!("{v}e{scale}").parse())
        }
        _ => {
            let texts = texts(column)?;
            Box::new(move |row| texts(row).map(str::parse))
        }
    })
}

fn each<'a, T: ArrowPrimitiveType>(
    column: &'a dyn Array,
    read: impl Fn(T::Native) -> Number + 'a,
) -> Cells<'a, Number> {
    let column: &PrimitiveArray<T> = column.as_primitive();
    Box::new(move |row| column.is_valid(row).then(|| read(column.value(row))))
}

fn scaled(value: i128, scale: i8) -> Number {
    match u32::try_from(scale) {
        Ok(scale) => Decimal::new(value, scale),
        // A negative scale counts zeros before the point.
        Err(_) => format!("{value}e{}", -i32::from(scale)).parse(),
    }
}

/// Seconds since 1970 and nanoseconds of the second, of a column of timestamps.
pub(super) fn moments<'a>(column: &'a dyn Array) -> Option<Cells<'a, (i64, u32)>> {
    let DataType::Timestamp(unit, _) = column.data_type() else { return None };
    Some(match unit {
        TimeUnit::Second => counted::<TimestampSecondType>(column, 1),
        TimeUnit::Millisecond => counted::<TimestampMillisecondType>(column, 1000),
        TimeUnit::Microsecond => counted::<TimestampMicrosecondType>(column, 1_000_000),
        TimeUnit::Nanosecond => counted::<TimestampNanosecondType>(column, 1_000_000_000),
    })
}

fn counted<'a, T: ArrowPrimitiveType<Native = i64>>(
    column: &'a dyn Array,
    per_second: i64,
) -> Cells<'a, (i64, u32)> {
    let column: &PrimitiveArray<T> = column.as_primitive();
    Box::new(move |row| {
        let value = column.is_valid(row).then(|| column.value(row))?;
        let nanoseconds = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
        Some((value.div_euclid(per_second), nanoseconds as u32))
    })
}

/// The cells of a column of timestamps or of RFC 3339 text. Below the millisecond digits are cut, as they are in text.
pub(super) fn instants<'a>(column: &'a dyn Array) -> Option<Cells<'a, Result<Instant, TimeError>>> {
    if let Some(moments) = moments(column) {
        let instant = |(seconds, nanoseconds): (i64, u32)| {
            let ms = seconds.saturating_mul(1000).saturating_add((nanoseconds / 1_000_000).into());
            Instant::from_epoch_ms(ms)
        };
        return Some(Box::new(move |row| moments(row).map(instant)));
    }
    let texts = texts(column)?;
    Some(Box::new(move |row| texts(row).map(|text| Instant::parse_bytes(text.as_bytes()))))
}
