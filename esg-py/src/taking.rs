//! Events on their way into a ledger.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;

use esg_core::Error;
use esg_core::face::{FaceError, Form, Receipts, Watch, received};
use esg_core::ledger::{Ledger, Prepared, Stamp, Tenant};
use esg_core::store::{Store, StoreError};
use esg_core::telemetry::Received;
use esg_store::{Bulk, ingest_lines, now};
use pyo3::prelude::*;

use crate::error::Outcome;
use crate::input::{Input, SHORT, SHORT_BYTES, not_read};
use crate::table;

/// Events in one of their forms, with files that are open.
pub enum Source {
    Table(table::Input),
    Lines(Vec<u8>),
    Files(Vec<(String, Form, File)>),
}

/// Returns the source of an input, and whether it takes so long that someone may want to end it.
pub fn open(py: Python<'_>, input: Input, atomic: bool) -> Outcome<(Source, bool)> {
    Ok(match input {
        Input::Table(input) => {
            let long = input.batches.iter().map(|batch| batch.num_rows()).sum::<usize>() > SHORT;
            (Source::Table(input), long)
        }
        Input::Lines(lines, count) => (Source::Lines(lines), count > SHORT),
        Input::Files(paths) => {
            if atomic && paths.len() > 1 {
                let found = format!("true for {} files", paths.len());
                return Err(FaceError::value("atomic", found, "asked for one file at a time").into());
            }
            let (mut files, mut long) = (Vec::with_capacity(paths.len()), false);
            for path in &paths {
                let label = path.display().to_string();
                let form = Form::of_name(&label)?;
                let opened =
                    py.detach(|| File::open(path).and_then(|file| Ok((file.metadata()?.len(), file))));
                let (length, file) = opened.map_err(|error| not_read(py, path, &error))?;
                long |= length > SHORT_BYTES as u64;
                files.push((label, form, file));
            }
            (Source::Files(files), long)
        }
    })
}

/// How events are taken.
pub struct Taking {
    pub tenant: Tenant,
    pub actor: String,
    pub atomic: bool,
    pub detached: bool,
}

impl Taking {
    /// Takes all of a source. What was taken before a failure, or before the caller stopped it, stays.
    pub fn take<S: Store>(
        &self,
        ledger: &mut Ledger<S>,
        source: Source,
        receipts: &mut Receipts,
        watch: Watch<'_>,
    ) -> Result<(), Error> {
        let files = match source {
            Source::Table(input) => {
                let read = received(&input.schema, &input.batches)?;
                return self.whole(ledger, read, "table", receipts, watch);
            }
            Source::Lines(lines) => {
                return self.whole(ledger, Form::Lines.read(&lines)?, "events", receipts, watch);
            }
            Source::Files(files) => files,
        };
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
        let prepared = if self.detached { esg_store::detached(prepared)? } else { prepared };
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
