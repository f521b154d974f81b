//! Why a rule was refused, or an alert does not do what it is told.

use crate::error::Kind;

/// Why a rule was refused, or an alert does not do what it is told.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlertError {
    /// A part of a rule that is not given.
    #[error("the rule has no {part}: give {rule}")]
    Missing {
        /// The part.
        part: &'static str,
        /// What it is.
        rule: &'static str,
    },
    /// A part of a rule that cannot be as it is.
    #[error("{part} is {value} and must be {rule}")]
    Value {
        /// The part.
        part: &'static str,
        /// Its value, cut after 64 characters.
        value: String,
        /// What it must be.
        rule: String,
    },
    /// A limit in a unit that the watched figure is not measured in.
    #[error("the limit is in {found}, and {watched} is measured in {wanted}: {reason}")]
    Unit {
        /// The unit of the limit.
        found: String,
        /// What is watched.
        watched: String,
        /// The unit of what is watched.
        wanted: String,
        /// What keeps one from becoming the other.
        reason: String,
    },
    /// A sum of rates.
    #[error("{metric} is a rate, and rates are never summed; take mean or last, or watch the key figure")]
    Rate {
        /// The metric.
        metric: String,
    },
    /// A key figure that nobody knows.
    #[error("{found:?} is no key figure; known: {known}")]
    Kpi {
        /// The id, cut after 64 characters.
        found: String,
        /// The ids that there are.
        known: String,
    },
    /// A condition that does not go with what is watched.
    #[error("{condition} does not go with {watch}: {rule}")]
    Pair {
        /// The condition.
        condition: &'static str,
        /// What is watched.
        watch: &'static str,
        /// What does.
        rule: &'static str,
    },
    /// A rule, an alert, an endpoint or a delivery that is not there.
    #[error("there is no {what} {id}")]
    Unknown {
        /// What was asked for.
        what: &'static str,
        /// Its id, cut after 64 characters.
        id: String,
    },
    /// More than a tenant may have.
    #[error("a tenant has at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        max: usize,
    },
    /// A step that an alert cannot take from where it is.
    #[error("the alert is {status}, so it cannot be {step}")]
    Step {
        /// How it stands.
        status: &'static str,
        /// What was asked for.
        step: &'static str,
    },
}

/// Characters of a wrong value that are repeated.
const SHOWN: usize = 64;

impl AlertError {
    /// A part that cannot be as it is.
    pub fn value(part: &'static str, value: impl ToString, rule: impl Into<String>) -> Self {
        Self::Value { part, value: value.to_string().chars().take(SHOWN).collect(), rule: rule.into() }
    }

    /// Something that is not there.
    pub fn unknown(what: &'static str, id: &str) -> Self {
        Self::Unknown { what, id: id.chars().take(SHOWN).collect() }
    }

    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "alert.missing",
            Self::Value { .. } => "alert.value",
            Self::Unit { .. } => "alert.unit",
            Self::Rate { .. } => "alert.rate",
            Self::Kpi { .. } => "alert.kpi",
            Self::Pair { .. } => "alert.pair",
            Self::Unknown { .. } => "alert.unknown",
            Self::TooMany { .. } => "alert.too_many",
            Self::Step { .. } => "alert.step",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. }
            | Self::Value { .. }
            | Self::Unit { .. }
            | Self::Rate { .. }
            | Self::Kpi { .. }
            | Self::Pair { .. } => Kind::Invalid,
            Self::Unknown { .. } => Kind::Missing,
            Self::TooMany { .. } | Self::Step { .. } => Kind::Conflict,
        }
    }
}
