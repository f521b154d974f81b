//! Units: what a text means, and what it may be converted to.
//!
//! A wrong unit is the commonest way to be wrong by a factor of a thousand, so the unit is read to the letter (UCUM,
//! case-sensitive) or by a listed name of the trade, never guessed; sizes are exact fractions from definitions; and what
//! needs a property of the substance (density, heating value), an exchange rate or other reference conditions is refused
//! here, because that is a cited factor and not a unit.
//!
//! [`Unit::from_str`] reads UCUM and the names of the trade, with counted things, currencies and quantity kinds kept
//! apart. [`Unit::parse_ucum`] reads UCUM to the letter, where `{passenger}.km` is a kilometre with a comment.

mod convert;
mod customary;
mod dimension;
mod error;
mod kind;
mod names;
mod parse;
mod shape;
mod si;
mod special;
mod spelling;
mod table;
mod things;

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use convert::{Converted, Quantity, convert};
pub use dimension::{Dimension, Named};
pub use error::UnitError;
pub use kind::{CalorificBasis, QuantityKind};

use crate::ratio::Ratio;
use names::Names;
use parse::{Parsed, Term};
use table::{Measure, Mode};

/// The longest text that is read as a unit.
pub const MAX_UNIT_BYTES: usize = 256;
/// How deep parentheses may be nested.
pub const MAX_NESTING: usize = 16;

/// A unit of measurement. Cheap to clone; equal when it means the same; printed as it was written.
///
/// # Examples
/// ```
/// use esg_core::units::{Unit, convert};
/// let (mwh, kwh): (Unit, Unit) = ("MWh".parse()?, "kW.h".parse()?);
/// assert_eq!(convert("1".parse()?, &mwh, &kwh)?.value.to_string(), "1000");
/// let litre: Unit = "L".parse()?;
/// assert_eq!(convert("1".parse()?, &kwh, &litre).unwrap_err().code(), "unit.dimension");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Unit(Arc<Inner>);

struct Inner {
    text: String,
    measure: Measure,
    terms: Vec<Term>,
}

impl Unit {
    /// Reads a UCUM code to the letter: annotations are comments, mole and bit are numbers, no name of the trade is
    /// known and kinds are not told apart.
    ///
    /// # Errors
    /// `unit.syntax`, `unit.unknown`, `unit.overflow`, `unit.too_long`, `unit.too_deep`.
    ///
    /// # Source
    /// The Unified Code for Units of Measure, version 2.2, sections 2 and 4.
    pub fn parse_ucum(text: &str) -> Result<Self, UnitError> {
        Ok(Self::from_parsed(text, parse::unit(text, Mode::Ucum)?))
    }

    fn from_parsed(text: &str, parsed: Parsed) -> Self {
        Self(Arc::new(Inner { text: text.to_owned(), measure: parsed.measure, terms: parsed.terms }))
    }

    /// The code as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The exponents of the base units and of counted, paid and assayed things.
    pub fn dimension(&self) -> &Dimension {
        &self.0.measure.dimension
    }

    /// What the unit measures, as a name of the trade.
    pub fn kind(&self) -> QuantityKind {
        self.0.measure.kind.unwrap_or_else(|| kind::of_dimension(self.dimension()))
    }

    /// The calorific basis that the unit states, if it states one.
    pub fn basis(&self) -> Option<CalorificBasis> {
        self.0.measure.basis
    }

    /// True when values in this unit convert to the other: same dimension, kinds that agree, same calorific basis.
    pub fn same_kind(&self, other: &Self) -> bool {
        convert::relation(self, other).is_ok()
    }

    /// Returns how many of `other` one of this unit is, exactly.
    ///
    /// # Errors
    /// As [`convert`]; also `unit.special` for scales such as degrees Celsius and for fuel economy against fuel
    /// consumption, which have no fixed ratio. Where pi does not cancel it is taken to 60 digits.
    pub fn ratio_to(&self, other: &Self) -> Result<Ratio, UnitError> {
        convert::ratio_to(self, other)
    }

    /// Returns the coherent unit of base units of the same dimension, kind and basis: `J` gives `kg.m2.s-2`.
    pub fn canonical(&self) -> Self {
        let mine = &self.0.measure;
        let measure = Measure {
            kind: mine.kind,
            basis: mine.basis,
            gas: mine.gas,
            ..Measure::base(mine.dimension.clone())
        };
        Self(Arc::new(Inner { text: mine.dimension.to_string(), measure, terms: Vec::new() }))
    }

    /// Returns the product of two units, its factors sorted: `m` times `g` is `g.m`.
    ///
    /// # Errors
    /// `unit.special` for units with a scale of their own, `unit.basis` for gross times net, `unit.overflow`.
    pub fn times(&self, other: &Self) -> Result<Self, UnitError> {
        convert::product(self, other, 1)
    }

    /// Returns the quotient of two units, its factors sorted: `m` per `g` is `g-1.m`.
    ///
    /// # Errors
    /// As [`Unit::times`].
    pub fn per(&self, other: &Self) -> Result<Self, UnitError> {
        convert::product(self, other, -1)
    }
}

/// Units that need no parsing: the names of the trade and the commonest codes.
fn ready() -> &'static HashMap<String, Unit> {
    static READY: OnceLock<HashMap<String, Unit>> = OnceLock::new();
    const CODES: [&str; 40] = [
        "1",
        "%",
        "m",
        "km",
        "cm",
        "mm",
        "m2",
        "km2",
        "m3",
        "L",
        "l",
        "mL",
        "hL",
        "g",
        "kg",
        "mg",
        "t",
        "kt",
        "Mt",
        "s",
        "ms",
        "min",
        "h",
        "d",
        "a",
        "J",
        "kJ",
        "MJ",
        "GJ",
        "TJ",
        "PJ",
        "W",
        "kW",
        "MW",
        "kW.h",
        "MW.h",
        "t.km",
        "{passenger}.km",
        "Cel",
        "[gal_us]",
    ];
    READY.get_or_init(|| {
        let names = Names::all().known().chain(things::CURRENCIES.split_whitespace()).map(str::to_owned);
        CODES
            .iter()
            .map(ToString::to_string)
            .chain(names)
            .filter_map(|text| {
                let parsed = parse::unit(&text, Mode::Field).ok()?;
                let unit = Unit::from_parsed(&text, parsed);
                Some((text, unit))
            })
            .collect()
    })
}

impl FromStr for Unit {
    type Err = UnitError;

    /// Reads a UCUM code or a name of the trade.
    ///
    /// # Errors
    /// `unit.syntax`, `unit.unknown`, `unit.ambiguous`, `unit.basis`, `unit.overflow`, `unit.too_long`,
    /// `unit.too_deep`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        if let Some(unit) = ready().get(text) {
            return Ok(unit.clone());
        }
        Ok(Self::from_parsed(text, parse::unit(text, Mode::Field)?))
    }
}

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.measure == other.0.measure
    }
}

impl Eq for Unit {}

impl Hash for Unit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.measure.hash(state);
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({})", self.0.text)
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
