//! A statement as bytes, and back: what another process needs to ask the same questions.
//!
//! The bytes hold the sums, the options, the lock of the factor sets and the texts of the caller's own sets. Whoever reads them
//! has the built-in sets; the lock is checked, and everything that follows from factors is made anew.

use std::sync::Arc;

use super::document::read;
use super::error::FaceError;
use super::options::EngineOptions;
use super::sets::Sets;
use super::statement::{Calculator, Made, Part, Statement};
use crate::account::Account;
use crate::block::{BlockReader, BlockWriter, Broken, unsealed, words};
use crate::error::Error;
use crate::telemetry::TelemetryBatch;

/// First bytes of a block, with the number of its form.
const MAGIC: &[u8; 8] = b"esginv01";
/// What messages call it.
const WHAT: &str = "inventory";

fn refuse(reason: impl ToString) -> FaceError {
    FaceError::Block { what: WHAT, reason: reason.to_string() }
}

impl Made {
    /// The options as a document with every one of them.
    pub(super) fn options_text(&self) -> Vec<u8> {
        serde_json::to_vec(&self.options).expect("it holds text and numbers")
    }
}

impl Statement {
    /// Returns everything as bytes that begin with a form and end with a SHA-256 of all before it. The same statement gives
    /// the same bytes.
    ///
    /// # Examples
    /// ```
    /// use esg_core::face::{Calculator, EngineOptions, Form, Sets, Statement};
    /// use esg_core::account::Source;
    ///
    /// let lines = br#"{"source_id":"m","external_event_id":"1","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z",
    /// "metrics":{"energy_kwh":1250.5,"pue":1.15},"tags":{"region":"us-west-1"}}"#;
    /// let calculator = Calculator::new(&Sets::default(), &EngineOptions::default())?;
    /// let sources = vec![Source { label: "readme".into(), received: Form::Json.read(lines)? }];
    /// let statement = calculator.events(sources, &|_, _| true)?;
    /// let again = Statement::from_block(&statement.to_block())?;
    /// assert_eq!(again.report("json", None)?, statement.report("json", None)?);
    /// # Ok::<(), esg_core::Error>(())
    /// ```
    pub fn to_block(&self) -> Vec<u8> {
        let mut writer = BlockWriter::with(MAGIC);
        let sets = &self.made.sets;
        writer.bytes(sets.lock().to_string().as_bytes());
        writer.texts(sets.added().iter().map(|text| &**text));
        writer.bytes(&self.made.options_text());
        let digests = &self.account.digests;
        writer.texts([&*digests.factors_lock, &*digests.options].into_iter());
        writer.number(self.knows_events.into());
        self.account.write_block(&mut writer);
        writer.numbers(self.parts.iter().map(|part| part.first_line as i64));
        writer.numbers(self.parts.iter().map(|part| i64::from(part.events.is_some())));
        self.parts.iter().filter_map(|part| part.events.as_ref()).for_each(|e| e.write_block(&mut writer));
        writer.sealed()
    }

    /// Reads what [`Statement::to_block`] wrote.
    ///
    /// # Errors
    /// `inventory.block` for bytes that are none or damaged ones; the `factor.*` codes where this program has other factor sets.
    pub fn from_block(block: &[u8]) -> Result<Self, Error> {
        let mut reader = unsealed(block, MAGIC, "an inventory").map_err(refuse)?;
        let lock = reader.bytes("the lock").map_err(refuse)?;
        let (ends, whole) = reader.texts("factor sets").map_err(refuse)?;
        let options: EngineOptions = read(reader.bytes("the options").map_err(refuse)?)?;
        let mut sets = Sets::default();
        words(&ends, whole).try_for_each(|text| sets.add(text))?;
        let calculator = Calculator::new(&sets.locked(lock)?, &options)?;
        let digests = reader.texts("digests").map_err(refuse)?.1.to_owned();
        let knows_events = reader.number("whether the events are known").map_err(refuse)? != 0;
        let mut account =
            Account::read_block(&mut reader, &calculator.engine, &calculator.settings).map_err(refuse)?;
        if digests != format!("{}{}", account.digests.factors_lock, account.digests.options) {
            return Err(refuse("its options or factor sets mean something else to this program").into());
        }
        let parts = read_parts(&mut reader, &account).map_err(refuse)?;
        account.figure(&calculator.settings)?;
        Ok(Self { parts, ..calculator.stated(account, knows_events) })
    }
}

/// Reads which events the lines name, and sees to it that they name none that is not there.
fn read_parts(reader: &mut BlockReader<'_>, account: &Account) -> Result<Vec<Part>, Broken> {
    let firsts: Vec<usize> = reader.numbers("parts")?;
    let kept: Vec<u8> = reader.numbers("parts with events")?;
    let lines = account.inventory.lines();
    let broken = reader.broken("parts");
    let ascending = firsts.windows(2).all(|pair| pair[0] <= pair[1]);
    let inside = firsts.last().is_some_and(|first| *first <= lines.len()) && firsts.first() == Some(&0);
    if !ascending || !inside || kept.len() != firsts.len() {
        return Err(broken);
    }
    let mut parts = Vec::with_capacity(firsts.len());
    for (at, (first_line, kept)) in firsts.iter().copied().zip(kept).enumerate() {
        let events = if kept == 0 { None } else { Some(TelemetryBatch::read_block(reader)?) };
        let end = firsts.get(at + 1).copied().unwrap_or(lines.len());
        let known = events.as_ref().or(account.events.as_ref()).map(TelemetryBatch::len);
        let named = lines[first_line..end].iter().map(|line| line.event as usize).max();
        if known.zip(named).is_some_and(|(known, named)| named >= known) {
            return Err(broken);
        }
        parts.push(Part { first_line, events });
    }
    reader.end()?;
    Ok(parts)
}

impl Calculator {
    /// Reads the account that a calculator of the same options and factor sets wrote.
    pub(super) fn read_account(&self, reader: &mut BlockReader<'_>) -> Result<Account, Broken> {
        Account::read_block(reader, &self.engine, &self.settings)
    }

    /// What it was made of.
    pub(super) fn made(&self) -> &Arc<Made> {
        &self.made
    }
}
