//! `esg.score` and `esg.Score`.

use esg_core::face::{self, ScoreQuestion, score_html};
use esg_core::ratio::Ratio;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

use crate::error::{OfPython, Outcome};
use crate::json;

/// Returns the sustainability score of figures that are given as keyword arguments.
#[pyfunction]
#[pyo3(signature = (**inputs))]
pub fn score(inputs: Option<&Bound<'_, PyDict>>) -> Outcome<Score> {
    Ok(Score::of(face::read::<ScoreQuestion>(&json::keywords(inputs)?)?.ask()?))
}

/// The score with everything it was made of; numbers are exact fractions.
#[pyclass(frozen, module = "esg")]
pub struct Score(esg_core::score::Score);

impl Score {
    /// A score of the core.
    pub fn of(score: esg_core::score::Score) -> Self {
        Self(score)
    }
}

fn fraction<'py>(py: Python<'py>, ratio: &Ratio) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "fractions", "Fraction")?.call1((ratio.to_string(),))
}

#[pymethods]
impl Score {
    /// The score as an exact `Fraction`; None where a term that applies is missing.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> Outcome<Option<Bound<'py, PyAny>>> {
        self.0.value.as_ref().map(|value| fraction(py, value)).transpose().python()
    }

    /// The share of the weight whose terms are there.
    #[getter]
    fn coverage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fraction(py, &self.0.coverage)
    }

    /// The four terms: name, state, value, weight and effective weight.
    #[getter]
    fn terms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &serde_json::json!(self.0)["terms"])
    }

    /// What a reader must know.
    #[getter]
    fn flags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &serde_json::json!(self.0)["flags"])
    }

    /// Everything as a dictionary, each number as decimal text and as an exact fraction.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &serde_json::json!(self.0))
    }

    fn __float__(&self) -> f64 {
        self.0.value.as_ref().map_or(f64::NAN, Ratio::to_f64)
    }

    fn __repr__(&self) -> String {
        match &self.0.value {
            Some(value) => format!("<esg.Score {value}>"),
            None => format!("<esg.Score none, {} of the weight has data>", self.0.coverage),
        }
    }

    fn _repr_html_(&self) -> String {
        score_html(&self.0)
    }
}
