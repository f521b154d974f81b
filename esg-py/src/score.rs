//! `esg.score` and `esg.Score`.

use std::sync::Arc;

use esg_core::face::{self, ScoreQuestion, Statement, score_html};
use esg_core::ratio::Ratio;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};

use crate::error::{OfPython, Outcome};
use crate::inventory::Inventory;
use crate::json;

/// Returns the sustainability score of figures that are given as keyword arguments.
#[pyfunction]
#[pyo3(signature = (**inputs))]
pub fn score(inputs: Option<&Bound<'_, PyDict>>) -> Outcome<Score> {
    Score::asked(json::keywords(inputs)?)
}

/// What a score comes from: it is made again from that.
enum Origin {
    Words(Vec<u8>),
    Inventory(Arc<Statement>),
}

/// The score with everything it was made of; numbers are exact fractions.
#[pyclass(frozen, module = "esg")]
pub struct Score(esg_core::score::Score, Origin);

impl Score {
    /// The score of an inventory.
    pub fn of_inventory(score: esg_core::score::Score, statement: Arc<Statement>) -> Self {
        Self(score, Origin::Inventory(statement))
    }

    fn asked(words: Vec<u8>) -> Outcome<Self> {
        Ok(Self(face::read::<ScoreQuestion>(&words)?.ask()?, Origin::Words(words)))
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

    /// The same score in another process, made again of what it was made of.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        match &slf.get().1 {
            Origin::Words(words) => {
                let words = (PyBytes::new(py, words),).into_pyobject(py)?;
                Ok((slf.get_type().getattr("_restore")?, words))
            }
            Origin::Inventory(statement) => {
                let inventory = Py::new(py, Inventory::shared(Arc::clone(statement)))?;
                let getattr = py.import("builtins")?.getattr("getattr")?;
                Ok((getattr, (inventory, "score").into_pyobject(py)?))
            }
        }
    }

    #[staticmethod]
    fn _restore(words: Vec<u8>) -> Outcome<Self> {
        Self::asked(words)
    }
}
