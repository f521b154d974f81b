//! Draws blocks of the model and adds them up.

use std::ops::Range;

use super::error::SimulateError;
use super::law::{Law, Shape};
use super::model::Model;
use super::options::{Keep, Options, Points};
use super::partial::{Partial, Simulation, Tally};
use super::philox::Stream;
use super::sobol::{Keys, SobolDimension};
use crate::math::{inverse_normal_slice, wide};

/// Draws that are worked on together: a column of them stays in the nearest cache.
const BLOCK: usize = 512;
/// Draws that one thread takes at a time.
const TASK: usize = 16 * BLOCK;

/// Returns the simulation of a model.
///
/// The result is the same for any number of threads.
///
/// # Errors
/// `Empty` without terms; `NotFinite` for a draw that leaves the range of floats.
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

/// A task: its draws, and where their values are kept (a slice for each output that is kept).
struct Task<'a> {
    first: u64,
    draws: usize,
    kept: Vec<&'a mut [f64]>,
}

/// What a term is multiplied by.
enum Factor {
    Constant(f64),
    /// Drawn for this term alone.
    Own(usize),
    /// A lognormal that stands for several, drawn with the points of the first.
    Folded(usize, Law),
    /// Drawn once for the block.
    Shared(usize),
}

struct Plan<'a> {
    model: &'a Model,
    options: Options,
    source: Source,
    /// Variables that are drawn once for each block; `Factor::Shared` counts them.
    shared: Vec<usize>,
    factors: Vec<Vec<Factor>>,
    centres: Vec<f64>,
    outputs: usize,
}

impl<'a> Plan<'a> {
    fn new(model: &'a Model, options: Options) -> Self {
        let mut slots = vec![None; model.variables.len()];
        let mut shared = Vec::new();
        for (number, variable) in model.variables.iter().enumerate() {
            let constant = matches!(variable.law.0, Shape::Constant(_));
            if !constant && variable.uses > 0 && (variable.uses > 1 || variable.correlation.is_some()) {
                slots[number] = Some(shared.len());
                shared.push(number);
            }
        }
        let factors =
            model.terms.iter().map(|term| factors(model, options, &slots, &term.variables)).collect();
        let centres = model.centres();
        let source = Source::new(model, options);
        Self { model, options, source, shared, factors, outputs: centres.len(), centres }
    }

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

    #[cfg(feature = "rayon")]
    fn run_all(&self, tasks: Vec<Task>) -> Result<Tally, SimulateError> {
        use rayon::prelude::*;
        tasks
            .into_par_iter()
            .try_fold(
                || Worker::new(self),
                |mut worker, task| {
                    worker.run(task)?;
                    Ok(worker)
                },
            )
            .map(|worker| worker.map(|worker| worker.tally))
            .try_reduce(
                || self.tally(),
                |mut a, b| {
                    a.merge(&b);
                    Ok(a)
                },
            )
    }

    #[cfg(not(feature = "rayon"))]
    fn run_all(&self, tasks: Vec<Task>) -> Result<Tally, SimulateError> {
        let mut worker = Worker::new(self);
        tasks.into_iter().try_for_each(|task| worker.run(task))?;
        Ok(worker.tally)
    }

    /// Writes the values of a factor; `shared[slot * BLOCK + draw]`.
    fn draw(&self, factor: &Factor, first: u64, shared: &[f64], out: &mut [f64]) {
        match factor {
            Factor::Constant(value) => out.fill(*value),
            Factor::Shared(slot) => out.copy_from_slice(&shared[slot * BLOCK..][..out.len()]),
            Factor::Own(variable) => {
                self.source.fill(*variable, first, out);
                self.model.variables[*variable].law.quantiles(out);
            }
            Factor::Folded(variable, law) => {
                self.source.fill(*variable, first, out);
                law.quantiles(out);
            }
        }
    }

    fn tally(&self) -> Tally {
        Tally::new(&self.centres, self.options)
    }
}

/// The factors of a term: shared ones are looked up, own lognormals folded into the first of them where that is asked for.
fn factors(model: &Model, options: Options, slots: &[Option<usize>], variables: &[usize]) -> Vec<Factor> {
    let lognormal = |&number: &usize| match model.variables[number].law.0 {
        Shape::Lognormal { mu, sigma } if slots[number].is_none() => Some((number, mu, sigma)),
        _ => None,
    };
    let own: Vec<_> = variables.iter().filter_map(lognormal).collect();
    let folded = if options.folds() && own.len() > 1 {
        let mu = own.iter().map(|(_, mu, _)| mu).sum();
        let variance: f64 = own.iter().map(|(_, _, sigma)| sigma * sigma).sum();
        Law::lognormal_of_log(mu, variance.sqrt()).ok()
    } else {
        None
    };
    let mut factors = Vec::new();
    for &number in variables {
        let factor = match (&model.variables[number].law.0, slots[number], &folded) {
            // Such as the GWP of CO2.
            (Shape::Constant(1.0), _, _) => continue,
            (Shape::Constant(value), _, _) => Factor::Constant(*value),
            (_, Some(slot), _) => Factor::Shared(slot),
            (Shape::Lognormal { .. }, None, Some(law)) if own[0].0 == number => {
                Factor::Folded(number, law.clone())
            }
            (Shape::Lognormal { .. }, None, Some(_)) => continue,
            _ => Factor::Own(number),
        };
        factors.push(factor);
    }
    factors
}

/// Where the uniform numbers of each variable come from.
struct Source {
    streams: Vec<Stream>,
    /// `dimensions[variable]`; empty for random draws.
    dimensions: Vec<SobolDimension>,
    draws_each: u64,
}

impl Source {
    fn new(model: &Model, options: Options) -> Self {
        let streams = model.variables.iter().map(|v| Stream::new(options.seed(), &v.id)).collect();
        let dimensions = match options.points() {
            Points::Random => Vec::new(),
            Points::Sobol { .. } => {
                let ranked = model.by_importance();
                let first = SobolDimension::first(ranked.len());
                let mut dimensions = first.clone();
                ranked.iter().zip(first).for_each(|(&variable, dimension)| dimensions[variable] = dimension);
                dimensions
            }
        };
        Self { streams, dimensions, draws_each: options.draws_each() }
    }

    fn fill(&self, variable: usize, first: u64, out: &mut [f64]) {
        match self.dimensions.get(variable) {
            None => self.streams[variable].fill(first, out),
            Some(dimension) => {
                let keys = Keys::new(self.streams[variable], first / self.draws_each);
                dimension.fill(keys, (first % self.draws_each) as u32, out);
            }
        }
    }
}

/// One thread's columns and counts.
struct Worker<'a> {
    plan: &'a Plan<'a>,
    tally: Tally,
    /// `shared[slot * BLOCK + draw]`
    shared: Vec<f64>,
    /// `outputs[output * BLOCK + draw]`
    outputs: Vec<f64>,
    term: Vec<f64>,
    factor: Vec<f64>,
    normals: Vec<f64>,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        Self {
            plan,
            tally: plan.tally(),
            shared: vec![0.0; plan.shared.len() * BLOCK],
            outputs: vec![0.0; plan.outputs * BLOCK],
            term: vec![0.0; BLOCK],
            factor: vec![0.0; BLOCK],
            normals: Vec::new(),
        }
    }

    fn run(&mut self, mut task: Task) -> Result<(), SimulateError> {
        let mut done = 0;
        while done < task.draws {
            let first = task.first + done as u64;
            let draws = BLOCK.min(task.draws - done);
            self.draw_shared(first, draws);
            self.add_terms(first, draws);
            self.count(first, draws)?;
            for (kept, values) in task.kept.iter_mut().zip(self.outputs.chunks_exact(BLOCK)) {
                kept[done..done + draws].copy_from_slice(&values[..draws]);
            }
            done += draws;
        }
        Ok(())
    }

    fn draw_shared(&mut self, first: u64, draws: usize) {
        let plan = self.plan;
        for (column, &variable) in self.shared.chunks_exact_mut(BLOCK).zip(&plan.shared) {
            if plan.model.variables[variable].correlation.is_none() {
                let column = &mut column[..draws];
                plan.source.fill(variable, first, column);
                plan.model.variables[variable].law.quantiles(column);
            }
        }
        for correlation in &plan.model.correlations {
            self.normals.resize(correlation.len() * draws, 0.0);
            for (column, &variable) in self.normals.chunks_exact_mut(draws).zip(correlation.members()) {
                plan.source.fill(variable, first, column);
                inverse_normal_slice(column);
            }
            correlation.apply(&mut self.normals, draws);
            for (normals, variable) in self.normals.chunks_exact(draws).zip(correlation.members()) {
                if let Some(slot) = plan.shared.iter().position(|shared| shared == variable) {
                    let column = &mut self.shared[slot * BLOCK..][..draws];
                    column.copy_from_slice(normals);
                    plan.model.variables[*variable].law.of_normals(column);
                }
            }
        }
    }

    fn add_terms(&mut self, first: u64, draws: usize) {
        let plan = self.plan;
        self.outputs.fill(0.0);
        for (term, factors) in plan.model.terms.iter().zip(&plan.factors) {
            let product = &mut self.term[..draws];
            let (total, groups) = self.outputs.split_at_mut(BLOCK);
            let total = &mut total[..draws];
            if factors.is_empty() {
                product.fill(term.coefficient);
            }
            let mut added = false;
            for (place, factor) in factors.iter().enumerate() {
                if place == 0 {
                    // The coefficient times the first factor; a product does not depend on which of two comes first.
                    plan.draw(factor, first, &self.shared, product);
                    if term.coefficient != 1.0 {
                        scale(product, term.coefficient);
                    }
                    continue;
                }
                let by = match factor {
                    Factor::Constant(value) => {
                        scale(product, *value);
                        continue;
                    }
                    Factor::Shared(slot) => &self.shared[slot * BLOCK..][..draws],
                    Factor::Own(_) | Factor::Folded(..) => {
                        plan.draw(factor, first, &self.shared, &mut self.factor[..draws]);
                        &self.factor[..draws]
                    }
                };
                added = place + 1 == factors.len() && term.groups.is_empty();
                if added { add_product(total, product, by) } else { multiply(product, by) }
            }
            if !added {
                add(total, product);
            }
            for group in &term.groups {
                add(&mut groups[group * BLOCK..][..draws], product);
            }
        }
    }

    fn count(&mut self, first: u64, draws: usize) -> Result<(), SimulateError> {
        for (output, values) in self.outputs.chunks_exact(BLOCK).enumerate() {
            let values = &values[..draws];
            if !all_finite(values) {
                let at = values.iter().position(|x| !x.is_finite()).unwrap_or_default();
                let output = match output.checked_sub(1).map(|group| &self.plan.model.groups[group]) {
                    None => "the total".to_owned(),
                    Some(group) => format!("{} {}", group.dimension, group.value),
                };
                return Err(SimulateError::NotFinite { output, draw: first + at as u64 });
            }
            self.tally.add(output, first, values);
        }
        Ok(())
    }
}

fn multiply(values: &mut [f64], by: &[f64]) {
    wide(
        #[inline(always)]
        || values.iter_mut().zip(by).for_each(|(value, by)| *value *= by),
    );
}

fn add(values: &mut [f64], other: &[f64]) {
    wide(
        #[inline(always)]
        || values.iter_mut().zip(other).for_each(|(value, other)| *value += other),
    );
}

/// Adds products that nobody else needs.
fn add_product(sums: &mut [f64], values: &[f64], by: &[f64]) {
    wide(
        #[inline(always)]
        || sums.iter_mut().zip(values).zip(by).for_each(|((sum, value), by)| *sum += value * by),
    );
}

fn scale(values: &mut [f64], by: f64) {
    wide(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value *= by),
    );
}

fn all_finite(values: &[f64]) -> bool {
    wide(
        #[inline(always)]
        || values.iter().map(|x| u64::from(!x.is_finite())).sum::<u64>() == 0,
    )
}
