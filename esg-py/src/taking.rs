//! Events on their way into a ledger.

use std::fs::File;

use esg_core::Error;
use esg_core::face::{self, Form, received};
use esg_store::{Source, Taking};
use pyo3::prelude::*;

use crate::error::Outcome;
use crate::input::{Input, SHORT, SHORT_BYTES, not_read};
use crate::table;

/// Events in one of their forms, with files that are open, and nothing of Python.
pub enum Opened {
    Table(table::Input),
    Lines(Vec<u8>),
    Files(Vec<(String, Form, File)>),
}

impl Opened {
    /// Reads what is in memory; files are read as they are taken.
    pub fn read(self) -> Result<Source, Error> {
        let (label, read) = match self {
            Self::Table(input) => (face::TABLE, received(&input.schema, &input.batches)?),
            Self::Lines(lines) => (face::EVENTS, Form::Lines.read(&lines)?),
            Self::Files(files) => return Ok(Source::Files(files)),
        };
        Ok(Source::Received(label.to_owned(), Box::new(read)))
    }
}

/// Opens an input, and says whether it takes so long that someone may want to end it.
pub fn open(py: Python<'_>, input: Input, how: &Taking) -> Outcome<(Opened, bool)> {
    Ok(match input {
        Input::Table(input) => {
            let long = input.batches.iter().map(|batch| batch.num_rows()).sum::<usize>() > SHORT;
            (Opened::Table(input), long)
        }
        Input::Lines(lines, count) => (Opened::Lines(lines), count > SHORT),
        Input::Files(paths) => {
            how.one_if_atomic(paths.len())?;
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
            (Opened::Files(files), long)
        }
    })
}
