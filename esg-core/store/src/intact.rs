//! Whether the files of a log are what was written: their bytes, what was signed, and the list of digests.
//!
//! All of it is looked at before anything is changed. A ledger that opens over a log which is not what it was would go on
//! from figures that nobody can prove.

use std::cell::Cell;
use std::sync::Arc;

use esg_core::audit::{Checkpoint, Hash, LogName, Tree, VerifierKey};
use esg_core::error::Error;
use esg_core::store::StoreError;
use rayon::prelude::*;

use crate::disk::Disk;
use crate::segments::{Sealed, Segments, View, digest, failed, file_name};
use crate::sqlite::Tail;

/// File that the newest checkpoint is in.
pub const CHECKPOINT: &str = "checkpoint";
/// Folder of all checkpoints, each under its size.
pub const CHECKPOINTS: &str = "checkpoints";
/// List of the digests of full segments.
pub const SUMS: &str = "SHA256SUMS";
/// Longest text beside the log that is read.
const MAX_TEXT: u64 = 64 << 20;
/// Lines whose leaves one thread hashes at a time.
const CHUNK: usize = 1024;

/// How much of the full segments is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Files {
    /// All bytes: for the writer, who adds to what is there.
    Whole,
    /// Their lengths: for readers, who take full segments from the database.
    Lengths,
}

/// Refuses full segments whose file is not what it was.
pub fn sealed<D: Disk>(disk: &D, sealed: &[Arc<Sealed>], files: Files) -> Result<(), StoreError> {
    let check = |(number, segment): (usize, &Arc<Sealed>)| -> Result<(), StoreError> {
        let name = file_name(number);
        let had = segment.starts.last().copied().unwrap_or(0);
        let has = disk.len(&name).map_err(failed(&name, "look for"))?.unwrap_or(0);
        if has != had {
            let reason = format!("it has {has} bytes and had {had}");
            return Err(StoreError::Corrupt { place: name, reason });
        }
        if files == Files::Whole && digest(disk, &name, had)? != segment.sha256 {
            let reason = format!("its SHA-256 is not {}, with which it was sealed", segment.sha256);
            return Err(StoreError::Corrupt { place: name, reason });
        }
        Ok(())
    };
    // The first of several is named, whichever thread ends first.
    let checked: Vec<_> = sealed.par_iter().enumerate().map(check).collect();
    checked.into_iter().collect()
}

/// Returns the lines that the database kept from the segment that is not full, where the file still has them.
pub fn tail<D: Disk>(disk: &D, segments: &Segments<D>, tail: &Tail) -> Result<Vec<u8>, StoreError> {
    let view = segments.view();
    let name = file_name(view.sealed().len());
    let first = view.first_open();
    if tail.size != first + tail.ends.len() as u64
        || tail.ends.len() != tail.leaves.len()
        || tail.ends.len() >= view.segment_lines()
    {
        let reason = "what was kept of the last segment does not follow the full ones".to_owned();
        return Err(StoreError::Corrupt { place: "ledger.db, table tail".to_owned(), reason });
    }
    let had = tail.ends.last().copied().unwrap_or(0);
    let bytes = match disk.len(&name).map_err(failed(&name, "look for"))? {
        Some(_) => disk.read(&name, 0..had).map_err(failed(&name, "read"))?,
        None => Vec::new(),
    };
    if (bytes.len() as u64) < had {
        let reason = format!("it has {} bytes and had {had}", bytes.len());
        return Err(StoreError::Corrupt { place: name, reason });
    }
    let line = |number: usize| -> Option<&[u8]> {
        let from = if number == 0 { 0 } else { tail.ends[number - 1] };
        bytes.get(usize::try_from(from).ok()?..usize::try_from(tail.ends[number]).ok()?)?.strip_suffix(b"\n")
    };
    let same = |number: usize| {
        let hash = |line: &[u8]| !line.contains(&b'\n') && Hash::leaf(line) == tail.leaves[number];
        line(number).is_some_and(hash)
    };
    let lines = (0..tail.ends.len()).into_par_iter().with_min_len(CHUNK);
    let wrong = lines.find_first(|number| !same(*number));
    if let Some(number) = wrong {
        let place = format!("{name}, line {} of the log", first + number as u64);
        return Err(StoreError::Corrupt { place, reason: "it is not what it was".to_owned() });
    }
    let before = view.sealed().last().map_or(Hash::ZERO, |sealed| sealed.last);
    if tail.ends.len().checked_sub(1).and_then(line).map_or(before, Hash::of) != tail.prev {
        let reason = "its last line is not the last one of the log".to_owned();
        return Err(StoreError::Corrupt { place: "ledger.db, table tail".to_owned(), reason });
    }
    Ok(bytes)
}

/// Returns a small file as text; nothing where there is none.
pub fn text<D: Disk>(disk: &D, name: &str) -> Result<Option<String>, StoreError> {
    if disk.len(name).map_err(failed(name, "look for"))?.is_none() {
        return Ok(None);
    }
    let bytes = disk.read(name, 0..MAX_TEXT).map_err(failed(name, "read"))?;
    let corrupt = |_| StoreError::Corrupt { place: name.to_owned(), reason: "it is no text".to_owned() };
    String::from_utf8(bytes).map(Some).map_err(corrupt)
}

/// Refuses a log that is shorter than what was signed, or another one.
///
/// The newest checkpoint is `checkpoint` and under its size in `checkpoints/`; a crash may have come between the two.
pub fn signed<D: Disk>(disk: &D, name: &LogName, view: &View<D>, keys: &[VerifierKey]) -> Result<(), Error> {
    let kept = disk.list(CHECKPOINTS).map_err(failed(CHECKPOINTS, "list"))?;
    let largest = kept.iter().filter_map(|name| name.parse::<u64>().ok()).max();
    let newest = largest.map(|size| format!("{CHECKPOINTS}/{size}"));
    for place in newest.into_iter().chain([CHECKPOINT.to_owned()]) {
        let Some(note) = text(disk, &place)? else { continue };
        let checkpoint = Checkpoint::open(&note, keys)?;
        let corrupt = |reason: String| StoreError::Corrupt { place: place.clone(), reason };
        let (signed, size) = (checkpoint.size(), view.size());
        if checkpoint.origin() != name.as_str() {
            return Err(corrupt(format!("it is of the log {}", checkpoint.origin())).into());
        }
        if signed > size {
            return Err(corrupt(format!("{signed} lines were signed and the log has {size}")).into());
        }
        if root_at(view, signed)? != checkpoint.root() {
            let reason = format!("the first {signed} lines of the log are not those that were signed");
            return Err(corrupt(reason).into());
        }
    }
    Ok(())
}

/// The root that a log had at a size.
fn root_at<D: Disk>(view: &View<D>, size: u64) -> Result<Hash, Error> {
    // What a tree cannot say of a subtree is why it is not there.
    let failure = Cell::new(None);
    let subtrees =
        |level: u32, index: u64| view.subtree(level, index).map_err(|error| failure.set(Some(error))).ok();
    let root = Tree::new(&subtrees, view.size()).root_at(size);
    match failure.take() {
        Some(error) => Err(error.into()),
        None => Ok(root?),
    }
}

/// The list of digests that `sha256sum -c` reads.
fn list<D: Disk>(view: &View<D>) -> String {
    let line =
        |(number, sealed): (usize, &Arc<Sealed>)| format!("{}  {}\n", sealed.sha256, file_name(number));
    view.sealed().iter().enumerate().map(line).collect()
}

/// Refuses a list of digests that names another file than the log has. It may be shorter: a crash can come before it.
pub fn sums<D: Disk>(disk: &D, view: &View<D>) -> Result<(), StoreError> {
    match text(disk, SUMS)? {
        Some(found) if !list(view).starts_with(&found) => {
            let reason = "it is not the list of the full segments that the log has".to_owned();
            Err(StoreError::Corrupt { place: SUMS.to_owned(), reason })
        }
        _ => Ok(()),
    }
}

/// Writes the list of digests where it is not up to date.
pub fn write_sums<D: Disk>(disk: &D, view: &View<D>) -> Result<(), StoreError> {
    let wanted = list(view);
    if text(disk, SUMS)?.unwrap_or_default().starts_with(&wanted) {
        return Ok(());
    }
    disk.replace(SUMS, wanted.as_bytes()).map_err(failed(SUMS, "write"))
}
