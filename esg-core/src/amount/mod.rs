//! Exact amounts: carbon is accounted like money.
//!
//! An emission line is an exact product rounded once, half to even, to one picogram (1e-15 kg). From there on there
//! are only whole numbers, so a total is the same for any order, batch size, number of threads or partition, and
//! parts add up to the whole to the last digit. The same fixed point serves energy (1e-15 kWh) and water (1e-15 L).

mod word;

use std::fmt;
use std::iter::Sum;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::{Serialize, Serializer};

use crate::decimal::{Decimal, POW10};
use crate::error::Kind;
use crate::ratio::{Ratio, pow10};

pub(crate) use word::{WordRate, decimal_product};

/// Digits after the point of an amount: 15, so a kilogram counts 1e15 picograms.
pub const SCALE: u32 = 15;
/// Bound of an amount in its smallest unit: 38 digits, what an Arrow decimal128(38, 15) holds.
pub const LIMIT: i128 = POW10[38];

/// Why an amount was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// The exact result does not fit 38 digits.
    #[error("{what} overflows an amount: its size must stay below 1e23")]
    Overflow {
        /// What was being calculated.
        what: String,
    },
    /// Shares of nothing.
    #[error(
        "cannot allocate over {count} weights whose sum is {sum}; it must be above zero and none negative"
    )]
    Weights {
        /// How many weights there were.
        count: usize,
        /// Their sum.
        sum: String,
    },
}

impl AmountError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overflow { .. } => "amount.overflow",
            Self::Weights { .. } => "amount.weights",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Overflow { .. } | Self::Weights { .. } => Kind::Invalid,
        }
    }

    fn overflow(what: impl fmt::Display) -> Self {
        Self::Overflow { what: what.to_string() }
    }
}

/// An exact amount: a whole number of 1e-15 units (picograms where the unit is kg).
///
/// # Examples
/// ```
/// # use esg_core::amount::Amount;
/// let parts = Amount::from_kg("100".parse()?)?.allocate(&[1, 1, 1])?;
/// assert_eq!(parts[0].to_string(), "33.333333333333334");
/// assert_eq!(Amount::sum(parts)?.to_string(), "100");
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Amount(i128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns an amount of `pg` picograms (1e-15 of its unit).
    ///
    /// # Errors
    /// `Overflow` from 1e38 on.
    pub fn from_pg(pg: i128) -> Result<Self, AmountError> {
        if pg.unsigned_abs() < LIMIT.unsigned_abs() { Ok(Self(pg)) } else { Err(AmountError::overflow(pg)) }
    }

    /// Returns `value` kilograms (or units), rounded half to even to 1e-15.
    ///
    /// # Errors
    /// `Overflow` from 1e23 kg on.
    pub fn from_kg(value: Decimal) -> Result<Self, AmountError> {
        Rate::per_unit(Ratio::one()).amount(value)
    }

    /// Returns the exact `value` rounded half to even to 1e-15.
    ///
    /// # Errors
    /// `Overflow` from 1e23 on.
    pub fn from_ratio(value: &Ratio) -> Result<Self, AmountError> {
        let pg = (value * &Ratio::new(pow10(SCALE), 1).expect("one is not zero")).round_half_even();
        pg.to_i128().map_or_else(|| Err(AmountError::overflow(value)), Self::from_pg)
    }

    /// The whole number of picograms (1e-15 units).
    pub const fn pg(self) -> i128 {
        self.0
    }

    /// The exact value in kilograms (or units) as a fraction.
    pub fn to_ratio(self) -> Ratio {
        Ratio::new(self.0, pow10(SCALE)).expect("a power of ten is not zero")
    }

    /// The exact value in tonnes, as decimal text.
    pub fn tonnes(self) -> String {
        fixed(self.0, SCALE + 3)
    }

    /// The nearest binary float in kilograms (or units), for pictures and statistics only.
    pub fn to_f64(self) -> f64 {
        const ONE: u128 = POW10[SCALE as usize] as u128;
        // 55 bits of quotient or more, with a sticky last bit, round once, in the cast. 1e38 < 2^127 leaves no bit behind.
        let size = self.0.unsigned_abs();
        let shift = (size.leading_zeros()).saturating_sub(20).min(106);
        let lifted = size << shift;
        let sticky = u128::from(!lifted.is_multiple_of(ONE));
        let value = ((lifted / ONE) | sticky) as f64 / f64::from_bits(u64::from(1023 + shift) << 52);
        if self.0 < 0 { -value } else { value }
    }

    /// True for 0.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Returns the exact sum.
    ///
    /// # Errors
    /// `Overflow` from 1e38 pg on.
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        let sum = self.0.checked_add(other.0);
        sum.map_or_else(|| Err(AmountError::overflow(format_args!("{self} + {other}"))), Self::from_pg)
    }

    /// Returns the exact difference.
    ///
    /// # Errors
    /// `Overflow` from 1e38 pg on.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.checked_add(Self(-other.0))
    }

    /// Returns the exact sum of all; zero for none.
    ///
    /// # Errors
    /// `Overflow` when the sum of any leading part leaves the range of an i128, or the result 1e38 pg.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
        let mut total = 0i128;
        for amount in amounts {
            total = total.checked_add(amount.0).ok_or_else(|| AmountError::overflow("a sum"))?;
        }
        Self::from_pg(total)
    }

    /// Shares the amount in proportion to whole-number `weights` by largest remainder, so that the parts add up exactly.
    ///
    /// Each part is the exact share rounded down; what is left, fewer picograms than there are parts, goes one each to
    /// the largest remainders, the earlier part first where they are equal.
    ///
    /// # Errors
    /// `Weights` when a weight is negative or their sum is not above zero.
    pub fn allocate(self, weights: &[i128]) -> Result<Vec<Self>, AmountError> {
        let sum: BigInt = weights.iter().copied().map(BigInt::from).sum();
        if sum <= BigInt::ZERO || weights.iter().any(|&w| w < 0) {
            return Err(AmountError::Weights { count: weights.len(), sum: sum.to_string() });
        }
        let magnitude = BigInt::from(self.0.unsigned_abs());
        let mut left = self.0.unsigned_abs();
        let mut parts = Vec::with_capacity(weights.len());
        let mut rests = Vec::with_capacity(weights.len());
        for (i, &weight) in weights.iter().enumerate() {
            let product = &magnitude * weight;
            let part = (&product / &sum).to_u128().expect("a share is no larger than the whole");
            rests.push((product % &sum, i));
            parts.push(part);
            left -= part;
        }
        rests.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for &(_, i) in rests.iter().take(usize::try_from(left).expect("fewer than there are parts")) {
            parts[i] += 1;
        }
        let signed = |p: u128| if self.0 < 0 { -(p as i128) } else { p as i128 };
        Ok(parts.into_iter().map(|p| Self(signed(p))).collect())
    }
}

/// Writes `units / 10^scale` without trailing zeros.
fn fixed(units: i128, scale: u32) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let fraction = fraction.trim_end_matches('0');
    let sign = if units < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

impl fmt::Display for Amount {
    /// Writes the exact value in kilograms (or units), without the unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&fixed(self.0, SCALE))
    }
}

impl Serialize for Amount {
    /// Writes the exact value in kilograms as a string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Sum<Amount> for i128 {
    fn sum<I: Iterator<Item = Amount>>(iter: I) -> Self {
        iter.map(Amount::pg).sum()
    }
}

/// An exact rate from a quantity to an amount: unit ratio x factor x GWP, folded into one fraction.
///
/// Applying it rounds once. The fraction is kept in machine words where it fits, which it does for every published
/// factor; where not, big numbers give the same answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rate {
    /// Amount (in 1e-15 units) of one unit of quantity.
    per_unit: Ratio,
    /// The same as magnitudes in words, with the sign apart.
    words: Option<(u128, u128, bool)>,
}

impl Rate {
    /// Returns the rate of `ratio` kilograms (or units) for each unit of quantity.
    pub fn per_unit(ratio: Ratio) -> Self {
        let scale = Ratio::new(pow10(SCALE), 1).expect("one is not zero");
        let per_unit = &ratio * &scale;
        let words = per_unit
            .num()
            .magnitude()
            .to_u128()
            .zip(per_unit.den().magnitude().to_u128())
            .map(|(num, den)| (num, den, per_unit.is_negative()));
        Self { per_unit, words }
    }

    /// The rate in kilograms (or units) for each unit of quantity.
    pub fn ratio(&self) -> Ratio {
        &self.per_unit * &Ratio::new(1, pow10(SCALE)).expect("a power of ten is not zero")
    }

    /// Returns the rate for quantities written with `scale` digits after the point, where words hold it.
    pub(crate) fn in_words(&self, scale: u32) -> Option<WordRate> {
        let (mut num, mut den, negative) = self.words?;
        for _ in 0..scale {
            // Multiply the denominator by 2 x 5, or take the prime out of the numerator.
            for prime in [2u128, 5] {
                if num.is_multiple_of(prime) {
                    num /= prime;
                } else {
                    den = den.checked_mul(prime)?;
                }
            }
        }
        Some(WordRate::new(u64::try_from(num).ok()?, u64::try_from(den).ok()?, negative))
    }

    /// Returns `quantity x rate`, rounded once, half to even.
    ///
    /// # Errors
    /// `Overflow` from 1e38 pg on.
    pub fn amount(&self, quantity: Decimal) -> Result<Amount, AmountError> {
        if let Some(amount) = self.amount_in_words(quantity) {
            return Ok(amount);
        }
        let pg = (&Ratio::from(quantity) * &self.per_unit).round_half_even();
        pg.to_i128().map_or_else(
            || Err(AmountError::overflow(format_args!("{quantity} x {}", self.ratio()))),
            Amount::from_pg,
        )
    }

    fn amount_in_words(&self, quantity: Decimal) -> Option<Amount> {
        let (num, den, negative) = self.words?;
        let power = u128::try_from(*POW10.get(quantity.scale() as usize)?).ok()?;
        let den = den.checked_mul(power)?;
        let product = quantity.mantissa().unsigned_abs().checked_mul(num)?;
        let pg = i128::try_from(divide_half_even(product, den)).ok().filter(|pg| *pg < LIMIT)?;
        Some(Amount(if negative != quantity.is_negative() { -pg } else { pg }))
    }
}

/// Returns `num / den` rounded half to even; `den` is above zero.
#[inline]
pub(crate) fn divide_half_even(num: u128, den: u128) -> u128 {
    let (quotient, rest) = match (u64::try_from(num), u64::try_from(den)) {
        (Ok(n), Ok(d)) => (u128::from(n / d), u128::from(n % d)),
        _ => (num / den, num % den),
    };
    let other = den - rest;
    quotient + u128::from((rest > other) | ((rest == other) & (quotient & 1 == 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn rate(text: &str) -> Rate {
        Rate::per_unit(text.parse().unwrap())
    }

    #[test]
    fn a_product_is_rounded_once_to_the_picogram() {
        // 1250.5 kWh x 0.17700 kg/kWh = 221.3385 kg.
        assert_eq!(rate("0.17700").amount(dec("1250.5")).unwrap().to_string(), "221.3385");
        // 1 MJ = 5/18 kWh; 5/18 x 0.4 = 1/9 kg.
        assert_eq!(rate("2/18").amount(dec("1")).unwrap().to_string(), "0.111111111111111");
        assert_eq!(rate("0.0000000000000005").amount(dec("1")).unwrap(), Amount::ZERO);
        assert_eq!(rate("0.0000000000000015").amount(dec("-1")).unwrap().pg(), -2);
    }

    #[test]
    fn an_amount_too_large_is_refused() {
        assert_eq!(rate("1").amount(dec("1e23")).unwrap_err().code(), "amount.overflow");
        let most = Amount::from_pg(LIMIT - 1).unwrap();
        assert_eq!(most.checked_add(Amount(1)).unwrap_err().code(), "amount.overflow");
        assert!(Amount::from_pg(-LIMIT).is_err());
        assert!(Amount::sum([most, most, most]).is_err());
    }

    #[test]
    fn shares_of_nothing_are_refused() {
        for weights in [&[][..], &[0, 0], &[2, -1]] {
            assert_eq!(Amount(5).allocate(weights).unwrap_err().code(), "amount.weights");
        }
    }

    #[test]
    fn tonnes_are_kilograms_with_the_point_moved() {
        assert_eq!(Amount::from_kg(dec("1234.5")).unwrap().tonnes(), "1.2345");
        assert_eq!(Amount::from_pg(-1).unwrap().tonnes(), "-0.000000000000000001");
    }

    proptest! {
        #[test]
        fn words_and_big_numbers_agree(m in -10i128.pow(20)..10i128.pow(20), s in 0u32..20, n in 1u64..u64::MAX, d in 1u32..u32::MAX, e in 0u32..15) {
            let quantity = Decimal::new(m, s).unwrap();
            let ratio = Ratio::new(n, BigInt::from(d) * pow10(e)).unwrap();
            let rate = Rate::per_unit(ratio.clone());
            let want = (&Ratio::from(quantity) * &rate.per_unit).round_half_even();
            match rate.amount(quantity) {
                Ok(amount) => prop_assert_eq!(BigInt::from(amount.pg()), want),
                Err(_) => prop_assert!(want.magnitude() >= BigInt::from(LIMIT).magnitude()),
            }
            if let Some(fast) = rate.in_words(quantity.scale())
                && let Ok(mantissa) = i64::try_from(quantity.mantissa())
            {
                prop_assert_eq!(BigInt::from(fast.pg(mantissa)), want_sign(&rate, quantity));
            }
        }

        #[test]
        fn parts_add_up_to_the_whole(pg in -10i128.pow(30)..10i128.pow(30), weights in proptest::collection::vec(0i128..1_000_000, 1..40)) {
            prop_assume!(weights.iter().sum::<i128>() > 0);
            let parts = Amount(pg).allocate(&weights).unwrap();
            prop_assert_eq!(Amount::sum(parts.iter().copied()).unwrap(), Amount(pg));
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = &Ratio::new(pg, 1).unwrap() * &Ratio::new(*weight, weights.iter().sum::<i128>()).unwrap();
                let gap = &Ratio::new(part.pg(), 1).unwrap() - &exact;
                prop_assert!(gap.num().magnitude() < gap.den().magnitude());
            }
        }

        #[test]
        fn the_nearest_float_is_that_of_the_fraction(pg in any::<i128>(), cut in 1u32..127) {
            let amount = Amount((pg >> cut) % LIMIT);
            prop_assert_eq!(amount.to_f64(), amount.to_ratio().to_f64());
        }

        #[test]
        fn any_order_gives_the_same_sum(mut amounts in proptest::collection::vec(-10i128.pow(30)..10i128.pow(30), 0..50), seed in any::<usize>()) {
            let total = Amount::sum(amounts.iter().map(|&a| Amount(a))).unwrap();
            let n = amounts.len().max(1);
            amounts.rotate_left(seed % n);
            amounts.reverse();
            prop_assert_eq!(Amount::sum(amounts.into_iter().map(Amount)).unwrap(), total);
        }
    }

    fn want_sign(rate: &Rate, quantity: Decimal) -> BigInt {
        (&Ratio::from(quantity) * &rate.per_unit).round_half_even()
    }
}
