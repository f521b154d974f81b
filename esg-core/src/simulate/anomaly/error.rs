//! Why a reading, a setting or a stored state was refused.

use crate::error::Kind;

/// Why a detector did not take what it was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnomalyError {
    /// A reading that is no number.
    #[error("reading {index} (at {at_ms} ms of the epoch) is {value}; leave a missing reading out, as None")]
    NotFinite {
        /// How many readings and gaps the detector took before this one.
        index: u64,
        /// Time of the reading, milliseconds since 1970-01-01T00:00:00Z.
        at_ms: i64,
        /// NaN or an infinity, as text.
        value: String,
    },
    /// A reading beyond what squares and sums can hold.
    #[error("reading {index} (at {at_ms} ms of the epoch) is {value:e}, beyond {limit:e}; check its unit")]
    TooLarge {
        /// How many readings and gaps the detector took before this one.
        index: u64,
        /// Time of the reading, milliseconds since 1970-01-01T00:00:00Z.
        at_ms: i64,
        /// The reading.
        value: f64,
        /// The largest size that is taken.
        limit: f64,
    },
    /// A reading that is older than the one before.
    #[error(
        "reading {index} is of {at_ms} ms of the epoch, before the last one at {last_ms} ms; sort by time"
    )]
    TimeBackwards {
        /// How many readings and gaps the detector took before this one.
        index: u64,
        /// Time of the reading, milliseconds since 1970-01-01T00:00:00Z.
        at_ms: i64,
        /// Time of the reading before.
        last_ms: i64,
    },
    /// A setting outside of what it can be.
    #[error("{name} is {value}; it must be {rule}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// As it came.
        value: f64,
        /// What would be right.
        rule: &'static str,
    },
    /// A stored state that no detector can have written.
    #[error("the stored state of the {part} cannot be: {rule}")]
    State {
        /// Part of the detector.
        part: &'static str,
        /// The rule that it breaks.
        rule: &'static str,
    },
}

impl AnomalyError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFinite { .. } => "anomaly.not_finite",
            Self::TooLarge { .. } => "anomaly.too_large",
            Self::TimeBackwards { .. } => "anomaly.time_backwards",
            Self::Setting { .. } => "anomaly.setting",
            Self::State { .. } => "anomaly.state",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotFinite { .. } | Self::TooLarge { .. } | Self::Setting { .. } => Kind::Invalid,
            Self::TimeBackwards { .. } => Kind::Conflict,
            Self::State { .. } => Kind::Corrupt,
        }
    }
}
