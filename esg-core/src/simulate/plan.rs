//! What a run has to draw: which variables are shared, which belong to one term, and where their uniform numbers come from.

use super::error::SimulateError;
use super::law::{Law, Shape};
use super::model::Model;
use super::options::{Options, Points};
use super::partial::Tally;
use super::philox::Stream;
use super::sobol::{Keys, SobolDimension};
use super::worker::{BLOCK, Failure};

/// What a term is multiplied by.
pub(super) enum Factor {
    Constant(f64),
    /// Drawn for this term alone.
    Own(usize),
    /// A lognormal that stands for several, drawn with the points of the first.
    Folded(usize, Law),
    /// Drawn once for the block.
    Shared(usize),
}

pub(super) struct Plan<'a> {
    pub(super) model: &'a Model,
    pub(super) options: Options,
    pub(super) source: Source,
    /// Variables that are drawn once for each block; `Factor::Shared` counts them.
    pub(super) shared: Vec<usize>,
    pub(super) factors: Vec<Vec<Factor>>,
    centres: Vec<f64>,
    pub(super) outputs: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(model: &'a Model, options: Options) -> Self {
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

    pub(super) fn refusal(&self, Failure { draw, output }: Failure) -> SimulateError {
        let output = match output.checked_sub(1).map(|group| &self.model.groups[group]) {
            None => "the total".to_owned(),
            Some(group) => format!("{} {}", group.dimension, group.value),
        };
        SimulateError::NotFinite { output, draw }
    }

    /// Writes the values of a factor; `shared[slot * BLOCK + draw]`.
    pub(super) fn draw(&self, factor: &Factor, first: u64, shared: &[f64], out: &mut [f64]) {
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

    pub(super) fn tally(&self) -> Tally {
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
pub(super) struct Source {
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

    pub(super) fn fill(&self, variable: usize, first: u64, out: &mut [f64]) {
        match self.dimensions.get(variable) {
            None => self.streams[variable].fill(first, out),
            Some(dimension) => {
                let keys = Keys::new(self.streams[variable], first / self.draws_each);
                dimension.fill(keys, (first % self.draws_each) as u32, out);
            }
        }
    }
}
