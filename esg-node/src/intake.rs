//! Events on their way in: what `lib/input.cjs` gathers of objects, files, buffers and streams.

use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use esg_core::Error;
use esg_core::account::Source;
use esg_core::face::{Calculator, EVENTS, FaceError, Form, Statement, TABLE, Watch, received};
use esg_core::telemetry::Received;
use napi::bindgen_prelude::{External, Uint8Array};
use napi_derive::napi;

use crate::long::{Promised, on_pool};
use crate::registry::{file, not_read};
use crate::table;

/// Bytes of lines that wait, until they are read into columns.
const PIECE: usize = 4 << 20;

/// Events that were gathered so far.
#[derive(Default)]
pub struct Gathered {
    /// JSON Lines, or Arrow, that are not read yet.
    bytes: Vec<u8>,
    /// What was read, and how many lines that were.
    read: Vec<Received>,
    lines: u64,
    files: Vec<String>,
}

/// Events in one of their forms.
pub enum Events {
    /// An Arrow table.
    Table(table::Input),
    /// Events that came from memory.
    Received(Box<Received>),
    /// Files by their names.
    Files(Vec<String>),
}

impl Gathered {
    /// Reads lines into columns: all of them, or those that are whole.
    fn settle(&mut self, all: bool) -> Result<(), Error> {
        if table::is_arrow(&self.bytes) {
            return Ok(());
        }
        let end = if all {
            self.bytes.len()
        } else {
            self.bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1)
        };
        let rest = self.bytes.split_off(end);
        let lines = std::mem::replace(&mut self.bytes, rest);
        let mut received = Form::Lines.read(&lines)?;
        received.shift(self.lines);
        self.lines += lines.iter().filter(|b| **b == b'\n').count() as u64;
        self.read.push(received);
        Ok(())
    }

    /// Returns all that was gathered.
    pub fn finish(mut self) -> Result<Events, Error> {
        if !self.files.is_empty() {
            if self.bytes.is_empty() && self.read.is_empty() {
                return Ok(Events::Files(self.files));
            }
            return Err(FaceError::value(EVENTS, "a mixture of both", "either paths or events").into());
        }
        if table::is_arrow(&self.bytes) && self.read.is_empty() {
            return Ok(Events::Table(table::Input::read(self.bytes)?));
        }
        self.settle(true)?;
        Ok(Events::Received(Box::new(Received::concat(self.read))))
    }

    /// Returns the whole lines that are not taken yet; none where there are none, and of Arrow before its end.
    pub fn part(&mut self) -> Result<Option<esg_store::Source>, Error> {
        self.settle(false)?;
        if self.read.is_empty() {
            return Ok(None);
        }
        Ok(Some(received_source(EVENTS, Received::concat(self.read.drain(..)))))
    }

    /// Returns all that was gathered for a ledger, with files that are open.
    pub fn source(self) -> Result<esg_store::Source, Error> {
        Ok(match self.finish()? {
            Events::Table(input) => received_source(TABLE, received(&input.schema, &input.batches)?),
            Events::Received(received) => received_source(EVENTS, *received),
            Events::Files(files) => {
                esg_store::Source::Files(files.into_iter().map(open_file).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Returns the statement of all that was gathered.
    pub fn calculate(self, calculator: &Calculator, watch: Watch<'_>) -> Result<Statement, Error> {
        let sources = match self.finish()? {
            Events::Table(input) => return calculator.table(TABLE, &input.schema, &input.batches, watch),
            Events::Received(received) => vec![Source { label: EVENTS.to_owned(), received: *received }],
            Events::Files(files) => files.into_iter().map(source).collect::<Result<_, _>>()?,
        };
        calculator.events(sources, watch)
    }
}

fn received_source(label: &str, received: Received) -> esg_store::Source {
    esg_store::Source::Received(label.to_owned(), Box::new(received))
}

fn open_file(path: String) -> Result<(String, Form, File), Error> {
    let form = Form::of_name(&path)?;
    let opened = File::open(&path).map_err(|error| not_read(&path, &error))?;
    Ok((path, form, opened))
}

fn source(path: String) -> Result<Source, Error> {
    // A name that says nothing is refused before the file is looked for.
    let form = Form::of_name(&path)?;
    Ok(Source { received: form.read(&file(&path)?)?, label: path })
}

/// What gathers events, as JavaScript holds it.
pub type Intake = External<Arc<Mutex<Gathered>>>;

fn open(intake: &Arc<Mutex<Gathered>>) -> MutexGuard<'_, Gathered> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes all out of an intake.
pub fn take(intake: &Intake) -> Gathered {
    std::mem::take(&mut open(intake))
}

/// Returns an intake without events.
#[napi(skip_typescript)]
pub fn open_intake() -> Intake {
    External::new(Arc::default())
}

/// Adds lines of JSON, and returns whether enough wait to be read.
#[napi(skip_typescript)]
pub fn add_lines(intake: &External<Arc<Mutex<Gathered>>>, text: String) -> bool {
    let mut open = open(intake);
    // Bytes before it may have ended within a line.
    if open.bytes.last().is_some_and(|last| *last != b'\n') {
        open.bytes.push(b'\n');
    }
    open.bytes.extend_from_slice(text.as_bytes());
    open.bytes.len() >= PIECE
}

/// Adds bytes of JSON Lines or of Arrow, and returns whether enough wait to be read.
#[napi(skip_typescript)]
pub fn add_bytes(intake: &External<Arc<Mutex<Gathered>>>, chunk: Uint8Array) -> bool {
    let mut open = open(intake);
    open.bytes.extend_from_slice(&chunk);
    open.bytes.len() >= PIECE && !table::is_arrow(&open.bytes)
}

/// Adds a file.
#[napi(skip_typescript)]
pub fn add_file(intake: &External<Arc<Mutex<Gathered>>>, path: String) {
    open(intake).files.push(path);
}

/// Reads the lines that wait, on the pool.
#[napi(skip_typescript)]
pub fn settle(intake: &External<Arc<Mutex<Gathered>>>) -> Promised<(), ()> {
    let intake = Arc::clone(intake);
    on_pool(move || open(&intake).settle(false), |()| ())
}
