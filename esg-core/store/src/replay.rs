//! The end of a log after whatever happened: what is whole, what is a torn piece, and what fits nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use esg_core::audit::{Hash, LogName, Record, RecordKind, check_payload, commitment};
use esg_core::store::{Events, Payload, Redacted, Replay, StoreError};
use serde_json::Value;

use crate::disk::Disk;
use crate::intact::{self, Files};
use crate::payloads::{self, Left};
use crate::segments::{Sealed, Segments, failed, file_name};
use crate::sqlite::Tail;

/// What the database has of a log.
#[derive(Debug)]
pub struct Kept {
    /// Full segments.
    pub sealed: Vec<Arc<Sealed>>,
    /// What was in memory when the ledger was closed in order.
    pub tail: Option<Tail>,
}

/// A log, as it was found.
#[derive(Debug)]
pub struct Found<D: Disk> {
    /// All whole lines.
    pub segments: Segments<D>,
    /// SHA-256 of the last one.
    pub prev: Hash,
    /// How many full segments the database has.
    pub kept: usize,
    /// What follows them, segment by segment.
    pub parts: Vec<Part>,
    /// Lines that the database does not have.
    pub rest: Vec<Lines>,
    /// Pieces behind the last whole line.
    pub torn: Vec<Torn>,
    /// Payloads of lines that are not there.
    pub orphans: Vec<Payload>,
    /// What is left of events that were redacted.
    pub left: Left,
    /// Those among them that lines redact which the database does not have: they may not be gone everywhere yet.
    pub undone: Vec<Redacted>,
}

/// Events of a segment that the database does not have as a full one.
#[derive(Debug)]
pub struct Part {
    /// Events.
    pub events: Events,
    /// Records that are about the ledger.
    pub marks: Vec<(u64, RecordKind)>,
    /// The segment, where these were what made it full.
    pub sealed: Option<Arc<Sealed>>,
}

/// Whole lines at the end of a file.
#[derive(Debug)]
pub struct Lines {
    /// The file.
    pub file: String,
    /// Where they begin.
    pub at: u64,
    /// The lines with their LFs.
    pub bytes: Vec<u8>,
    /// What detached ones among them committed to, by their numbers.
    pub payloads: BTreeMap<u64, Vec<u8>>,
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

/// Reads what of a log the database does not have, and compares the files with what it has. Changes nothing.
///
/// # Errors
/// `Io`; `Corrupt` where a file is not what it was, or a whole line is not one of this log.
pub fn read<D: Disk>(
    disk: &Arc<D>,
    name: &LogName,
    lines: usize,
    kept: Kept,
    files: Files,
) -> Result<Found<D>, StoreError> {
    let Kept { sealed, tail } = kept;
    intact::sealed(&**disk, &sealed, files)?;
    let (kept, mut prev) = (sealed.len(), sealed.last().map_or(Hash::ZERO, |sealed| sealed.last));
    let mut segments = Segments::new(Arc::clone(disk), lines, sealed);
    let mut parts = Vec::new();
    if let Some(tail) = tail {
        let known = intact::tail(&**disk, &segments, &tail)?;
        segments.resume(&known, tail.ends, tail.leaves);
        prev = tail.prev;
        parts.push(Part { events: tail.events, marks: tail.marks, sealed: None });
    }
    let mut reading = Reading {
        name,
        known: segments.view().size(),
        prev,
        seq: segments.view().size(),
        batch: None,
        redactions: BTreeMap::new(),
        rest: Vec::new(),
        torn: Vec::new(),
    };
    let mut file = kept;
    let mut at = segments.view().open_ends().last().copied().unwrap_or(0);
    loop {
        let text = file_name(file);
        let bytes = match disk.len(&text).map_err(failed(&text, "look for"))? {
            Some(length) => disk.read(&text, at..length).map_err(failed(&text, "read"))?,
            None => Vec::new(),
        };
        let last = (file as u64 + 1) * lines as u64;
        reading.file(&**disk, &text, at, bytes, last)?;
        (file, at) = (file + 1, 0);
        if reading.seq < last {
            break;
        }
    }
    refuse_strays(&**disk, file, reading.seq)?;
    reading.cut_batch();
    let mut left = payloads::left(&**disk)?;
    let redactions = std::mem::take(&mut reading.redactions);
    for part in &mut parts {
        for seq in redactions.keys() {
            if part.events.at(*seq).is_some() {
                part.events = part.events.without(*seq)?;
            }
        }
    }
    for lines in &reading.rest {
        let (part, leaves, last) = replayed(lines, prev, &redactions, &mut left)?;
        segments.found(&lines.bytes, &leaves);
        prev = last;
        let sealed = (segments.room() == 0).then(|| segments.seal(last));
        parts.push(Part { sealed, ..part });
    }
    let Reading { rest, torn, .. } = reading;
    let undone = undone(&**disk, &segments, &redactions, &mut left)?;
    let orphans = payloads::orphans(&**disk, segments.view().size())?;
    Ok(Found { segments, prev, kept, parts, rest, torn, orphans, left, undone })
}

/// What is left of the events that lines redact which the database does not have: `redactions` is (event, line that redacts it).
fn undone<D: Disk>(
    disk: &D,
    segments: &Segments<D>,
    redactions: &BTreeMap<u64, u64>,
    left: &mut Left,
) -> Result<Vec<Redacted>, StoreError> {
    let mut undone = Vec::new();
    for (&seq, &by) in redactions {
        let redacted = match left.get(&seq) {
            Some(redacted) => redacted.clone(),
            None => {
                let (mut made, payload) = (None, payloads::read(disk, seq)?);
                segments.view().lines(seq..seq + 1, &mut |_, line| {
                    let record = Record::parse(line).map_err(|error| StoreError::Corrupt {
                        place: format!("line {seq} of the log"),
                        reason: error.to_string(),
                    });
                    made = Some(record.and_then(|record| Replay::redacted(&record, payload.as_deref(), by)));
                    false
                })?;
                let missing = StoreError::Missing { seq, size: segments.view().size() };
                made.unwrap_or(Err(missing))?
            }
        };
        left.insert(seq, redacted.clone());
        undone.push(redacted);
    }
    Ok(undone)
}

/// Refuses files behind the one that the log ends in.
fn refuse_strays<D: Disk>(disk: &D, files: usize, size: u64) -> Result<(), StoreError> {
    for stray in disk.list("log").map_err(failed("log", "list"))? {
        let number = stray.strip_suffix(".jsonl").and_then(|number| number.parse::<usize>().ok());
        let length = disk.len(&format!("log/{stray}")).map_err(failed("log", "list"))?;
        // A file that was made for a segment and got no line yet is no stray.
        if number.is_none_or(|number| number >= files) && length.unwrap_or(0) > 0 {
            let reason = format!("the log ends before it, with {size} lines");
            return Err(StoreError::Corrupt { place: format!("log/{stray}"), reason });
        }
    }
    Ok(())
}

/// Events of lines, their leaves, and the SHA-256 of the last one. Of those that later lines redact, what is left is noted.
fn replayed(
    lines: &Lines,
    before: Hash,
    redactions: &BTreeMap<u64, u64>,
    left: &mut Left,
) -> Result<(Part, Vec<Hash>, Hash), StoreError> {
    let mut replay = Replay::default();
    let (mut leaves, mut prev) = (Vec::new(), before);
    for line in lines.bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = &line[..line.len() - 1];
        let record = Record::parse(line)
            .map_err(|error| StoreError::Corrupt { place: lines.file.clone(), reason: error.to_string() })?;
        let payload = lines.payloads.get(&record.seq()).map(Vec::as_slice);
        match redactions.get(&record.seq()) {
            None => replay.push(&record, payload)?,
            Some(_) if left.contains_key(&record.seq()) => {}
            Some(by) => {
                left.insert(record.seq(), Replay::redacted(&record, payload, *by)?);
            }
        }
        let (hash, leaf) = Hash::of_line(line);
        leaves.push(leaf);
        prev = hash;
    }
    let (events, marks) = replay.finish();
    Ok((Part { events, marks, sealed: None }, leaves, prev))
}

struct Reading<'n> {
    name: &'n LogName,
    /// Lines that the database has.
    known: u64,
    prev: Hash,
    seq: u64,
    /// (number of the last item, items) of a request that is whole or not there, while it is not whole.
    batch: Option<(u64, u64)>,
    /// The lines of redactions, by those of the events.
    redactions: BTreeMap<u64, u64>,
    rest: Vec<Lines>,
    torn: Vec<Torn>,
}

impl Reading<'_> {
    /// Takes the whole lines of a file whose last line is the one before `last`, and sets the piece behind them apart.
    fn file<D: Disk>(
        &mut self,
        disk: &D,
        file: &str,
        at: u64,
        mut bytes: Vec<u8>,
        last: u64,
    ) -> Result<(), StoreError> {
        let mut payloads = BTreeMap::new();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1);
        let piece = bytes.split_off(whole);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line(disk, file, (&line[..line.len() - 1], last), &mut payloads)?;
        }
        if !piece.is_empty() {
            self.check_piece(file, &piece, last)?;
            self.torn.push(Torn { file: file.to_owned(), at: at + whole as u64, bytes: piece });
        }
        if !bytes.is_empty() {
            self.rest.push(Lines { file: file.to_owned(), at, bytes, payloads });
        }
        Ok(())
    }

    fn line<D: Disk>(
        &mut self,
        disk: &D,
        file: &str,
        (line, last): (&[u8], u64),
        payloads: &mut BTreeMap<u64, Vec<u8>>,
    ) -> Result<(), StoreError> {
        let record = Record::parse(line).map_err(|error| self.corrupt(file, error.to_string()))?;
        if record.log() != self.name.as_str() || record.seq() != self.seq || record.prev() != self.prev {
            return Err(self.corrupt(file, "it does not follow the line before".to_owned()));
        }
        if self.seq == last {
            return Err(self.corrupt(file, "the file was full before it".to_owned()));
        }
        let payload = payloads::of(disk, &record)?;
        let batch = match batch(&record, payload.as_deref()) {
            Ok(batch) => batch,
            // It was redacted, or else is refused when it is replayed. A request that it was part of is whole.
            Err(Gone) => self.batch.map(|(item, of)| (item + 1, of)),
        };
        payloads.extend(payload.map(|payload| (record.seq(), payload)));
        // A crash can cut a request only where the log ends.
        if let Some((item, of)) = self.batch
            && batch != Some((item + 1, of))
        {
            let reason = format!("it is not item {} of {of} of the request before it", item + 1);
            return Err(self.corrupt(file, reason));
        }
        self.batch = batch.filter(|(item, of)| item + 1 < *of);
        if record.kind() == RecordKind::Redaction {
            let body: Value = serde_json::from_slice(record.body()).unwrap_or_default();
            let seq = body["seq"].as_u64().filter(|seq| *seq < record.seq());
            let seq = seq.ok_or_else(|| self.corrupt(file, "it redacts no earlier line".to_owned()))?;
            self.redactions.insert(seq, record.seq());
        }
        self.prev = Hash::of(line);
        self.seq += 1;
        Ok(())
    }

    /// Refuses a piece that no crash leaves: a write that was cut short ends where it was cut, or in zeros.
    fn check_piece(&self, file: &str, piece: &[u8], last: u64) -> Result<(), StoreError> {
        if self.seq == last {
            return Err(self.corrupt(file, "the file was full before it".to_owned()));
        }
        match piece {
            [line @ .., 1..=255] if Record::parse(line).is_ok() => {
                Err(self.corrupt(file, "it ends in another byte than LF".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn corrupt(&self, file: &str, reason: String) -> StoreError {
        StoreError::Corrupt { place: format!("{file}, line {} of the log", self.seq), reason }
    }

    /// Sets apart the lines of a request that is not whole.
    fn cut_batch(&mut self) {
        let Some((item, _)) = self.batch.take() else { return };
        let mut lines = (item + 1).min(self.seq - self.known);
        for Lines { file, at, bytes, .. } in self.rest.iter_mut().rev() {
            let mut cut = bytes.len();
            while lines > 0 && cut > 0 {
                cut = bytes[..cut - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1);
                lines -= 1;
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
        // From the first file on, whichever was found first.
        self.torn.sort_by(|a, b| a.file.cmp(&b.file));
        self.rest.retain(|lines| !lines.bytes.is_empty());
    }
}

/// A payload that is not there, or not what its record committed to.
struct Gone;

/// The item and the number of items of a request that is whole or not there.
fn batch(record: &Record<'_>, payload: Option<&[u8]>) -> Result<Option<(u64, u64)>, Gone> {
    let body = match commitment(record.body()) {
        Ok(Some(said)) => check_payload(payload.ok_or(Gone)?, said).map_err(|_| Gone)?,
        _ => record.body(),
    };
    // The member stands first; most records have none.
    if !body.starts_with(b"{\"batch\":") {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    Ok(body["batch"]["item"].as_u64().zip(body["batch"]["of"].as_u64()))
}
