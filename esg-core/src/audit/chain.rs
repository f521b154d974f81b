//! The writer of a log: one line after another, each with the hash of the one before.

use super::frontier::Frontier;
use super::hash::Hash;
use super::word::{LogName, MAX_NAME, RecordKind};
use super::{AuditError, MAX_LINE, MAX_SIZE, VERSION, scan};
use crate::canonical;
use crate::time::Instant;

/// The end of a log: all that the next line depends on.
#[derive(Clone, Debug)]
pub struct Chain {
    name: LogName,
    prev: Hash,
    frontier: Frontier,
    words: Words,
}

/// A line that was appended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its number, from 0 on.
    pub seq: u64,
    /// Its leaf of the Merkle tree.
    pub leaf: Hash,
}

impl Chain {
    /// Returns the chain of an empty log.
    pub fn new(name: LogName) -> Self {
        Self::resume(name, Hash::ZERO, Frontier::new())
    }

    /// Returns the chain of a log that has lines: `prev` is the SHA-256 of its last one without the LF.
    pub fn resume(name: LogName, prev: Hash, frontier: Frontier) -> Self {
        let words = Words::new(&name);
        Self { name, prev, frontier, words }
    }

    /// The log's name.
    pub const fn name(&self) -> &LogName {
        &self.name
    }

    /// How many lines there are, which is the number of the next one.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// What the next line will have for `prev`.
    pub const fn prev(&self) -> Hash {
        self.prev
    }

    /// The right edge of the Merkle tree.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The root of the Merkle tree.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends a line with its LF to `out`; `body` is the canonical bytes of an object.
    ///
    /// That a body is canonical is checked here in builds with debug assertions, and always by the reader. After a
    /// refusal neither the chain nor `out` has changed.
    ///
    /// # Errors
    /// `Actor`, `Body`, `TooLong`, `Full`.
    pub fn append(
        &mut self,
        kind: RecordKind,
        actor: &str,
        time: Instant,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Entry, AuditError> {
        self.append_hashed(kind, actor, time, body, &Hash::of(body), out)
    }

    /// Does the same where the SHA-256 of the body is known already.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_hashed(
        &mut self,
        kind: RecordKind,
        actor: &str,
        time: Instant,
        body: &[u8],
        body_hash: &Hash,
        out: &mut Vec<u8>,
    ) -> Result<Entry, AuditError> {
        let (start, seq) = (out.len(), self.size());
        self.words.set(actor, time)?;
        self.words.line(seq, kind, body, body_hash, &self.prev, out)?;
        let line = &out[start..out.len() - 1];
        let (prev, leaf) = Hash::of_line(line);
        self.prev = prev;
        self.frontier.push(leaf);
        Ok(Entry { seq, leaf })
    }

    /// Begins many lines that are taken into the tree together.
    pub const fn bulk(&mut self) -> Bulk<'_> {
        Bulk { prev: self.prev, leaves: Vec::new(), chain: self }
    }
}

/// Many lines at once. The chain moves on when they are finished; one that is dropped has appended nothing to it.
///
/// # Examples
/// ```
/// # use esg_core::audit::{Chain, Hash, RecordKind};
/// let mut chain = Chain::new("example.org/log".parse()?);
/// let (mut out, body, time) = (Vec::new(), b"{}", "2024-03-15T14:30:00Z".parse()?);
/// let mut bulk = chain.bulk();
/// for _ in 0..1000 {
///     bulk.append(RecordKind::TelemetryAccepted, "meter", time, body, &Hash::of(body), &mut out)?;
/// }
/// let leaves = bulk.finish();
/// assert_eq!((leaves.len(), chain.size()), (1000, 1000));
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Bulk<'a> {
    chain: &'a mut Chain,
    prev: Hash,
    leaves: Vec<Hash>,
}

impl Bulk<'_> {
    /// Appends a line with its LF to `out` and returns its number.
    ///
    /// # Errors
    /// As [`Chain::append`].
    pub fn append(
        &mut self,
        kind: RecordKind,
        actor: &str,
        time: Instant,
        body: &[u8],
        body_hash: &Hash,
        out: &mut Vec<u8>,
    ) -> Result<u64, AuditError> {
        let (start, seq) = (out.len(), self.size());
        self.chain.words.set(actor, time)?;
        self.chain.words.line(seq, kind, body, body_hash, &self.prev, out)?;
        let (prev, leaf) = Hash::of_line(&out[start..out.len() - 1]);
        self.prev = prev;
        self.leaves.push(leaf);
        Ok(seq)
    }

    /// How many lines the log has with these.
    pub const fn size(&self) -> u64 {
        self.chain.size() + self.leaves.len() as u64
    }

    /// Moves the chain behind these lines, and returns their leaves in the Merkle tree, in order.
    pub fn finish(self) -> Vec<Hash> {
        self.chain.frontier.extend(&self.leaves);
        self.chain.prev = self.prev;
        self.leaves
    }
}

/// Pieces of a line that seldom change from one to the next, as they stand in it.
#[derive(Clone, Debug)]
struct Words {
    actor: String,
    time: Option<Instant>,
    /// `{"actor":"...","body":`
    head: Vec<u8>,
    /// `","log":"...","prev":"`
    log: Vec<u8>,
    /// `,"time":"...","v":1}` and the LF
    tail: Vec<u8>,
}

impl Words {
    fn new(name: &LogName) -> Self {
        let mut log = b"\",\"log\":".to_vec();
        canonical::string(name.as_str(), &mut log);
        log.extend_from_slice(b",\"prev\":\"");
        Self { actor: String::new(), time: None, head: Vec::new(), log, tail: Vec::new() }
    }

    fn set(&mut self, actor: &str, time: Instant) -> Result<(), AuditError> {
        if self.actor != actor || actor.is_empty() {
            let chars = actor.chars().count();
            if !(1..=MAX_NAME).contains(&chars) {
                return Err(AuditError::Actor { chars });
            }
            actor.clone_into(&mut self.actor);
            self.head.clear();
            self.head.extend_from_slice(b"{\"actor\":");
            canonical::string(actor, &mut self.head);
            self.head.extend_from_slice(b",\"body\":");
        }
        if self.time != Some(time) {
            self.time = Some(time);
            self.tail = format!(",\"time\":\"{time}\",\"v\":{VERSION}}}\n").into_bytes();
        }
        Ok(())
    }

    /// Writes one line, or nothing.
    fn line(
        &self,
        seq: u64,
        kind: RecordKind,
        body: &[u8],
        hash: &Hash,
        prev: &Hash,
        out: &mut Vec<u8>,
    ) -> Result<(), AuditError> {
        check(seq, body, hash)?;
        let kind = kind.as_str().as_bytes();
        let mut digits = [0; 20];
        let seq = decimal(seq, &mut digits);
        let parts: [&[u8]; 11] = [
            &self.head,
            body,
            b",\"hash\":\"",
            &hash.hex(),
            b"\",\"kind\":\"",
            kind,
            &self.log,
            &prev.hex(),
            b"\",\"seq\":",
            seq,
            &self.tail,
        ];
        let bytes = parts.iter().map(|part| part.len()).sum();
        if bytes > MAX_LINE {
            return Err(AuditError::TooLong { bytes });
        }
        out.reserve(bytes);
        parts.iter().for_each(|part| out.extend_from_slice(part));
        Ok(())
    }
}

fn check(seq: u64, body: &[u8], hash: &Hash) -> Result<(), AuditError> {
    if seq >= MAX_SIZE {
        return Err(AuditError::Full { size: seq + 1 });
    }
    let object = body.first() == Some(&b'{') && body.last() == Some(&b'}');
    if !object || cfg!(debug_assertions) && !scan::is_canonical(body) {
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        return Err(AuditError::Body { start });
    }
    debug_assert_eq!(*hash, Hash::of(body), "the hash of the body is not of this body");
    Ok(())
}

/// The digits of a number, at the end of `digits`.
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[at..];
        }
    }
}
