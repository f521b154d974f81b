//! Reading a ledger in PostgreSQL, as it was when the reader was made.
//!
//! Lines are added and never changed, so the size of the log is all that a snapshot needs: whatever has a higher number is not
//! seen. No transaction is kept open for it, and the server can clean up behind a reader that lives long. Only a redaction
//! reaches back: its event is gone for every reader.

use std::cell::RefCell;
use std::ops::Range;

use esg_core::audit::{Frontier, Hash, LogName, RecordKind, SEGMENT_LINES};
use esg_core::error::Error;
use esg_core::store::{Events, Reader, Redacted, Replaced, StoreError, Wanted};
use esg_core::telemetry::AmendmentKind;
use postgres::Row;
use rayon::prelude::*;

use super::session::{Server, Session};
use super::{schema, signed, unsigned};

/// Lines that are fetched at a time.
const FETCH: u64 = 4096;

/// A ledger as it was at some moment.
#[derive(Debug)]
pub struct PostgresReader {
    name: LogName,
    size: u64,
    session: RefCell<Session>,
}

/// The end of a log.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) name: LogName,
    pub(super) prev: Hash,
    pub(super) frontier: Frontier,
}

impl Head {
    /// Reads a row of `log, size, prev, roots`.
    pub(super) fn of(row: &Row, session: &Session) -> Result<Self, Error> {
        let corrupt = |reason: &str| session.corrupt("head", reason);
        let (name, size): (&str, i64) = (row.get(0), row.get(1));
        let (prev, roots): (&[u8], &[u8]) = (row.get(2), row.get(3));
        let prev = hash(prev).ok_or_else(|| corrupt("the hash of the last line is none"))?;
        let (roots, rest) = roots.as_chunks::<32>();
        let size = u64::try_from(size).map_err(|_| corrupt("the size is below zero"))?;
        let roots = roots.iter().map(|root| Hash::from_bytes(*root)).collect();
        match Frontier::from_parts(size, roots) {
            Ok(frontier) if rest.is_empty() => Ok(Self { name: name.parse()?, prev, frontier }),
            _ => Err(corrupt("the hashes of the tree are not as many as its size needs").into()),
        }
    }
}

pub(super) fn hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok().map(Hash::from_bytes)
}

impl PostgresReader {
    /// Opens a ledger to read it, as it is now.
    ///
    /// # Errors
    /// `Absent`, `Version`, `Io`, `Corrupt`.
    pub fn open(server: &Server) -> Result<Self, Error> {
        let mut session = server.session()?;
        schema::check(session.client(), server.schema())?;
        let head = head(&mut session)?;
        Ok(Self::new(head.name, head.frontier.size(), session))
    }

    pub(super) const fn new(name: LogName, size: u64, session: Session) -> Self {
        Self { name, size, session: RefCell::new(session) }
    }

    /// The session. No call of this file keeps it over a call of a stranger's.
    pub(super) fn session(&self) -> std::cell::RefMut<'_, Session> {
        self.session.borrow_mut()
    }

    pub(super) const fn see(&mut self, size: u64) {
        self.size = size;
    }

    fn check(&self, range: &Range<u64>) -> Result<(), StoreError> {
        if range.end > self.size {
            return Err(StoreError::Missing { seq: range.start.max(self.size), size: self.size });
        }
        Ok(())
    }

    /// Rows of a table that has one for each number of a range; `sql` asks for number and content.
    fn rows(&self, table: &str, sql: &'static str, range: Range<u64>) -> Result<Vec<Row>, StoreError> {
        let mut session = self.session();
        let rows = session.read(sql, &[&signed(range.start), &signed(range.end)])?;
        let numbers = rows.iter().map(|row| unsigned(row.get(0)));
        if !numbers.eq(range.clone()) {
            let reason = format!("{} rows are there of {} to {}", rows.len(), range.start, range.end);
            return Err(session.corrupt(table, reason));
        }
        Ok(rows)
    }

    /// Roots of full segments.
    pub(super) fn segment_roots(&self, numbers: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let sql = "SELECT number, root FROM segment WHERE number >= $1 AND number < $2 ORDER BY number";
        self.hashes("segment", sql, numbers)
    }

    fn hashes(&self, table: &str, sql: &'static str, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let rows = self.rows(table, sql, range)?;
        let hash = |row: &Row| {
            let number = row.get::<_, i64>(0);
            hash(row.get(1)).ok_or_else(|| self.session().corrupt(table, format!("row {number} has no hash")))
        };
        rows.iter().map(hash).collect()
    }
}

/// Reads the end of a log.
pub(super) fn head(session: &mut Session) -> Result<Head, Error> {
    let rows = session.read("SELECT log, size, prev, roots FROM head", &[])?;
    let row = rows.first().ok_or_else(|| session.corrupt("head", "it has no row"))?;
    Head::of(row, session)
}

impl Reader for PostgresReader {
    fn name(&self) -> &LogName {
        &self.name
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        let wanted = Wanted { as_of: wanted.as_of.min(self.size), ..wanted.clone() };
        let (first, last) = match wanted.period {
            Some(period) => (period.start().epoch_days(), period.end().epoch_days()),
            None => (i32::MIN, i32::MAX),
        };
        // One statement sees one state, so a block that is merged at this moment is seen once.
        let sql = "SELECT first, data FROM block WHERE first < $1 AND last_day >= $2 AND first_day <= $3 ORDER BY first";
        let rows = self.session().read(sql, &[&signed(wanted.as_of), &first, &last])?;
        let place = self.session().place().to_owned();
        let read = |row: &Row| {
            let place = format!("{place}, block {}", row.get::<_, i64>(0));
            Ok(Events::from_block(row.get(1), &place)?.wanted(&wanted))
        };
        let parts = rows.par_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Events::concat(parts))
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        self.amendments_from(0)
    }

    fn amendments_from(&self, seq: u64) -> Result<Vec<Replaced>, StoreError> {
        let sql = "SELECT seq, event, voids FROM amendment WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        let rows = self.session().read(sql, &[&signed(seq), &signed(self.size)])?;
        let replaced = |row: &Row| Replaced {
            by: unsigned(row.get(0)),
            event: unsigned(row.get(1)),
            kind: if row.get(2) { AmendmentKind::Voids } else { AmendmentKind::Corrects },
        };
        Ok(rows.iter().map(replaced).collect())
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT seq FROM mark WHERE kind = $1 AND seq < $2 ORDER BY seq";
        let rows = self.session().read(sql, &[&kind.as_str(), &signed(self.size)])?;
        Ok(rows.iter().map(|row| unsigned(row.get(0))).collect())
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.check(&range)?;
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start + FETCH);
            let sql = "SELECT seq, line FROM line WHERE seq >= $1 AND seq < $2 ORDER BY seq";
            for row in self.rows("line", sql, start..end)? {
                if !each(unsigned(row.get(0)), row.get(1)) {
                    return Ok(());
                }
            }
            start = end;
        }
        Ok(())
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.session().read("SELECT file FROM payload WHERE seq = $1", &[&signed(seq)])?;
        Ok(rows.first().map(|row| row.get(0)))
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        let sql = "SELECT document FROM redacted WHERE seq < $1 ORDER BY seq";
        let rows = self.session().read(sql, &[&signed(self.size)])?;
        let place = format!("{}, table redacted", self.session().place());
        rows.iter().map(|row| Redacted::from_json(row.get(0), &place)).collect()
    }

    fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.check(&range)?;
        self.hashes("line", "SELECT seq, leaf FROM line WHERE seq >= $1 AND seq < $2 ORDER BY seq", range)
    }

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        let bits = SEGMENT_LINES.trailing_zeros();
        let range = index << level..(index + 1) << level;
        self.check(&range)?;
        let mut roots = if level < bits {
            self.leaves(range)?
        } else {
            self.segment_roots(range.start >> bits..range.end >> bits)?
        };
        while roots.len() > 1 {
            roots = roots.chunks(2).map(|pair| Hash::node(&pair[0], &pair[1])).collect();
        }
        Ok(roots[0])
    }
}
