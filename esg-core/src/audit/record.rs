//! The reader of one line: strict, because two readers that differ on a line could be shown two histories.

use std::borrow::Cow;
use std::ops::Range;

use super::hash::Hash;
use super::word::{MAX_NAME, RecordKind};
use super::{AuditError, MAX_LINE, MAX_SIZE, scan};
use crate::canonical;
use crate::json::{self, Reader, Token};
use crate::time::Instant;

/// One line of a log that is well formed and whose body is what its hash says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record<'a> {
    line: &'a [u8],
    actor: Cow<'a, str>,
    body: Range<usize>,
    hash: Hash,
    kind: RecordKind,
    log: Cow<'a, str>,
    prev: Hash,
    seq: u64,
    time: Instant,
}

impl<'a> Record<'a> {
    /// Reads a line without its LF. Text is borrowed from it unless it has escapes.
    ///
    /// # Errors
    /// `TooLong`, `NotCanonical`, `Member`, `Kind`, `BodyHash`.
    pub fn parse(line: &'a [u8]) -> Result<Self, AuditError> {
        let record = Self::read(line)?;
        record.check_body(Hash::of(record.body()))?;
        Ok(record)
    }

    /// Reads a line whose body will be hashed elsewhere.
    pub(super) fn read(line: &'a [u8]) -> Result<Self, AuditError> {
        if line.len() >= MAX_LINE {
            return Err(AuditError::TooLong { bytes: line.len() + 1 });
        }
        match std::str::from_utf8(line).ok().and_then(read_plain) {
            Some(record) => Ok(record),
            None => read_any(line),
        }
    }

    /// Refuses a body that has another hash than the line says.
    pub(super) fn check_body(&self, got: Hash) -> Result<(), AuditError> {
        if got == self.hash { Ok(()) } else { Err(AuditError::BodyHash { got, said: self.hash }) }
    }

    /// The line's bytes without the LF.
    pub const fn line(&self) -> &'a [u8] {
        self.line
    }

    /// Its number in the log, from 0 on.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// When it was recorded.
    pub const fn time(&self) -> Instant {
        self.time
    }

    /// What it says.
    pub const fn kind(&self) -> RecordKind {
        self.kind
    }

    /// Who had it recorded.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The name of its log.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The canonical bytes of its body.
    pub fn body(&self) -> &'a [u8] {
        &self.line[self.body.clone()]
    }

    /// Where the body stands in the line.
    pub fn body_range(&self) -> Range<usize> {
        self.body.clone()
    }

    /// What it says is the SHA-256 of its body.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// What it says is the SHA-256 of the line before.
    pub const fn prev(&self) -> Hash {
        self.prev
    }

    fn check(self) -> Result<Self, AuditError> {
        let wrong = |member, rule| Err(AuditError::Member { member, rule });
        // More bytes than the characters may be is not yet too long, fewer never are.
        let fits =
            |text: &str| !text.is_empty() && (text.len() <= MAX_NAME || text.chars().count() <= MAX_NAME);
        if !fits(&self.actor) {
            return wrong("actor", "not a text of 1 to 200 characters");
        }
        if !fits(&self.log) {
            return wrong("log", "not a text of 1 to 200 characters");
        }
        if self.seq >= MAX_SIZE {
            return wrong("seq", "not below 2^53 - 1");
        }
        Ok(self)
    }
}

/// Reads a line in which nothing is unusual, in one pass. None where it is not sure that all is well.
fn read_plain(text: &str) -> Option<Record<'_>> {
    let line = text.as_bytes();
    let mut rest = Cursor { text, at: 0 };
    rest.literal("{\"actor\":")?;
    let actor = rest.plain_string()?;
    rest.literal(",\"body\":")?;
    let start = rest.at;
    if *line.get(start)? != b'{' {
        return None;
    }
    rest.at = scan::value(line, start, 1)?;
    let body = start..rest.at;
    rest.literal(",\"hash\":\"")?;
    let hash = rest.hash()?;
    rest.literal("\",\"kind\":")?;
    let kind = RecordKind::from_bytes(rest.plain_string()?.as_bytes())?;
    rest.literal(",\"log\":")?;
    let log = rest.plain_string()?;
    rest.literal(",\"prev\":\"")?;
    let prev = rest.hash()?;
    rest.literal("\",\"seq\":")?;
    let digits = rest.at;
    rest.at = scan::number(line, digits)?;
    let seq = text[digits..rest.at].parse().ok()?;
    rest.literal(",\"time\":")?;
    let time = instant(rest.plain_string()?)?;
    rest.literal(",\"v\":1}")?;
    if rest.at < line.len() {
        return None;
    }
    let (actor, log) = (Cow::Borrowed(actor), Cow::Borrowed(log));
    Record { line, actor, body, hash, kind, log, prev, seq, time }.check().ok()
}

/// An instant as this engine writes it, in its only spelling.
fn instant(text: &str) -> Option<Instant> {
    let bytes = text.as_bytes();
    let form = match bytes.len() {
        20 => true,
        24 => bytes[19] == b'.' && &bytes[20..23] != b"000",
        _ => false,
    };
    if !form || bytes[10] != b'T' || *bytes.last()? != b'Z' {
        return None;
    }
    Instant::parse_bytes(bytes).ok()
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn literal(&mut self, words: &str) -> Option<()> {
        let found = self.text.as_bytes()[self.at..].starts_with(words.as_bytes());
        self.at += words.len();
        found.then_some(())
    }

    fn hash(&mut self) -> Option<Hash> {
        let digits = self.text.as_bytes().get(self.at..self.at + 64)?;
        self.at += 64;
        Hash::from_hex(digits)
    }

    /// A string without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let end = json::special(bytes, start);
        if bytes.get(self.at) != Some(&b'"') || bytes.get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        Some(&self.text[start..end])
    }
}

/// Reads any line, and says what is wrong with it.
fn read_any(line: &[u8]) -> Result<Record<'_>, AuditError> {
    let refuse = |reason| AuditError::NotCanonical { reason };
    let written = canonical::from_slice(line).map_err(|e| refuse(e.to_string()))?;
    if written != line {
        let at = written.iter().zip(line).take_while(|(a, b)| a == b).count();
        return Err(refuse(format!("it departs from its canonical form at byte {at}")));
    }
    let text = std::str::from_utf8(line).expect("canonical JSON is UTF-8");
    let mut members = Members { reader: Reader::new(text), first: true };
    let json = |e: json::JsonError| refuse(e.to_string());
    members.reader.open(b'{').map_err(|_| wrong("actor", "not there: the line is no object"))?;
    let actor = members.string("actor")?;
    members.name("body")?;
    let start = members.reader.at();
    if members.reader.peek().map_err(json)? != Token::Object {
        return Err(wrong("body", "not an object"));
    }
    members.reader.skip().map_err(json)?;
    let body = start..members.reader.at();
    let hash = members.hash("hash")?;
    let kind = members.string("kind")?.parse()?;
    let log = members.string("log")?;
    let prev = members.hash("prev")?;
    let seq = members.number("seq")?.parse().map_err(|_| wrong("seq", "not a whole number"))?;
    let time = instant(&members.string("time")?)
        .ok_or(wrong("time", "not an instant such as 2024-03-15T14:30:00.250Z"))?;
    if members.number("v")? != "1" {
        return Err(wrong("v", "not 1"));
    }
    if members.reader.more(b'}', false).map_err(json)? {
        return Err(wrong("v", "not the last one: actor, body, hash, kind, log, prev, seq, time, v"));
    }
    Record { line, actor, body, hash, kind, log, prev, seq, time }.check()
}

const fn wrong(member: &'static str, rule: &'static str) -> AuditError {
    AuditError::Member { member, rule }
}

/// The members of a line that is known to be canonical JSON.
struct Members<'a> {
    reader: Reader<'a>,
    first: bool,
}

impl<'a> Members<'a> {
    fn name(&mut self, member: &'static str) -> Result<(), AuditError> {
        let missing = wrong(member, "not next: a line has actor, body, hash, kind, log, prev, seq, time, v");
        let first = std::mem::replace(&mut self.first, false);
        match self.reader.more(b'}', first) {
            Ok(true) if self.reader.key().is_ok_and(|key| key == member) => Ok(()),
            _ => Err(missing),
        }
    }

    fn string(&mut self, member: &'static str) -> Result<Cow<'a, str>, AuditError> {
        self.name(member)?;
        self.reader.string().map_err(|_| wrong(member, "not a string"))
    }

    fn hash(&mut self, member: &'static str) -> Result<Hash, AuditError> {
        let text = self.string(member)?;
        text.parse().map_err(|_| wrong(member, "not 64 lower-case hexadecimal digits"))
    }

    fn number(&mut self, member: &'static str) -> Result<&'a str, AuditError> {
        self.name(member)?;
        self.reader.number().map_err(|_| wrong(member, "not a number"))
    }
}
