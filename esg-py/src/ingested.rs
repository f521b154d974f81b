//! `esg.Ingested` and `esg.Verified`: what a ledger answers.

use esg_core::face::{Receipts, receipts_html, verdict_html};
use esg_core::ledger::Outcome as Became;
use pyo3::prelude::*;
use serde_json::Value;

use crate::json;
use crate::table::Table;

/// What became of the rows that a ledger was given.
#[pyclass(frozen, module = "esg")]
pub struct Ingested(pub Receipts);

#[pymethods]
impl Ingested {
    /// Rows that are in the ledger now and were not before.
    #[getter]
    fn accepted(&self) -> u64 {
        self.0.count(Became::Accepted)
    }

    /// Rows that were there already, with the same content.
    #[getter]
    fn duplicates(&self) -> u64 {
        self.0.count(Became::Duplicate)
    }

    /// Accepted rows of closed days: no report that was issued changes by them.
    #[getter]
    fn late(&self) -> u64 {
        self.0.late()
    }

    /// True when every row is in the ledger: accepted now, or before.
    #[getter]
    fn ok(&self) -> bool {
        self.0.is_clean()
    }

    /// A receipt for each row as an Arrow table: source, line, outcome, seq, late, fingerprint.
    #[getter]
    fn items(&self, py: Python<'_>) -> Table {
        Table(py.detach(|| self.0.table()))
    }

    /// Rows whose id was there with other content: source, line, the line of the log that stays, the fields that differ.
    #[getter]
    fn conflicts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.0.conflicts().iter().map(|row| json::to_python(py, row)).collect()
    }

    /// Rows that are no events: source, line, field, code, message and the nearest known names.
    #[getter]
    fn rejected<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.0.rejected().iter().map(|row| json::to_python(py, row)).collect()
    }

    fn __len__(&self) -> usize {
        self.0.rows()
    }

    fn __repr__(&self) -> String {
        let count = |of| self.0.count(of);
        format!(
            "<esg.Ingested: {} accepted, {} duplicates, {} conflicts, {} rejected>",
            count(Became::Accepted),
            count(Became::Duplicate),
            count(Became::Conflict),
            count(Became::Rejected)
        )
    }

    fn _repr_html_(&self) -> String {
        receipts_html(&self.0)
    }
}

/// What a check of a ledger came to; true where nothing is wrong.
#[pyclass(frozen, module = "esg")]
pub struct Verified(pub Value);

#[pymethods]
impl Verified {
    /// True when nothing is wrong.
    #[getter]
    fn ok(&self) -> bool {
        self.0["ok"] == Value::Bool(true)
    }

    /// What is wrong with the log: place, line, code, message.
    #[getter]
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0["findings"])
    }

    /// In what the database does not follow from the log.
    #[getter]
    fn books<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0["books"])
    }

    /// Lines of the log.
    #[getter]
    fn size<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0["size"])
    }

    /// Lines that a signed checkpoint vouches for; those behind it rest on their chain alone.
    #[getter]
    fn vouched<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0["vouched"])
    }

    /// Root of the log's Merkle tree.
    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0["root"])
    }

    /// All of it as a dictionary.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0)
    }

    fn __bool__(&self) -> bool {
        self.ok()
    }

    fn __repr__(&self) -> String {
        let wrong = self.0["findings"].as_array().map_or(0, Vec::len)
            + self.0["books"].as_array().map_or(0, Vec::len);
        format!("<esg.Verified: {} lines, {wrong} findings>", self.0["size"])
    }

    fn _repr_html_(&self) -> String {
        verdict_html(&self.0)
    }
}
