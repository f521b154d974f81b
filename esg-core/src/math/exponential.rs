//! The exponential function.

use super::wide::{each, replace};
use super::{LN2_HIGH, LN2_LOW, polynomial};

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

/// `e^(x - k ln 2)` and the bits of `k + ROUND`, with `k = round(x / ln 2)`.
#[inline(always)]
fn parts(x: f64) -> (f64, u64) {
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    (1.0 + (r + r * r * polynomial(&SERIES, r)), shifted.to_bits())
}

/// Right for |x| <= MAX.
#[inline(always)]
fn usual(x: f64) -> f64 {
    let (value, k) = parts(x);
    f64::from_bits(value.to_bits().wrapping_add(k << 52))
}

/// Right for the others: the power of two is taken in two steps, each within range.
#[cold]
fn unusual(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x > 710.0 {
        return f64::INFINITY;
    }
    if x < -746.0 {
        return 0.0;
    }
    let (value, k) = parts(x);
    let k = k.wrapping_sub(ROUND.to_bits()) as i64;
    value * power_of_two(k / 2) * power_of_two(k - k / 2)
}

/// Returns 2^k for k within -1022..=1023.
fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((1023 + k) as u64) << 52)
}

#[inline(always)]
fn is_unusual(x: f64) -> bool {
    !(-MAX..=MAX).contains(&x)
}

/// Returns e to the power of `x`: 0 far below zero, infinity from about 709.8 on.
///
/// With `k = round(x / ln 2)`: `e^x = 2^k e^(x - k ln 2)`, the latter by its power series.
#[inline]
pub fn exp(x: f64) -> f64 {
    if is_unusual(x) { unusual(x) } else { usual(x) }
}

/// Replaces every `x` by [`exp`] of it, with the same bits.
pub fn exp_slice(values: &mut [f64]) {
    exp_line_slice(values, 0.0, 1.0);
}

/// Replaces every `x` by [`exp`] of `start + slope * x`, in one pass.
pub(crate) fn exp_line_slice(values: &mut [f64], start: f64, slope: f64) {
    replace(
        values,
        each(
            #[inline(always)]
            move |x| usual(start + slope * x),
        ),
        #[inline(always)]
        move |x| is_unusual(start + slope * x),
        move |x| unusual(start + slope * x),
    );
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
