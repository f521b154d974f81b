//! Taking one event out of the database, so that nothing of it is left in the file.

use esg_core::store::{Events, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

use super::{FILE, failed, filter, parts};

/// Takes the event of a line out of a full segment that has so many lines: out of its columns, its keys and the amendments.
///
/// # Errors
/// `Io`, `Corrupt`.
pub fn forget(db: &mut Connection, number: u64, lines: usize, seq: u64) -> Result<(), StoreError> {
    let sql = "SELECT data FROM block WHERE number = ?1";
    let data: Option<Vec<u8>> =
        db.query_row(sql, [number], |row| row.get(0)).optional().map_err(failed("read"))?;
    let events = Events::from_block(&data.unwrap_or_default(), &format!("{FILE}, block {number}"))?;
    // A crash may have come after this and before the payload was removed.
    let Some(event) = events.at(seq) else { return Ok(()) };
    let part = events.keys[event].as_bytes()[0];
    let rest = events.without(seq)?;
    let entries = parts(&rest).swap_remove(usize::from(part));
    let bits: Vec<u8> = filter::bits(&rest.keys, lines).iter().flat_map(|word| word.to_le_bytes()).collect();
    let days = rest.batch.instant.iter().map(|instant| instant.day().epoch_days());
    let (first, last) = (days.clone().min(), days.max());
    let transaction = db.transaction().map_err(failed("begin"))?;
    let write = || -> rusqlite::Result<()> {
        transaction.execute(
            "UPDATE block SET first_day = ?2, last_day = ?3, events = ?4, data = ?5 WHERE number = ?1",
            params![number, first, last, rest.len() as u64, rest.to_block()],
        )?;
        transaction.execute("UPDATE key_filter SET bits = ?2 WHERE number = ?1", params![number, bits])?;
        if entries.is_empty() {
            let sql = "DELETE FROM key_part WHERE number = ?1 AND part = ?2";
            transaction.execute(sql, params![number, part])?;
        } else {
            let sql = "UPDATE key_part SET entries = ?3 WHERE number = ?1 AND part = ?2";
            transaction.execute(sql, params![number, part, entries])?;
        }
        transaction.execute("DELETE FROM amendment WHERE seq = ?1", [seq])?;
        Ok(())
    };
    write().map_err(failed("write"))?;
    transaction.commit().map_err(failed("commit"))
}

/// Forgets what was in memory when the ledger was closed: it is read from the log again, unless it is kept again before.
///
/// # Errors
/// `Io`.
pub fn forget_tail(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM tail", []).map(|_| ()).map_err(failed("write"))
}

/// Writes the journal into the database and empties it: it holds pages as they were before.
///
/// # Errors
/// `Io`, also where a reader does not let go.
pub fn empty_journal(db: &Connection) -> Result<(), StoreError> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = db.query_row(sql, [], |row| row.get(0)).map_err(failed("empty the journal of"))?;
    if busy == 0 {
        return Ok(());
    }
    let reason = "a reader holds what was there before".to_owned();
    Err(StoreError::Io { place: FILE.to_owned(), action: "empty the journal of", reason })
}
