//! Tables, their numbered changes, and what SQLite is told about safety.

use esg_core::store::StoreError;
use rusqlite::Connection;

use super::{FILE, corrupt, failed};

/// What makes a form of the tables from the one before. A change that was released is never edited.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    -- A full segment of the log: 65,536 lines.
    CREATE TABLE segment(number INTEGER PRIMARY KEY, root BLOB NOT NULL, sha256 BLOB NOT NULL, last BLOB NOT NULL,
        starts BLOB NOT NULL) STRICT;
    -- Its events in columns; days are counted from 1970-01-01.
    CREATE TABLE block(number INTEGER PRIMARY KEY, first_day INTEGER, last_day INTEGER, events INTEGER NOT NULL,
        data BLOB NOT NULL) STRICT;
    -- Which keys it may have, and where they are.
    CREATE TABLE key_filter(number INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
    CREATE TABLE key_part(number INTEGER NOT NULL, part INTEGER NOT NULL, entries BLOB NOT NULL,
        PRIMARY KEY(number, part)) STRICT, WITHOUT ROWID;
    CREATE TABLE amendment(seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, voids INTEGER NOT NULL) STRICT;
    CREATE TABLE mark(seq INTEGER PRIMARY KEY, kind TEXT NOT NULL) STRICT;
    -- The segment that is not full, as it was when the ledger was closed.
    CREATE TABLE tail(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, ends BLOB NOT NULL,
        leaves BLOB NOT NULL, prev BLOB NOT NULL, marks TEXT NOT NULL, data BLOB NOT NULL) STRICT;
"];

/// `ESGl`, by which tools tell a ledger from other databases.
const APPLICATION: i32 = 0x4553_476C;

/// What is told, and what has to come back when it is asked for. Full synchronisation, because what a full segment is
/// made from is not read from the log again.
const PRAGMAS: &[(&str, &str, &str)] = &[
    ("page_size", "16384", "16384"),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("cell_size_check", "ON", "1"),
    // What is taken out, such as a redacted event, is written over with zeros.
    ("secure_delete", "ON", "1"),
    ("busy_timeout", "10000", "10000"),
];

pub(super) fn prepare(db: &Connection) -> Result<(), StoreError> {
    for (name, value, answer) in PRAGMAS {
        db.pragma_update(None, name, value).map_err(failed("set up"))?;
        let found: rusqlite::types::Value =
            db.pragma_query_value(None, name, |row| row.get(0)).map_err(failed("set up"))?;
        let found = match found {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        if found != *answer {
            return Err(corrupt(name, format!("it was set to {value} and is {found}")));
        }
    }
    tables(db)
}

/// Refuses a database of a later program, or of another one.
pub(super) fn check_version(db: &Connection) -> Result<u32, StoreError> {
    let number =
        |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed("open"));
    let (version, application) = (number("user_version")?, number("application_id")?);
    let known = MIGRATIONS.len() as u32;
    let refuse = |found: String| Err(StoreError::Version { place: FILE.to_owned(), found, known });
    if version > i64::from(known) || version < 0 {
        return refuse(version.to_string());
    }
    if version > 0 && application != i64::from(APPLICATION) {
        return refuse(format!("of another program ({application:#x})"));
    }
    Ok(version as u32)
}

/// Makes the tables, or moves them to the newest form one step at a time.
pub fn tables(db: &Connection) -> Result<(), StoreError> {
    let version = check_version(db)?;
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(version as usize) {
        let step = format!(
            "BEGIN IMMEDIATE; {migration} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}; COMMIT;",
            number + 1
        );
        db.execute_batch(&step).map_err(failed("move to a newer form"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_later_or_another_program_is_refused() {
        let db = Connection::open_in_memory().unwrap();
        tables(&db).unwrap();
        assert_eq!(check_version(&db).unwrap() as usize, MIGRATIONS.len());
        // Nothing is done twice.
        tables(&db).unwrap();
        db.pragma_update(None, "user_version", MIGRATIONS.len() as i64 + 1).unwrap();
        let error = tables(&db).unwrap_err();
        assert_eq!(error.code(), "store.version");
        db.pragma_update(None, "user_version", 1).unwrap();
        db.pragma_update(None, "application_id", 7).unwrap();
        assert_eq!(tables(&db).unwrap_err().code(), "store.version");
    }
}
