//! Scales with a zero or a logarithm of their own, and the functions behind them.
//!
//! Temperatures are exact. The others need logarithms, powers and tangents: these are worked out here in fixed point on
//! whole numbers, so that every platform gets the same digits, and what comes out is marked as not exact.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::table::ratio;
use crate::ratio::Ratio;

/// Bits behind the point of the fixed-point numbers: about 77 digits.
const BITS: u32 = 256;
/// The largest argument of a power; e^1000 is far beyond any decimal.
const MAX_POWER: i64 = 1000;

/// A scale of a special unit.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Scale {
    /// Zero at 273.15 K (SI Brochure, 2.3.1).
    Celsius,
    /// Zero at 459.67 degrees Rankine (NIST SP 811, B.8).
    Fahrenheit,
    /// Zero at 273.15 K, 80 degrees to the boiling point.
    Reaumur,
    /// Natural logarithm of a ratio.
    Ln,
    /// Decadic logarithm of a ratio.
    Lg,
    /// Twice the decadic logarithm: level of a root-power quantity in bel.
    LgTwice,
    /// Binary logarithm.
    Ld,
    /// Minus the logarithm to base 10, 100 or 1000.
    NegativeLg(u8),
    /// Minus the logarithm to base 50 000.
    NegativeLog50000,
    /// A hundred times the tangent of an angle.
    Tan100,
    /// The square root.
    Sqrt,
}

/// A number and whether it is exact.
pub(crate) type Approximate = (Ratio, bool);

impl Scale {
    /// Returns the quantity, in units of the reference, that the scale shows as `y`; none where it shows nothing.
    pub fn to_quantity(self, y: &Ratio) -> Option<Approximate> {
        match self {
            Self::Celsius => Some((y + &ratio("273.15"), true)),
            Self::Fahrenheit => Some((y + &ratio("459.67"), true)),
            Self::Reaumur => Some((y + &ratio("218.52"), true)),
            Self::Ln => exp(y).map(|x| (x, false)),
            Self::Lg => power(10, y),
            Self::LgTwice => power(10, &(y * &ratio("1/2"))),
            Self::Ld => power(2, y),
            Self::NegativeLg(n) => power(10, &(y * &Ratio::from(-i64::from(n)))),
            Self::NegativeLog50000 => power(50_000, &-y.clone()),
            Self::Tan100 => Some((arctangent(&(y * &ratio("0.01"))), false)),
            Self::Sqrt => (!y.is_negative()).then(|| (y * y, true)),
        }
    }

    /// Returns what the scale shows for the quantity `x`; none where it shows nothing.
    pub fn of_quantity(self, x: &Ratio) -> Option<Approximate> {
        let log = |base: i64, times: &Ratio| {
            let quotient = (&ln(x)? * times).checked_div(&ln(&Ratio::from(base))?)?;
            Some((quotient, false))
        };
        match self {
            Self::Celsius => Some((x - &ratio("273.15"), true)),
            Self::Fahrenheit => Some((x - &ratio("459.67"), true)),
            Self::Reaumur => Some((x - &ratio("218.52"), true)),
            Self::Ln => ln(x).map(|y| (y, false)),
            Self::Lg => log(10, &Ratio::one()),
            Self::LgTwice => log(10, &Ratio::from(2)),
            Self::Ld => log(2, &Ratio::one()),
            Self::NegativeLg(n) => log(10, &Ratio::new(-1, n)?),
            Self::NegativeLog50000 => log(50_000, &Ratio::from(-1)),
            Self::Tan100 => tangent(x).map(|t| (&t * &Ratio::from(100), false)),
            Self::Sqrt => (!x.is_negative()).then(|| (square_root(x), false)),
        }
    }
}

fn fixed(x: &Ratio) -> BigInt {
    (x.num() << BITS) / x.den()
}

fn unfixed(x: BigInt) -> Ratio {
    Ratio::new(x, BigInt::one() << BITS).expect("a power of two is not zero")
}

fn mul(a: &BigInt, b: &BigInt) -> BigInt {
    (a * b) >> BITS
}

fn div(a: &BigInt, b: &BigInt) -> BigInt {
    (a << BITS) / b
}

/// atanh(t) = t + t^3/3 + t^5/5 + ... for |t| <= 1/3.
fn atanh(t: &BigInt) -> BigInt {
    odd_series(t, &mul(t, t))
}

/// Sums t^n s^k / n over odd n = 2k+1: atanh with s = t^2, arctangent with s = -t^2.
fn odd_series(t: &BigInt, step: &BigInt) -> BigInt {
    let (mut sum, mut power, mut n) = (BigInt::zero(), t.clone(), 1u32);
    // Shifting a negative number right stops at -1, so the end is an absolute value of one.
    while power.abs() > BigInt::one() {
        sum += &power / n;
        power = mul(&power, step);
        n += 2;
    }
    sum
}

fn ln2() -> BigInt {
    atanh(&((BigInt::one() << BITS) / 3)) * 2
}

/// Natural logarithm: x = m 2^k with m near 1, ln m = 2 atanh((m-1)/(m+1)). None for x <= 0.
fn ln(x: &Ratio) -> Option<Ratio> {
    if x.is_zero() || x.is_negative() {
        return None;
    }
    let k = x.num().bits() as i64 - x.den().bits() as i64;
    let m = if k >= 0 {
        (x.num() << BITS) / (x.den() << k.unsigned_abs())
    } else {
        (x.num() << (u64::from(BITS) + k.unsigned_abs())) / x.den()
    };
    let one = BigInt::one() << BITS;
    let t = div(&(&m - &one), &(&m + &one));
    Some(unfixed(atanh(&t) * 2 + ln2() * k))
}

/// e^y = 2^k e^r with |r| <= ln2 / 2; none beyond the range of any decimal.
fn exp(y: &Ratio) -> Option<Ratio> {
    if *y > Ratio::from(MAX_POWER) || *y < Ratio::from(-MAX_POWER) {
        return None;
    }
    let (y, ln2) = (fixed(y), ln2());
    let doubled: BigInt = &y * 2 + &ln2;
    let k = doubled.div_floor(&(&ln2 * 2)).to_i32()?;
    let r = y - &ln2 * k;
    let (mut sum, mut term, mut n) = (BigInt::zero(), BigInt::one() << BITS, 0u32);
    while term.abs() > BigInt::one() {
        sum += &term;
        n += 1;
        term = mul(&term, &r) / n;
    }
    Ratio::from(2).pow(k).map(|scale| &unfixed(sum) * &scale)
}

/// Returns base^y: exact for whole y.
fn power(base: i64, y: &Ratio) -> Option<Approximate> {
    if *y > Ratio::from(MAX_POWER) || *y < Ratio::from(-MAX_POWER) {
        return None;
    }
    let base = Ratio::from(base);
    if y.den().is_one() {
        return base.pow(y.num().to_i32()?).map(|x| (x, true));
    }
    exp(&(y * &ln(&base)?)).map(|x| (x, false))
}

/// Halves the angle three times by t / (1 + sqrt(1 + t^2)), then sums the series.
fn arctangent(t: &Ratio) -> Ratio {
    let one = BigInt::one() << BITS;
    let mut t = fixed(t);
    for _ in 0..3 {
        let root = ((BigInt::one() << (2 * BITS)) + &t * &t).sqrt();
        t = div(&t, &(&one + root));
    }
    unfixed(odd_series(&t, &-mul(&t, &t)) * 8)
}

/// sin / cos by their series; none from a right angle on.
fn tangent(x: &Ratio) -> Option<Ratio> {
    let right = &super::table::pi() * &ratio("1/2");
    if *x >= right || *x <= -right {
        return None;
    }
    let x = fixed(x);
    let (mut sin, mut cos) = (BigInt::zero(), BigInt::zero());
    let (mut term, mut n) = (BigInt::one() << BITS, 0u32);
    while term.abs() > BigInt::one() {
        match n % 4 {
            0 => cos += &term,
            1 => sin += &term,
            2 => cos -= &term,
            _ => sin -= &term,
        }
        n += 1;
        term = mul(&term, &x) / n;
    }
    Ratio::new(sin, cos)
}

fn square_root(x: &Ratio) -> Ratio {
    unfixed(((x.num() << (2 * BITS)) / x.den()).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(x: Ratio) -> String {
        x.to_decimal(28).unwrap().to_string()
    }

    #[test]
    fn the_functions_have_the_published_digits() {
        // OEIS A001113, A002162, A002392, A003881 (pi/4), A002193.
        assert_eq!(shown(exp(&Ratio::one()).unwrap()), "2.718281828459045235360287471");
        assert_eq!(shown(ln(&Ratio::from(2)).unwrap()), "0.6931471805599453094172321215");
        assert_eq!(shown(ln(&Ratio::from(10)).unwrap()), "2.302585092994045684017991455");
        assert_eq!(shown(arctangent(&Ratio::one())), "0.7853981633974483096156608458");
        assert_eq!(shown(square_root(&Ratio::from(2))), "1.414213562373095048801688724");
    }

    #[test]
    fn functions_undo_one_another() {
        for text in ["-7.25", "-0.001", "0.3", "1", "12.5", "99"] {
            let x = ratio(text);
            assert_eq!(shown(ln(&exp(&x).unwrap()).unwrap()), text);
            assert_eq!(shown(tangent(&arctangent(&x)).unwrap()), text);
        }
    }

    #[test]
    fn where_there_is_no_value_there_is_none() {
        assert_eq!(ln(&Ratio::zero()), None);
        assert_eq!(exp(&Ratio::from(1001)), None);
        assert_eq!(tangent(&Ratio::from(2)), None);
        assert_eq!(Scale::Sqrt.of_quantity(&Ratio::from(-1)), None);
        assert_eq!(Scale::Lg.to_quantity(&Ratio::from(-3)), Some((ratio("0.001"), true)));
    }
}
