//! What alerts remember: a SQLite file of its own beside the ledger.
//!
//! The ledger is a record that is only added to; rules and alerts change. So they are kept apart, and a ledger can be verified
//! without them. A judgement, the alert that it raises and the messages about it are one transaction: after a crash either
//! all of them are there or none, and nothing is raised twice.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use esg_core::alert::AlertError;
use esg_core::error::Error;
use esg_core::ledger::Tenant;
use esg_core::store::StoreError;
use esg_core::time::Instant;
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior, params};

/// File of the database.
const FILE: &str = "alerts.db";

/// The tables, each step once and in this order.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE rules (
        id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, words TEXT NOT NULL, version INTEGER NOT NULL,
        created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX rules_of_tenant ON rules (tenant, id);
    CREATE TABLE standings (
        rule INTEGER NOT NULL REFERENCES rules (id) ON DELETE CASCADE, grp TEXT NOT NULL, state TEXT NOT NULL,
        since_ms INTEGER NOT NULL, latched INTEGER NOT NULL, holds_since_ms INTEGER, judged_ms INTEGER NOT NULL,
        evaluation TEXT NOT NULL, PRIMARY KEY (rule, grp)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, rule INTEGER NOT NULL, grp TEXT NOT NULL,
        words TEXT NOT NULL, evaluation TEXT NOT NULL, status TEXT NOT NULL, opened_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX alerts_of_tenant ON alerts (tenant, id);
    CREATE UNIQUE INDEX one_open_alert ON alerts (rule, grp) WHERE status <> 'resolved';
    CREATE TABLE steps (
        alert INTEGER NOT NULL REFERENCES alerts (id), step INTEGER NOT NULL, status TEXT NOT NULL,
        at_ms INTEGER NOT NULL, actor TEXT, note TEXT, PRIMARY KEY (alert, step)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE webhooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL,
        secret BLOB NOT NULL, old_secret BLOB, old_until_ms INTEGER, signing_key BLOB NOT NULL,
        disabled TEXT, not_before_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX webhooks_of_tenant ON webhooks (tenant, id);
    CREATE TABLE messages (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, created_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL REFERENCES messages (id),
        webhook INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE, state TEXT NOT NULL,
        attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL, last_ms INTEGER, last_status INTEGER, last_error TEXT
    ) STRICT;
    CREATE INDEX deliveries_due ON deliveries (next_ms) WHERE state = 'pending';
    CREATE INDEX deliveries_of_webhook ON deliveries (webhook, id);
"];

/// The database.
#[derive(Debug)]
pub struct Db(Mutex<Connection>);

/// The refusal that an error of the database is.
pub fn failed(error: rusqlite::Error) -> Error {
    StoreError::Io { place: FILE.to_owned(), action: "use", reason: error.to_string() }.into()
}

/// A time as it is kept.
pub fn instant(ms: i64) -> Result<Instant, Error> {
    Ok(Instant::from_epoch_ms(ms)?)
}

impl Db {
    /// Opens the database of a folder, or makes it.
    ///
    /// # Errors
    /// `store.io`; `store.version` for one that a newer server wrote.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::Io {
            place: folder.display().to_string(),
            action: "make",
            reason: error.to_string(),
        })?;
        let path = folder.join(FILE);
        private(&path)?;
        let connection = Connection::open(path).map_err(failed)?;
        Self::prepare(connection)
    }

    fn prepare(mut connection: Connection) -> Result<Self, Error> {
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000")
            .map_err(failed)?;
        let of =
            |found: &rusqlite::Transaction<'_>| found.query_row("PRAGMA user_version", [], |row| row.get(0));
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let done: usize = of(&change).map_err(failed)?;
        if done > MIGRATIONS.len() {
            let reason =
                format!("it has tables of version {done}, and this server knows {}", MIGRATIONS.len());
            return Err(StoreError::Io { place: FILE.to_owned(), action: "use", reason }.into());
        }
        for migration in &MIGRATIONS[done..] {
            change.execute_batch(migration).map_err(failed)?;
        }
        change.pragma_update(None, "user_version", MIGRATIONS.len()).map_err(failed)?;
        change.commit().map_err(failed)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Does something in one transaction: all of it is kept, or none.
    ///
    /// # Errors
    /// Those of `work`, and `store.io`.
    pub fn change<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let done = work(&change)?;
        change.commit().map_err(failed)?;
        Ok(done)
    }
}

/// Returns the row of a tenant that a query finds by tenant and number.
///
/// # Errors
/// `alert.unknown`, `store.io`.
pub fn one<T>(
    change: &Transaction<'_>,
    query: &str,
    (tenant, what, id): (&Tenant, &'static str, i64),
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, Error> {
    let found = change.query_row(query, params![tenant.as_str(), id], read).optional().map_err(failed)?;
    Ok(found.ok_or_else(|| AlertError::unknown(what, &id.to_string()))?)
}

/// Returns all rows that a query finds.
///
/// # Errors
/// `store.io`.
pub fn all<T>(
    change: &Transaction<'_>,
    query: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    let mut query = change.prepare_cached(query).map_err(failed)?;
    let rows = query.query_map(values, read).map_err(failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(failed)
}

/// Refuses one more row of a table for a tenant that has as many as it may.
///
/// # Errors
/// `alert.too_many`, `store.io`.
pub fn room(change: &Transaction<'_>, table: &'static str, tenant: &Tenant, max: usize) -> Result<(), Error> {
    let query = format!("SELECT count(*) FROM {table} WHERE tenant = ?1");
    let count: usize = change.query_row(&query, [tenant.as_str()], |row| row.get(0)).map_err(failed)?;
    if count < max { Ok(()) } else { Err(AlertError::TooMany { what: table, max }.into()) }
}

/// Makes the file readable for its owner only: secrets of webhooks are in it, because messages are signed with them.
fn private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.map(drop).map_err(|error| StoreError::Io {
        place: path.display().to_string(),
        action: "make",
        reason: error.to_string(),
    })
}

#[cfg(test)]
pub fn in_memory() -> Db {
    Db::prepare(Connection::open_in_memory().unwrap()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_made_once_and_one_of_a_newer_server_is_refused() {
        let folder = std::env::temp_dir().join(format!("esg-alerts-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        drop(Db::open(&folder).unwrap());
        let again = Db::open(&folder).unwrap();
        again.change(|change| change.pragma_update(None, "user_version", 99).map_err(failed)).unwrap();
        drop(again);
        let error = Db::open(&folder).unwrap_err();
        assert!(error.to_string().contains("version 99"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
