//! Where the picograms are added up: one row of sums for each class, one slot for each place and period.
//!
//! A class is what a plan says of a line (scope, activity, factor, gas); a slot is what a row says (vertical, source, site,
//! region, tags, period). Both are small numbers, so adding is an index and an addition; words come back only at the end.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::{CellKey, Cells, Dimensions, Granularity, Sums};
use crate::activity::{ActivityBatch, Dictionary, NONE};
use crate::amount::{Amount, AmountError};

/// Periods that a place has room for at first.
const FIRST_PERIODS: usize = 16;
/// Largest table of local codes.
const MAX_DENSE: usize = 1 << 20;

/// What a row says of itself, in words.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Place {
    vertical: Option<Arc<str>>,
    source: Option<Arc<str>>,
    site: Option<Arc<str>>,
    region: Option<Arc<str>>,
    tags: Vec<Option<Arc<str>>>,
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
    place_codes: HashMap<Place, u32>,
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
            place_codes: HashMap::new(),
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

    /// The slot of every row in `range`.
    pub fn slots(
        &mut self,
        batch: &ActivityBatch,
        dims: &Dimensions,
        range: std::ops::Range<usize>,
    ) -> Vec<u32> {
        self.make_room(batch, range.clone());
        let first = self.first.unwrap_or(0);
        let (columns, sizes) = local_columns(batch, dims);
        let dense: Option<usize> =
            sizes.iter().try_fold(1usize, |n, &s| n.checked_mul(s)).filter(|&n| n <= MAX_DENSE);
        let mut table = vec![NONE; dense.unwrap_or(0)];
        let mut sparse: HashMap<u64, u32> = HashMap::new();
        let mut months = PeriodCache::new(self.granularity);
        let mut slots = Vec::with_capacity(range.len());
        for row in range {
            let mut key = 0u64;
            for (column, &size) in columns.iter().zip(&sizes) {
                let code = column.get(row).copied().unwrap_or(NONE);
                key = key * size as u64 + if code == NONE { size as u64 - 1 } else { u64::from(code) };
            }
            let place = if dense.is_some() {
                let at = key as usize;
                if table[at] == NONE {
                    table[at] = self.place(batch, dims, row);
                }
                table[at]
            } else if let Some(&place) = sparse.get(&key) {
                place
            } else {
                let place = self.place(batch, dims, row);
                sparse.insert(key, place);
                place
            };
            let period = (months.index(batch.day[row]) - first) as u32;
            slots.push(place * self.periods as u32 + period);
        }
        self.fit();
        slots
    }

    /// Widens the window of periods so that all days of the rows are in it.
    fn make_room(&mut self, batch: &ActivityBatch, range: std::ops::Range<usize>) {
        let days = &batch.day[range];
        let (Some(low), Some(high)) = (days.iter().min(), days.iter().max()) else { return };
        let (low, high) = (self.granularity.index(*low), self.granularity.index(*high));
        let old_first = self.first.unwrap_or(low);
        let first = old_first.min(low);
        let needed = (high.max(old_first + self.periods as i32 - 1) - first + 1) as usize;
        let needed =
            if self.first.is_none() { ((high - low + 1) as usize).max(self.periods) } else { needed };
        if self.first == Some(first) && needed <= self.periods {
            return;
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
    }

    fn place(&mut self, batch: &ActivityBatch, dims: &Dimensions, row: usize) -> u32 {
        let word = |on: bool, column: &[u32], dictionary: &Dictionary| {
            let code = column.get(row).copied().filter(|&c| on && c != NONE)?;
            Some(Arc::clone(dictionary.word(code)))
        };
        let tags = batch.tags.get(row).and_then(|&t| batch.tag_sets.get(t as usize));
        let tag = |name: &String| {
            let found = tags?.iter().find(|(n, _)| **n == **name)?;
            Some(Arc::clone(&found.1))
        };
        let place = Place {
            vertical: word(dims.vertical, &batch.vertical, &batch.verticals),
            source: word(dims.source, &batch.source, &batch.sources),
            site: word(dims.site, &batch.site, &batch.sites),
            region: word(dims.region, &batch.region, &batch.regions),
            tags: dims.tags.iter().map(tag).collect(),
        };
        if let Some(&code) = self.place_codes.get(&place) {
            return code;
        }
        let code = u32::try_from(self.places.len()).expect("fewer places than rows");
        self.places.push(place.clone());
        self.place_codes.insert(place, code);
        code
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

    /// Adds a product to a class that may have both columns.
    pub fn add(
        &mut self,
        class: u32,
        slot: u32,
        mass: Option<Amount>,
        co2e: Option<Amount>,
    ) -> Result<(), AmountError> {
        let size = self.places.len() * self.periods;
        let class = &mut self.classes[class as usize];
        for (column, amount) in [(&mut class.co2e, co2e), (&mut class.mass, mass)] {
            if let (Some(column), Some(amount)) = (column, amount) {
                if column.len() < size {
                    column.resize(size, 0);
                }
                let sum = &mut column[slot as usize];
                *sum = sum.checked_add(amount.pg()).ok_or_else(overflow)?;
            }
        }
        if class.rows.len() < size {
            class.rows.resize(size, 0);
        }
        class.rows[slot as usize] += 1;
        Ok(())
    }

    /// Adds picograms of CO2e to a class that has CO2e only.
    #[inline]
    pub fn add_pg(&mut self, class: u32, slot: u32, pg: i128) -> Result<(), AmountError> {
        let at = &mut self.classes[class as usize];
        if let Some(sum) = at.co2e.as_mut().and_then(|c| c.get_mut(slot as usize)) {
            *sum = sum.checked_add(pg).ok_or_else(overflow)?;
            at.rows[slot as usize] += 1;
            return Ok(());
        }
        self.add(class, slot, None, Some(Amount::from_pg(pg)?))
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

fn overflow() -> AmountError {
    AmountError::Overflow { what: "a sum of emissions".into() }
}

/// Moves sums to a table with more periods, or an earlier first one.
fn spread<T: Copy + Default>(column: &[T], old: usize, new: usize, shift: usize) -> Vec<T> {
    let mut wide = vec![T::default(); column.len() / old * new];
    for (from, to) in column.chunks(old).zip(wide.chunks_mut(new)) {
        to[shift..shift + from.len()].copy_from_slice(from);
    }
    wide
}

/// The columns that tell places apart, with the size of their dictionaries and one more for "not stated".
fn local_columns<'a>(batch: &'a ActivityBatch, dims: &Dimensions) -> (Vec<&'a [u32]>, Vec<usize>) {
    let all: [(bool, &[u32], usize); 5] = [
        (dims.vertical, &batch.vertical, batch.verticals.len()),
        (dims.source, &batch.source, batch.sources.len()),
        (dims.site, &batch.site, batch.sites.len()),
        (dims.region, &batch.region, batch.regions.len()),
        (!dims.tags.is_empty(), &batch.tags, batch.tag_sets.len()),
    ];
    let kept = all.into_iter().filter(|(on, column, _)| *on && !column.is_empty());
    kept.map(|(_, column, size)| (column, size + 1)).unzip()
}

/// Periods of days, the last one remembered: telemetry is mostly in order.
struct PeriodCache {
    granularity: Granularity,
    day: Option<crate::time::Day>,
    index: i32,
}

impl PeriodCache {
    fn new(granularity: Granularity) -> Self {
        Self { granularity, day: None, index: 0 }
    }

    #[inline]
    fn index(&mut self, day: crate::time::Day) -> i32 {
        if self.day != Some(day) {
            self.day = Some(day);
            self.index = self.granularity.index(day);
        }
        self.index
    }
}
