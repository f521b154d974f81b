//! Ledgers that last.
//!
//! A ledger is a folder: the audit log as plain lines, and columns of the same events in SQLite. The log is written first, with
//! one write and one sync for each commit, and is what counts; the database follows from it. See `docs/ledger.md`.
//!
//! With the feature `postgres` a ledger may be a schema of a PostgreSQL database, which several processes write to.

mod backup;
mod bulk;
mod chance;
mod check;
mod disk;
mod folder;
mod group;
mod intact;
mod key;
mod opening;
mod payloads;
#[cfg(feature = "postgres")]
pub mod postgres;
mod reader;
mod replay;
mod segments;
mod shared;
mod sqlite;
mod stamp;
mod store;
mod taking;

pub use backup::{backup, restore};
pub use bulk::{Bulk, Committed, ingest_lines, ingest_lines_beside};
pub use chance::detached;
pub use check::{Against, Checked, check, is_note};
pub use disk::{Disk, DiskFile, Folder};
pub use folder::{FolderLedger, read};
pub use group::{Request, SharedLedger};
pub use key::{make as make_key, public as keys, read as signer};
#[doc(hidden)]
pub use opening::{open_on, sign_on};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresReader, PostgresStore};
pub use reader::LogReader;
pub use replay::Torn;
pub use shared::SharedFolder;
pub use stamp::{actor, now};
pub use store::LogStore;
pub use taking::{OpenLedger, Source, Taking};
