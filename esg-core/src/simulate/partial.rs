//! Partial results of ranges of draws, their merging, and the whole.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::error::SimulateError;
use super::model::{Group, Model};
use super::options::{Keep, Options};
use super::sketch::Sketch;
use super::summary::{Bar, Moments, Output};

/// What is counted of every output while drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    /// `moments[output][replicate]`
    moments: Vec<Vec<Moments>>,
    sketches: Vec<Sketch>,
    options: Options,
}

impl Tally {
    pub(super) fn new(centres: &[f64], options: Options) -> Self {
        let moments = |&centre: &f64| vec![Moments::around(centre); options.replicates() as usize];
        Self {
            moments: centres.iter().map(moments).collect(),
            sketches: vec![Sketch::default(); centres.len()],
            options,
        }
    }

    /// Where the sums of an output are centred.
    pub(super) fn centre(&self, output: usize) -> f64 {
        self.moments[output][0].centre()
    }

    /// Adds values of one replicate, the first of which is of draw `first`.
    pub(super) fn add(&mut self, output: usize, first: u64, values: &[f64]) {
        let replicate = first / self.options.draws_each();
        self.moments[output][replicate as usize].add(values);
        if !keeps(self.options, output) {
            self.sketches[output].add(values);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, others) in self.moments.iter_mut().zip(&other.moments) {
            mine.iter_mut().zip(others).for_each(|(mine, other)| mine.merge(other));
        }
        self.sketches.iter_mut().zip(&other.sketches).for_each(|(mine, other)| mine.merge(other));
    }
}

/// Whether every draw of an output is kept.
fn keeps(options: Options, output: usize) -> bool {
    match options.kept() {
        Keep::Summary => false,
        Keep::Total => output == 0,
        Keep::Groups => true,
    }
}

/// The result of some of the draws of a run. Merged in any order, parts give the bits of the whole.
///
/// # Examples
/// ```
/// # use esg_core::simulate::{Law, Model, Options, Term, simulate, simulate_part};
/// # let mut model = Model::new();
/// # let x = model.variable("x", Law::normal(10.0, 1.0)?)?;
/// # model.term(Term { coefficient: 2.0, variables: vec![x], groups: vec![] })?;
/// let options = Options::new(1000, 7)?;
/// let mut run = simulate_part(&model, options, 700..1000)?;
/// run.merge(simulate_part(&model, options, 0..700)?)?;
/// assert_eq!(run.finish()?, simulate(&model, options)?);
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Partial {
    model: Model,
    options: Options,
    tally: Tally,
    /// By first draw: the range, and the values of each output that is kept.
    parts: Vec<(Range<u64>, Vec<Vec<f64>>)>,
}

impl Partial {
    pub(super) fn new(
        model: &Model,
        options: Options,
        draws: Range<u64>,
        tally: Tally,
        samples: Vec<Vec<f64>>,
    ) -> Self {
        Self { model: model.clone(), options, tally, parts: vec![(draws, samples)] }
    }

    /// The draws that are in it, as ranges by first draw.
    pub fn draws(&self) -> impl Iterator<Item = Range<u64>> {
        self.parts.iter().map(|(draws, _)| draws.clone())
    }

    /// Adds other draws of the same run.
    ///
    /// # Errors
    /// `Merge` for another model or other options, and for draws that are in both.
    pub fn merge(&mut self, other: Self) -> Result<(), SimulateError> {
        let refuse = |problem: String| Err(SimulateError::Merge { problem });
        if self.options != other.options {
            return refuse(format!("the options are {:?} and {:?}", self.options, other.options));
        }
        if self.model != other.model {
            return refuse("they are of different models".into());
        }
        for (new, _) in &other.parts {
            if let Some(known) = self.draws().find(|known| known.start < new.end && new.start < known.end) {
                return refuse(format!("draws {new:?} and {known:?} overlap"));
            }
        }
        self.tally.merge(&other.tally);
        self.parts.extend(other.parts);
        self.parts.sort_by_key(|(draws, _)| draws.start);
        Ok(())
    }

    /// Returns the simulation.
    ///
    /// # Errors
    /// `Incomplete` while draws are missing.
    pub fn finish(self) -> Result<Simulation, SimulateError> {
        let mut next = 0;
        for (draws, _) in &self.parts {
            if draws.start > next {
                return Err(SimulateError::Incomplete { first: next, last: draws.start - 1 });
            }
            next = draws.end;
        }
        if next < self.options.draws() {
            return Err(SimulateError::Incomplete { first: next, last: self.options.draws() - 1 });
        }
        let Self { model, options, tally, parts } = self;
        let mut samples = vec![None; tally.moments.len()];
        for (_, values) in parts {
            for (sample, values) in samples.iter_mut().zip(values) {
                match sample {
                    None => *sample = Some(values),
                    Some(sample) => sample.extend(values),
                }
            }
        }
        let all = tally.moments.into_iter().zip(tally.sketches).zip(samples);
        let outputs = all.map(|((moments, sketch), sample)| Output::new(moments, sketch, sample)).collect();
        Ok(Simulation { model, options, outputs })
    }
}

/// The result of a run: the total, and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    model: Model,
    options: Options,
    /// The total, then every group.
    outputs: Vec<Output>,
}

impl Simulation {
    /// The options of the run.
    pub fn options(&self) -> Options {
        self.options
    }

    /// The total.
    pub fn total(&self) -> &Output {
        &self.outputs[0]
    }

    /// Every group with its summary, in the order of first use.
    pub fn groups(&self) -> impl Iterator<Item = (&Group, &Output)> {
        self.model.groups.iter().zip(&self.outputs[1..])
    }

    /// Returns the summary of one group.
    pub fn group(&self, dimension: &str, value: &str) -> Option<&Output> {
        self.model.group_number(dimension, value).map(|number| &self.outputs[1 + number])
    }

    /// The mean of the total.
    pub fn mean(&self) -> f64 {
        self.total().mean()
    }

    /// The standard deviation of the total.
    pub fn sd(&self) -> f64 {
        self.total().sd()
    }

    /// The standard error of the mean of the total.
    pub fn mean_error(&self) -> f64 {
        self.total().mean_error()
    }

    /// The standard error of the standard deviation of the total.
    pub fn sd_error(&self) -> f64 {
        self.total().sd_error()
    }

    /// Returns the value that a share `p` of the draws of the total stays below.
    pub fn quantile(&self, p: f64) -> f64 {
        self.total().quantile(p)
    }

    /// Returns bars of equal width over the draws of the total.
    pub fn histogram(&self, bars: usize) -> Vec<Bar> {
        self.total().histogram(bars)
    }

    /// Returns the share of draws of the total above `target`.
    pub fn exceedance(&self, target: f64) -> f64 {
        self.total().exceedance(target)
    }

    /// Returns the SHA-256 of all draws of the total as little-endian floats, in the order of the draws, as hexadecimal text.
    ///
    /// # Errors
    /// `NotKept` unless the run kept the total.
    pub fn digest(&self) -> Result<String, SimulateError> {
        let Some(sample) = self.total().sample() else {
            return Err(SimulateError::NotKept { what: "the sample of the total", option: "Keep::Total" });
        };
        let mut hash = Sha256::new();
        sample.iter().for_each(|x| hash.update(x.to_le_bytes()));
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
