//! `Ledger`.

#![expect(clippy::too_many_arguments, reason = "index.cjs takes options apart and names each of them")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use esg_core::Error;
use esg_core::audit::VerifierKey;
use esg_core::face::{self, LineageOptions, Receipts, Statement};
use esg_core::ledger::{Question, Stamp, Tenant};
use esg_core::report::Format;
use esg_core::time::Period;
use esg_store::{Against, FolderLedger, OpenLedger, Taking, now};
use napi::Env;
use napi::bindgen_prelude::{Buffer, External};
use napi_derive::napi;
use serde_json::Value;

use crate::asked::{Asked, Terms};
use crate::error::{Outcome, border};
use crate::hooks::Given;
use crate::ingested::{self, Ingested};
use crate::intake::{self, Gathered};
use crate::inventory::Inventory;
use crate::long::{Promised, State, long, on_pool};
use crate::opening;
use crate::registry::Registry;
use crate::value::{Document, flag, instance, is_absent, maybe_text, maybe_whole, read, text, whole};

/// A ledger in a folder: every event once, every issued report, and a log that proves both.
///
/// One process writes to a ledger at a time. All that reads or writes it is done beside the event loop.
#[napi]
pub struct Ledger {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) tenant: Tenant,
    pub(crate) actor: String,
    pub(crate) opened: Arc<OpenLedger>,
}

impl Ledger {
    /// Work that needs the ledger, on the pool.
    fn work<T: Send + 'static, R>(
        &self,
        work: impl FnOnce(&OpenLedger) -> Result<T, Error> + Send + 'static,
        then: fn(T) -> R,
    ) -> Promised<T, R>
    where
        R: napi::bindgen_prelude::ToNapiValue + napi::bindgen_prelude::TypeName,
    {
        let opened = Arc::clone(&self.opened);
        on_pool(move || work(&opened), then)
    }

    /// A record that the ledger writes now.
    fn record<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut FolderLedger, Stamp<'_>) -> Result<T, Error> + Send + 'static,
    ) -> impl FnOnce(&OpenLedger) -> Result<T, Error> + Send + 'static {
        let actor = self.actor.clone();
        move |opened| opened.with(|opened| write(opened, Stamp { actor: &actor, time: now()? }))
    }

    fn taking(&self, atomic: bool, detached: bool) -> Taking {
        Taking { tenant: self.tenant.clone(), actor: self.actor.clone(), atomic, detached }
    }

    fn asked(&self, env: &Env, terms: &Terms) -> Outcome<Asked> {
        Asked::new(env, &self.tenant, terms)
    }
}

type Shared<T> = External<Arc<Mutex<T>>>;

#[napi]
impl Ledger {
    /// Takes the whole lines of what was gathered so far.
    #[napi(skip_typescript)]
    pub fn take_part(
        &self,
        env: &Env,
        events: &Shared<Gathered>,
        receipts: &Shared<Receipts>,
        detached: Given,
    ) -> napi::Result<Promised<(), ()>> {
        border(env, || {
            let (events, receipts) = (Arc::clone(events), Arc::clone(receipts));
            let taking = self.taking(false, flag("detached", &detached)?);
            let work = move |opened: &OpenLedger| {
                let Some(source) = events.lock().unwrap_or_else(PoisonError::into_inner).part()? else {
                    return Ok(());
                };
                let mut receipts = receipts.lock().unwrap_or_else(PoisonError::into_inner);
                opened.with(|opened| taking.take(opened.ledger(), source, &mut receipts, &|_, _| true))
            };
            Ok(self.work(work, |()| ()))
        })
    }

    /// Takes events, each once, and gives what became of every row when they survive a crash.
    ///
    /// `events` is what `Engine.calculate` takes; a table must be one of events. `atomic` takes all rows or none. What is
    /// `detached` can be redacted later. A file or a stream may be of any length: it is taken part by part, and one that was
    /// broken off is given again from its beginning.
    #[napi(ts_args_type = "events: Events, options?: IngestOptions", ts_return_type = "Promise<Ingested>")]
    pub fn ingest(
        &self,
        env: &Env,
        events: &Shared<Gathered>,
        receipts: &Shared<Receipts>,
        atomic: Given,
        detached: Given,
        call: Option<&External<Arc<State>>>,
    ) -> napi::Result<Promised<Receipts, Ingested>> {
        border(env, || {
            let taking = self.taking(flag("atomic", &atomic)?, flag("detached", &detached)?);
            let (gathered, receipts) = (intake::take(events), Arc::clone(receipts));
            let opened = Arc::clone(&self.opened);
            let work = move |watch: face::Watch<'_>| {
                let (source, mut taken) = (gathered.source()?, ingested::take(&receipts));
                opened.with(|opened| taking.take(opened.ledger(), source, &mut taken, watch))?;
                Ok(taken)
            };
            Ok(long(call, work, Ingested))
        })
    }

    /// Returns the inventory of the events that count, of all days or of those from `start` to `end`.
    ///
    /// `asOf` reads the log up to that line; without it a closed period is read as of its closing. `engine` calculates; or
    /// else its options are given here.
    #[napi(
        ts_args_type = "start?: string | null, end?: string | null, options?: AskOptions",
        ts_return_type = "Promise<Inventory>"
    )]
    pub fn inventory(
        &self,
        env: &Env,
        start: Given,
        end: Given,
        as_of: Given,
        engine: Given,
        options: Given,
    ) -> napi::Result<Promised<Statement, Inventory>> {
        border(env, || {
            let asked = self.asked(env, &Terms { start, end, as_of, engine, options })?;
            Ok(self.work(move |opened| asked.question()?.statement(&opened.book()?), Inventory::of))
        })
    }

    /// Returns the bytes of a report. With `issue` it is recorded in the log with its digest and can be made again: see
    /// `reports` and `reissue`.
    #[napi(
        ts_args_type = "format: ReportFormat, start?: string | null, end?: string | null, options?: AskOptions & { issue?: boolean, organisation?: string }",
        ts_return_type = "Promise<Buffer>"
    )]
    pub fn report(
        &self,
        env: &Env,
        format: Given,
        start: Given,
        end: Given,
        as_of: Given,
        engine: Given,
        options: Given,
        issue: Given,
        organisation: Given,
    ) -> napi::Result<Promised<Vec<u8>, Buffer>> {
        border(env, || {
            let asked = self.asked(env, &Terms { start, end, as_of, engine, options })?;
            // A form that nobody knows is refused before anything is recorded.
            let form: Format = text("format", &format)?.parse()?;
            let (issue, organisation) = (flag("issue", &issue)?, maybe_text("organisation", &organisation)?);
            if !issue {
                let draft = move |opened: &OpenLedger| {
                    asked.question()?.draft(&opened.book()?, form, organisation.as_deref())
                };
                return Ok(self.work(draft, Buffer::from));
            }
            let write = self.record(move |opened, stamp| {
                let (question, checkpoint) = (asked.question()?, opened.sign()?);
                let (organisation, checkpoint) = (organisation.as_deref(), checkpoint.as_deref());
                Ok(question.issue(opened.ledger(), organisation, checkpoint, stamp)?.report.render(form)?)
            });
            Ok(self.work(write, Buffer::from))
        })
    }

    /// Makes the issued report of a line again, and refuses with `ledger.report` unless its JSON is the same byte for byte.
    /// `registry` is needed where it rests on sets of your own.
    #[napi(
        ts_args_type = "seq: number, format?: ReportFormat | null, options?: { registry?: Registry }",
        ts_return_type = "Promise<Buffer>"
    )]
    pub fn reissue(
        &self,
        env: &Env,
        seq: Given,
        format: Given,
        registry: Given,
    ) -> napi::Result<Promised<Vec<u8>, Buffer>> {
        border(env, || {
            let (seq, format) = (whole("seq", &seq)?, maybe_text("format", &format)?);
            let form: Format = format.as_deref().unwrap_or(face::REPORT).parse()?;
            let sets = match is_absent(&registry) {
                true => Arc::default(),
                false => instance::<Registry>("registry", &registry, "a Registry")?.sets(),
            };
            let work = move |opened: &OpenLedger| {
                Ok(face::reissue(&opened.book()?, &sets, seq)?.report.render(form)?)
            };
            Ok(self.work(work, Buffer::from))
        })
    }

    /// Checks every line, the chain, the tree, the signatures, and that the database follows from the log.
    ///
    /// Give the `key` and the `checkpoints` that you kept elsewhere: the folder's own show mistakes and no deceit. A checkpoint
    /// is a path or the text of one.
    #[napi(
        ts_args_type = "key?: string | null, checkpoints?: string[] | null",
        ts_return_type = "Promise<Verified>"
    )]
    pub fn verify(
        &self,
        env: &Env,
        key: Given,
        checkpoints: Given,
    ) -> napi::Result<Promised<Value, Document>> {
        border(env, || {
            let key = maybe_text("key", &key)?.map(|key| key.parse::<VerifierKey>()).transpose()?;
            let (kept, folder) = (crate::value::texts("checkpoints", &checkpoints)?, self.path.clone());
            let work = move || {
                let kept = kept.into_iter().enumerate().map(|(number, one)| opening::checkpoint(number, one));
                let kept = kept.collect::<Result<Vec<_>, Error>>()?;
                let against = Against { key: key.as_ref(), kept: &kept, books: true };
                let checked = esg_store::check(&folder, &against)?;
                Ok(face::verdict_document(&checked.verdict, &checked.checkpoints, &checked.books))
            };
            Ok(on_pool(work, Document))
        })
    }

    /// Returns how a figure such as `2-location,site=Hull,month=2024-03` came about, as text.
    #[napi(
        ts_args_type = "cell: string, start?: string | null, end?: string | null, options?: AskOptions & LineageOptions",
        ts_return_type = "Promise<string>"
    )]
    pub fn lineage(
        &self,
        env: &Env,
        cell: Given,
        start: Given,
        end: Given,
        as_of: Given,
        engine: Given,
        options: Given,
        form: Given,
    ) -> napi::Result<Promised<String, String>> {
        border(env, || {
            let asked = self.asked(env, &Terms { start, end, as_of, engine, options })?;
            let (cell, form) = (text("cell", &cell)?, read::<LineageOptions>(env, form)?);
            let work = move |opened: &OpenLedger| asked.question()?.lineage(&opened.book()?, &cell, &form);
            Ok(self.work(work, |text| text))
        })
    }

    /// Signs the log and returns the text of a bundle: the figure's products, the lines of the log that hold their events, and
    /// what leads from each to the signed checkpoint. `tools/verify.py bundle` recomputes the figure from it.
    #[napi(
        ts_args_type = "cell: string, start?: string | null, end?: string | null, options?: AskOptions",
        ts_return_type = "Promise<string>"
    )]
    pub fn prove(
        &self,
        env: &Env,
        cell: Given,
        start: Given,
        end: Given,
        as_of: Given,
        engine: Given,
        options: Given,
    ) -> napi::Result<Promised<String, String>> {
        border(env, || {
            let asked = self.asked(env, &Terms { start, end, as_of, engine, options })?;
            let cell = text("cell", &cell)?;
            let work = move |opened: &OpenLedger| {
                let (note, book) = opened.signed()?;
                asked.question()?.prove(&book, &cell, &note)
            };
            Ok(self.work(work, |text| text))
        })
    }

    /// Signs the log and returns the text of a C2SP tlog-proof of a line.
    #[napi(ts_args_type = "seq: number", ts_return_type = "Promise<string>")]
    pub fn prove_line(&self, env: &Env, seq: Given) -> napi::Result<Promised<String, String>> {
        border(env, || {
            let seq = whole("seq", &seq)?;
            let work = move |opened: &OpenLedger| {
                let (note, book) = opened.signed()?;
                Ok(book.proof(seq, &note)?.to_string())
            };
            Ok(self.work(work, |text| text))
        })
    }

    /// Returns the numbers that sources left out of their running ids.
    #[napi(ts_args_type = "options?: { asOf?: number }", ts_return_type = "Promise<Gap[]>")]
    pub fn gaps(&self, env: &Env, as_of: Given) -> napi::Result<Promised<Value, Document>> {
        border(env, || {
            let as_of = maybe_whole("as_of", &as_of)?;
            let question = Question { tenant: self.tenant.clone(), period: None, as_of };
            let work = move |opened: &OpenLedger| Ok(face::gaps_document(&opened.book()?.gaps(&question)?));
            Ok(self.work(work, Document))
        })
    }

    /// Closes a period and returns the line that says so: its reports stay as they are, whatever is sent later.
    #[napi(ts_args_type = "start: string, end: string", ts_return_type = "Promise<number>")]
    pub fn close_period(&self, env: &Env, start: Given, end: Given) -> napi::Result<Promised<u64, f64>> {
        border(env, || {
            let period = Period::new(text("start", &start)?.parse()?, text("end", &end)?.parse()?)?;
            Ok(self.work(self.record(move |opened, stamp| opened.ledger().close(period, stamp)), |seq| {
                seq as f64
            }))
        })
    }

    /// Redacts a detached event by its line, and returns the line that says so, with the reason, for good. The event is gone
    /// afterwards; reports of its day name it as missing.
    #[napi(ts_args_type = "seq: number, reason: string", ts_return_type = "Promise<number>")]
    pub fn redact(&self, env: &Env, seq: Given, reason: Given) -> napi::Result<Promised<u64, f64>> {
        border(env, || {
            let (seq, reason) = (whole("seq", &seq)?, text("reason", &reason)?);
            let write = self.record(move |opened, stamp| opened.ledger().redact(seq, &reason, stamp));
            Ok(self.work(write, |seq| seq as f64))
        })
    }

    /// Signs the log as it is and returns the checkpoint: keep it elsewhere.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn sign(&self) -> Promised<String, String> {
        self.work(|opened| opened.signed().map(|(note, _)| note), |note| note)
    }

    /// Copies the ledger to an empty or absent folder, without its secret key unless `withKey`.
    #[napi(ts_args_type = "to: string, options?: { withKey?: boolean }", ts_return_type = "Promise<void>")]
    pub fn backup(&self, env: &Env, to: Given, with_key: Given) -> napi::Result<Promised<(), ()>> {
        border(env, || {
            let (from, to) = (self.path.clone(), text("to", &to)?);
            let with_key = flag("with_key", &with_key)?;
            Ok(on_pool(move || esg_store::backup(&from, Path::new(&to), with_key), |()| ()))
        })
    }

    /// Signs and closes; whatever is asked afterwards is refused. A ledger that is dropped without it has lost nothing.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close(&self) -> Promised<(), ()> {
        self.work(OpenLedger::close, |()| ())
    }

    /// Lines of the log.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn size(&self) -> Promised<u64, f64> {
        self.work(|opened| opened.with(|opened| Ok(opened.ledger().size())), |size| size as f64)
    }

    /// Public keys of the log, the first one first, as an auditor needs them.
    #[napi(ts_return_type = "Promise<string[]>")]
    pub fn keys(&self) -> Promised<Value, Document> {
        let path = self.path.clone();
        on_pool(move || Ok(esg_store::keys(&path)?.iter().map(ToString::to_string).collect()), Document)
    }

    /// Reports that were issued: seq, time, tenant, as_of, digest, start, end.
    #[napi(ts_return_type = "Promise<IssuedReport[]>")]
    pub fn reports(&self) -> Promised<Value, Document> {
        self.work(|opened| face::reports_document(&opened.book()?), Document)
    }

    /// Folder of the ledger.
    #[napi(getter)]
    pub fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// Name of the log.
    #[napi(getter)]
    pub fn log(&self) -> String {
        self.name.clone()
    }
}
