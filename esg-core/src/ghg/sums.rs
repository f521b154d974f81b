//! Where the picograms are added up: one row of sums for each class, one slot for each place and period.
//!
//! A class is what a plan says of a line (scope, activity, factor, gas); a slot is what a row says (vertical, source, site,
//! region, tags, period). Both are small numbers, so adding is an index and an addition; words come back only at the end.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::cell::{CellKey, Cells, Dimensions, Granularity, Sums};
use super::codes::{CodedColumn, KeyTable};
use crate::activity::{ActivityBatch, Dictionary, NONE, Tags};
use crate::amount::{Amount, AmountError};
use crate::time::Day;

/// Periods that a place has room for at first.
const FIRST_PERIODS: usize = 16;

/// What a row says of itself, in words.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Place {
    vertical: Option<Arc<str>>,
    source: Option<Arc<str>>,
    site: Option<Arc<str>>,
    region: Option<Arc<str>>,
    tags: Vec<Option<Arc<str>>>,
}

/// Words that any batch has had.
#[derive(Debug, Default)]
struct Words {
    verticals: Dictionary,
    sources: Dictionary,
    sites: Dictionary,
    regions: Dictionary,
}

#[derive(Debug)]
struct Class {
    key: CellKey,
    /// Picograms of CO2e, by slot; empty when the class has none.
    co2e: Option<Vec<i128>>,
    /// Picograms of mass, by slot.
    mass: Option<Vec<i128>>,
    /// Rows, by slot.
    rows: Vec<u64>,
}

/// Sums by class and slot; a slot is `place * periods + (period - first)`.
#[derive(Debug)]
pub(super) struct SumTable {
    granularity: Granularity,
    classes: Vec<Class>,
    class_codes: HashMap<(CellKey, bool), u32>,
    places: Vec<Place>,
    place_table: KeyTable,
    words: Words,
    /// Codes of the kept tags' values.
    tag_codes: HashMap<Vec<Option<Arc<str>>>, u32>,
    /// First period of the window, once a row was seen.
    first: Option<i32>,
    periods: usize,
}

impl SumTable {
    pub fn new(granularity: Granularity) -> Self {
        Self {
            granularity,
            classes: Vec::new(),
            class_codes: HashMap::new(),
            places: Vec::new(),
            place_table: KeyTable::default(),
            words: Words::default(),
            tag_codes: HashMap::new(),
            first: None,
            periods: if granularity == Granularity::None { 1 } else { FIRST_PERIODS },
        }
    }

    /// The class of a key; one with and one without mass are two.
    pub fn class(&mut self, key: CellKey, mass: bool, co2e: bool) -> u32 {
        let next = u32::try_from(self.classes.len()).expect("fewer classes than rows");
        let classes = &mut self.classes;
        *self.class_codes.entry((key, mass)).or_insert_with_key(|(key, _)| {
            let column = |on: bool| on.then(Vec::new);
            classes.push(Class {
                key: key.clone(),
                co2e: column(co2e),
                mass: column(mass),
                rows: Vec::new(),
            });
            next
        })
    }

    /// The columns of a batch that tell places apart.
    pub fn columns<'a>(&mut self, batch: &'a ActivityBatch, dims: &Dimensions) -> Vec<CodedColumn<'a>> {
        let words = &mut self.words;
        let mut columns = Vec::new();
        let all = [
            (dims.vertical, &batch.vertical, &batch.verticals, &mut words.verticals),
            (dims.source, &batch.source, &batch.sources, &mut words.sources),
            (dims.site, &batch.site, &batch.sites, &mut words.sites),
            (dims.region, &batch.region, &batch.regions, &mut words.regions),
        ];
        for (_, codes, dictionary, known) in all.into_iter().filter(|(kept, ..)| *kept) {
            columns.push(CodedColumn::words(codes, dictionary, known));
        }
        if !dims.tags.is_empty() {
            let global = batch.tag_sets.iter().map(|set| {
                let values: Vec<_> = dims.tags.iter().map(|name| tag(set, name)).collect();
                let next = self.tag_codes.len() as u32 + 1;
                *self.tag_codes.entry(values).or_insert(next)
            });
            columns.push(CodedColumn::coded(&batch.tags, global.collect()));
        }
        columns
    }

    /// The slot of every row in `range`.
    pub fn slots(
        &mut self,
        batch: &ActivityBatch,
        dims: &Dimensions,
        columns: &[CodedColumn<'_>],
        range: Range<usize>,
    ) -> Vec<u32> {
        let Some((low, high)) = self.make_room(&batch.day[range.clone()]) else { return Vec::new() };
        let first = self.first.unwrap_or(0);
        let places = &mut self.places;
        let mut slots = self.place_table.numbers(columns, range.clone(), |row| {
            places.push(place(batch, dims, row));
            u32::try_from(places.len() - 1).expect("fewer places than rows")
        });
        let periods = self.periods as u32;
        let offset = |day: Day| (self.granularity.index(day) - first) as u32;
        let (start, span) = (low.epoch_days(), (high.epoch_days() - low.epoch_days() + 1) as usize);
        if span <= range.len().max(1 << 12) {
            let of_day: Vec<u32> =
                (0..span as i32).filter_map(|d| Day::from_epoch_days(start + d).ok()).map(offset).collect();
            for (slot, day) in slots.iter_mut().zip(&batch.day[range]) {
                *slot = *slot * periods + of_day[(day.epoch_days() - start) as usize];
            }
        } else {
            for (slot, day) in slots.iter_mut().zip(&batch.day[range]) {
                *slot = *slot * periods + offset(*day);
            }
        }
        self.fit();
        slots
    }

    /// Widens the window of periods so that all days are in it; returns the first and the last of them.
    fn make_room(&mut self, days: &[Day]) -> Option<(Day, Day)> {
        let bounds = (*days.iter().min()?, *days.iter().max()?);
        let (low, high) = (self.granularity.index(bounds.0), self.granularity.index(bounds.1));
        let old_first = self.first.unwrap_or(low);
        let first = old_first.min(low);
        let needed = (high.max(old_first + self.periods as i32 - 1) - first + 1) as usize;
        let needed =
            if self.first.is_none() { ((high - low + 1) as usize).max(self.periods) } else { needed };
        if self.first == Some(first) && needed <= self.periods {
            return Some(bounds);
        }
        let periods = if needed > self.periods { needed.next_power_of_two() } else { self.periods };
        if self.first.is_some() {
            let shift = (old_first - first) as usize;
            let old = self.periods;
            for class in &mut self.classes {
                for column in [&mut class.co2e, &mut class.mass].into_iter().flatten() {
                    *column = spread(column, old, periods, shift);
                }
                class.rows = spread(&class.rows, old, periods, shift);
            }
        }
        self.first = Some(first);
        self.periods = periods;
        Some(bounds)
    }

    /// Gives every class room for all slots.
    fn fit(&mut self) {
        let size = self.places.len() * self.periods;
        for class in &mut self.classes {
            for column in [&mut class.co2e, &mut class.mass].into_iter().flatten() {
                column.resize(size.max(column.len()), 0);
            }
            class.rows.resize(size.max(class.rows.len()), 0);
        }
    }

    /// Adds picograms of CO2e to a class; `counts` adds a row too.
    #[inline]
    pub fn add_co2e(&mut self, class: u32, slot: u32, pg: i128, counts: bool) -> Result<(), AmountError> {
        let at = &mut self.classes[class as usize];
        let column = at.co2e.get_or_insert_with(Vec::new);
        add(column, &mut at.rows, slot as usize, pg, counts)
    }

    /// Adds picograms of mass (or 1e-15 kWh, L) to a class; `counts` adds a row too.
    #[inline]
    pub fn add_mass(&mut self, class: u32, slot: u32, pg: i128, counts: bool) -> Result<(), AmountError> {
        let at = &mut self.classes[class as usize];
        let column = at.mass.get_or_insert_with(Vec::new);
        add(column, &mut at.rows, slot as usize, pg, counts)
    }

    /// Returns the cells with their words.
    pub fn cells(&self, dims: &Dimensions) -> Result<Cells, AmountError> {
        let mut cells = Cells::new();
        for class in &self.classes {
            for (slot, &rows) in class.rows.iter().enumerate().filter(|(_, rows)| **rows > 0) {
                let place = &self.places[slot / self.periods];
                let key = CellKey {
                    vertical: place.vertical.clone(),
                    source: place.source.clone(),
                    site: place.site.clone(),
                    region: place.region.clone(),
                    tags: place.tags.clone(),
                    period: if dims.period == Granularity::None {
                        0
                    } else {
                        self.first.unwrap_or(0) + (slot % self.periods) as i32
                    },
                    ..class.key.clone()
                };
                let read = |column: &Option<Vec<i128>>| {
                    column.as_ref().map(|c| Amount::from_pg(c[slot])).transpose()
                };
                let sums =
                    Sums { mass: read(&class.mass)?, co2e: read(&class.co2e)?.unwrap_or_default(), rows };
                cells.entry(key).or_default().add(&sums)?;
            }
        }
        Ok(cells)
    }
}

/// Adds to a slot. Columns were made to fit; a class that came since grows here.
#[inline]
fn add(
    column: &mut Vec<i128>,
    rows: &mut Vec<u64>,
    slot: usize,
    pg: i128,
    counts: bool,
) -> Result<(), AmountError> {
    if slot >= column.len() || slot >= rows.len() {
        grow(column, rows, slot);
    }
    column[slot] = column[slot].checked_add(pg).ok_or_else(overflow)?;
    rows[slot] += u64::from(counts);
    Ok(())
}

#[cold]
fn grow(column: &mut Vec<i128>, rows: &mut Vec<u64>, slot: usize) {
    let size = (slot + 1).next_power_of_two().max(column.len()).max(rows.len());
    column.resize(size, 0);
    rows.resize(size, 0);
}

fn overflow() -> AmountError {
    AmountError::Overflow { what: "a sum of emissions".into() }
}

/// Moves sums to a table with more periods, or an earlier first one.
fn spread<T: Copy + Default>(column: &[T], old: usize, new: usize, shift: usize) -> Vec<T> {
    let mut wide = vec![T::default(); column.len().div_ceil(old) * new];
    for (from, to) in column.chunks(old).zip(wide.chunks_mut(new)) {
        to[shift..shift + from.len()].copy_from_slice(from);
    }
    wide
}

/// What a row says of itself, in words.
fn place(batch: &ActivityBatch, dims: &Dimensions, row: usize) -> Place {
    let word = |on: bool, column: &[u32], dictionary: &Dictionary| {
        let code = column.get(row).copied().filter(|&c| on && c != NONE)?;
        Some(Arc::clone(dictionary.word(code)))
    };
    let tags = batch.tags.get(row).and_then(|&t| batch.tag_sets.get(t as usize));
    Place {
        vertical: word(dims.vertical, &batch.vertical, &batch.verticals),
        source: word(dims.source, &batch.source, &batch.sources),
        site: word(dims.site, &batch.site, &batch.sites),
        region: word(dims.region, &batch.region, &batch.regions),
        tags: dims.tags.iter().map(|name| tag(tags?, name)).collect(),
    }
}

fn tag(set: &Tags, name: &str) -> Option<Arc<str>> {
    set.iter().find(|(n, _)| **n == *name).map(|(_, value)| Arc::clone(value))
}
