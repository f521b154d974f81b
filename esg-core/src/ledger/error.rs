//! What a ledger refuses.

use crate::error::Kind;
use crate::time::Period;

/// Why a ledger did not do what it was asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A tenant's name that cannot be one.
    #[error("the tenant {found:?} must have 1 to 64 characters and no control characters")]
    Tenant {
        /// The name, cut after 64 characters.
        found: String,
    },
    /// A request that was to be taken whole or not at all, and has rows that cannot be taken.
    #[error(
        "none of the {rows} rows was taken: {conflicts} conflict with events that are there, {rejected} were refused"
    )]
    Atomic {
        /// Rows of the request.
        rows: usize,
        /// Rows whose id is there with other content.
        conflicts: usize,
        /// Rows that are no events.
        rejected: usize,
    },
    /// Two different ids with one key: nobody has ever seen such a pair, so what is kept is damaged.
    #[error("line {seq} of the log does not have the event that its key stands for")]
    Key {
        /// The line.
        seq: u64,
    },
    /// Days that were closed before.
    #[error("{asked} is closed already, at least in part ({closed})")]
    Closed {
        /// What was to be closed.
        asked: Period,
        /// What is closed.
        closed: Period,
    },
    /// A place in the log that is not there yet.
    #[error("the log has {size} lines; it cannot be read as of line {as_of}")]
    AsOf {
        /// What was asked for.
        as_of: u64,
        /// How many there are.
        size: u64,
    },
    /// A line that is not the record that was meant.
    #[error("line {seq} of the log is {found}, not {wanted}")]
    Record {
        /// The line.
        seq: u64,
        /// What it is.
        found: String,
        /// What was meant.
        wanted: &'static str,
    },
    /// An event that the log itself holds.
    #[error(
        "the event of line {seq} stands in the log, which cannot change without ceasing to be proof; only an event that was taken in detached can be redacted"
    )]
    NotDetached {
        /// The line.
        seq: u64,
    },
    /// Events that are gone and that an answer would need.
    #[error("the event of line {seq} was redacted{}: nothing that it was part of can be made or proved again", others(*count))]
    Redacted {
        /// The line of the first one.
        seq: u64,
        /// How many there are.
        count: usize,
    },
    /// A redaction without a reason, or with too long a one.
    #[error("the reason of a redaction has {characters} characters and must have 1 to 1000")]
    Reason {
        /// Its characters.
        characters: usize,
    },
    /// A report that does not come out again as it was issued.
    #[error("the report of line {seq} comes out with the digest {found} and was issued with {issued}")]
    Report {
        /// The line.
        seq: u64,
        /// SHA-256 of the report that came out.
        found: String,
        /// SHA-256 that the log has.
        issued: String,
    },
}

fn others(count: usize) -> String {
    if count > 1 { format!(" and {} more", count - 1) } else { String::new() }
}

impl LedgerError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tenant { .. } => "ledger.tenant",
            Self::Atomic { .. } => "ledger.atomic",
            Self::Key { .. } => "ledger.key",
            Self::Closed { .. } => "ledger.closed",
            Self::AsOf { .. } => "ledger.as_of",
            Self::Record { .. } => "ledger.record",
            Self::NotDetached { .. } => "ledger.not_detached",
            Self::Redacted { .. } => "ledger.redacted",
            Self::Reason { .. } => "ledger.reason",
            Self::Report { .. } => "ledger.report",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Tenant { .. } | Self::Reason { .. } => Kind::Invalid,
            Self::Atomic { .. } | Self::Closed { .. } | Self::NotDetached { .. } => Kind::Conflict,
            Self::AsOf { .. } | Self::Record { .. } | Self::Redacted { .. } => Kind::Missing,
            Self::Key { .. } | Self::Report { .. } => Kind::Corrupt,
        }
    }
}
