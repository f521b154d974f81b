//! Reading a ledger: what its events add up to, as of any of its lines.

use std::sync::Arc;

use super::{Closed, LedgerError, Tenant};
use crate::account::{Accepted, Account, Amended, Settings, Trail, account_accepted};
use crate::aggregate::Engine;
use crate::audit::LogName;
use crate::error::Error;
use crate::store::{Events, Reader, Replaced, Wanted};
use crate::time::Period;

/// What is asked of a ledger.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whose events.
    pub tenant: Tenant,
    /// Days; all without it.
    pub period: Option<Period>,
    /// Size of the log to read as of: lines from there on are not seen. Without it the size at the closing of the period
    /// where it is closed, else the size now.
    pub as_of: Option<u64>,
}

/// A ledger as it was when it was opened for reading; what is written meanwhile does not change it.
pub struct Book {
    reader: Box<dyn Reader>,
    amended: Arc<Amended>,
    closed: Vec<Closed>,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("name", self.name()).field("size", &self.size()).finish_non_exhaustive()
    }
}

impl Book {
    pub(super) fn new(reader: Box<dyn Reader>, amended: Arc<Amended>, closed: Vec<Closed>) -> Self {
        Self { reader, amended, closed }
    }

    /// Opens what a reader of a store gives, where no ledger of this process writes to it.
    ///
    /// # Errors
    /// `Io`, `Corrupt`, `Amends`.
    pub fn open(reader: Box<dyn Reader>) -> Result<Self, Error> {
        let amended = Arc::new(amended(&*reader)?);
        let closed = super::period::closed(&*reader, 0)?;
        Ok(Self { reader, amended, closed })
    }

    /// Name of the log.
    pub fn name(&self) -> &LogName {
        self.reader.name()
    }

    /// How many lines the log has.
    pub fn size(&self) -> u64 {
        self.reader.size()
    }

    /// Periods that were closed.
    pub fn closed(&self) -> &[Closed] {
        &self.closed
    }

    /// The store that is read.
    pub fn reader(&self) -> &dyn Reader {
        &*self.reader
    }

    /// Returns the size of the log that a question is answered as of.
    ///
    /// # Errors
    /// `AsOf` when the log is shorter.
    pub fn as_of(&self, question: &Question) -> Result<u64, LedgerError> {
        let size = self.size();
        match question.as_of {
            Some(as_of) if as_of > size => Err(LedgerError::AsOf { as_of, size }),
            Some(as_of) => Ok(as_of),
            None => {
                let within = |closed: &&Closed| {
                    question
                        .period
                        .is_some_and(|p| closed.period.start() <= p.start() && p.end() <= closed.period.end())
                };
                // The line that closed it is the last one that its reports see.
                Ok(self.closed.iter().find(within).map_or(size, |closed| closed.seq + 1))
            }
        }
    }

    /// Returns the events that count: none that was amended, and no voids.
    ///
    /// # Errors
    /// `AsOf`, `Io`, `Corrupt`.
    pub fn events(&self, question: &Question) -> Result<Events, Error> {
        self.counted(question).map(|(events, _)| events)
    }

    pub(super) fn is_amended(&self, event: u64, as_of: u64) -> bool {
        self.amended.is_amended(event, as_of)
    }

    fn counted(&self, question: &Question) -> Result<(Events, u64), Error> {
        let as_of = self.as_of(question)?;
        let wanted = Wanted { tenant: question.tenant.as_str(), period: question.period, as_of };
        let events = self.reader.events(&wanted)?;
        if self.amended.is_empty() {
            return Ok((events, 0));
        }
        let counts = |event: usize| {
            let voids = events.batch.measurements(event).is_empty();
            !voids && !self.amended.is_amended(events.batch.line[event], as_of)
        };
        let kept = events.filtered(counts);
        let amended = (events.len() - kept.len()) as u64;
        Ok((kept, amended))
    }

    /// Returns the account of the events that count.
    ///
    /// # Errors
    /// `AsOf`, `Io`, `Corrupt`, `amount.overflow`. A row that cannot be used is no error: see [`Account::refused`]; nor is an
    /// event that was redacted, which is among those and in the coverage of the inventory.
    pub fn account(
        &self,
        question: &Question,
        engine: &Engine,
        settings: &Settings,
    ) -> Result<Account, Error> {
        let (Events { batch, fingerprints, .. }, amended) = self.counted(question)?;
        // Behind the events: whatever is redacted between the two is told as missing.
        let redacted = self.redacted(question)?;
        let events = Accepted { label: self.name().to_string(), batch, fingerprints, amended, redacted };
        account_accepted(events, engine, settings)
    }

    /// Returns the trail of the events that count: how every cell of the account came about.
    ///
    /// # Errors
    /// `Redacted` where an event of the question was: a cell without it would be a proof of too little. As
    /// [`Book::account`].
    pub fn trail(&self, question: &Question, engine: &Engine, settings: &Settings) -> Result<Trail, Error> {
        let events = self.events(question)?.batch;
        self.check_whole(question)?;
        Trail::of(events, engine, &settings.defaults)
    }
}

/// Returns what became of the events that were amended.
pub(super) fn amended(reader: &dyn Reader) -> Result<Amended, Error> {
    let mut amended = Amended::default();
    amend(&mut amended, reader.amendments()?)?;
    Ok(amended)
}

/// Takes note of amendments that a store keeps.
pub(super) fn amend(amended: &mut Amended, replaced: Vec<Replaced>) -> Result<(), Error> {
    for Replaced { event, by, kind } in replaced {
        amended.amend(Some(event), by, kind)?;
    }
    Ok(())
}
