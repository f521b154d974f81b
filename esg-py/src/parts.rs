//! `esg.partial` and `esg.merge`.

use std::sync::Arc;

use esg_core::face::{self, Calculator, FaceError, Form, Place};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict};

use crate::engine::Engine;
use crate::error::{OfPython, Outcome};
use crate::input::{Input, SHORT, SHORT_BYTES, read_files};
use crate::inventory::Inventory;
use crate::table::{self, Table};
use crate::{json, long};

/// Returns the part of an inventory that these rows make, as an Arrow table of one row with the bytes in the column `part`.
///
/// Every process makes the parts of its rows, and one merges them. `engine` calculates, or one with the options that are given as
/// keyword arguments. `first_row` is how many rows of the whole come before these, `label` what the whole is called: lines of
/// refused rows are told by them.
#[pyfunction]
#[pyo3(signature = (events, engine=None, *, first_row=None, label=None, progress=None, **options))]
pub fn partial<'py>(
    events: &Bound<'py, PyAny>,
    engine: Option<&Bound<'py, Engine>>,
    first_row: Option<Bound<'py, PyAny>>,
    label: Option<Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> Outcome<Table> {
    let py = events.py();
    let mut place: Place = face::read(&json::document([("first_row", first_row), ("label", label)])?)?;
    let calculator = calculator(py, engine, options)?;
    let part = match Input::of(events)? {
        Input::Table(input) => {
            let long = input.batches.iter().map(|batch| batch.num_rows()).sum::<usize>() > SHORT;
            long::run(py, progress, long, move |watch| {
                calculator.part_of_table(&place, &input.schema, &input.batches, watch)
            })?
        }
        Input::Lines(lines, count) => long::run(py, progress, count > SHORT, move |watch| {
            calculator.part(&place, Form::Lines.read(&lines)?, watch)
        })?,
        Input::Files(files) => {
            let [file] = &files[..] else {
                let found = format!("a list of {} paths", files.len());
                return Err(FaceError::value("events", found, "one path: a part is of one file").into());
            };
            let (label, form, bytes) = read_files(py, std::slice::from_ref(file))?.remove(0);
            place.label.get_or_insert(label);
            long::run(py, progress, bytes.len() > SHORT_BYTES, move |watch| {
                calculator.part(&place, form.read(&bytes)?, watch)
            })?
        }
    };
    Ok(Table(face::part_table(&part)))
}

/// Returns the inventory of all parts: that of a single process over their rows, byte for byte, in whatever order they come.
///
/// `parts` is what `partial` returned: tables, one table of all, or their bytes. `engine` is needed where it has factor sets of
/// your own. Parts of other options or factor sets are refused, and so is an event that two parts have.
#[pyfunction]
#[pyo3(signature = (parts, engine=None))]
pub fn merge(parts: &Bound<'_, PyAny>, engine: Option<&Bound<'_, Engine>>) -> Outcome<Inventory> {
    let mut all = Vec::new();
    if !take(parts, &mut all)? {
        for part in parts.try_iter().python()? {
            let part = part.python()?;
            if !take(&part, &mut all)? {
                return Err(FaceError::value("parts", &part, "tables with the column part, or bytes").into());
            }
        }
    }
    let calculator = engine.map(|engine| engine.get().calculator());
    let work = move |_: face::Watch<'_>| face::merge(&all, calculator.as_ref());
    Ok(Inventory::of(long::run(parts.py(), None, true, work)?))
}

/// Takes the parts of a table or of bytes; false where it is neither.
fn take(value: &Bound<'_, PyAny>, into: &mut Vec<Vec<u8>>) -> Outcome<bool> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        into.push(bytes.as_bytes().to_vec());
    } else if let Ok(bytes) = value.cast::<PyByteArray>() {
        into.push(bytes.to_vec());
    } else if let Some(input) = table::Input::of(value)? {
        into.extend(face::parts(&input.batches)?);
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn calculator(
    py: Python<'_>,
    engine: Option<&Bound<'_, Engine>>,
    options: Option<&Bound<'_, PyDict>>,
) -> Outcome<Calculator> {
    let own = json::keywords(options)?;
    let (sets, base) = match engine.map(Bound::get) {
        Some(engine) if options.is_none_or(|options| options.is_empty()) => return Ok(engine.calculator()),
        Some(engine) => (engine.parts().0.get().sets(), engine.parts().1),
        None => (Arc::default(), &b"{}"[..]),
    };
    let options = face::either([base, &own])?;
    Ok(py.detach(|| Calculator::new(&sets, &options))?)
}
