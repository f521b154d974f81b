//! From a figure back to the sensor: the terms of a cell, and the graph of what they rest on.
//!
//! A trail is made by the engine that made the report, from the same batch, with the number of the activity row in the place of the
//! event's. So every line leads to its row, and the terms of a cell add up to it because they are what was added.

mod error;
mod graph;
mod select;
mod term;

use std::collections::HashSet;
use std::sync::Arc;

pub use error::TrailError;
pub use select::Selection;
pub use term::{EventKey, FactorName, GwpName, Term};

use crate::activity::{ActivityBatch, NONE};
use crate::aggregate::{Covered, Engine, Inventory};
use crate::amount::Amount;
use crate::error::Error;
use crate::ghg::{CellKey, Granularity, Line, MarketKey, Output, Plan, Sums};
use crate::normalize::{self, Defaults};
use crate::telemetry::TelemetryBatch;

/// How every cell of an inventory came about.
#[derive(Clone, Debug)]
pub struct Trail {
    events: TelemetryBatch,
    rows: ActivityBatch,
    /// `event_of[row]`: number of the event that an activity comes from.
    event_of: Vec<u32>,
    /// Its lines name rows of `rows` and not events.
    inventory: Inventory,
}

/// A figure and its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedCell {
    /// What was asked for.
    pub selection: Selection,
    /// kg CO2e of the cells that were meant, as the inventory has them.
    pub co2e: Amount,
    /// kg (kWh, L), where all of the cells are of one measure and its mass is known.
    pub mass: Option<Amount>,
    /// Unit of `mass`.
    pub unit: &'static str,
    /// How many cells of the inventory it is the sum of.
    pub cells: usize,
    /// Its products, in the order of the events, those of instruments last.
    pub terms: Vec<Term>,
    /// `covers[term]`: numbers of the events that the term is about, one or those that an instrument meets.
    covers: Vec<Vec<u32>>,
}

impl Trail {
    /// Returns the trail of accepted events, none of them twice.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn of(events: TelemetryBatch, engine: &Engine, defaults: &Defaults) -> Result<Self, Error> {
        let mut rows = normalize::normalize(&events, defaults).activities;
        let numbers = u32::try_from(rows.len()).expect("a batch has fewer than 2^32 rows");
        let event_of = std::mem::replace(&mut rows.event, (0..numbers).collect());
        let inventory = engine.keeping_lines().calculate(&rows)?;
        Ok(Self { events, rows, event_of, inventory })
    }

    /// The inventory that it leads to.
    pub const fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The events that it leads from.
    pub const fn events(&self) -> &TelemetryBatch {
        &self.events
    }

    /// Returns a figure with the terms that it is the sum of.
    ///
    /// # Errors
    /// `inventory.dimension`, `lineage.cell_unknown`, `amount.overflow`.
    pub fn cell(&self, selection: &Selection) -> Result<TracedCell, Error> {
        let cells = selection.cells(&self.inventory)?;
        let keys: HashSet<&CellKey> = cells.iter().map(|(key, _)| *key).collect();
        let mut found = Vec::new();
        for line in self.inventory.lines() {
            let plan = &self.inventory.plans()[line.plan as usize];
            for output in &plan.outputs {
                let key = self.key(line, plan, output);
                if keys.contains(&key) {
                    found.push((key, line, plan, output));
                }
            }
        }
        found.sort_by_key(|(_, line, _, _)| line.event);
        let (mut terms, mut covers) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
        let mut last: Option<(u32, EventKey)> = None;
        for (key, line, plan, output) in found {
            let (row, options) = (line.event as usize, self.inventory.options());
            let event = self.event_of[row];
            // Rows of one event come one after the other; it is hashed once.
            let name = match last.take() {
                Some((number, name)) if number == event => name,
                _ => self.event(event),
            };
            last = Some((event, name.clone()));
            let unit = self.rows.units.word(self.rows.unit[row]);
            terms.push(Term::of(key, name, (line, unit), plan, output, options)?);
            covers.push(vec![event]);
        }
        for covered in self.inventory.covered().iter().filter(|covered| keys.contains(&covered.key)) {
            terms.push(Term::of_instrument(covered, self.inventory.options()));
            covers.push(self.consumed(covered));
        }
        let mut co2e = Amount::ZERO;
        for (_, sums) in &cells {
            co2e = co2e.checked_add(sums.co2e)?;
        }
        let (mass, unit) = mass(&cells)?;
        Ok(TracedCell { selection: selection.clone(), co2e, mass, unit, cells: cells.len(), terms, covers })
    }

    /// The name of an event.
    fn event(&self, number: u32) -> EventKey {
        let event = number as usize;
        EventKey {
            source_id: self.events.source_id(event).to_owned(),
            external_event_id: self.events.external_id(event).to_owned(),
            fingerprint: self.events.fingerprint(event).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The cell that a line's product was added to.
    fn key(&self, line: &Line, plan: &Plan, output: &Output) -> CellKey {
        let (rows, row, dims) = (&self.rows, line.event as usize, &self.inventory.options().dimensions);
        let word = |on: bool, codes: &[u32], words: &crate::activity::Dictionary| {
            let code = codes.get(row).copied().filter(|code| on && *code != NONE);
            code.map(|code| Arc::clone(words.word(code)))
        };
        let tags = rows.tags.get(row).and_then(|set| rows.tag_sets.get(*set as usize));
        let tag = |name: &String| {
            let found = tags.into_iter().flatten().find(|(known, _)| **known == **name);
            found.map(|(_, value)| Arc::clone(value))
        };
        CellKey {
            activity: dims.activity.then(|| Arc::clone(&plan.activity)),
            vertical: word(dims.vertical, &rows.vertical, &rows.verticals),
            source: word(dims.source, &rows.source, &rows.sources),
            site: word(dims.site, &rows.site, &rows.sites),
            region: word(dims.region, &rows.region, &rows.regions),
            tags: dims.tags.iter().map(tag).collect(),
            period: dims.period.index(line.day),
            factor: dims.factor.then(|| Arc::clone(&plan.factor)),
            ..CellKey::of(output.scope, output.measure.clone())
        }
    }

    /// Numbers of the events whose electricity an instrument's line is about, each once.
    fn consumed(&self, covered: &Covered) -> Vec<u32> {
        let plans = self.inventory.plans();
        let with_factor = |line: &&Line| plans[line.plan as usize].market_energy.is_some();
        let mut events: Vec<u32> = match covered.market.2 {
            Some(_) => {
                let lines = self.inventory.lines().iter().filter(with_factor);
                let fits = |line: &&Line| {
                    let factor = Some(Arc::clone(&plans[line.plan as usize].factor));
                    self.market(line.event as usize, factor) == covered.market
                };
                lines.filter(fits).map(|line| self.event_of[line.event as usize]).collect()
            }
            None => {
                let mut covered_rows: Vec<u32> =
                    self.inventory.lines().iter().filter(with_factor).map(|line| line.event).collect();
                covered_rows.sort_unstable();
                let lacking = |row: &usize| {
                    let grid = self.rows.activities.find("electricity.grid");
                    grid == Some(self.rows.activity[*row])
                        && covered_rows.binary_search(&(*row as u32)).is_err()
                        && self.market(*row, None) == covered.market
                };
                (0..self.rows.len()).filter(lacking).map(|row| self.event_of[row]).collect()
            }
        };
        events.sort_unstable();
        events.dedup();
        events
    }

    /// The market that a row's electricity is bought in.
    fn market(&self, row: usize, factor: Option<Arc<str>>) -> MarketKey {
        let code = self.rows.region.get(row).copied().filter(|code| *code != NONE);
        let region = code.map(|code| Arc::clone(self.rows.regions.word(code)));
        (region, Granularity::Month.index(self.rows.day[row]), factor)
    }
}

/// The mass of cells of one measure.
fn mass(cells: &[(&CellKey, &Sums)]) -> Result<(Option<Amount>, &'static str), Error> {
    let Some(((first, _), rest)) = cells.split_first() else { return Ok((None, "kg")) };
    let unit = first.measure.unit();
    if rest.iter().any(|(key, _)| key.measure != first.measure) {
        return Ok((None, unit));
    }
    let mut sum = Amount::ZERO;
    for (_, sums) in cells {
        match sums.mass {
            Some(mass) => sum = sum.checked_add(mass)?,
            None => return Ok((None, unit)),
        }
    }
    Ok((Some(sum), unit))
}
