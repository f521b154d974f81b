//! What a reader of a forecast has to know before resting anything on it.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// What a reader of a forecast has to know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Caveat {
    /// Values were filled in.
    Interpolated {
        /// How many.
        count: usize,
    },
    /// The series is too short for a season.
    SeasonNotTried {
        /// Values that the smallest seasonal model needs.
        needed: usize,
    },
    /// The model explains every digit, so the intervals have no width.
    ExactFit,
    /// The variance is an approximation.
    ApproximateIntervals,
    /// The errors still know something of each other.
    DependentErrors {
        /// Probability of that by chance.
        p: f64,
    },
    /// An interval reaches below zero though no value does.
    BelowZero,
}

impl Caveat {
    /// A name that never changes.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Interpolated { .. } => "interpolated",
            Self::SeasonNotTried { .. } => "season_not_tried",
            Self::ExactFit => "exact_fit",
            Self::ApproximateIntervals => "approximate_intervals",
            Self::DependentErrors { .. } => "dependent_errors",
            Self::BelowZero => "below_zero",
        }
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interpolated { count } => {
                write!(f, "values that were missing and are interpolated: {count}")
            }
            Self::SeasonNotTried { needed } => {
                write!(f, "no season was tried: that takes at least {needed} values")
            }
            Self::ExactFit => f.write_str("the model explains every digit, so the intervals have no width"),
            Self::ApproximateIntervals => {
                f.write_str("the variance of this model has no formula; the intervals are approximate")
            }
            Self::DependentErrors { p } => write!(
                f,
                "the errors depend on each other (Ljung-Box p = {p:.1e}); the intervals may be too narrow"
            ),
            Self::BelowZero => f.write_str("an interval reaches below zero though no value does"),
        }
    }
}

impl Serialize for Caveat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Caveat", 2)?;
        out.serialize_field("caveat", self.name())?;
        out.serialize_field("message", &self.to_string())?;
        out.end()
    }
}
