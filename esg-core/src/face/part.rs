//! One calculation in many processes: each makes a part of its rows, and one adds the parts up.
//!
//! A part is a block of bytes: the exact sums with everything that a report says besides, the options, and the digest of the
//! factor sets. Adding whole numbers knows no order, so the whole has the bytes of a single process however the rows were
//! shared out and whichever part comes first. What cannot be added is refused: parts of other options or other factors, and two
//! parts that have the same event.

use std::collections::HashMap;

use serde::Deserialize;

#[cfg(feature = "arrow")]
use super::TABLE;
use super::document::{Document, read};
use super::error::FaceError;
use super::options::EngineOptions;
use super::sets::Sets;
use super::statement::{Calculator, Statement};
use super::{EVENTS, KEPT_ROWS, Watch};
use crate::account::{Account, Digests, Seen, Source, account_of_part};
use crate::block::{BlockReader, BlockWriter, Broken, unsealed, words};
use crate::error::Error;
use crate::ghg::GhgError;
use crate::store::Key;
use crate::telemetry::{Received, TelemetryError};

/// First bytes of a block, with the number of its form.
const MAGIC: &[u8; 8] = b"esgpar01";
/// What messages call it.
const WHAT: &str = "part of an inventory";
/// Most rows that a part may state.
const MAX_ROWS: u64 = 1 << 40;

/// Where the rows of a part stand in the whole. Everything may be left out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    /// Rows of the whole before the first one of the part; 0 unless given. Lines of refused rows count on from it.
    pub first_row: u64,
    /// What the whole is called; parts of one label are one source. As for a calculation in one process unless given.
    pub label: Option<String>,
}

impl Document for Place {
    const WHAT: &'static str = "place of a part";
    const FIELDS: &'static [&'static str] = &["first_row", "label"];
}

fn refuse(reason: impl ToString) -> FaceError {
    FaceError::Block { what: WHAT, reason: reason.to_string() }
}

fn limit() -> TelemetryError {
    TelemetryError::Limit { what: "rows in one table", max: u32::MAX as usize }
}

impl Calculator {
    /// Returns the part of these events.
    ///
    /// # Errors
    /// As [`Calculator::events`].
    pub fn part(&self, place: &Place, mut received: Received, watch: Watch<'_>) -> Result<Vec<u8>, Error> {
        let rows = received.batch.len() as u64;
        if !watch(0, rows) {
            return Err(FaceError::Stopped { done: 0, total: rows }.into());
        }
        received.shift(place.first_row);
        let label = place.label.clone().unwrap_or_else(|| EVENTS.to_owned());
        let engine = self.for_rows(received.batch.len());
        let (account, seen) = account_of_part(Source { label, received }, engine, &self.settings)?;
        watch(rows, rows);
        Ok(self.write(place, rows, &account, Some(&seen)))
    }

    /// Returns the part of a table: see [`Calculator::table`].
    ///
    /// # Errors
    /// As [`Calculator::table`]; `telemetry.limit` for a row of activities beyond the 2^32nd.
    #[cfg(feature = "arrow")]
    pub fn part_of_table(
        &self,
        place: &Place,
        schema: &arrow::datatypes::SchemaRef,
        batches: &[arrow::array::RecordBatch],
        watch: Watch<'_>,
    ) -> Result<Vec<u8>, Error> {
        let label = place.label.clone().unwrap_or_else(|| TABLE.to_owned());
        if super::table::is_of_events(schema) {
            let place = Place { label: Some(label), ..*place };
            return self.part(&place, super::received(schema, batches)?, watch);
        }
        let first = u32::try_from(place.first_row).map_err(|_| limit())?;
        let statement = self.activities(&label, first as usize, batches, watch)?;
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        Ok(self.write(place, rows, &statement.account, None))
    }

    fn write(&self, place: &Place, rows: u64, account: &Account, seen: Option<&Seen>) -> Vec<u8> {
        let mut writer = BlockWriter::with(MAGIC);
        let Digests { factors_lock, options, .. } = &account.digests;
        writer.texts([&**factors_lock, &**options].into_iter());
        writer.bytes(&self.made().options_text());
        writer.texts(account.sources.iter().map(|source| &*source.label));
        writer.number(place.first_row);
        writer.number(rows);
        writer.number(seen.is_some().into());
        if let Some(seen) = seen {
            seen.write_block(&mut writer);
        }
        account.write_block(&mut writer);
        writer.sealed()
    }
}

/// What a part says before its sums.
struct Head<'a> {
    lock: &'a str,
    digest: &'a str,
    options: &'a str,
    label: &'a str,
    first_row: u64,
    rows: u64,
    seen: Option<Seen>,
    /// SHA-256 of the part.
    seal: &'a [u8],
    rest: BlockReader<'a>,
}

impl<'a> Head<'a> {
    fn read(part: &'a [u8]) -> Result<Self, Error> {
        let rest = unsealed(part, MAGIC, "a part").map_err(refuse)?;
        Ok(Self::fields(part, rest).map_err(refuse)?)
    }

    fn fields(part: &'a [u8], mut rest: BlockReader<'a>) -> Result<Self, Broken> {
        let (ends, both) = rest.texts("digests")?;
        let broken = rest.broken("digests");
        let mut digests = words(&ends, both);
        let mut digest = || digests.next().ok_or(broken);
        let (lock, digest) = (digest()?, digest()?);
        let options =
            std::str::from_utf8(rest.bytes("the options")?).map_err(|_| rest.broken("the options"))?;
        let label = rest.texts("the label")?.1;
        let (first_row, rows) = (rest.number("the first row")?, rest.number("rows")?);
        if first_row > MAX_ROWS || rows > MAX_ROWS {
            return Err(rest.broken("rows"));
        }
        let seen = match rest.number("whether it is of events")? {
            0 => None,
            _ => Some(Seen::read_block(&mut rest)?),
        };
        let seal = &part[part.len() - 32..];
        Ok(Self { lock, digest, options, label, first_row, rows, seen, seal, rest })
    }

    /// Refuses another part, or a calculator, of other choices.
    fn agrees(&self, (lock, digest, options): (&str, &str, &str)) -> Result<(), GhgError> {
        let all = [
            ("locks of the factor sets", self.lock, lock),
            ("options", self.options, options),
            ("what options come to", self.digest, digest),
        ];
        match all.into_iter().find(|(_, mine, other)| mine != other) {
            Some((what, mine, other)) => {
                Err(GhgError::Merge { what, left: mine.to_owned(), right: other.to_owned() })
            }
            None => Ok(()),
        }
    }

    /// The account, whose rows are numbered from `first` on where it is of events.
    fn account(&mut self, calculator: &Calculator, first: usize) -> Result<Account, Error> {
        let mut account = calculator.read_account(&mut self.rest).map_err(refuse)?;
        self.rest.end().map_err(refuse)?;
        let Some(seen) = &self.seen else { return Ok(account) };
        let inventory = &account.inventory;
        let named = inventory.lines().iter().map(|line| line.event);
        let named = named.chain(inventory.uncalculated().iter().map(|row| row.event)).max();
        let kept = account.events.as_ref().is_none_or(|events| events.len() == seen.counted());
        if !kept || named.is_some_and(|row| row as usize >= seen.counted()) {
            return Err(refuse("its lines name events that it does not have").into());
        }
        u32::try_from(first + seen.counted()).map_err(|_| limit())?;
        account.inventory.shift(first as u32);
        Ok(account)
    }
}

/// Refuses an event that two parts have.
fn each_once(parts: &[Head<'_>]) -> Result<(), GhgError> {
    let mut known: HashMap<Key, (&Head<'_>, u64)> = HashMap::new();
    for part in parts {
        for (key, line) in part.seen.iter().flat_map(Seen::events) {
            if let Some((first, other)) = known.insert(key, (part, line)) {
                let row = |part: &Head<'_>, line: u64| format!("row {line} of {}", part.label);
                let (left, right) = (row(first, other), row(part, line));
                return Err(GhgError::Merge { what: "one event", left, right });
            }
        }
    }
    Ok(())
}

/// Returns the statement of all parts: the one of a single process over their rows, with lines and refused rows in the order of
/// labels and first rows. The order of `parts` changes nothing.
///
/// `calculator` is that of the parts, where it has factor sets of the caller's own; else it is made of what the parts say.
///
/// # Errors
/// `inventory.block` for bytes that are no part or damaged ones; `inventory.merge` for parts of other options or factor sets, of
/// events and of activities, or with one event in two of them; `option.value` for no parts at all; `amount.overflow`.
///
/// # Examples
/// ```
/// use esg_core::face::{Calculator, EngineOptions, Form, Place, Sets, merge};
///
/// let event = |id: &str| format!(r#"{{"source_id":"m","external_event_id":"{id}","vertical":"ai_data_center",
/// "timestamp":"2024-03-15T14:30:00Z","metrics":{{"energy_kwh":1000,"pue":1.25}},"tags":{{"region":"GB"}}}}"#);
/// let calculator = Calculator::new(&Sets::default(), &EngineOptions::default())?;
/// let part = |id, first_row| {
///     let place = Place { first_row, label: None };
///     calculator.part(&place, Form::Json.read(event(id).as_bytes())?, &|_, _| true)
/// };
/// let whole = merge(&[part("b", 1)?, part("a", 0)?], None)?;
/// // Two facilities draw 1000 kWh x PUE 1.25 each.
/// assert_eq!(whole.account.inventory.energy_kwh()?.to_string(), "2500");
/// assert_eq!(merge(&[part("a", 0)?, part("a", 1)?], None).unwrap_err().code(), "inventory.merge");
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn merge(parts: &[impl AsRef<[u8]>], calculator: Option<&Calculator>) -> Result<Statement, Error> {
    let mut heads: Vec<Head<'_>> =
        parts.iter().map(|part| Head::read(part.as_ref())).collect::<Result<_, _>>()?;
    let Some((first, others)) = heads.split_first() else {
        return Err(FaceError::value("parts", "an empty list", "at least one part").into());
    };
    for other in others {
        first.agrees((other.lock, other.digest, other.options))?;
        if first.seen.is_some() != other.seen.is_some() {
            let of = |part: &Head<'_>| if part.seen.is_some() { "of events" } else { "of activities" };
            let (left, right) = (of(first).to_owned(), of(other).to_owned());
            return Err(GhgError::Merge { what: "a table", left, right }.into());
        }
    }
    let made;
    let calculator = match calculator {
        Some(calculator) => calculator,
        None => {
            made = Calculator::new(&Sets::default(), &read::<EngineOptions>(first.options.as_bytes())?)?;
            &made
        }
    };
    let Digests { factors_lock, options, .. } =
        Digests::of(Vec::new(), &calculator.engine, &calculator.settings);
    let text = calculator.made().options_text();
    first.agrees((&factors_lock, &options, &String::from_utf8_lossy(&text)))?;
    heads.sort_by_key(|head| (head.label, head.first_row, head.seal));
    each_once(&heads)?;
    let rows: u64 = heads.iter().map(|head| head.rows).sum();
    // As a single process decides it, and each part by itself did.
    let keep = calculator.keep.unwrap_or(rows <= KEPT_ROWS as u64);
    add_up(heads, calculator, keep)
}

fn add_up(heads: Vec<Head<'_>>, calculator: &Calculator, keep: bool) -> Result<Statement, Error> {
    let (mut whole, mut counted): (Option<Account>, _) = (None, 0);
    let (mut seen, mut events) = (Vec::new(), Vec::new());
    for mut head in heads {
        let mut account = head.account(calculator, counted)?;
        let kept = account.events.take().filter(|_| keep);
        events.extend(kept.map(|batch| Received { batch, rejected: Vec::new() }));
        if !keep {
            account.inventory.forget_lines();
        }
        if let Some(part) = head.seen {
            counted += part.counted();
            seen.push(part);
        }
        match &mut whole {
            None => whole = Some(account),
            Some(whole) => whole.absorb(account)?,
        }
    }
    let mut account = whole.expect("there is a part");
    account.tidy();
    let knows_events = !seen.is_empty();
    if knows_events {
        account.digests.events = Seen::digest(seen.iter());
        account.events = keep.then(|| Received::concat(events).batch);
    }
    account.figure(&calculator.settings)?;
    Ok(calculator.stated(account, knows_events))
}
