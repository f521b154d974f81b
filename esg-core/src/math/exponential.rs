//! The exponential function.

use super::lanes::{Kernel, Real, horner};
use super::pairs::two_sum;
use super::{LN2_HIGH, LN2_LOW};

/// Beyond this size of the argument a power of two may leave the normal range.
const MAX: f64 = 708.0;
/// 1.5 x 2^52: adding it rounds to a whole number, which then stands in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// `(e^r - 1 - r) / r^2` as a polynomial for |r| <= ln 2 / 2, relative error 3e-18; near 1/2!, 1/3!, ... 1/12!.
const SERIES: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_68,
    0.008_333_333_333_326_134,
    0.001_388_888_888_887_907_3,
    0.000_198_412_698_748_223_07,
    2.480_158_733_644_360_2e-05,
    2.755_725_539_833_871e-06,
    2.755_726_327_779_158_4e-07,
    2.510_521_769_568_451_6e-08,
    2.091_813_816_945_801e-09,
];

/// `e^(x - k ln 2)` and `k + ROUND`, with `k = round(x / ln 2)`.
#[inline(always)]
fn parts<R: Real>(x: R) -> (R, R) {
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    (r * r * horner(&SERIES, r) + r + 1.0, shifted)
}

/// `e^(start + slope x)`
#[derive(Clone, Copy)]
struct ExpLine {
    start: f64,
    slope: f64,
}

impl Kernel for ExpLine {
    #[inline(always)]
    fn usual<R: Real>(self, x: R, _: R) -> R {
        let (value, k) = parts(x * self.slope + self.start);
        // The lowest bits of k + ROUND are k, which is added to the exponent.
        value.zip(
            k,
            #[inline(always)]
            |value, k| f64::from_bits(value.to_bits().wrapping_add(k.to_bits() << 52)),
        )
    }

    #[inline(always)]
    fn is_rare(self, x: f64) -> bool {
        !(-MAX..=MAX).contains(&(self.start + self.slope * x))
    }

    fn unusual(self, x: f64) -> f64 {
        far(self.start + self.slope * x)
    }
}

/// Beyond MAX the power of two is taken in two steps, each within range.
#[cold]
fn far(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x > 710.0 {
        return f64::INFINITY;
    }
    if x < -746.0 {
        return 0.0;
    }
    let (value, shifted) = parts(x);
    let k = (shifted - ROUND) as i64;
    scaled(value, k)
}

/// `e^(high + low)` as `(sum, rest, k)`: `(sum + rest) 2^k` to some 56 bits; |high| within 745, low a rounding of it.
pub(super) fn exp_pair(high: f64, low: f64) -> (f64, f64, i64) {
    let k = (high * std::f64::consts::LOG2_E + ROUND) - ROUND;
    // Exact, and what is left is far below it.
    let first = high - k * LN2_HIGH;
    let (r, rest) = two_sum(first, low - k * LN2_LOW);
    let (sum, lost) = two_sum(1.0, r);
    let (sum, more) = two_sum(sum, r * r * horner(&SERIES, r));
    (sum, lost + more + rest, k as i64)
}

/// Returns `x 2^k` for k within -2044..=2046, rounded once where that is a normal number.
pub(super) fn scaled(x: f64, k: i64) -> f64 {
    x * power_of_two(k / 2) * power_of_two(k - k / 2)
}

/// Returns 2^k for k within -1022..=1023.
fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((1023 + k) as u64) << 52)
}

/// Returns e to the power of `x`: 0 far below zero, infinity from about 709.8 on.
///
/// With `k = round(x / ln 2)`: `e^x = 2^k e^(x - k ln 2)`, the latter by its power series.
#[inline]
pub fn exp(x: f64) -> f64 {
    ExpLine { start: 0.0, slope: 1.0 }.at(x)
}

/// Replaces every `x` by [`exp`] of it, with the same bits.
pub fn exp_slice(values: &mut [f64]) {
    exp_line_slice(values, 0.0, 1.0);
}

/// Replaces every `x` by [`exp`] of `start + slope * x`, in one pass.
pub(crate) fn exp_line_slice(values: &mut [f64], start: f64, slope: f64) {
    ExpLine { start, slope }.replace(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_those_of_ieee_754() {
        assert!(exp(f64::NAN).is_nan());
        assert_eq!((exp(710.0), exp(1e300), exp(-800.0)), (f64::INFINITY, f64::INFINITY, 0.0));
        assert_eq!((exp(0.0), exp(-0.0)), (1.0, 1.0));
        assert!(exp(-745.0) > 0.0 && exp(709.7).is_finite());
        assert_eq!((exp(f64::INFINITY), exp(f64::NEG_INFINITY)), (f64::INFINITY, 0.0));
    }

    #[test]
    fn a_slice_has_the_bits_of_its_values() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i) * 1.7 - 800.0).collect();
        values.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]);
        let each: Vec<u64> = values.iter().map(|&x| exp(x).to_bits()).collect();
        exp_slice(&mut values);
        assert_eq!(values.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), each);
    }
}
