//! A ledger in a folder: made, opened, signed, and read beside its writer.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use esg_core::audit::{Checkpoint, Hash, LogName, RecordKind, SignerKey, Tree, VerifierKey};
use esg_core::canonical;
use esg_core::error::Error;
use esg_core::ledger::{Book, Ledger, Stamp};
use esg_core::store::{Reader, StoreError};
use serde_json::json;

use crate::disk::{Disk, Folder};
use crate::replay::{self, Torn};
use crate::segments::failed;
use crate::store::{LogReader, LogStore};
use crate::{key, sqlite};

/// File that the newest checkpoint is in.
const CHECKPOINT: &str = "checkpoint";
/// File that its writer has locked.
const LOCK: &str = "lock";
/// Name of the log in the database.
const LOG: &str = "log";

/// A ledger in a folder, opened by its one writer.
#[derive(Debug)]
pub struct FolderLedger {
    ledger: Ledger<LogStore>,
    path: PathBuf,
    key: Option<SignerKey>,
    recovered: Vec<Torn>,
    /// Held while the ledger is open.
    lock: File,
}

impl FolderLedger {
    /// Opens the ledger of a folder.
    ///
    /// A piece of a line that a crash left at the end of the log is moved to `quarantine/`, and a record says so.
    ///
    /// # Errors
    /// `Absent`, `Locked`, `Version`, `Io`; `Corrupt` where anything is not what it was, and then nothing is changed.
    pub fn open(path: &Path, stamp: Stamp<'_>) -> Result<Self, Error> {
        if !path.join(sqlite::FILE).exists() {
            return Err(StoreError::Absent { place: path.display().to_string() }.into());
        }
        let lock = lock(path)?;
        let db = sqlite::open(&path.join(sqlite::FILE))?;
        let name = name_of(&db)?;
        let disk = Arc::new(Folder::new(path));
        let open = replay::read(&disk, &name, sqlite::sealed(&db)?, sqlite::tail(&db)?)?;
        let torn = open.torn.clone();
        quarantine(&*disk, &torn)?;
        let store = LogStore::new(name, db, Some(&path.join(sqlite::FILE)), open)?;
        let keys = key::public(path)?;
        check_signed(&store, path, &keys)?;
        let ledger = Ledger::open(store)?;
        let mut ledger = Self { ledger, path: path.to_owned(), key: key::read(path)?, recovered: torn, lock };
        ledger.record_recovery(stamp)?;
        Ok(ledger)
    }

    /// Makes a ledger in an empty or absent folder, with a key of its own.
    ///
    /// # Errors
    /// `Io`; `Locked` where another process does the same.
    pub fn create(path: &Path, name: &LogName, stamp: Stamp<'_>) -> Result<Self, Error> {
        let place = path.display().to_string();
        fs::create_dir_all(path).map_err(failed(&place, "make"))?;
        {
            let _lock = lock(path)?;
            if !path.join(sqlite::FILE).exists() {
                if key::read(path)?.is_none() {
                    key::make(path, name.as_str())?;
                }
                // The database is what makes the folder a ledger, so it gets its name last and whole.
                let draft = path.join("ledger.new");
                let _ = fs::remove_file(&draft);
                let db = sqlite::open(&draft)?;
                sqlite::set(&db, LOG, name.as_str())?;
                db.close().map_err(|(_, error)| sqlite::failed("close")(error))?;
                fs::rename(&draft, path.join(sqlite::FILE)).map_err(failed(sqlite::FILE, "make"))?;
                Folder::new(path).sync_folder(".").map_err(failed(&place, "sync"))?;
            }
        }
        Self::open(path, stamp)
    }

    /// Opens the ledger of a folder, or makes one of this name where there is none.
    ///
    /// # Errors
    /// As [`FolderLedger::open`] and [`FolderLedger::create`].
    pub fn open_or_create(path: &Path, name: &LogName, stamp: Stamp<'_>) -> Result<Self, Error> {
        match Self::open(path, stamp) {
            Err(Error::Store(StoreError::Absent { .. })) => Self::create(path, name, stamp),
            opened => opened,
        }
    }

    /// The ledger.
    pub const fn ledger(&mut self) -> &mut Ledger<LogStore> {
        &mut self.ledger
    }

    /// Returns the ledger, and the lock to hold as long as it is written to.
    pub fn into_parts(self) -> (Ledger<LogStore>, File) {
        (self.ledger, self.lock)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a crash had left at the end of the log when it was opened.
    pub fn recovered(&self) -> &[Torn] {
        &self.recovered
    }

    /// Signs the log as it is, and returns the note. None for a ledger that has no secret key here.
    ///
    /// # Errors
    /// `Io`.
    pub fn sign(&mut self) -> Result<Option<String>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        self.ledger.commit()?;
        let chain = self.ledger.chain();
        let note = Checkpoint::new(chain.name(), chain.size(), chain.root()).sign(key)?.to_string();
        let disk = Folder::new(&self.path);
        disk.sync_folder("checkpoints").map_err(failed("checkpoints", "make"))?;
        let kept = format!("checkpoints/{}", chain.size());
        disk.replace(&kept, note.as_bytes()).map_err(failed(&kept, "write"))?;
        disk.replace(CHECKPOINT, note.as_bytes()).map_err(failed(CHECKPOINT, "write"))?;
        Ok(Some(note))
    }

    /// Signs, and keeps what is in memory, so that the next opening need not read the log.
    ///
    /// # Errors
    /// `Io`. A ledger that is dropped without being closed has lost nothing: its next opening takes longer.
    pub fn close(mut self) -> Result<(), Error> {
        self.sign()?;
        let mut store = self.ledger.into_store()?;
        Ok(store.keep_tail()?)
    }

    fn record_recovery(&mut self, stamp: Stamp<'_>) -> Result<(), Error> {
        for torn in self.recovered.clone() {
            let body = json!({
                "bytes": torn.bytes.len(),
                "quarantined": quarantine_name(&torn),
                "reason": format!("{} ended with a piece that was never acknowledged", torn.file),
            });
            self.ledger.record(RecordKind::Recovery, &canonical::from_value(&body)?, stamp)?;
        }
        Ok(())
    }
}

/// Opens the book of a ledger in a folder, beside its writer if there is one.
///
/// # Errors
/// `Absent`, `Version`, `Io`, `Corrupt`.
pub fn read(path: &Path) -> Result<Book, Error> {
    let file = path.join(sqlite::FILE);
    if !file.exists() {
        return Err(StoreError::Absent { place: path.display().to_string() }.into());
    }
    let db = sqlite::open_to_read(&file)?;
    let name = name_of(&db)?;
    let disk = Arc::new(Folder::new(path));
    let open = replay::read(&disk, &name, sqlite::sealed(&db)?, sqlite::tail(&db)?)?;
    let reader = reader_of(name, db, open)?;
    check_signed(&reader, path, &key::public(path)?)?;
    Book::open(Box::new(reader))
}

/// A reader of what was found. Events of a segment that is full and not in the database yet stay in memory.
fn reader_of(
    name: LogName,
    db: rusqlite::Connection,
    open: replay::OpenSegment<Folder>,
) -> Result<LogReader, StoreError> {
    let mut tail = esg_core::store::EventsCollector::default();
    tail.push(open.events);
    let (mut marks, mut segments) = (open.marks, open.segments);
    for rest in open.rest {
        segments.known(&rest.lines, &rest.leaves);
        tail.push(rest.events);
        marks.extend(rest.marks);
        if segments.room() == 0 {
            segments.seal(rest.prev)?;
        }
    }
    Ok(LogReader { name, view: segments.view().clone(), db, tail: tail.finish(), marks })
}

fn name_of(db: &rusqlite::Connection) -> Result<LogName, Error> {
    let missing =
        || StoreError::Corrupt { place: sqlite::FILE.to_owned(), reason: "it names no log".to_owned() };
    Ok(sqlite::setting(db, LOG)?.ok_or_else(missing)?.parse()?)
}

/// Locks the folder for one writer; the lock goes with the process.
fn lock(path: &Path) -> Result<File, StoreError> {
    let place = path.join(LOCK);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&place)
        .map_err(failed(LOCK, "open"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
            return Err(StoreError::Locked { place: path.display().to_string(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(failed(LOCK, "lock")(error)),
    }
    let holder = format!("process {}", std::process::id());
    file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())).map_err(failed(LOCK, "write"))?;
    Ok(file)
}

fn quarantine_name(torn: &Torn) -> String {
    format!("quarantine/{}.{}", torn.file.trim_start_matches("log/"), torn.at)
}

/// Moves torn pieces out of the log: first they are safe elsewhere, then they go.
fn quarantine<D: Disk>(disk: &D, torn: &[Torn]) -> Result<(), StoreError> {
    for piece in torn {
        let name = quarantine_name(piece);
        disk.sync_folder("quarantine").map_err(failed("quarantine", "make"))?;
        disk.replace(&name, &piece.bytes).map_err(failed(&name, "write"))?;
    }
    // The last file first, so that what is left is always the beginning of a log.
    for piece in torn.iter().rev() {
        disk.truncate(&piece.file, piece.at).map_err(failed(&piece.file, "cut"))?;
    }
    Ok(())
}

/// Refuses a log that is shorter than what was signed, or another one.
fn check_signed(reader: &dyn Reader, path: &Path, keys: &[VerifierKey]) -> Result<(), Error> {
    let note = match fs::read_to_string(path.join(CHECKPOINT)) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(CHECKPOINT, "read")(error).into()),
    };
    let checkpoint = Checkpoint::open(&note, keys)?;
    let corrupt = |reason: String| StoreError::Corrupt { place: CHECKPOINT.to_owned(), reason };
    let (signed, size) = (checkpoint.size(), reader.size());
    if checkpoint.origin() != reader.name().as_str() {
        return Err(corrupt(format!("it is of the log {}", checkpoint.origin())).into());
    }
    if signed > size {
        return Err(corrupt(format!("{signed} lines were signed and the log has {size}")).into());
    }
    if root_at(reader, signed)? != checkpoint.root() {
        return Err(
            corrupt(format!("the first {signed} lines of the log are not those that were signed")).into()
        );
    }
    Ok(())
}

/// The root that the log had at a size.
fn root_at(reader: &dyn Reader, size: u64) -> Result<Hash, Error> {
    let subtrees = |level: u32, index: u64| reader.subtree(level, index).ok();
    Ok(Tree::new(&subtrees, reader.size()).root_at(size)?)
}
