//! What a unit measures: exponents of base units, and of the things that SI does not have.
//!
//! Physics has no dimension for a passenger, a euro of 2022 or an international unit of a hormone, yet adding one to
//! another is as wrong as adding metres to kilograms. So each of them is a dimension of its own here.

use std::fmt;

/// Where each base unit stands in a [`Dimension`]. The order is the one in which it is printed.
const BASE_CODES: [&str; BASES] = ["kg", "m", "s", "A", "K", "mol", "cd", "rad", "bit"];
/// How many base units there are: the seven of the SI, the plane angle (a base unit of UCUM) and the bit.
const BASES: usize = 9;

pub(crate) const MASS: usize = 0;
pub(crate) const LENGTH: usize = 1;
pub(crate) const TIME: usize = 2;
pub(crate) const CURRENT: usize = 3;
pub(crate) const TEMPERATURE: usize = 4;
pub(crate) const AMOUNT: usize = 5;
pub(crate) const LUMINOUS: usize = 6;
pub(crate) const ANGLE: usize = 7;
pub(crate) const DATA: usize = 8;

/// Something that is counted, paid or assayed and is therefore a dimension of its own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Named {
    /// A counted thing, written `{passenger}`.
    Count(&'static str),
    /// An amount of money, in prices of a year when one is given, written `USD{2022}`.
    Currency {
        /// The ISO 4217 code.
        code: &'static str,
        /// The price year, where one was stated.
        year: Option<u16>,
    },
    /// A UCUM arbitrary unit: defined by a procedure and comparable with nothing but itself.
    Arbitrary(&'static str),
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(name) => write!(f, "{{{name}}}"),
            Self::Currency { code, year: None } => f.write_str(code),
            Self::Currency { code, year: Some(year) } => write!(f, "{code}{{{year}}}"),
            Self::Arbitrary(code) => f.write_str(code),
        }
    }
}

/// The exponents of the base units that a unit is made of.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Dimension {
    base: [i8; BASES],
    /// Sorted, without zeros.
    named: Vec<(Named, i8)>,
}

impl Dimension {
    pub(crate) fn of(base: usize) -> Self {
        let mut out = Self::default();
        out.base[base] = 1;
        out
    }

    /// Makes a dimension from exponents of kg, m, s, in this order.
    pub(crate) const fn mechanical(mass: i8, length: i8, time: i8) -> Self {
        Self { base: [mass, length, time, 0, 0, 0, 0, 0, 0], named: Vec::new() }
    }

    pub(crate) fn named(thing: Named) -> Self {
        Self { base: [0; BASES], named: vec![(thing, 1)] }
    }

    /// True when nothing is left: a pure number.
    pub fn is_none(&self) -> bool {
        self.base == [0; BASES] && self.named.is_empty()
    }

    /// The counted, paid and assayed things in it, with their exponents.
    pub fn named_parts(&self) -> &[(Named, i8)] {
        &self.named
    }

    /// Returns this dimension without the counted, paid and assayed things.
    pub fn physical(&self) -> Self {
        Self { base: self.base, named: Vec::new() }
    }

    /// Returns `self x other^exponent`, or none when an exponent leaves -128..=127.
    pub(crate) fn times(&self, other: &Self, exponent: i32) -> Option<Self> {
        let add = |a: i8, b: i8| i8::try_from(i32::from(a) + i32::from(b).checked_mul(exponent)?).ok();
        let mut out = self.clone();
        for (mine, theirs) in out.base.iter_mut().zip(other.base) {
            *mine = add(*mine, theirs)?;
        }
        for &(thing, theirs) in &other.named {
            match out.named.binary_search_by(|(mine, _)| mine.cmp(&thing)) {
                Ok(at) => out.named[at].1 = add(out.named[at].1, theirs)?,
                Err(at) => out.named.insert(at, (thing, add(0, theirs)?)),
            }
        }
        out.named.retain(|&(_, exponent)| exponent != 0);
        Some(out)
    }

    pub(crate) fn inverse(&self) -> Option<Self> {
        Self::default().times(self, -1)
    }
}

impl fmt::Display for Dimension {
    /// Writes a unit expression: `kg.m2.s-2`, `kg/{passenger}`; `1` for a pure number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut over: Vec<String> = Vec::new();
        let mut under = String::new();
        for (code, exponent) in BASE_CODES.iter().zip(self.base) {
            match exponent {
                0 => {}
                1 => over.push((*code).to_owned()),
                n => over.push(format!("{code}{n}")),
            }
        }
        for &(thing, exponent) in &self.named {
            match (thing, exponent) {
                (_, 1) => over.push(thing.to_string()),
                (Named::Currency { code, year: Some(year) }, n) => over.push(format!("{code}{n}{{{year}}}")),
                // A bare annotation takes no exponent in UCUM.
                (Named::Count(_), 1..) => over.extend((0..exponent).map(|_| thing.to_string())),
                (Named::Count(_), _) => (exponent..0).for_each(|_| under += &format!("/{thing}")),
                (_, n) => over.push(format!("{thing}{n}")),
            }
        }
        match (over.is_empty(), under.is_empty()) {
            (true, true) => f.write_str("1"),
            _ => write!(f, "{}{under}", over.join(".")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_reads_like_a_unit() {
        let energy = Dimension::mechanical(1, 2, -2);
        assert_eq!(energy.to_string(), "kg.m2.s-2");
        assert_eq!(Dimension::default().to_string(), "1");
        let price = Dimension::named(Named::Currency { code: "USD", year: Some(2022) });
        assert_eq!(energy.times(&price, -1).unwrap().to_string(), "kg.m2.s-2.USD-1{2022}");
    }

    #[test]
    fn what_cancels_is_gone_and_what_overflows_is_refused() {
        let head = Dimension::named(Named::Count("passenger"));
        assert!(head.times(&head, -1).unwrap().is_none());
        assert_eq!(Dimension::of(LENGTH).times(&Dimension::of(LENGTH), 127), None);
        assert!(Dimension::of(LENGTH).times(&Dimension::of(LENGTH), 126).is_some());
    }
}
