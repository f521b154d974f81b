//! `esg.Engine`.

use std::path::PathBuf;

use esg_core::account::Source;
use esg_core::face::{self, Calculator, EngineOptions, Form, Statement};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::error::{OfPython, Outcome};
use crate::input::{Input, SHORT, SHORT_BYTES, read_files};
use crate::inventory::Inventory;
use crate::registry::Registry;
use crate::{json, long};

/// Calculates inventories. Options are keyword arguments, each with a documented default.
#[pyclass(frozen, module = "esg")]
pub struct Engine {
    calculator: Calculator,
    registry: Py<Registry>,
    options: Vec<u8>,
}

impl Engine {
    /// Its registry and the options that it was made with.
    pub fn parts(&self) -> (&Py<Registry>, &[u8]) {
        (&self.registry, &self.options)
    }

    /// What calculates.
    pub fn calculator(&self) -> Calculator {
        self.calculator.clone()
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (registry=None, **options))]
    fn new(
        py: Python<'_>,
        registry: Option<Py<Registry>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> Outcome<Self> {
        let registry = match registry {
            Some(registry) => registry,
            None => py
                .get_type::<Registry>()
                .call0()
                .and_then(|r| Ok(r.cast_into::<Registry>()?.unbind()))
                .python()?,
        };
        let options = json::keywords(options)?;
        let read: EngineOptions = face::read(&options)?;
        let calculator = Calculator::new(&registry.get().sets(), &read)?;
        Ok(Self { calculator, registry, options })
    }

    /// Returns the inventory of events.
    ///
    /// `events` is a list of dictionaries or one dictionary, a path to JSON, JSON Lines or CSV or a list of such paths, bytes of
    /// JSON Lines, or anything with the Arrow PyCapsule interface: a table of pyarrow, a frame of pandas or polars, a
    /// relation of DuckDB. `progress` is a function of (done, total), or True for a bar.
    #[pyo3(signature = (events, *, progress=None))]
    fn calculate(
        &self,
        events: &Bound<'_, PyAny>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Inventory> {
        let (py, calculator) = (events.py(), self.calculator.clone());
        let statement = match Input::of(events)? {
            Input::Table(input) => {
                let long = input.batches.iter().map(|b| b.num_rows()).sum::<usize>() > SHORT;
                long::run(py, progress, long, move |watch| {
                    calculator.table(face::TABLE, &input.schema, &input.batches, watch)
                })?
            }
            Input::Lines(lines, count) => long::run(py, progress, count > SHORT, move |watch| {
                let received = Form::Lines.read(&lines)?;
                calculator.events(vec![Source { label: face::EVENTS.to_owned(), received }], watch)
            })?,
            Input::Files(files) => self.files(py, files, progress)?,
        };
        Ok(Inventory::of(statement))
    }

    /// The registry.
    #[getter]
    fn registry(&self, py: Python<'_>) -> Py<Registry> {
        self.registry.clone_ref(py)
    }

    /// The options of the calculation, those that were not given too.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.calculator.engine.options().to_json())
    }

    fn __repr__(&self) -> String {
        let gwp = self.calculator.engine.options().gwp();
        format!("<esg.Engine GWP {} over {} years>", gwp.name(), gwp.horizon())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let state =
            (slf.get().registry.clone_ref(py), PyBytes::new(py, &slf.get().options)).into_pyobject(py)?;
        Ok((slf.get_type().getattr("_restore")?, state))
    }

    #[staticmethod]
    fn _restore(registry: Py<Registry>, options: Vec<u8>) -> Outcome<Self> {
        let read: EngineOptions = face::read(&options)?;
        let calculator = Calculator::new(&registry.get().sets(), &read)?;
        Ok(Self { calculator, registry, options })
    }
}

impl Engine {
    fn files(
        &self,
        py: Python<'_>,
        files: Vec<PathBuf>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Statement> {
        let read = read_files(py, &files)?;
        let (calculator, long) = (self.calculator.clone(), read.iter().any(|(.., b)| b.len() > SHORT_BYTES));
        long::run(py, progress, long, move |watch| {
            let mut sources = Vec::with_capacity(read.len());
            for (label, form, bytes) in read {
                sources.push(Source { label, received: form.read(&bytes)? });
            }
            calculator.events(sources, watch)
        })
    }
}
