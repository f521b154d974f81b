//! What a commit adds to the tables, within one transaction.

use std::io::Write;

use esg_core::audit::{Chain, Frontier, Hash, SEGMENT_LINES};
use esg_core::store::{Commit, Events, Payload, Redacted, Replaced, StoreError};
use esg_core::telemetry::AmendmentKind;

use super::session::{Session, failed};
use super::{blocks, signed};

/// Bytes of rows that are sent at a time.
const SEND_BYTES: usize = 1 << 18;
/// What a copy in binary form begins with.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
const COPY_TRAILER: &[u8] = &(-1i16).to_be_bytes();

/// Writes a commit behind the lines that `before` knows, in the transaction that is open.
pub(super) fn write(session: &mut Session, before: &Chain, commit: &Commit<'_>) -> Result<(), StoreError> {
    let first = before.size();
    lines(session, first, commit)?;
    payloads(session, commit.payloads)?;
    keys(session, &commit.events)?;
    amendments(session, &commit.events)?;
    for (seq, kind) in commit.marks {
        session.write("INSERT INTO mark(seq, kind) VALUES($1, $2)", &[&signed(*seq), &kind.as_str()])?;
    }
    segments(session, before, commit.leaves)?;
    blocks::add(session, first, commit.chain.size(), &commit.events)?;
    commit.redacted.iter().try_for_each(|redacted| forget(session, redacted))?;
    let roots: Vec<u8> = commit.chain.frontier().roots().iter().flat_map(|root| *root.as_bytes()).collect();
    let prev = commit.chain.prev();
    let sql = "UPDATE head SET size = $1, prev = $2, roots = $3";
    session.write(sql, &[&signed(commit.chain.size()), &&prev.as_bytes()[..], &roots])?;
    Ok(())
}

/// Rows of a copy: a number of fields, and for each its length and its bytes.
struct Copy<'s> {
    to: postgres::CopyInWriter<'s>,
    rows: Vec<u8>,
    place: String,
}

impl<'s> Copy<'s> {
    fn begin(session: &'s mut Session, sql: &'static str) -> Result<Self, StoreError> {
        let (statement, place) = (session.statement(sql, "write")?, session.place().to_owned());
        let to = session.client().copy_in(&statement).map_err(failed(&place, "write"))?;
        Ok(Self { to, rows: COPY_HEADER.to_vec(), place })
    }

    fn row(&mut self, fields: &[&[u8]]) -> Result<(), StoreError> {
        self.rows.extend((fields.len() as i16).to_be_bytes());
        for field in fields {
            self.rows.extend((field.len() as i32).to_be_bytes());
            self.rows.extend_from_slice(field);
        }
        if self.rows.len() >= SEND_BYTES { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), StoreError> {
        let sent = self.to.write_all(&self.rows);
        self.rows.clear();
        sent.map_err(|error| StoreError::Io {
            place: self.place.clone(),
            action: "write",
            reason: error.to_string(),
        })
    }

    fn end(mut self, rows: usize) -> Result<(), StoreError> {
        self.rows.extend(COPY_TRAILER);
        self.send()?;
        let taken = self.to.finish().map_err(failed(&self.place, "write"))?;
        if taken != rows as u64 {
            let reason = format!("{rows} rows were sent and {taken} taken");
            return Err(StoreError::Io { place: self.place, action: "write", reason });
        }
        Ok(())
    }
}

fn lines(session: &mut Session, first: u64, commit: &Commit<'_>) -> Result<(), StoreError> {
    let mut copy = Copy::begin(session, "COPY line(seq, leaf, line) FROM STDIN BINARY")?;
    let lines = commit.lines.split_inclusive(|byte| *byte == b'\n');
    for ((seq, leaf), line) in (first..).zip(commit.leaves).zip(lines) {
        copy.row(&[&signed(seq).to_be_bytes(), leaf.as_bytes(), &line[..line.len() - 1]])?;
    }
    copy.end(commit.leaves.len())
}

fn payloads(session: &mut Session, payloads: &[Payload]) -> Result<(), StoreError> {
    if payloads.is_empty() {
        return Ok(());
    }
    let mut copy = Copy::begin(session, "COPY payload(seq, file) FROM STDIN BINARY")?;
    for Payload { seq, file } in payloads {
        copy.row(&[&signed(*seq).to_be_bytes(), file])?;
    }
    copy.end(payloads.len())
}

/// Takes an event out of all tables but the log. Its key stays, without the fingerprint, so that it is known when it comes again.
fn forget(session: &mut Session, redacted: &Redacted) -> Result<(), StoreError> {
    let seq = signed(redacted.seq);
    session.write("INSERT INTO redacted(seq, document) VALUES($1, $2)", &[&seq, &redacted.to_json()])?;
    session.write("DELETE FROM payload WHERE seq = $1", &[&seq])?;
    session
        .write("UPDATE event_key SET fingerprint = '' WHERE key = $1", &[&&redacted.key.as_bytes()[..]])?;
    blocks::forget(session, redacted.seq)
}

/// Adds keys in their order, so that those of one page of the index come together.
fn keys(session: &mut Session, events: &[Events]) -> Result<(), StoreError> {
    let mut keys: Vec<(&[u8; 16], u64, &[u8; 32])> = Vec::new();
    for events in events {
        let rows = events.keys.iter().zip(&events.batch.line).zip(&events.fingerprints);
        keys.extend(rows.map(|((key, seq), print)| (key.as_bytes(), *seq, print)));
    }
    if keys.is_empty() {
        return Ok(());
    }
    keys.sort_unstable();
    let mut copy = Copy::begin(session, "COPY event_key(key, seq, fingerprint) FROM STDIN BINARY")?;
    for (key, seq, print) in &keys {
        copy.row(&[&key[..], &signed(*seq).to_be_bytes(), &print[..]])?;
    }
    copy.end(keys.len())
}

fn amendments(session: &mut Session, events: &[Events]) -> Result<(), StoreError> {
    let replaced: Vec<Replaced> = events.iter().flat_map(Events::replaced).collect();
    if replaced.is_empty() {
        return Ok(());
    }
    let mut copy = Copy::begin(session, "COPY amendment(seq, event, voids) FROM STDIN BINARY")?;
    for Replaced { event, by, kind } in &replaced {
        let voids = u8::from(*kind == AmendmentKind::Voids);
        copy.row(&[&signed(*by).to_be_bytes(), &signed(*event).to_be_bytes(), &[voids]])?;
    }
    copy.end(replaced.len())
}

/// Keeps the roots of the segments that the commit fills.
fn segments(session: &mut Session, before: &Chain, leaves: &[Hash]) -> Result<(), StoreError> {
    let (mut number, open) = (before.size() / SEGMENT_LINES, before.size() % SEGMENT_LINES);
    // The last subtrees of the edge are those of the segment that is not full.
    let roots = before.frontier().roots();
    let roots = roots[roots.len() - open.count_ones() as usize..].to_vec();
    let mut edge = Frontier::from_parts(open, roots).expect("it has a root for each 1 of its size");
    let mut rest = leaves;
    loop {
        let room = usize::try_from(SEGMENT_LINES - edge.size()).expect("a segment has 65,536 lines");
        let Some((full, behind)) = rest.split_at_checked(room) else { return Ok(()) };
        edge.extend(full);
        let root = edge.root();
        let sql = "INSERT INTO segment(number, root) VALUES($1, $2)";
        session.write(sql, &[&signed(number), &&root.as_bytes()[..]])?;
        (number, rest, edge) = (number + 1, behind, Frontier::new());
    }
}
