//! Which input makes the range: Sobol' indices, a tornado, and what of the variance comes from where.
//!
//! A range alone does not say where better data would narrow it. An input's first-order index is the share of the variance that
//! goes, on average, once the input is known; its total index adds all interactions with others. The inventory's model is a sum of
//! products, whose indices have a closed form ([`exact`]): nothing is sampled where nothing needs to be. Everything else is sampled
//! ([`sampled`], [`of_function`]) with intervals from independent replicates. `docs/sensitivity.md` tells how to read it.
//!
//! # Source
//! Sobol' (1993) for the indices; Saltelli et al. (2010), Variance based sensitivity analysis of model output, for the design;
//! Jansen (1999), Analysis of variance designs for model output, for the estimators.

mod closed;
mod design;
mod error;
mod estimate;
mod indices;
mod inventory;
mod response;
mod sample;
mod tornado;

pub use closed::{MAX_TOGETHER, exact};
pub use design::{Design, MAX_EACH, MAX_REPLICATES, MIN_EACH, MIN_REPLICATES};
pub use error::SensitivityError;
pub use indices::{How, Index, Indices, Input};
pub use inventory::{Driver, InventorySensitivity, Origin};
pub use response::MAX_INPUTS;
pub use tornado::{Swing, TAIL, Tornado, tornado, tornado_of_function};

use super::error::SimulateError;
use super::model::Model;

/// Returns the indices of a function of independent numbers, each uniform on 0..1, by sampling.
///
/// Draws belong to names: the same inputs in another order give the same bits, in that order. So does any number of threads.
///
/// # Errors
/// `Inputs` unless there are 1 to [`MAX_INPUTS`] names, each once; `NotFinite` for a result that is no number or beyond 1e150, with
/// the point; `NoVariance` where the result does not vary; `Design` for more than 2^40 evaluations.
///
/// # Source
/// Saltelli et al. (2010), table 2: the matrix `A_B`, and the estimators of Jansen (1999).
///
/// # Examples
/// ```
/// # use esg_core::simulate::sensitivity::{Design, of_function};
/// let design = Design::sobol(1 << 12, 16, 7)?;
/// // x + 2y of uniform numbers: variances 1/12 and 4/12, so a fifth and four fifths.
/// let indices = of_function(&["x", "y"], |v| v[0] + 2.0 * v[1], design)?;
/// let y = indices.input("y").unwrap();
/// assert!((y.first.estimate - 0.8).abs() < 0.01 && y.first.covers(0.8));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn of_function(
    names: &[&str],
    function: impl Fn(&[f64]) -> f64 + Sync,
    design: Design,
) -> Result<Indices, SensitivityError> {
    sample::sample(&response::Function::new(names, &function)?, design)
}

/// Returns the indices of the total of a model, in closed form where there is one ([`exact`]), else by sampling ([`sampled`]).
///
/// # Errors
/// As [`exact`] and [`sampled`], but not `NotExact`.
pub fn of_model(model: &Model, design: Design) -> Result<Indices, SensitivityError> {
    match exact(model) {
        Err(SensitivityError::NotExact { .. }) => sampled(model, design),
        found => found,
    }
}

/// Returns the indices of the total of a model by sampling.
///
/// Its variables are the inputs: a variable that stands in many terms is one. Variables of one correlation are one input
/// together, because shares of a variance can be told apart only between independent inputs. A variable without spread, and one
/// that no term uses, is known, and its indices are 0 without sampling.
///
/// # Errors
/// `NotFinite`, `NoVariance`, `Design` and `Inputs` as [`of_function`]; `Simulate` (`simulate.empty`) without terms.
///
/// # Source
/// As [`of_function`]; for groups of inputs Jacques, Lavergne, Devictor (2006), Sensitivity analysis in presence of model uncertainty
/// and correlated inputs.
pub fn sampled(model: &Model, design: Design) -> Result<Indices, SensitivityError> {
    if model.terms.is_empty() {
        return Err(SimulateError::Empty.into());
    }
    sample::sample(&response::Sampled::new(model)?, design)
}
