//! The ledger behind the server: a folder of this machine, or a database that several servers write to.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use esg_core::error::Error;
use esg_core::face::LedgerQuestion;
use esg_core::ledger::{Book, Ingested, Issued, Stamp};
use esg_core::store::Store;
use esg_core::time::Period;
use esg_store::{Bulk, Committed, FolderLedger, Request, SharedFolder, SharedLedger, ingest_lines_beside};

/// What the services ask of a ledger. Every call may wait for the disk, so none is made on a thread of the network.
pub trait Keeper: Send + Sync {
    /// Takes several requests in one commit.
    fn ingest(&self, requests: Vec<Request>) -> Vec<Result<Ingested, Error>>;

    /// Takes a file of JSON Lines while others write.
    fn upload(
        &self,
        file: &mut (dyn Read + Send),
        how: &Bulk<'_>,
        each: &mut dyn FnMut(Committed) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// The ledger's book as it is now.
    fn book(&self) -> Result<Book, Error>;

    /// Signs the log, where there is a key.
    fn sign(&self) -> Result<Option<String>, Error>;

    /// Makes a report and records it.
    fn issue(
        &self,
        question: &LedgerQuestion,
        organisation: Option<&str>,
        stamp: Stamp<'_>,
    ) -> Result<Issued, Error>;

    /// Closes a period.
    fn close_period(&self, period: Period, stamp: Stamp<'_>) -> Result<u64, Error>;

    /// Refuses when the ledger takes nothing.
    fn check(&self) -> Result<(), Error>;

    /// Public keys of the log, one a line of text.
    fn keys(&self) -> Result<Vec<String>, Error>;

    /// Signs and closes.
    fn close(self: Box<Self>) -> Result<(), Error>;
}

/// A ledger that the services share; the box lets the last of them close it.
pub type Kept = Arc<Box<dyn Keeper>>;

/// Opens the ledger of a folder, or makes one.
pub fn folder(path: &Path, log: &str, stamp: Stamp<'_>) -> Result<Kept, Error> {
    let opened = FolderLedger::open_or_create(path, &log.parse()?, stamp)?;
    for torn in opened.recovered() {
        tracing::warn!(
            file = %torn.file,
            bytes = torn.bytes.len(),
            "a piece that was never acknowledged is now in quarantine/"
        );
    }
    Ok(Arc::new(Box::new(opened.share())))
}

/// The book of a store, with what others wrote.
pub fn book<S: Store>(shared: &SharedLedger<S>) -> Result<Book, Error> {
    shared.with(|ledger| {
        ledger.refresh()?;
        Ok(ledger.book()?)
    })
}

impl Keeper for SharedFolder {
    fn ingest(&self, requests: Vec<Request>) -> Vec<Result<Ingested, Error>> {
        self.ledger().ingest_group(requests)
    }

    fn upload(
        &self,
        file: &mut (dyn Read + Send),
        how: &Bulk<'_>,
        each: &mut dyn FnMut(Committed) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        ingest_lines_beside(self.ledger(), file, how, each)
    }

    fn book(&self) -> Result<Book, Error> {
        book(self.ledger())
    }

    fn sign(&self) -> Result<Option<String>, Error> {
        Self::sign(self)
    }

    fn issue(
        &self,
        question: &LedgerQuestion,
        organisation: Option<&str>,
        stamp: Stamp<'_>,
    ) -> Result<Issued, Error> {
        let checkpoint = Self::sign(self)?;
        self.ledger().with(|ledger| question.issue(ledger, organisation, checkpoint.as_deref(), stamp))
    }

    fn close_period(&self, period: Period, stamp: Stamp<'_>) -> Result<u64, Error> {
        self.ledger().with(|ledger| ledger.close(period, stamp))
    }

    fn check(&self) -> Result<(), Error> {
        self.ledger().with(|ledger| ledger.refresh())
    }

    fn keys(&self) -> Result<Vec<String>, Error> {
        Ok(esg_store::keys(self.path())?.iter().map(ToString::to_string).collect())
    }

    fn close(self: Box<Self>) -> Result<(), Error> {
        Self::close(*self)
    }
}
