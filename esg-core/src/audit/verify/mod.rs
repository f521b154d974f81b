//! The whole log, checked from its bytes.
//!
//! One finding seldom says everything: after a line that was changed, its link, a root and a list of hashes are wrong as
//! well. So all of them are collected, each with its place, and the first line is what to look at. What can be found
//! depends on what is at hand:
//!
//! | at hand | an edit, a line lost or added in the middle | a cut tail | a history written anew | by the owner of the key |
//! |---|---|---|---|---|
//! | the log alone | found | not found | not found | not found |
//! | and a checkpoint kept elsewhere | found | found up to its size | found up to its size | found up to its size |
//! | and the key | found | as above; a forged checkpoint is found too | as above | as above |
//!
//! Nothing shows an event that was never recorded.

mod kept;
mod lines;
mod links;
mod sums;

use std::collections::BTreeSet;
use std::fmt;

use self::kept::Kept;
use self::lines::Matter;
use self::links::Links;
use self::sums::Sums;
use super::frontier::Frontier;
use super::hash::Hash;
use super::key::VerifierKey;
use super::redaction::check_payload;
use super::word::LogName;
use super::{AuditError, SEGMENT_LINES};

/// Most findings that are listed; the rest is counted.
pub const MAX_FINDINGS: usize = 1000;

/// The file of a detached payload by the number of its record, or nothing where there is none.
pub type Payloads<'a> = dyn Fn(u64) -> Option<Vec<u8>> + 'a;

/// What a log is checked against.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    log: &'a LogName,
    key: Option<&'a VerifierKey>,
    checkpoints: &'a [&'a str],
    sums: Option<&'a str>,
    payloads: Option<&'a Payloads<'a>>,
}

impl<'a> Options<'a> {
    /// Returns options for a log of this name, with nothing else to compare it with.
    pub fn new(log: &'a LogName) -> Self {
        Self { log, key: None, checkpoints: &[], sums: None, payloads: None }
    }

    /// The key that the log began with, from elsewhere than the log. Without it, signatures are not looked at.
    #[must_use]
    pub const fn key(self, key: &'a VerifierKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Signed notes of checkpoints, from the log's folder and from whoever kept some.
    #[must_use]
    pub const fn checkpoints(self, notes: &'a [&'a str]) -> Self {
        Self { checkpoints: notes, ..self }
    }

    /// The text of `SHA256SUMS`.
    #[must_use]
    pub const fn sums(self, text: &'a str) -> Self {
        Self { sums: Some(text), ..self }
    }

    /// Where detached payloads are. Without it they are not looked at.
    #[must_use]
    pub const fn payloads(self, payloads: &'a Payloads<'a>) -> Self {
        Self { payloads: Some(payloads), ..self }
    }
}

/// Where something is wrong. Lines are numbered from 0 on, as `seq` is in a log that is whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// A line.
    Line(u64),
    /// One of these lines, or several.
    Lines {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A checkpoint, by its place among those that were given, from 0 on.
    Checkpoint(usize),
    /// A segment, from 0 on.
    Segment(u64),
    /// The payload of a record.
    Payload(u64),
    /// The list of sealed segments.
    Sums,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Lines { first, last } if first == last => write!(f, "line {first}"),
            Self::Lines { first, last } => write!(f, "one or more of the lines {first} to {last}"),
            Self::Checkpoint(number) => write!(f, "checkpoint {number} of those given"),
            Self::Segment(segment) => write!(f, "{}", sums::file(*segment)),
            Self::Payload(seq) => write!(f, "payloads/{seq}.json"),
            Self::Sums => write!(f, "SHA256SUMS"),
        }
    }
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What.
    pub error: AuditError,
}

impl Finding {
    /// The first line that it is about.
    pub const fn line(&self) -> Option<u64> {
        match self.place {
            Place::Line(line) | Place::Lines { first: line, .. } => Some(line),
            Place::Checkpoint(_) | Place::Segment(_) | Place::Payload(_) | Place::Sums => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.error)
    }
}

/// A change of the key, as a record says it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rotation {
    /// The record.
    pub seq: u64,
    /// The key of checkpoints of more than `seq` lines.
    pub new: VerifierKey,
    /// A kept checkpoint that includes the record is signed by the old key too. Without that, a record that anyone who can
    /// write the file may have added is all that speaks for the new key, which is a finding.
    pub vouched: bool,
}

/// What was found about a log.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How many lines it has.
    pub size: u64,
    /// The root of its Merkle tree.
    pub root: Hash,
    /// SHA-256 of its last line; zeros for an empty log.
    pub last: Hash,
    /// Up to this size a checkpoint says that the log is what it was. Lines from there on rest on their chain alone.
    pub vouched: u64,
    /// Changes of the key.
    pub rotations: Vec<Rotation>,
    /// Records whose payload is elsewhere, and how many of those were redacted.
    pub detached: u64,
    /// Redacted records.
    pub redacted: u64,
    /// What is wrong, at most [`MAX_FINDINGS`]: lines in their order first.
    pub findings: Vec<Finding>,
    /// Findings beyond those that are listed.
    pub unlisted: u64,
}

impl Verdict {
    /// True when nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The first line with which something is wrong.
    pub fn first_line(&self) -> Option<u64> {
        self.findings.iter().filter_map(Finding::line).min()
    }
}

/// Checks a log of segments of [`SEGMENT_LINES`] lines each, in their order.
///
/// # Examples
/// ```
/// use esg_core::audit::{Chain, Options, RecordKind, verify};
///
/// let log = "example.org/log".parse()?;
/// let (mut chain, mut out) = (Chain::new("example.org/log".parse()?), Vec::new());
/// for minute in 0..3 {
///     let time = format!("2024-03-15T14:{minute:02}:00Z").parse()?;
///     chain.append(RecordKind::Correction, "meter", time, br#"{"kwh":"12.5"}"#, &mut out)?;
/// }
/// let verdict = verify([&out], Options::new(&log));
/// assert!(verdict.is_clean());
/// assert_eq!((verdict.size, verdict.root), (3, chain.root()));
///
/// let forged = String::from_utf8(out).unwrap().replacen("14:01", "14:07", 1);
/// let verdict = verify([&forged], Options::new(&log));
/// assert_eq!((verdict.first_line(), verdict.findings[0].error.code()), (Some(1), "audit.prev"));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn verify<S: AsRef<[u8]>>(segments: impl IntoIterator<Item = S>, options: Options<'_>) -> Verdict {
    let mut verifier = Verifier::new(options);
    segments.into_iter().for_each(|segment| verifier.segment(segment.as_ref()));
    verifier.finish()
}

/// A check that is under way: takes one segment after another, so that only one of them has to be in memory.
///
/// A copy goes on from where it was made.
#[derive(Clone)]
pub struct Verifier<'a> {
    options: Options<'a>,
    kept: Kept,
    sums: Option<Sums>,
    frontier: Frontier,
    links: Links,
    /// How many lines each segment before this one has to have, and how many the last one had.
    segments: u64,
    last_lines: u64,
    rotations: Vec<Rotation>,
    detached: Vec<(u64, Hash)>,
    redacted: BTreeSet<u64>,
    findings: Vec<Finding>,
    unlisted: u64,
}

impl<'a> Verifier<'a> {
    /// Returns a check at the start of a log.
    pub fn new(options: Options<'a>) -> Self {
        let mut findings = Vec::new();
        let kept = Kept::read(options.checkpoints, options.log, &mut findings);
        let found = |error| findings.push(Finding { place: Place::Sums, error });
        let sums = options.sums.map(|text| Sums::read(text, found));
        Self {
            options,
            kept,
            sums,
            frontier: Frontier::new(),
            links: Links::default(),
            segments: 0,
            last_lines: SEGMENT_LINES,
            rotations: Vec::new(),
            detached: Vec::new(),
            redacted: BTreeSet::new(),
            findings,
            unlisted: 0,
        }
    }

    /// Takes the next segment: all of its bytes.
    pub fn segment(&mut self, bytes: &[u8]) {
        let number = self.segments;
        if self.last_lines != SEGMENT_LINES {
            let error = AuditError::Segment { lines: self.last_lines };
            self.find(Finding { place: Place::Segment(number - 1), error });
        }
        let log = self.options.log;
        let ((lines, torn), sum) =
            both(|| lines::read(bytes, log), || self.sums.is_some().then(|| Hash::of(bytes)));
        self.segments += 1;
        self.last_lines = lines.len() as u64 + u64::from(torn > 0);
        let leaves: Vec<Hash> = lines.iter().map(|line| line.leaf).collect();
        self.kept.extend(&mut self.frontier, &leaves);
        for line in lines {
            self.line(line);
        }
        if torn > 0 {
            let place = Place::Line(self.links.size());
            self.find(Finding { place, error: AuditError::Torn { bytes: torn } });
        }
        let sealed = self.last_lines == SEGMENT_LINES;
        if let (Some(sums), Some(sum)) = (&mut self.sums, sum)
            && let Err(error) = sums.check(number, sealed, sum)
        {
            self.find(Finding { place: Place::Segment(number), error });
        }
    }

    fn line(&mut self, mut line: lines::Line) {
        let number = self.links.size();
        let mut found = Vec::new();
        self.links.push(&mut line, |finding| found.push(finding));
        let wrong = match line.matter {
            Matter::Nothing => None,
            Matter::Detached(commitment) => {
                self.detached.push((number, commitment));
                None
            }
            Matter::Redaction(seq) if self.detached.binary_search_by_key(&seq, |(n, _)| *n).is_err() => {
                Some(AuditError::Redaction { seq, reason: "is no earlier record with a detached payload" })
            }
            Matter::Redaction(seq) if !self.redacted.insert(seq) => {
                Some(AuditError::Redaction { seq, reason: "was redacted before" })
            }
            Matter::Redaction(_) => None,
            Matter::Rotation(keys) => {
                let before = self.rotations.last().map(|rotation| &rotation.new).or(self.options.key);
                let wrong = before.is_some_and(|key| *key != keys.old);
                let shown = keys.old.to_string();
                self.rotations.push(Rotation { seq: number, new: keys.new, vouched: false });
                wrong.then_some(AuditError::Rotation { old: shown })
            }
        };
        found.extend(wrong.map(|error| Finding { place: Place::Line(number), error }));
        found.into_iter().for_each(|finding| self.find(finding));
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }

    /// Ends the check.
    pub fn finish(mut self) -> Verdict {
        let mut late = Vec::new();
        let size = self.links.size();
        let vouched = self.kept.finish(size, self.options.key, &mut self.rotations, &mut late);
        late.extend(self.links.finish(vouched));
        if self.options.key.is_some() {
            late.extend(self.rotations.iter().filter(|rotation| !rotation.vouched).map(|rotation| {
                let error = AuditError::Unendorsed { new: rotation.new.to_string() };
                Finding { place: Place::Line(rotation.seq), error }
            }));
        }
        let missing = self.sums.take().into_iter().flat_map(Sums::missing);
        late.extend(missing.map(|error| Finding { place: Place::Sums, error }));
        if let Some(payloads) = self.options.payloads {
            late.extend(self.detached.iter().filter_map(|(seq, commitment)| {
                let error = payload(*seq, *commitment, payloads(*seq), self.redacted.contains(seq)).err()?;
                Some(Finding { place: Place::Payload(*seq), error })
            }));
        }
        late.into_iter().for_each(|finding| self.find(finding));
        self.findings.sort_by_key(|finding| finding.line().unwrap_or(u64::MAX));
        Verdict {
            size,
            root: self.frontier.root(),
            last: self.links.last(),
            vouched,
            rotations: self.rotations,
            detached: self.detached.len() as u64,
            redacted: self.redacted.len() as u64,
            findings: self.findings,
            unlisted: self.unlisted,
        }
    }
}

fn payload(seq: u64, commitment: Hash, file: Option<Vec<u8>>, redacted: bool) -> Result<(), AuditError> {
    match file {
        None if redacted => Ok(()),
        None => Err(AuditError::PayloadMissing { seq }),
        Some(_) if redacted => {
            Err(AuditError::Redaction { seq, reason: "was redacted, and its payload is still there" })
        }
        Some(file) => check_payload(&file, commitment).map(|_| ()),
    }
}

#[cfg(feature = "rayon")]
fn both<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(a, b)
}

#[cfg(not(feature = "rayon"))]
fn both<A, B>(a: impl FnOnce() -> A, b: impl FnOnce() -> B) -> (A, B) {
    (a(), b())
}
