//! Which segments may have a key: eight bits of sixteen times the keys for each key, for 64 segments side by side.
//!
//! A new event has to be looked for in every segment that there is. A filter of a segment says "not here" for all but one in
//! 1,700 keys that it does not have. The filters of 64 segments lie in words of 64 bits, one bit a segment, so that eight
//! reads ask them all at once.
//!
//! # Source
//! B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 13 (1970); the bit-sliced form is that of
//! signature files.

use esg_core::store::Key;

/// Bits of a filter for each line of a full segment.
const BITS_PER_LINE: usize = 16;
/// Bits that a key sets.
const HASHES: u64 = 8;
/// Segments side by side.
const GROUP: usize = 64;

/// The bits of a key. A key is a digest, so its halves are as good as two hash functions (Kirsch and Mitzenmacher, 2006).
fn places(key: &Key, bits: usize) -> impl Iterator<Item = usize> {
    let (low, high) = key.as_bytes().split_first_chunk::<8>().expect("16 bytes");
    let (first, step) = (u64::from_le_bytes(*low), u64::from_le_bytes(high.try_into().expect("8 bytes")) | 1);
    (0..HASHES)
        .map(move |i| (first.wrapping_add(i.wrapping_mul(step)) >> (64 - bits.trailing_zeros())) as usize)
}

/// Bits of the filter of a segment: a power of two, as its lines are.
fn of(lines: usize) -> usize {
    (lines * BITS_PER_LINE).max(64)
}

/// Returns the filter of the keys of a segment that has so many lines, 64 bits to a word.
pub fn bits(keys: &[Key], lines: usize) -> Vec<u64> {
    let bits = of(lines);
    let mut words = vec![0u64; bits / 64];
    for place in keys.iter().flat_map(|key| places(key, bits)) {
        words[place / 64] |= 1 << (place % 64);
    }
    words
}

/// The filters of all full segments.
#[derive(Debug)]
pub struct Filters {
    /// Bits of each.
    bits: usize,
    /// `groups[segment / 64][bit]`: bit `segment % 64`.
    groups: Vec<Vec<u64>>,
    segments: usize,
}

impl Filters {
    /// Returns the filters of no segment yet; a full one will have so many lines.
    pub fn new(lines: usize) -> Self {
        Self { bits: of(lines), groups: Vec::new(), segments: 0 }
    }

    /// Adds the filter of the next segment.
    pub fn push(&mut self, filter: &[u64]) {
        let segment = self.segments;
        if segment.is_multiple_of(GROUP) {
            self.groups.push(vec![0; self.bits]);
        }
        let (group, bit) = (&mut self.groups[segment / GROUP], 1u64 << (segment % GROUP));
        for (at, word) in filter.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                group[at * 64 + rest.trailing_zeros() as usize] |= bit;
                rest &= rest - 1;
            }
        }
        self.segments += 1;
    }

    /// Returns the segments that may have the key.
    pub fn may_have(&self, key: &Key) -> impl Iterator<Item = u64> {
        let places: [usize; HASHES as usize] = {
            let mut all = places(key, self.bits);
            std::array::from_fn(|_| all.next().expect("as many as hashes"))
        };
        self.groups.iter().enumerate().flat_map(move |(number, group)| {
            // A few reads show that no segment has it, and each may be one from memory.
            let mut rest = u64::MAX;
            for place in places {
                rest &= group[place];
                if rest == 0 {
                    break;
                }
            }
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some((number * GROUP) as u64 + u64::from(bit))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_all_its_keys_and_few_others() {
        let key = |segment: u32, event: u32| Key::of("t", &segment.to_string(), &event.to_string());
        let mut filters = Filters::new(65_536);
        for segment in 0..66 {
            let count = if segment % 33 == 0 { 65_536 } else { 10 };
            filters.push(&bits(&(0..count).map(|event| key(segment, event)).collect::<Vec<_>>(), 65_536));
        }
        for (segment, event) in [(0, 0), (0, 65_535), (33, 7), (64, 9), (65, 0)] {
            assert!(filters.may_have(&key(segment, event)).any(|found| found == u64::from(segment)));
        }
        // Half of the bits of a full filter are set but for e^-0.5: (1 - e^-0.5)^8 = 0.00057 of others are let through by each.
        let wrong: usize = (0..20_000).map(|event| filters.may_have(&key(1000, event)).count()).sum();
        let expected = 20_000.0 * 2.0 * (1.0 - (-0.5f64).exp()).powi(8);
        assert!((wrong as f64 - expected).abs() < 5.0 * expected.sqrt(), "{wrong}, expected {expected}");
    }
}
