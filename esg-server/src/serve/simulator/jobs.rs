//! Work that may take long: it waits for its turn, says how far it is, and can be called off.
//!
//! Jobs live in memory and end with the process. Nothing is lost by that: the same question with the same seed gives the same bytes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use esg_core::alert::AlertError;
use esg_core::error::Error;
use esg_core::face::details;
use esg_core::ledger::Tenant;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use crate::serve::app::App;
use crate::serve::limits::{MAX_JOBS_KEPT, MAX_JOBS_RUNNING, MAX_JOBS_WAITING};

/// How a job stands.
#[derive(Clone, Debug)]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// It is worked on.
    Running,
    /// It is done; the bytes are those of the command line.
    Done(Bytes),
    /// It was refused.
    Failed(Error),
    /// Somebody called it off.
    Cancelled,
}

impl State {
    /// The word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// True when nothing more comes.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_) | Self::Cancelled)
    }
}

/// A job.
#[derive(Debug)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// What it does.
    pub kind: &'static str,
    tenant: Tenant,
    done: AtomicU64,
    total: AtomicU64,
    called_off: AtomicBool,
    state: watch::Sender<State>,
}

impl Job {
    /// How it stands, and when that changes.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// The job as a document.
    pub fn document(&self) -> Value {
        let state = self.state.borrow();
        let mut document = json!({
            "id": self.id, "kind": self.kind, "state": state.as_str(), "done": self.done.load(Ordering::Relaxed),
            "total": self.total.load(Ordering::Relaxed),
        });
        if let State::Failed(error) = &*state {
            document["problem"] =
                json!({"code": error.code(), "detail": error.to_string(), "more": details(error)});
        }
        document
    }

    /// Takes note of how far it is; false when it shall end.
    fn progress(&self, app: &App, done: u64, total: u64) -> bool {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        !self.called_off.load(Ordering::Relaxed) && !app.is_stopping()
    }

    fn end(&self, state: State) {
        // Whatever comes of work that was called off, it stays called off.
        let state = if self.called_off.load(Ordering::Relaxed) { State::Cancelled } else { state };
        self.state.send_replace(state);
    }

    /// Calls it off.
    pub fn cancel(&self) {
        self.called_off.store(true, Ordering::Relaxed);
        self.state.send_if_modified(|state| {
            let waits = matches!(state, State::Waiting);
            if waits {
                *state = State::Cancelled;
            }
            waits
        });
    }
}

/// Is told how far a job is; answers whether to go on.
pub type Progress<'p> = &'p dyn Fn(u64, u64) -> bool;

/// All jobs.
#[derive(Debug)]
pub struct Jobs {
    known: Mutex<BTreeMap<u64, Arc<Job>>>,
    next: AtomicU64,
    turns: Arc<Semaphore>,
}

impl Jobs {
    /// No jobs. `first` is the number of the first one: a time, so that no number of a process before comes again.
    pub fn new(first: u64) -> Self {
        Self {
            known: Mutex::new(BTreeMap::new()),
            next: AtomicU64::new(first),
            turns: Arc::new(Semaphore::new(MAX_JOBS_RUNNING)),
        }
    }

    /// Puts work in line.
    ///
    /// # Errors
    /// `alert.too_many` where the tenant has as many jobs as it may.
    pub fn start(
        &self,
        app: &Arc<App>,
        tenant: &Tenant,
        kind: &'static str,
        work: impl FnOnce(&App, Progress<'_>) -> Result<Bytes, Error> + Send + 'static,
    ) -> Result<Arc<Job>, AlertError> {
        let job = Arc::new(Job {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            kind,
            tenant: tenant.clone(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            called_off: AtomicBool::new(false),
            state: watch::Sender::new(State::Waiting),
        });
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let open = known.values().filter(|job| job.tenant == *tenant && !job.state.borrow().is_over());
            if open.count() >= MAX_JOBS_WAITING {
                return Err(AlertError::TooMany { what: "jobs that are not done", max: MAX_JOBS_WAITING });
            }
            let over: Vec<u64> =
                known.values().filter(|job| job.state.borrow().is_over()).map(|job| job.id).collect();
            for id in over.iter().take((over.len() + 1).saturating_sub(MAX_JOBS_KEPT)) {
                known.remove(id);
            }
            known.insert(job.id, Arc::clone(&job));
        }
        let (turns, app, running) = (Arc::clone(&self.turns), Arc::clone(app), Arc::clone(&job));
        tokio::spawn(async move {
            // The line is closed by nobody.
            let Ok(_turn) = turns.acquire_owned().await else { return };
            if running.state.borrow().is_over() || app.is_stopping() {
                return running.end(State::Cancelled);
            }
            running.state.send_replace(State::Running);
            let worked = Arc::clone(&running);
            let done = tokio::task::spawn_blocking(move || {
                work(&app, &|done, total| worked.progress(&app, done, total))
            });
            match done.await {
                Ok(Ok(bytes)) => running.end(State::Done(bytes)),
                Ok(Err(error)) => running.end(State::Failed(error)),
                Err(error) => {
                    tracing::error!(job = running.id, %error, "a job broke off");
                    let reason = "the server's log says why".to_owned();
                    running.end(State::Failed(esg_core::face::FaceError::Panicked { reason }.into()));
                }
            }
        });
        Ok(job)
    }

    /// Returns a job of a tenant.
    ///
    /// # Errors
    /// `alert.unknown`.
    pub fn one(&self, tenant: &Tenant, id: u64) -> Result<Arc<Job>, AlertError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&id).filter(|job| job.tenant == *tenant);
        found.cloned().ok_or_else(|| AlertError::unknown("job", &id.to_string()))
    }

    /// Returns the jobs of a tenant, the newest first.
    pub fn all(&self, tenant: &Tenant) -> Vec<Arc<Job>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().rev().filter(|job| job.tenant == *tenant).cloned().collect()
    }

    /// Forgets a job.
    pub fn forget(&self, id: u64) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
