//! A ledger in PostgreSQL, which several servers write to.
//!
//! A session that breaks, because the database was started again or the network failed, leaves a ledger that takes nothing more:
//! whether its last commit is there is not known. The next request opens it anew and finds out.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use esg_core::audit::{Checkpoint, LogName, SignedNote, SignerKey};
use esg_core::error::Error;
use esg_core::face::LedgerQuestion;
use esg_core::ledger::{Book, Ingested, Issued, Ledger, Stamp};
use esg_core::store::StoreError;
use esg_core::time::Period;
use esg_store::postgres::Server;
use esg_store::{Bulk, Committed, PostgresStore, Request, SharedLedger, ingest_lines_beside};

use super::keeper::{Keeper, Kept, book};

/// Schema of the ledger.
const SCHEMA: &str = "esg";

type Shared = SharedLedger<PostgresStore>;

/// A ledger in a schema, and the folder of its key.
struct Database {
    server: Server,
    folder: PathBuf,
    key: Option<SignerKey>,
    shared: RwLock<Arc<Shared>>,
}

/// Opens the ledger of a database, or makes one. Whoever makes it makes its key, in `folder`; other servers are given the key's
/// file, or sign nothing.
pub fn open(url: &str, folder: &Path, log: &str) -> Result<Kept, Error> {
    let name: LogName = log.parse()?;
    let server = Server::new(url, SCHEMA)?;
    let store = match PostgresStore::open(&server) {
        Err(Error::Store(StoreError::Absent { .. })) => {
            let failed = |error: std::io::Error| StoreError::Io {
                place: folder.display().to_string(),
                action: "make",
                reason: error.to_string(),
            };
            std::fs::create_dir_all(folder).map_err(failed)?;
            esg_store::make_key(folder, name.as_str())?;
            PostgresStore::create(&server, &name)?
        }
        opened => opened?,
    };
    let key = esg_store::signer(folder)?;
    if key.is_none() {
        tracing::warn!("the folder has no key of this log: nothing is signed or proved here");
    }
    let shared = RwLock::new(Arc::new(SharedLedger::new(Ledger::open(store)?)));
    Ok(Arc::new(Box::new(Database { server, folder: folder.to_owned(), key, shared })))
}

impl Database {
    /// The ledger, opened anew where it takes nothing more.
    fn ledger(&self) -> Result<Arc<Shared>, Error> {
        let shared = Arc::clone(&self.shared.read().unwrap_or_else(PoisonError::into_inner));
        match shared.with(|ledger| ledger.refresh()) {
            Ok(()) => return Ok(shared),
            Err(Error::Store(StoreError::Stopped { .. } | StoreError::Io { .. })) => {}
            Err(error) => return Err(error),
        }
        let mut place = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        // Others may have waited for the same.
        if Arc::ptr_eq(&place, &shared) {
            *place = Arc::new(SharedLedger::new(Ledger::open(PostgresStore::open(&self.server)?)?));
            tracing::info!("the ledger was opened anew");
        }
        Ok(Arc::clone(&place))
    }
}

impl Keeper for Database {
    fn ingest(&self, requests: Vec<Request>) -> Vec<Result<Ingested, Error>> {
        match self.ledger() {
            Ok(shared) => shared.ingest_group(requests),
            Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn upload(
        &self,
        file: &mut (dyn Read + Send),
        how: &Bulk<'_>,
        each: &mut dyn FnMut(Committed) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        ingest_lines_beside(&*self.ledger()?, file, how, each)
    }

    fn book(&self) -> Result<Book, Error> {
        book(&*self.ledger()?)
    }

    fn sign(&self) -> Result<Option<String>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        self.ledger()?.with(|ledger| {
            ledger.refresh()?;
            let chain = ledger.chain();
            let checkpoint = Checkpoint::new(chain.name(), chain.size(), chain.root());
            Ok(Some(SignedNote::sign(&checkpoint.to_string(), &[key])?.to_string()))
        })
    }

    fn issue(
        &self,
        question: &LedgerQuestion,
        organisation: Option<&str>,
        stamp: Stamp<'_>,
    ) -> Result<Issued, Error> {
        let checkpoint = self.sign()?;
        self.ledger()?.with(|ledger| question.issue(ledger, organisation, checkpoint.as_deref(), stamp))
    }

    fn close_period(&self, period: Period, stamp: Stamp<'_>) -> Result<u64, Error> {
        self.ledger()?.with(|ledger| ledger.close(period, stamp))
    }

    fn check(&self) -> Result<(), Error> {
        self.ledger().map(|_| ())
    }

    fn keys(&self) -> Result<Vec<String>, Error> {
        Ok(esg_store::keys(&self.folder)?.iter().map(ToString::to_string).collect())
    }

    fn close(self: Box<Self>) -> Result<(), Error> {
        // The session ends with the process, and every commit is durable before it is answered.
        Ok(())
    }
}
