//! What the methods share: their refusals, and the few checks that every formula needs.
//!
//! A negative mass, a share above 1 or a division by nothing gives a number that looks like any other. So each is
//! refused by name before it enters a sum.

use crate::error::Kind;
use crate::ratio::Ratio;

/// Why a method was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// A quantity that cannot be below zero is.
    #[error("{what} is {value}; it cannot be below zero")]
    Negative {
        /// Quantity.
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// A division by nothing.
    #[error("{what} is zero, and the method divides by it")]
    ZeroDenominator {
        /// Quantity that is zero.
        what: &'static str,
    },
    /// A share that is none.
    #[error("{what} is {value}; a share lies within 0 and 1")]
    Share {
        /// Share.
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// Shares that do not make a whole.
    #[error("the shares of {what} add up to {sum}; they must add up to 1")]
    Shares {
        /// What they are shares of.
        what: &'static str,
        /// Their sum.
        sum: String,
    },
    /// A value outside of what it can be.
    #[error("{what} is {value}; it must be {rule}")]
    Range {
        /// Quantity.
        what: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: String,
    },
    /// Money and factor speak of different prices.
    #[error(
        "the spend is in {spend}, the factor is per {factor}; convert the spend first, with a stated rate and index"
    )]
    PriceBasis {
        /// Currency, year and basis of the spend.
        spend: String,
        /// Currency, year and basis of the factor.
        factor: String,
    },
}

impl MethodError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Negative { .. } => "method.negative",
            Self::ZeroDenominator { .. } => "method.zero_denominator",
            Self::Share { .. } => "method.share",
            Self::Shares { .. } => "method.shares",
            Self::Range { .. } => "method.range",
            Self::PriceBasis { .. } => "method.price_basis",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Negative { .. }
            | Self::ZeroDenominator { .. }
            | Self::Share { .. }
            | Self::Shares { .. }
            | Self::Range { .. } => Kind::Invalid,
            Self::PriceBasis { .. } => Kind::Conflict,
        }
    }
}

/// Returns `num / den`; `what` names `den`.
///
/// # Errors
/// `ZeroDenominator`.
pub fn divide(num: &Ratio, den: &Ratio, what: &'static str) -> Result<Ratio, MethodError> {
    num.checked_div(den).ok_or(MethodError::ZeroDenominator { what })
}

/// Refuses a value below zero.
///
/// # Errors
/// `Negative`.
pub fn not_negative(value: &Ratio, what: &'static str) -> Result<(), MethodError> {
    if value.is_negative() {
        return Err(MethodError::Negative { what, value: value.to_string() });
    }
    Ok(())
}

/// Refuses a value outside of 0..1.
///
/// # Errors
/// `Share`.
pub fn is_share(value: &Ratio, what: &'static str) -> Result<(), MethodError> {
    if value.is_negative() || *value > Ratio::one() {
        return Err(MethodError::Share { what, value: value.to_string() });
    }
    Ok(())
}

/// Refuses shares that are not shares, or do not add up to exactly 1.
///
/// # Errors
/// `Share`, `Shares`.
pub fn are_shares<'a>(
    values: impl IntoIterator<Item = &'a Ratio>,
    what: &'static str,
) -> Result<(), MethodError> {
    let mut sum = Ratio::zero();
    for value in values {
        is_share(value, what)?;
        sum = &sum + value;
    }
    if sum != Ratio::one() {
        return Err(MethodError::Shares { what, sum: sum.to_string() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_hold_from_both_sides() {
        let half = Ratio::new(1, 2).unwrap();
        assert!(are_shares([&half, &half], "waste").is_ok());
        assert!(are_shares([&Ratio::one(), &Ratio::zero()], "waste").is_ok());
        assert_eq!(are_shares([&half], "waste").unwrap_err().code(), "method.shares");
        assert_eq!(are_shares([], "waste").unwrap_err().code(), "method.shares");
        let both = [&Ratio::new(3, 2).unwrap(), &Ratio::new(-1, 2).unwrap()];
        assert_eq!(are_shares(both, "waste").unwrap_err().code(), "method.share");
    }
}
