//! What is told of each input: its first-order and its total index, with their intervals.

use super::design::Design;

/// A share of the variance with its 95 % interval; where it is exact, the bounds are the estimate.
///
/// A sampled index is not forced into 0..1: one near 0 may come out slightly below, and its interval then has the 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// The index.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

impl Index {
    /// Returns an index that is known.
    pub(super) const fn exact(value: f64) -> Self {
        Self { estimate: value, lower: value, upper: value }
    }

    /// True when the interval has this value.
    pub fn covers(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

/// One input: a variable, or variables that are correlated and count as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name; of correlated variables their names with commas between them.
    pub name: String,
    /// The variables: one, unless it is of correlated ones.
    pub members: Vec<String>,
    /// Share of the variance that would go if this input were known (on average over its values).
    pub first: Index,
    /// Share of the variance that would stay if all others were known: [`first`](Self::first) with all interactions.
    pub total: Index,
}

/// How indices were found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// In closed form.
    Exact,
    /// By sampling.
    Sampled(Design),
}

/// The indices of all inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Indices {
    /// The inputs, in the order in which they were given.
    pub inputs: Vec<Input>,
    /// What is left of 1 after all first-order indices: the share that inputs have only together.
    pub interactions: Index,
    /// Mean of the result.
    pub mean: f64,
    /// Variance of the result.
    pub variance: f64,
    /// How they were found.
    pub how: How,
}

impl Indices {
    /// Returns the inputs by falling total index; equal ones by name.
    pub fn ranked(&self) -> Vec<&Input> {
        let mut ranked: Vec<&Input> = self.inputs.iter().collect();
        let by_total = |a: &&Input, b: &&Input| b.total.estimate.total_cmp(&a.total.estimate);
        ranked.sort_by(|a, b| by_total(a, b).then_with(|| a.name.cmp(&b.name)));
        ranked
    }

    /// Returns the input of this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }
}
