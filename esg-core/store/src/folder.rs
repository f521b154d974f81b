//! A ledger in a folder: made, opened, signed, and read beside its writer.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use esg_core::audit::{LogName, RecordKind, SignerKey, VerifierKey};
use esg_core::canonical;
use esg_core::error::Error;
use esg_core::ledger::{Book, Ledger, Stamp};
use esg_core::store::{EventsCollector, Reader, StoreError};
use serde_json::json;

use crate::disk::Folder;
use crate::intact::Files;
use crate::opening::{Checked, LINES, set_name, sign_on, sign_with};
use crate::reader::LogReader;
use crate::replay::Torn;
use crate::segments::failed;
use crate::shared::SharedFolder;
use crate::store::LogStore;
use crate::{key, sqlite};

/// File that its writer has locked.
const LOCK: &str = "lock";
/// The database while it is made, and what SQLite puts beside it.
const DRAFT: &str = "ledger.new";

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
        let file = path.join(sqlite::FILE);
        let checked = {
            // Read first: a ledger that is refused stays as it is, and so does its database.
            let db = sqlite::open_to_read(&file)?;
            let disk = Arc::new(Folder::new(path));
            Checked::read(&disk, &db, LINES, &key::public(path)?, Files::Whole)?
        };
        let (ledger, recovered) = checked.open(sqlite::open(&file)?, Some(&file), stamp)?;
        let mut opened = Self { ledger, path: path.to_owned(), key: key::read(path)?, recovered, lock };
        opened.end_rotation()?;
        Ok(opened)
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
                key::make(path, name.as_str())?;
                database(path, name)?;
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

    /// Shares the ledger among threads.
    pub fn share(self) -> SharedFolder {
        SharedFolder::new(self.ledger, self.path, self.key, self.lock)
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
        sign_on(&Folder::new(&self.path), &mut self.ledger, key).map(Some)
    }

    /// Gives the ledger a new key: a record says so, and both keys sign the log with that record in it. Returns the new
    /// public key, which auditors have to be told of.
    ///
    /// # Errors
    /// `Io`; `Absent` for a ledger that has no secret key here. What a crash breaks off is ended at the next opening.
    pub fn rotate_key(&mut self, stamp: Stamp<'_>) -> Result<VerifierKey, Error> {
        let Some(old) = self.key.clone() else {
            return Err(
                StoreError::Absent { place: self.path.join(key::SECRET).display().to_string() }.into()
            );
        };
        let new = key::draft(&self.path, self.ledger.name().as_str())?;
        let body = json!({"new": new.verifier().to_string(), "old": old.verifier().to_string()});
        self.ledger.record(RecordKind::KeyRotated, &canonical::from_value(&body)?, stamp)?;
        self.adopt(&old, new)
    }

    fn adopt(&mut self, old: &SignerKey, new: SignerKey) -> Result<VerifierKey, Error> {
        // The public key comes first: a checkpoint of a key that is not listed would be refused at the next opening.
        key::list(&self.path, &new)?;
        sign_with(&Folder::new(&self.path), &mut self.ledger, &[&new, old])?;
        key::adopt(&self.path)?;
        let public = new.verifier().clone();
        self.key = Some(new);
        Ok(public)
    }

    /// Ends a change of the key that a crash broke off: where the log has its record, the new key is the ledger's.
    fn end_rotation(&mut self) -> Result<(), Error> {
        let Some(new) = key::drafted(&self.path)? else { return Ok(()) };
        let Some(old) = self.key.clone() else { return Ok(()) };
        let recorded = match self.ledger.store().marks(RecordKind::KeyRotated)?.last() {
            Some(seq) => {
                let line = self.ledger.store().line(*seq)?;
                let text = String::from_utf8_lossy(&line).into_owned();
                text.contains(&new.verifier().to_string())
            }
            None => false,
        };
        if recorded { self.adopt(&old, new).map(|_| ()) } else { key::forget(&self.path) }
    }

    /// Signs, and keeps what is in memory, so that the next opening need not read the log.
    ///
    /// # Errors
    /// `Io`. A ledger that is dropped without being closed has lost nothing: its next opening takes longer.
    pub fn close(self) -> Result<(), Error> {
        self.share().close()
    }
}

/// Makes the database of a new ledger. It is what makes a folder a ledger, so it gets its name last and whole.
fn database(path: &Path, name: &LogName) -> Result<(), Error> {
    for left in ["", "-wal", "-shm", "-journal"].map(|suffix| path.join(format!("{DRAFT}{suffix}"))) {
        if left.exists() {
            fs::remove_file(&left).map_err(failed(DRAFT, "remove"))?;
        }
    }
    let draft = path.join(DRAFT);
    let db = sqlite::open(&draft)?;
    set_name(&db, name)?;
    // A log that is there already has to be one of this name.
    Checked::read(&Arc::new(Folder::new(path)), &db, LINES, &key::public(path)?, Files::Whole)?;
    db.close().map_err(|(_, error)| sqlite::failed("close")(error))?;
    if path.join(format!("{DRAFT}-wal")).exists() {
        let reason = "it was closed and is not in one file".to_owned();
        return Err(StoreError::Io { place: DRAFT.to_owned(), action: "make", reason }.into());
    }
    fs::rename(&draft, path.join(sqlite::FILE)).map_err(failed(sqlite::FILE, "make"))?;
    let sync = |folder: &Path| File::open(folder).and_then(|folder| folder.sync_all());
    let place = path.display().to_string();
    sync(path).map_err(failed(&place, "sync"))?;
    // The name of the folder is one of the folder that it is in.
    match path.canonicalize().map_err(failed(&place, "sync"))?.parent() {
        Some(parent) => Ok(sync(parent).map_err(failed(&place, "sync"))?),
        None => Ok(()),
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
    let disk = Arc::new(Folder::new(path));
    let checked = Checked::read(&disk, &db, LINES, &key::public(path)?, Files::Lengths)?;
    let mut tail = EventsCollector::default();
    let mut marks = Vec::new();
    let name = checked.name().clone();
    for part in checked.found.parts {
        tail.push(part.events);
        marks.extend(part.marks);
    }
    let (view, kept) = (checked.found.segments.view().clone(), checked.found.kept);
    Book::open(Box::new(LogReader {
        name,
        view,
        db,
        kept,
        tail: tail.finish(),
        marks,
        left: checked.found.left,
    }))
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
