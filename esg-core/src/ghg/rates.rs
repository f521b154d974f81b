//! Rates in machine words, by bundle of plans and scale of the quantity.
//!
//! A rate is made once for each scale that quantities of a bundle have, and then found by two indices. What words cannot
//! hold is marked, and calculated in big numbers with the same result.

use std::ops::Range;

use crate::amount::Rate;

/// Which sum a product is added to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Into {
    /// CO2e of a class.
    Co2e,
    /// Mass, energy or water of a class.
    Mass,
    /// Energy that contractual instruments may cover.
    Market,
}

/// A rate and where its product goes.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub into: Into,
    pub class: u32,
    /// True for one product of each line, so that lines are counted once.
    pub counts: bool,
    pub rate: Rate,
}

/// The same in machine words, for quantities of one scale: `|q| x num / den`.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordRate {
    pub num: u64,
    pub den: u64,
    pub class: u32,
    pub into: Into,
    pub negative: bool,
    pub counts: bool,
}

/// Where the rates of a bundle are for one scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    start: u32,
    len: u32,
}

impl Entry {
    /// Not made yet.
    const NEW: Self = Self { start: u32::MAX, len: 0 };
    /// Words do not hold it.
    const LARGE: Self = Self { start: u32::MAX - 1, len: 0 };

    /// The rates in words, where words hold them.
    #[inline]
    pub fn in_words(self) -> Option<Range<usize>> {
        (self.start < Self::LARGE.start).then(|| self.start as usize..(self.start + self.len) as usize)
    }
}

/// All rates that were made: `entries[scale][bundle]`.
#[derive(Debug, Default)]
pub(super) struct RateTable {
    entries: Vec<Vec<Entry>>,
    rates: Vec<WordRate>,
}

impl RateTable {
    /// Where the rates are, if they were made.
    #[inline]
    pub fn get(&self, bundle: u32, scale: u8) -> Option<Entry> {
        let entry = *self.entries.get(scale as usize)?.get(bundle as usize)?;
        (entry.start != Entry::NEW.start).then_some(entry)
    }

    /// The rates of an entry.
    #[inline]
    pub fn words(&self, range: Range<usize>) -> &[WordRate] {
        &self.rates[range]
    }

    /// Makes the rates of a bundle for a scale.
    #[cold]
    pub fn make(&mut self, bundle: u32, scale: u8, products: &[Product]) -> Entry {
        if self.entries.len() <= scale as usize {
            self.entries.resize(scale as usize + 1, Vec::new());
        }
        let entries = &mut self.entries[scale as usize];
        if entries.len() <= bundle as usize {
            entries.resize(bundle as usize + 1, Entry::NEW);
        }
        let word = |p: &Product| {
            let rate = p.rate.scaled(scale.into())?;
            let (into, class, counts) = (p.into, p.class, p.counts);
            Some(WordRate { num: rate.num, den: rate.den, negative: rate.negative, into, class, counts })
        };
        let start = u32::try_from(self.rates.len()).ok().filter(|&s| s < Entry::LARGE.start - 64);
        let entry = match (start, products.iter().map(word).collect::<Option<Vec<_>>>()) {
            (Some(start), Some(words)) => {
                let len = words.len() as u32;
                self.rates.extend(words);
                Entry { start, len }
            }
            _ => Entry::LARGE,
        };
        entries[bundle as usize] = entry;
        entry
    }
}
