//! `esg.Registry` and `esg.Resolution`.

use std::sync::{Arc, RwLock};

use esg_core::face::{
    self, FactorQuestion, Search, Sets, factor_values, found_document, resolution_document, resolution_html,
    sets_document,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::error::{OfPython, Outcome, Raised};
use crate::json;

/// Factor sets that answer lookups: the built-in ones, and those that are added.
#[pyclass(frozen, module = "esg")]
pub struct Registry(RwLock<Arc<Sets>>);

impl Registry {
    /// The sets as they are now.
    pub fn sets(&self) -> Arc<Sets> {
        Arc::clone(&self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn of(sets: Sets) -> Self {
        Self(RwLock::new(Arc::new(sets)))
    }

    fn answer(&self, py: Python<'_>, words: Vec<u8>) -> Outcome<Resolution> {
        let (question, sets) = (face::read::<FactorQuestion>(&words)?, self.sets());
        let found = py.detach(|| question.ask(sets.registry()))?;
        Ok(Resolution { found, sets, words })
    }
}

/// Returns the text of a path, of a dictionary or list as JSON, or the text itself where it is no path.
fn source(value: &Bound<'_, PyAny>) -> Outcome<Vec<u8>> {
    if let Some(path) = path(value)? {
        return std::fs::read(path).map_err(Raised::python);
    }
    let mut text = Vec::new();
    json::write(&mut text, value)?;
    Ok(text)
}

/// Returns the path that a value is: text, or what `os.fspath` takes.
pub fn path(value: &Bound<'_, PyAny>) -> Outcome<Option<std::path::PathBuf>> {
    if value.is_instance_of::<PyString>() || value.hasattr("__fspath__").python()? {
        return Ok(Some(value.extract().python()?));
    }
    Ok(None)
}

#[pymethods]
impl Registry {
    /// The built-in sets.
    #[new]
    fn new(py: Python<'_>) -> Self {
        Self::of(py.detach(Sets::default))
    }

    /// Adds a set of your own: a path to JSON or JSON Lines, or the document itself.
    fn add(&self, set: &Bound<'_, PyAny>) -> Outcome<()> {
        let bytes = source(set)?;
        let text = esg_core::json::text(&bytes)?;
        let mut sets = Sets::clone(&self.sets());
        set.py().detach(|| sets.add(text))?;
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(sets);
        Ok(())
    }

    /// The versions and digests of all sets, as `factors.lock.json` has them.
    fn lock<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.sets().lock())
    }

    /// A registry with exactly the sets of a lock, each checked byte by byte; a path, or the document itself.
    fn locked(&self, lock: &Bound<'_, PyAny>) -> Outcome<Self> {
        let (bytes, sets) = (source(lock)?, self.sets());
        Ok(Self::of(lock.py().detach(|| sets.locked(&bytes))?))
    }

    /// A registry with only the sets that were published by a day.
    fn as_of(&self, day: &Bound<'_, PyAny>) -> Outcome<Self> {
        let day = day.str().python()?.to_str().python()?.parse::<esg_core::time::Day>()?;
        Ok(Self::of(self.sets().as_of(day)))
    }

    /// The factors whose activity, name, id or place hold every word.
    #[pyo3(signature = (query, *, region=None, limit=None))]
    fn search<'py>(
        &self,
        query: Bound<'py, PyAny>,
        region: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> Outcome<Bound<'py, PyAny>> {
        let py = query.py();
        let document = json::document([("query", Some(query)), ("region", region), ("limit", limit)])?;
        let (search, sets) = (face::read::<Search>(&document)?, self.sets());
        let found = py.detach(|| search.ask(sets.registry()))?;
        json::to_python(py, &found_document(&found)).python()
    }

    /// Which factor applies, how it was found, and what was passed over.
    #[pyo3(signature = (activity, *, day, **question))]
    fn resolve<'py>(
        &self,
        activity: Bound<'py, PyAny>,
        day: Bound<'py, PyAny>,
        question: Option<&Bound<'py, PyDict>>,
    ) -> Outcome<Resolution> {
        let py = activity.py();
        let all = PyDict::new(py);
        if let Some(question) = question {
            all.update(question.as_mapping()).python()?;
        }
        all.set_item("activity", activity).python()?;
        all.set_item("day", day).python()?;
        self.answer(py, json::keywords(Some(&all))?)
    }

    fn _answer(&self, py: Python<'_>, words: Vec<u8>) -> Outcome<Resolution> {
        self.answer(py, words)
    }

    /// The sets: name, digest and passport of each.
    #[getter(sets)]
    fn documents<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &sets_document(self.sets().registry()))
    }

    /// The ids of all activities, sorted.
    #[getter]
    fn activities(&self, py: Python<'_>) -> Vec<String> {
        let sets = self.sets();
        py.detach(|| sets.registry().activities().to_vec())
    }

    fn __len__(&self) -> usize {
        self.sets().registry().sets().len()
    }

    fn __repr__(&self) -> String {
        format!("<esg.Registry of {} factor sets>", self.__len__())
    }

    /// The same registry in another process: the texts that were added, and the lock.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, sets) = (slf.py(), slf.get().sets());
        let added: Vec<&str> = sets.added().iter().map(|text| &**text).collect();
        let state = (added, sets.lock().to_string()).into_pyobject(py)?;
        Ok((slf.get_type().getattr("_restore")?, state))
    }

    #[staticmethod]
    fn _restore(py: Python<'_>, added: Vec<String>, lock: String) -> Outcome<Self> {
        let sets = py.detach(|| {
            let mut sets = Sets::default();
            added.iter().try_for_each(|text| sets.add(text))?;
            sets.locked(lock.as_bytes())
        });
        Ok(Self::of(sets?))
    }
}

/// The factor that answers a lookup, with the steps that led to it and the candidates that were rejected.
#[pyclass(frozen, module = "esg")]
pub struct Resolution {
    found: Arc<esg_core::factor::Resolution>,
    /// What was asked, and of which sets.
    sets: Arc<Sets>,
    words: Vec<u8>,
}

impl Resolution {
    fn part<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &resolution_document(&self.found)[name])
    }
}

#[pymethods]
impl Resolution {
    /// The factor as its publisher printed it.
    #[getter]
    fn factor<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, "factor")
    }

    /// Set, version and id of the factor.
    #[getter]
    fn factor_id(&self) -> String {
        self.found.factor_id()
    }

    /// Name, digest and authority of its set.
    #[getter]
    fn set<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, "set")
    }

    /// How the question led to it.
    #[getter]
    fn steps(&self) -> Vec<String> {
        self.found.steps.clone()
    }

    /// What was looked at and not taken, each with the reason.
    #[getter]
    fn rejected<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, "rejected")
    }

    /// Fallbacks that were needed.
    #[getter]
    fn fallbacks(&self) -> Vec<&'static str> {
        self.found.fallbacks.clone()
    }

    /// The unit that the factor is counted in.
    #[getter]
    fn per(&self) -> String {
        self.found.per.to_string()
    }

    /// Everything as a dictionary.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &resolution_document(&self.found))
    }

    fn __repr__(&self) -> String {
        format!("<esg.Resolution {}: {}>", self.found.factor_id(), factor_values(&self.found.factor))
    }

    /// The same answer in another process: the same question to the same sets.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let registry = Py::new(py, Registry(RwLock::new(Arc::clone(&self.sets))))?;
        let answer = py.get_type::<Registry>().getattr("_answer")?;
        Ok((answer, (registry, PyBytes::new(py, &self.words)).into_pyobject(py)?))
    }

    fn _repr_html_(&self) -> String {
        resolution_html(&self.found)
    }
}
