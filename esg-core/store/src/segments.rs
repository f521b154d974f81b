//! The log on disk: files of 65,536 lines, written at the end only, and read from any line.
//!
//! How many lines a file has is a number that is handed down, a power of two, so that tests can cross the end of a file often.
//!
//! The log is written before anything else and is what survives; columns and keys follow from it. One write and one sync
//! make a commit durable. A crash can leave a piece of a line at the end of the last file, and nothing else: such a piece
//! was never acknowledged. A whole line that is not what it was is no trace of a crash, and nothing is opened over it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use esg_core::audit::{Frontier, Hash};
use esg_core::store::StoreError;

use sha2::{Digest, Sha256};

use crate::disk::{Disk, DiskFile};

/// Every so many lines the place in the file is kept in memory.
const STRIDE: usize = 64;
/// Bytes from which on hashing takes longer than to start a thread for it.
const BESIDE: usize = 256 << 10;
/// Bytes that are hashed at a time when a full segment is checked.
const HASH_BYTES: u64 = 1 << 20;

/// A segment that is full.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sealed {
    /// Root of its leaves.
    pub root: Hash,
    /// SHA-256 of the file.
    pub sha256: Hash,
    /// SHA-256 of its last line: the `prev` of the next segment's first.
    pub last: Hash,
    /// `starts[i]`: where line 64 i begins in the file; the last one is its length. Segments of fewer lines have two of them.
    pub starts: Vec<u64>,
}

/// What of a log can be read without its writer.
#[derive(Debug)]
pub struct View<D> {
    disk: Arc<D>,
    /// Lines of a full segment.
    lines: usize,
    sealed: Vec<Arc<Sealed>>,
    /// `ends[line]` of the segment that is not full, behind the LF.
    ends: Vec<u64>,
    leaves: Vec<Hash>,
}

impl<D> Clone for View<D> {
    fn clone(&self) -> Self {
        let Self { disk, lines, sealed, ends, leaves } = self;
        let (sealed, ends, leaves) = (sealed.clone(), ends.clone(), leaves.clone());
        Self { disk: Arc::clone(disk), lines: *lines, sealed, ends, leaves }
    }
}

/// The log and its end, where it is written.
#[derive(Debug)]
pub struct Segments<D: Disk> {
    view: View<D>,
    /// The file that was written last, and the number of its segment.
    file: Option<(usize, D::File)>,
    /// Over the lines of the segment that is not full, as they were written: what a file gives back later has to be that.
    hasher: Sha256,
    /// The same with lines that were written and are not known yet, one for each segment that they are in.
    written: VecDeque<Sha256>,
    /// Something was written that need not survive a crash yet.
    unsynced: bool,
}

/// The name of a segment's file.
pub fn file_name(segment: usize) -> String {
    format!("log/{segment:08}.jsonl")
}

/// Turns an error of the operating system into one that names the file.
pub fn failed(place: &str, action: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    let place = place.to_owned();
    move |error| StoreError::Io { place, action, reason: error.to_string() }
}

impl<D: Disk> View<D> {
    /// The disk.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// How many lines there are.
    pub fn size(&self) -> u64 {
        self.first_open() + self.ends.len() as u64
    }

    /// The first line of the segment that is not full.
    pub fn first_open(&self) -> u64 {
        (self.sealed.len() * self.lines) as u64
    }

    /// Lines of a full segment.
    pub const fn segment_lines(&self) -> usize {
        self.lines
    }

    /// Every so many lines the place in the file is known.
    fn stride(&self) -> usize {
        STRIDE.min(self.lines)
    }

    /// Segments that are full.
    pub fn sealed(&self) -> &[Arc<Sealed>] {
        &self.sealed
    }

    /// Leaves of the segment that is not full.
    pub fn open_leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// `ends[line]` of the segment that is not full.
    pub fn open_ends(&self) -> &[u64] {
        &self.ends
    }

    /// The right edge of the tree over all lines.
    pub fn frontier(&self) -> Frontier {
        let mut over_segments = Frontier::new();
        over_segments.extend(&self.sealed.iter().map(|sealed| sealed.root).collect::<Vec<_>>());
        let mut frontier = Frontier::from_parts(self.first_open(), over_segments.roots().to_vec())
            .expect("a number times 2^n has as many ones as the number");
        frontier.extend(&self.leaves);
        frontier
    }

    /// The root over 2^level leaves.
    pub fn subtree(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        let bits = self.lines.trailing_zeros();
        let mut roots: Vec<Hash> = if level >= bits {
            let width = 1u64 << (level - bits);
            let range = index * width..(index + 1) * width;
            let sealed = self.sealed.get(usize_of(range.start)..usize_of(range.end));
            sealed.ok_or(self.missing(range.start << bits))?.iter().map(|sealed| sealed.root).collect()
        } else {
            let width = 1u64 << level;
            self.leaves(index * width..(index + 1) * width)?
        };
        while roots.len() > 1 {
            roots = roots.chunks(2).map(|pair| Hash::node(&pair[0], &pair[1])).collect();
        }
        Ok(roots[0])
    }

    /// Leaves of a range of lines.
    pub fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let open = self.first_open();
        if range.start >= open && range.end <= self.size() {
            return Ok(self.leaves[usize_of(range.start - open)..usize_of(range.end - open)].to_vec());
        }
        let mut leaves = Vec::new();
        self.lines(range, &mut |_, line| {
            leaves.push(Hash::leaf(line));
            true
        })?;
        Ok(leaves)
    }

    fn missing(&self, seq: u64) -> StoreError {
        StoreError::Missing { seq, size: self.size() }
    }

    /// Calls `each` with lines, without their LFs, until it returns false.
    pub fn lines(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        if range.end > self.size() {
            return Err(self.missing(range.start.max(self.size())));
        }
        let (lines, stride) = (self.lines, self.stride());
        let mut seq = range.start;
        while seq < range.end {
            let segment = usize_of(seq) / lines;
            let first = (segment * lines) as u64;
            let last = range.end.min(first + lines as u64);
            // Some thousand lines at a time, from a place that is known.
            let from = usize_of(seq - first) / stride;
            let to = (usize_of(last - first).div_ceil(stride)).min(from + STRIDE);
            let name = file_name(segment);
            let bytes = self
                .disk
                .read(&name, self.at(segment, from)..self.at(segment, to))
                .map_err(failed(&name, "read"))?;
            let mut line = first + (from * stride) as u64;
            for text in bytes.split_inclusive(|byte| *byte == b'\n') {
                let Some(text) = text.strip_suffix(b"\n") else { break };
                if line >= last {
                    break;
                }
                if line >= seq && !each(line, text) {
                    return Ok(());
                }
                line += 1;
            }
            let wanted = last.min(first + (to * stride) as u64);
            if line < wanted {
                let reason = format!("line {line} is not there, and the log has {}", self.size());
                return Err(StoreError::Corrupt { place: name, reason });
            }
            seq = wanted;
        }
        Ok(())
    }

    /// Where a line that is a multiple of `STRIDE` begins in its file, or where the lines end.
    fn at(&self, segment: usize, number: usize) -> u64 {
        match self.sealed.get(segment) {
            Some(sealed) => sealed.starts[number.min(sealed.starts.len() - 1)],
            None => match (number * self.stride()).min(self.ends.len()) {
                0 => 0,
                line => self.ends[line - 1],
            },
        }
    }
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).expect("a log on this machine has fewer lines than it can address")
}

impl<D: Disk> Segments<D> {
    /// Returns the log whose full segments are known. `lines` is how many a full segment has, a power of two.
    pub fn new(disk: Arc<D>, lines: usize, sealed: Vec<Arc<Sealed>>) -> Self {
        debug_assert!(lines.is_power_of_two(), "the tree of a segment is full");
        let view = View { disk, lines, sealed, ends: Vec::new(), leaves: Vec::new() };
        Self { view, file: None, hasher: Sha256::new(), written: VecDeque::new(), unsynced: false }
    }

    /// What can be read.
    pub const fn view(&self) -> &View<D> {
        &self.view
    }

    /// The disk.
    pub fn disk(&self) -> &Arc<D> {
        &self.view.disk
    }

    /// Lines that the last segment has room for.
    pub fn room(&self) -> usize {
        self.view.lines - self.view.ends.len()
    }

    /// Writes lines into the last segment (`number` 0), or into those that follow it. They have their LFs. They are durable
    /// after [`Segments::sync`]; those of a write before this one are so already.
    pub fn write(&mut self, number: usize, lines: &[u8]) -> Result<(), StoreError> {
        let segment = self.view.sealed.len() + number;
        let (name, disk) = (file_name(segment), Arc::clone(&self.view.disk));
        // One write at most may be lost: of two, a disk may keep the second and leave a hole for the first.
        self.sync()?;
        if self.file.as_ref().is_none_or(|(open, _)| *open != segment) {
            let created = number > 0 || self.view.ends.is_empty();
            if created {
                disk.sync_folder("log").map_err(failed("log", "make"))?;
            }
            self.file = Some((segment, disk.append(&name).map_err(failed(&name, "open"))?));
            if created {
                disk.sync_folder("log").map_err(failed("log", "sync"))?;
            }
        }
        let (_, file) = self.file.as_mut().expect("it has just been opened");
        let mut hasher = if number == 0 { self.hasher.clone() } else { Sha256::new() };
        self.unsynced = true;
        beside(lines.len(), || hasher.update(lines), || file.write(lines)).map_err(failed(&name, "write"))?;
        self.written.push_back(hasher);
        Ok(())
    }

    /// Lets the disk begin to make durable what was written.
    pub fn begin_sync(&mut self) {
        if let Some((_, file)) = &mut self.file {
            file.begin_sync();
        }
    }

    /// Returns when all that was written survives a crash.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        if let (true, Some((segment, file))) = (self.unsynced, &mut self.file) {
            file.sync().map_err(failed(&file_name(*segment), "sync"))?;
        }
        self.unsynced = false;
        Ok(())
    }

    /// Takes note of lines that were in the file before it was opened.
    pub fn found(&mut self, lines: &[u8], leaves: &[Hash]) {
        self.hasher.update(lines);
        let lfs = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        self.note(lfs.map(|(at, _)| at + 1), leaves);
    }

    /// Takes note of lines that were written; `ends[line]` is behind the LF, counted from the first of them.
    pub fn known(&mut self, ends: impl Iterator<Item = usize>, leaves: &[Hash]) {
        self.hasher = self.written.pop_front().expect("lines are known after they were written");
        self.note(ends, leaves);
    }

    fn note(&mut self, ends: impl Iterator<Item = usize>, leaves: &[Hash]) {
        let before = self.view.ends.last().copied().unwrap_or(0);
        self.view.ends.extend(ends.map(|end| before + end as u64));
        self.view.leaves.extend_from_slice(leaves);
        debug_assert!(self.view.ends.len() == self.view.leaves.len());
        debug_assert!(self.view.ends.len() <= self.view.lines);
    }

    /// Takes note of the lines of a segment whose ends are known.
    pub fn resume(&mut self, lines: &[u8], ends: Vec<u64>, leaves: Vec<Hash>) {
        debug_assert!(self.view.ends.is_empty() && ends.len() == leaves.len());
        self.hasher.update(lines);
        (self.view.ends, self.view.leaves) = (ends, leaves);
    }

    /// Returns the last segment as a full one; `last` is the SHA-256 of its last line.
    pub fn seal(&mut self, last: Hash) -> Arc<Sealed> {
        let sha256 = Hash::from_bytes(self.hasher.finalize_reset().into());
        let mut frontier = Frontier::new();
        frontier.extend(&self.view.leaves);
        let mut starts: Vec<u64> = vec![0];
        let stride = self.view.stride();
        starts.extend(self.view.ends.iter().skip(stride - 1).step_by(stride));
        let sealed = Arc::new(Sealed { root: frontier.root(), sha256, last, starts });
        self.view.sealed.push(Arc::clone(&sealed));
        self.view.ends.clear();
        self.view.leaves.clear();
        sealed
    }
}

/// Does both, at the same time where it is worth a thread, and returns what the second gives.
fn beside<T>(bytes: usize, first: impl FnOnce() + Send, second: impl FnOnce() -> T) -> T {
    if bytes < BESIDE {
        first();
        return second();
    }
    std::thread::scope(|scope| {
        scope.spawn(first);
        second()
    })
}

/// SHA-256 of the first bytes of a file.
pub fn digest<D: Disk>(disk: &D, name: &str, length: u64) -> Result<Hash, StoreError> {
    let mut at = 0;
    let mut hasher = Sha256::new();
    while at < length {
        let bytes = disk.read(name, at..length.min(at + HASH_BYTES)).map_err(failed(name, "read"))?;
        if bytes.is_empty() {
            let reason = format!("it ends at byte {at} and had {length}");
            return Err(StoreError::Corrupt { place: name.to_owned(), reason });
        }
        at += bytes.len() as u64;
        hasher.update(&bytes);
    }
    Ok(Hash::from_bytes(hasher.finalize().into()))
}
