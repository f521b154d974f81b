//! Long work: it runs on the pool of libuv, tells how far it is, and ends when the caller says so.
//!
//! The work touches nothing of JavaScript. Progress lies in two numbers that `lib/call.cjs` looks at from time to time, so that
//! a function that is slow, or throws, holds nothing up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use esg_core::Error;
use esg_core::face::{Watch, guarded};
use napi::bindgen_prelude::{AsyncTask, External, ToNapiValue, TypeName};
use napi::{Env, Task};
use napi_derive::napi;

use crate::error::Raised;

/// How far a call is, and whether it shall go on.
#[derive(Debug, Default)]
pub struct State {
    stopped: AtomicBool,
    /// Set when the thread that called ends.
    ending: Arc<AtomicBool>,
    done: AtomicU64,
    total: AtomicU64,
}

thread_local! {
    static ENDING: Arc<AtomicBool> = Arc::default();
}

impl State {
    fn new() -> Arc<Self> {
        Arc::new(Self { ending: ENDING.with(Arc::clone), ..Self::default() })
    }

    fn goes_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed) && !self.ending.load(Ordering::Relaxed)
    }
}

/// Ends the work of all calls of this thread where it next asks: Node waits for it before a process exits.
#[napi(skip_typescript)]
pub fn stop_all() {
    ENDING.with(|ending| ending.store(true, Ordering::Relaxed));
}

/// A long call as JavaScript holds it.
pub type Call = External<Arc<State>>;

/// Returns a call that has not begun.
#[napi(skip_typescript)]
pub fn open_call() -> Call {
    External::new(State::new())
}

/// Ends the work of a call where it next asks.
#[napi(skip_typescript)]
pub fn stop_call(call: &External<Arc<State>>) {
    call.stopped.store(true, Ordering::Relaxed);
}

/// How much of a call is done, and of how much.
#[napi(skip_typescript)]
pub fn call_progress(call: &External<Arc<State>>) -> Vec<f64> {
    [&call.done, &call.total].map(|n| n.load(Ordering::Relaxed) as f64).to_vec()
}

type Work<T> = Box<dyn FnOnce(Watch<'_>) -> Result<T, Error> + Send>;

/// Work on the pool, with what JavaScript gets of its answer.
pub struct Long<T, R> {
    work: Option<Work<T>>,
    state: Arc<State>,
    then: fn(T) -> R,
}

/// A promise of what long work gives.
pub type Promised<T, R> = AsyncTask<Long<T, R>>;

/// Gives work to the pool. `call` is that of [`open_call`], or nothing where nobody looks.
pub fn long<T: Send + 'static, R: ToNapiValue + TypeName>(
    call: Option<&Call>,
    work: impl FnOnce(Watch<'_>) -> Result<T, Error> + Send + 'static,
    then: fn(T) -> R,
) -> Promised<T, R> {
    let state = call.map_or_else(State::new, |call| Arc::clone(call));
    AsyncTask::new(Long { work: Some(Box::new(work)), state, then })
}

/// Gives work to the pool that tells nothing before its end.
pub fn on_pool<T: Send + 'static, R: ToNapiValue + TypeName>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    then: fn(T) -> R,
) -> Promised<T, R> {
    AsyncTask::new(Long { work: Some(Box::new(move |_| work())), state: State::new(), then })
}

impl<T: Send + 'static, R: ToNapiValue + TypeName> Task for Long<T, R> {
    type Output = Result<T, Error>;
    type JsValue = R;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let work = self.work.take().expect("the pool computes once");
        let watch = |done, total| {
            self.state.done.store(done, Ordering::Relaxed);
            self.state.total.store(total, Ordering::Relaxed);
            self.state.goes_on()
        };
        Ok(guarded(|| work(&watch)).unwrap_or_else(|panicked| Err(panicked.into())))
    }

    fn resolve(&mut self, env: Env, done: Self::Output) -> napi::Result<R> {
        match done {
            Ok(answer) => Ok((self.then)(answer)),
            Err(error) => Err(Raised::from(error).into_node(&env)),
        }
    }
}
