//! A table of activities read where it lies: nothing is copied and no row is looked at.
//!
//! That works for the usual form of a large table: words in dictionaries, binary floats, timestamps, no null. Any other form,
//! and a piece of this one that has a quantity or a time which cannot be used, goes through [`super::activities`], which
//! says of each row what is wrong with it.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    ArrowDictionaryKeyType, DataType, Float64Type, Int8Type, Int16Type, Int32Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type,
};

use super::{COLUMNS, column, find};
use crate::activity::{Codes, Column, Columns, Days, Numbers, Texts};

/// The columns of a table of activities, where all of them can be read as they lie.
pub(crate) fn columns(table: &RecordBatch) -> Option<Columns<'_>> {
    let column = |at: usize| find(table, COLUMNS[at].1).ok();
    let words = |at: usize| column(at)?.map_or(Some(Column::ABSENT), coded);
    let quantity = column(2)??;
    if *quantity.data_type() != DataType::Float64 || quantity.null_count() > 0 {
        return None;
    }
    Some(Columns {
        activity: coded(column(0)??)?,
        unit: coded(column(1)??)?,
        region: words(4)?,
        site: words(5)?,
        source: words(6)?,
        vertical: words(7)?,
        quantity: Numbers::Floats(quantity.as_primitive::<Float64Type>().values()),
        day: days(column(3)??)?,
        tags: &[],
        tag_sets: &[],
        stated: &[],
        basis: &[],
        event: &[],
    })
}

/// A dictionary of strings without null.
fn coded(column: &dyn Array) -> Option<Column<'_>> {
    let DataType::Dictionary(key, _) = column.data_type() else { return None };
    fn of<'a, K: ArrowDictionaryKeyType>(
        column: &'a dyn Array,
        codes: impl Fn(&'a [K::Native]) -> Codes<'a>,
    ) -> Option<Column<'a>> {
        let column = column.as_dictionary::<K>();
        if column.keys().null_count() > 0 || column.values().null_count() > 0 {
            return None;
        }
        let texts = column::texts(column.values())?.collect::<Option<Vec<_>>>()?;
        Some(Column { codes: codes(column.keys().values()), texts: Texts::Borrowed(texts) })
    }
    match **key {
        DataType::Int8 => of::<Int8Type>(column, Codes::I8),
        DataType::Int16 => of::<Int16Type>(column, Codes::I16),
        DataType::Int32 => of::<Int32Type>(column, Codes::I32),
        DataType::UInt8 => of::<UInt8Type>(column, Codes::U8),
        DataType::UInt16 => of::<UInt16Type>(column, Codes::U16),
        DataType::UInt32 => of::<UInt32Type>(column, Codes::U32),
        _ => None,
    }
}

/// Timestamps without null.
fn days(column: &dyn Array) -> Option<Days<'_>> {
    if column.null_count() > 0 {
        return None;
    }
    let DataType::Timestamp(unit, _) = column.data_type() else { return None };
    const SECONDS: i64 = 86_400;
    Some(match unit {
        TimeUnit::Second => {
            Days::Counted { values: column.as_primitive::<TimestampSecondType>().values(), per_day: SECONDS }
        }
        TimeUnit::Millisecond => Days::Counted {
            values: column.as_primitive::<TimestampMillisecondType>().values(),
            per_day: SECONDS * 1000,
        },
        TimeUnit::Microsecond => Days::Counted {
            values: column.as_primitive::<TimestampMicrosecondType>().values(),
            per_day: SECONDS * 1_000_000,
        },
        TimeUnit::Nanosecond => Days::Counted {
            values: column.as_primitive::<TimestampNanosecondType>().values(),
            per_day: SECONDS * 1_000_000_000,
        },
    })
}
