//! Where the sums of a signature begin in a block of slots.
//!
//! Every row asks for this, and most signatures meet few of the blocks. So there is a plain table as long as one of a few
//! megabytes holds all pairs, and an open table of those that were met beyond that.

/// A pair that was met, and where its sums begin, in multiples of [`UNIT`].
#[derive(Clone, Copy, Debug)]
struct Entry {
    signature: u32,
    block: u32,
    base: u32,
}

/// Marks an entry that is free.
const FREE: u32 = u32::MAX;

/// Sums of a block come in multiples of this.
const UNIT: usize = 16;

/// Most entries of the plain table.
const MAX_PLAIN: usize = 1 << 20;

/// Pairs of signature and block.
#[derive(Debug, Default)]
pub(super) struct BlockTable {
    /// Pairs in the order in which they were met.
    met: Vec<Entry>,
    /// `plain[signature << block_bits | block]`, empty where that would be too large.
    plain: Vec<u32>,
    block_bits: u32,
    /// A power of two of entries, at most half of them taken; empty while the plain table serves.
    open: Vec<Entry>,
}

impl BlockTable {
    /// Where the sums of a signature begin in a block.
    #[inline(always)]
    pub fn find(&self, signature: u32, block: u32) -> Option<usize> {
        let base = if self.open.is_empty() {
            if block >> self.block_bits != 0 {
                return None;
            }
            *self.plain.get((signature << self.block_bits | block) as usize)?
        } else {
            self.find_open(signature, block)
        };
        (base != FREE).then_some(base as usize * UNIT)
    }

    fn find_open(&self, signature: u32, block: u32) -> u32 {
        let mask = self.open.len() - 1;
        let mut at = hash(signature, block);
        loop {
            let entry = self.open[at & mask];
            if entry.base == FREE || (entry.signature == signature && entry.block == block) {
                return entry.base;
            }
            at += 1;
        }
    }

    /// Adds a pair that is not there yet; `base` is a multiple of sixteen.
    pub fn insert(&mut self, signature: u32, block: u32, base: usize) {
        let base = u32::try_from(base / UNIT).expect("fewer than 2^36 sums");
        let entry = Entry { signature, block, base };
        self.met.push(entry);
        if self.open.is_empty() && self.fits_plain(signature, block) {
            self.plain[(signature << self.block_bits | block) as usize] = base;
        } else if self.met.len() * 2 > self.open.len() {
            self.plain = Vec::new();
            let free = Entry { signature: 0, block: 0, base: FREE };
            self.open = vec![free; (self.met.len() * 4).next_power_of_two()];
            (0..self.met.len()).for_each(|at| self.put(self.met[at]));
        } else {
            self.put(entry);
        }
    }

    /// Makes room in the plain table, if it may be as large as that.
    fn fits_plain(&mut self, signature: u32, block: u32) -> bool {
        let bits = self.block_bits.max(u32::BITS - block.leading_zeros());
        let signatures = (self.plain.len() >> self.block_bits).max(signature as usize + 1);
        let needed = signatures << bits;
        if needed > MAX_PLAIN {
            return false;
        }
        if bits > self.block_bits {
            self.block_bits = bits;
            self.plain = vec![FREE; needed];
            for entry in &self.met {
                self.plain[(entry.signature << bits | entry.block) as usize] = entry.base;
            }
        } else if needed > self.plain.len() {
            self.plain.resize(needed, FREE);
        }
        true
    }

    fn put(&mut self, entry: Entry) {
        let mask = self.open.len() - 1;
        let mut at = hash(entry.signature, entry.block);
        while self.open[at & mask].base != FREE {
            at += 1;
        }
        self.open[at & mask] = entry;
    }

    /// Signature, block and beginning of every pair that was met.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, usize)> + '_ {
        self.met.iter().map(|entry| (entry.signature, entry.block, entry.base as usize * UNIT))
    }
}

/// Neighbours in either number come to lie apart; the upper bits of the products are the mixed ones.
#[inline(always)]
fn hash(signature: u32, block: u32) -> usize {
    let mixed = u64::from(signature).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ u64::from(block).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    (mixed >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few and many pairs: the plain table serves the former, the open one the latter.
    #[test]
    fn a_pair_is_found_where_it_was_put_and_no_other() {
        for (signatures, blocks) in [(7, 300), (300, 7), (3000, 700)] {
            let mut table = BlockTable::default();
            assert_eq!(table.find(0, 0), None);
            let pairs = || (0..2000u32).map(|i| (i * 7 % signatures, i * 11 % blocks));
            let mut known = std::collections::HashMap::new();
            for (i, pair) in pairs().enumerate() {
                assert_eq!(table.find(pair.0, pair.1), known.get(&pair).copied());
                if known.insert(pair, i * UNIT).is_none() {
                    table.insert(pair.0, pair.1, i * UNIT);
                } else {
                    known.insert(pair, table.find(pair.0, pair.1).unwrap());
                }
            }
            assert!(known.iter().all(|(pair, &base)| table.find(pair.0, pair.1) == Some(base)));
            assert_eq!((table.find(signatures, 0), table.find(0, blocks)), (None, None));
            assert_eq!(table.iter().count(), known.len());
        }
    }
}
