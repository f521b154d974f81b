//! Where the picograms are added up, by what a plan says of a line, period and place.
//!
//! A class is what a plan says of a line (scope, activity, factor, gas); a place is what a row says (vertical, source, site,
//! region, tags). All are small numbers, so adding is a few indices and an addition; words come back only at the end. The
//! sums that one row adds to stand behind one another, in blocks of sixteen places that are made when they are first met: most
//! classes meet few of the places. Periods are numbered as they are met too, so that one row with a wrong year costs a block
//! and not the days of ten thousand years.

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::BlockTable;
use super::cell::{CellKey, Cells, Dimensions, Granularity, Sums};
use super::codes::{CodedColumn, KeyTable};
use super::words::{Place, Words};
use crate::activity::{Columns, NONE};
use crate::amount::{Amount, AmountError};
use crate::time::Day;

/// Places of a block.
const BLOCK: usize = 16;

/// Which of a class's sums a product is added to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Into {
    /// CO2e.
    Co2e,
    /// Mass, energy or water.
    Mass,
}

/// Where one product of a row goes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Target {
    pub class: u32,
    pub into: Into,
    /// True for one product of each line, so that lines are counted once.
    pub counts: bool,
}

#[derive(Debug)]
struct Class {
    key: CellKey,
    has_mass: bool,
}

/// Where a row's sums stand: the number of a block of places in one period, and the place in the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot(u32);

/// Blocks of sixteen places in one period, numbered as they are met.
#[derive(Debug, Default)]
struct Blocks {
    /// `numbers[period][place / 16]`, [`NONE`] where it was not met.
    numbers: Vec<Vec<u32>>,
    /// `of[block]`: period and first place.
    of: Vec<(u32, u32)>,
}

impl Blocks {
    #[inline(always)]
    fn slot(&mut self, period: u32, place: u32) -> Slot {
        let at = place / BLOCK as u32;
        let known = self.numbers.get(period as usize).and_then(|numbers| numbers.get(at as usize)).copied();
        let number = known.filter(|&number| number != NONE).unwrap_or_else(|| self.meet(period, at));
        Slot(number * BLOCK as u32 + place % BLOCK as u32)
    }

    #[cold]
    fn meet(&mut self, period: u32, at: u32) -> u32 {
        let number = u32::try_from(self.of.len()).expect("fewer blocks than rows");
        self.of.push((period, at * BLOCK as u32));
        if self.numbers.len() <= period as usize {
            self.numbers.resize(period as usize + 1, Vec::new());
        }
        let numbers = &mut self.numbers[period as usize];
        if numbers.len() <= at as usize {
            numbers.resize(at as usize + 1, NONE);
        }
        numbers[at as usize] = number;
        number
    }
}

/// Sums by what rows of one kind add to, and slot.
#[derive(Debug)]
pub(super) struct SumTable {
    granularity: Granularity,
    classes: Vec<Class>,
    class_codes: HashMap<(CellKey, bool), u32>,
    /// `signatures[number]`: where the products of a row go.
    signatures: Vec<Vec<Target>>,
    signature_codes: HashMap<Vec<Target>, u32>,
    blocks: Blocks,
    /// Where the sums of a signature begin in a block.
    bases: BlockTable,
    /// Of each place of a block: how many rows there were, then the sum of each target.
    sums: Vec<i128>,
    places: Vec<Place>,
    place_table: KeyTable,
    numbers: Vec<u32>,
    words: Words,
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
            signatures: Vec::new(),
            signature_codes: HashMap::new(),
            blocks: Blocks::default(),
            bases: BlockTable::default(),
            sums: Vec::new(),
            places: Vec::new(),
            place_table: KeyTable::default(),
            numbers: Vec::new(),
            words: Words::default(),
            periods: Periods::default(),
        }
    }

    /// The class of a key; one with and one without mass are two.
    pub fn class(&mut self, key: CellKey, has_mass: bool) -> u32 {
        let next = u32::try_from(self.classes.len()).expect("fewer classes than rows");
        let classes = &mut self.classes;
        *self.class_codes.entry((key, has_mass)).or_insert_with_key(|(key, _)| {
            classes.push(Class { key: key.clone(), has_mass });
            next
        })
    }

    /// The number of a list of targets.
    pub fn signature(&mut self, targets: Vec<Target>) -> u32 {
        let next = u32::try_from(self.signatures.len()).expect("fewer signatures than rows");
        let signatures = &mut self.signatures;
        *self.signature_codes.entry(targets).or_insert_with_key(|targets| {
            signatures.push(targets.clone());
            next
        })
    }

    /// The columns of a batch that tell places apart.
    pub fn columns<'a>(&mut self, batch: &Columns<'a>, dims: &Dimensions) -> Vec<CodedColumn<'a>> {
        let mut columns = self.words.columns(batch, dims);
        self.place_table.fit(&mut columns);
        columns
    }

    /// Writes the slot of every row in `range`, whose days are `days`.
    pub fn slots(
        &mut self,
        dims: &Dimensions,
        columns: &[CodedColumn<'_>],
        range: Range<usize>,
        days: &[Day],
        slots: &mut Vec<Slot>,
    ) {
        slots.clear();
        let Some((low, high)) = days.iter().min().zip(days.iter().max()) else { return };
        let (places, words) = (&mut self.places, &self.words);
        self.place_table.numbers(columns, range, &mut self.numbers, |row| {
            places.push(words.place(dims, columns, row));
            u32::try_from(places.len() - 1).expect("fewer places than rows")
        });
        let (granularity, periods, blocks) = (self.granularity, &mut self.periods, &mut self.blocks);
        let mut number = |day: Day| periods.number(granularity.index(day));
        let rows = self.numbers.iter().zip(days);
        let (start, span) = (low.epoch_days(), (high.epoch_days() - low.epoch_days() + 1) as usize);
        if span > days.len().max(1 << 12) {
            slots.extend(rows.map(|(&place, &day)| blocks.slot(number(day), place)));
            return;
        }
        let mut of_day = vec![NONE; span];
        slots.extend(rows.map(|(&place, &day)| {
            let known = &mut of_day[(day.epoch_days() - start) as usize];
            if *known == NONE {
                *known = number(day);
            }
            blocks.slot(*known, place)
        }));
    }

    /// The sums that a row of a signature adds to: how many rows there were, then one for each of its `targets`.
    #[inline(always)]
    pub fn cell(&mut self, signature: u32, targets: usize, slot: Slot) -> &mut [i128] {
        let (block, at) = (slot.0 / BLOCK as u32, slot.0 as usize % BLOCK);
        let base = match self.bases.find(signature, block) {
            Some(base) => base,
            None => self.make_sums(signature, block),
        };
        &mut self.sums[base + at * (targets + 1)..][..targets + 1]
    }

    #[cold]
    fn make_sums(&mut self, signature: u32, block: u32) -> usize {
        let base = self.sums.len();
        let width = self.signatures[signature as usize].len() + 1;
        self.sums.resize(base + BLOCK * width, 0);
        self.bases.insert(signature, block, base);
        base
    }

    /// Returns the cells with their words.
    pub fn cells(&self, dims: &Dimensions) -> Result<Cells, AmountError> {
        // Words are compared once for each class and place; the cells are sorted by the ranks.
        let heads = ranks(&self.classes, |class| (class.key.scope, &class.key.activity));
        let tails = ranks(&self.classes, |class| (&class.key.factor, &class.key.measure));
        let places = ranks(&self.places, |place| place);
        let mut cells = Vec::with_capacity(self.met(|signature| self.signatures[signature].len()));
        for (signature, block, base) in self.bases.iter() {
            let (period, first) = self.blocks.of[block as usize];
            let targets = &self.signatures[signature as usize];
            let period = match dims.period {
                Granularity::None => 0,
                _ => self.periods.indices[period as usize],
            };
            for (at, sums) in self.sums[base..].chunks(targets.len() + 1).take(BLOCK).enumerate() {
                if sums[0] == 0 {
                    continue;
                }
                let place = places[first as usize + at];
                let from = base + at * sums.len();
                for (i, target) in targets.iter().enumerate() {
                    let class = target.class as usize;
                    let rank = (heads[class], place, period, tails[class]);
                    cells.push(Part { rank, class: target.class, target: i as u32, signature, from });
                }
            }
        }
        cells.sort_unstable_by_key(|part| (part.rank, part.class));
        let same = |a: &Part, b: &Part| (a.rank, a.class) == (b.rank, b.class);
        let place_of_rank = inverse(&places);
        let mut merged: Cells = Vec::with_capacity(cells.chunk_by(same).count());
        let mut last = None;
        for parts in cells.chunk_by(same) {
            let rank = parts[0].rank;
            let class = &self.classes[parts[0].class as usize];
            let sums = class.sums(parts.iter().map(|part| {
                let target = self.signatures[part.signature as usize][part.target as usize];
                let rows = if target.counts { self.sums[part.from] as u64 } else { 0 };
                (target.into, rows, self.sums[part.from + 1 + part.target as usize])
            }))?;
            // A class with and one without mass may share a key.
            match merged.last_mut().filter(|_| last == Some(rank)) {
                Some((_, present)) => present.add(&sums)?,
                None => {
                    let place = &self.places[place_of_rank[rank.1 as usize]];
                    merged.push((class.key_at(place, rank.2), sums));
                }
            }
            last = Some(rank);
        }
        Ok(merged)
    }

    /// Adds up a number for every place of every block that has rows.
    fn met(&self, of_signature: impl Fn(usize) -> usize) -> usize {
        let count = |(signature, _, base): (u32, u32, usize)| {
            let width = self.signatures[signature as usize].len() + 1;
            let places = self.sums[base..].chunks(width).take(BLOCK).filter(|sums| sums[0] > 0);
            places.count() * of_signature(signature as usize)
        };
        self.bases.iter().map(count).sum()
    }

    /// Adds the sums of another table. Its numbers are its own; words say which of this one's they are.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn absorb(&mut self, other: Self, dims: &Dimensions) -> Result<(), AmountError> {
        let classes: Vec<u32> =
            other.classes.into_iter().map(|class| self.class(class.key, class.has_mass)).collect();
        let here = |target: &Target| Target { class: classes[target.class as usize], ..*target };
        let signatures: Vec<u32> = other
            .signatures
            .iter()
            .map(|targets| self.signature(targets.iter().map(here).collect()))
            .collect();
        let periods: Vec<u32> =
            other.periods.indices.iter().map(|&index| self.periods.number(index)).collect();
        let places: Vec<u32> = other.places.into_iter().map(|place| self.number_of(place, dims)).collect();
        for (signature, block, base) in other.bases.iter() {
            let (period, first) = other.blocks.of[block as usize];
            let targets = other.signatures[signature as usize].len();
            for (at, sums) in other.sums[base..].chunks(targets + 1).take(BLOCK).enumerate() {
                if sums[0] > 0 {
                    let slot = self.blocks.slot(periods[period as usize], places[first as usize + at]);
                    let cell = self.cell(signatures[signature as usize], targets, slot);
                    for (sum, more) in cell.iter_mut().zip(sums) {
                        *sum = sum.checked_add(*more).ok_or_else(overflow)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The number of a place, by its words.
    fn number_of(&mut self, place: Place, dims: &Dimensions) -> u32 {
        let codes = self.words.codes(&place, dims);
        let places = &mut self.places;
        self.place_table.number(&codes, || {
            places.push(place);
            u32::try_from(places.len() - 1).expect("fewer places than rows")
        })
    }
}

/// One of the sums that a cell is made of, and where the cell comes.
struct Part {
    /// Ranks of scope and activity, of the place, the period, rank of factor and measure.
    rank: (u32, u32, i32, u32),
    class: u32,
    signature: u32,
    /// Which of the signature's targets it is.
    target: u32,
    /// Where the sums of the signature stand.
    from: usize,
}

/// Returns an item of each rank.
fn inverse(ranks: &[u32]) -> Vec<usize> {
    let mut items = vec![0; ranks.len()];
    ranks.iter().enumerate().for_each(|(item, &rank)| items[rank as usize] = item);
    items
}

/// Returns the place of each item among the different keys in order.
fn ranks<'a, T, K: Ord + 'a>(items: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<u32> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_cached_key(|&item| key(&items[item]));
    let mut ranks = vec![0; items.len()];
    let mut rank = 0;
    for pair in order.windows(2) {
        rank += u32::from(key(&items[pair[0]]) != key(&items[pair[1]]));
        ranks[pair[1]] = rank;
    }
    ranks
}

/// Adds the cells of two tables.
pub(crate) fn merge_cells(left: Cells, right: Cells) -> Result<Cells, AmountError> {
    if left.is_empty() || right.is_empty() {
        return Ok(if left.is_empty() { right } else { left });
    }
    let mut cells = left;
    cells.extend(right);
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    let mut merged: Cells = Vec::with_capacity(cells.len());
    for (key, sums) in cells {
        match merged.last_mut() {
            Some((last, sum)) if *last == key => sum.add(&sums)?,
            _ => merged.push((key, sums)),
        }
    }
    Ok(merged)
}

impl Class {
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

    /// Adds up what went into this class at one place in one period.
    fn sums(&self, parts: impl Iterator<Item = (Into, u64, i128)>) -> Result<Sums, AmountError> {
        let (mut co2e, mut mass, mut rows) = (0i128, 0i128, 0);
        for (into, counted, pg) in parts {
            let sum = match into {
                Into::Co2e => &mut co2e,
                Into::Mass => &mut mass,
            };
            *sum = sum.checked_add(pg).ok_or_else(overflow)?;
            rows += counted;
        }
        let mass = if self.has_mass { Some(Amount::from_pg(mass)?) } else { None };
        Ok(Sums { mass, co2e: Amount::from_pg(co2e)?, rows })
    }
}

pub(super) fn overflow() -> AmountError {
    AmountError::Overflow { what: "a sum of emissions".into() }
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
