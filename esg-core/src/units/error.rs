//! Why a unit was not understood, or a conversion not made.

use crate::error::Kind;
use crate::nearest::distance;

/// Why a unit was not understood, or a conversion not made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// No unit has this name.
    #[error("unknown unit {unit:?}; nearest known: {nearest}")]
    Unknown {
        /// The part that was not understood.
        unit: String,
        /// Names that look like it, joined by commas.
        nearest: String,
    },
    /// The name means different things to different people.
    #[error("unit {unit:?} is ambiguous: say {choices}")]
    Ambiguous {
        /// The name as given.
        unit: String,
        /// What it could mean.
        choices: &'static str,
    },
    /// The text is not a unit expression.
    #[error("unit {unit:?}, byte {at}: {expected}")]
    Syntax {
        /// The whole text.
        unit: String,
        /// Where it went wrong, in bytes from 0.
        at: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// The two units measure different things.
    #[error("{from} is {from_is}, {to} is {to_is}: they measure different things")]
    Dimension {
        /// The unit of the value.
        from: String,
        /// Its kind and dimension.
        from_is: String,
        /// The unit asked for.
        to: String,
        /// Its kind and dimension.
        to_is: String,
    },
    /// Same dimension, but another kind of quantity.
    #[error("{from} is {from_is}, {to} is {to_is}: same dimension, another kind of quantity")]
    Kind {
        /// The unit of the value.
        from: String,
        /// Its kind.
        from_is: String,
        /// The unit asked for.
        to: String,
        /// Its kind.
        to_is: String,
    },
    /// Gross and net calorific basis differ by a property of the fuel.
    #[error("{from} is on {from_is} calorific basis, {to} on {to_is}: a cited heating value is needed")]
    Basis {
        /// The unit of the value.
        from: String,
        /// `gross`, `net` or `an unstated`.
        from_is: &'static str,
        /// The unit asked for.
        to: String,
        /// `gross`, `net` or `an unstated`.
        to_is: &'static str,
    },
    /// A unit defined by a procedure converts to nothing but itself.
    #[error("{from} cannot become {to}: an arbitrary unit converts only to itself")]
    Arbitrary {
        /// The unit of the value.
        from: String,
        /// The unit asked for.
        to: String,
    },
    /// Currencies and price years need a cited rate or index.
    #[error("{from} cannot become {to}: another currency or price year needs a cited rate")]
    Currency {
        /// The unit of the value.
        from: String,
        /// The unit asked for.
        to: String,
    },
    /// A unit on a scale with its own zero or a logarithm stands in a product.
    #[error("{unit} has a scale of its own and cannot be multiplied, divided or raised")]
    Special {
        /// The unit.
        unit: String,
    },
    /// The value lies outside what the scale is defined for.
    #[error("{value} {from} has no value in {to}")]
    Undefined {
        /// The value.
        value: String,
        /// Its unit.
        from: String,
        /// The unit asked for.
        to: String,
    },
    /// The text is longer than a unit may be.
    #[error("a unit of {bytes} bytes; at most {} are read", super::MAX_UNIT_BYTES)]
    TooLong {
        /// How long it was.
        bytes: usize,
    },
    /// Parentheses are nested deeper than any unit needs.
    #[error("unit {unit:?} nests parentheses deeper than {}", super::MAX_NESTING)]
    TooDeep {
        /// The whole text.
        unit: String,
    },
    /// An exponent, a factor or a result is out of range.
    #[error("{what} is out of range")]
    Overflow {
        /// What did not fit.
        what: String,
    },
}

impl UnitError {
    /// A name that never changes, the same in every language.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unit.unknown",
            Self::Ambiguous { .. } => "unit.ambiguous",
            Self::Syntax { .. } => "unit.syntax",
            Self::Dimension { .. } => "unit.dimension",
            Self::Kind { .. } => "unit.kind",
            Self::Basis { .. } => "unit.basis",
            Self::Arbitrary { .. } => "unit.arbitrary",
            Self::Currency { .. } => "unit.currency",
            Self::Special { .. } => "unit.special",
            Self::Undefined { .. } => "unit.undefined",
            Self::TooLong { .. } => "unit.too_long",
            Self::TooDeep { .. } => "unit.too_deep",
            Self::Overflow { .. } => "unit.overflow",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. }
            | Self::Ambiguous { .. }
            | Self::Syntax { .. }
            | Self::Dimension { .. }
            | Self::Kind { .. }
            | Self::Basis { .. }
            | Self::Arbitrary { .. }
            | Self::Currency { .. }
            | Self::Special { .. }
            | Self::Undefined { .. }
            | Self::TooLong { .. }
            | Self::TooDeep { .. }
            | Self::Overflow { .. } => Kind::Invalid,
        }
    }
}

/// Returns the known names nearest to `unit`, best first, joined by commas.
pub(crate) fn nearest<'a>(unit: &str, known: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let letters: Vec<char> = unit.chars().collect();
    let mut scored: Vec<(usize, &str)> = known
        .filter(|name| name.len().abs_diff(unit.len()) <= 3)
        .map(|name| (2 * distance(&letters, name) + usize::from(name != unit), name))
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.iter().take(SHOWN).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_slips_are_nearest() {
        assert_eq!(nearest("KWH", ["kWh", "mWh", "MJ"].into_iter()), "kWh, mWh, MJ");
    }
}
