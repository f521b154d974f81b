//! The table of UCUM codes, worked out once from their definitions.
//!
//! It is built twice: as UCUM has it, where the mole and the bit are plain numbers, and as this field needs it, where
//! they are dimensions of their own and where a joule knows that it is not a newton metre of torque.

use std::collections::HashMap;
use std::sync::OnceLock;

use num_bigint::BigInt;

use super::dimension::{self, Dimension, Named};
use super::kind::{CalorificBasis, QuantityKind};
use super::special::Scale;
use super::{UnitError, customary, parse, si};
use crate::ratio::Ratio;

/// How many bits the numerator and denominator of a unit's size may have together.
const MAX_FACTOR_BITS: u64 = 4096;
/// Pi to 60 digits (OEIS A000796); what is worked out with it is marked as not exact.
const PI_DIGITS: &str = "314159265358979323846264338327950288419716939937510582097494";

/// Whose meaning of a code counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// UCUM to the letter.
    Ucum,
    /// UCUM, the names of the trade, and counted things as dimensions of their own.
    Field,
}

/// How a code may be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Class {
    /// No prefixes.
    Plain,
    /// SI prefixes.
    Metric,
    /// SI prefixes in field mode only: `M[Btu_IT]` is not UCUM, but people write it.
    Loose,
    /// SI prefixes and Ki, Mi, Gi, Ti.
    Binary,
    /// A scale of its own; true when SI prefixes are allowed.
    Special(Scale, bool),
    /// An arbitrary unit under its main code; true when SI prefixes are allowed.
    Arbitrary(&'static str, bool),
}

/// One row of the table as it is written: `code` is `factor` times `of`.
pub(crate) struct Atom {
    pub code: &'static str,
    pub factor: &'static str,
    pub of: &'static str,
    pub class: Class,
}

pub(crate) const fn atom(code: &'static str, factor: &'static str, of: &'static str, class: Class) -> Atom {
    Atom { code, factor, of, class }
}

/// Whether a unit has a scale of its own, and in what state.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum OnScale {
    /// The unit is the scale itself, its values first multiplied by the prefix.
    Alone(Scale, Ratio),
    /// The scale stands in a product, which UCUM gives no meaning.
    InProduct,
}

/// What a unit means: its size in base units and everything that decides what it may be converted to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Measure {
    /// Size in kg, m, s, A, K, mol, cd, rad, bit; of the reference quantity when on a scale.
    pub factor: Ratio,
    /// The size is `factor x pi^pi`, so that degrees and minutes of arc convert exactly.
    pub pi: i32,
    pub dimension: Dimension,
    pub scale: Option<OnScale>,
    /// Set only where the unit says more than its dimension.
    pub kind: Option<QuantityKind>,
    pub basis: Option<CalorificBasis>,
    /// Reference conditions of a gas volume; they stay with the unit in products such as `kg/Nm3`.
    pub gas: Option<QuantityKind>,
}

impl Measure {
    pub fn number(factor: Ratio) -> Self {
        Self {
            factor,
            pi: 0,
            dimension: Dimension::default(),
            scale: None,
            kind: None,
            basis: None,
            gas: None,
        }
    }

    pub fn base(dimension: Dimension) -> Self {
        Self { dimension, ..Self::number(Ratio::one()) }
    }

    /// Returns `self x other^exponent`; none when that is out of range. Kind and basis are the caller's to judge.
    pub fn times(&self, other: &Self, exponent: i32) -> Option<Self> {
        let bits = other.factor.num().bits() + other.factor.den().bits();
        if bits.checked_mul(u64::from(exponent.unsigned_abs()))? > 2 * MAX_FACTOR_BITS {
            return None;
        }
        let factor = &self.factor * &other.factor.pow(exponent)?;
        if factor.num().bits() + factor.den().bits() > MAX_FACTOR_BITS {
            return None;
        }
        let trivial =
            |m: &Self| m.dimension.is_none() && m.factor == Ratio::one() && m.scale.is_none() && m.pi == 0;
        let scale = match (&self.scale, &other.scale) {
            (None, None) => None,
            (None, Some(scale)) if exponent == 1 && trivial(self) => Some(scale.clone()),
            (Some(scale), None) if trivial(other) => Some(scale.clone()),
            _ => Some(OnScale::InProduct),
        };
        Some(Self {
            factor,
            pi: self.pi.checked_add(other.pi.checked_mul(exponent)?)?,
            dimension: self.dimension.times(&other.dimension, exponent)?,
            scale,
            kind: None,
            basis: self.basis.or(other.basis),
            gas: self.gas.or(other.gas),
        })
    }

    fn prefixed(&self, size: &Ratio) -> Self {
        match &self.scale {
            Some(OnScale::Alone(scale, prefix)) => {
                Self { scale: Some(OnScale::Alone(*scale, prefix * size)), ..self.clone() }
            }
            _ => Self { factor: &self.factor * size, ..self.clone() },
        }
    }
}

/// Returns pi to 60 digits as a fraction.
pub(crate) fn pi() -> Ratio {
    let digits: BigInt = PI_DIGITS.parse().expect("the constant is a number");
    Ratio::new(digits, crate::ratio::pow10(PI_DIGITS.len() as u32 - 1)).expect("a power of ten is not zero")
}

/// The codes of one mode.
pub(crate) struct Table {
    pub mode: Mode,
    atoms: HashMap<&'static str, (Measure, Class)>,
    prefixes: Vec<(&'static str, Ratio)>,
}

impl Table {
    /// Returns the table of a mode; it is worked out on first use.
    pub fn of(mode: Mode) -> &'static Self {
        static UCUM: OnceLock<Table> = OnceLock::new();
        static FIELD: OnceLock<Table> = OnceLock::new();
        match mode {
            Mode::Ucum => UCUM.get_or_init(|| Self::build(Mode::Ucum)),
            Mode::Field => FIELD.get_or_init(|| Self::build(Mode::Field)),
        }
    }

    /// The codes, in no order.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.atoms.keys().copied()
    }

    /// Returns what a code means, with its prefix if it has one; none when it is not in the table.
    pub fn find(&self, code: &str) -> Option<Measure> {
        if let Some((measure, _)) = self.atoms.get(code) {
            return Some(measure.clone());
        }
        self.prefixes.iter().find_map(|(prefix, size)| {
            let (measure, class) = self.atoms.get(code.strip_prefix(prefix)?)?;
            let binary = prefix.ends_with('i');
            let allowed = match class {
                Class::Plain => false,
                Class::Metric | Class::Special(_, true) | Class::Arbitrary(_, true) => !binary,
                Class::Loose => !binary && self.mode == Mode::Field,
                Class::Binary => true,
                Class::Special(_, false) | Class::Arbitrary(_, false) => false,
            };
            allowed.then(|| measure.prefixed(size))
        })
    }

    fn build(mode: Mode) -> Self {
        let mut table = Self { mode, atoms: HashMap::new(), prefixes: prefixes() };
        let bases = [
            ("m", dimension::LENGTH),
            ("s", dimension::TIME),
            ("A", dimension::CURRENT),
            ("K", dimension::TEMPERATURE),
            ("cd", dimension::LUMINOUS),
            ("rad", dimension::ANGLE),
        ];
        for (code, base) in bases {
            table.atoms.insert(code, (Measure::base(Dimension::of(base)), Class::Metric));
        }
        let gram = Measure { factor: ratio("1/1000"), ..Measure::base(Dimension::of(dimension::MASS)) };
        table.atoms.insert("g", (gram, Class::Metric));
        table.atoms.insert("[pi]", (Measure { pi: 1, ..Measure::number(Ratio::one()) }, Class::Plain));
        let (mole, bit) = match mode {
            // SI Brochure, 2.3.1: the mole holds exactly 6.02214076e23 entities, so UCUM counts it as that number.
            Mode::Ucum => (Measure::number(ratio("602214076000000000000000")), Measure::number(Ratio::one())),
            Mode::Field => (
                Measure::base(Dimension::of(dimension::AMOUNT)),
                Measure::base(Dimension::of(dimension::DATA)),
            ),
        };
        table.atoms.insert("mol", (mole, Class::Metric));
        table.atoms.insert("bit", (bit, Class::Binary));
        for row in si::ATOMS.iter().chain(customary::ATOMS) {
            let measure = table.define(row);
            table.atoms.insert(row.code, (measure, row.class));
        }
        table
    }

    fn define(&self, row: &Atom) -> Measure {
        let of = parse::defined(row.of, self).expect("a row of the table uses rows above it");
        let mut measure = Measure { factor: &of.factor * &ratio(row.factor), ..of };
        match row.class {
            Class::Special(scale, _) => measure.scale = Some(OnScale::Alone(scale, Ratio::one())),
            Class::Arbitrary(code, _) => measure.dimension = Dimension::named(Named::Arbitrary(code)),
            Class::Plain | Class::Metric | Class::Loose | Class::Binary => {}
        }
        if self.mode == Mode::Field {
            measure.kind = kind_of_atom(row.code, &measure);
        }
        measure
    }
}

/// Reads a number that is written in this crate.
pub(crate) fn ratio(text: &str) -> Ratio {
    text.parse().expect("a number in the table is well formed")
}

/// The kind that a code names beyond its dimension.
fn kind_of_atom(code: &str, measure: &Measure) -> Option<QuantityKind> {
    Some(match code {
        "Hz" => QuantityKind::Frequency,
        "Bq" | "Ci" => QuantityKind::Radioactivity,
        "Bd" => QuantityKind::SymbolRate,
        "Gy" | "RAD" => QuantityKind::AbsorbedDose,
        "Sv" | "REM" => QuantityKind::DoseEquivalent,
        _ if measure.dimension == Dimension::mechanical(1, 2, -2) => QuantityKind::Energy,
        _ if measure.dimension == Dimension::mechanical(1, 2, -3) => QuantityKind::Power,
        _ => return None,
    })
}

/// SI Brochure, table 7 and IEC 80000-13, as far as UCUM 2.2 has codes. Longer prefixes come first.
fn prefixes() -> Vec<(&'static str, Ratio)> {
    let mut out: Vec<(&str, Ratio)> = [("Ki", 1024i64), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40)]
        .into_iter()
        .map(|(code, size)| (code, Ratio::from(size)))
        .collect();
    const DECIMAL: [(&str, i32); 20] = [
        ("da", 1),
        ("Y", 24),
        ("Z", 21),
        ("E", 18),
        ("P", 15),
        ("T", 12),
        ("G", 9),
        ("M", 6),
        ("k", 3),
        ("h", 2),
        ("d", -1),
        ("c", -2),
        ("m", -3),
        ("u", -6),
        ("n", -9),
        ("p", -12),
        ("f", -15),
        ("a", -18),
        ("z", -21),
        ("y", -24),
    ];
    let ten = Ratio::from(10);
    out.extend(DECIMAL.map(|(code, n)| (code, ten.pow(n).expect("ten is not zero"))));
    out
}

/// Refuses a product that does not fit.
pub(crate) fn overflow(unit: &str) -> UnitError {
    UnitError::Overflow { what: format!("unit {unit:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_code_of_ucum() {
        // UCUM 2.2 lists 7 base units and 305 units. [m/s2/Hz^0.5] is a second spelling of one of them; the ampere
        // stands in the place of the coulomb as a base.
        let (ucum, field) = (Table::of(Mode::Ucum), Table::of(Mode::Field));
        assert_eq!(ucum.codes().count(), 7 + 305 + 1);
        assert!(ucum.codes().all(|code| field.find(code).is_some()));
    }

    #[test]
    fn prefixes_go_where_ucum_allows_them() {
        let valid = |mode, code| Table::of(mode).find(code).is_some();
        assert!(valid(Mode::Ucum, "daL") && valid(Mode::Ucum, "GiBy") && valid(Mode::Ucum, "mm[Hg]"));
        assert!(!valid(Mode::Ucum, "Kim") && !valid(Mode::Ucum, "kmin") && !valid(Mode::Ucum, "M[Btu_IT]"));
        assert!(valid(Mode::Field, "M[Btu_IT]") && !valid(Mode::Field, "kmin") && !valid(Mode::Field, "Kig"));
    }
}
