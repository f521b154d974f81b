//! Events that come in: dictionaries, files, tables.

use std::path::PathBuf;

use esg_core::face;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::error::{OfPython, Outcome, Raised};
use crate::registry::path;
use crate::{json, table};

/// Events up to which a call is short: nobody waits for it long enough to interrupt it.
pub const SHORT: usize = 5_000;
/// The same in bytes of a file.
pub const SHORT_BYTES: usize = 1 << 21;

/// An `OSError` with the number and the name of the file, as `open` raises it.
pub fn not_read(py: Python<'_>, path: &PathBuf, error: &std::io::Error) -> Raised {
    let Some(number) = error.raw_os_error() else {
        return Raised::python(PyErr::from(std::io::Error::from(error.kind())));
    };
    let raised = py
        .import("builtins")
        .and_then(|builtins| builtins.getattr("OSError")?.call1((number, error.to_string(), path)))
        .map_or_else(|failed| failed, PyErr::from_value);
    Raised::python(raised)
}

/// Label, form and bytes of files.
pub fn read_files(py: Python<'_>, files: &[PathBuf]) -> Outcome<Vec<(String, face::Form, Vec<u8>)>> {
    let mut read = Vec::with_capacity(files.len());
    for path in files {
        let label = path.display().to_string();
        let form = face::Form::of_name(&label)?;
        let bytes = py.detach(|| std::fs::read(path)).map_err(|error| not_read(py, path, &error))?;
        read.push((label, form, bytes));
    }
    Ok(read)
}

/// Events in one of their forms.
pub enum Input {
    Table(table::Input),
    /// JSON Lines, and how many events.
    Lines(Vec<u8>, usize),
    Files(Vec<PathBuf>),
}

impl Input {
    /// Returns the events of what a caller gives.
    pub fn of(events: &Bound<'_, PyAny>) -> Outcome<Self> {
        if let Ok(list) = events.cast::<PyList>() {
            return Self::of_items(list.iter());
        }
        if events.is_instance_of::<PyDict>() {
            return Self::of_items(std::iter::once(events.clone()));
        }
        if let Some(path) = path(events)? {
            return Ok(Self::Files(vec![path]));
        }
        if let Some(input) = table::Input::of(events)? {
            return Ok(Self::Table(input));
        }
        if let Ok(bytes) = events.cast::<PyBytes>() {
            let bytes = bytes.as_bytes().to_vec();
            let count = bytes.len() * SHORT / SHORT_BYTES;
            return Ok(Self::Lines(bytes, count));
        }
        let items: Vec<Bound<'_, PyAny>> = events.try_iter().python()?.collect::<PyResult<_>>().python()?;
        Self::of_items(items.into_iter())
    }

    fn of_items<'py>(items: impl Iterator<Item = Bound<'py, PyAny>>) -> Outcome<Self> {
        let (mut lines, mut files, mut count) = (Vec::new(), Vec::new(), 0);
        for item in items {
            match path(&item)? {
                Some(path) => files.push(path),
                None => {
                    json::event(&mut lines, &item)?;
                    lines.push(b'\n');
                    count += 1;
                }
            }
        }
        if files.is_empty() {
            return Ok(Self::Lines(lines, count));
        }
        if count > 0 {
            let rule = "either paths or events";
            return Err(face::FaceError::value("events", "a mixture of both", rule).into());
        }
        Ok(Self::Files(files))
    }
}
