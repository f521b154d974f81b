//! `esg.Ledger`.

use std::path::PathBuf;
use std::sync::Arc;

use esg_core::Error;
use esg_core::face::{self, FaceError, LedgerQuestion, LineageOptions, Receipts};
use esg_core::ledger::{Question, Stamp, Tenant};
use esg_core::time::Period;
use esg_store::{Against, FolderLedger, OpenLedger, Taking, actor, now};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::engine::Engine;
use crate::error::{OfPython, Outcome, Raised};
use crate::ingested::{Ingested, Verified};
use crate::input::Input;
use crate::inventory::{Inventory, text_or_bytes};
use crate::registry::{Registry, path};
use crate::taking::open;
use crate::{json, long};

/// A ledger in a folder: every event once, every issued report, and a log that proves both.
///
/// The folder is made where there is none. One process writes to a ledger at a time, and any number read beside it. Used in
/// `with`, it is signed and closed at the end.
#[pyclass(frozen, module = "esg")]
pub struct Ledger {
    path: PathBuf,
    tenant: Tenant,
    actor: String,
    opened: Arc<OpenLedger>,
}

#[pymethods]
impl Ledger {
    /// Opens the ledger of a folder, or makes one. `log` is the name of a new one, such as `"example.com/footprint"`; `tenant`
    /// says whose events are meant, `actor` who writes, for the log. With `read_only` it is opened beside its writer, if it has
    /// one: each question is answered as the log is then, and what would write is refused.
    #[new]
    #[pyo3(signature = (path, *, log=None, tenant=None, actor=None, read_only=false))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        log: Option<&str>,
        tenant: Option<&str>,
        actor: Option<&str>,
        read_only: bool,
    ) -> Outcome<Self> {
        let (tenant, log) = (Tenant::new(tenant.unwrap_or(face::TENANT))?, log.unwrap_or(face::LOG).parse()?);
        let actor = self::actor(actor);
        let opened = py.detach(|| match read_only {
            true => OpenLedger::reader(&path),
            false => FolderLedger::open_or_create(&path, &log, Stamp { actor: &actor, time: now()? })
                .map(OpenLedger::new),
        });
        Ok(Self { path, tenant, actor, opened: Arc::new(opened?) })
    }

    /// Takes events, each once, and returns what became of every row when they survive a crash.
    ///
    /// `events` is what `Engine.calculate` takes; a table must be one of events. `atomic` takes all rows or none. A file of
    /// JSON Lines may be of any length; one that was broken off is given again from its beginning. What is `detached` can be
    /// redacted later.
    #[pyo3(signature = (events, *, atomic=false, detached=false, progress=None))]
    fn ingest(
        &self,
        events: &Bound<'_, PyAny>,
        atomic: bool,
        detached: bool,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Ingested> {
        let py = events.py();
        let taking = Taking { tenant: self.tenant.clone(), actor: self.actor.clone(), atomic, detached };
        let (input, long) = open(py, Input::of(events)?, &taking)?;
        let opened = Arc::clone(&self.opened);
        let work = move |watch: face::Watch<'_>| {
            let (source, mut receipts) = (input.read()?, Receipts::default());
            opened.with(|opened| taking.take(opened.ledger(), source, &mut receipts, watch))?;
            Ok(receipts)
        };
        Ok(Ingested(long::run(py, progress, long, work)?))
    }

    /// Returns the inventory of the events that count, of all days or of those from `start` to `end`.
    ///
    /// `as_of` reads the log up to that line; without it a closed period is read as of its closing. `engine` calculates; or
    /// else its options are keyword arguments here.
    #[pyo3(signature = (start=None, end=None, *, as_of=None, engine=None, **options))]
    fn inventory<'py>(
        &self,
        py: Python<'py>,
        start: Option<Bound<'py, PyAny>>,
        end: Option<Bound<'py, PyAny>>,
        as_of: Option<u64>,
        engine: Option<&Bound<'py, Engine>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> Outcome<Inventory> {
        let asked = self.asked(py, (start, end, as_of), engine, options)?;
        let opened = Arc::clone(&self.opened);
        let work = move |_: face::Watch<'_>| asked.statement(&opened.book()?);
        Ok(Inventory::of(long::run(py, None, true, work)?))
    }

    /// Returns a report: text of `json`, `csv` and `html`, bytes of `xlsx`. With `issue` it is recorded in the log with its
    /// digest and can be made again: see `reports` and `reissue`.
    #[pyo3(signature = (format, start=None, end=None, *, issue=false, organisation=None, as_of=None, engine=None, **options))]
    #[expect(clippy::too_many_arguments, reason = "all but the first are keywords, and Python names them")]
    fn report<'py>(
        &self,
        py: Python<'py>,
        format: &str,
        start: Option<Bound<'py, PyAny>>,
        end: Option<Bound<'py, PyAny>>,
        issue: bool,
        organisation: Option<String>,
        as_of: Option<u64>,
        engine: Option<&Bound<'py, Engine>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> Outcome<Bound<'py, PyAny>> {
        let asked = self.asked(py, (start, end, as_of), engine, options)?;
        // A form that nobody knows is refused before anything is recorded.
        let form: esg_core::report::Format = format.parse().map_err(Error::from)?;
        let (opened, actor) = (Arc::clone(&self.opened), self.actor.clone());
        let work = move |_: face::Watch<'_>| {
            if !issue {
                return asked.statement(&opened.book()?)?.report(form.as_str(), organisation.as_deref());
            }
            opened.with(|opened| {
                let checkpoint = opened.sign()?;
                let stamp = Stamp { actor: &actor, time: now()? };
                let issued =
                    asked.issue(opened.ledger(), organisation.as_deref(), checkpoint.as_deref(), stamp)?;
                Ok(issued.report.render(form)?)
            })
        };
        Ok(text_or_bytes(py, &long::run(py, None, true, work)?))
    }

    /// Makes the issued report of a line again, and refuses with `ledger.report` unless its JSON is the same byte for byte.
    /// `registry` is needed where it rests on sets of your own.
    #[pyo3(signature = (seq, format=None, *, registry=None))]
    fn reissue<'py>(
        &self,
        py: Python<'py>,
        seq: u64,
        format: Option<&str>,
        registry: Option<&Bound<'py, Registry>>,
    ) -> Outcome<Bound<'py, PyAny>> {
        let form = format.unwrap_or(face::REPORT).parse().map_err(Error::from)?;
        let (opened, sets) = (Arc::clone(&self.opened), registry.map(|registry| registry.get().sets()));
        let work = move |_: face::Watch<'_>| {
            let issued = face::reissue(&opened.book()?, &sets.unwrap_or_default(), seq)?;
            Ok(issued.report.render(form)?)
        };
        Ok(text_or_bytes(py, &long::run(py, None, true, work)?))
    }

    /// Checks every line, the chain, the tree, the signatures, and that the database follows from the log.
    ///
    /// Give the `key` and the `checkpoints` that you kept elsewhere: the folder's own show mistakes and no deceit. A checkpoint
    /// is a path or the text of one.
    #[pyo3(signature = (key=None, checkpoints=None))]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        key: Option<&str>,
        checkpoints: Option<Bound<'py, PyAny>>,
    ) -> Outcome<Verified> {
        let key = key.map(str::parse).transpose().map_err(|error: esg_core::audit::AuditError| error)?;
        let kept = kept(checkpoints)?;
        let folder = self.path.clone();
        let work = move |_: face::Watch<'_>| {
            let checked =
                esg_store::check(&folder, &Against { key: key.as_ref(), kept: &kept, books: true })?;
            Ok(face::verdict_document(&checked.verdict, &checked.checkpoints, &checked.books))
        };
        Ok(Verified(long::run(py, None, true, work)?))
    }

    /// Returns how a figure such as `2-location,site=Hull,month=2024-03` came about, as text: a `tree`, `mermaid`, `dot`,
    /// `prov` or `json`.
    #[pyo3(signature = (cell, format=None, start=None, end=None, *, limit=None, as_of=None, engine=None, **options))]
    #[expect(clippy::too_many_arguments, reason = "all but the first are keywords, and Python names them")]
    fn lineage<'py>(
        &self,
        py: Python<'py>,
        cell: String,
        format: Option<Bound<'py, PyAny>>,
        start: Option<Bound<'py, PyAny>>,
        end: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
        as_of: Option<u64>,
        engine: Option<&Bound<'py, Engine>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> Outcome<String> {
        let asked = self.asked(py, (start, end, as_of), engine, options)?;
        let form: LineageOptions = face::read(&json::document([("format", format), ("limit", limit)])?)?;
        let opened = Arc::clone(&self.opened);
        long::run(py, None, true, move |_| asked.lineage(&opened.book()?, &cell, &form))
    }

    /// Signs the log and returns the text of a bundle: the figure's products, the lines of the log that hold their events, and
    /// what leads from each to the signed checkpoint. `tools/verify.py bundle` recomputes the figure from it.
    #[pyo3(signature = (cell, start=None, end=None, *, as_of=None, engine=None, **options))]
    #[expect(clippy::too_many_arguments, reason = "all but the first are keywords, and Python names them")]
    fn prove<'py>(
        &self,
        py: Python<'py>,
        cell: String,
        start: Option<Bound<'py, PyAny>>,
        end: Option<Bound<'py, PyAny>>,
        as_of: Option<u64>,
        engine: Option<&Bound<'py, Engine>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> Outcome<String> {
        let asked = self.asked(py, (start, end, as_of), engine, options)?;
        let opened = Arc::clone(&self.opened);
        long::run(py, None, true, move |_| {
            let (note, book) = opened.signed()?;
            asked.prove(&book, &cell, &note)
        })
    }

    /// Signs the log and returns the text of a C2SP tlog-proof of a line.
    fn prove_line(&self, py: Python<'_>, seq: u64) -> Outcome<String> {
        let opened = Arc::clone(&self.opened);
        Ok(py.detach(|| {
            let (note, book) = opened.signed()?;
            book.proof(seq, &note).map(|proof| proof.to_string())
        })?)
    }

    /// Returns the numbers that sources left out of their running ids: source_id, prefix, first, last.
    #[pyo3(signature = (*, as_of=None))]
    fn gaps<'py>(&self, py: Python<'py>, as_of: Option<u64>) -> Outcome<Bound<'py, PyAny>> {
        let question = Question { tenant: self.tenant.clone(), period: None, as_of };
        let gaps = py.detach(|| self.opened.book()?.gaps(&question))?;
        json::to_python(py, &face::gaps_document(&gaps)).python()
    }

    /// Closes a period and returns the line that says so: its reports stay as they are, whatever is sent later.
    fn close_period(&self, py: Python<'_>, start: &Bound<'_, PyAny>, end: &Bound<'_, PyAny>) -> Outcome<u64> {
        let day = |day: &Bound<'_, PyAny>| -> Outcome<esg_core::time::Day> {
            Ok(day.str().python()?.to_str().python()?.parse()?)
        };
        let period = Period::new(day(start)?, day(end)?)?;
        Ok(py.detach(|| {
            let stamp = Stamp { actor: &self.actor, time: now()? };
            self.opened.with(|opened| opened.ledger().close(period, stamp))
        })?)
    }

    /// Redacts a detached event by its line, and returns the line that says so, with the reason, for good. The event is gone
    /// afterwards; reports of its day name it as missing.
    fn redact(&self, py: Python<'_>, seq: u64, reason: &str) -> Outcome<u64> {
        Ok(py.detach(|| {
            let stamp = Stamp { actor: &self.actor, time: now()? };
            self.opened.with(|opened| opened.ledger().redact(seq, reason, stamp))
        })?)
    }

    /// Signs the log as it is and returns the checkpoint: keep it elsewhere.
    fn sign(&self, py: Python<'_>) -> Outcome<String> {
        Ok(py.detach(|| self.opened.signed().map(|(note, _)| note))?)
    }

    /// Copies the ledger to an empty or absent folder, without its secret key unless `with_key`.
    #[pyo3(signature = (to, *, with_key=false))]
    fn backup(&self, py: Python<'_>, to: PathBuf, with_key: bool) -> Outcome<()> {
        let from = self.path.clone();
        long::run(py, None, true, move |_| esg_store::backup(&from, &to, with_key))
    }

    /// Signs and closes; whatever is asked afterwards is refused. A ledger that is dropped without it has lost nothing.
    fn close(&self, py: Python<'_>) -> Outcome<()> {
        Ok(py.detach(|| self.opened.close())?)
    }

    /// Folder of the ledger.
    #[getter]
    fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// Name of the log.
    #[getter]
    fn log(&self, py: Python<'_>) -> Outcome<String> {
        Ok(py.detach(|| self.opened.name())?)
    }

    /// Lines of the log.
    #[getter]
    fn size(&self, py: Python<'_>) -> Outcome<u64> {
        Ok(py.detach(|| self.opened.size())?)
    }

    /// Public keys of the log, the first one first, as an auditor needs them.
    #[getter]
    fn keys(&self, py: Python<'_>) -> Outcome<Vec<String>> {
        let keys = py.detach(|| esg_store::keys(&self.path))?;
        Ok(keys.iter().map(ToString::to_string).collect())
    }

    /// Reports that were issued: seq, time, tenant, as_of, digest, start, end.
    #[getter]
    fn reports<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyAny>> {
        let reports = py.detach(|| face::reports_document(&self.opened.book()?))?;
        json::to_python(py, &reports).python()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyAny>) -> Outcome<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("<esg.Ledger {:?} of {}>", self.path, self.tenant.as_str())
    }
}

type Days<'py> = (Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>, Option<u64>);

impl Ledger {
    /// What is asked: the options of an engine or keywords, and the days.
    fn asked<'py>(
        &self,
        py: Python<'py>,
        (start, end, as_of): Days<'py>,
        engine: Option<&Bound<'py, Engine>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> Outcome<LedgerQuestion> {
        let days = face::read(&json::document([("start", start), ("end", end)])?)?;
        let keywords = json::keywords(options)?;
        let (sets, base) = match engine.map(|engine| engine.get().parts()) {
            Some((registry, base)) => (registry.get().sets(), base),
            None => (Arc::default(), &b"{}"[..]),
        };
        Ok(py.detach(|| LedgerQuestion::new(&sets, [base, &keywords], days, &self.tenant, as_of))?)
    }
}

/// Checkpoints that were kept elsewhere, with what people call them.
fn kept(checkpoints: Option<Bound<'_, PyAny>>) -> Outcome<Vec<(String, String)>> {
    let mut kept = Vec::new();
    for (number, one) in checkpoints.iter().flat_map(|all| all.try_iter().into_iter().flatten()).enumerate() {
        let one = one.python()?;
        match one.extract::<String>() {
            Ok(note) if esg_store::is_note(&note) => kept.push((format!("checkpoints[{number}]"), note)),
            _ => {
                let file: PathBuf = path(&one)?.ok_or_else(|| {
                    FaceError::value("checkpoints", &one, "paths of checkpoints or their texts")
                })?;
                let text = std::fs::read_to_string(&file).map_err(Raised::python)?;
                kept.push((file.display().to_string(), text));
            }
        }
    }
    Ok(kept)
}
