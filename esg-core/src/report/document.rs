//! What a report says, before it is written: every sum that any of the formats shows, computed once.
//!
//! Serialised, this is the JSON report; its fields are documented in `json.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ReportError;
use super::breakdown::{Breakdown, Outside, breakdowns, outside};
use super::info::ReportInfo;
use super::lineage::{CellLine, Lines, scope_name};
use super::method::{Method, statements};
use super::restrict::restrict;
use crate::aggregate::{Caveat, Coverage, FactorUse, Instrument, Inventory, State, Total};
use crate::amount::Amount;
use crate::ghg::{CATEGORIES, GhgError, Measure, Scope, Sums};
use crate::time::Day;

/// Name of the schema.
pub const SCHEMA: &str = "esg.report/1";

/// Everything that a report says.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// `esg.report/1`.
    pub schema: &'static str,
    /// What the company says.
    #[serde(flatten)]
    pub info: ReportInfo,
    /// First and last day with data.
    pub data_days: Option<(Day, Day)>,
    /// How many rows.
    pub counts: RowCounts,
    /// Scopes and totals.
    pub summary: Vec<SummaryLine>,
    /// The 15 categories of scope 3.
    pub scope3: Vec<ScopeThreeLine>,
    /// Gases by scope.
    pub gases: Vec<GasLine>,
    /// What stands outside of the scopes.
    pub outside: Outside,
    /// Sums by period, activity, site and so on, as far as the inventory keeps them apart.
    pub breakdowns: Vec<Breakdown>,
    /// Coverage of each scope and category.
    pub coverage: Vec<Coverage>,
    /// What a reader must know.
    pub caveats: Vec<Caveat>,
    /// Contractual instruments and how far they were used.
    pub instruments: Vec<DocumentInstrument>,
    /// kWh that neither an instrument nor a residual mix covers.
    pub uncovered_market_kwh: Amount,
    /// Factors by full name.
    pub factors: BTreeMap<String, FactorUse>,
    /// Sets that the factors stand in.
    pub sets: Vec<SetLine>,
    /// How it was calculated.
    pub method: Method,
    /// Rows without any line.
    pub uncalculated: Vec<Uncalculated>,
    /// All cells.
    pub cells: Vec<CellLine>,
    /// Lines, where the inventory kept them.
    pub lines: Lines,
}

/// How many rows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct RowCounts {
    /// Rows that came to the calculation.
    pub rows: u64,
    /// Rows that gave their line.
    pub calculated: u64,
    /// Rows whose quantity was estimated, among the calculated.
    pub estimated: u64,
    /// Rows outside of the period.
    pub outside_period: u64,
    /// Rows that could not be calculated.
    pub uncalculated: u64,
    /// Rows that were refused before.
    pub rejected: u64,
}

/// One scope, or a total of scopes under one method.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SummaryLine {
    /// `scope1`, `scope2_location`, `scope2_market`, `scope3`, `total_location`, `total_market`.
    pub id: &'static str,
    /// What a person reads.
    pub name: &'static str,
    /// Whether the number is there, and whole.
    pub state: State,
    /// kg CO2e; none where it is missing or not applicable.
    pub co2e_kg: Option<Amount>,
}

/// One category of scope 3.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ScopeThreeLine {
    /// 1 to 15.
    pub category: u8,
    /// Name in the Scope 3 Standard.
    pub name: &'static str,
    /// Whether the number is there, and whole.
    pub state: State,
    /// kg CO2e; none where it is missing or not applicable.
    pub co2e_kg: Option<Amount>,
    /// Rows that gave a line.
    pub rows_present: u64,
    /// Rows that should have given one.
    pub rows_missing: u64,
}

/// One gas within one scope.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct GasLine {
    /// `1`, `2 location`, `2 market`, `3`.
    pub scope: String,
    /// Gas; `CO2e` for what is published without its gases.
    pub gas: String,
    /// Mass; none where a part is published as CO2e only.
    pub mass_kg: Option<Amount>,
    /// kg CO2e.
    pub co2e_kg: Amount,
}

/// A contractual instrument and how far it was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentInstrument {
    /// The instrument as it was given.
    #[serde(flatten)]
    pub instrument: Instrument,
    /// kWh that it covered.
    pub used_kwh: Amount,
    /// kWh that it could have covered and did not.
    pub unused_kwh: Amount,
}

/// A factor set that the report rests on.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct SetLine {
    /// Set and version.
    pub set: String,
    /// Content digest.
    pub digest: String,
    /// Who publishes it.
    pub authority: String,
    /// SPDX id of its licence, or `LicenseRef-...`; empty where the set states none.
    pub licence: String,
    /// What to print beside the numbers.
    pub attribution: String,
    /// `verified`, `single-source`, `derived`, `unverified`.
    pub verification: String,
}

/// A row without any line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Uncalculated {
    /// Row of the telemetry batch or file.
    pub event: u32,
    /// Activity id.
    pub activity: String,
    /// Stable code.
    pub code: &'static str,
    /// Message.
    pub message: String,
}

impl Document {
    /// Computes a document.
    pub(super) fn of(inventory: &Inventory, mut info: ReportInfo) -> Result<Self, ReportError> {
        info.period = info.period.or(inventory.options().period);
        if info.title.is_empty() {
            info.title = "Greenhouse gas inventory".to_owned();
        }
        let (mut coverage, mut caveats) = (inventory.coverage(), inventory.caveats());
        // Gaps come in the order of the rows that met them first; a report does not depend on that.
        for line in &mut coverage {
            line.reasons.sort_by(|a, b| (a.code, &a.message).cmp(&(b.code, &b.message)));
        }
        for same in caveats.chunk_by_mut(|a, b| a.code == b.code) {
            same.sort_by(|a, b| a.message.cmp(&b.message));
        }
        let gaps = inventory.gaps();
        let uncalculated = inventory.uncalculated().iter().map(|row| {
            let gap = &gaps[row.gap as usize];
            let (activity, message) = (gap.activity.clone(), gap.message.clone());
            Uncalculated { event: row.event, activity, code: gap.code, message }
        });
        let mut uncalculated: Vec<Uncalculated> = uncalculated.collect();
        uncalculated.sort_by_key(|row| row.event);
        let counts = inventory.counts();
        let sets: BTreeSet<SetLine> = inventory.factors().values().map(SetLine::of).collect();
        let mut document = Self {
            schema: SCHEMA,
            data_days: inventory.days(),
            counts: RowCounts {
                rows: counts.rows,
                calculated: counts.calculated,
                estimated: counts.estimated,
                outside_period: counts.outside_period,
                uncalculated: counts.rows - counts.calculated - counts.outside_period,
                rejected: info.rejected.len() as u64,
            },
            summary: summary(inventory, &coverage)?,
            scope3: scope_three(inventory, &coverage)?,
            gases: gases(inventory)?,
            outside: outside(inventory)?,
            breakdowns: breakdowns(inventory)?,
            caveats,
            instruments: instruments(inventory),
            uncovered_market_kwh: inventory.uncovered_market_kwh(),
            factors: inventory.factors().iter().map(|(id, f)| (id.to_string(), f.clone())).collect(),
            sets: sets.into_iter().collect(),
            method: Method::of(inventory, statements(inventory)),
            uncalculated,
            cells: inventory.cells().map(|(key, sums)| CellLine::of(inventory, key, sums)).collect(),
            lines: Lines::of(inventory)?,
            coverage,
            info,
        };
        restrict(&mut document);
        Ok(document)
    }

    /// The groups of a dimension, if the inventory keeps it.
    pub fn breakdown(&self, dimension: &str) -> Option<&Breakdown> {
        self.breakdowns.iter().find(|b| b.dimension == dimension)
    }

    /// The line of a scope or total by its id.
    pub fn summary_line(&self, id: &str) -> Option<&SummaryLine> {
        self.summary.iter().find(|line| line.id == id)
    }
}

impl SetLine {
    fn of(factor: &FactorUse) -> Self {
        Self {
            set: factor.set.clone(),
            digest: factor.digest.clone(),
            authority: factor.authority.clone(),
            licence: factor.licence.clone(),
            attribution: factor.attribution.clone(),
            verification: factor.verification.clone(),
        }
    }
}

/// The state of parts taken together: whole only when each part is.
fn together(states: impl IntoIterator<Item = State>) -> State {
    let states: Vec<State> = states.into_iter().collect();
    let some = states.iter().any(|s| matches!(s, State::Present | State::Partial));
    let whole = states.iter().all(|s| matches!(s, State::Present | State::NotApplicable));
    match (some, whole) {
        (true, true) => State::Present,
        (true, false) => State::Partial,
        (false, true) if !states.is_empty() => State::NotApplicable,
        (false, _) => State::Missing,
    }
}

const fn has_number(state: State) -> bool {
    matches!(state, State::Present | State::Partial)
}

fn summary(inventory: &Inventory, coverage: &[Coverage]) -> Result<Vec<SummaryLine>, GhgError> {
    let state_of = |scope: &str| coverage.iter().find(|c| c.scope == scope).map(|c| c.state);
    let one = state_of("1").unwrap_or(State::Missing);
    let location = state_of("2 location").unwrap_or(State::Missing);
    let market = state_of("2 market").unwrap_or(State::Missing);
    let three = together(coverage.iter().filter(|c| c.scope.starts_with("3.")).map(|c| c.state));
    // Rows whose scope is not even known are missing from every total.
    let unknown = state_of("unknown");
    let total = |two| together([one, two, three].into_iter().chain(unknown));
    [
        ("scope1", "Scope 1: direct emissions", one, Total::ScopeOne),
        ("scope2_location", "Scope 2: purchased energy, location-based", location, Total::ScopeTwoLocation),
        ("scope2_market", "Scope 2: purchased energy, market-based", market, Total::ScopeTwoMarket),
        ("scope3", "Scope 3: value chain", three, Total::ScopeThree),
        ("total_location", "Total with location-based scope 2", total(location), Total::AllLocation),
        ("total_market", "Total with market-based scope 2", total(market), Total::AllMarket),
    ]
    .into_iter()
    .map(|(id, name, state, which)| {
        let co2e_kg = has_number(state).then(|| inventory.subtotal(which)).transpose()?;
        Ok(SummaryLine { id, name, state, co2e_kg })
    })
    .collect()
}

fn scope_three(inventory: &Inventory, coverage: &[Coverage]) -> Result<Vec<ScopeThreeLine>, GhgError> {
    (1u8..)
        .zip(CATEGORIES)
        .map(|(category, name)| {
            let scope = Scope::Three(category).name();
            let found = coverage.iter().find(|c| c.scope == scope);
            let state = found.map_or(State::Missing, |c| c.state);
            let total = has_number(state).then(|| inventory.subtotal(Total::Category(category)));
            let (rows_present, rows_missing) = found.map_or((0, 0), |c| (c.rows_present, c.rows_missing));
            Ok(ScopeThreeLine {
                category,
                name,
                state,
                co2e_kg: total.transpose()?,
                rows_present,
                rows_missing,
            })
        })
        .collect()
}

fn gases(inventory: &Inventory) -> Result<Vec<GasLine>, GhgError> {
    let mut sums: BTreeMap<(String, String), Sums> = BTreeMap::new();
    for (key, cell) in inventory.cells() {
        if let Measure::Gas(gas) = &key.measure {
            sums.entry((scope_name(key.scope), gas.to_string())).or_default().add(cell)?;
        }
    }
    let line =
        |((scope, gas), sums): (_, Sums)| GasLine { scope, gas, mass_kg: sums.mass, co2e_kg: sums.co2e };
    Ok(sums.into_iter().map(line).collect())
}

fn instruments(inventory: &Inventory) -> Vec<DocumentInstrument> {
    let given = &inventory.options().instruments;
    let with_use = |used: &crate::aggregate::InstrumentUse| {
        let instrument = given.iter().find(|i| i.id == used.id)?.clone();
        Some(DocumentInstrument { instrument, used_kwh: used.used_kwh, unused_kwh: used.unused_kwh })
    };
    inventory.instruments().iter().filter_map(with_use).collect()
}
