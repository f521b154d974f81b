//! Rates in machine words, by bundle of plans and scale of the quantity.
//!
//! A rate is made once for each scale that quantities of a bundle have, and then found by two indices. What words cannot
//! hold is marked, and calculated in big numbers with the same result.

use crate::amount::{Rate, WordRate};
use crate::decimal::MAX_SCALE;

/// What rows of a bundle are multiplied with, and the signature of the sums that the products go to.
#[derive(Clone, Debug, Default)]
pub(super) struct Products {
    pub rates: Vec<Rate>,
    pub signature: u32,
}

impl Products {
    /// The products as whole picograms for each unit of quantity, where they are one or two such.
    pub fn whole(&self) -> Option<WholeRates> {
        let whole = |rate: &Rate| rate.in_words(0)?.whole();
        let (signature, rates) = (self.signature, &self.rates[..]);
        match rates {
            [rate] => Some(WholeRates { per_unit: [whole(rate)?, 0], count: 1, signature }),
            [first, second] => {
                Some(WholeRates { per_unit: [whole(first)?, whole(second)?], count: 2, signature })
            }
            _ => None,
        }
    }
}

/// One or two rates that are whole picograms for each unit of quantity, as most are: decimals of a few digits.
///
/// They are the same for every scale that a quantity has, and stand in one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct WholeRates {
    pub per_unit: [i64; 2],
    pub count: u32,
    pub signature: u32,
}

/// Where the rates of a bundle for one scale stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Where the first rate is; [`LARGE`] where words do not hold them.
    start: u32,
    /// How many products go to the inventory.
    len: u32,
    /// How many, after those, are energy that contractual instruments may cover.
    market_len: u32,
}

/// Not made yet.
const NEW: u32 = u32::MAX;
/// Words do not hold it.
const LARGE: u32 = u32::MAX - 1;

/// Scales that a quantity in words may have.
const SCALES: usize = MAX_SCALE as usize + 1;

/// All rates that were made.
#[derive(Debug, Default)]
pub(super) struct RateTable {
    /// `numbers[bundle][scale]`: number of the entry, or [`NEW`].
    numbers: Vec<[u32; SCALES]>,
    entries: Vec<Entry>,
    rates: Vec<WordRate>,
}

impl RateTable {
    /// The rates of a bundle for quantities of a scale: those of the inventory, and those of energy that instruments may
    /// cover. None where words do not hold them.
    #[inline(always)]
    pub fn get(
        &mut self,
        bundle: u32,
        scale: u8,
        products: &Products,
        market: &Products,
    ) -> Option<(&[WordRate], &[WordRate])> {
        let known = self.numbers.get(bundle as usize).map(|numbers| numbers[scale as usize]);
        let number = match known {
            Some(number) if number != NEW => number,
            _ => self.make(bundle, scale, products, market),
        };
        let entry = self.entries[number as usize];
        if entry.start == LARGE {
            return None;
        }
        let (first, second) = (entry.len as usize, entry.market_len as usize);
        Some(self.rates[entry.start as usize..][..first + second].split_at(first))
    }

    #[cold]
    fn make(&mut self, bundle: u32, scale: u8, products: &Products, market: &Products) -> u32 {
        if self.numbers.len() <= bundle as usize {
            self.numbers.resize(bundle as usize + 1, [NEW; SCALES]);
        }
        let all = products.rates.iter().chain(&market.rates);
        let start = match all.map(|rate| rate.in_words(scale.into())).collect::<Option<Vec<_>>>() {
            Some(words) => {
                let start = u32::try_from(self.rates.len()).expect("fewer rates than rows");
                self.rates.extend(words);
                start
            }
            None => LARGE,
        };
        let (len, market_len) = (products.rates.len() as u32, market.rates.len() as u32);
        let number = u32::try_from(self.entries.len()).expect("fewer rates than rows");
        self.entries.push(Entry { start, len, market_len });
        self.numbers[bundle as usize][scale as usize] = number;
        number
    }
}
