//! What all services share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use esg_core::ledger::{Book, Ingested, Outcome as Became, Tenant};
use tokio::sync::Semaphore;

use super::alerts::Alerts;
use super::auth::Auth;
use super::config::Hook;
use super::keeper::Kept;
use super::limits::{MAX_WORK, WORK_PAUSE};
use super::metrics::Metrics;
use super::own_sets::OwnSets;
use super::problem::{Outcome, ServeError};
use super::service::Service;
use super::simulator::Jobs;
use super::writer::Writer;

/// The server.
pub struct App {
    /// The ledger.
    pub keeper: Kept,
    /// The thread that writes to it.
    pub writer: Writer,
    /// Counts and times.
    pub metrics: Metrics,
    /// Who may ask what.
    pub auth: Auth,
    /// Systems that sign what they send.
    pub hooks: Vec<Hook>,
    /// Rules, alerts and who is told.
    pub alerts: Alerts,
    /// Work that may take long.
    pub jobs: Jobs,
    /// Factor sets of the tenants.
    pub sets: OwnSets,
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
    /// Puts the server together; `sets` is the folder of the factor sets that tenants add.
    pub fn new(
        keeper: Kept,
        writer: Writer,
        auth: Auth,
        hooks: Vec<Hook>,
        alerts: Alerts,
        jobs: Jobs,
        sets: PathBuf,
    ) -> Self {
        Self {
            keeper,
            writer,
            metrics: Metrics::default(),
            auth,
            hooks,
            alerts,
            jobs,
            sets: OwnSets::new(sets),
            work: Semaphore::new(MAX_WORK),
            stopping: AtomicBool::new(false),
        }
    }

    /// Takes note of what was taken: it is counted, and rules that it concerns are judged soon.
    pub fn taken(&self, tenant: &Tenant, ingested: &Ingested) {
        self.metrics.events(ingested);
        if ingested.items.iter().any(|item| item.outcome == Became::Accepted) {
            self.alerts.committed(tenant, ingested.batch.sources.words().iter().map(|source| &**source));
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

    /// From now on the server is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// True when the server is being stopped.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
