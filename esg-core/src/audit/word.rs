//! The closed words of a line: the log's name and the kind of a record.

use std::fmt;
use std::str::FromStr;

use super::AuditError;

/// Most characters of a log's name, and of an actor.
pub const MAX_NAME: usize = 200;

/// The name of a log, which is the origin line of its checkpoints and the name of its keys.
///
/// # Source
/// C2SP signed-note: a key name is not empty and has neither Unicode spaces nor a plus.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LogName(String);

impl LogName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True when `text` may name a key and the log it signs for.
pub(super) fn is_key_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

impl FromStr for LogName {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        if is_key_name(text) && text.chars().count() <= MAX_NAME {
            Ok(Self(text.to_owned()))
        } else {
            Err(AuditError::Name { text: text.chars().take(80).collect() })
        }
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What a record of the log says.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum RecordKind {
            $($(#[$doc])* $variant),+
        }

        impl RecordKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of the kind in a line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

kinds! {
    /// `telemetry.accepted`: a new event.
    TelemetryAccepted = "telemetry.accepted",
    /// `telemetry.conflict`: an event came again and says something else.
    TelemetryConflict = "telemetry.conflict",
    /// `telemetry.rejected_batch`: rows that were refused.
    TelemetryRejectedBatch = "telemetry.rejected_batch",
    /// `correction`: an event that replaces or voids an earlier one.
    Correction = "correction",
    /// `factor.published`: a set of factors came into use.
    FactorPublished = "factor.published",
    /// `calc.completed`: an inventory was calculated.
    CalcCompleted = "calc.completed",
    /// `report.issued`: a report went out.
    ReportIssued = "report.issued",
    /// `period.closed`: a reporting period is closed.
    PeriodClosed = "period.closed",
    /// `redaction`: a detached payload was deleted.
    Redaction = "redaction",
    /// `key.rotated`: checkpoints are signed by another key from here on.
    KeyRotated = "key.rotated",
    /// `recovery`: a torn tail was moved away.
    Recovery = "recovery",
}

impl RecordKind {
    /// The kind of a word's bytes.
    pub(super) fn from_bytes(word: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str().as_bytes() == word)
    }
}

impl FromStr for RecordKind {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        Self::from_bytes(text.as_bytes())
            .ok_or_else(|| AuditError::Kind { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
