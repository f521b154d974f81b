//! Where the picograms are added up, by class, period and place.
//!
//! A class is what a plan says of a line (scope, activity, factor, gas); a place is what a row says (vertical, source, site,
//! region, tags). All are small numbers, so adding is a few indices and an addition; words come back only at the end. Sums
//! stand in pages of sixteen places that are made when they are first met: most classes meet few of the places. Periods are
//! numbered as they are met too, so that one row with a wrong year costs a page and not the days of ten thousand years.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::cell::{CellKey, Cells, Dimensions, Granularity, Sums};
use super::codes::{CodedColumn, KeyTable};
use crate::activity::{ActivityBatch, Dictionary, NONE, Tags};
use crate::amount::{Amount, AmountError};
use crate::time::Day;

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

/// Places of a page.
const PAGE: usize = 16;

/// The sums of one class at one place in one period, in picograms.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    co2e: i128,
    mass: i128,
    rows: u64,
}

#[derive(Debug)]
struct Class {
    key: CellKey,
    has_mass: bool,
    /// `pages[period][place / PAGE]`: number of the page, or [`NONE`].
    pages: Vec<Vec<u32>>,
    sums: Vec<Sum>,
}

/// Where a row's sums stand: the numbers of its period and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    period: u32,
    place: u32,
}

/// Sums by class and slot.
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
    periods: Periods,
}

/// Numbers of the periods that any batch has had.
#[derive(Debug, Default)]
struct Periods {
    numbers: HashMap<i32, u32>,
    /// `indices[number]`: the period, counted as its granularity does.
    indices: Vec<i32>,
}

impl Periods {
    fn number(&mut self, index: i32) -> u32 {
        let next = u32::try_from(self.indices.len()).expect("fewer periods than days");
        *self.numbers.entry(index).or_insert_with(|| {
            self.indices.push(index);
            next
        })
    }
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
            periods: Periods::default(),
        }
    }

    /// The class of a key; one with and one without mass are two.
    pub fn class(&mut self, key: CellKey, has_mass: bool) -> u32 {
        let next = u32::try_from(self.classes.len()).expect("fewer classes than rows");
        let classes = &mut self.classes;
        *self.class_codes.entry((key, has_mass)).or_insert_with_key(|(key, _)| {
            classes.push(Class { key: key.clone(), has_mass, pages: Vec::new(), sums: Vec::new() });
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
    ) -> Vec<Slot> {
        let days = &batch.day[range.clone()];
        let Some((low, high)) = days.iter().min().zip(days.iter().max()) else { return Vec::new() };
        let places = &mut self.places;
        let numbers = self.place_table.numbers(columns, range, |row| {
            places.push(place(batch, dims, row));
            u32::try_from(places.len() - 1).expect("fewer places than rows")
        });
        let (granularity, periods) = (self.granularity, &mut self.periods);
        let mut number = |day: Day| periods.number(granularity.index(day));
        let rows = numbers.into_iter().zip(days);
        let (start, span) = (low.epoch_days(), (high.epoch_days() - low.epoch_days() + 1) as usize);
        if span > days.len().max(1 << 12) {
            return rows.map(|(place, &day)| Slot { period: number(day), place }).collect();
        }
        let mut of_day = vec![NONE; span];
        let mut period = |day: Day| {
            let known = &mut of_day[(day.epoch_days() - start) as usize];
            if *known == NONE {
                *known = number(day);
            }
            *known
        };
        rows.map(|(place, &day)| Slot { period: period(day), place }).collect()
    }

    /// Adds picograms of CO2e to a class; `counts` adds a row too.
    #[inline(always)]
    pub fn add_co2e(&mut self, class: u32, slot: Slot, pg: i128, counts: bool) -> Result<(), AmountError> {
        let sum = self.classes[class as usize].sum(slot);
        sum.co2e = sum.co2e.checked_add(pg).ok_or_else(overflow)?;
        sum.rows += u64::from(counts);
        Ok(())
    }

    /// Adds picograms of mass (or 1e-15 kWh, L) to a class; `counts` adds a row too.
    #[inline(always)]
    pub fn add_mass(&mut self, class: u32, slot: Slot, pg: i128, counts: bool) -> Result<(), AmountError> {
        let sum = self.classes[class as usize].sum(slot);
        sum.mass = sum.mass.checked_add(pg).ok_or_else(overflow)?;
        sum.rows += u64::from(counts);
        Ok(())
    }

    /// Returns the cells with their words.
    pub fn cells(&self, dims: &Dimensions) -> Result<Cells, AmountError> {
        let mut cells: Vec<(CellKey, Sums)> = Vec::new();
        for class in &self.classes {
            for (period, pages) in class.pages.iter().enumerate() {
                let period = match dims.period {
                    Granularity::None => 0,
                    _ => self.periods.indices[period],
                };
                for (at, &page) in pages.iter().enumerate().filter(|(_, page)| **page != NONE) {
                    for (i, sum) in class.sums[page as usize * PAGE..][..PAGE].iter().enumerate() {
                        if sum.rows > 0 {
                            let place = &self.places[at * PAGE + i];
                            cells.push((class.key_at(place, period), class.sums_of(sum)?));
                        }
                    }
                }
            }
        }
        merge(cells)
    }
}

/// Adds the cells of two tables.
pub(crate) fn merge_cells(left: Cells, right: Cells) -> Result<Cells, AmountError> {
    merge(left.into_iter().chain(right).collect())
}

/// Puts cells in order and adds those of one key: a class with and one without mass may share it.
fn merge(mut cells: Vec<(CellKey, Sums)>) -> Result<Cells, AmountError> {
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    let mut merged: Vec<(CellKey, Sums)> = Vec::with_capacity(cells.len());
    for (key, sums) in cells {
        match merged.last_mut() {
            Some((last, sum)) if *last == key => sum.add(&sums)?,
            _ => merged.push((key, sums)),
        }
    }
    Ok(merged.into_iter().collect())
}

impl Class {
    /// The sums of a slot; its page is made when it is first met.
    #[inline(always)]
    fn sum(&mut self, slot: Slot) -> &mut Sum {
        let (page, at) = (slot.place as usize / PAGE, slot.place as usize % PAGE);
        let known = self.pages.get(slot.period as usize).and_then(|pages| pages.get(page)).copied();
        let number = match known {
            Some(number) if number != NONE => number,
            _ => self.make_page(slot.period as usize, page),
        };
        &mut self.sums[number as usize * PAGE + at]
    }

    #[cold]
    fn make_page(&mut self, period: usize, page: usize) -> u32 {
        if self.pages.len() <= period {
            self.pages.resize(period + 1, Vec::new());
        }
        let pages = &mut self.pages[period];
        if pages.len() <= page {
            pages.resize(page + 1, NONE);
        }
        pages[page] = u32::try_from(self.sums.len() / PAGE).expect("fewer pages than rows");
        self.sums.resize(self.sums.len() + PAGE, Sum::default());
        pages[page]
    }

    fn key_at(&self, place: &Place, period: i32) -> CellKey {
        CellKey {
            vertical: place.vertical.clone(),
            source: place.source.clone(),
            site: place.site.clone(),
            region: place.region.clone(),
            tags: place.tags.clone(),
            period,
            ..self.key.clone()
        }
    }

    fn sums_of(&self, sum: &Sum) -> Result<Sums, AmountError> {
        let mass = if self.has_mass { Some(Amount::from_pg(sum.mass)?) } else { None };
        Ok(Sums { mass, co2e: Amount::from_pg(sum.co2e)?, rows: sum.rows })
    }
}

fn overflow() -> AmountError {
    AmountError::Overflow { what: "a sum of emissions".into() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_costs_one_number_however_far_it_lies_from_the_others() {
        let mut periods = Periods::default();
        // 0000-01-01, 2024-03-15 and 9999-12-31 as days since 1970, and the second of them again.
        let numbers = [-719_528, 19_797, 2_932_896, 19_797].map(|index| periods.number(index));
        assert_eq!((numbers, periods.indices.len()), ([0, 1, 2, 1], 3));
    }
}
