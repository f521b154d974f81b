//! Where a ledger keeps what it was told: lines of the log, and the events among them in columns.
//!
//! A store knows nothing of accounting. It finds keys, adds lines and events in one commit, and gives back the events of
//! a period without reading JSON. Everything in it follows from the lines of the log; the columns are there for speed.
//! All stores, in memory, in a folder or in PostgreSQL, pass one set of tests.

mod error;
mod events;
mod key;
mod memory;
mod redacted;
mod replay;

use std::ops::Range;

pub use error::StoreError;
pub use events::{Events, EventsCollector, Replaced};
pub use key::{Key, Known};
pub use memory::MemoryStore;
pub use redacted::Redacted;
pub use replay::Replay;

use crate::audit::{Chain, Hash, LogName, RecordKind};
use crate::time::Period;

/// Which events are asked for.
#[derive(Clone, Debug)]
pub struct Wanted<'w> {
    /// Whose they are.
    pub tenant: &'w str,
    /// Days that they are of; all without it.
    pub period: Option<Period>,
    /// Places in the log from which on nothing is seen: the size of the log that a report is pinned to.
    pub as_of: u64,
}

/// What one commit adds. All of it is there afterwards, or nothing.
#[derive(Clone, Debug)]
pub struct Commit<'c> {
    /// The chain behind the last line.
    pub chain: &'c Chain,
    /// Lines of the log with their LFs.
    pub lines: &'c [u8],
    /// `ends[line]`: where each ends in `lines`, behind its LF.
    pub ends: &'c [usize],
    /// `leaves[line]`: hashes of the lines in the Merkle tree.
    pub leaves: &'c [Hash],
    /// The events that the lines accept, those of one request after those of another.
    pub events: Vec<Events>,
    /// Places of the lines that are about the ledger and not about an event.
    pub marks: &'c [(u64, RecordKind)],
    /// What detached lines committed to. All of it is durable before any of the lines.
    pub payloads: &'c [Payload],
    /// Events whose payload the lines redact. They go after the lines are durable: what a crash broke off then is ended when
    /// the store is opened, because the lines say what was to be done.
    pub redacted: &'c [Redacted],
}

/// What a detached line committed to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payload {
    /// The line.
    pub seq: u64,
    /// Salt and payload, in the form of [`payload_file`](crate::audit::payload_file).
    pub file: Vec<u8>,
}

/// Reading from a store, as it was when the reader was made.
pub trait Reader: Send {
    /// Name of the log.
    fn name(&self) -> &LogName;

    /// How many lines there are.
    fn size(&self) -> u64;

    /// Returns the events of a period that were accepted before `as_of`, in the order of the log.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError>;

    /// Returns every amendment, in the order of the log.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn amendments(&self) -> Result<Vec<Replaced>, StoreError>;

    /// Returns the amendments from a line on.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn amendments_from(&self, seq: u64) -> Result<Vec<Replaced>, StoreError> {
        let mut amendments = self.amendments()?;
        amendments.retain(|replaced| replaced.by >= seq);
        Ok(amendments)
    }

    /// Returns the places of the records of a kind that is not about an event.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError>;

    /// Calls `each` with the lines of a range, without their LFs, until it returns false.
    ///
    /// # Errors
    /// `Missing` when the log has fewer lines, `Io`, `Corrupt`.
    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError>;

    /// Returns what a detached line committed to, as [`Payload::file`]; none for a line that holds its event itself, and for
    /// one that was redacted.
    ///
    /// # Errors
    /// `Io`.
    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns what is known of the events that were redacted, in the order of the log.
    ///
    /// An event that is redacted while others read is gone for them too: whoever asks for events and for what is missing
    /// among them asks for the events first.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn redacted(&self) -> Result<Vec<Redacted>, StoreError>;

    /// Returns the leaves of a range of lines.
    ///
    /// # Errors
    /// As [`Reader::lines`].
    fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let mut leaves = Vec::new();
        self.lines(range, &mut |_, line| {
            leaves.push(Hash::leaf(line));
            true
        })?;
        Ok(leaves)
    }

    /// Returns the root of the full subtree of 2^`level` leaves whose number at that level is `index`.
    ///
    /// # Errors
    /// As [`Reader::lines`].
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        let width = 1u64 << level;
        let mut roots = self.leaves(index * width..(index + 1) * width)?;
        while roots.len() > 1 {
            roots = roots.chunks(2).map(|pair| Hash::node(&pair[0], &pair[1])).collect();
        }
        roots.pop().ok_or(StoreError::Missing { seq: index * width, size: self.size() })
    }

    /// Returns a line.
    ///
    /// # Errors
    /// As [`Reader::lines`].
    fn line(&self, seq: u64) -> Result<Vec<u8>, StoreError> {
        let mut found = None;
        self.lines(seq..seq + 1, &mut |_, line| {
            found = Some(line.to_vec());
            false
        })?;
        found.ok_or(StoreError::Missing { seq, size: self.size() })
    }
}

/// A store that is open to write.
///
/// Most have one writer. A store that several processes write to says so by [`hold`](Store::hold): until a commit or a
/// release it has one writer as well.
pub trait Store: Reader {
    /// Keeps other writers out until the next commit or release, and takes note of what they have added: afterwards
    /// [`Reader::size`], [`Store::chain`] and all else are of now. A store with one writer has nothing to do.
    ///
    /// # Errors
    /// `Locked` when another writer does not let go, `Io`, `Corrupt`.
    fn hold(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Lets other writers in where nothing is to be committed.
    fn release(&mut self) {}

    /// Returns the chain behind the last line.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn chain(&self) -> Result<Chain, StoreError>;

    /// Returns what is known of each key, `known[key]`.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError>;

    /// Adds lines and events. When it returns they survive a crash of the machine.
    ///
    /// # Errors
    /// `Moved` when others have added lines behind those that the chain knows: then nothing was written, and the store knows
    /// those lines too. `Io`, `Full`: what had such an error is not known to be there or not; the store takes nothing more until it is opened anew.
    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError>;

    /// Adds lines and events as [`commit`](Store::commit) does, but they need not survive a crash before
    /// [`sync`](Store::sync) has returned: so that more is prepared while the disk works.
    ///
    /// # Errors
    /// As [`commit`](Store::commit).
    fn write(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        self.commit(commit)
    }

    /// Returns when all that was written survives a crash of the machine.
    ///
    /// # Errors
    /// `Io`, `Full`: as [`commit`](Store::commit).
    fn sync(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns a reader of what is there now, which later commits do not change.
    ///
    /// # Errors
    /// `Io`.
    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError>;
}
