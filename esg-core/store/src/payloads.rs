//! What detached lines committed to, in files beside the log, and what is left of those that were redacted.
//!
//! A payload is durable before its line is, so a line that is whole has one. A payload without a line is what a crash left
//! between the two: it goes to `quarantine/`, or it would be taken for that of a later line.

use std::collections::BTreeMap;
use std::ops::Range;

use esg_core::audit::{Record, commitment};
use esg_core::store::{Payload, Redacted, Replaced, StoreError};

use crate::disk::Disk;
use crate::segments::failed;

/// Folder of the payloads.
pub const PAYLOADS: &str = "payloads";
/// Folder of what is left of redacted events.
pub const REDACTED: &str = "redacted";
/// Longest file of these folders that is read: an event has a megabyte at most, and escapes make six bytes of one.
const MAX_FILE: u64 = 8 << 20;

/// File of a payload.
fn name(seq: u64) -> String {
    format!("{PAYLOADS}/{seq}.json")
}

/// The line that a file of a folder is of.
fn line_of(file: &str) -> Option<u64> {
    file.strip_suffix(".json")?.parse().ok()
}

/// Makes payloads durable, all of them before it returns.
pub fn write<D: Disk>(disk: &D, payloads: &[Payload]) -> Result<(), StoreError> {
    if payloads.is_empty() {
        return Ok(());
    }
    let files: Vec<(String, &[u8])> =
        payloads.iter().map(|payload| (name(payload.seq), payload.file.as_slice())).collect();
    disk.add(PAYLOADS, &files).map_err(failed(PAYLOADS, "write"))
}

fn read_file<D: Disk>(disk: &D, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    match disk.len(name).map_err(failed(name, "look for"))? {
        None => Ok(None),
        Some(length) if length > MAX_FILE => {
            Err(StoreError::Corrupt { place: name.to_owned(), reason: format!("it has {length} bytes") })
        }
        Some(length) => Ok(Some(disk.read(name, 0..length).map_err(failed(name, "read"))?)),
    }
}

/// Returns a payload, if it is there.
pub fn read<D: Disk>(disk: &D, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
    read_file(disk, &name(seq))
}

/// Returns the payload of a record that has one apart and still there.
pub fn of<D: Disk>(disk: &D, record: &Record<'_>) -> Result<Option<Vec<u8>>, StoreError> {
    match commitment(record.body()) {
        Ok(Some(_)) => read(disk, record.seq()),
        // What only begins as a detached body is refused where it is read.
        _ => Ok(None),
    }
}

/// Removes a payload, durably.
pub fn remove<D: Disk>(disk: &D, seq: u64) -> Result<(), StoreError> {
    let name = name(seq);
    disk.remove(&name).map_err(failed(&name, "remove"))
}

/// Returns the lines of a range that have a payload, in their order.
pub fn lines<D: Disk>(disk: &D, range: Range<u64>) -> Result<Vec<u64>, StoreError> {
    let files = disk.list(PAYLOADS).map_err(failed(PAYLOADS, "list"))?;
    let mut lines: Vec<u64> =
        files.iter().filter_map(|file| line_of(file)).filter(|seq| range.contains(seq)).collect();
    lines.sort_unstable();
    Ok(lines)
}

/// Returns the payloads of lines that have one.
pub fn all<D: Disk>(disk: &D, lines: &[u64]) -> Result<Vec<Payload>, StoreError> {
    let read = |seq: &u64| {
        let name = name(*seq);
        let file = disk.read(&name, 0..MAX_FILE).map_err(failed(&name, "read"))?;
        Ok(Payload { seq: *seq, file })
    };
    lines.iter().map(read).collect()
}

/// Returns payloads of lines that the log does not have.
pub fn orphans<D: Disk>(disk: &D, size: u64) -> Result<Vec<Payload>, StoreError> {
    all(disk, &lines(disk, size..u64::MAX)?)
}

/// Payloads as one piece for `quarantine/`: the name of each and its length, its bytes, a line end.
pub fn piece(orphans: &[Payload]) -> Vec<u8> {
    let mut piece = Vec::new();
    for Payload { seq, file } in orphans {
        piece.extend(format!("{} {}\n", name(*seq), file.len()).into_bytes());
        piece.extend_from_slice(file);
        piece.push(b'\n');
    }
    piece
}

/// Keeps what is left of an event, durably.
pub fn keep<D: Disk>(disk: &D, redacted: &Redacted) -> Result<(), StoreError> {
    let name = format!("{REDACTED}/{}.json", redacted.seq);
    disk.sync_folder(REDACTED).map_err(failed(REDACTED, "make"))?;
    disk.replace(&name, &redacted.to_json()).map_err(failed(&name, "write"))
}

/// What is left of redacted events, by their lines.
pub type Left = BTreeMap<u64, Redacted>;

/// Returns what is left of the events that were redacted.
pub fn left<D: Disk>(disk: &D) -> Result<Left, StoreError> {
    let mut left = Left::new();
    for file in disk.list(REDACTED).map_err(failed(REDACTED, "list"))? {
        let Some(seq) = line_of(&file) else { continue };
        let name = format!("{REDACTED}/{file}");
        let redacted = Redacted::from_json(&read_file(disk, &name)?.unwrap_or_default(), &name)?;
        if redacted.seq != seq {
            return Err(StoreError::Corrupt {
                place: name,
                reason: format!("it is of line {}", redacted.seq),
            });
        }
        left.insert(seq, redacted);
    }
    Ok(left)
}

/// Adds what redacted events took out to what others did, in the order of the log.
pub fn with_replaced(mut replaced: Vec<Replaced>, left: &Left) -> Vec<Replaced> {
    if !left.is_empty() {
        replaced.extend(left.values().filter_map(Redacted::replaced));
        replaced.sort_unstable_by_key(|replaced| replaced.by);
        // An event that is redacted at this moment may be found in both places.
        replaced.dedup_by_key(|replaced| replaced.by);
    }
    replaced
}

/// Refuses a log whose redactions are not those that something is left of.
pub fn check(left: &Left, mut marks: Vec<u64>) -> Result<(), StoreError> {
    let mut by: Vec<u64> = left.values().map(|redacted| redacted.by).collect();
    by.sort_unstable();
    marks.sort_unstable();
    if by == marks {
        return Ok(());
    }
    let missing = marks.iter().find(|mark| by.binary_search(mark).is_err());
    let reason = match missing {
        Some(mark) => format!("nothing is left of the event that line {mark} of the log redacts"),
        None => "it has events that no line of the log redacts".to_owned(),
    };
    Err(StoreError::Corrupt { place: REDACTED.to_owned(), reason })
}
