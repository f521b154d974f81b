//! Columns as they lie with whoever made them, and how they are read a piece at a time.
//!
//! The calculation reads codes, quantities and days. A batch of our own holds them as we like them best; an Arrow table holds
//! them in dictionaries with keys of its own width, in binary floats and in timestamps. Copying ten million rows from one form
//! to the other costs more than calculating them, so both are read where they are, a few thousand rows at a time into
//! buffers that stay near the processor.

use std::ops::Range;
use std::sync::Arc;

use super::{ActivityBatch, Basis, Dictionary, Quantities, Tags};
use crate::decimal::Decimal;
use crate::shortest::FloatWords;
use crate::time::Day;

/// Codes of a column, one for each row. Empty says "not stated" of every row, and so does a code that has no word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Codes<'a> {
    U32(&'a [u32]),
    U16(&'a [u16]),
    U8(&'a [u8]),
    I32(&'a [i32]),
    I16(&'a [i16]),
    I8(&'a [i8]),
}

/// Calls a generic function on the codes, whatever their width.
macro_rules! with_codes {
    ($codes:expr, |$c:ident| $body:expr) => {
        match $codes {
            $crate::activity::Codes::U32($c) => $body,
            $crate::activity::Codes::U16($c) => $body,
            $crate::activity::Codes::U8($c) => $body,
            $crate::activity::Codes::I32($c) => $body,
            $crate::activity::Codes::I16($c) => $body,
            $crate::activity::Codes::I8($c) => $body,
        }
    };
}
pub(crate) use with_codes;

/// A code as an index into the words; one below zero becomes an index that no dictionary has.
pub(crate) trait Code: Copy {
    fn index(self) -> usize;
}

macro_rules! code {
    ($($unsigned:ty)* ; $($signed:ty)*) => {
        $(impl Code for $unsigned { #[inline(always)] fn index(self) -> usize { self as usize } })*
        $(impl Code for $signed { #[inline(always)] fn index(self) -> usize { self as isize as usize } })*
    };
}
code!(u32 u16 u8; i32 i16 i8);

impl Codes<'_> {
    /// True when no row has a code.
    pub fn is_empty(&self) -> bool {
        with_codes!(self, |codes| codes.is_empty())
    }

    /// The index of a row's word, none for a column without codes.
    pub fn index(&self, row: usize) -> Option<usize> {
        with_codes!(self, |codes| codes.get(row).map(|code| code.index()))
    }
}

/// The words that codes stand for.
#[derive(Clone, Debug)]
pub(crate) enum Texts<'a> {
    Ours(&'a [Arc<str>]),
    Borrowed(Vec<&'a str>),
}

impl Texts<'_> {
    /// How many words there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Ours(words) => words.len(),
            Self::Borrowed(words) => words.len(),
        }
    }

    /// The word at an index, none beyond the last.
    pub fn get(&self, index: usize) -> Option<&str> {
        match self {
            Self::Ours(words) => words.get(index).map(|word| &**word),
            Self::Borrowed(words) => words.get(index).copied(),
        }
    }
}

/// A column of words.
#[derive(Clone, Debug)]
pub(crate) struct Column<'a> {
    pub codes: Codes<'a>,
    pub texts: Texts<'a>,
}

impl<'a> Column<'a> {
    /// A column that says nothing of any row.
    pub const ABSENT: Self = Self { codes: Codes::U32(&[]), texts: Texts::Ours(&[]) };

    fn ours(codes: &'a [u32], dictionary: &'a Dictionary) -> Self {
        Self { codes: Codes::U32(codes), texts: Texts::Ours(dictionary.words()) }
    }

    /// The word of a row, none where it has none.
    pub fn word(&self, row: usize) -> Option<&str> {
        self.codes.index(row).and_then(|index| self.texts.get(index))
    }
}

/// Quantities of the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Numbers<'a> {
    /// Exact ones.
    Exact(&'a Quantities),
    /// Binary floats, each of which means its shortest decimal.
    Floats(&'a [f64]),
}

/// Days of the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Days<'a> {
    Days(&'a [Day]),
    /// Time since 1970-01-01T00:00:00Z, so many units a day.
    Counted {
        values: &'a [i64],
        per_day: i64,
    },
}

/// Activity data as it lies somewhere. Columns are as in [`ActivityBatch`].
#[derive(Clone, Debug)]
pub(crate) struct Columns<'a> {
    pub activity: Column<'a>,
    pub unit: Column<'a>,
    pub region: Column<'a>,
    pub site: Column<'a>,
    pub source: Column<'a>,
    pub vertical: Column<'a>,
    pub quantity: Numbers<'a>,
    pub day: Days<'a>,
    pub tags: &'a [u32],
    pub tag_sets: &'a [Tags],
    pub stated: &'a [(u8, u8)],
    pub basis: &'a [Basis],
    pub event: &'a [u32],
}

impl<'a> Columns<'a> {
    /// The columns of a batch.
    pub fn of(batch: &'a ActivityBatch) -> Self {
        Self {
            activity: Column::ours(&batch.activity, &batch.activities),
            unit: Column::ours(&batch.unit, &batch.units),
            region: Column::ours(&batch.region, &batch.regions),
            site: Column::ours(&batch.site, &batch.sites),
            source: Column::ours(&batch.source, &batch.sources),
            vertical: Column::ours(&batch.vertical, &batch.verticals),
            quantity: Numbers::Exact(&batch.quantity),
            day: Days::Days(&batch.day),
            tags: &batch.tags,
            tag_sets: &batch.tag_sets,
            stated: &batch.stated,
            basis: &batch.basis,
            event: &batch.event,
        }
    }

    /// The number of the event that a row came from.
    pub fn event(&self, row: usize) -> u32 {
        self.event.get(row).copied().unwrap_or(row as u32)
    }
}

/// What a piece of columns turned out to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// All quantities are in words.
    Words,
    /// A quantity needs more than words: ask [`Chunk::quantity`].
    Decimals,
    /// A quantity or a time cannot be used as it is; the rows have to be looked at one by one.
    Refused,
}

/// Quantities and days of some rows, in buffers that are used again for the next ones.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Digits without the point.
    pub mantissas: Vec<i64>,
    /// Digits after the point.
    pub scales: Vec<u8>,
    /// A scale that many of the rows share.
    pub shared_scale: u8,
    pub days: Vec<Day>,
    floats: FloatWords,
}

impl Chunk {
    /// Reads the quantities and days of `rows`.
    pub fn read(&mut self, columns: &Columns<'_>, rows: Range<usize>) -> Form {
        self.days.clear();
        match columns.day {
            Days::Days(days) => self.days.extend_from_slice(&days[rows.clone()]),
            Days::Counted { values, per_day } => {
                if !Day::of_counts(&values[rows.clone()], per_day, &mut self.days) {
                    return Form::Refused;
                }
            }
        }
        self.mantissas.clear();
        self.scales.clear();
        let form = self.read_quantities(columns, rows);
        self.shared_scale = self.scales.get(self.scales.len() / 2).copied().unwrap_or(0);
        form
    }

    fn read_quantities(&mut self, columns: &Columns<'_>, rows: Range<usize>) -> Form {
        match columns.quantity {
            Numbers::Floats(values) => {
                if self.floats.read(&values[rows], &mut self.mantissas, &mut self.scales) {
                    Form::Words
                } else {
                    Form::Refused
                }
            }
            Numbers::Exact(Quantities::Words { mantissas, scales }) => {
                self.mantissas.extend_from_slice(&mantissas[rows.clone()]);
                self.scales.extend_from_slice(&scales[rows]);
                Form::Words
            }
            Numbers::Exact(Quantities::Decimals(values)) => {
                for value in &values[rows] {
                    let word = i64::try_from(value.mantissa()).ok().zip(u8::try_from(value.scale()).ok());
                    let Some((mantissa, scale)) = word else { return Form::Decimals };
                    self.mantissas.push(mantissa);
                    self.scales.push(scale);
                }
                Form::Words
            }
        }
    }

    /// The quantity of a row, which is the `at`th of those that were read.
    pub fn quantity(&self, columns: &Columns<'_>, row: usize, at: usize) -> Decimal {
        match columns.quantity {
            Numbers::Exact(quantities) => quantities.get(row),
            Numbers::Floats(_) => Quantities::decimal(self.mantissas[at], self.scales[at]),
        }
    }
}
