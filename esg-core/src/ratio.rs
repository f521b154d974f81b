//! Exact fractions: what unit conversion and factor arithmetic are done in.
//!
//! One mile is 1.609344 km, but one MJ is 10/36 kWh, which no decimal holds. So everything between the sender's
//! decimal and the final amount is a reduced fraction of whole numbers, and rounding happens once, at the end.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

use crate::decimal::{Decimal, DecimalError, MAX_DIGITS, MAX_SCALE};

/// An exact fraction in lowest terms, its denominator above zero.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Ratio {
    num: BigInt,
    den: BigInt,
}

/// Returns 10^n.
pub(crate) fn pow10(n: u32) -> BigInt {
    Pow::pow(BigInt::from(10u32), n)
}

impl Ratio {
    /// Returns `num / den`, or none when `den` is zero.
    pub fn new(num: impl Into<BigInt>, den: impl Into<BigInt>) -> Option<Self> {
        let den = den.into();
        (!den.is_zero()).then(|| Self::reduced(num.into(), den))
    }

    fn reduced(num: BigInt, den: BigInt) -> Self {
        let gcd = num.gcd(&den);
        let (num, den) = if gcd.is_one() { (num, den) } else { (num / &gcd, den / &gcd) };
        if den.is_negative() { Self { num: -num, den: -den } } else { Self { num, den } }
    }

    /// Zero.
    pub fn zero() -> Self {
        Self { num: BigInt::zero(), den: BigInt::one() }
    }

    /// One.
    pub fn one() -> Self {
        Self::from(1)
    }

    /// The numerator, with the sign.
    pub fn num(&self) -> &BigInt {
        &self.num
    }

    /// The denominator, above zero.
    pub fn den(&self) -> &BigInt {
        &self.den
    }

    /// True for 0.
    pub fn is_zero(&self) -> bool {
        self.num.is_zero()
    }

    /// True below 0.
    pub fn is_negative(&self) -> bool {
        self.num.is_negative()
    }

    /// Returns `self / other`, or none when `other` is zero.
    pub fn checked_div(&self, other: &Self) -> Option<Self> {
        Self::new(&self.num * &other.den, &self.den * &other.num)
    }

    /// Returns `1 / self`, or none for zero.
    pub fn recip(&self) -> Option<Self> {
        Self::new(self.den.clone(), self.num.clone())
    }

    /// Returns `self^n`, or none for zero to a negative power.
    pub fn pow(&self, n: i32) -> Option<Self> {
        let base = if n < 0 { self.recip()? } else { self.clone() };
        let n = n.unsigned_abs();
        Some(Self { num: Pow::pow(base.num, n), den: Pow::pow(base.den, n) })
    }

    /// Returns the nearest whole number; a half goes to the even one.
    pub fn round_half_even(&self) -> BigInt {
        let (floor, rest) = self.num.div_mod_floor(&self.den);
        match (rest * 2u32).cmp(&self.den) {
            Ordering::Less => floor,
            Ordering::Greater => floor + 1u32,
            Ordering::Equal if floor.is_even() => floor,
            Ordering::Equal => floor + 1u32,
        }
    }

    /// Returns the value as a decimal, if one holds it exactly.
    pub fn to_decimal_exact(&self) -> Option<Decimal> {
        for scale in 0..=MAX_SCALE {
            let power = pow10(scale);
            if power.is_multiple_of(&self.den) {
                return Decimal::new((&self.num * (power / &self.den)).to_i128()?, scale).ok();
            }
        }
        None
    }

    /// Returns the value rounded half to even to `digits` significant digits, at most 28.
    ///
    /// # Errors
    /// `decimal.out_of_range` when no decimal can hold it.
    pub fn to_decimal(&self, digits: u32) -> Result<Decimal, DecimalError> {
        if self.is_zero() {
            return Ok(Decimal::ZERO);
        }
        let digits = digits.clamp(1, MAX_DIGITS);
        let fail = || DecimalError::OutOfRange { text: self.to_string().chars().take(64).collect() };
        // Estimate the place of the first digit from the bit lengths, then correct it.
        let bits = self.num.bits() as f64 - self.den.bits() as f64;
        let mut scale = i64::from(digits) - 1 - (bits * std::f64::consts::LOG10_2).floor() as i64;
        let limit = pow10(digits);
        loop {
            let whole = self.scaled(scale).round_half_even();
            if whole.abs() >= limit {
                scale -= 1;
                continue;
            }
            let place = u32::try_from(scale.max(0)).map_err(|_| fail())?;
            if place > MAX_SCALE {
                // Fewer digits than asked for fit behind the point.
                let whole = self.scaled(i64::from(MAX_SCALE)).round_half_even();
                return Decimal::new(whole.to_i128().ok_or_else(fail)?, MAX_SCALE);
            }
            let whole = if scale < 0 {
                whole * pow10(u32::try_from(-scale).ok().filter(|&s| s <= MAX_DIGITS).ok_or_else(fail)?)
            } else {
                whole
            };
            let mantissa = whole.to_i128().ok_or_else(fail)?;
            return Decimal::new(mantissa, place).map_err(|_| fail());
        }
    }

    /// Returns `self x 10^scale`.
    fn scaled(&self, scale: i64) -> Self {
        let power = pow10(scale.unsigned_abs().min(10_000) as u32);
        if scale >= 0 {
            Self::reduced(&self.num * power, self.den.clone())
        } else {
            Self::reduced(self.num.clone(), &self.den * power)
        }
    }

    /// Returns the nearest binary float, correctly rounded.
    pub fn to_f64(&self) -> f64 {
        if self.is_zero() {
            return 0.0;
        }
        // 64 bits of quotient with a sticky last bit round once, in the cast to f64.
        let shift = 66 - (self.num.bits() as i64 - self.den.bits() as i64);
        let (num, den) = if shift >= 0 {
            (self.num.abs() << shift.unsigned_abs(), self.den.clone())
        } else {
            (self.num.abs(), self.den.clone() << shift.unsigned_abs())
        };
        let (quotient, rest) = num.div_rem(&den);
        let sticky = u128::from(!rest.is_zero());
        let bits = quotient.to_u128().expect("about 66 bits by construction") << 1 | sticky;
        let value = scale_by_power_of_two(bits as f64, -(shift + 1));
        if self.num.sign() == Sign::Minus { -value } else { value }
    }
}

/// Returns `value x 2^exponent`; products with powers of two do not round in the normal range.
fn scale_by_power_of_two(mut value: f64, mut exponent: i64) -> f64 {
    while exponent > 0 {
        let step = exponent.min(1000);
        value *= f64::from_bits(((1023 + step) as u64) << 52);
        exponent -= step;
        if value.is_infinite() {
            break;
        }
    }
    while exponent < 0 {
        let step = (-exponent).min(1000);
        value *= f64::from_bits(((1023 - step) as u64) << 52);
        exponent += step;
        if value == 0.0 {
            break;
        }
    }
    value
}

impl From<i64> for Ratio {
    fn from(value: i64) -> Self {
        Self { num: value.into(), den: BigInt::one() }
    }
}

impl From<Decimal> for Ratio {
    fn from(value: Decimal) -> Self {
        Self::reduced(value.mantissa().into(), pow10(value.scale()))
    }
}

impl FromStr for Ratio {
    type Err = DecimalError;

    /// Reads `a/b` of two decimals, or one decimal.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let Some((num, den)) = text.split_once('/') else { return Ok(text.parse::<Decimal>()?.into()) };
        let (num, den): (Decimal, Decimal) = (num.trim().parse()?, den.trim().parse()?);
        Self::from(num).checked_div(&den.into()).ok_or_else(|| DecimalError::Syntax { text: text.to_owned() })
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den.is_one() { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.num * &other.den).cmp(&(&other.num * &self.den))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, |$a:ident, $b:ident| $body:expr) => {
        impl $trait<&Ratio> for &Ratio {
            type Output = Ratio;
            fn $method(self, other: &Ratio) -> Ratio {
                let ($a, $b) = (self, other);
                $body
            }
        }
        impl $trait for Ratio {
            type Output = Ratio;
            fn $method(self, other: Ratio) -> Ratio {
                (&self).$method(&other)
            }
        }
    };
}

operator!(Mul, mul, |a, b| Ratio::reduced(&a.num * &b.num, &a.den * &b.den));
operator!(Add, add, |a, b| Ratio::reduced(&a.num * &b.den + &b.num * &a.den, &a.den * &b.den));
operator!(Sub, sub, |a, b| Ratio::reduced(&a.num * &b.den - &b.num * &a.den, &a.den * &b.den));

impl Neg for Ratio {
    type Output = Self;
    fn neg(self) -> Self {
        Self { num: -self.num, den: self.den }
    }
}

impl std::iter::Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::zero(), |a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn a_megajoule_is_ten_thirty_sixths_of_a_kilowatt_hour() {
        assert_eq!(ratio("1/3.6").to_string(), "5/18");
        assert_eq!(ratio("1/3.6").to_decimal_exact(), None);
        assert_eq!(ratio("1/3.6").to_decimal(5).unwrap().to_string(), "0.27778");
        assert_eq!((ratio("1/3.6") * ratio("36")).to_decimal_exact().unwrap().to_string(), "10");
    }

    #[test]
    fn a_half_goes_to_the_even_number() {
        for (text, want) in
            [("1/2", 0), ("3/2", 2), ("5/2", 2), ("-1/2", 0), ("-3/2", -2), ("7/3", 2), ("-7/3", -2)]
        {
            assert_eq!(ratio(text).round_half_even(), BigInt::from(want), "{text}");
        }
    }

    #[test]
    fn division_by_zero_is_none_and_not_a_panic() {
        assert!(Ratio::new(1, 0).is_none());
        assert!(Ratio::zero().pow(-1).is_none());
        assert!("1/0".parse::<Ratio>().is_err());
    }

    #[test]
    fn small_and_large_values_become_decimals() {
        assert_eq!(ratio("1/3e20").to_decimal(3).unwrap().to_string(), "0.00000000000000000000333");
        assert_eq!(ratio("9999.5").to_decimal(4).unwrap().to_string(), "10000");
        assert_eq!(ratio("1e27").to_decimal(28).unwrap().to_string(), "1000000000000000000000000000");
        assert!((ratio("1e27") * ratio("1e27")).to_decimal(28).is_err());
    }

    proptest! {
        #[test]
        fn floats_come_out_correctly_rounded(a in 1i64..i64::MAX, s in 0u32..30) {
            let value = Decimal::new(i128::from(a), s).unwrap();
            prop_assert_eq!(Ratio::from(value).to_f64(), value.to_f64());
        }

        #[test]
        fn adding_then_subtracting_is_the_identity(a in any::<i32>(), b in 1i32..9999, c in any::<i32>(), d in 1i32..9999) {
            let (x, y) = (Ratio::new(a, b).unwrap(), Ratio::new(c, d).unwrap());
            prop_assert_eq!((&(&x + &y)) - &y, x);
        }
    }
}
