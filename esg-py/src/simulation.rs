//! `esg.Simulation` and `esg.Range`.

use std::sync::Arc;

use esg_core::face::{self, Simulated, Statement, sensitivity_document, simulation_html};
use esg_core::simulate::uncertain::TotalRange;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::amount::Amount;
use crate::error::{OfPython, Outcome};
use crate::inventory::Inventory;
use crate::json;

/// Ranges, and what they were drawn from: the same draws come of it anywhere.
pub struct Drawn {
    pub simulated: Simulated,
    pub of: Arc<Statement>,
    /// The options as they were worded.
    pub words: Vec<u8>,
}

/// The range of one total.
#[pyclass(frozen, subclass, module = "esg")]
pub struct Range {
    drawn: Arc<Drawn>,
    /// The total; the core says which one where none is named.
    name: Option<String>,
}

impl Range {
    fn range(&self) -> Outcome<&TotalRange> {
        Ok(self.drawn.simulated.total(self.name.as_deref())?)
    }
}

#[pymethods]
impl Range {
    /// The name of the total.
    #[getter]
    fn name(&self) -> Outcome<&'static str> {
        Ok(self.range()?.name)
    }

    /// The exact point estimate.
    #[getter]
    fn point(&self) -> Outcome<Amount> {
        Ok(Amount(self.range()?.point))
    }

    /// Mean in kg CO2e.
    #[getter]
    fn mean(&self) -> Outcome<f64> {
        Ok(self.range()?.simulated.mean())
    }

    /// Standard deviation in kg CO2e.
    #[getter]
    fn sd(&self) -> Outcome<f64> {
        Ok(self.range()?.simulated.sd())
    }

    /// Standard error of the mean in kg CO2e.
    #[getter]
    fn mean_error(&self) -> Outcome<f64> {
        Ok(self.range()?.simulated.mean_error())
    }

    /// The value in kg CO2e that a share `p` of the draws stays below.
    fn quantile(&self, p: f64) -> Outcome<f64> {
        let value = self.range()?.simulated.quantile(p);
        if value.is_nan() {
            return Err(face::FaceError::value("p", p, "within 0 and 1").into());
        }
        Ok(value)
    }

    /// The share of the draws above a target in kg CO2e.
    fn exceedance(&self, target_kg: f64) -> Outcome<f64> {
        Ok(self.range()?.simulated.exceedance(target_kg))
    }

    /// Counts and edges of equal bars, as `numpy.histogram` gives them.
    #[pyo3(signature = (bars=None))]
    fn histogram<'py>(&self, py: Python<'py>, bars: Option<usize>) -> Outcome<Bound<'py, PyTuple>> {
        let bars = self.range()?.simulated.histogram(bars.unwrap_or(face::BARS));
        let counts: Vec<f64> = bars.iter().map(|bar| bar.count).collect();
        let edges: Vec<f64> =
            bars.iter().map(|bar| bar.lower).chain(bars.last().map(|bar| bar.upper)).collect();
        PyTuple::new(py, [PyArray1::from_vec(py, counts), PyArray1::from_vec(py, edges)]).python()
    }

    /// Every draw in kg CO2e, in order, as a read-only array of NumPy that shares the memory; None where none was kept.
    #[getter]
    fn samples<'py>(&self, py: Python<'py>) -> Outcome<Option<Bound<'py, PyAny>>> {
        if self.range()?.simulated.sample().is_none() {
            return Ok(None);
        }
        let samples = Samples { drawn: Arc::clone(&self.drawn), name: self.name.clone() };
        py.import("numpy").and_then(|numpy| numpy.call_method1("asarray", (samples,))).map(Some).python()
    }

    /// What makes the range: inputs by their share of the variance, and how far each swings the total.
    fn sensitivity<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyAny>> {
        let found = py.detach(|| self.drawn.simulated.sensitivity(self.name.as_deref()))?;
        json::to_python(py, &sensitivity_document(&found)).python()
    }

    /// Draws the histogram with matplotlib and returns the axes.
    #[pyo3(signature = (ax=None, *, bars=None))]
    fn plot<'py>(
        slf: &Bound<'py, Self>,
        ax: Option<Bound<'py, PyAny>>,
        bars: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("esg._plot")?.call_method1("histogram", (slf, ax, bars))
    }

    fn __repr__(&self) -> Outcome<String> {
        let range = self.range()?;
        let of = &range.simulated;
        let (low, high) = (of.quantile(0.025), of.quantile(0.975));
        Ok(format!(
            "<esg.Range {}: mean {:.6} kg, 95 % within {low:.6} and {high:.6} kg>",
            range.name,
            of.mean()
        ))
    }

    /// The same total of the same simulation in another process.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let simulation = Py::new(py, Simulation::again(Arc::clone(&self.drawn)))?;
        let total = py.get_type::<Simulation>().getattr("total")?;
        Ok((total, (simulation, self.name.as_deref()).into_pyobject(py)?))
    }

    fn _repr_html_(&self) -> Outcome<String> {
        Ok(simulation_html(&self.drawn.simulated, self.name.as_deref())?)
    }
}

/// Draws that stay where they are: an array of NumPy looks at them and keeps this alive.
#[pyclass(frozen, module = "esg")]
struct Samples {
    drawn: Arc<Drawn>,
    name: Option<String>,
}

#[pymethods]
impl Samples {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyDict>> {
        let sample = self.drawn.simulated.total(self.name.as_deref())?.simulated.sample().unwrap_or_default();
        let kind = if cfg!(target_endian = "little") { "<f8" } else { ">f8" };
        let interface = PyDict::new(py);
        interface.set_item("version", 3).python()?;
        interface.set_item("shape", (sample.len(),)).python()?;
        interface.set_item("typestr", kind).python()?;
        // Read only: the draws are shared by whoever asks for them.
        interface.set_item("data", (sample.as_ptr() as usize, true)).python()?;
        Ok(interface)
    }
}

/// The ranges of an inventory. What a range has, this has of the total over all scopes by the location-based method.
#[pyclass(frozen, extends = Range, module = "esg")]
pub struct Simulation;

impl Simulation {
    /// The ranges that were drawn.
    pub fn of(drawn: Drawn) -> PyClassInitializer<Self> {
        Self::again(Arc::new(drawn))
    }

    fn again(drawn: Arc<Drawn>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Range { drawn, name: None }).add_subclass(Self)
    }
}

#[pymethods]
impl Simulation {
    /// The same simulation in another process: it is drawn again, to the same bits.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, drawn) = (slf.py(), &slf.as_super().get().drawn);
        let inventory = Py::new(py, Inventory::shared(Arc::clone(&drawn.of)))?;
        let draw = py.get_type::<Inventory>().getattr("_draw")?;
        Ok((draw, (inventory, PyBytes::new(py, &drawn.words)).into_pyobject(py)?))
    }

    /// The names of the totals that have a range.
    #[getter]
    fn totals(slf: &Bound<'_, Self>) -> Vec<&'static str> {
        slf.as_super().get().drawn.simulated.range.totals.iter().map(|total| total.name).collect()
    }

    /// Returns the range of a total by its name: `scope 1`, `all market`, ...
    fn total(slf: &Bound<'_, Self>, name: String) -> Outcome<Range> {
        let drawn = Arc::clone(&slf.as_super().get().drawn);
        drawn.simulated.total(Some(&name))?;
        Ok(Range { drawn, name: Some(name) })
    }

    /// How many draws there are.
    #[getter]
    fn draws(slf: &Bound<'_, Self>) -> u64 {
        slf.as_super().get().drawn.simulated.options.draws()
    }

    /// The seed.
    #[getter]
    fn seed(slf: &Bound<'_, Self>) -> u64 {
        slf.as_super().get().drawn.simulated.options.seed()
    }

    /// The name of the generator.
    #[getter]
    fn generator(slf: &Bound<'_, Self>) -> &'static str {
        slf.as_super().get().drawn.simulated.options.generator()
    }

    /// What a reader must know.
    #[getter]
    fn caveats(slf: &Bound<'_, Self>) -> Vec<String> {
        slf.as_super().get().drawn.simulated.range.caveats.clone()
    }

    /// SHA-256 of every bit of the result, of the location-based run and of the market-based one.
    #[getter]
    fn digests(slf: &Bound<'_, Self>) -> Outcome<(String, Option<String>)> {
        Ok(slf.as_super().get().drawn.simulated.digests()?)
    }

    /// Everything as a dictionary; `target_kg` asks for the share of draws above it.
    #[pyo3(signature = (*, target_kg=None))]
    fn to_dict<'py>(slf: &Bound<'py, Self>, target_kg: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(slf.py(), &slf.as_super().get().drawn.simulated.document(target_kg))
    }
}
