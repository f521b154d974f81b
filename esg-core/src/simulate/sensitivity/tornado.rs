//! A tornado: how far the result swings when one input alone goes from low to high.

use super::error::SensitivityError;
use super::response::{MAX_RESULT, check_names};
use crate::simulate::error::SimulateError;
use crate::simulate::model::Model;

/// Probability below the low value of an input; as much lies above the high one.
pub const TAIL: f64 = 0.05;

/// What one input does to the result while all others stay at their medians.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// Input.
    pub name: String,
    /// Its 5 % and 95 % quantiles.
    pub input: [f64; 2],
    /// The result at each of them.
    pub result: [f64; 2],
    /// Whether the input is correlated with others, which do not follow it here.
    pub correlated: bool,
}

impl Swing {
    /// The length of its bar.
    pub fn width(&self) -> f64 {
        (self.result[1] - self.result[0]).abs()
    }
}

/// All bars of a tornado.
#[derive(Clone, Debug, PartialEq)]
pub struct Tornado {
    /// The result with every input at its median. That is no statistic of the result: neither its mean nor its median.
    pub middle: f64,
    /// One for each input, by falling width; equal ones by name.
    pub swings: Vec<Swing>,
}

/// Returns the tornado of the total of a model: one bar for each variable, a correlated one alone as well.
///
/// # Units
/// Inputs in that of their variable, results in that of the total.
///
/// # Errors
/// `NotFinite` for a result that is no number; `Simulate` (`simulate.empty`) without terms.
pub fn tornado(model: &Model) -> Result<Tornado, SensitivityError> {
    if model.terms.is_empty() {
        return Err(SimulateError::Empty.into());
    }
    let at = |p: f64| model.variables.iter().map(|variable| variable.law.quantile(p)).collect::<Vec<f64>>();
    let total = |values: &[f64]| {
        let product = |term: &crate::simulate::model::Step| {
            term.variables.iter().fold(term.coefficient, |so_far, &variable| so_far * values[variable])
        };
        model.terms.iter().map(product).sum::<f64>()
    };
    let names: Vec<&str> = model.variables.iter().map(|variable| variable.id.as_str()).collect();
    let correlated = |at: usize| model.variables[at].correlation.is_some();
    swings(&names, &[at(TAIL), at(0.5), at(1.0 - TAIL)], total, correlated)
}

/// Returns the tornado of a function of independent numbers, each uniform on 0..1: at 0.05, 0.5 and 0.95.
///
/// # Errors
/// `Inputs` unless there are 1 to [`MAX_INPUTS`](super::MAX_INPUTS) names, each once; `NotFinite` for a result that is no number.
pub fn tornado_of_function(
    names: &[&str],
    function: impl Fn(&[f64]) -> f64 + Sync,
) -> Result<Tornado, SensitivityError> {
    check_names(names)?;
    let at = |p: f64| vec![p; names.len()];
    swings(names, &[at(TAIL), at(0.5), at(1.0 - TAIL)], function, |_| false)
}

fn swings(
    names: &[&str],
    [low, middle, high]: &[Vec<f64>; 3],
    result: impl Fn(&[f64]) -> f64,
    correlated: impl Fn(usize) -> bool,
) -> Result<Tornado, SensitivityError> {
    let finite = |value: f64, place: &dyn Fn() -> String| {
        if value.abs() <= MAX_RESULT {
            Ok(value)
        } else {
            Err(SensitivityError::NotFinite { value, place: place() })
        }
    };
    let mut values = middle.clone();
    let at_medians = finite(result(&values), &|| "with every input at its median".to_owned())?;
    let mut swings = Vec::with_capacity(names.len());
    for (at, &name) in names.iter().enumerate() {
        let mut alone = |value: f64| {
            values[at] = value;
            let found = result(&values);
            values[at] = middle[at];
            finite(found, &|| format!("with {name} = {value} and all others at their medians"))
        };
        let result = [alone(low[at])?, alone(high[at])?];
        let (name, input) = (name.to_owned(), [low[at], high[at]]);
        swings.push(Swing { name, input, result, correlated: correlated(at) });
    }
    swings.sort_by(|a, b| b.width().total_cmp(&a.width()).then_with(|| a.name.cmp(&b.name)));
    Ok(Tornado { middle: at_medians, swings })
}
