//! Copies of a ledger, made beside its writer, and a ledger made of a copy again.
//!
//! Checkpoints are copied first, then the database, then the log: so the copy's log has every line that its checkpoints sign
//! and its database knows. What it has beyond that is replayed when it is opened, as after a crash. Payloads come last, those of
//! the lines that were copied: they are durable before their lines. An event that is redacted meanwhile is a reason to begin
//! again, because the copy's log may not say so yet.

use std::fs;
use std::path::Path;

use esg_core::error::Error;
use esg_core::store::StoreError;
use rusqlite::backup::Backup;

use crate::check::{Against, Checked, check};
use crate::disk::{Disk, Folder};
use crate::segments::{failed, file_name};
use crate::{key, payloads, sqlite};

/// Pages of the database that are copied at a time.
const PAGES: i32 = 256;
/// Payloads that are copied at a time.
const COPIED: usize = 4096;
/// Bytes of the log that are copied at a time.
const BYTES: u64 = 8 << 20;

/// Copies the ledger of a folder to an empty or absent folder. The secret key is left out unless it is asked for.
///
/// # Errors
/// `Absent`, `Io`; `Locked` when the other folder has something in it.
pub fn backup(from: &Path, to: &Path, with_key: bool) -> Result<(), Error> {
    if !from.join(sqlite::FILE).exists() {
        return Err(StoreError::Absent { place: from.display().to_string() }.into());
    }
    let place = to.display().to_string();
    fs::create_dir_all(to.join("log")).map_err(failed(&place, "make"))?;
    let used = [sqlite::FILE, "log/00000000.jsonl", key::PUBLIC].iter().any(|file| to.join(file).exists());
    if used {
        let holder = "another ledger or copy".to_owned();
        return Err(StoreError::Locked { place, holder }.into());
    }
    let (source, target) = (Folder::new(from), Folder::new(to));
    target.sync_folder("checkpoints").map_err(failed("checkpoints", "make"))?;
    let mut small: Vec<String> = [key::PUBLIC, "checkpoint", "SHA256SUMS"].map(str::to_owned).to_vec();
    if with_key {
        small.insert(0, key::SECRET.to_owned());
    }
    let left = source.list(payloads::REDACTED).map_err(failed(payloads::REDACTED, "list"))?;
    for folder in ["checkpoints", "quarantine", payloads::REDACTED] {
        let names = source.list(folder).map_err(failed(folder, "list"))?;
        if !names.is_empty() {
            target.sync_folder(folder).map_err(failed(folder, "make"))?;
        }
        small.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
    }
    for name in small {
        if let Some(length) = source.len(&name).map_err(failed(&name, "look for"))? {
            let bytes = source.read(&name, 0..length).map_err(failed(&name, "read"))?;
            target.replace(&name, &bytes).map_err(failed(&name, "write"))?;
        }
    }
    if with_key {
        key::protect(to)?;
    }
    // The database gets its name when the log is there: without it the folder is no ledger.
    let draft = to.join("ledger.new");
    copy_database(&from.join(sqlite::FILE), &draft)?;
    let size = copy_log(&source, &target)?;
    copy_payloads(&source, &target, size)?;
    if source.list(payloads::REDACTED).map_err(failed(payloads::REDACTED, "list"))? != left {
        let holder = "a redaction that was made meanwhile: copy to another folder".to_owned();
        return Err(StoreError::Locked { place: from.display().to_string(), holder }.into());
    }
    fs::rename(&draft, to.join(sqlite::FILE)).map_err(failed(sqlite::FILE, "make"))?;
    Ok(target.sync_folder(".").map_err(failed(&place, "sync"))?)
}

/// Makes a ledger of a copy in an empty or absent folder, after the copy has been checked.
///
/// # Errors
/// As [`backup`] and [`check`]; `Corrupt` when the copy is not whole, and then nothing is made.
pub fn restore(from: &Path, to: &Path, against: &Against<'_>) -> Result<Checked, Error> {
    let checked = check(from, against)?;
    if !checked.is_clean() {
        let first =
            checked.verdict.findings.first().map(ToString::to_string).or(checked.books.first().cloned());
        let (place, reason) = (from.display().to_string(), first.unwrap_or_default());
        return Err(StoreError::Corrupt { place, reason }.into());
    }
    backup(from, to, true)?;
    Ok(checked)
}

fn copy_database(from: &Path, to: &Path) -> Result<(), StoreError> {
    let _ = fs::remove_file(to);
    let source = sqlite::open_to_read(from)?;
    let mut target = rusqlite::Connection::open(to).map_err(sqlite::failed("open"))?;
    let copy = Backup::new(&source, &mut target).map_err(sqlite::failed("copy"))?;
    copy.run_to_completion(PAGES, std::time::Duration::ZERO, None).map_err(sqlite::failed("copy"))?;
    drop(copy);
    target.close().map_err(|(_, error)| sqlite::failed("close")(error))?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(failed(sqlite::FILE, "sync"))
}

/// Copies the payloads of so many lines, where they have any.
fn copy_payloads(source: &Folder, target: &Folder, size: u64) -> Result<(), StoreError> {
    for part in payloads::lines(source, 0..size)?.chunks(COPIED) {
        payloads::write(target, &payloads::all(source, part)?)?;
    }
    Ok(())
}

/// Copies whole lines and returns how many: a line that is being written now is not in the copy.
fn copy_log(source: &Folder, target: &Folder) -> Result<u64, StoreError> {
    use crate::disk::DiskFile;
    // The writer goes on meanwhile. A file that it begins now is left out: the one before may have grown after it was copied.
    let mut segments = 0;
    while source.len(&file_name(segments)).map_err(failed("log", "look for"))?.is_some() {
        segments += 1;
    }
    let mut lines = 0;
    for segment in 0..segments {
        let name = file_name(segment);
        let length = source.len(&name).map_err(failed(&name, "look for"))?.unwrap_or(0);
        let mut file = target.append(&name).map_err(failed(&name, "make"))?;
        let mut at = 0;
        while at < length {
            let mut bytes = source.read(&name, at..length.min(at + BYTES)).map_err(failed(&name, "read"))?;
            let end = at + bytes.len() as u64;
            if end >= length {
                bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1));
            }
            lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            file.write(&bytes).map_err(failed(&name, "write"))?;
            at = end;
        }
        file.sync().map_err(failed(&name, "sync"))?;
    }
    target.sync_folder("log").map_err(failed("log", "sync"))?;
    Ok(lines)
}
