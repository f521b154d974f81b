//! The one place where a refusal of the core becomes a Python exception.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::json;

/// What functions return.
pub type Outcome<T> = Result<T, Raised>;

/// A refusal on its way to Python.
pub struct Raised(PyErr);

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn raise(error: &esg_core::Error) -> PyErr {
    Python::attach(|py| {
        let details = json::to_python(py, &esg_core::face::details(error));
        let class = CLASS.import(py, "esg._error", "EsgError");
        match details.and_then(|details| class?.call1((error.code(), error.to_string(), details))) {
            Ok(raised) => PyErr::from_value(raised),
            Err(failed) => failed,
        }
    })
}

impl<E: Into<esg_core::Error>> From<E> for Raised {
    fn from(error: E) -> Self {
        Self(raise(&error.into()))
    }
}

impl Raised {
    /// An exception of Python itself: a wrong type, a file that is not there, an interrupt.
    pub fn python(error: impl Into<PyErr>) -> Self {
        Self(error.into())
    }
}

impl From<Raised> for PyErr {
    fn from(raised: Raised) -> Self {
        raised.0
    }
}

/// For `?` on results of Python itself.
pub trait OfPython<T> {
    /// The same with the error on its way to Python.
    fn python(self) -> Outcome<T>;
}

impl<T, E: Into<PyErr>> OfPython<T> for Result<T, E> {
    fn python(self) -> Outcome<T> {
        self.map_err(Raised::python)
    }
}
