//! Ledgers that last.
//!
//! A ledger is a folder: the audit log as plain lines, and columns of the same events in SQLite. The log is written first, with
//! one write and one sync for each commit, and is what counts; the database follows from it. See `docs/ledger.md`.

mod disk;
mod folder;
mod intact;
mod key;
mod opening;
mod replay;
mod segments;
mod sqlite;
mod store;

pub use disk::{Disk, DiskFile, Folder};
pub use folder::{FolderLedger, read};
#[doc(hidden)]
pub use opening::{open_on, sign_on};
pub use replay::Torn;
pub use store::{LogReader, LogStore};
