//! Columns, keys and amendments of the full segments in one SQLite file.
//!
//! Nothing is written here but by whole segments: a row for each event would cost more than all else, and a unique index over
//! random keys rewrites most of its pages at every commit. What came since the last full segment is in the log, in memory,
//! and here again when the ledger is closed in order.

mod filter;
mod forget;
mod keys;
mod schema;

use std::path::Path;
use std::sync::Arc;

use esg_core::audit::{Hash, RecordKind};
use esg_core::store::{Events, Replaced, StoreError, Wanted};
use esg_core::telemetry::AmendmentKind;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

pub use filter::Filters;
pub use forget::{empty_journal, forget, forget_tail};
pub use keys::{find, parts};
pub use schema::tables;

use crate::replay::Kept;
use crate::segments::Sealed;

/// The database, as its place in messages.
pub const FILE: &str = "ledger.db";

/// A segment's rows.
#[derive(Debug)]
pub struct Rows {
    /// What the log says of the segment.
    pub sealed: Arc<Sealed>,
    /// Its events.
    pub events: Events,
    /// Its records that are about the ledger.
    pub marks: Vec<(u64, RecordKind)>,
}

/// What was in memory when the ledger was closed in order.
#[derive(Debug)]
pub struct Tail {
    /// Size of the log.
    pub size: u64,
    /// `ends[line]` of the segment that is not full.
    pub ends: Vec<u64>,
    /// `leaves[line]`.
    pub leaves: Vec<Hash>,
    /// SHA-256 of the last line.
    pub prev: Hash,
    /// Events.
    pub events: Events,
    /// Records that are about the ledger.
    pub marks: Vec<(u64, RecordKind)>,
}

/// Turns an error of the database into one that says what was tried.
pub fn failed(action: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |error| StoreError::Io { place: FILE.to_owned(), action, reason: error.to_string() }
}

fn corrupt(place: &str, reason: impl Into<String>) -> StoreError {
    StoreError::Corrupt { place: format!("{FILE}, {place}"), reason: reason.into() }
}

/// Opens the database to write, and makes or moves its tables where they are of an earlier form.
///
/// # Errors
/// `Io`, `Version`, and `Corrupt` where SQLite does not do what it was told.
pub fn open(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path).map_err(failed("open"))?;
    schema::prepare(&db)?;
    Ok(db)
}

/// Opens the database to read beside a writer.
///
/// # Errors
/// `Io`, `Version`.
pub fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(failed("open"))?;
    schema::check_version(&db)?;
    Ok(db)
}

/// Returns a value that was kept about the ledger as a whole.
pub fn setting(db: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    db.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(failed("read"))
}

/// Keeps a value about the ledger as a whole.
pub fn set(db: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO setting(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value";
    db.execute(sql, [name, value]).map(|_| ()).map_err(failed("write"))
}

/// Adds a full segment; what was kept of it as a tail goes.
///
/// # Errors
/// `Io`.
pub fn seal(db: &mut Connection, number: u64, lines: usize, rows: &Rows) -> Result<Vec<u64>, StoreError> {
    // What takes time is made before the transaction begins.
    let (block, (parts, filter)) = rayon::join(
        || rows.events.to_block(),
        || rayon::join(|| parts(&rows.events), || filter::bits(&rows.events.keys, lines)),
    );
    let transaction = db.transaction().map_err(failed("begin"))?;
    let days = rows.events.batch.instant.iter().map(|instant| instant.day().epoch_days());
    let (first, last) = (days.clone().min(), days.max());
    let starts = rows.sealed.starts.iter().flat_map(|start| start.to_le_bytes()).collect::<Vec<u8>>();
    let write = || -> rusqlite::Result<()> {
        transaction.execute(
            "INSERT INTO segment(number, root, sha256, last, starts) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![
                number,
                rows.sealed.root.as_bytes(),
                rows.sealed.sha256.as_bytes(),
                rows.sealed.last.as_bytes(),
                starts
            ],
        )?;
        transaction.execute(
            "INSERT INTO block(number, first_day, last_day, events, data) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![number, first, last, rows.events.len() as u64, block],
        )?;
        let filter_bytes = filter.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        transaction
            .execute("INSERT INTO key_filter(number, bits) VALUES(?1, ?2)", params![number, filter_bytes])?;
        let mut insert =
            transaction.prepare_cached("INSERT INTO key_part(number, part, entries) VALUES(?1, ?2, ?3)")?;
        for (part, entries) in parts.iter().enumerate().filter(|(_, entries)| !entries.is_empty()) {
            insert.execute(params![number, part as u64, entries])?;
        }
        amendments(&transaction, &rows.events)?;
        let mut insert = transaction.prepare_cached("INSERT INTO mark(seq, kind) VALUES(?1, ?2)")?;
        for (seq, kind) in &rows.marks {
            insert.execute(params![seq, kind.as_str()])?;
        }
        transaction.execute("DELETE FROM tail", [])?;
        Ok(())
    };
    write().map_err(failed("write"))?;
    transaction.commit().map_err(failed("commit"))?;
    Ok(filter)
}

fn amendments(transaction: &Transaction<'_>, events: &Events) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO amendment(seq, event, voids) VALUES(?1, ?2, ?3)")?;
    for Replaced { event, by, kind } in events.replaced() {
        insert.execute(params![by, event, kind == AmendmentKind::Voids])?;
    }
    Ok(())
}

/// Returns what the database has of the log, as of one moment: its writer may be at work.
///
/// # Errors
/// `Io`, `Corrupt`.
pub fn kept(db: &Connection) -> Result<Kept, StoreError> {
    let transaction = db.unchecked_transaction().map_err(failed("read"))?;
    let kept = Kept { sealed: sealed(&transaction)?, tail: tail(&transaction)? };
    transaction.finish().map_err(failed("read"))?;
    Ok(kept)
}

/// Returns the full segments.
///
/// # Errors
/// `Io`, `Corrupt`.
fn sealed(db: &Connection) -> Result<Vec<Arc<Sealed>>, StoreError> {
    let sql = "SELECT number, root, sha256, last, starts FROM segment ORDER BY number";
    let mut statement = db.prepare_cached(sql).map_err(failed("read"))?;
    let rows = statement
        .query_map([], |row| {
            let hash = |at| Ok::<Hash, rusqlite::Error>(Hash::from_bytes(row.get(at)?));
            let starts: Vec<u8> = row.get(4)?;
            let starts = starts.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
            let number: u64 = row.get(0)?;
            Ok((number, Sealed { root: hash(1)?, sha256: hash(2)?, last: hash(3)?, starts }))
        })
        .map_err(failed("read"))?;
    let mut sealed = Vec::new();
    for row in rows {
        let (number, segment) = row.map_err(failed("read"))?;
        if number != sealed.len() as u64 {
            return Err(corrupt("table segment", format!("segment {} is not there", sealed.len())));
        }
        sealed.push(Arc::new(segment));
    }
    Ok(sealed)
}

/// Returns the filters of full segments, which have so many lines.
///
/// # Errors
/// `Io`.
pub fn filters(db: &Connection, lines: usize) -> Result<Filters, StoreError> {
    let mut filters = Filters::new(lines);
    let mut statement = db.prepare("SELECT bits FROM key_filter ORDER BY number").map_err(failed("read"))?;
    let mut rows = statement.query([]).map_err(failed("read"))?;
    while let Some(row) = rows.next().map_err(failed("read"))? {
        let bits: Vec<u8> = row.get(0).map_err(failed("read"))?;
        let words: Vec<u64> = bits.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        filters.push(&words);
    }
    Ok(filters)
}

/// Returns the events of full segments that are wanted, one batch for each block.
///
/// # Errors
/// `Io`, `Corrupt`.
pub fn events(db: &Connection, segments: u64, wanted: &Wanted<'_>) -> Result<Vec<Events>, StoreError> {
    let (first, last) = match wanted.period {
        Some(period) => (period.start().epoch_days(), period.end().epoch_days()),
        None => (i32::MIN, i32::MAX),
    };
    let sql = "SELECT number, data FROM block
        WHERE number < ?1 AND events > 0 AND last_day >= ?2 AND first_day <= ?3 ORDER BY number";
    let mut statement = db.prepare_cached(sql).map_err(failed("read"))?;
    let rows = statement
        .query_map(params![segments, first, last], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .map_err(failed("read"))?;
    let blocks: Vec<(u64, Vec<u8>)> = rows.collect::<Result<_, _>>().map_err(failed("read"))?;
    let read = |(number, data): (u64, Vec<u8>)| {
        let place = format!("{FILE}, block {number}");
        Ok(Events::from_block(&data, &place)?.wanted(wanted))
    };
    use rayon::prelude::*;
    blocks.into_par_iter().map(read).collect()
}

/// Returns the amendments of full segments.
///
/// # Errors
/// `Io`.
pub fn replaced(db: &Connection, before: u64) -> Result<Vec<Replaced>, StoreError> {
    let sql = "SELECT seq, event, voids FROM amendment WHERE seq < ?1 ORDER BY seq";
    let mut statement = db.prepare_cached(sql).map_err(failed("read"))?;
    let rows = statement.query_map([before], |row| {
        let kind = if row.get(2)? { AmendmentKind::Voids } else { AmendmentKind::Corrects };
        Ok(Replaced { by: row.get(0)?, event: row.get(1)?, kind })
    });
    rows.and_then(Iterator::collect).map_err(failed("read"))
}

/// Returns the places of records of a kind in full segments.
///
/// # Errors
/// `Io`.
pub fn marks(db: &Connection, before: u64, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
    let sql = "SELECT seq FROM mark WHERE kind = ?1 AND seq < ?2 ORDER BY seq";
    let mut statement = db.prepare_cached(sql).map_err(failed("read"))?;
    let rows = statement.query_map(params![kind.as_str(), before], |row| row.get(0));
    rows.and_then(Iterator::collect).map_err(failed("read"))
}

/// Keeps what is in memory, so that opening the ledger again need not read it from the log.
///
/// # Errors
/// `Io`.
pub fn keep_tail(db: &mut Connection, tail: &Tail) -> Result<(), StoreError> {
    let transaction = db.transaction().map_err(failed("begin"))?;
    let numbers =
        |numbers: &[u64]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let leaves: Vec<u8> = tail.leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
    let marks: Vec<String> = tail.marks.iter().map(|(seq, kind)| format!("{seq} {kind}")).collect();
    transaction
        .execute(
            "INSERT OR REPLACE INTO tail(one, size, ends, leaves, prev, marks, data) VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                tail.size,
                numbers(&tail.ends),
                leaves,
                tail.prev.as_bytes(),
                marks.join("\n"),
                tail.events.to_block()
            ],
        )
        .map_err(failed("write"))?;
    transaction.commit().map_err(failed("commit"))
}

/// Returns what [`keep_tail`] kept.
///
/// # Errors
/// `Io`, `Corrupt`.
fn tail(db: &Connection) -> Result<Option<Tail>, StoreError> {
    let sql = "SELECT size, ends, leaves, prev, marks, data FROM tail";
    let row = db.query_row(sql, [], |row| {
        let text: String = row.get(4)?;
        let parts: (u64, Vec<u8>, Vec<u8>, [u8; 32], Vec<u8>) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(5)?);
        Ok((parts, text))
    });
    let Some(((size, ends, leaves, prev, data), marks)) = row.optional().map_err(failed("read"))? else {
        return Ok(None);
    };
    let mark = |line: &str| {
        let (seq, kind) = line.split_once(' ')?;
        Some((seq.parse().ok()?, kind.parse().ok()?))
    };
    let marks: Option<Vec<_>> = marks.lines().map(mark).collect();
    Ok(Some(Tail {
        size,
        ends: ends.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
        leaves: leaves.as_chunks().0.iter().map(|bytes| Hash::from_bytes(*bytes)).collect(),
        prev: Hash::from_bytes(prev),
        events: Events::from_block(&data, &format!("{FILE}, table tail"))?,
        marks: marks.ok_or_else(|| corrupt("table tail", "its records are not readable"))?,
    }))
}

/// Names what of a full segment is not what follows from the log: events, keys, amendments, records.
///
/// # Errors
/// `Io`; `Corrupt` where the block cannot be read.
pub fn differences(
    db: &Connection,
    number: u64,
    events: &Events,
    marks: &[(u64, RecordKind)],
) -> Result<Vec<&'static str>, StoreError> {
    let mut wrong = Vec::new();
    let sql = "SELECT data FROM block WHERE number = ?1";
    let data: Option<Vec<u8>> =
        db.query_row(sql, [number], |row| row.get(0)).optional().map_err(failed("read"))?;
    let kept = Events::from_block(&data.unwrap_or_default(), &format!("{FILE}, block {number}"))?;
    if !crate::check::same(&kept, events) {
        wrong.push("the events");
    }
    let bits: Option<Vec<u8>> = db
        .query_row("SELECT bits FROM key_filter WHERE number = ?1", [number], |row| row.get(0))
        .optional()
        .map_err(failed("read"))?;
    let filter: Vec<u8> = filter::bits(&events.keys, esg_core::audit::SEGMENT_LINES as usize)
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let mut keys_fit = bits.is_some_and(|bits| bits == filter);
    for event in 0..events.len() {
        let known = keys::find(db, number, &events.keys[event])?;
        keys_fit &= known.is_some_and(|k| {
            k.seq == events.batch.line[event] && k.fingerprint == Some(events.fingerprints[event])
        });
    }
    if !keys_fit {
        wrong.push("the keys");
    }
    let lines = esg_core::audit::SEGMENT_LINES;
    let (first, behind) = (number * lines, (number + 1) * lines);
    let here = |seq: u64| (first..behind).contains(&seq);
    let amended: Vec<Replaced> =
        replaced(db, behind)?.into_iter().filter(|replaced| here(replaced.by)).collect();
    if amended != events.replaced().collect::<Vec<_>>() {
        wrong.push("the amendments");
    }
    let mut found = Vec::new();
    for &kind in RecordKind::ALL {
        found.extend(
            self::marks(db, behind, kind)?.into_iter().filter(|seq| here(*seq)).map(|seq| (seq, kind)),
        );
    }
    found.sort_unstable_by_key(|(seq, _)| *seq);
    if found != marks {
        wrong.push("the records");
    }
    Ok(wrong)
}
