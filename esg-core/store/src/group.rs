//! Group commit: callers that come at the same time share one write.
//!
//! A sync of the disk takes as long for one event as for a thousand. So whoever gets the ledger takes along all requests that
//! are waiting, commits them at once, and only then are they answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use esg_core::error::Error;
use esg_core::ledger::{Ingested, Ledger, Prepared, Stamp};
use esg_core::store::{Store, StoreError};
use esg_core::time::Instant;

/// A ledger that many threads write to.
#[derive(Debug)]
pub struct SharedLedger<S> {
    ledger: Mutex<Ledger<S>>,
    waiting: Mutex<Vec<Waiting>>,
}

/// A request to write.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its events.
    pub prepared: Prepared,
    /// Who sent it.
    pub actor: String,
    /// When it came.
    pub time: Instant,
    /// All of its events, or none.
    pub atomic: bool,
}

/// A request that waits to be written, and where its answer goes.
#[derive(Debug)]
struct Waiting {
    request: Request,
    answer: Arc<Mutex<Option<Result<Ingested, Error>>>>,
}

/// Takes a lock. Whoever panicked while holding it left a ledger behind that is whole: what was staged is not committed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Store> SharedLedger<S> {
    /// Shares a ledger.
    pub const fn new(ledger: Ledger<S>) -> Self {
        Self { ledger: Mutex::new(ledger), waiting: Mutex::new(Vec::new()) }
    }

    /// Takes the events of a request, each by itself or (`atomic`) all or none, and returns when they survive a crash.
    ///
    /// # Errors
    /// As [`Ledger::ingest`] and [`Ledger::ingest_atomic`].
    pub fn ingest(&self, prepared: Prepared, stamp: Stamp<'_>, atomic: bool) -> Result<Ingested, Error> {
        let answer = Arc::new(Mutex::new(None));
        let (actor, time) = (stamp.actor.to_owned(), stamp.time);
        let request = Request { prepared, actor, time, atomic };
        locked(&self.waiting).push(Waiting { request, answer: Arc::clone(&answer) });
        let mut ledger = locked(&self.ledger);
        if let Some(answer) = locked(&answer).take() {
            // Somebody took this request along while it waited for the ledger.
            return answer;
        }
        let waiting = std::mem::take(&mut *locked(&self.waiting));
        let (requests, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|w| (w.request, w.answer)).unzip();
        for (answer, ingested) in answers.into_iter().zip(take(&mut ledger, requests)) {
            *locked(&answer) = Some(ingested);
        }
        drop(ledger);
        locked(&answer).take().unwrap_or_else(|| {
            let reason = "a request was not among those that waited".to_owned();
            Err(StoreError::Stopped { reason }.into())
        })
    }

    /// Takes several requests in one commit and returns their answers, in their order, when all survive a crash: for a
    /// caller that gathers requests itself.
    ///
    /// # Errors
    /// Of each request as [`SharedLedger::ingest`]; where the commit fails, all have its error.
    pub fn ingest_group(&self, requests: Vec<Request>) -> Vec<Result<Ingested, Error>> {
        take(&mut locked(&self.ledger), requests)
    }

    /// Works with the ledger while nobody else does: reports, closings, books.
    pub fn with<T>(&self, work: impl FnOnce(&mut Ledger<S>) -> T) -> T {
        work(&mut locked(&self.ledger))
    }

    /// Gives back the ledger.
    pub fn into_ledger(self) -> Ledger<S> {
        self.ledger.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stages requests one after the other and commits them in one write.
fn take<S: Store>(ledger: &mut Ledger<S>, requests: Vec<Request>) -> Vec<Result<Ingested, Error>> {
    let mut staged = Vec::with_capacity(requests.len());
    for Request { prepared, actor, time, atomic } in requests {
        let stamp = Stamp { actor: &actor, time };
        staged.push(if atomic {
            ledger.stage_atomic(prepared, stamp)
        } else {
            ledger.stage(prepared, stamp)
        });
    }
    let committed = ledger.commit();
    let durable = |ingested| committed.clone().map(|()| ingested).map_err(Error::from);
    staged.into_iter().map(|ingested| ingested.and_then(durable)).collect()
}
