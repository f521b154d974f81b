//! One thread's work: draws blocks of columns, adds the terms up and counts.

use super::partial::Tally;
use super::plan::{Factor, Plan};
use super::summary::Moments;
use crate::math::{inverse_normal_slice, wide};

/// Draws that are worked on together: a column of them stays in the nearest cache.
pub(super) const BLOCK: usize = 512;

/// A task: its draws, and where their values are kept (a slice for each output that is kept).
pub(super) struct Task<'a> {
    pub(super) first: u64,
    pub(super) draws: usize,
    pub(super) kept: Vec<&'a mut [f64]>,
}

/// An output of a draw that is not finite; the lowest draw comes first, and of one draw the first output.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Failure {
    pub(super) draw: u64,
    pub(super) output: usize,
}

/// One thread's columns and counts.
pub(super) struct Worker<'a> {
    plan: &'a Plan<'a>,
    pub(super) tally: Tally,
    /// `shared[slot * BLOCK + draw]`
    shared: Vec<f64>,
    /// `outputs[output * BLOCK + draw]`
    outputs: Vec<f64>,
    term: Vec<f64>,
    factor: Vec<f64>,
    normals: Vec<f64>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(plan: &'a Plan<'a>) -> Self {
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

    pub(super) fn run(&mut self, mut task: Task) -> Result<(), Failure> {
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

    /// Adds the block to the counts, or tells its first draw that is not finite, and the first output of it.
    fn count(&mut self, first: u64, draws: usize) -> Result<(), Failure> {
        let columns = || self.outputs.chunks_exact(BLOCK).map(|column| &column[..draws]).enumerate();
        let centre = |output: usize| self.tally.centre(output);
        if !columns().all(|(output, values)| all_hold(centre(output), values)) {
            let at = |(output, values): (usize, &[f64])| {
                let place = values.iter().position(|&x| !Moments::holds(centre(output), x))?;
                Some(Failure { draw: first + place as u64, output })
            };
            return columns().filter_map(at).min().map_or(Ok(()), Err);
        }
        for (output, values) in columns() {
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

fn all_hold(centre: f64, values: &[f64]) -> bool {
    wide(
        #[inline(always)]
        || values.iter().map(|&x| u64::from(!Moments::holds(centre, x))).sum::<u64>() == 0,
    )
}
