//! What can go wrong where things are kept.

use crate::error::Kind;

/// Why a store could not do what it was asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system or the database refused.
    #[error("{place}: {action}: {reason}")]
    Io {
        /// File or table.
        place: String,
        /// What was tried.
        action: &'static str,
        /// What was answered.
        reason: String,
    },
    /// Something that was written is not what comes back.
    #[error("{place}: {reason}; nothing was changed: restore a backup, or ask the audit log what is missing")]
    Corrupt {
        /// File or table, with the place in it.
        place: String,
        /// What does not fit.
        reason: String,
    },
    /// Another process writes to this ledger.
    #[error("{place} is in use by {holder}; a ledger has one writer at a time")]
    Locked {
        /// The ledger.
        place: String,
        /// Who holds it.
        holder: String,
    },
    /// Others have added lines since this process looked; nothing of what it staged was written.
    #[error(
        "{place} had {seen} lines when this was staged and has {size}; nothing was written: send it again"
    )]
    Moved {
        /// The ledger.
        place: String,
        /// Lines that there were.
        seen: u64,
        /// Lines that there are.
        size: u64,
    },
    /// A ledger of a later program, or no ledger at all.
    #[error("{place} has the form {found}; this program reads up to {known}")]
    Version {
        /// The ledger.
        place: String,
        /// What was found.
        found: String,
        /// What is known.
        known: u32,
    },
    /// There is no ledger in this place.
    #[error("{place} holds no ledger")]
    Absent {
        /// The place.
        place: String,
    },
    /// A line beyond the end of the log.
    #[error("the log has {size} lines and no line {seq}")]
    Missing {
        /// The line, from 0.
        seq: u64,
        /// How many there are.
        size: u64,
    },
    /// An earlier failure; what was being written then may be there or not.
    #[error("the ledger stopped after a failure ({reason}); open it again")]
    Stopped {
        /// The failure.
        reason: String,
    },
}

impl StoreError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "store.io",
            Self::Corrupt { .. } => "store.corrupt",
            Self::Locked { .. } => "store.locked",
            Self::Moved { .. } => "store.moved",
            Self::Version { .. } => "store.version",
            Self::Absent { .. } => "store.absent",
            Self::Missing { .. } => "store.missing",
            Self::Stopped { .. } => "store.stopped",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Locked { .. } | Self::Moved { .. } => Kind::Conflict,
            Self::Absent { .. } | Self::Missing { .. } => Kind::Missing,
            Self::Version { .. } => Kind::Invalid,
            Self::Io { .. } | Self::Corrupt { .. } | Self::Stopped { .. } => Kind::Corrupt,
        }
    }
}
