//! What all services share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use esg_core::face::Sets;
use esg_core::ledger::Book;
use tokio::sync::Semaphore;

use super::keeper::Kept;
use super::limits::{MAX_WORK, WORK_PAUSE};
use super::metrics::Metrics;
use super::problem::{Outcome, Problem, ServeError};
use super::service::Service;
use super::writer::Writer;

/// The server.
pub struct App {
    /// The ledger.
    pub keeper: Kept,
    /// The thread that writes to it.
    pub writer: Writer,
    /// Counts and times.
    pub metrics: Metrics,
    /// Factor sets: the built-in ones, and those that were added while the server runs.
    sets: RwLock<Arc<Sets>>,
    /// Calculations and uploads at a time.
    work: Semaphore,
    stopping: AtomicBool,
}

/// The server as one of its services sees it.
#[derive(Clone)]
pub struct At {
    /// The server.
    pub app: Arc<App>,
    /// Which service.
    pub service: Service,
}

impl App {
    /// Puts the server together.
    pub fn new(keeper: Kept, writer: Writer) -> Self {
        Self {
            keeper,
            writer,
            metrics: Metrics::default(),
            sets: RwLock::new(Arc::new(Sets::default())),
            work: Semaphore::new(MAX_WORK),
            stopping: AtomicBool::new(false),
        }
    }

    /// Runs work that calculates or reads the disk, away from the threads of the network.
    pub async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let turn = tokio::time::timeout(WORK_PAUSE, self.work.acquire()).await;
        let _turn = turn.map_err(|_| ServeError::Busy)?.map_err(|_| ServeError::Stopping)?;
        let app = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&app)).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "work was not finished");
                Err(ServeError::Internal.into())
            }
        }
    }

    /// Reads the ledger's book, away from the threads of the network.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Book) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.work(move |app| read(&app.keeper.book()?)).await
    }

    /// The factor sets of now.
    pub fn sets(&self) -> Arc<Sets> {
        Arc::clone(&self.sets.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a factor set for as long as the server runs.
    pub fn add_set(&self, text: &str) -> Result<Arc<Sets>, Problem> {
        let mut place = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        let mut sets = Sets::clone(&place);
        sets.add(text)?;
        *place = Arc::new(sets);
        Ok(Arc::clone(&place))
    }

    /// From now on the server is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// True when the server is being stopped.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
