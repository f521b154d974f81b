//! A log on disk as it was when its reader was made, beside its writer.

use std::ops::Range;

use esg_core::audit::{Hash, LogName, RecordKind};
use esg_core::store::{Events, Reader, Redacted, Replaced, StoreError, Wanted};
use rusqlite::Connection;

use crate::disk::{Disk, Folder};
use crate::payloads::{self, Left};
use crate::segments::View;
use crate::sqlite;

/// A log as it was at some moment.
#[derive(Debug)]
pub struct LogReader<D: Disk = Folder> {
    pub(crate) name: LogName,
    pub(crate) view: View<D>,
    /// Full segments that are read from the database; what follows them is here.
    pub(crate) kept: usize,
    pub(crate) db: Connection,
    pub(crate) tail: Events,
    pub(crate) marks: Vec<(u64, RecordKind)>,
    /// What was left of redacted events then; the disk has what is left of others since.
    pub(crate) left: Left,
}

impl<D: Disk> LogReader<D> {
    fn first_open(&self) -> u64 {
        (self.kept * self.view.segment_lines()) as u64
    }

    /// What is left of redacted events now: they are gone from the database whenever this reader was made.
    fn left(&self) -> Result<Left, StoreError> {
        let mut left = payloads::left(self.view.disk())?;
        left.extend(self.left.iter().map(|(seq, redacted)| (*seq, redacted.clone())));
        Ok(left)
    }
}

impl<D: Disk> Reader for LogReader<D> {
    fn name(&self) -> &LogName {
        &self.name
    }

    fn size(&self) -> u64 {
        self.view.size()
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        let mut parts = sqlite::events(&self.db, self.kept as u64, wanted)?;
        parts.push(self.tail.clone().wanted(wanted));
        Ok(Events::concat(parts))
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        let mut replaced = sqlite::replaced(&self.db, self.first_open())?;
        replaced.extend(self.tail.replaced());
        Ok(payloads::with_replaced(replaced, &self.left()?))
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        let mut marks = sqlite::marks(&self.db, self.first_open(), kind)?;
        marks.extend(self.marks.iter().filter(|(_, of)| *of == kind).map(|(seq, _)| *seq));
        Ok(marks)
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.view.lines(range, each)
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        payloads::read(self.view.disk(), seq)
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        let size = self.size();
        Ok(self.left()?.into_values().filter(|redacted| redacted.seq < size).collect())
    }

    fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.view.leaves(range)
    }

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        self.view.subtree(level, index)
    }
}
