//! Python values as JSON text, and JSON values as Python.
//!
//! A decimal stays the text that it is, a float is its shortest decimal, and a day or an hour is ISO 8601. What JSON has no
//! form for goes through as text, so that the core refuses it with the field that it stands in.

use esg_core::face::FaceError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};
use serde_json::Value;

use crate::error::{OfPython, Outcome};

/// How deep values may be nested; a list that holds itself ends here.
const DEPTH: usize = 64;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// `decimal.Decimal`.
pub fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    DECIMAL.import(py, "decimal", "Decimal")
}

/// Writes an event, whose numbers are read as they are written: decimals and large whole numbers stand as numbers.
pub fn event(out: &mut Vec<u8>, value: &Bound<'_, PyAny>) -> Outcome<()> {
    Writer { out, place: Vec::new(), numbers: true }.value(value)
}

/// Writes a document, where a number that JSON readers would round stands as text.
pub fn write(out: &mut Vec<u8>, value: &Bound<'_, PyAny>) -> Outcome<()> {
    Writer { out, place: Vec::new(), numbers: false }.value(value)
}

/// Returns keyword arguments as the text of a document: those that are none are not given.
pub fn document<'py>(
    fields: impl IntoIterator<Item = (&'static str, Option<Bound<'py, PyAny>>)>,
) -> Outcome<Vec<u8>> {
    let mut out = vec![b'{'];
    for (name, value) in fields {
        let Some(value) = value.filter(|value| !value.is_none()) else { continue };
        field(&mut out, name, &value)?;
    }
    out.push(b'}');
    Ok(out)
}

/// Returns a dictionary of keyword arguments as the text of a document.
pub fn keywords(arguments: Option<&Bound<'_, PyDict>>) -> Outcome<Vec<u8>> {
    let mut out = vec![b'{'];
    for (name, value) in arguments.into_iter().flatten() {
        if !value.is_none() {
            field(&mut out, name.cast::<PyString>().python()?.to_str().python()?, &value)?;
        }
    }
    out.push(b'}');
    Ok(out)
}

fn field(out: &mut Vec<u8>, name: &str, value: &Bound<'_, PyAny>) -> Outcome<()> {
    if out.len() > 1 {
        out.push(b',');
    }
    text(out, name);
    out.push(b':');
    Writer { out, place: vec![name.to_owned()], numbers: false }.value(value)
}

fn text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a vector takes all bytes");
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Names from the outermost dictionary to here.
    place: Vec<String>,
    /// Whether every number is written as one.
    numbers: bool,
}

impl Writer<'_> {
    fn value(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        if let Ok(string) = value.cast::<PyString>() {
            self.string(string)
        } else if let Ok(flag) = value.cast::<PyBool>() {
            self.raw(if flag.is_true() { "true" } else { "false" });
            Ok(())
        } else if value.is_exact_instance_of::<PyFloat>() || value.is_instance_of::<PyFloat>() {
            self.float(value.extract().python()?);
            Ok(())
        } else if value.is_instance_of::<PyInt>() {
            self.whole(value)
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.dict(dict)
        } else if let Ok(list) = value.cast::<PyList>() {
            self.list(list.iter())
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.list(tuple.iter())
        } else if value.is_none() {
            self.raw("null");
            Ok(())
        } else {
            self.other(value)
        }
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn string(&mut self, string: &Bound<'_, PyString>) -> Outcome<()> {
        match string.to_str() {
            Ok(valid) => text(self.out, valid),
            Err(_) => {
                // Half a surrogate pair, which the core refuses by its own code.
                let units = string.call_method1("encode", ("utf-16-be", "surrogatepass")).python()?;
                let units: Vec<u8> = units.extract().python()?;
                let escaped: String =
                    units.chunks_exact(2).map(|u| format!("\\u{:02x}{:02x}", u[0], u[1])).collect();
                self.raw(&format!("\"{escaped}\""));
            }
        }
        Ok(())
    }

    fn float(&mut self, value: f64) {
        if !value.is_finite() {
            text(self.out, &value.to_string());
        } else if value == 0.0 || (1e-5..1e16).contains(&value.abs()) {
            self.raw(&value.to_string());
        } else {
            self.raw(&format!("{value:e}"));
        }
    }

    fn whole(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        match value.extract::<i64>() {
            Ok(small) if small.unsigned_abs() <= 1 << 53 => self.raw(&small.to_string()),
            _ => {
                let digits = value.call_method0("__index__").and_then(|v| v.str()).python()?;
                self.number(digits.to_str().python()?);
            }
        }
        Ok(())
    }

    /// A number of any length.
    fn number(&mut self, digits: &str) {
        if self.numbers && digits.ends_with(|c: char| c.is_ascii_digit()) {
            self.raw(digits);
        } else {
            // As text it is exact wherever it is read, and what is no number is refused with its field.
            text(self.out, digits);
        }
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) -> Outcome<()> {
        self.check_depth()?;
        self.out.push(b'{');
        for (at, (key, value)) in dict.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            let key =
                key.cast::<PyString>().map_err(|_| self.refuse(&key, "a dictionary whose keys are text"))?;
            self.string(key)?;
            self.out.push(b':');
            self.place.push(key.to_string_lossy().into_owned());
            self.value(&value)?;
            self.place.pop();
        }
        self.out.push(b'}');
        Ok(())
    }

    fn list<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>) -> Outcome<()> {
        self.check_depth()?;
        self.place.push(String::new());
        self.out.push(b'[');
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.value(&item)?;
        }
        self.out.push(b']');
        self.place.pop();
        Ok(())
    }

    /// Decimals, days, hours, paths and the scalars of NumPy.
    fn other(&mut self, value: &Bound<'_, PyAny>) -> Outcome<()> {
        let py = value.py();
        if value.is_instance(decimal_class(py).python()?).python()? {
            self.number(value.str().python()?.to_str().python()?);
            return Ok(());
        }
        if let Ok(iso) = value.call_method0("isoformat") {
            return self.string(iso.cast::<PyString>().python()?);
        }
        if let Ok(item) = value.call_method0("item")
            && !item.get_type().is(value.get_type())
        {
            return self.value(&item);
        }
        if let Ok(list) = value.call_method0("tolist")
            && list.is_instance_of::<PyList>()
        {
            return self.value(&list);
        }
        Err(self.refuse(value, "text, a number, a Decimal, a date, a list or a dictionary"))
    }

    fn refuse(&self, value: &Bound<'_, PyAny>, rule: &str) -> crate::error::Raised {
        let place: Vec<&str> =
            self.place.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let kind = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
        let place = if place.is_empty() { "value".to_owned() } else { place.join(".") };
        FaceError::value(place, format!("of type {kind}"), rule).into()
    }

    fn check_depth(&self) -> Outcome<()> {
        if self.place.len() < DEPTH {
            return Ok(());
        }
        let place = self.place.first().cloned().unwrap_or_default();
        Err(FaceError::value(
            place,
            "nested too deeply",
            format!("at most {DEPTH} lists and dictionaries deep"),
        )
        .into())
    }
}

/// Returns a JSON value as Python has it.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => whole.into_pyobject(py)?.into_any(),
            (_, Some(whole)) => whole.into_pyobject(py)?.into_any(),
            _ => number.as_f64().into_pyobject(py)?.into_any(),
        },
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, field) in fields {
                dict.set_item(name, to_python(py, field)?)?;
            }
            dict.into_any()
        }
    })
}
