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
    waiting: Mutex<Vec<Request>>,
}

/// A request that waits to be written.
#[derive(Debug)]
struct Request {
    prepared: Prepared,
    actor: String,
    time: Instant,
    atomic: bool,
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
        locked(&self.waiting).push(Request { prepared, actor, time, atomic, answer: Arc::clone(&answer) });
        let mut ledger = locked(&self.ledger);
        if let Some(answer) = locked(&answer).take() {
            // Somebody took this request along while it waited for the ledger.
            return answer;
        }
        let requests = std::mem::take(&mut *locked(&self.waiting));
        let mut staged = Vec::with_capacity(requests.len());
        for Request { prepared, actor, time, atomic, answer } in requests {
            let stamp = Stamp { actor: &actor, time };
            let ingested =
                if atomic { ledger.stage_atomic(prepared, stamp) } else { ledger.stage(prepared, stamp) };
            staged.push((answer, ingested));
        }
        let committed = ledger.commit();
        for (answer, ingested) in staged {
            let ingested =
                ingested.and_then(|ingested| committed.clone().map(|()| ingested).map_err(Error::from));
            *locked(&answer) = Some(ingested);
        }
        drop(ledger);
        locked(&answer).take().unwrap_or_else(|| {
            let reason = "a request was not among those that waited".to_owned();
            Err(StoreError::Stopped { reason }.into())
        })
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
