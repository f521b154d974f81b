//! The ledger: what was told once, kept for good, and what it adds up to at any point of its history.
//!
//! An event is taken once. Sent again it gets the same receipt; sent again with other content it is a conflict, and the
//! first one stays. Nothing is changed and nothing taken out: a correction is an event that takes another one's place from
//! its line on, and a report names the line it was made as of. So every report that was ever issued can be made again, unless
//! an event of it was taken in detached and has been redacted since: then the ledger says so.
//!
//! The ledger decides, a [`Store`] keeps. The time of a record and who asked for it come from the caller.

mod answer;
mod book;
mod conflict;
mod error;
mod gaps;
mod ingest;
mod issue;
mod pending;
mod period;
mod prepare;
mod prove;
mod receipt;
mod redact;
mod sources;

use std::sync::Arc;

pub use book::{Book, Question};
pub use error::LedgerError;
pub use gaps::Gap;
pub use issue::{Issued, IssuedRecord, Order};
pub use period::Closed;
pub use prepare::{MAX_TENANT_CHARS, Prepared, Tenant};
pub use receipt::{Conflict, Ingested, Item, Outcome};
pub use redact::MAX_REASON_CHARS;
pub use sources::SourceDays;

use crate::account::Amended;
use crate::audit::{Chain, LogName, RecordKind};
use crate::error::Error;
use crate::store::{Commit, Store, StoreError};
use crate::time::Instant;
use pending::Pending;

/// Why a ledger takes nothing after a panic while it wrote.
const UNFINISHED: &str = "a request was not finished";

/// Who asked for a record, and when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'s> {
    /// Who: 1 to 200 characters.
    pub actor: &'s str,
    /// When, by the caller's clock.
    pub time: Instant,
}

/// A ledger that this process writes to.
///
/// # Examples
/// ```
/// use esg_core::ledger::{Ledger, Outcome, Prepared, Stamp, Tenant};
/// use esg_core::store::MemoryStore;
/// use esg_core::telemetry::{Options, json};
///
/// let mut ledger = Ledger::open(MemoryStore::new("example.org/footprint".parse()?))?;
/// let event = br#"{"source_id":"meter-1","external_event_id":"2024-03","vertical":"ai_data_center",
///     "timestamp":"2024-03-31T00:00:00Z","metrics":{"energy_kwh":1250.5,"pue":1.15}}"#;
/// let stamp = Stamp { actor: "doc", time: "2024-04-01T08:00:00Z".parse()? };
/// let tenant = Tenant::new("acme")?;
/// let read = || json::read(event, Options::default()).map(|received| Prepared::new(received, &tenant, "example"));
/// let first = ledger.ingest(read()?, stamp)?;
/// assert_eq!((first.items[0].outcome, first.items[0].seq), (Outcome::Accepted, 0));
/// // Sent again it counts once and has the same receipt.
/// let again = ledger.ingest(read()?, stamp)?;
/// assert_eq!((again.items[0].outcome, again.items[0].seq), (Outcome::Duplicate, 0));
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Ledger<S> {
    store: S,
    chain: Chain,
    amended: Arc<Amended>,
    closed: Vec<Closed>,
    pending: Pending,
    stopped: Option<String>,
}

impl<S: Store> Ledger<S> {
    /// Opens the ledger that a store keeps.
    ///
    /// # Errors
    /// `Io`, `Corrupt`, and `Amends` where the amendments that are kept do not fit each other.
    pub fn open(store: S) -> Result<Self, Error> {
        let chain = store.chain()?;
        let amended = Arc::new(book::amended(&store)?);
        let closed = period::closed(&store, 0)?;
        Ok(Self { store, chain, amended, closed, pending: Pending::default(), stopped: None })
    }

    /// Name of the log.
    pub const fn name(&self) -> &LogName {
        self.chain.name()
    }

    /// How many lines the log has; those that are staged count.
    pub const fn size(&self) -> u64 {
        self.chain.size()
    }

    /// The chain behind the last line.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Periods that were closed, in the order in which they were.
    pub fn closed(&self) -> &[Closed] {
        &self.closed
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The store, for what only it can do. What is staged has to be committed first.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Takes the events of a request, each by itself, and returns when they survive a crash.
    ///
    /// # Errors
    /// `Actor`; what the store refuses. A row that cannot be taken is no error: see [`Ingested`].
    pub fn ingest(&mut self, prepared: Prepared, stamp: Stamp<'_>) -> Result<Ingested, Error> {
        let ingested = self.stage(prepared, stamp)?;
        self.commit()?;
        Ok(ingested)
    }

    /// Takes all events of a request, or none when one of its rows conflicts or is refused.
    ///
    /// # Errors
    /// `Atomic`; as [`Ledger::ingest`].
    pub fn ingest_atomic(&mut self, prepared: Prepared, stamp: Stamp<'_>) -> Result<Ingested, Error> {
        let ingested = self.stage_atomic(prepared, stamp)?;
        self.commit()?;
        Ok(ingested)
    }

    /// Makes durable what was staged since the last commit, in one write.
    ///
    /// # Errors
    /// `Moved` when another process wrote meanwhile, which is possible only where it was let in because this one took too
    /// long: then nothing that was staged is there, the ledger knows what the other wrote, and all may be staged again.
    /// What else the store refuses. After that the ledger takes nothing until it is opened again, because what was being
    /// written may be there or not.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.hand_over(S::commit)?;
        self.sync()
    }

    /// Gives the store what was staged, as [`commit`](Ledger::commit) does, but returns before it is durable, so that more can
    /// be staged while the disk works. No answer may be given before [`sync`](Ledger::sync) or a commit.
    ///
    /// # Errors
    /// As [`commit`](Ledger::commit).
    pub fn write(&mut self) -> Result<(), StoreError> {
        self.hand_over(S::write)
    }

    /// Returns when all that was written survives a crash of the machine.
    ///
    /// # Errors
    /// As [`commit`](Ledger::commit).
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.check_running()?;
        self.store.sync().inspect_err(|error| self.stopped = Some(error.to_string()))
    }

    fn hand_over(
        &mut self,
        how: impl FnOnce(&mut S, Commit<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.check_running()?;
        if self.pending.is_empty() {
            self.store.release();
            return Ok(());
        }
        let mut pending = std::mem::take(&mut self.pending);
        let commit = Commit {
            chain: &self.chain,
            lines: &pending.lines,
            ends: &pending.ends,
            leaves: &pending.leaves,
            events: std::mem::take(&mut pending.events),
            marks: &pending.marks,
            payloads: &pending.payloads,
            redacted: &pending.redacted,
        };
        self.stopped = Some(UNFINISHED.to_owned());
        let committed = how(&mut self.store, commit);
        self.stopped = None;
        pending.clear();
        self.pending = pending;
        match committed {
            Ok(()) => Ok(()),
            // What was staged may have amended events, so what is known of amendments is read anew.
            Err(moved @ StoreError::Moved { .. }) => match self.reread() {
                Ok(()) => Err(moved),
                Err(error) => {
                    self.stopped = Some(error.to_string());
                    Err(moved)
                }
            },
            Err(error) => {
                self.stopped = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Takes note of what other processes have written. A ledger does so by itself before it writes; for reading from a
    /// ledger that writes seldom, ask for it.
    ///
    /// # Errors
    /// What the store refuses.
    pub fn refresh(&mut self) -> Result<(), Error> {
        self.check_running()?;
        self.hold()?;
        self.release_idle();
        Ok(())
    }

    /// Keeps other writers out from the first line that is staged to the commit, and takes note of what they wrote.
    fn hold(&mut self) -> Result<(), Error> {
        if !self.pending.is_empty() {
            return Ok(());
        }
        self.store.hold()?;
        if self.store.size() == self.chain.size() {
            return Ok(());
        }
        self.follow().inspect_err(|error| {
            self.store.release();
            self.stopped = Some(error.to_string());
        })
    }

    /// Lets other writers in when nothing is staged.
    fn release_idle(&mut self) {
        if self.pending.is_empty() {
            self.store.release();
        }
    }

    /// Takes note of the lines that the store has behind those that are known.
    fn follow(&mut self) -> Result<(), Error> {
        let known = self.chain.size();
        let amendments = self.store.amendments_from(known)?;
        if !amendments.is_empty() {
            book::amend(Arc::make_mut(&mut self.amended), amendments)?;
        }
        self.closed.extend(period::closed(&self.store, known)?);
        self.chain = self.store.chain()?;
        Ok(())
    }

    fn reread(&mut self) -> Result<(), Error> {
        self.amended = Arc::new(book::amended(&self.store)?);
        self.closed = period::closed(&self.store, 0)?;
        self.chain = self.store.chain()?;
        Ok(())
    }

    /// Adds a record that is about the ledger and not about an event, and returns its line once it is durable.
    ///
    /// # Errors
    /// `Actor`, `Body`, `TooLong`; what the store refuses.
    pub fn record(&mut self, kind: RecordKind, body: &[u8], stamp: Stamp<'_>) -> Result<u64, Error> {
        let seq = self.stage_record(kind, body, stamp)?;
        self.commit()?;
        Ok(seq)
    }

    fn stage_record(&mut self, kind: RecordKind, body: &[u8], stamp: Stamp<'_>) -> Result<u64, Error> {
        self.check_running()?;
        self.hold()?;
        let entry = self.chain.append(kind, stamp.actor, stamp.time, body, &mut self.pending.lines);
        let entry = entry.inspect_err(|_| self.release_idle())?;
        self.pending.leaves.push(entry.leaf);
        self.pending.ends.push(self.pending.lines.len());
        self.pending.marks.push((entry.seq, kind));
        Ok(entry.seq)
    }

    /// Returns the ledger's book as it is now, with what other processes wrote up to the last write or
    /// [`refresh`](Ledger::refresh) of this one; later events do not change it.
    ///
    /// # Errors
    /// `Io`.
    pub fn book(&self) -> Result<Book, StoreError> {
        Ok(Book::new(self.store.snapshot()?, Arc::clone(&self.amended), self.closed.clone()))
    }

    /// Gives back the store.
    ///
    /// # Errors
    /// As [`Ledger::commit`].
    pub fn into_store(mut self) -> Result<S, StoreError> {
        self.commit()?;
        Ok(self.store)
    }

    fn check_running(&self) -> Result<(), StoreError> {
        match &self.stopped {
            Some(reason) => Err(StoreError::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }
}
