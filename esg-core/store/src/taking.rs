//! Events on their way into a ledger that many callers share, as every language takes them.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use esg_core::error::Error;
use esg_core::face::{FaceError, Form, Receipts, Watch, without_key};
use esg_core::ledger::{Book, Ledger, Prepared, Stamp, Tenant};
use esg_core::store::{Store, StoreError};
use esg_core::telemetry::Received;

use crate::bulk::{Bulk, ingest_lines};
use crate::chance::detached;
use crate::folder::{FolderLedger, read};
use crate::stamp::now;

/// A ledger while it is open, to write or to read beside whoever writes: one caller works with it at a time, and the others
/// wait.
#[derive(Debug)]
pub struct OpenLedger(Mutex<Option<Mode>>);

#[derive(Debug)]
enum Mode {
    Writer(Box<FolderLedger>),
    /// The folder. Every question opens it anew, so that it is answered as the log is then.
    Reader(PathBuf),
}

impl OpenLedger {
    /// Holds a ledger.
    pub fn new(ledger: FolderLedger) -> Self {
        Self(Mutex::new(Some(Mode::Writer(Box::new(ledger)))))
    }

    /// Reads the ledger of a folder, which has to be there, beside its writer if it has one.
    ///
    /// # Errors
    /// As [`read`].
    pub fn reader(folder: &Path) -> Result<Self, Error> {
        read(folder)?;
        Ok(Self(Mutex::new(Some(Mode::Reader(folder.to_owned())))))
    }

    /// Works with the ledger while nobody else does.
    ///
    /// # Errors
    /// `option.value` for a ledger that was closed, or that is open to read only; as `work`.
    pub fn with<T>(&self, work: impl FnOnce(&mut FolderLedger) -> Result<T, Error>) -> Result<T, Error> {
        self.either(work, |_| {
            let rule = "open to write: make it without read_only";
            Err(FaceError::value("ledger", "open to read only", rule).into())
        })
    }

    /// Returns the ledger as it is now, to be read while others write.
    ///
    /// # Errors
    /// As [`Ledger::book`], [`read`] and [`OpenLedger::with`].
    pub fn book(&self) -> Result<Book, Error> {
        self.either(|opened| Ok(opened.ledger().book()?), read)
    }

    /// Returns the name of the log.
    ///
    /// # Errors
    /// As [`OpenLedger::book`].
    pub fn name(&self) -> Result<String, Error> {
        self.either(
            |opened| Ok(opened.ledger().name().to_string()),
            |path| Ok(read(path)?.name().to_string()),
        )
    }

    /// Returns how many lines the log has.
    ///
    /// # Errors
    /// As [`OpenLedger::book`].
    pub fn size(&self) -> Result<u64, Error> {
        self.either(|opened| Ok(opened.ledger().size()), |path| Ok(read(path)?.size()))
    }

    /// Signs the log, and returns the note with the ledger that it vouches for.
    ///
    /// # Errors
    /// `option.value` for a ledger whose key is elsewhere; as [`FolderLedger::sign`].
    pub fn signed(&self) -> Result<(String, Book), Error> {
        self.with(|opened| {
            let note = opened.sign()?.ok_or_else(without_key)?;
            Ok((note, opened.ledger().book()?))
        })
    }

    /// Signs and closes what is open to write; whatever is asked afterwards is refused. Closing again does nothing.
    ///
    /// # Errors
    /// As [`FolderLedger::close`].
    pub fn close(&self) -> Result<(), Error> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(Mode::Writer(ledger)) => ledger.close(),
            Some(Mode::Reader(_)) | None => Ok(()),
        }
    }

    fn either<T>(
        &self,
        writer: impl FnOnce(&mut FolderLedger) -> Result<T, Error>,
        reader: impl FnOnce(&Path) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Mode::Writer(opened)) => writer(opened),
            Some(Mode::Reader(path)) => reader(path),
            None => Err(FaceError::value("ledger", "closed", "open: make it again with its path").into()),
        }
    }
}

/// Where events come from.
#[derive(Debug)]
pub enum Source {
    /// What was read already, with what people call it.
    Received(String, Box<Received>),
    /// Files that are open, each with its name and its form.
    Files(Vec<(String, Form, File)>),
}

/// How events are taken.
#[derive(Clone, Debug)]
pub struct Taking {
    /// Whose events.
    pub tenant: Tenant,
    /// Who brought them.
    pub actor: String,
    /// Take all rows or none.
    pub atomic: bool,
    /// Take them so that they can be redacted.
    pub detached: bool,
}

impl Taking {
    /// Takes all of a source. What was taken before a failure, or before the caller stopped it, stays.
    ///
    /// # Errors
    /// `option.value` where many files are to be taken whole, `call.stopped`; as [`Ledger::ingest`] and
    /// [`Ledger::ingest_atomic`].
    pub fn take<S: Store>(
        &self,
        ledger: &mut Ledger<S>,
        source: Source,
        receipts: &mut Receipts,
        watch: Watch<'_>,
    ) -> Result<(), Error> {
        let files = match source {
            Source::Received(label, received) => {
                return self.whole(ledger, *received, &label, receipts, watch);
            }
            Source::Files(files) => files,
        };
        self.one_if_atomic(files.len())?;
        for (label, form, mut file) in files {
            if form == Form::Lines && !self.atomic {
                self.lines(ledger, file, &label, receipts, watch)?;
                continue;
            }
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(|error| StoreError::Io {
                place: label.clone(),
                action: "read",
                reason: error.to_string(),
            })?;
            self.whole(ledger, form.read(&bytes)?, &label, receipts, watch)?;
        }
        Ok(())
    }

    /// Refuses several files that are to be taken whole: each is a commit of its own.
    ///
    /// # Errors
    /// `option.value`.
    pub fn one_if_atomic(&self, files: usize) -> Result<(), FaceError> {
        if self.atomic && files > 1 {
            let found = format!("true for {files} files");
            return Err(FaceError::value("atomic", found, "asked for one file at a time"));
        }
        Ok(())
    }

    fn whole<S: Store>(
        &self,
        ledger: &mut Ledger<S>,
        received: Received,
        label: &str,
        receipts: &mut Receipts,
        watch: Watch<'_>,
    ) -> Result<(), Error> {
        let total = received.batch.len() as u64;
        if !watch(0, total) {
            return Err(FaceError::Stopped { done: 0, total }.into());
        }
        let prepared = Prepared::new(received, &self.tenant, label);
        let prepared = if self.detached { detached(prepared)? } else { prepared };
        let stamp = Stamp { actor: &self.actor, time: now()? };
        let ingested =
            if self.atomic { ledger.ingest_atomic(prepared, stamp) } else { ledger.ingest(prepared, stamp) };
        receipts.add(label, &ingested?);
        watch(total, total);
        Ok(())
    }

    fn lines<S: Store>(
        &self,
        ledger: &mut Ledger<S>,
        file: File,
        label: &str,
        receipts: &mut Receipts,
        watch: Watch<'_>,
    ) -> Result<(), Error> {
        let total = file.metadata().map_or(0, |found| found.len());
        let stamp = Stamp { actor: &self.actor, time: now()? };
        let (bulk, mut stopped) =
            (Bulk { tenant: &self.tenant, label, stamp, lines: None, detached: self.detached }, None);
        ingest_lines(ledger, file, &bulk, &mut |part| {
            receipts.add(label, &part.ingested);
            if watch(part.bytes, total) {
                return ControlFlow::Continue(());
            }
            stopped = Some(FaceError::Stopped { done: part.bytes, total });
            ControlFlow::Break(())
        })?;
        stopped.map_or(Ok(()), |error| Err(error.into()))
    }
}
