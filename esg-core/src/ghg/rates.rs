//! Rates in machine words, by bundle of plans and scale of the quantity.
//!
//! A rate is made once for each scale that quantities of a bundle have, and then found by two indices. What words cannot
//! hold is marked, and calculated in big numbers with the same result.

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

/// The rates of a bundle for one scale: the first stands here, others behind one another in a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The first rate.
    pub first: WordRate,
    /// How many rates there are; [`Entry::NEW`] or [`Entry::LARGE`] where there are no words.
    len: u32,
    /// Where the second one is.
    rest: u32,
}

impl Entry {
    /// Not made yet.
    const NEW: u32 = u32::MAX;
    /// Words do not hold it.
    const LARGE: u32 = u32::MAX - 1;
    const EMPTY: WordRate =
        WordRate { num: 0, den: 1, class: 0, into: Into::Co2e, negative: false, counts: false };

    fn without_rates(len: u32) -> Self {
        Self { first: Self::EMPTY, len, rest: 0 }
    }

    /// How many rates there are, where words hold them.
    #[inline(always)]
    pub fn in_words(&self) -> Option<u32> {
        (self.len < Self::LARGE).then_some(self.len)
    }
}

/// All rates that were made: `entries[scale][bundle]`.
#[derive(Debug, Default)]
pub(super) struct RateTable {
    entries: Vec<Vec<Entry>>,
    rest: Vec<WordRate>,
}

impl RateTable {
    /// The entry of a bundle, if it was made.
    #[inline(always)]
    pub fn get(&self, bundle: u32, scale: u8) -> Option<Entry> {
        let entry = *self.entries.get(scale as usize)?.get(bundle as usize)?;
        (entry.len != Entry::NEW).then_some(entry)
    }

    /// The rates of an entry behind the first.
    #[inline(always)]
    pub fn rest(&self, entry: &Entry) -> &[WordRate] {
        if entry.len < 2 { &[] } else { &self.rest[entry.rest as usize..][..entry.len as usize - 1] }
    }

    /// Makes the rates of a bundle for a scale.
    #[cold]
    pub fn make(&mut self, bundle: u32, scale: u8, products: &[Product]) -> Entry {
        if self.entries.len() <= scale as usize {
            self.entries.resize(scale as usize + 1, Vec::new());
        }
        let entries = &mut self.entries[scale as usize];
        if entries.len() <= bundle as usize {
            let size = (bundle as usize + 1).next_power_of_two();
            entries.resize(size, Entry::without_rates(Entry::NEW));
        }
        let word = |p: &Product| {
            let rate = p.rate.scaled(scale.into())?;
            let (into, class, counts) = (p.into, p.class, p.counts);
            Some(WordRate { num: rate.num, den: rate.den, negative: rate.negative, into, class, counts })
        };
        let entry = match products.iter().map(word).collect::<Option<Vec<_>>>() {
            Some(words) => {
                let rest = u32::try_from(self.rest.len()).expect("fewer rates than rows");
                self.rest.extend(words.iter().skip(1));
                let first = words.first().copied().unwrap_or(Entry::EMPTY);
                Entry { first, len: words.len() as u32, rest }
            }
            None => Entry::without_rates(Entry::LARGE),
        };
        entries[bundle as usize] = entry;
        entry
    }
}
