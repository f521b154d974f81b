//! `esg.Inventory`.

use std::sync::Arc;

use esg_core::face::{self, Aspect, By, Question, SimulationOptions, Statement, statement_html};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::amount::Amount;
use crate::error::{OfPython, Outcome};
use crate::score::Score;
use crate::simulation::{Drawn, Simulation};
use crate::table::Table;
use crate::{json, long};

/// Draws up to which a simulation is short.
const SHORT_DRAWS: u64 = 20_000;

/// A greenhouse-gas inventory with everything that it rests on.
#[pyclass(frozen, module = "esg")]
pub struct Inventory(Arc<Statement>);

impl Inventory {
    /// The inventory of a statement.
    pub fn of(statement: Statement) -> Self {
        Self(Arc::new(statement))
    }

    /// The inventory of a statement that others look at too.
    pub fn shared(statement: Arc<Statement>) -> Self {
        Self(statement)
    }

    fn aspect<'py>(&self, py: Python<'py>, of: Aspect) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0.document(of))
    }
}

/// A report: text, or bytes where it is none.
pub fn text_or_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyAny> {
    match std::str::from_utf8(bytes) {
        Ok(text) => PyString::new(py, text).into_any(),
        Err(_) => PyBytes::new(py, bytes).into_any(),
    }
}

#[pymethods]
impl Inventory {
    /// Returns a total in kg CO2e, or the mass of one gas; None where a part of that is published without its gases.
    ///
    /// `method` is `"location"` or `"market"`, and needed where scope 2 is in the total. `partial` gives what there is where
    /// a part is missing.
    #[pyo3(signature = (scope=None, *, category=None, method=None, gas=None, partial=None))]
    fn total<'py>(
        &self,
        scope: Option<Bound<'py, PyAny>>,
        category: Option<Bound<'py, PyAny>>,
        method: Option<Bound<'py, PyAny>>,
        gas: Option<Bound<'py, PyAny>>,
        partial: Option<Bound<'py, PyAny>>,
    ) -> Outcome<Option<Amount>> {
        let fields = [
            ("scope", scope),
            ("category", category),
            ("method", method),
            ("gas", gas),
            ("partial", partial),
        ];
        let question: Question = face::read(&json::document(fields)?)?;
        Ok(question.ask(&self.0.account.inventory)?.map(Amount))
    }

    /// Returns sums by dimensions as an Arrow table: `scope`, `category`, `gas`, `activity`, `factor`, `vertical`, `source`,
    /// `site`, `region`, `day`, `month`, `year`, `tag:NAME`. `method` is needed unless `scope` is among them.
    #[pyo3(signature = (*dimensions, method=None))]
    fn by<'py>(&self, dimensions: Bound<'py, PyTuple>, method: Option<Bound<'py, PyAny>>) -> Outcome<Table> {
        let fields = [("dimensions", Some(dimensions.into_any())), ("method", method)];
        let by: By = face::read(&json::document(fields)?)?;
        Ok(Table(self.0.by(&by)?))
    }

    /// Returns the lines as an Arrow table: a row for each product of quantity, conversion and factor, with its event.
    fn lines(&self, py: Python<'_>) -> Outcome<Table> {
        Ok(Table(py.detach(|| self.0.lines())?))
    }

    /// Returns a report: text of `json`, `csv` and `html`, bytes of `xlsx`.
    #[pyo3(signature = (format, *, organisation=None))]
    fn report<'py>(
        &self,
        py: Python<'py>,
        format: &str,
        organisation: Option<&str>,
    ) -> Outcome<Bound<'py, PyAny>> {
        let bytes = py.detach(|| self.0.report(format, organisation))?;
        Ok(text_or_bytes(py, &bytes))
    }

    /// Returns this inventory with another one of the same options added; exact, in any order.
    fn merge(&self, py: Python<'_>, other: &Bound<'_, Self>) -> Outcome<Self> {
        let (mut whole, other) = (Statement::clone(&self.0), Statement::clone(&other.get().0));
        py.detach(|| whole.merge(other).map(|()| whole)).map(Self::of).map_err(Into::into)
    }

    fn __add__(&self, py: Python<'_>, other: &Bound<'_, Self>) -> Outcome<Self> {
        self.merge(py, other)
    }

    /// Returns the range of the inventory by Monte Carlo, with error propagation beside it.
    ///
    /// Options: `draws`, `seed`, `sobol`, `ranges`, `ipcc_gwp`, `samples`. `progress` as in `Engine.calculate`.
    #[pyo3(signature = (*, progress=None, **options))]
    fn simulate(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> Outcome<Py<Simulation>> {
        self.draw(py, progress, json::keywords(options)?)
    }

    /// Present, partial, missing or not applicable, by scope and category, with the reasons.
    #[getter]
    fn coverage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Coverage)
    }

    /// What a reader must know before using a number.
    #[getter]
    fn caveats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Caveats)
    }

    /// Rows that are in no total: source, line, field, code, message and the nearest known names.
    #[getter]
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Refused)
    }

    /// Values that were filled in because `defaults` said so.
    #[getter]
    fn assumptions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Assumptions)
    }

    /// Key figures of the verticals.
    #[getter]
    fn kpis<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Kpis)
    }

    /// The factors that it rests on, by full name.
    #[getter]
    fn factors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Factors)
    }

    /// SHA-256 of what it can be replayed from: events, factor lock, options.
    #[getter]
    fn digests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Digests)
    }

    /// Files or tables, with how many rows were accepted, rejected, and copies.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Sources)
    }

    /// The options of the calculation.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.aspect(py, Aspect::Options)
    }

    /// The sustainability score of the period.
    #[getter]
    fn score(&self) -> Outcome<Option<Score>> {
        match &self.0.account.score {
            Some(Ok(score)) => Ok(Some(Score::of_inventory(score.clone(), Arc::clone(&self.0)))),
            Some(Err(error)) => Err(error.clone().into()),
            None => Ok(None),
        }
    }

    /// Energy that rows state in units of energy: an amount of kWh.
    #[getter]
    fn energy_kwh(&self) -> Outcome<Amount> {
        Ok(Amount(self.0.account.inventory.energy_kwh()?))
    }

    /// Water withdrawn: an amount of litres.
    #[getter]
    fn water_litres(&self) -> Outcome<Amount> {
        Ok(Amount(self.0.account.inventory.water_litres()?))
    }

    /// CO2 from biomass, outside of the scopes.
    #[getter]
    fn biogenic_co2(&self) -> Outcome<Amount> {
        Ok(Amount(self.0.account.inventory.biogenic_co2()?))
    }

    fn __repr__(&self) -> String {
        let account = &self.0.account;
        let days = account.inventory.days().map(|(a, b)| format!(", {a} to {b}")).unwrap_or_default();
        format!("<esg.Inventory of {} rows{days}, {} refused>", account.accepted(), account.refused.len())
    }

    fn _repr_html_(&self) -> Outcome<String> {
        Ok(statement_html(&self.0)?)
    }

    /// The same inventory in another process: sums, options, the lock of the factor sets, and sets of your own.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, statement) = (slf.py(), Arc::clone(&slf.get().0));
        let block = PyBytes::new(py, &py.detach(|| statement.to_block()));
        Ok((slf.get_type().getattr("_restore")?, (block,).into_pyobject(py)?))
    }

    #[staticmethod]
    fn _restore(py: Python<'_>, block: &[u8]) -> Outcome<Self> {
        Ok(py.detach(|| Statement::from_block(block)).map(Self::of)?)
    }

    fn _draw(&self, py: Python<'_>, options: Vec<u8>) -> Outcome<Py<Simulation>> {
        self.draw(py, None, options)
    }
}

impl Inventory {
    fn draw(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
        words: Vec<u8>,
    ) -> Outcome<Py<Simulation>> {
        let options: SimulationOptions = face::read(&words)?;
        let (statement, long) = (Arc::clone(&self.0), options.options()?.draws() > SHORT_DRAWS);
        let work = move |watch: face::Watch<'_>| options.ask(&statement.account.inventory, watch);
        let simulated = long::run(py, progress, long, work)?;
        Py::new(py, Simulation::of(Drawn { simulated, of: Arc::clone(&self.0), words })).python()
    }
}
