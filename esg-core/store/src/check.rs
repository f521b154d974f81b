//! Checking a ledger in a folder: the log against itself, its keys and kept checkpoints, and the books against the log.

use std::path::Path;
use std::sync::Arc;

use esg_core::audit::{LogName, Options, Record, SEGMENT_LINES, Verdict, Verifier, VerifierKey};
use esg_core::error::Error;
use esg_core::store::{Events, Replay, StoreError};

use crate::disk::{Disk, Folder};
use crate::segments::{failed, file_name};
use crate::{key, payloads, sqlite};

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    /// What is said of the log.
    pub verdict: Verdict,
    /// In what the database is not what follows from the log; empty when it was not asked.
    pub books: Vec<String>,
    /// Checkpoints that were compared: their file names, in the order of the verdict's.
    pub checkpoints: Vec<String>,
}

impl Checked {
    /// True when nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.verdict.is_clean() && self.books.is_empty()
    }
}

/// What a ledger is checked against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Against<'a> {
    /// The key that the log began with, from elsewhere than its folder. Without it the folder's own is taken, which shows
    /// mistakes and no deceit.
    pub key: Option<&'a VerifierKey>,
    /// Signed notes that were kept elsewhere, with what people call them.
    pub kept: &'a [(String, String)],
    /// Compare the database with the log, which takes as long as ingesting it.
    pub books: bool,
}

/// Checks the ledger of a folder. Changes nothing.
///
/// # Errors
/// `Absent`, `Io`, `Key`. What is wrong with the log is no error: see [`Checked`].
pub fn check(path: &Path, against: &Against<'_>) -> Result<Checked, Error> {
    let disk = Folder::new(path);
    if disk.len(&file_name(0)).map_err(failed("log", "look for"))?.is_none()
        && !path.join(sqlite::FILE).exists()
    {
        return Err(StoreError::Absent { place: path.display().to_string() }.into());
    }
    let keys = key::public(path)?;
    let first = against.key.or(keys.first());
    let name = log_name(&disk, first)?;
    let mut notes: Vec<(String, String)> = Vec::new();
    for file in disk.list("checkpoints").map_err(failed("checkpoints", "list"))? {
        notes.push((
            format!("checkpoints/{file}"),
            text(&disk, &format!("checkpoints/{file}"))?.unwrap_or_default(),
        ));
    }
    if let Some(note) = text(&disk, "checkpoint")? {
        notes.push(("checkpoint".to_owned(), note));
    }
    notes.extend_from_slice(against.kept);
    let texts: Vec<&str> = notes.iter().map(|(_, note)| note.as_str()).collect();
    let sums = text(&disk, "SHA256SUMS")?;
    // What is there and cannot be read is not what was committed to.
    let payloads = |seq: u64| payloads::read(&disk, seq).unwrap_or_else(|_| Some(Vec::new()));
    let mut options = Options::new(&name).checkpoints(&texts).payloads(&payloads);
    if let Some(key) = first {
        options = options.key(key);
    }
    if let Some(sums) = &sums {
        options = options.sums(sums);
    }
    let mut verifier = Verifier::new(options);
    let mut segment = 0;
    while let Some(length) = disk.len(&file_name(segment)).map_err(failed("log", "look for"))? {
        let name = file_name(segment);
        verifier.segment(&disk.read(&name, 0..length).map_err(failed(&name, "read"))?);
        segment += 1;
    }
    let verdict = verifier.finish();
    let books = if against.books && verdict.is_clean() { books(path, verdict.redacted)? } else { Vec::new() };
    Ok(Checked { verdict, books, checkpoints: notes.into_iter().map(|(name, _)| name).collect() })
}

fn text(disk: &Folder, name: &str) -> Result<Option<String>, StoreError> {
    let Some(length) = disk.len(name).map_err(failed(name, "look for"))? else { return Ok(None) };
    let bytes = disk.read(name, 0..length).map_err(failed(name, "read"))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The name of the log: that of its key, else that of its first line.
fn log_name(disk: &Folder, key: Option<&VerifierKey>) -> Result<LogName, Error> {
    if let Some(key) = key {
        return Ok(key.name().parse()?);
    }
    let name = file_name(0);
    let start = disk.read(&name, 0..esg_core::audit::MAX_LINE as u64).map_err(failed(&name, "read"))?;
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(Record::parse(line)?.log().parse()?)
}

/// True for the text of a checkpoint, false for a path: a note has several lines.
pub fn is_note(text: &str) -> bool {
    text.contains('\n')
}

/// Compares what the database has with what follows from the log, which redacts so many events.
fn books(path: &Path, redacted: u64) -> Result<Vec<String>, Error> {
    let db = sqlite::open_to_read(&path.join(sqlite::FILE))?;
    let disk = Arc::new(Folder::new(path));
    let mut wrong = Vec::new();
    let sealed = sqlite::kept(&db)?.sealed;
    let left = payloads::left(&*disk)?;
    if left.len() as u64 != redacted {
        let count = left.len();
        wrong.push(format!("something is left of {count} redacted events, and the log redacts {redacted}"));
    }
    let view = crate::segments::Segments::new(Arc::clone(&disk), SEGMENT_LINES as usize, sealed.clone());
    for number in 0..sealed.len() as u64 {
        let mut replay = Replay::default();
        let mut failure = None;
        let lines = SEGMENT_LINES;
        view.view().lines(number * lines..(number + 1) * lines, &mut |_, line| {
            let record = Record::parse(line).map_err(Error::from);
            let push = |record: Record<'_>| match left.contains_key(&record.seq()) {
                true => Ok(()),
                false => Ok(replay.push(&record, payloads::of(&*disk, &record)?.as_deref())?),
            };
            failure = record.and_then(push).err();
            failure.is_none()
        })?;
        if let Some(error) = failure {
            return Err(error);
        }
        let (events, marks) = replay.finish();
        for part in sqlite::differences(&db, number, &events, &marks)? {
            wrong.push(format!("segment {number}: {part} of the database are not those of the log"));
        }
    }
    Ok(wrong)
}

/// True when two lots of events are the same, in whatever order their words were met.
pub fn same(a: &Events, b: &Events) -> bool {
    a.to_block() == b.to_block()
        || (a.fingerprints == b.fingerprints
            && a.batch.line == b.batch.line
            && a.keys == b.keys
            && a.replaces == b.replaces
            && a.batch.fingerprints() == b.batch.fingerprints())
}
