//! Exact decimals, as people and meters write them.
//!
//! A quantity that was sent as `1250.5` is 1250.5 and not the nearest binary fraction. So text is parsed digit by
//! digit, nothing is rounded on the way in, and what cannot be held exactly is refused. A binary float (from
//! Arrow, NumPy or JavaScript) means the shortest decimal that reads back as the same float.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Kind;

/// Most significant digits a decimal may have.
pub const MAX_DIGITS: u32 = 28;
/// Most digits after the point.
pub const MAX_SCALE: u32 = 60;
/// Longest text that is read as a number, in bytes.
pub const MAX_TEXT: usize = 128;

/// Why a number was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// The text is not a decimal number.
    #[error("{text:?} is not a decimal number such as 1250.5 or 1.2505e3")]
    Syntax {
        /// The text as it came, cut after 64 characters.
        text: String,
    },
    /// A comma stands where a point is needed.
    #[error("{text:?} has a comma; write the decimal point as '.', without thousands separators")]
    Comma {
        /// The text as it came.
        text: String,
    },
    /// NaN or an infinity.
    #[error("{text} is not a finite number")]
    NotFinite {
        /// What came.
        text: String,
    },
    /// More digits than can be kept exactly.
    #[error("{text:?} has more than {MAX_DIGITS} significant digits")]
    TooPrecise {
        /// The text as it came.
        text: String,
    },
    /// Too large or too small.
    #[error("{text:?} is out of range: below 1e28 with at most {MAX_SCALE} digits after the point")]
    OutOfRange {
        /// The text as it came.
        text: String,
    },
}

impl DecimalError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "decimal.syntax",
            Self::Comma { .. } => "decimal.comma",
            Self::NotFinite { .. } => "decimal.not_finite",
            Self::TooPrecise { .. } => "decimal.too_precise",
            Self::OutOfRange { .. } => "decimal.out_of_range",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Syntax { .. }
            | Self::Comma { .. }
            | Self::NotFinite { .. }
            | Self::TooPrecise { .. }
            | Self::OutOfRange { .. } => Kind::Invalid,
        }
    }
}

/// An exact decimal number: `mantissa / 10^scale`, without trailing zeros after the point.
///
/// At most 28 significant digits and 60 digits after the point.
///
/// # Examples
/// ```
/// # use esg_core::decimal::Decimal;
/// let energy: Decimal = "1250.50".parse()?;
/// assert_eq!(energy.to_string(), "1250.5");
/// assert_eq!("1,5".parse::<Decimal>().unwrap_err().code(), "decimal.comma");
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// 10^0 to 10^38, the powers that an i128 holds.
pub(crate) const POW10: [i128; 39] = {
    let mut powers = [1i128; 39];
    let mut i = 1;
    while i < 39 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// Returns `mantissa / 10^scale` in its shortest form.
    ///
    /// # Errors
    /// `TooPrecise` above 28 significant digits, `OutOfRange` above 60 digits after the point.
    pub fn new(mantissa: i128, scale: u32) -> Result<Self, DecimalError> {
        let (m, s) = strip(mantissa, scale);
        if m.unsigned_abs() >= POW10[MAX_DIGITS as usize].unsigned_abs() {
            return Err(DecimalError::TooPrecise { text: format!("{mantissa}e-{scale}") });
        }
        if s > MAX_SCALE {
            return Err(DecimalError::OutOfRange { text: format!("{mantissa}e-{scale}") });
        }
        Ok(Self { mantissa: m, scale: s })
    }

    /// Returns the whole number `value`.
    pub const fn from_int(value: i64) -> Self {
        Self { mantissa: value as i128, scale: 0 }
    }

    /// The digits without the point.
    pub const fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// How many of them stand after the point.
    pub const fn scale(self) -> u32 {
        self.scale
    }

    /// True for 0.
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// True below 0.
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Returns the shortest decimal that reads back as the same binary float.
    ///
    /// # Errors
    /// `NotFinite` for NaN and the infinities, `OutOfRange` outside 1e-60..1e28.
    pub fn from_f64(value: f64) -> Result<Self, DecimalError> {
        if !value.is_finite() {
            return Err(DecimalError::NotFinite { text: value.to_string() });
        }
        if let Some((mantissa, scale)) = crate::shortest::shortest(value) {
            return Ok(Self { mantissa: mantissa.into(), scale });
        }
        // Rust prints the shortest digits that round-trip.
        format!("{value:e}").parse()
    }

    /// Returns the exact product, where it has at most 38 significant digits.
    ///
    /// The product of two measured values (energy x PUE) is kept whole; it may have more than 28 digits.
    ///
    /// # Errors
    /// `TooPrecise` when the digits overflow.
    pub fn checked_mul(self, other: Self) -> Result<Self, DecimalError> {
        let fail = || DecimalError::TooPrecise { text: format!("{self} x {other}") };
        let mantissa = self.mantissa.checked_mul(other.mantissa).ok_or_else(fail)?;
        let (mantissa, scale) = strip(mantissa, self.scale + other.scale);
        if scale > 2 * MAX_SCALE {
            return Err(fail());
        }
        Ok(Self { mantissa, scale })
    }

    /// Returns the exact sum.
    ///
    /// # Errors
    /// `TooPrecise` when the digits overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, DecimalError> {
        let fail = || DecimalError::TooPrecise { text: format!("{self} + {other}") };
        let scale = self.scale.max(other.scale);
        let lift = |d: Self| {
            let power = *POW10.get((scale - d.scale) as usize)?;
            d.mantissa.checked_mul(power)
        };
        let sum = lift(self).zip(lift(other)).and_then(|(a, b)| a.checked_add(b)).ok_or_else(fail)?;
        let (mantissa, scale) = strip(sum, scale);
        Ok(Self { mantissa, scale })
    }

    /// Returns the value with its sign turned.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, scale: self.scale }
    }

    /// Returns the nearest binary float.
    pub fn to_f64(self) -> f64 {
        if self.mantissa.unsigned_abs() < (1 << 53) && self.scale <= 22 {
            return self.mantissa as f64 / 10f64.powi(self.scale as i32);
        }
        // Text to float is correctly rounded.
        format!("{}e-{}", self.mantissa, self.scale).parse().expect("digits with an exponent are a float")
    }

    /// Reads ASCII bytes of a number.
    ///
    /// # Errors
    /// See [`DecimalError`].
    pub fn parse_bytes(text: &[u8]) -> Result<Self, DecimalError> {
        // The common case: up to 18 digits with a point and nothing else.
        let mut mantissa: i64 = 0;
        let mut point = usize::MAX;
        let (digits, negative) = match text {
            [b'-', rest @ ..] => (rest, true),
            _ => (text, false),
        };
        if digits.is_empty() || digits.len() > 19 {
            return parse_slow(text);
        }
        for (i, &b) in digits.iter().enumerate() {
            if b.is_ascii_digit() {
                mantissa = match mantissa.checked_mul(10) {
                    Some(m) => match m.checked_add(i64::from(b - b'0')) {
                        Some(m) => m,
                        None => return parse_slow(text),
                    },
                    None => return parse_slow(text),
                };
            } else if b == b'.' && point == usize::MAX && i > 0 && i + 1 < digits.len() {
                point = i;
            } else {
                return parse_slow(text);
            }
        }
        let mut scale = if point == usize::MAX { 0 } else { (digits.len() - 1 - point) as u32 };
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        Ok(Self { mantissa: i128::from(mantissa), scale })
    }
}

/// Takes zeros away that stand after the point.
fn strip(mut mantissa: i128, mut scale: u32) -> (i128, u32) {
    if mantissa == 0 {
        return (0, 0);
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    (mantissa, scale)
}

/// Every form that is a number: sign, leading zeros, exponent.
#[cold]
fn parse_slow(bytes: &[u8]) -> Result<Decimal, DecimalError> {
    let shown = || String::from_utf8_lossy(bytes).chars().take(64).collect::<String>();
    let syntax = || DecimalError::Syntax { text: shown() };
    if bytes.len() > MAX_TEXT {
        return Err(syntax());
    }
    if bytes.contains(&b',') {
        return Err(DecimalError::Comma { text: shown() });
    }
    let lower = bytes.to_ascii_lowercase();
    let bare = lower.strip_prefix(b"-").or(lower.strip_prefix(b"+")).unwrap_or(&lower);
    if matches!(bare, b"nan" | b"inf" | b"infinity") {
        return Err(DecimalError::NotFinite { text: shown() });
    }
    let negative = lower.starts_with(b"-");
    let (digits, exponent) = match bare.iter().position(|&b| b == b'e') {
        Some(at) => (&bare[..at], parse_exponent(&bare[at + 1..]).ok_or_else(syntax)?),
        None => (bare, 0),
    };
    let (whole, fraction) = match digits.iter().position(|&b| b == b'.') {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, &[][..]),
    };
    let point_without_digits = digits.contains(&b'.') && fraction.is_empty();
    if whole.is_empty() || point_without_digits || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(syntax());
    }
    let all: Vec<u8> = whole.iter().chain(fraction).copied().collect();
    let first = all.iter().position(|&b| b != b'0');
    let Some(first) = first else { return Ok(Decimal::ZERO) };
    let last = all.iter().rposition(|&b| b != b'0').unwrap_or(first);
    let significant = &all[first..=last];
    if significant.len() > MAX_DIGITS as usize {
        return Err(DecimalError::TooPrecise { text: shown() });
    }
    let mantissa = significant.iter().fold(0i128, |m, b| m * 10 + i128::from(b - b'0'));
    // Place of the last significant digit: 10^-place.
    let place = fraction.len() as i64 - (all.len() - 1 - last) as i64 - exponent;
    let out_of_range = || DecimalError::OutOfRange { text: shown() };
    let (mantissa, scale) = if place >= 0 {
        (mantissa, u32::try_from(place).ok().filter(|&p| p <= MAX_SCALE).ok_or_else(out_of_range)?)
    } else {
        let lift = usize::try_from(-place).ok().filter(|&l| l + significant.len() <= MAX_DIGITS as usize);
        (mantissa * POW10[lift.ok_or_else(out_of_range)?], 0)
    };
    Ok(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale })
}

/// Reads the digits behind the `e`; an absurd exponent becomes one that is out of range.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (digits, sign) = match text {
        [b'-', rest @ ..] => (rest, -1),
        [b'+', rest @ ..] => (rest, 1),
        _ => (text, 1),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(sign * digits.iter().fold(0i64, |n, b| (n * 10 + i64::from(b - b'0')).min(100_000)))
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Self::parse_bytes(text.as_bytes())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let text = if scale == 0 {
            digits
        } else if digits.len() > scale {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            format!("{whole}.{fraction}")
        } else {
            format!("0.{digits:0>scale$}")
        };
        f.pad_integral(self.mantissa >= 0, "", &text)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        let lift = |d: &Self| POW10.get((scale - d.scale) as usize).and_then(|p| d.mantissa.checked_mul(*p));
        match (lift(self), lift(other)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => crate::ratio::Ratio::from(*self).cmp(&crate::ratio::Ratio::from(*other)),
        }
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::from_int(value)
    }
}

impl Serialize for Decimal {
    /// Writes a string: a JSON number would be read back as a binary float.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    /// Reads a string.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn digits_are_kept_as_written() {
        for (text, want) in [
            ("0", "0"),
            ("-0", "0"),
            ("1250.50", "1250.5"),
            ("007", "7"),
            ("1e3", "1000"),
            ("1.25E-3", "0.00125"),
            ("+2", "2"),
            ("9999999999999999999999999999", "9999999999999999999999999999"),
            ("0.000000000000000000000000000000123", "0.000000000000000000000000000000123"),
            ("123456789012345678901", "123456789012345678901"),
            ("-12345678901234567.890", "-12345678901234567.89"),
        ] {
            assert_eq!(dec(text).to_string(), want, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        for (text, code) in [
            ("", "decimal.syntax"),
            ("-", "decimal.syntax"),
            (".5", "decimal.syntax"),
            ("5.", "decimal.syntax"),
            ("1.2.3", "decimal.syntax"),
            ("1 000", "decimal.syntax"),
            ("0x10", "decimal.syntax"),
            ("1e", "decimal.syntax"),
            ("١", "decimal.syntax"),
            ("1,5", "decimal.comma"),
            ("NaN", "decimal.not_finite"),
            ("-Infinity", "decimal.not_finite"),
            ("12345678901234567890123456789", "decimal.too_precise"),
            ("1e28", "decimal.out_of_range"),
            ("1e99999999999999999999", "decimal.out_of_range"),
            ("1e-61", "decimal.out_of_range"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn the_edges_of_the_range_hold_from_both_sides() {
        assert!("1e27".parse::<Decimal>().is_ok());
        assert!("1e-60".parse::<Decimal>().is_ok());
        assert!("1234567890123456789012345678".parse::<Decimal>().is_ok());
    }

    #[test]
    fn order_does_not_depend_on_the_scale() {
        assert!(dec("1.5") > dec("1.4999"));
        assert!(dec("-2") < dec("0.1"));
        assert!(dec("9999999999999999999999999999") > dec("1e-60"));
        assert_eq!(dec("2.0").cmp(&dec("2")), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn a_float_becomes_its_shortest_decimal(bits in any::<i64>(), exponent in -140i32..26) {
            let value = bits as f64 * 2f64.powi(exponent);
            let decimal = Decimal::from_f64(value).unwrap();
            prop_assert_eq!(decimal.to_f64(), value);
            let shortest: Decimal = format!("{value:e}").parse().unwrap();
            prop_assert_eq!(decimal, shortest);
        }

        #[test]
        fn short_decimals_survive_the_way_through_a_float(m in -999_999_999_999_999i64..999_999_999_999_999, s in 0u32..7) {
            let decimal = Decimal::new(i128::from(m), s).unwrap();
            prop_assert_eq!(Decimal::from_f64(decimal.to_f64()).unwrap(), decimal);
        }

        #[test]
        fn text_there_and_back_is_the_identity(m in -(10i128.pow(28) - 1)..10i128.pow(28), s in 0u32..=60) {
            let decimal = Decimal::new(m, s).unwrap();
            prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
        }

        #[test]
        fn any_text_ends_in_a_number_or_an_error(text in "\\PC{0,40}") {
            let _ = text.parse::<Decimal>();
        }
    }
}
