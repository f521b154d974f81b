//! Indices of a sum of products of independent variables, in closed form.
//!
//! With `x = mean + deviation` a product of variables falls apart into products of deviations, one for each subset of its
//! variables. Those of different subsets are uncorrelated, so the variance is the sum of the subsets' own, and each is the
//! square of a coefficient times variances of laws. That is the decomposition of Sobol' itself, written out: subsets of one
//! variable are first-order indices, all subsets with a variable its total index. It needs means and standard deviations only,
//! takes any laws that have them, and nothing cancels.

use std::collections::BTreeMap;

use super::error::SensitivityError;
use super::indices::{How, Index, Indices, Input};
use crate::simulate::error::SimulateError;
use crate::simulate::exact::ExactSum;
use crate::simulate::model::Model;

/// Most variables with a spread in one term: a term of n has 2^n subsets.
pub const MAX_TOGETHER: usize = 12;

/// Returns the indices of the total of a model in closed form.
///
/// A variable without spread, and one that no term uses, has the indices 0.
///
/// # Errors
/// `NotExact` where a variable is squared or correlated, or more than [`MAX_TOGETHER`] stand in one term; `NoVariance` where the
/// total does not vary; `NotFinite` where it leaves the range of floats; `Simulate` (`simulate.empty`) without terms.
///
/// # Source
/// Sobol' (1993), Sensitivity estimates for nonlinear mathematical models, for the decomposition. The variance of a product of
/// independent variables is that of Goodman (1960), On the exact variance of products.
///
/// # Examples
/// ```
/// # use esg_core::simulate::{Law, Model, Term, sensitivity};
/// let mut model = Model::new();
/// let kwh = model.variable("kwh", Law::normal(1000.0, 30.0)?)?;
/// let grid = model.variable("grid", Law::normal(0.2, 0.008)?)?;
/// model.term(Term { coefficient: 1.0, variables: vec![kwh, grid], groups: vec![] })?;
/// let indices = sensitivity::exact(&model)?;
/// // Coefficients of variation 0.03 and 0.04: variance (0.0009 + 0.0016 + 0.0009 x 0.0016) of the squared mean.
/// assert!((indices.input("grid").unwrap().first.estimate - 0.0016 / 0.00250144).abs() < 1e-12);
/// assert!((indices.interactions.estimate - 0.00000144 / 0.00250144).abs() < 1e-12);
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn exact(model: &Model) -> Result<Indices, SensitivityError> {
    if model.terms.is_empty() {
        return Err(SimulateError::Empty.into());
    }
    let mut coefficients: BTreeMap<Vec<usize>, ExactSum> = BTreeMap::new();
    for step in &model.terms {
        let spread = spread_of(model, &step.variables)?;
        let known = |so_far: f64, variable: &usize| so_far * model.variables[*variable].law.mean();
        let fixed = step.variables.iter().filter(|variable| spread.binary_search(variable).is_err());
        let coefficient = fixed.fold(step.coefficient, known);
        for subset in 0..1usize << spread.len() {
            let chosen = |at: usize| subset >> at & 1 == 1;
            let inside = (0..spread.len()).filter(|&at| chosen(at)).map(|at| spread[at]).collect();
            let outside = (0..spread.len()).filter(|&at| !chosen(at)).map(|at| &spread[at]);
            let part = outside.fold(coefficient, known);
            coefficients.entry(inside).or_default().add(finite(part)?);
        }
    }
    from_subsets(model, &coefficients)
}

/// The variables of a term that have a spread, in rising order.
fn spread_of(model: &Model, variables: &[usize]) -> Result<Vec<usize>, SensitivityError> {
    let refuse = |variable: usize, reason| {
        Err(SensitivityError::NotExact { variable: model.variables[variable].id.clone(), reason })
    };
    let mut spread: Vec<usize> =
        variables.iter().copied().filter(|&variable| model.variables[variable].law.sd() != 0.0).collect();
    spread.sort_unstable();
    if let Some(pair) = spread.windows(2).find(|pair| pair[0] == pair[1]) {
        return refuse(pair[0], "is squared in a term");
    }
    if let Some(&correlated) = spread.iter().find(|&&v| model.variables[v].correlation.is_some()) {
        return refuse(correlated, "is correlated");
    }
    match spread.get(MAX_TOGETHER) {
        Some(&one) => refuse(one, "stands in a term of more than 12 uncertain variables"),
        None => Ok(spread),
    }
}

fn from_subsets(
    model: &Model,
    coefficients: &BTreeMap<Vec<usize>, ExactSum>,
) -> Result<Indices, SensitivityError> {
    let count = model.variables.len();
    let mut all = ExactSum::default();
    let mut first = vec![0.0; count];
    let mut total = vec![ExactSum::default(); count];
    let mut together = ExactSum::default();
    for (subset, coefficient) in coefficients.iter().filter(|(subset, _)| !subset.is_empty()) {
        let sd = |so_far: f64, &variable: &usize| so_far * model.variables[variable].law.sd();
        let spread = subset.iter().fold(coefficient.to_f64(), sd);
        let variance = finite(spread * spread)?;
        all.add(variance);
        subset.iter().for_each(|&variable| total[variable].add(variance));
        match subset[..] {
            [variable] => first[variable] = variance,
            _ => together.add(variance),
        }
    }
    let mean = coefficients.get(&Vec::new()).map_or(0.0, ExactSum::to_f64);
    let variance = finite(all.to_f64())?;
    if variance == 0.0 {
        return Err(SensitivityError::NoVariance { value: mean });
    }
    let input = |(at, variable): (usize, &crate::simulate::model::Variable)| Input {
        name: variable.id.clone(),
        members: vec![variable.id.clone()],
        first: Index::exact(first[at] / variance),
        total: Index::exact(total[at].to_f64() / variance),
    };
    Ok(Indices {
        inputs: model.variables.iter().enumerate().map(input).collect(),
        interactions: Index::exact(together.to_f64() / variance),
        mean,
        variance,
        how: How::Exact,
    })
}

fn finite(value: f64) -> Result<f64, SensitivityError> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(SensitivityError::NotFinite { value, place: "in its mean or variance".to_owned() })
}
