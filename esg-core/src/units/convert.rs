//! Converting values, and multiplying quantities with their units.

use std::collections::BTreeMap;

use super::kind::QuantityKind;
use super::special::Scale;
use super::table::{Measure, OnScale, overflow, pi};
use super::{Inner, Named, Term, Unit, UnitError};
use crate::decimal::Decimal;
use crate::ratio::Ratio;

/// Significant digits of a converted value.
const DIGITS: u32 = 28;

/// A value in another unit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Converted {
    /// The value, rounded half to even to 28 significant digits where it has more.
    pub value: Decimal,
    /// The value before that rounding.
    pub ratio: Ratio,
    /// False where pi, a logarithm or a root was worked out to a limited number of digits.
    pub exact: bool,
}

/// A value with its unit, as arithmetic returns it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quantity {
    /// The value, rounded half to even to 28 significant digits where it has more.
    pub value: Decimal,
    /// The value before that rounding.
    pub ratio: Ratio,
    /// Its unit.
    pub unit: Unit,
}

impl Quantity {
    /// Returns a value of a unit.
    pub fn new(value: Decimal, unit: Unit) -> Self {
        Self { value, ratio: value.into(), unit }
    }

    /// Returns the product of two quantities.
    ///
    /// # Errors
    /// As [`Unit::times`]; `unit.overflow` when the value does not fit.
    pub fn times(&self, other: &Self) -> Result<Self, UnitError> {
        Self::of(&self.ratio * &other.ratio, self.unit.times(&other.unit)?)
    }

    /// Returns the quotient of two quantities.
    ///
    /// # Errors
    /// As [`Unit::per`]; `unit.undefined` for division by zero, `unit.overflow` when the value does not fit.
    pub fn per(&self, other: &Self) -> Result<Self, UnitError> {
        let unit = self.unit.per(&other.unit)?;
        let undefined = || UnitError::Undefined {
            value: format!("{} / {}", self.value, other.value),
            from: self.unit.to_string(),
            to: unit.to_string(),
        };
        let ratio = self.ratio.checked_div(&other.ratio).ok_or_else(undefined)?;
        Self::of(ratio, unit)
    }

    fn of(ratio: Ratio, unit: Unit) -> Result<Self, UnitError> {
        Ok(Self { value: rounded(&ratio, unit.as_str())?, ratio, unit })
    }
}

/// Converts a value from one unit to another.
///
/// Linear and temperature scales are exact fractions; logarithmic scales are worked out to at least 28 digits and marked
/// as not exact. Fuel economy (mi/gal) and fuel consumption (L/100 km) convert by the reciprocal.
///
/// # Errors
/// `unit.dimension`, `unit.kind`, `unit.basis`, `unit.currency`, `unit.arbitrary` when the two measure different things;
/// `unit.special` for a special unit in a product; `unit.undefined` where the scale has no value, `unit.overflow` where
/// no decimal holds the result.
pub fn convert(value: Decimal, from: &Unit, to: &Unit) -> Result<Converted, UnitError> {
    let relation = relation(from, to)?;
    if from == to {
        return Ok(Converted { value, ratio: value.into(), exact: true });
    }
    let undefined =
        || UnitError::Undefined { value: value.to_string(), from: from.to_string(), to: to.to_string() };
    let (a, b) = (&from.0.measure, &to.0.measure);
    let value = Ratio::from(value);
    let (quantity, exact_from) = match scale_of(a) {
        Some((scale, prefix)) => scale.to_quantity(&(&value * prefix)).ok_or_else(undefined)?,
        None => (value, true),
    };
    let (size, exact_size) = match relation {
        Relation::Same => sizes(a, b, -1),
        Relation::Reciprocal => sizes(a, b, 1),
    }
    .ok_or_else(|| overflow(to.as_str()))?;
    let mut shown = &quantity * &size;
    if relation == Relation::Reciprocal {
        shown = shown.recip().ok_or_else(undefined)?;
    }
    let (ratio, exact_to) = match scale_of(b) {
        Some((scale, prefix)) => {
            let (y, exact) = scale.of_quantity(&shown).ok_or_else(undefined)?;
            (y.checked_div(prefix).ok_or_else(|| overflow(to.as_str()))?, exact)
        }
        None => (shown, true),
    };
    let exact = exact_from && exact_size && exact_to;
    Ok(Converted { value: rounded(&ratio, to.as_str())?, ratio, exact })
}

/// How values of two units become one another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Relation {
    Same,
    Reciprocal,
}

/// Decides whether one unit may become the other, or says why not.
pub(crate) fn relation(from: &Unit, to: &Unit) -> Result<Relation, UnitError> {
    let (a, b) = (&from.0.measure, &to.0.measure);
    let names = || (from.to_string(), to.to_string());
    for (unit, measure) in [(from, a), (to, b)] {
        if measure.scale == Some(OnScale::InProduct) && from.as_str() != to.as_str() {
            return Err(UnitError::Special { unit: unit.to_string() });
        }
    }
    if a.dimension != b.dimension {
        use QuantityKind::{FuelConsumption, FuelEconomy};
        if matches!(
            (a.kind, b.kind),
            (Some(FuelEconomy), Some(FuelConsumption)) | (Some(FuelConsumption), Some(FuelEconomy))
        ) {
            return Ok(Relation::Reciprocal);
        }
        return Err(mismatch(from, to));
    }
    for pair in [(a.kind, b.kind), (a.gas, b.gas)] {
        if let (Some(x), Some(y)) = pair
            && x != y
        {
            let (from, to) = names();
            return Err(UnitError::Kind { from, from_is: x.to_string(), to, to_is: y.to_string() });
        }
    }
    if a.basis != b.basis {
        let (from, to) = names();
        let said = |m: &Measure| m.basis.map_or("an unstated", |basis| basis.as_str());
        return Err(UnitError::Basis { from, from_is: said(a), to, to_is: said(b) });
    }
    Ok(Relation::Same)
}

/// The refusal that says best why two dimensions differ.
fn mismatch(from: &Unit, to: &Unit) -> UnitError {
    let (a, b) = (from.dimension(), to.dimension());
    let (from_text, to_text) = (from.to_string(), to.to_string());
    let has = |unit: &Unit, wanted: fn(&Named) -> bool| {
        unit.dimension().named_parts().iter().any(|(t, _)| wanted(t))
    };
    let arbitrary = |named: &Named| matches!(named, Named::Arbitrary(_));
    let money = |named: &Named| matches!(named, Named::Currency { .. });
    if has(from, arbitrary) || has(to, arbitrary) {
        return UnitError::Arbitrary { from: from_text, to: to_text };
    }
    if a.physical() == b.physical() && has(from, money) && has(to, money) {
        return UnitError::Currency { from: from_text, to: to_text };
    }
    let described = |unit: &Unit| format!("{} ({})", unit.kind(), unit.dimension());
    let (from_is, to_is) = (described(from), described(to));
    if a.physical() == b.physical() {
        return UnitError::Kind { from: from_text, from_is, to: to_text, to_is };
    }
    UnitError::Dimension { from: from_text, from_is, to: to_text, to_is }
}

/// Returns `a x b^exponent` as a size, and whether pi cancelled.
fn sizes(a: &Measure, b: &Measure, exponent: i32) -> Option<(Ratio, bool)> {
    let size = &a.factor * &b.factor.pow(exponent)?;
    match a.pi + exponent * b.pi {
        0 => Some((size, true)),
        n => Some((&size * &pi().pow(n)?, false)),
    }
}

fn scale_of(measure: &Measure) -> Option<(Scale, &Ratio)> {
    match &measure.scale {
        Some(OnScale::Alone(scale, prefix)) => Some((*scale, prefix)),
        Some(OnScale::InProduct) | None => None,
    }
}

pub(crate) fn ratio_to(from: &Unit, to: &Unit) -> Result<Ratio, UnitError> {
    let relation = relation(from, to)?;
    if from == to {
        return Ok(Ratio::one());
    }
    for unit in [from, to] {
        if unit.0.measure.scale.is_some() || relation == Relation::Reciprocal {
            return Err(UnitError::Special { unit: unit.to_string() });
        }
    }
    sizes(&from.0.measure, &to.0.measure, -1).map(|(size, _)| size).ok_or_else(|| overflow(to.as_str()))
}

/// Rounds to a decimal. What is not zero must not become zero.
fn rounded(ratio: &Ratio, unit: &str) -> Result<Decimal, UnitError> {
    match ratio.to_decimal(DIGITS) {
        Ok(value) if !value.is_zero() || ratio.is_zero() => Ok(value),
        _ => Err(UnitError::Overflow { what: format!("the value in {unit}") }),
    }
}

/// Returns `a x b^sign` with its factors sorted by symbol.
pub(crate) fn product(a: &Unit, b: &Unit, sign: i32) -> Result<Unit, UnitError> {
    for unit in [a, b] {
        if unit.0.measure.scale.is_some() {
            return Err(UnitError::Special { unit: unit.to_string() });
        }
    }
    if let (Some(x), Some(y)) = (a.basis(), b.basis())
        && x != y
    {
        let (from, to) = (a.to_string(), b.to_string());
        return Err(UnitError::Basis { from, from_is: x.as_str(), to, to_is: y.as_str() });
    }
    let mut terms: BTreeMap<(bool, String, Option<String>), Term> = BTreeMap::new();
    let mut numbers: Vec<Term> = Vec::new();
    for (term, sign) in a.0.terms.iter().map(|t| (t, 1)).chain(b.0.terms.iter().map(|t| (t, sign))) {
        let term = Term { exponent: term.exponent * sign, ..term.clone() };
        if term.number {
            numbers.push(term);
            continue;
        }
        let key = (term.symbol.is_empty(), term.symbol.clone(), term.annotation.clone());
        terms.entry(key).and_modify(|mine| mine.exponent += term.exponent).or_insert(term);
    }
    let terms: Vec<Term> =
        numbers.into_iter().chain(terms.into_values().filter(|t| t.exponent != 0)).collect();
    let text = written(&terms);
    let mut measure = a.0.measure.times(&b.0.measure, sign).ok_or_else(|| overflow(&text))?;
    measure.kind = super::shape::kind(&terms);
    Ok(Unit(std::sync::Arc::new(Inner { text, measure, terms })))
}

/// Writes factors as a unit expression. Numbers and bare annotations take no exponent, so they are divided by.
fn written(terms: &[Term]) -> String {
    let (mut over, mut under): (Vec<String>, String) = (Vec::new(), String::new());
    for term in terms {
        let note = term.annotation.as_ref().map(|text| format!("{{{text}}}")).unwrap_or_default();
        if term.number || term.symbol.is_empty() {
            let text = format!("{}{note}", term.symbol);
            for _ in 0..term.exponent.unsigned_abs() {
                if term.exponent > 0 { over.push(text.clone()) } else { under += &format!("/{text}") }
            }
        } else if term.exponent == 1 {
            over.push(format!("{}{note}", term.symbol));
        } else {
            over.push(format!("{}{}{note}", term.symbol, term.exponent));
        }
    }
    if over.is_empty() && under.is_empty() { "1".to_owned() } else { format!("{}{under}", over.join(".")) }
}
