//! Sobol' points with random scrambling: draws that fill the space evenly, and whose error can still be told.
//!
//! A Sobol' sequence alone has an error that nobody can estimate. Scrambled anew in every replicate, each point is uniform, so
//! results are unbiased, and how far replicates lie apart is their standard error. The scrambling is Owen's nested one in the
//! form of a hash (Laine and Karras 2011, with the constants of Vegdahl 2021): a bit is flipped or not depending on the bits
//! above it alone. The upper 32 of the 52 bits of a uniform number are the scrambled point, the lower ones are hashed.
//!
//! Variables that matter most get the first dimensions. Beyond the last dimension of the table a variable gets the
//! first one with its points in an order of its own (Burley 2020): a Latin hypercube, evenly spread by itself and
//! independent of the others.
//!
//! # Source
//! Direction numbers: Joe and Kuo (2008), `data/sobol`. Burley (2020), Practical hash-based Owen scrambling.

use super::philox::{Stream, open_unit};
use crate::math::wide;

/// Dimensions of the table.
pub const MAX_DIMENSIONS: usize = 2048;

const TABLE: &[u8] = include_bytes!("../../data/sobol/joe_kuo_6.bin");
const BITS: usize = 32;

/// One dimension of the sequence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SobolDimension {
    /// `directions[bit of the index]`
    directions: [u32; BITS],
    /// Whether the points come in an order of their own.
    shuffled: bool,
}

impl SobolDimension {
    /// Returns the first `count` dimensions; those beyond the table are the first one in another order.
    pub fn first(count: usize) -> Vec<Self> {
        let mut words = TABLE.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let mut dimensions: Vec<Self> = (0..count.min(MAX_DIMENSIONS))
            .map(|_| {
                let polynomial = words.next().expect("the table has as many dimensions as it says");
                let degree = polynomial.ilog2() as usize;
                let initial: Vec<u16> = words.by_ref().take(degree).collect();
                Self { directions: directions(polynomial.into(), &initial), shuffled: false }
            })
            .collect();
        if let Some(&first) = dimensions.first() {
            dimensions.resize(count, Self { shuffled: true, ..first });
        }
        dimensions
    }

    /// Returns point `index` without scrambling, as 32 bits after the binary point.
    pub fn point(&self, index: u32) -> u32 {
        let set = |&(bit, _): &(usize, &u32)| index >> bit & 1 == 1;
        self.directions.iter().enumerate().filter(set).fold(0, |x, (_, direction)| x ^ direction)
    }

    /// Writes the scrambled points from `first` on.
    pub(super) fn fill(&self, keys: Keys, first: u32, out: &mut [f64]) {
        if self.shuffled {
            wide(
                #[inline(always)]
                || {
                    for (i, u) in out.iter_mut().enumerate() {
                        let index = scrambled(first.wrapping_add(i as u32), keys.order);
                        *u = keys.uniform(index.reverse_bits());
                    }
                },
            );
            return;
        }
        let mut index = first;
        let mut out = out;
        while !out.is_empty() {
            // The largest aligned run of points that starts here and fits: its points double bit by bit.
            let most = if index == 0 { 31 } else { index.trailing_zeros() };
            let bits = most.min(out.len().ilog2()).min(9);
            let (run, rest) = out.split_at_mut(1 << bits);
            self.fill_run(keys, index, bits as usize, run);
            index = index.wrapping_add(1 << bits);
            out = rest;
        }
    }

    fn fill_run(&self, keys: Keys, first: u32, bits: usize, out: &mut [f64]) {
        let mut points = [0; 512];
        points[0] = self.point(first);
        for bit in 0..bits {
            let (known, new) = points.split_at_mut(1 << bit);
            for (new, &point) in new.iter_mut().zip(known.iter()) {
                *new = point ^ self.directions[bit];
            }
        }
        wide(
            #[inline(always)]
            || {
                for (u, &point) in out.iter_mut().zip(&points) {
                    *u = keys.uniform(point);
                }
            },
        );
    }
}

/// What scrambles one variable in one replicate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    value: u32,
    rest: u32,
    order: u32,
}

impl Keys {
    pub(super) fn new(stream: Stream, replicate: u64) -> Self {
        let (first, second) = (stream.bits(2 * replicate), stream.bits(2 * replicate + 1));
        Self { value: first as u32, rest: (first >> 32) as u32, order: second as u32 }
    }

    #[inline(always)]
    fn uniform(&self, point: u32) -> f64 {
        let upper = scrambled(point, self.value);
        open_unit(u64::from(upper) << 32 | u64::from(mixed(point ^ self.rest)))
    }
}

/// Flips each bit by a hash of the bits above it.
#[inline(always)]
fn scrambled(x: u32, key: u32) -> u32 {
    let mut x = x.reverse_bits();
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(key);
    x = x.wrapping_mul((key >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

/// A hash of 32 bits (Wellons' lowbias32).
#[inline(always)]
fn mixed(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ x >> 16
}

/// The recurrence of a primitive polynomial, given with all its bits.
fn directions(polynomial: u32, initial: &[u16]) -> [u32; BITS] {
    let degree = initial.len();
    let mut directions = [0; BITS];
    if degree == 0 {
        return std::array::from_fn(|bit| 1 << (BITS - 1 - bit));
    }
    for bit in 0..BITS {
        directions[bit] = match initial.get(bit) {
            Some(&number) => u32::from(number) << (BITS - 1 - bit),
            None => {
                let oldest = directions[bit - degree];
                let middle = (1..degree).filter(|k| polynomial >> (degree - k) & 1 == 1);
                middle.fold(oldest ^ oldest >> degree, |x, k| x ^ directions[bit - k])
            }
        };
    }
    directions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first points of the authors' program for `new-joe-kuo-6`, ten dimensions, in the order of the index and not
    /// of its Gray code: points 1, 3, 2 of theirs are 1, 2, 3 here.
    #[test]
    fn the_first_points_are_those_of_joe_and_kuo() {
        let dimensions = SobolDimension::first(10);
        let point = |index| -> Vec<f64> {
            dimensions.iter().map(|d| f64::from(d.point(index)) / 4_294_967_296.0).collect()
        };
        assert_eq!(point(0), [0.0; 10]);
        assert_eq!(point(1), [0.5; 10]);
        assert_eq!(point(3), [0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.75, 0.75, 0.75]);
        assert_eq!(point(2), [0.25, 0.75, 0.75, 0.75, 0.25, 0.25, 0.75, 0.25, 0.25, 0.25]);
    }

    #[test]
    fn every_dimension_of_the_table_is_evenly_spread() {
        let dimensions = SobolDimension::first(MAX_DIMENSIONS);
        assert_eq!(TABLE.len(), 57_140);
        for (number, dimension) in dimensions.iter().enumerate() {
            let mut seen = [false; 256];
            (0..256).for_each(|index| seen[(dimension.point(index) >> 24) as usize] = true);
            assert!(seen.iter().all(|&seen| seen), "{number}");
        }
    }

    #[test]
    fn scrambled_points_are_evenly_spread_in_every_dimension() {
        let mut dimensions = SobolDimension::first(5);
        dimensions.extend(SobolDimension::first(MAX_DIMENSIONS + 2).split_off(MAX_DIMENSIONS));
        for (number, dimension) in dimensions.iter().enumerate() {
            let keys = Keys::new(Stream::new(3, &number.to_string()), 1);
            for (first, count) in [(0, 1024), (1024, 1024), (4096, 4096)] {
                let mut points = vec![0.0; count];
                dimension.fill(keys, first, &mut points);
                let mut seen = vec![0; count];
                points.iter().for_each(|u| seen[(u * count as f64) as usize] += 1);
                assert!(seen.iter().all(|&times| times == 1), "{number} {first}");
            }
        }
    }

    #[test]
    fn a_range_of_points_is_those_points() {
        for dimension in
            [SobolDimension::first(7)[6], SobolDimension::first(MAX_DIMENSIONS + 1)[MAX_DIMENSIONS]]
        {
            let keys = Keys::new(Stream::new(3, "x"), 0);
            let mut whole = [0.0; 1500];
            dimension.fill(keys, 0, &mut whole);
            for (first, count) in [(0, 1), (5, 700), (511, 2), (700, 800)] {
                let mut part = vec![0.0; count];
                dimension.fill(keys, first, &mut part);
                assert_eq!(part, &whole[first as usize..first as usize + count]);
            }
        }
    }
}
