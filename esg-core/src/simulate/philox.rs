//! Philox4x32-10: chance as a pure function of (seed, variable, draw).
//!
//! A generator with a state ties every draw to those before it: a new variable or another thread would shift them all.
//! A counter-based one has no state. Each variable has its own key, each draw its own counter, so any draw of any
//! variable can be computed alone, and nothing that is added elsewhere changes it.
//!
//! The **key** is the first eight bytes of SHA-256 over the seed (eight bytes, little-endian) and the variable's id (UTF-8),
//! as two words, the lower first. The **counter** is half of the draw's index, lower word first; the even draw takes the
//! first two words of the result, the odd one the last two, lower word first. The **uniform** is the odd multiple of 2^-53
//! whose upper 52 bits are those of the 64: never 0 or 1, symmetric about 1/2, and exact as a float, as is 1 minus it.
//!
//! # Source
//! Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC11).

use sha2::{Digest, Sha256};

use crate::math::wide;

const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: usize = 10;
/// Counters that one turn of the inner loop works on.
const WIDTH: usize = 32;

/// Returns the four words of a counter under a key.
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    rounds(counter.map(u64::from), key).map(|word| word as u32)
}

/// Ten rounds. Words live in the lower halves; what stands in an upper one is rubbish that no product reads.
#[inline(always)]
fn rounds(counter: [u64; 4], mut key: [u32; 2]) -> [u64; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    for _ in 0..ROUNDS {
        let first = (a & 0xffff_ffff) * MULTIPLIERS[0];
        let second = (c & 0xffff_ffff) * MULTIPLIERS[1];
        a = (second >> 32) ^ b ^ u64::from(key[0]);
        c = (first >> 32) ^ d ^ u64::from(key[1]);
        b = second;
        d = first;
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    [a, b, c, d]
}

/// The odd multiple of 2^-53 that 64 bits stand for.
#[inline(always)]
pub(super) fn open_unit(bits: u64) -> f64 {
    // 1.b - (1 - 2^-53), exact.
    f64::from_bits((bits >> 12) | 0x3ff0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0)
}

/// The uniform numbers of one variable under one seed.
///
/// # Examples
/// ```
/// # use esg_core::simulate::Stream;
/// let grid = Stream::new(7, "grid/GB");
/// let mut draws = [0.0; 4];
/// grid.fill(1000, &mut draws);
/// assert_eq!(draws[3], grid.uniform(1003)); // any draw can be computed alone
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// Returns the stream of the variable `id` under `seed`.
    pub fn new(seed: u64, id: &str) -> Self {
        let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(id.as_bytes()).finalize();
        let word = |i| u32::from_le_bytes([digest[i], digest[i + 1], digest[i + 2], digest[i + 3]]);
        Self { key: [word(0), word(4)] }
    }

    /// The key of the generator.
    pub const fn key(self) -> [u32; 2] {
        self.key
    }

    /// Returns the 64 random bits of a draw.
    pub fn bits(self, draw: u64) -> u64 {
        let [a, b, c, d] = self.words(draw / 2);
        if draw.is_multiple_of(2) { a | b << 32 } else { c | d << 32 }
    }

    /// Returns the uniform number of a draw, within 0..1 without the ends.
    pub fn uniform(self, draw: u64) -> f64 {
        open_unit(self.bits(draw))
    }

    /// Writes the uniform numbers of the draws from `first` on.
    pub fn fill(self, first: u64, out: &mut [f64]) {
        let mut out = out;
        let mut pair = first / 2;
        if first % 2 == 1 && !out.is_empty() {
            out[0] = self.uniform(first);
            out = &mut out[1..];
            pair += 1;
        }
        let key = self.key;
        wide(
            #[inline(always)]
            || {
                let (chunks, rest) = out.as_chunks_mut::<{ 2 * WIDTH }>();
                for chunk in chunks {
                    fill_pairs(key, pair, chunk);
                    pair += WIDTH as u64;
                }
                let mut last = [0.0; 2 * WIDTH];
                if !rest.is_empty() {
                    fill_pairs(key, pair, &mut last);
                    rest.copy_from_slice(&last[..rest.len()]);
                }
            },
        );
    }

    /// Words of a counter, each in 64 bits without rubbish.
    fn words(self, pair: u64) -> [u64; 4] {
        rounds([pair, pair >> 32, 0, 0], self.key).map(|word| word & 0xffff_ffff)
    }
}

/// The uniform numbers of many counters side by side: two independent vectors hide the time that a product takes.
///
/// Counters in a row share their upper word but at its turn; then half of the first two rounds is the same for all of them.
#[inline(always)]
fn fill_pairs(key: [u32; 2], first: u64, out: &mut [f64; 2 * WIDTH]) {
    let low = first as u32;
    if low > u32::MAX - WIDTH as u32 {
        let counter = |i: usize| [first + i as u64, (first + i as u64) >> 32, 0, 0];
        for (i, pair) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            *pair = uniforms(rounds(counter(i), key));
        }
        return;
    }
    let keys: [[u64; 2]; ROUNDS] = std::array::from_fn(|round| {
        let step = |i: usize| key[i].wrapping_add(WEYL[i].wrapping_mul(round as u32)).into();
        [step(0), step(1)]
    });
    // What the first rounds make of the words that all counters share.
    let upper = (first >> 32) ^ keys[0][0];
    let product = upper * MULTIPLIERS[0];
    let (shared_high, shared_low) = (product >> 32 ^ keys[1][1], product & 0xffff_ffff);
    let mut a = [0; WIDTH];
    let (mut b, mut c, mut d) = (a, a, [shared_low; WIDTH]);
    for i in 0..WIDTH {
        let first = u64::from(low + i as u32) * MULTIPLIERS[0];
        let second = ((first >> 32) ^ keys[0][1]) * MULTIPLIERS[1];
        a[i] = (second >> 32) ^ keys[1][0];
        b[i] = second;
        c[i] = first ^ shared_high;
    }
    for [left, right] in &keys[2..] {
        for i in 0..WIDTH {
            let first = (a[i] & 0xffff_ffff) * MULTIPLIERS[0];
            let second = (c[i] & 0xffff_ffff) * MULTIPLIERS[1];
            a[i] = (second >> 32) ^ b[i] ^ left;
            c[i] = (first >> 32) ^ d[i] ^ right;
            b[i] = second;
            d[i] = first;
        }
    }
    for i in 0..WIDTH {
        [out[2 * i], out[2 * i + 1]] = uniforms([a[i], b[i], c[i], d[i]]);
    }
}

/// The two uniform numbers of four words.
#[inline(always)]
fn uniforms([a, b, c, d]: [u64; 4]) -> [f64; 2] {
    [open_unit((a & 0xffff_ffff) | b << 32), open_unit((c & 0xffff_ffff) | d << 32)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_open_and_symmetric() {
        assert_eq!(open_unit(0), f64::EPSILON / 2.0);
        assert_eq!(open_unit(u64::MAX), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(open_unit(1 << 63) - 0.5, 0.5 - open_unit((1 << 63) - 1));
    }

    #[test]
    fn a_range_of_draws_is_those_draws() {
        let stream = Stream::new(42, "diesel");
        for (first, count) in [(0, 200), (1, 3), (7, 64), (63, 65), (u64::from(u32::MAX) * 2 - 5, 80), (5, 0)]
        {
            let mut draws = vec![0.0; count];
            stream.fill(first, &mut draws);
            for (i, &u) in draws.iter().enumerate() {
                assert_eq!(u, stream.uniform(first + i as u64), "{first} + {i}");
            }
        }
    }

    #[test]
    fn seeds_and_variables_have_their_own_keys() {
        let keys = [Stream::new(1, "a"), Stream::new(2, "a"), Stream::new(1, "b"), Stream::new(1, "")];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b));
        }
        // SHA-256 of eight zero bytes starts with af 55 70 f5 a1 81 0b 7a.
        assert_eq!(Stream::new(0, "").key(), [0xf570_55af, 0x7a0b_81a1]);
    }
}
