//! Long work: the interpreter is free meanwhile, progress is told, and Ctrl-C ends the call.
//!
//! The work runs on a thread of its own and touches nothing of Python. The thread that called waits for it, hands progress on
//! and looks for signals. An interrupt returns at once; the work is told to stop and ends where it next asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use esg_core::Error;
use esg_core::face::Watch;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::error::{OfPython, Outcome, Raised};

/// How long a signal may wait.
const PATIENCE: Duration = Duration::from_millis(30);

/// What the work says.
enum Said<T> {
    Done(u64, u64),
    End(Result<T, Error>),
}

/// Returns what `work` gives. Without `long`, and without anybody who wants to see progress, it runs on this thread.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    long: bool,
    work: impl FnOnce(Watch<'_>) -> Result<T, Error> + Send + 'static,
) -> Outcome<T> {
    let progress = callback(progress)?;
    if !long && progress.is_none() {
        return Ok(py.detach(|| work(&|_, _| true))?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, receiver) = channel();
    let stopped = Arc::clone(&stop);
    let thread = std::thread::Builder::new().name("esg".into()).spawn(move || {
        let watch = |done, total| {
            // Nobody listens any more after an interrupt.
            let _ = sender.send(Said::Done(done, total));
            !stopped.load(Ordering::Relaxed)
        };
        let end = work(&watch);
        let _ = sender.send(Said::End(end));
    });
    let thread = thread.map_err(Raised::python)?;
    let end = wait(py, receiver, progress.as_ref());
    stop.store(true, Ordering::Relaxed);
    match end.python()? {
        Some(end) => Ok(end?),
        // The work ended without an answer: it panicked, which is a fault of ours.
        None => std::panic::resume_unwind(thread.join().expect_err("it gave no answer")),
    }
}

fn wait<T: Send>(
    py: Python<'_>,
    mut receiver: Receiver<Said<T>>,
    progress: Option<&Py<PyAny>>,
) -> PyResult<Option<Result<T, Error>>> {
    loop {
        // It goes along and comes back, because it may be used by one thread only.
        let said;
        (said, receiver) = py.detach(move || (receiver.recv_timeout(PATIENCE), receiver));
        match said {
            Ok(Said::End(end)) => return Ok(Some(end)),
            Ok(Said::Done(done, total)) => {
                if let Some(progress) = progress {
                    progress.call1(py, (done, total))?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
        py.check_signals()?;
    }
}

/// Returns whom to tell: a function of (done, total), or a bar of `tqdm` for `True`.
fn callback(progress: Option<&Bound<'_, PyAny>>) -> Outcome<Option<Py<PyAny>>> {
    let Some(progress) = progress else { return Ok(None) };
    match progress.cast::<PyBool>() {
        Ok(flag) if flag.is_true() => {
            let bar = progress.py().import("esg._progress").and_then(|module| module.call_method0("bar"));
            Ok(Some(bar.python()?.unbind()))
        }
        Ok(_) => Ok(None),
        Err(_) => Ok(Some(progress.clone().unbind())),
    }
}
