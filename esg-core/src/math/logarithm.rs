//! The natural logarithm.

use super::lanes::{Kernel, Real, horner};
use super::{LN2_HIGH, LN2_LOW};

/// Bits of sqrt(1/2): the mantissa is taken within sqrt(1/2)..sqrt(2).
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
/// `(2 artanh s - 2 s) / s^3` as a polynomial of `z = s^2 <= 0.0295`, relative error 3e-18; near 2/3, 2/5, ... 2/17.
const SERIES: [f64; 8] = [
    0.666_666_666_666_666_6,
    0.400_000_000_000_008_8,
    0.285_714_285_708_011_2,
    0.222_222_223_922_221_6,
    0.181_817_955_907_619_07,
    0.153_862_421_643_483_65,
    0.132_687_122_893_332_62,
    0.130_872_170_315_789_88,
];

/// Returns `k` and `f` with `x = (1 + f) 2^k` and 1 + f within sqrt(1/2)..sqrt(2), for positive normal numbers.
#[inline(always)]
pub(super) fn reduced<R: Real>(x: R) -> (R, R) {
    // The exponent stands in the lowest bits of 2^52 + exponent.
    let k = x.map(
        #[inline(always)]
        |x| f64::from_bits((shifted(x) >> 52) | 0x4330_0000_0000_0000),
    );
    let f = x.map(
        #[inline(always)]
        |x| f64::from_bits((shifted(x) & MANTISSA) + ROOT_HALF),
    );
    (k - (4_503_599_627_370_496.0 + 1023.0), f - 1.0)
}

/// Returns `k`, `f` and `low` with `ln x = k LN2_HIGH + f - low`, for positive normal numbers.
///
/// With `s = f / (2 + f)`: `ln(1 + f) = 2 artanh s = f - (f^2/2 - s (f^2/2 + R))`.
#[inline(always)]
fn parts<R: Real>(x: R) -> (R, R, R) {
    let (k, f) = reduced(x);
    let s = f / (f + 2.0);
    let z = s * s;
    let half = f * f * 0.5;
    let low = half - (s * (half + z * horner(&SERIES, z)) + k * LN2_LOW);
    (k, f, low)
}

/// The bits of a number over sqrt(1/2), as if exponents were logarithms.
#[inline(always)]
fn shifted(x: f64) -> u64 {
    x.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - ROOT_HALF)
}

#[derive(Clone, Copy)]
struct Ln;

impl Kernel for Ln {
    #[inline(always)]
    fn usual<R: Real>(self, x: R, _: R) -> R {
        let (k, f, low) = parts(x);
        k * LN2_HIGH - (low - f)
    }

    #[inline(always)]
    fn is_rare(self, x: f64) -> bool {
        !(f64::MIN_POSITIVE..=f64::MAX).contains(&x)
    }

    fn unusual(self, x: f64) -> f64 {
        edge(x)
    }
}

#[cold]
fn edge(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return x;
    }
    let (k, f, low) = lifted_parts(x);
    k * LN2_HIGH - (low - f)
}

/// As [`parts`], for subnormal numbers too.
pub(super) fn lifted_parts(x: f64) -> (f64, f64, f64) {
    if x >= f64::MIN_POSITIVE {
        return parts(x);
    }
    // 2^54
    let (k, f, low) = parts(x * 18_014_398_509_481_984.0);
    // k ln 2 is split over both results, so the share of 2^54 is taken out of both.
    (k - 54.0, f, low + 54.0 * LN2_LOW)
}

/// Returns the natural logarithm: minus infinity for 0, NaN below.
#[inline]
pub fn ln(x: f64) -> f64 {
    Ln.at(x)
}

/// Replaces every `x` by [`ln`] of it, with the same bits.
pub fn ln_slice(values: &mut [f64]) {
    Ln.replace(values);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts;

    #[test]
    fn the_edges_are_those_of_ieee_754() {
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan() && ln(f64::NEG_INFINITY).is_nan());
        assert_eq!((ln(0.0), ln(f64::INFINITY), ln(1.0)), (f64::NEG_INFINITY, f64::INFINITY, 0.0));
        // The smallest float is 2^-1074.
        let least = ln(f64::from_bits(1));
        assert!((least + 1074.0 * consts::LN_2).abs() <= 2.0 * f64::EPSILON * 745.0, "{least}");
        // ln(1 + 2^-52) = 2^-52 - 2^-105 + ...
        assert_eq!(ln(1.0 + f64::EPSILON), f64::EPSILON - f64::EPSILON * f64::EPSILON / 2.0);
    }

    #[test]
    fn a_slice_has_the_bits_of_its_values() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i).powi(5) * 1e-320).collect();
        values.extend([f64::NAN, f64::INFINITY, -1.0, -0.0, 1.0]);
        let each: Vec<u64> = values.iter().map(|&x| ln(x).to_bits()).collect();
        ln_slice(&mut values);
        assert_eq!(values.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), each);
    }
}
