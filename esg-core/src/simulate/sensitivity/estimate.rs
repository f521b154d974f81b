//! From sums of squared differences to indices with intervals.
//!
//! All replicates together give the estimate; leaving each out in turn gives its standard error (the jackknife), and Student's
//! distribution with one degree of freedom less than there are replicates the interval. The error of an index is that of a ratio;
//! the jackknife carries the error of the variance below it along, which the spread of the numerator alone would not.

use super::error::SensitivityError;
use super::indices::Index;
use crate::simulate::exact::ExactSum;
use crate::simulate::forecast::student;

/// Sums over the points of one replicate, or of several. Results are counted from a fixed centre.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// Base points.
    pub(super) points: u64,
    /// Of the results at points of A and of B.
    pub(super) results: ExactSum,
    /// Of their squares.
    pub(super) squares: ExactSum,
    /// `[f(B) - f(A with the input of B)]^2` by input: what the input does not explain.
    pub(super) unexplained: Vec<ExactSum>,
    /// `[f(A) - f(A with the input of B)]^2` by input.
    pub(super) touched: Vec<ExactSum>,
}

impl Sums {
    pub(super) fn new(inputs: usize) -> Self {
        let zeros = || vec![ExactSum::default(); inputs];
        Self {
            points: 0,
            results: ExactSum::default(),
            squares: ExactSum::default(),
            unexplained: zeros(),
            touched: zeros(),
        }
    }
}

/// Sums as floats.
struct Totals {
    points: f64,
    results: f64,
    squares: f64,
    unexplained: Vec<f64>,
    touched: Vec<f64>,
}

impl Totals {
    /// The sums of all replicates but one, or of all.
    fn of(replicates: &[Sums], without: Option<usize>) -> Self {
        let kept =
            || replicates.iter().enumerate().filter(|(at, _)| Some(*at) != without).map(|(_, sums)| sums);
        let inputs = replicates[0].touched.len();
        let sum = |of: &dyn Fn(&Sums) -> &ExactSum| {
            let mut sum = ExactSum::default();
            kept().for_each(|sums| sum.merge(of(sums)));
            sum.to_f64()
        };
        Self {
            points: kept().map(|sums| sums.points as f64).sum(),
            results: sum(&|sums| &sums.results),
            squares: sum(&|sums| &sums.squares),
            unexplained: (0..inputs).map(|i| sum(&|sums| &sums.unexplained[i])).collect(),
            touched: (0..inputs).map(|i| sum(&|sums| &sums.touched[i])).collect(),
        }
    }

    /// Over the points of A and of B.
    fn variance(&self) -> f64 {
        let count = 2.0 * self.points;
        (self.squares - self.results * (self.results / count)) / (count - 1.0)
    }

    /// First-order indices, total indices, and what is left of 1 after the first-order ones; none without variance.
    fn indices(&self) -> Option<Vec<f64>> {
        let variance = self.variance();
        if variance.is_nan() || variance <= 0.0 {
            return None;
        }
        let share = |sum: &f64| sum / (2.0 * self.points) / variance;
        let mut indices: Vec<f64> = self.unexplained.iter().map(|sum| 1.0 - share(sum)).collect();
        let mut rest = ExactSum::default();
        rest.add(1.0);
        indices.iter().for_each(|first| rest.add(-first));
        indices.extend(self.touched.iter().map(share));
        indices.push(rest.to_f64());
        Some(indices)
    }
}

/// Indices of all inputs.
pub(super) struct Estimates {
    /// First-order index and total index of each input.
    pub(super) inputs: Vec<[Index; 2]>,
    pub(super) interactions: Index,
    /// From the centre.
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// Returns the indices; `centre` is for the refusal.
///
/// # Errors
/// `NoVariance` where the result does not vary, with or without any one replicate.
pub(super) fn estimate(replicates: &[Sums], centre: f64) -> Result<Estimates, SensitivityError> {
    let none = || SensitivityError::NoVariance { value: centre };
    let whole = Totals::of(replicates, None);
    let indices = whole.indices().ok_or_else(none)?;
    let without: Vec<Vec<f64>> = (0..replicates.len())
        .map(|at| Totals::of(replicates, Some(at)).indices().ok_or_else(none))
        .collect::<Result<_, _>>()?;
    let count = replicates.len() as f64;
    let quantile = student(0.95, replicates.len() - 1);
    let with_interval = |at: usize| {
        let mean = without.iter().map(|indices| indices[at]).sum::<f64>() / count;
        let square = |indices: &Vec<f64>| (indices[at] - mean) * (indices[at] - mean);
        let spread = without.iter().map(square).sum::<f64>();
        let half = quantile * (spread * ((count - 1.0) / count)).sqrt();
        Index { estimate: indices[at], lower: indices[at] - half, upper: indices[at] + half }
    };
    let inputs = whole.touched.len();
    Ok(Estimates {
        inputs: (0..inputs).map(|at| [with_interval(at), with_interval(inputs + at)]).collect(),
        interactions: with_interval(2 * inputs),
        mean: whole.results / (2.0 * whole.points),
        variance: whole.variance(),
    })
}
