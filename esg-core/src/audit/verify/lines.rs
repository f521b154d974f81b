//! What each line says alone: everything that can be found out without its neighbours, on all cores.

use serde::Deserialize;

use crate::audit::hash::Hash;
use crate::audit::record::Record;
use crate::audit::redaction::commitment;
use crate::audit::word::{LogName, RecordKind};
use crate::audit::{AuditError, VerifierKey};

/// What a line was found to be.
pub(super) struct Line {
    /// SHA-256 of its bytes: what the next line should have for `prev`.
    pub hash: Hash,
    pub leaf: Hash,
    /// `seq` and `prev`, where the line could be read.
    pub read: Option<(u64, Hash)>,
    pub matter: Matter,
    pub wrong: Option<Box<AuditError>>,
}

/// What later checks need of a record.
pub(super) enum Matter {
    Nothing,
    /// A payload elsewhere, and what was committed to.
    Detached(Hash),
    /// The payload of this record was deleted.
    Redaction(u64),
    Rotation(Box<Rotated>),
}

/// The keys of a `key.rotated` record.
pub(super) struct Rotated {
    pub old: VerifierKey,
    pub new: VerifierKey,
}

/// The lines of a segment, and the number of bytes behind the last LF.
pub(super) fn read(segment: &[u8], log: &LogName) -> (Vec<Line>, usize) {
    let whole = segment.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let lines: Vec<Vec<Line>> = each(parts(&segment[..whole]), |mut part| {
        let mut lines = Vec::new();
        while let Some((first, rest)) = next(part) {
            let read = Record::read(first);
            // Two bodies are hashed together.
            part = match next(rest) {
                None => {
                    let body = Hash::of(body(&read));
                    lines.push(line_of(first, read, body, log));
                    rest
                }
                Some((second, rest)) => {
                    let other = Record::read(second);
                    let [hash, other_hash] = Hash::of_both(body(&read), body(&other));
                    lines.push(line_of(first, read, hash, log));
                    lines.push(line_of(second, other, other_hash, log));
                    rest
                }
            };
        }
        lines
    });
    (lines.into_iter().flatten().collect(), segment.len() - whole)
}

/// The first line and what follows its LF.
fn next(part: &[u8]) -> Option<(&[u8], &[u8])> {
    line_end(part).map(|end| (&part[..end], &part[end + 1..]))
}

/// What the line says a hash of; nothing where it could not be read.
fn body<'l>(read: &Result<Record<'l>, AuditError>) -> &'l [u8] {
    read.as_ref().map_or(&[], Record::body)
}

/// Returns where the first LF is.
///
/// Whether there is one among 64 bytes is asked of all of them at once: a tenth of the time of byte after byte.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let here = |chunk: &[u8]| chunk.iter().fold(false, |any, &b| any | (b == b'\n'));
    let (number, chunk) = bytes.chunks(64).enumerate().find(|(_, chunk)| here(chunk))?;
    chunk.iter().position(|&b| b == b'\n').map(|at| 64 * number + at)
}

/// Bytes of a part that one thread takes at a time.
const PART: usize = 256 << 10;

/// Cuts whole lines into parts of whole lines.
fn parts(mut lines: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::with_capacity(lines.len() / PART + 1);
    while lines.len() > PART {
        let end = lines[PART..].iter().position(|&b| b == b'\n').map_or(lines.len(), |at| PART + at + 1);
        let (part, rest) = lines.split_at(end);
        parts.push(part);
        lines = rest;
    }
    parts.push(lines);
    parts
}

#[cfg(feature = "rayon")]
fn each<T: Send>(parts: Vec<&[u8]>, work: impl Fn(&[u8]) -> T + Send + Sync) -> Vec<T> {
    use rayon::prelude::*;
    parts.into_par_iter().map(work).collect()
}

#[cfg(not(feature = "rayon"))]
fn each<T>(parts: Vec<&[u8]>, work: impl Fn(&[u8]) -> T) -> Vec<T> {
    parts.into_iter().map(work).collect()
}

fn line_of(line: &[u8], read: Result<Record<'_>, AuditError>, body: Hash, log: &LogName) -> Line {
    let (hash, leaf) = Hash::of_line(line);
    let mut out = Line { hash, leaf, read: None, matter: Matter::Nothing, wrong: None };
    let wrong = |error| Some(Box::new(error));
    match read.and_then(|record| record.check_body(body).map(|()| record)) {
        Err(error) => out.wrong = wrong(error),
        Ok(record) => {
            out.read = Some((record.seq(), record.prev()));
            if record.log() != log.as_str() {
                let got = record.log().chars().take(80).collect();
                out.wrong = wrong(AuditError::Log { got, log: log.clone() });
            }
            match matter(&record) {
                Ok(matter) => out.matter = matter,
                Err(error) => out.wrong = wrong(error),
            }
        }
    }
    out
}

#[derive(Deserialize)]
struct RedactionBody {
    seq: u64,
}

#[derive(Deserialize)]
struct RotationBody {
    old: String,
    new: String,
}

fn matter(record: &Record<'_>) -> Result<Matter, AuditError> {
    let wrong = |rule| AuditError::Member { member: "body", rule };
    Ok(match record.kind() {
        RecordKind::TelemetryAccepted | RecordKind::Correction => {
            commitment(record.body())?.map_or(Matter::Nothing, Matter::Detached)
        }
        RecordKind::Redaction => {
            let body: RedactionBody = serde_json::from_slice(record.body())
                .map_err(|_| wrong("without the whole number seq of a redaction"))?;
            Matter::Redaction(body.seq)
        }
        RecordKind::KeyRotated => {
            let body: RotationBody = serde_json::from_slice(record.body())
                .map_err(|_| wrong("without the texts old and new of a rotation"))?;
            Matter::Rotation(Box::new(Rotated { old: body.old.parse()?, new: body.new.parse()? }))
        }
        RecordKind::TelemetryConflict
        | RecordKind::TelemetryRejectedBatch
        | RecordKind::FactorPublished
        | RecordKind::CalcCompleted
        | RecordKind::ReportIssued
        | RecordKind::PeriodClosed
        | RecordKind::Recovery => Matter::Nothing,
    })
}
