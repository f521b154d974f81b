//! Products in machine words, for column loops.
//!
//! A line is `quantity x rate`, rounded once. Either of the two may be what is the same for many rows: a rate for quantities
//! of one scale, or a decimal quantity for rates that are whole picograms for each unit. Both are a [`WordRate`].

use super::divide_half_even;
use crate::decimal::POW10;

/// Most digits after the point that [`WordRate::of_decimal`] takes.
const MAX_WORD_SCALE: u8 = 18;

/// Divides by 10^scale without a division.
#[derive(Clone, Copy, Debug)]
struct PowerOfTen {
    power: u64,
    /// `2^(63 + bits) / power + 1`, where `power <= 2^bits`: the quotient of a number below 2^63 is the upper part of its
    /// product with this (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994, theorem 4.2).
    magic: u64,
    /// `63 + bits`
    magic_shift: u32,
    den: Denominator,
}

const POWERS: [PowerOfTen; MAX_WORD_SCALE as usize + 1] = {
    let mut powers = [PowerOfTen::new(1); MAX_WORD_SCALE as usize + 1];
    let mut scale = 1;
    while scale < powers.len() {
        powers[scale] = PowerOfTen::new(powers[scale - 1].power * 10);
        scale += 1;
    }
    powers
};

impl PowerOfTen {
    const fn new(power: u64) -> Self {
        let bits = u64::BITS - (power - 1).leading_zeros();
        let magic_shift = 63 + bits;
        let magic = ((1u128 << magic_shift) / power as u128) as u64 + 1;
        Self { power, magic, magic_shift, den: Denominator::new(power) }
    }
}

/// A number that products are divided by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Denominator {
    /// The number, shifted so that its first bit is set.
    shifted: u64,
    shift: u32,
    /// `(2^128 - 1) / shifted - 2^64`
    reciprocal: u64,
}

impl Denominator {
    const fn new(den: u64) -> Self {
        let shift = den.leading_zeros();
        let shifted = den << shift;
        Self { shifted, shift, reciprocal: (u128::MAX / shifted as u128) as u64 }
    }
}

/// A rate for quantities of one fixed scale, in words that a column loop can use without a division.
///
/// With `num = whole x den + rest`, a quantity `q` gives `q x whole + q x rest / den`, and the second quotient fits a word.
/// It is found by multiplying with the reciprocal of `den` (Moeller and Granlund, "Improved division by invariant integers",
/// 2011, algorithm 4), which takes the same few steps whatever the numbers are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct WordRate {
    whole: u64,
    rest: u64,
    den: Denominator,
    negative: bool,
}

impl WordRate {
    /// The rate `num / den`; `den` is above zero.
    pub fn new(num: u64, den: u64, negative: bool) -> Self {
        Self { whole: num / den, rest: num % den, den: Denominator::new(den), negative }
    }

    /// The decimal `mantissa / 10^scale`, as what whole numbers are multiplied with; none beyond 18 digits after the point.
    #[inline(always)]
    pub fn of_decimal(mantissa: i64, scale: u8) -> Option<Self> {
        let by = POWERS.get(scale as usize)?;
        let size = mantissa.unsigned_abs();
        // The one number of 2^63 is a unit above what the magic number is made for.
        let whole = if size >> 63 == 0 {
            ((u128::from(size) * u128::from(by.magic)) >> by.magic_shift) as u64
        } else {
            size / by.power
        };
        Some(Self { whole, rest: size - whole * by.power, den: by.den, negative: mantissa < 0 })
    }

    /// The rate as a whole number of 1e-15 units, if it is one: then a product is not rounded.
    pub fn whole(&self) -> Option<i64> {
        let whole = i64::try_from(self.whole).ok().filter(|_| self.rest == 0)?;
        Some(if self.negative { -whole } else { whole })
    }

    /// The product with a quantity of `mantissa`, in 1e-15 units, rounded once, half to even.
    #[inline(always)]
    pub fn pg(&self, mantissa: i64) -> i128 {
        let size = mantissa.unsigned_abs();
        // Up to 2^63 times less than the denominator: shifted, it stays below 2^63 times the shifted one.
        let Denominator { shifted: den, shift, reciprocal } = self.den;
        let dividend = (u128::from(size) * u128::from(self.rest)) << shift;
        let high = (dividend >> 64) as u64;
        let estimate = u128::from(reciprocal) * u128::from(high) + dividend;
        let (mut quotient, low) = (((estimate >> 64) as u64).wrapping_add(1), estimate as u64);
        let mut rest = (dividend as u64).wrapping_sub(quotient.wrapping_mul(den));
        let above = rest > low;
        quotient = quotient.wrapping_sub(u64::from(above));
        rest = rest.wrapping_add(if above { den } else { 0 });
        let below = rest >= den;
        quotient = quotient.wrapping_add(u64::from(below));
        rest = rest.wrapping_sub(if below { den } else { 0 });
        let floor = u128::from(size) * u128::from(self.whole) + u128::from(quotient);
        let other = den - rest;
        let up = (rest > other) | ((rest == other) & (floor & 1 == 1));
        let pg = (floor + u128::from(up)) as i128;
        if self.negative != (mantissa < 0) { -pg } else { pg }
    }
}

/// The product of the decimal `mantissa / 10^scale` and a whole number, rounded once, half to even.
#[inline(always)]
pub(crate) fn decimal_product(mantissa: i64, scale: u8, whole: i64) -> i128 {
    match WordRate::of_decimal(mantissa, scale) {
        Some(decimal) => decimal.pg(whole),
        None => small_product(mantissa, scale, whole),
    }
}

/// The product of a decimal with more digits after the point than a word has.
#[cold]
fn small_product(mantissa: i64, scale: u8, whole: i64) -> i128 {
    let size = u128::from(mantissa.unsigned_abs()) * u128::from(whole.unsigned_abs());
    // Up to 2^126; beyond 38 digits after the point nothing of it is left.
    let power = POW10.get(scale as usize).map_or(u128::MAX, |power| power.unsigned_abs());
    let pg = divide_half_even(size, power) as i128;
    if (mantissa < 0) == (whole < 0) { pg } else { -pg }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use proptest::prelude::*;

    use super::*;
    use crate::ratio::{Ratio, pow10};

    proptest! {
        #[test]
        fn a_rate_in_words_rounds_as_any_division(q in any::<i64>(), cut in 0u32..64, num in any::<u64>(), short in 0u32..64, den in any::<u64>(), small in 0u32..64) {
            let (q, num, den) = (q >> cut, num >> short, (den >> small).max(1));
            let exact = (&Ratio::new(num, den).unwrap() * &Ratio::from(q)).round_half_even();
            prop_assert_eq!(BigInt::from(WordRate::new(num, den, false).pg(q)), exact.clone());
            prop_assert_eq!(BigInt::from(-WordRate::new(num, den, true).pg(q)), exact.clone());
            let size = u128::from(q.unsigned_abs()) * u128::from(num);
            prop_assert_eq!(BigInt::from(divide_half_even(size, den.into())), exact.magnitude().clone().into());
        }

        #[test]
        fn halves_go_to_the_even_number(q in 1i64..1 << 40, half in 1u64..1 << 20) {
            // q / (2 half) with q an odd multiple of half: the rest is exactly one half.
            let q = q * 2 + 1;
            let pg = WordRate::new(half, 2 * half, false).pg(q);
            prop_assert_eq!((pg % 2, (2 * pg - i128::from(q)).abs()), (0, 1));
        }

        #[test]
        fn a_decimal_times_a_whole_number_is_rounded_once(m in any::<i64>(), cut in 0u32..64, scale in 0u8..39, n in any::<i64>(), short in 0u32..64) {
            let (m, n) = (m >> cut, n >> short);
            let exact = (&Ratio::new(m, pow10(scale.into())).unwrap() * &Ratio::from(n)).round_half_even();
            prop_assert_eq!(BigInt::from(decimal_product(m, scale, n)), exact);
        }
    }

    #[test]
    fn the_ends_of_a_word_are_multiplied_exactly() {
        for m in [i64::MIN, i64::MIN + 1, -1, 0, 1, 999_999_999_999_999_999, 10i64.pow(18), i64::MAX] {
            for n in [i64::MIN, -1, 0, 1, 5, i64::MAX] {
                for scale in 0..39 {
                    let exact =
                        (&Ratio::new(m, pow10(scale.into())).unwrap() * &Ratio::from(n)).round_half_even();
                    assert_eq!(BigInt::from(decimal_product(m, scale, n)), exact, "{m} e-{scale} x {n}");
                }
            }
        }
    }

    #[test]
    fn half_a_picogram_goes_to_the_even_one() {
        // 0.5 x 1, 0.5 x 3, -0.5 x 5
        assert_eq!([(5, 1), (5, 3), (-5, 5)].map(|(m, n)| decimal_product(m, 1, n)), [0, 2, -2]);
    }
}
