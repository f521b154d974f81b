//! The end of a log after whatever happened: what is whole, what is a torn piece, and what fits nothing.

use std::sync::Arc;

use esg_core::audit::{Hash, LogName, Record, RecordKind, SEGMENT_LINES};
use esg_core::store::{Events, Replay, StoreError};
use serde_json::Value;

use crate::disk::Disk;
use crate::segments::{Sealed, Segments, failed, file_name};
use crate::sqlite::Tail;

/// What is known of the segment that is not full, and lines that have to be read from the log again.
#[derive(Debug)]
pub struct OpenSegment<D: Disk> {
    pub segments: Segments<D>,
    /// SHA-256 of the last line that `segments` knows.
    pub prev: Hash,
    pub events: Events,
    pub marks: Vec<(u64, RecordKind)>,
    /// Lines behind those, one entry for each file.
    pub rest: Vec<Rest>,
    /// Pieces behind the last whole line.
    pub torn: Vec<Torn>,
}

/// Lines that were in the log and nowhere else.
#[derive(Debug)]
pub struct Rest {
    pub lines: Vec<u8>,
    pub leaves: Vec<Hash>,
    /// SHA-256 of the last one.
    pub prev: Hash,
    pub events: Events,
    pub marks: Vec<(u64, RecordKind)>,
}

/// Bytes at the end of a file that were never acknowledged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Torn {
    /// The file.
    pub file: String,
    /// Where they begin: the length that the file should have.
    pub at: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Reads what of a log the database does not have. Changes nothing.
///
/// # Errors
/// `Io`; `Corrupt` where a file is shorter than it was, or a whole line is not one of this log.
pub fn read<D: Disk>(
    disk: &Arc<D>,
    name: &LogName,
    sealed: Vec<Arc<Sealed>>,
    tail: Option<Tail>,
) -> Result<OpenSegment<D>, StoreError> {
    check_sealed(&**disk, &sealed)?;
    let first = sealed.len() as u64 * SEGMENT_LINES;
    let last = sealed.last().map_or(Hash::ZERO, |sealed| sealed.last);
    let (segments, prev, events, marks) = match tail {
        Some(tail) if tail.size == first + tail.ends.len() as u64 && tail.ends.len() == tail.leaves.len() => {
            let segments = Segments::with_open(Arc::clone(disk), sealed, tail.ends, tail.leaves);
            (segments, tail.prev, tail.events, tail.marks)
        }
        Some(_) => {
            let reason = "what was kept of the last segment does not follow the full ones".to_owned();
            return Err(StoreError::Corrupt { place: "ledger.db, table tail".to_owned(), reason });
        }
        None => (Segments::new(Arc::clone(disk), sealed), last, Events::default(), Vec::new()),
    };
    let mut found =
        Found { name, prev, seq: segments.view().size(), batch: None, rest: Vec::new(), torn: Vec::new() };
    let mut file = segments.view().sealed().len();
    let mut at = segments.view().open_ends().last().copied().unwrap_or(0);
    loop {
        let text = file_name(file);
        let length = disk.len(&text).map_err(failed(&text, "look for"))?;
        if length.unwrap_or(0) < at {
            let reason = format!("it has {} bytes and had {at}", length.unwrap_or(0));
            return Err(StoreError::Corrupt { place: text, reason });
        }
        let bytes = match length {
            Some(length) => disk.read(&text, at..length).map_err(failed(&text, "read"))?,
            None => Vec::new(),
        };
        found.file(&text, at, bytes)?;
        let full = found.seq == (file as u64 + 1) * SEGMENT_LINES;
        (file, at) = (file + 1, 0);
        if !full {
            break;
        }
    }
    found.cut_batch(segments.view().size());
    for stray in disk.list("log").map_err(failed("log", "list"))? {
        let number = stray.strip_suffix(".jsonl").and_then(|number| number.parse::<usize>().ok());
        let behind = number.is_none_or(|number| number >= file);
        let length = disk.len(&format!("log/{stray}")).map_err(failed("log", "list"))?;
        // A file that was made for a segment and got no line yet is no stray.
        if behind && length.unwrap_or(0) > 0 {
            let reason = format!("the log ends before it, with {} lines", found.seq);
            return Err(StoreError::Corrupt { place: format!("log/{stray}"), reason });
        }
    }
    Ok(OpenSegment { segments, prev, events, marks, rest: found.finish()?, torn: found.torn })
}

/// Refuses full segments whose file has another length than it had.
fn check_sealed<D: Disk>(disk: &D, sealed: &[Arc<Sealed>]) -> Result<(), StoreError> {
    for (number, segment) in sealed.iter().enumerate() {
        let name = file_name(number);
        let had = segment.starts.last().copied().unwrap_or(0);
        let has = disk.len(&name).map_err(failed(&name, "look for"))?.unwrap_or(0);
        if has != had {
            return Err(StoreError::Corrupt {
                place: name,
                reason: format!("it has {has} bytes and had {had}"),
            });
        }
    }
    Ok(())
}

struct Found<'n> {
    name: &'n LogName,
    prev: Hash,
    seq: u64,
    /// (number of the last item, items) of a request that is whole or not there, while it is not whole.
    batch: Option<(u64, u64)>,
    /// Name, place and lines of each file.
    rest: Vec<(String, u64, Vec<u8>)>,
    torn: Vec<Torn>,
}

impl Found<'_> {
    /// Takes the whole lines of a file, and sets the piece behind them apart.
    fn file(&mut self, file: &str, at: u64, mut bytes: Vec<u8>) -> Result<(), StoreError> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1);
        let piece = bytes.split_off(whole);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = &line[..line.len() - 1];
            let corrupt = |reason: String| StoreError::Corrupt {
                place: format!("{file}, line {} of the log", self.seq),
                reason,
            };
            let record = Record::parse(line).map_err(|error| corrupt(error.to_string()))?;
            if record.log() != self.name.as_str() || record.seq() != self.seq || record.prev() != self.prev {
                return Err(corrupt("it does not follow the line before".to_owned()));
            }
            self.batch = unfinished(&record);
            self.prev = Hash::of(line);
            self.seq += 1;
        }
        if !piece.is_empty() {
            self.torn.push(Torn { file: file.to_owned(), at: at + whole as u64, bytes: piece });
        }
        self.rest.push((file.to_owned(), at, bytes));
        Ok(())
    }

    /// Sets apart the lines of a request that is not whole.
    fn cut_batch(&mut self, known: u64) {
        let Some((item, _)) = self.batch.take() else { return };
        let mut lines = (item + 1).min(self.seq - known);
        for (file, at, bytes) in self.rest.iter_mut().rev() {
            let mut cut = bytes.len();
            while lines > 0 && cut > 0 {
                cut = bytes[..cut - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1);
                lines -= 1;
                self.seq -= 1;
            }
            let piece = bytes.split_off(cut);
            if piece.is_empty() {
                continue;
            }
            let place = *at + cut as u64;
            match self.torn.iter_mut().find(|torn| torn.file == *file) {
                Some(torn) => {
                    torn.at = place;
                    torn.bytes.splice(0..0, piece);
                }
                None => self.torn.push(Torn { file: file.clone(), at: place, bytes: piece }),
            }
        }
    }

    fn finish(&mut self) -> Result<Vec<Rest>, StoreError> {
        let rest = |(file, _, lines): (String, u64, Vec<u8>)| {
            let mut replay = Replay::default();
            let (mut leaves, mut prev) = (Vec::new(), Hash::ZERO);
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                let line = &line[..line.len() - 1];
                let record = Record::parse(line).map_err(|error| StoreError::Corrupt {
                    place: file.clone(),
                    reason: error.to_string(),
                })?;
                replay.push(&record)?;
                leaves.push(Hash::leaf(line));
                prev = Hash::of(line);
            }
            let (events, marks) = replay.finish();
            Ok(Rest { lines, leaves, prev, events, marks })
        };
        let whole = |(_, _, lines): &(String, u64, Vec<u8>)| !lines.is_empty();
        std::mem::take(&mut self.rest).into_iter().filter(whole).map(rest).collect()
    }
}

/// The item and the number of items of a request that this record does not end.
fn unfinished(record: &Record<'_>) -> Option<(u64, u64)> {
    // The member stands first; most records have none.
    if !record.body().starts_with(b"{\"batch\":") {
        return None;
    }
    let body: Value = serde_json::from_slice(record.body()).ok()?;
    let (item, of) = (body["batch"]["item"].as_u64()?, body["batch"]["of"].as_u64()?);
    (item + 1 < of).then_some((item, of))
}
