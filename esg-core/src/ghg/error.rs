//! Why a row of activity data gave no emissions.

use crate::amount::AmountError;
use crate::error::Kind;
use crate::factor::FactorError;
use crate::units::UnitError;

/// A refusal of the calculation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GhgError {
    /// No factor, or none that fits.
    #[error(transparent)]
    Factor(#[from] FactorError),
    /// The result is too large.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The unit does not fit.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// The factor counts something else than emissions.
    #[error("{factor} is a coefficient ({quantity}) and no emission factor")]
    Coefficient {
        /// The factor.
        factor: String,
        /// What it counts.
        quantity: String,
    },
    /// The factor has no scope and none was stated.
    #[error("{factor} belongs to no scope; state scope and category with the activity")]
    ScopeMissing {
        /// The factor.
        factor: String,
    },
    /// A stated scope or category that does not exist.
    #[error(
        "scope {scope}, category {category} does not exist: a scope is 1 to 3, and a category 1 to 15 goes with scope 3"
    )]
    Scope {
        /// What was stated.
        scope: u8,
        /// What was stated.
        category: u8,
    },
    /// An instrument is used twice or breaks a rule.
    #[error("contractual instrument {id:?}: {reason}")]
    Instrument {
        /// Its id.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// Two inventories that cannot be added.
    #[error("inventories cannot be merged: {what} is {left} in one and {right} in the other")]
    Merge {
        /// Which option differs.
        what: &'static str,
        /// In the first.
        left: String,
        /// In the second.
        right: String,
    },
    /// Two inventories of different days, whose difference is no restatement.
    #[error("a restatement is of one period, but it is {before} before and {after} after")]
    Bridge {
        /// The first period.
        before: String,
        /// The second.
        after: String,
    },
    /// A total by the market-based method, while part of the energy has no market factor.
    #[error(
        "the market-based total is incomplete: {uncovered_kwh} kWh and {rows} rows have neither an instrument nor a residual mix; ask for the subtotal with its coverage, add instruments, or allow the grid average"
    )]
    MethodMissing {
        /// Electricity without a market factor, in kWh.
        uncovered_kwh: String,
        /// Rows without a market-based line.
        rows: u64,
    },
    /// A grouping that was not kept.
    #[error("{dimension:?} is not a dimension of this inventory; it keeps {known}")]
    Dimension {
        /// What was asked for.
        dimension: String,
        /// What there is.
        known: String,
    },
}

impl GhgError {
    /// Returns the message without the day that happened to be asked for: see [`FactorError::undated`].
    pub fn undated(&self) -> String {
        match self {
            Self::Factor(error) => error.undated(),
            other => other.to_string(),
        }
    }

    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Factor(e) => e.code(),
            Self::Amount(e) => e.code(),
            Self::Unit(e) => e.code(),
            Self::Coefficient { .. } => "ghg.coefficient",
            Self::ScopeMissing { .. } => "ghg.scope_missing",
            Self::Scope { .. } => "ghg.scope",
            Self::Instrument { .. } => "ghg.instrument",
            Self::Merge { .. } => "inventory.merge",
            Self::Bridge { .. } => "inventory.bridge",
            Self::MethodMissing { .. } => "inventory.method_missing",
            Self::Dimension { .. } => "inventory.dimension",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Factor(e) => e.kind(),
            Self::Amount(e) => e.kind(),
            Self::Unit(e) => e.kind(),
            Self::Coefficient { .. }
            | Self::ScopeMissing { .. }
            | Self::Scope { .. }
            | Self::Dimension { .. } => Kind::Invalid,
            Self::MethodMissing { .. } => Kind::Missing,
            Self::Instrument { .. } | Self::Merge { .. } | Self::Bridge { .. } => Kind::Conflict,
        }
    }
}
