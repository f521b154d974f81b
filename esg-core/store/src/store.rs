//! A store of a log on disk: columns in SQLite by full segments, and what came since the last one in memory.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ahash::AHashMap;
use esg_core::audit::{Chain, Hash, LogName, RecordKind};
use esg_core::store::{
    Commit, Events, EventsCollector, Key, Known, Reader, Redacted, Replaced, Store, StoreError, Wanted,
};
use rusqlite::Connection;

use crate::disk::{Disk, Folder};
use crate::intact;
use crate::payloads::{self, Left};
use crate::reader::LogReader;
use crate::replay::{Found, Part};
use crate::segments::{Sealed, Segments, View};
use crate::sqlite::{self, Filters, Rows, Tail};

/// A store whose log survives a crash at any moment.
///
/// A commit is one write and one sync of the log. Everything else follows from the log, and is written when a segment is full.
#[derive(Debug)]
pub struct LogStore<D: Disk = Folder> {
    name: LogName,
    segments: Segments<D>,
    /// Full segments that the database has.
    kept: usize,
    db: Connection,
    /// Where the database is; none for one in memory.
    path: Option<PathBuf>,
    tail: EventsCollector,
    keys: AHashMap<Key, Known>,
    marks: Vec<(u64, RecordKind)>,
    /// What is left of redacted events, and their lines by their keys.
    left: Left,
    left_keys: AHashMap<Key, u64>,
    prev: Hash,
    filters: RefCell<Option<Filters>>,
    stopped: Option<String>,
}

impl<D: Disk> LogStore<D> {
    /// Returns the store of a log that was read, and gives the database what it does not have yet of full segments.
    pub(crate) fn new(
        name: LogName,
        db: Connection,
        path: Option<&Path>,
        found: Found<D>,
    ) -> Result<Self, StoreError> {
        let mut store = Self {
            name,
            segments: found.segments,
            kept: found.kept,
            db,
            path: path.map(Path::to_owned),
            tail: EventsCollector::default(),
            keys: AHashMap::new(),
            marks: Vec::new(),
            left_keys: found.left.iter().map(|(seq, redacted)| (redacted.key, *seq)).collect(),
            left: found.left,
            prev: found.prev,
            filters: RefCell::new(None),
            stopped: None,
        };
        for Part { events, marks, sealed } in found.parts {
            store.absorb(events, &marks);
            if let Some(sealed) = sealed {
                store.keep(sealed)?;
            }
        }
        Ok(store)
    }

    /// What can be read of the log.
    pub const fn view(&self) -> &View<D> {
        self.segments.view()
    }

    /// The database, for what is kept about the ledger as a whole.
    pub const fn db(&self) -> &Connection {
        &self.db
    }

    /// The first line that the database does not have in a full segment.
    fn first_open(&self) -> u64 {
        (self.kept * self.view().segment_lines()) as u64
    }

    fn absorb(&mut self, events: Events, marks: &[(u64, RecordKind)]) {
        for event in 0..events.len() {
            let fingerprint = Some(events.fingerprints[event]);
            let known = Known { seq: events.batch.line[event], fingerprint };
            self.keys.insert(events.keys[event], known);
        }
        self.tail.push(events);
        self.marks.extend_from_slice(marks);
    }

    fn seal_if_full(&mut self) -> Result<(), StoreError> {
        if self.segments.room() > 0 {
            return Ok(());
        }
        let sealed = self.segments.seal(self.prev);
        self.keep(sealed)?;
        intact::write_sums(&**self.segments.disk(), self.view())
    }

    /// Gives the database a full segment.
    fn keep(&mut self, sealed: Arc<Sealed>) -> Result<(), StoreError> {
        let events = std::mem::take(&mut self.tail).finish();
        let rows = Rows { sealed, events, marks: std::mem::take(&mut self.marks) };
        let lines = self.view().segment_lines();
        let filter = sqlite::seal(&mut self.db, self.kept as u64, lines, &rows)?;
        self.kept += 1;
        self.keys.clear();
        if let Some(filters) = self.filters.get_mut() {
            filters.push(&filter);
        }
        Ok(())
    }

    /// Keeps in the database what is in memory, so that the ledger opens again without reading the log.
    ///
    /// # Errors
    /// `Io`, `Stopped`.
    pub fn keep_tail(&mut self) -> Result<(), StoreError> {
        // The database never has what the log may lose.
        self.sync()?;
        let tail = Tail {
            size: self.size(),
            ends: self.view().open_ends().to_vec(),
            leaves: self.view().open_leaves().to_vec(),
            prev: self.prev,
            events: self.tail.events(),
            marks: self.marks.clone(),
        };
        sqlite::keep_tail(&mut self.db, &tail)
    }

    fn check_running(&self) -> Result<(), StoreError> {
        match &self.stopped {
            Some(reason) => Err(StoreError::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Removes what a redacted event holds wherever it is. The payload goes last: while it is there, something is left to do.
    ///
    /// Every step may be done a second time, because a crash may come behind any of them.
    pub(crate) fn forget(&mut self, redacted: &Redacted) -> Result<(), StoreError> {
        let (disk, seq) = (Arc::clone(self.segments.disk()), redacted.seq);
        payloads::keep(&*disk, redacted)?;
        let lines = self.view().segment_lines();
        if seq < self.first_open() {
            sqlite::forget(&mut self.db, seq / lines as u64, lines, seq)?;
        } else {
            if self.tail.has(seq) {
                let events = std::mem::take(&mut self.tail).finish();
                self.tail.push(events.without(seq)?);
            }
            self.keys.remove(&redacted.key);
        }
        sqlite::forget_tail(&self.db)?;
        sqlite::empty_journal(&self.db)?;
        payloads::remove(&*disk, seq)?;
        self.left_keys.insert(redacted.key, seq);
        self.left.insert(seq, redacted.clone());
        Ok(())
    }

    /// Writes all lines of a commit, durably or not, and then takes note of them segment by segment.
    fn put(&mut self, mut commit: Commit<'_>, durable: bool) -> Result<(), StoreError> {
        payloads::write(&**self.segments.disk(), commit.payloads)?;
        let pieces = pieces(&commit, self.segments.room(), self.view().segment_lines());
        for (number, piece) in pieces.iter().enumerate() {
            self.segments.write(number, &commit.lines[piece.bytes.clone()])?;
        }
        // The database follows from the log, so a segment that becomes full is durable first, and so is a redaction.
        let full = commit.leaves.len() >= self.segments.room();
        if durable || full || !commit.redacted.is_empty() {
            self.segments.sync()?;
        } else {
            self.segments.begin_sync();
        }
        // Before anything follows from the lines: what the database has of them was carried out.
        for redacted in commit.redacted {
            self.forget(redacted)?;
        }
        let (mut first, mut events) = (self.size(), std::mem::take(&mut commit.events));
        for piece in pieces {
            let lines = &commit.lines[piece.bytes.clone()];
            let ends = commit.ends[piece.lines.clone()].iter().map(|end| end - piece.bytes.start);
            self.segments.known(ends, &commit.leaves[piece.lines.clone()]);
            let behind = first + piece.lines.len() as u64;
            let last = lines[..lines.len() - 1].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            self.prev = Hash::of(last);
            for some in std::mem::take(&mut events) {
                // Most are of one segment.
                let (now, later) = some.split(behind);
                now.into_iter().for_each(|now| self.absorb(now, &[]));
                events.extend(later);
            }
            let within = |seq: u64| (first..behind).contains(&seq);
            self.marks.extend(commit.marks.iter().filter(|(seq, _)| within(*seq)));
            self.seal_if_full()?;
            first = behind;
        }
        debug_assert_eq!((self.prev, self.size()), (commit.chain.prev(), commit.chain.size()));
        Ok(())
    }
}

/// Lines of a commit that go into one segment.
struct Piece {
    bytes: Range<usize>,
    lines: Range<usize>,
}

/// Cuts the lines of a commit where segments end.
fn pieces(commit: &Commit<'_>, mut room: usize, segment_lines: usize) -> Vec<Piece> {
    let (mut pieces, mut bytes, mut lines) = (Vec::new(), 0, 0);
    while commit.leaves.len() - lines > room {
        let end = commit.ends[lines + room - 1];
        pieces.push(Piece { bytes: bytes..end, lines: lines..lines + room });
        (bytes, lines, room) = (end, lines + room, segment_lines);
    }
    if lines < commit.leaves.len() {
        pieces.push(Piece { bytes: bytes..commit.lines.len(), lines: lines..commit.leaves.len() });
    }
    pieces
}

impl<D: Disk> Reader for LogStore<D> {
    fn name(&self) -> &LogName {
        &self.name
    }

    fn size(&self) -> u64 {
        self.view().size()
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        let mut parts = sqlite::events(&self.db, self.kept as u64, wanted)?;
        parts.push(self.tail.events().wanted(wanted));
        Ok(Events::concat(parts))
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        let mut replaced = sqlite::replaced(&self.db, self.first_open())?;
        replaced.extend(self.tail.events().replaced());
        Ok(payloads::with_replaced(replaced, &self.left))
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        let mut marks = sqlite::marks(&self.db, self.first_open(), kind)?;
        marks.extend(self.marks.iter().filter(|(_, of)| *of == kind).map(|(seq, _)| *seq));
        Ok(marks)
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.view().lines(range, each)
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        payloads::read(&**self.segments.disk(), seq)
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        Ok(self.left.values().cloned().collect())
    }

    fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.view().leaves(range)
    }

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        self.view().subtree(level, index)
    }
}

impl<D: Disk> Store for LogStore<D> {
    fn chain(&self) -> Result<Chain, StoreError> {
        Ok(Chain::resume(self.name.clone(), self.prev, self.view().frontier()))
    }

    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError> {
        if self.filters.borrow().is_none() {
            *self.filters.borrow_mut() = Some(sqlite::filters(&self.db, self.view().segment_lines())?);
        }
        let filters = self.filters.borrow();
        let filters = filters.as_ref().expect("they have just been read");
        let find = |key: &Key| {
            if let Some(seq) = self.left_keys.get(key) {
                return Ok(Some(Known { seq: *seq, fingerprint: None }));
            }
            if let Some(known) = self.keys.get(key) {
                return Ok(Some(*known));
            }
            for segment in filters.may_have(key) {
                if let Some(known) = sqlite::find(&self.db, segment, key)? {
                    return Ok(Some(known));
                }
            }
            Ok(None)
        };
        keys.iter().map(find).collect()
    }

    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        self.check_running()?;
        self.put(commit, true).inspect_err(|error| self.stopped = Some(error.to_string()))
    }

    fn write(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        self.check_running()?;
        self.put(commit, false).inspect_err(|error| self.stopped = Some(error.to_string()))
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.check_running()?;
        self.segments.sync().inspect_err(|error| self.stopped = Some(error.to_string()))
    }

    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError> {
        let Some(path) = &self.path else {
            let reason = "a database in memory has one reader".to_owned();
            return Err(StoreError::Io { place: sqlite::FILE.to_owned(), action: "open", reason });
        };
        Ok(Box::new(LogReader {
            name: self.name.clone(),
            view: self.view().clone(),
            kept: self.kept,
            db: sqlite::open_to_read(path)?,
            tail: self.tail.events(),
            marks: self.marks.clone(),
            left: self.left.clone(),
        }))
    }
}
