//! Conversions that are asked for again and again: the pair of units is read once, and its ratio kept in machine words.
//!
//! Reading two unit texts costs a hundred times what the multiplication does, and a caller in another language has only the
//! texts. So the last pairs of each thread are kept. What comes out does not depend on it.

use std::cell::RefCell;
use std::rc::Rc;

use num_integer::Integer;
use num_traits::ToPrimitive;

use crate::decimal::{Decimal, MAX_DIGITS, MAX_SCALE};
use crate::ratio::Ratio;
use crate::units::{self, Unit, UnitError};

/// Pairs that a thread keeps.
const KEPT: usize = 32;
/// Longest text of a unit that is kept; longer ones are read each time.
const KEPT_BYTES: usize = 64;

thread_local! {
    static PAIRS: RefCell<Vec<Rc<Conversion>>> = const { RefCell::new(Vec::new()) };
}

/// A pair of units, ready to convert.
#[derive(Clone, Debug)]
pub struct Conversion {
    texts: (Box<str>, Box<str>),
    units: (Unit, Unit),
    /// One of the first in the second, where a decimal holds it.
    decimal: Option<Decimal>,
    /// The same as a fraction, where no decimal holds it and machine words do.
    fraction: Option<Fraction>,
    floats: Floats,
}

/// A positive ratio in machine words.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fraction {
    num: u128,
    den: u128,
}

/// Digits of a quotient that are worked out at a time.
const STEP: u32 = 18;
/// Largest divisor of which [`STEP`] digits fit in a machine word.
const MAX_DIVISOR: u128 = 1 << 64;

impl Fraction {
    fn of(ratio: &Ratio) -> Option<Self> {
        Some(Self { num: ratio.num().to_u128()?, den: ratio.den().to_u128()? })
    }

    /// Returns the product as [`Ratio::to_decimal`] rounds it; none where that takes numbers of any length.
    fn times(self, value: Decimal) -> Option<Decimal> {
        let num = self.num.checked_mul(value.mantissa().unsigned_abs())?;
        let den = self.den.checked_mul(10u128.checked_pow(value.scale())?)?;
        if num == 0 {
            return Some(Decimal::ZERO);
        }
        let common = num.gcd(&den);
        let (num, den) = (num / common, den / common);
        if den > MAX_DIVISOR {
            return None;
        }
        let bits = f64::from(den.leading_zeros()) - f64::from(num.leading_zeros());
        let places = i64::from(MAX_DIGITS) - 1 - (bits * std::f64::consts::LOG10_2).floor() as i64;
        let mut places = u32::try_from(places).ok()?;
        let mut whole = quotient(num, den, places)?;
        while whole >= 10u128.pow(MAX_DIGITS) {
            places = places.checked_sub(1)?;
            whole = quotient(num, den, places)?;
        }
        let whole = i128::try_from(whole).ok().filter(|_| places <= MAX_SCALE)?;
        Decimal::new(if value.is_negative() { -whole } else { whole }, places).ok()
    }
}

/// Returns `num / den` in units of the last of so many decimal places, a half to the even one.
fn quotient(num: u128, den: u128, places: u32) -> Option<u128> {
    let (mut whole, mut rest) = num.div_rem(&den);
    let mut left = places;
    while left > 0 {
        let step = left.min(STEP);
        let power = 10u128.pow(step);
        let (digits, after) = (rest * power).div_rem(&den);
        whole = whole.checked_mul(power)?.checked_add(digits)?;
        (rest, left) = (after, left - step);
    }
    let up = match (rest * 2).cmp(&den) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => whole & 1,
        std::cmp::Ordering::Greater => 1,
    };
    Some(whole + up)
}

/// How binary floats are converted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Floats {
    /// Times a number.
    Times(f64),
    /// Divided by a number that a float holds exactly: that rounds once.
    Over(f64),
    /// Each by itself: scales with a zero of their own, reciprocals.
    Each,
}

impl Conversion {
    /// Returns the conversion of one unit to another.
    ///
    /// # Errors
    /// As [`units::convert`], but those that depend on the value.
    pub fn new(from: &str, to: &str) -> Result<Self, UnitError> {
        let (a, b): (Unit, Unit) = (from.parse()?, to.parse()?);
        let ratio = match a.ratio_to(&b) {
            Ok(ratio) => Some(ratio),
            Err(UnitError::Special { .. }) => None,
            Err(error) => return Err(error),
        };
        // Pi is no decimal: what convert() marks as not exact goes its way.
        let one = units::convert(Decimal::ONE, &a, &b);
        let exact = one.as_ref().is_ok_and(|one| one.exact);
        if let Err(error @ UnitError::Special { .. }) = one {
            return Err(error);
        }
        let decimal = ratio.as_ref().filter(|_| exact).and_then(Ratio::to_decimal_exact);
        let periodic = ratio.as_ref().filter(|_| exact && decimal.is_none());
        let fraction = periodic.and_then(Fraction::of);
        let floats = ratio.as_ref().map_or(Floats::Each, floats);
        Ok(Self { texts: (from.into(), to.into()), units: (a, b), decimal, fraction, floats })
    }

    /// Returns a value in the second unit, rounded half to even to 28 significant digits where it has more.
    ///
    /// # Errors
    /// `unit.undefined`, `unit.overflow`.
    pub fn decimal(&self, value: Decimal) -> Result<Decimal, UnitError> {
        if let Some(product) = self.fraction.and_then(|fraction| fraction.times(value)) {
            return Ok(product);
        }
        let product = self.decimal.and_then(|ratio| value.checked_mul(ratio).ok());
        match product.map(|p| Decimal::new(p.mantissa(), p.scale())) {
            Some(Ok(product)) => Ok(product),
            _ => Ok(units::convert(value, &self.units.0, &self.units.1)?.value),
        }
    }

    /// Converts binary floats in place, within one unit of the last place. NaN and the infinities stay what they are.
    ///
    /// # Errors
    /// `unit.undefined`, `unit.overflow`, where a scale has no value for one of them.
    pub fn floats(&self, values: &mut [f64]) -> Result<(), UnitError> {
        match self.floats {
            Floats::Times(ratio) => values.iter_mut().for_each(|x| *x *= ratio),
            Floats::Over(ratio) => values.iter_mut().for_each(|x| *x /= ratio),
            Floats::Each => {
                for x in values.iter_mut().filter(|x| x.is_finite()) {
                    let overflow = |_| UnitError::Overflow { what: format!("the value {x}") };
                    let value = Decimal::from_f64(*x).map_err(overflow)?;
                    *x = units::convert(value, &self.units.0, &self.units.1)?.ratio.to_f64();
                }
            }
        }
        Ok(())
    }

    /// Returns binary floats as [`floats`](Self::floats) converts them, in one pass over them; none of scales with a zero of
    /// their own and of reciprocals, where each takes its time.
    pub fn product(&self, values: &[f64]) -> Option<Vec<f64>> {
        match self.floats {
            Floats::Times(ratio) => Some(values.iter().map(|x| x * ratio).collect()),
            Floats::Over(ratio) => Some(values.iter().map(|x| x / ratio).collect()),
            Floats::Each => None,
        }
    }

    fn is(&self, from: &str, to: &str) -> bool {
        *self.texts.0 == *from && *self.texts.1 == *to
    }
}

fn floats(ratio: &Ratio) -> Floats {
    let exact = |r: &Ratio| {
        let float = r.to_f64();
        // A float of moderate size is a fraction, and equal to the ratio or not.
        Decimal::from_f64(float).is_ok_and(|d| Ratio::from(d) == *r && float.fract() == 0.0).then_some(float)
    };
    match (exact(ratio), ratio.recip().as_ref().and_then(exact)) {
        (None, Some(over)) => Floats::Over(over),
        _ => Floats::Times(ratio.to_f64()),
    }
}

/// Returns the conversion of two unit texts, kept from the last time or made anew.
///
/// # Errors
/// As [`Conversion::new`].
pub(super) fn pair(from: &str, to: &str) -> Result<Rc<Conversion>, UnitError> {
    PAIRS.with_borrow_mut(|pairs| {
        if let Some(at) = pairs.iter().position(|pair| pair.is(from, to)) {
            return Ok(Rc::clone(&pairs[at]));
        }
        let pair = Rc::new(Conversion::new(from, to)?);
        if from.len().max(to.len()) <= KEPT_BYTES {
            if pairs.len() == KEPT {
                pairs.remove(0);
            }
            pairs.push(Rc::clone(&pair));
        }
        Ok(pair)
    })
}

/// Returns a value in another unit, rounded half to even to 28 significant digits where it has more.
///
/// # Errors
/// The `unit.*` codes.
///
/// # Examples
/// ```
/// use esg_core::face::convert;
/// assert_eq!(convert("1".parse()?, "MWh", "kWh")?.to_string(), "1000");
/// // 0 degrees Celsius are 32 degrees Fahrenheit.
/// assert_eq!(convert("0".parse()?, "Cel", "[degF]")?.to_string(), "32");
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn convert(value: Decimal, from: &str, to: &str) -> Result<Decimal, UnitError> {
    pair(from, to)?.decimal(value)
}

/// Converts binary floats in place: see [`Conversion::floats`].
///
/// # Errors
/// The `unit.*` codes.
pub fn convert_floats(values: &mut [f64], from: &str, to: &str) -> Result<(), UnitError> {
    pair(from, to)?.floats(values)
}

/// Returns binary floats converted in one pass: see [`Conversion::product`].
///
/// # Errors
/// The `unit.*` codes.
pub fn convert_product(values: &[f64], from: &str, to: &str) -> Result<Option<Vec<f64>>, UnitError> {
    Ok(pair(from, to)?.product(values))
}
