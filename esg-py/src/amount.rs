//! Exact amounts and decimals as Python has them.

use std::hash::{DefaultHasher, Hash, Hasher};

use esg_core::Decimal;
use esg_core::report::{In, short_mass, shown};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString, PyTuple};

use crate::error::{OfPython, Outcome, Raised};
use crate::json::decimal_class;

/// Returns the exact decimal of a Python value: text, `Decimal`, a whole number, or the shortest decimal of a float.
pub fn decimal(value: &Bound<'_, PyAny>) -> Outcome<Decimal> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str().python()?.parse()?);
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Decimal::from_f64(value.extract().python()?)?);
    }
    if value.is_instance_of::<PyInt>() {
        if let Ok(small) = value.extract::<i64>() {
            return Ok(Decimal::from_int(small));
        }
        return Ok(value.str().python()?.to_str().python()?.parse()?);
    }
    if value.is_instance(decimal_class(value.py()).python()?).python()? {
        return Ok(value.str().python()?.to_str().python()?.parse()?);
    }
    // Scalars of NumPy that are no subclass of Python's.
    if let Ok(item) = value.call_method0("item")
        && !item.get_type().is(value.get_type())
    {
        return decimal(&item);
    }
    let name = value.get_type().name().python()?.to_string();
    Err(Raised::from(esg_core::face::FaceError::value(
        "value",
        format!("of type {name}"),
        "text, a number or a Decimal",
    )))
}

/// Returns a `decimal.Decimal` of exact text.
pub fn to_decimal<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    decimal_class(py)?.call1((PyString::new(py, text),))
}

/// An exact amount, kept in whole picograms (1e-15 kg; of energy and water in the same fraction of kWh and litres).
#[pyclass(frozen, eq, ord, module = "esg", skip_from_py_object)]
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Amount(pub esg_core::Amount);

#[pymethods]
impl Amount {
    /// An amount of a number of kilograms.
    #[new]
    fn new(kg: &Bound<'_, PyAny>) -> Outcome<Self> {
        Ok(Self(esg_core::Amount::from_kg(decimal(kg)?)?))
    }

    /// Kilograms, exactly.
    #[getter]
    fn kg<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_decimal(py, &self.0.to_string())
    }

    /// Tonnes, exactly.
    #[getter]
    fn t<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_decimal(py, &self.0.tonnes())
    }

    /// Picograms, a whole number.
    #[getter]
    fn pg(&self) -> i128 {
        self.0.pg()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Amount('{}')", self.0)
    }

    fn __float__(&self) -> f64 {
        self.0.to_f64()
    }

    fn __bool__(&self) -> bool {
        !self.0.is_zero()
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.pg().hash(&mut hasher);
        hasher.finish()
    }

    fn __add__(&self, other: &Bound<'_, Self>) -> Outcome<Self> {
        Ok(Self(self.0.checked_add(other.get().0)?))
    }

    fn __sub__(&self, other: &Bound<'_, Self>) -> Outcome<Self> {
        Ok(Self(self.0.checked_sub(other.get().0)?))
    }

    fn __neg__(&self) -> Outcome<Self> {
        Ok(Self(esg_core::Amount::ZERO.checked_sub(self.0)?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let kg = PyTuple::new(slf.py(), [slf.get().0.to_string()])?;
        Ok((slf.get_type().into_any(), kg))
    }

    fn _repr_html_(&self) -> String {
        let exact = format!("<span title=\"{} kg exactly\">", self.0);
        format!(
            "{exact}{} kg ({})</span>",
            shown(self.0, In::Units, 3).replace('<', "&lt;").replace('>', "&gt;"),
            short_mass(self.0).replace('<', "&lt;").replace('>', "&gt;")
        )
    }
}
