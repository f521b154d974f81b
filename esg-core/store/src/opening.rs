//! Opening a log on any disk: everything is looked at first, and only then is anything changed.
//!
//! What a crash left behind the last whole line goes to `quarantine/`, is cut off, and gets a record of kind `recovery`. A
//! crash may come between any two of these steps, so the record is owed by every piece in `quarantine/` that has none yet.

use std::path::Path;
use std::sync::Arc;

use esg_core::audit::{
    Checkpoint, LogName, Record, RecordKind, SEGMENT_LINES, SignedNote, SignerKey, VerifierKey,
};
use esg_core::canonical;
use esg_core::error::Error;
use esg_core::ledger::{Ledger, Stamp};
use esg_core::store::{Payload, Reader, Store, StoreError};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::disk::Disk;
use crate::intact::{self, CHECKPOINT, CHECKPOINTS, Files};
use crate::payloads::{self, PAYLOADS};
use crate::replay::{self, Found, Torn};
use crate::segments::{View, failed, file_name};
use crate::sqlite;
use crate::store::LogStore;

/// Folder of what was cut off.
const QUARANTINE: &str = "quarantine";
/// Name of the log in the database.
const LOG: &str = "log";

/// Lines of a segment in the format of the log.
pub const LINES: usize = SEGMENT_LINES as usize;

/// A log that was read and is what it was.
pub struct Checked<D: Disk> {
    name: LogName,
    disk: Arc<D>,
    /// What was found.
    pub found: Found<D>,
}

impl<D: Disk> Checked<D> {
    /// Reads a log and compares it with all that is kept about it. Changes nothing.
    ///
    /// # Errors
    /// `Io`, `Corrupt`; `audit.*` where a checkpoint is not one of the keys.
    pub fn read(
        disk: &Arc<D>,
        db: &Connection,
        lines: usize,
        keys: &[VerifierKey],
        files: Files,
    ) -> Result<Self, Error> {
        let name = name(db)?;
        let found = replay::read(disk, &name, lines, sqlite::kept(db)?, files)?;
        let view = found.segments.view();
        intact::signed(&**disk, &name, view, keys)?;
        intact::sums(&**disk, view)?;
        let first_open = (found.kept * lines) as u64;
        let mut redactions = sqlite::marks(db, first_open, RecordKind::Redaction)?;
        let marks = found.parts.iter().flat_map(|part| &part.marks);
        redactions.extend(marks.filter(|(_, kind)| *kind == RecordKind::Redaction).map(|(seq, _)| *seq));
        payloads::check(&found.left, redactions)?;
        Ok(Self { name, disk: Arc::clone(disk), found })
    }

    /// Name of the log.
    pub const fn name(&self) -> &LogName {
        &self.name
    }

    /// Opens it to write: sets apart what a crash left, makes sure of what is there, and says so in the log.
    ///
    /// # Errors
    /// `Io`: then it may be tried again. `Corrupt`.
    pub fn open(
        self,
        db: Connection,
        path: Option<&Path>,
        stamp: Stamp<'_>,
    ) -> Result<(Ledger<LogStore<D>>, Vec<Torn>), Error> {
        let Self { name, disk, mut found } = self;
        quarantine(&*disk, &found.torn)?;
        set_payloads_apart(&*disk, &found.orphans, found.segments.view().size())?;
        for lines in &found.rest {
            disk.rewrite(&lines.file, lines.at, &lines.bytes).map_err(failed(&lines.file, "sync"))?;
        }
        sync_end(&*disk, found.segments.view())?;
        let undone = std::mem::take(&mut found.undone);
        let mut store = LogStore::new(name, db, path, found)?;
        // The lines that say so are durable; what a crash broke off then is ended.
        for redacted in &undone {
            store.forget(redacted)?;
        }
        intact::write_sums(&*disk, store.view())?;
        let mut ledger = Ledger::open(store)?;
        let recovered = unrecorded(&*disk, ledger.store())?;
        for (name, torn) in &recovered {
            let reason = match torn.file.as_str() {
                PAYLOADS => "payloads were there of lines that were never acknowledged".to_owned(),
                file => format!("{file} ended with a piece that was never acknowledged"),
            };
            let body = json!({"bytes": torn.bytes.len(), "quarantined": name, "reason": reason});
            ledger.record(RecordKind::Recovery, &canonical::from_value(&body)?, stamp)?;
        }
        Ok((ledger, recovered.into_iter().map(|(_, torn)| torn).collect()))
    }
}

/// Opens a ledger on a disk whose segments have `lines` lines, a power of two, over a database that has a name for it.
///
/// For tests, which bring a worse disk than any real one and cross the end of a segment often. The format has
/// [`SEGMENT_LINES`] lines; see [`FolderLedger`](crate::FolderLedger).
///
/// # Errors
/// As [`FolderLedger::open`](crate::FolderLedger::open).
#[doc(hidden)]
pub fn open_on<D: Disk>(
    disk: &Arc<D>,
    db: Connection,
    lines: usize,
    new_name: &LogName,
    keys: &[VerifierKey],
    stamp: Stamp<'_>,
) -> Result<(Ledger<LogStore<D>>, Vec<Torn>), Error> {
    sqlite::tables(&db)?;
    if sqlite::setting(&db, LOG)?.is_none() {
        set_name(&db, new_name)?;
    }
    Checked::read(disk, &db, lines, keys, Files::Whole)?.open(db, None, stamp)
}

/// Signs a log as it is, keeps the checkpoint, and returns the note.
///
/// # Errors
/// `Io`.
#[doc(hidden)]
pub fn sign_on<D: Disk, S: Store>(
    disk: &D,
    ledger: &mut Ledger<S>,
    key: &SignerKey,
) -> Result<String, Error> {
    sign_with(disk, ledger, &[key])
}

/// Signs a log with several keys, the one in force first.
///
/// # Errors
/// `Io`.
pub fn sign_with<D: Disk, S: Store>(
    disk: &D,
    ledger: &mut Ledger<S>,
    keys: &[&SignerKey],
) -> Result<String, Error> {
    ledger.commit()?;
    let chain = ledger.chain();
    let checkpoint = Checkpoint::new(chain.name(), chain.size(), chain.root());
    let mut note = SignedNote::sign(&checkpoint.to_string(), keys)?.to_string();
    disk.sync_folder(CHECKPOINTS).map_err(failed(CHECKPOINTS, "make"))?;
    let kept = format!("{CHECKPOINTS}/{}", chain.size());
    // One that says the same with more signatures is not written over: a change of the key rests on both of its own.
    if let Some(before) = intact::text(disk, &kept)?
        && before.starts_with(&*note)
    {
        note = before;
    }
    disk.replace(&kept, note.as_bytes()).map_err(failed(&kept, "write"))?;
    disk.replace(CHECKPOINT, note.as_bytes()).map_err(failed(CHECKPOINT, "write"))?;
    Ok(note)
}

/// The name of the log that a database is of.
fn name(db: &Connection) -> Result<LogName, Error> {
    let missing =
        || StoreError::Corrupt { place: sqlite::FILE.to_owned(), reason: "it names no log".to_owned() };
    Ok(sqlite::setting(db, LOG)?.ok_or_else(missing)?.parse()?)
}

/// Keeps the name of a new log.
pub fn set_name(db: &Connection, name: &LogName) -> Result<(), StoreError> {
    sqlite::set(db, LOG, name.as_str())
}

/// Moves torn pieces out of the log: first they are safe elsewhere, then they go.
fn quarantine<D: Disk>(disk: &D, torn: &[Torn]) -> Result<(), StoreError> {
    for piece in torn {
        set_apart(disk, &format!("{}.{}", piece.file.trim_start_matches("log/"), piece.at), &piece.bytes)?;
    }
    // The last file first, so that what is left is always the beginning of a log.
    for piece in torn.iter().rev() {
        disk.truncate(&piece.file, piece.at).map_err(failed(&piece.file, "cut"))?;
    }
    Ok(())
}

/// Moves payloads of lines that are not there out of their folder, as one piece.
fn set_payloads_apart<D: Disk>(disk: &D, orphans: &[Payload], size: u64) -> Result<(), StoreError> {
    if !orphans.is_empty() {
        set_apart(disk, &format!("{PAYLOADS}.{size}"), &payloads::piece(orphans))?;
    }
    orphans.iter().try_for_each(|orphan| payloads::remove(disk, orphan.seq))
}

/// Keeps a piece in quarantine, durably.
fn set_apart<D: Disk>(disk: &D, base: &str, piece: &[u8]) -> Result<(), StoreError> {
    disk.sync_folder(QUARANTINE).map_err(failed(QUARANTINE, "make"))?;
    let mut number = 0;
    loop {
        // Another piece may have been cut off at the same place before; it is not written over.
        let name = match number {
            0 => format!("{QUARANTINE}/{base}"),
            number => format!("{QUARANTINE}/{base}.{number}"),
        };
        let there = match disk.len(&name).map_err(failed(&name, "look for"))? {
            None => return disk.replace(&name, piece).map_err(failed(&name, "write")),
            Some(length) => disk.read(&name, 0..length).map_err(failed(&name, "read"))?,
        };
        if there == piece {
            // It may be there and not be durable; it has to be before what it was taken from goes.
            disk.rewrite(&name, 0, &there).map_err(failed(&name, "sync"))?;
            return disk.sync_folder(QUARANTINE).map_err(failed(QUARANTINE, "sync"));
        }
        number += 1;
    }
}

/// Makes the length of the file that is written next durable: it may have been cut by a process that saw its cut fail.
fn sync_end<D: Disk>(disk: &D, view: &View<D>) -> Result<(), StoreError> {
    let file = file_name(view.sealed().len());
    if let Some(length) = disk.len(&file).map_err(failed(&file, "look for"))? {
        disk.rewrite(&file, length, &[]).map_err(failed(&file, "sync"))?;
    }
    disk.sync_folder("log").map_err(failed("log", "sync"))
}

/// Pieces in `quarantine/` that the log does not speak of.
fn unrecorded<D: Disk>(disk: &D, reader: &dyn Reader) -> Result<Vec<(String, Torn)>, Error> {
    let mut names = disk.list(QUARANTINE).map_err(failed(QUARANTINE, "list"))?;
    names.retain(|name| place(name).is_some());
    if names.is_empty() {
        return Ok(Vec::new());
    }
    for seq in reader.marks(RecordKind::Recovery)? {
        let line = reader.line(seq)?;
        let body: Value = serde_json::from_slice(Record::parse(&line)?.body()).unwrap_or_default();
        let recorded = body["quarantined"].as_str().and_then(|name| name.strip_prefix("quarantine/"));
        names.retain(|name| recorded != Some(name));
    }
    let torn = |name: String| -> Result<(String, Torn), Error> {
        let (file, at) = place(&name).expect("others have been left out");
        let name = format!("{QUARANTINE}/{name}");
        let length = disk.len(&name).map_err(failed(&name, "look for"))?.unwrap_or(0);
        let bytes = disk.read(&name, 0..length).map_err(failed(&name, "read"))?;
        Ok((name, Torn { file, at, bytes }))
    };
    names.into_iter().map(torn).collect()
}

/// The file that a piece in `quarantine/` was in, and where.
fn place(name: &str) -> Option<(String, u64)> {
    let (file, rest) = match name.strip_prefix("payloads.") {
        Some(rest) => (None, rest),
        None => name.split_once(".jsonl.").map(|(file, rest)| (Some(file), rest))?,
    };
    let (at, number) = rest.split_once('.').unwrap_or((rest, "0"));
    let _: u64 = number.parse().ok()?;
    let file = match file {
        Some(file) => format!("log/{:08}.jsonl", file.parse::<u64>().ok()?),
        None => PAYLOADS.to_owned(),
    };
    Some((file, at.parse().ok()?))
}
