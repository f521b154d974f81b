//! Runs the draws of a model as tasks, on as many threads as there are.

use std::ops::Range;
#[cfg(feature = "rayon")]
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::SimulateError;
use super::model::Model;
use super::options::{Keep, Options};
use super::partial::{Partial, Simulation, Tally};
use super::plan::Plan;
#[cfg(feature = "rayon")]
use super::worker::Failure;
use super::worker::{BLOCK, Task, Worker};

/// Draws that one thread takes at a time.
const TASK: usize = 16 * BLOCK;

/// Returns the simulation of a model.
///
/// The result is the same for any number of threads.
///
/// # Errors
/// `Empty` without terms; `NotFinite` for the lowest draw that leaves the range of floats or lies 1e77 from the mean (its
/// fourth power is summed up), and its first output.
pub fn simulate(model: &Model, options: Options) -> Result<Simulation, SimulateError> {
    simulate_part(model, options, 0..options.draws())?.finish()
}

/// Returns the draws of a range, to be merged with the others of the same run.
///
/// # Errors
/// `Option` for a range outside of the draws of the run; else as [`simulate`].
pub fn simulate_part(model: &Model, options: Options, draws: Range<u64>) -> Result<Partial, SimulateError> {
    if model.terms.is_empty() {
        return Err(SimulateError::Empty);
    }
    if draws.start >= draws.end || draws.end > options.draws() {
        let value = format!("{}..{}", draws.start, draws.end);
        return Err(SimulateError::Option { option: "range", value, rule: "a part of the draws of the run" });
    }
    let plan = Plan::new(model, options);
    let kept = match options.kept() {
        Keep::Summary => 0,
        Keep::Total => 1,
        Keep::Groups => plan.outputs,
    };
    let mut samples = vec![vec![0.0; (draws.end - draws.start) as usize]; kept];
    let tally = plan.run_tasks(draws.start, draws.end, &mut samples)?;
    Ok(Partial::new(model, options, draws, tally, samples))
}

impl Plan<'_> {
    fn run_tasks(&self, first: u64, end: u64, samples: &mut [Vec<f64>]) -> Result<Tally, SimulateError> {
        let mut tasks = Vec::new();
        let mut rests: Vec<&mut [f64]> = samples.iter_mut().map(Vec::as_mut_slice).collect();
        let mut at = first;
        while at < end {
            // A task ends where its replicate ends, and where a whole task would.
            let each = self.options.draws_each();
            let step = (TASK as u64 - at % TASK as u64).min(each - at % each).min(end - at);
            let mut kept = Vec::with_capacity(rests.len());
            for rest in &mut rests {
                let (task, left) = std::mem::take(rest).split_at_mut(step as usize);
                kept.push(task);
                *rest = left;
            }
            tasks.push(Task { first: at, draws: step as usize, kept });
            at += step;
        }
        self.run_all(tasks)
    }

    /// Runs tasks in any order. Where draws are not finite, the lowest of them is told, and no thread or order shows.
    #[cfg(feature = "rayon")]
    fn run_all(&self, tasks: Vec<Task>) -> Result<Tally, SimulateError> {
        use rayon::prelude::*;
        let failed = AtomicU64::new(u64::MAX);
        let start = || SoFar { worker: Worker::new(self), failure: None };
        let (tally, failure) = tasks
            .into_par_iter()
            .fold(start, |so_far, task| so_far.run(task, &failed))
            .map(|part| (part.worker.tally, part.failure))
            .reduce(
                || (self.tally(), None),
                |(mut tally, failure), (other, others)| {
                    tally.merge(&other);
                    (tally, first_of(failure, others))
                },
            );
        failure.map_or(Ok(tally), |failure| Err(self.refusal(failure)))
    }

    /// Runs tasks in their order, so the first draw that is not finite is the lowest.
    #[cfg(not(feature = "rayon"))]
    fn run_all(&self, tasks: Vec<Task>) -> Result<Tally, SimulateError> {
        let mut worker = Worker::new(self);
        tasks.into_iter().try_for_each(|task| worker.run(task)).map_err(|failure| self.refusal(failure))?;
        Ok(worker.tally)
    }
}

/// What one thread has done.
#[cfg(feature = "rayon")]
struct SoFar<'a> {
    worker: Worker<'a>,
    failure: Option<Failure>,
}

#[cfg(feature = "rayon")]
impl SoFar<'_> {
    /// Runs a task, unless it lies behind a draw that is known to fail: it cannot hold a lower one.
    fn run(mut self, task: Task, failed: &AtomicU64) -> Self {
        if task.first < failed.load(Ordering::Relaxed)
            && let Err(failure) = self.worker.run(task)
        {
            failed.fetch_min(failure.draw, Ordering::Relaxed);
            self.failure = first_of(self.failure, Some(failure));
        }
        self
    }
}

#[cfg(feature = "rayon")]
fn first_of(a: Option<Failure>, b: Option<Failure>) -> Option<Failure> {
    a.into_iter().chain(b).min()
}
