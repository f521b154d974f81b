//! Sums of floats without any rounding, so that no order, thread or partition can show.
//!
//! A float is a whole number of 2^-1074. The sum is kept as one wide whole number, in digits of 32 bits, each with room for
//! carries that are settled from time to time. Adding up is exact; only reading the sum rounds, once.

/// Digits: 2098 bits of floats, and room for 2^43 of them.
const DIGITS: usize = 68;
/// Additions until carries must be settled: a part of a float has up to 53 bits, a digit's word 63.
const UNSETTLED: u32 = 1000;

/// An exact sum of finite floats.
#[derive(Clone, Debug)]
pub struct ExactSum {
    digits: [i64; DIGITS],
    unsettled: u32,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { digits: [0; DIGITS], unsettled: 0 }
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        let (mut a, mut b) = (self.clone(), other.clone());
        a.settle();
        b.settle();
        a.digits == b.digits
    }
}

impl ExactSum {
    /// Adds a finite number.
    #[inline]
    pub fn add(&mut self, x: f64) {
        debug_assert!(x.is_finite());
        if self.unsettled == UNSETTLED {
            self.settle();
        }
        self.unsettled += 1;
        let bits = x.to_bits();
        let exponent = (bits >> 52) as usize & 0x7ff;
        // The hidden bit is there unless the number is subnormal, whose exponent counts as 1.
        let mantissa = (bits & 0x000f_ffff_ffff_ffff) | u64::from(exponent > 0) << 52;
        let position = exponent.saturating_sub(1);
        let (digit, shift) = (position / 32, position % 32);
        let low = ((mantissa << shift) & 0xffff_ffff) as i64;
        let high = (mantissa >> (32 - shift)) as i64;
        let sign = (bits as i64) >> 63;
        self.digits[digit] += (low ^ sign) - sign;
        self.digits[digit + 1] += (high ^ sign) - sign;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.settle();
        self.settle();
        for (digit, other) in self.digits.iter_mut().zip(other.digits) {
            *digit += other;
        }
        self.settle();
    }

    /// Brings all digits but the last into 0..2^32.
    fn settle(&mut self) {
        let mut carry = 0;
        for digit in &mut self.digits[..DIGITS - 1] {
            let value = *digit + carry;
            carry = value >> 32;
            *digit = value & 0xffff_ffff;
        }
        self.digits[DIGITS - 1] += carry;
        self.unsettled = 0;
    }

    /// Returns the float nearest to the sum, half to even.
    pub fn to_f64(&self) -> f64 {
        let mut sum = self.clone();
        sum.settle();
        let negative = sum.digits[DIGITS - 1] < 0;
        if negative {
            sum.digits.iter_mut().for_each(|digit| *digit = -*digit);
            sum.settle();
        }
        let Some(top) = sum.digits.iter().rposition(|&digit| digit != 0) else { return 0.0 };
        let lowest = top.saturating_sub(3);
        let mut value = 0u128;
        for &digit in sum.digits[lowest..=top].iter().rev() {
            value = value << 32 | digit as u128;
        }
        // What is below the four digits that were taken decides a tie.
        value |= u128::from(sum.digits[..lowest].iter().any(|&digit| digit != 0));
        let mut float = value as f64;
        // 2^(32 lowest - 1074), in steps that stay within range.
        let mut power = 32 * lowest as i32 - 1074;
        while power != 0 {
            let step = power.clamp(-500, 500);
            float *= f64::from_bits(((1023 + i64::from(step)) as u64) << 52);
            power -= step;
        }
        if negative { -float } else { float }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::Ratio;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        values.iter().for_each(|&x| sum.add(x));
        sum
    }

    #[test]
    fn nothing_is_lost() {
        assert_eq!(sum(&[]).to_f64(), 0.0);
        assert_eq!(sum(&[1e300, 1.0, -1e300]).to_f64(), 1.0);
        assert_eq!(sum(&[1e16, 1.0, -1e16]).to_f64(), 1.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]).to_f64(), f64::MAX);
        assert_eq!(sum(&[f64::from_bits(1); 3]).to_f64(), f64::from_bits(3));
        assert_eq!(sum(&[-1.5, -2.5]).to_f64(), -4.0);
        assert_eq!(sum(&[0.1; 5000]).to_f64(), 500.0 + 5000.0 * 5.551_115_123_125_783e-18);
        // Half to even: 2^53 + 1 is a tie, and the smallest float more is none.
        assert_eq!(sum(&[9_007_199_254_740_992.0, 1.0]).to_f64(), 9_007_199_254_740_992.0);
        assert_eq!(sum(&[9_007_199_254_740_992.0, 1.0, f64::from_bits(1)]).to_f64(), 9_007_199_254_740_994.0);
    }

    proptest! {
        #[test]
        fn no_order_and_no_partition_shows(
            values in prop::collection::vec((-1e3..1e3f64, -60..60i32), 1..60), cut in 0..60usize,
        ) {
            let values: Vec<f64> = values.into_iter().map(|(m, e)| m * 2f64.powi(e)).collect();
            let whole = sum(&values);
            let mut reversed = values.clone();
            reversed.reverse();
            prop_assert_eq!(&sum(&reversed), &whole);
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut parts = sum(right);
            parts.merge(&sum(left));
            prop_assert_eq!(&parts, &whole);
            // The same in fractions: m 2^e as whole numbers over 2^1074 would be large, so only the sign of the gap.
            let exact = values.iter().fold(Ratio::zero(), |sum, &x| &sum + &exact_ratio(x));
            prop_assert_eq!(whole.to_f64(), exact.to_f64());
        }
    }

    /// A float of moderate exponent as a fraction.
    fn exact_ratio(x: f64) -> Ratio {
        let exponent = ((x.to_bits() >> 52) & 0x7ff) as i32;
        let mantissa = (x.to_bits() & 0x000f_ffff_ffff_ffff) | u64::from(exponent > 0) << 52;
        let power = exponent.max(1) - 1075;
        let signed = if x < 0.0 { -i128::from(mantissa) } else { i128::from(mantissa) };
        let two = num_bigint::BigInt::from(2);
        let scale = two.pow(power.unsigned_abs());
        if power < 0 { Ratio::new(signed, scale).unwrap() } else { Ratio::new(scale * signed, 1).unwrap() }
    }
}
