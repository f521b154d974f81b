//! `esg.convert`.

use esg_core::face;
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::amount::{decimal, to_decimal};
use crate::error::{OfPython, Outcome};

/// Convert a value exactly from one unit to another.
///
/// Text, a Decimal, a whole number or a float gives a Decimal; a list or tuple of them a list; an array of numbers gives a new
/// array of floats, each within one unit of the last place.
#[pyfunction]
#[pyo3(signature = (value, from_unit, to_unit, /))]
pub fn convert<'py>(value: &Bound<'py, PyAny>, from_unit: &str, to_unit: &str) -> Outcome<Bound<'py, PyAny>> {
    let py = value.py();
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let list = PyList::empty(py);
        for item in value.try_iter().python()? {
            list.append(convert(&item.python()?, from_unit, to_unit)?).python()?;
        }
        return Ok(list.into_any());
    }
    if is_array(value)? {
        return array(value, from_unit, to_unit);
    }
    let converted = face::convert(decimal(value)?, from_unit, to_unit)?;
    to_decimal(py, &converted.to_string()).python()
}

/// Arrays, and what turns itself into one, such as a column of a data frame; not the scalars of NumPy.
fn is_array(value: &Bound<'_, PyAny>) -> Outcome<bool> {
    use pyo3::types::{PyFloat, PyInt, PyString};
    if value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyFloat>()
        || value.is_instance_of::<PyInt>()
    {
        return Ok(false);
    }
    Ok(value.hasattr("__array__").python()? && value.hasattr("__len__").python()?)
}

fn array<'py>(value: &Bound<'py, PyAny>, from_unit: &str, to_unit: &str) -> Outcome<Bound<'py, PyAny>> {
    let py = value.py();
    if let Ok(flat) = value.cast::<PyArray1<f64>>()
        && flat.is_contiguous()
    {
        let flat = flat.readonly();
        let flat = flat.as_slice().python()?;
        // A product takes no longer than the copy that the other way begins with.
        if let Some(values) = face::convert_product(flat, from_unit, to_unit)? {
            return Ok(PyArray1::from_vec(py, values).into_any());
        }
        let mut values = flat.to_vec();
        py.detach(|| face::convert_floats(&mut values, from_unit, to_unit))?;
        return Ok(PyArray1::from_vec(py, values).into_any());
    }
    let floats =
        py.import("numpy").and_then(|numpy| numpy.call_method1("array", (value, "float64"))).python()?;
    let floats = floats.cast_into::<PyArrayDyn<f64>>().python()?;
    {
        let mut all = floats.readwrite();
        let all = all.as_slice_mut().python()?;
        py.detach(|| face::convert_floats(all, from_unit, to_unit))?;
    }
    Ok(floats.into_any())
}
