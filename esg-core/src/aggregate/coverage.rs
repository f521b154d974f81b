//! Coverage and caveats: what an inventory does not say, said.
//!
//! Present, missing and not applicable are three states. A scope with rows that could not be calculated carries how many,
//! and why; a category without data is missing unless the company states that it does not have it.

use serde::Serialize;

use super::inventory::Inventory;
use super::used::GapUse;
use crate::ghg::{Measure, Scope};

/// Whether a scope or category has its numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There are numbers, and no row is missing.
    Present,
    /// There are numbers, and some rows are missing.
    Partial,
    /// There are none, and nothing says that there are none to give.
    Missing,
    /// The company states not to have it.
    NotApplicable,
}

/// Coverage of one scope or category.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Scope, method and category, such as `1`, `2 market`, `3.4`.
    pub scope: String,
    /// State.
    pub state: State,
    /// Rows that gave a line.
    pub rows_present: u64,
    /// Rows that should have given one.
    pub rows_missing: u64,
    /// Why rows are missing: code, message and rows.
    pub reasons: Vec<Reason>,
}

/// Why rows are missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// Stable code.
    pub code: &'static str,
    /// Message.
    pub message: String,
    /// Rows.
    pub rows: u64,
}

/// Something that a reader must know before using a number.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Caveat {
    /// Stable code.
    pub code: &'static str,
    /// What a person reads.
    pub message: String,
    /// Rows that it concerns.
    pub rows: u64,
}

/// All scopes and categories, in order.
fn all_scopes() -> impl Iterator<Item = Scope> {
    [Scope::One, Scope::TwoLocation, Scope::TwoMarket].into_iter().chain((1..=15).map(Scope::Three))
}

impl Inventory {
    /// Returns the coverage of scope 1, both methods of scope 2 and the 15 categories of scope 3.
    ///
    /// A row that gave no line at all and whose scope is not known counts under scope `unknown`, at the end.
    pub fn coverage(&self) -> Vec<Coverage> {
        let of = |scope: Option<Scope>| {
            // What instruments cover is missing no more.
            let settled = |gap: &GapUse| {
                scope == Some(Scope::TwoMarket) && !self.market_gaps().any(|open| std::ptr::eq(open, gap))
            };
            let reasons: Vec<Reason> = self
                .gaps()
                .iter()
                .filter(|gap| gap.scope == scope && !settled(gap))
                .map(|gap| Reason { code: gap.code, message: gap.message.clone(), rows: gap.rows })
                .collect();
            let present: u64 = scope.map_or(0, |s| self.plan_rows(s));
            let missing: u64 = reasons.iter().map(|r| r.rows).sum();
            let stated = matches!(scope, Some(Scope::Three(c)) if self.options().not_applicable.contains(&c));
            // An instrument gives a number where no row has a factor.
            let numbers = present > 0 || self.cells().any(|(key, _)| Some(key.scope) == scope);
            let state = match (numbers, missing > 0) {
                (true, false) => State::Present,
                (true, true) => State::Partial,
                (false, false) if stated => State::NotApplicable,
                (false, _) => State::Missing,
            };
            let name = scope.map_or_else(|| "unknown".to_owned(), Scope::name);
            Coverage { scope: name, state, rows_present: present, rows_missing: missing, reasons }
        };
        let mut list: Vec<Coverage> = all_scopes().map(|s| of(Some(s))).collect();
        let unknown = of(None);
        if unknown.rows_missing > 0 {
            list.push(unknown);
        }
        list
    }

    /// Returns what a reader must know, computed from the numbers.
    pub fn caveats(&self) -> Vec<Caveat> {
        let mut list = Vec::new();
        let mut say = |code, rows, message: String| list.push(Caveat { code, message, rows });
        let counts = self.counts();
        let lost = counts.rows - counts.outside_period - counts.calculated;
        if lost > 0 {
            say(
                "rows_uncalculated",
                lost,
                format!("{lost} of {} rows could not be calculated and are not in any total", counts.rows),
            );
        }
        if counts.outside_period > 0 {
            say(
                "rows_outside_period",
                counts.outside_period,
                format!("{} rows lie outside of the period and are left out", counts.outside_period),
            );
        }
        let market_gap: u64 = self.market_gaps().map(|gap| gap.rows).sum();
        let uncovered = self.uncovered_market_kwh();
        if market_gap > 0 {
            // Heat and vehicles' electricity are rows without a market factor, and no kilowatt-hours that certificates cover.
            let what =
                if uncovered.is_zero() { format!("{market_gap} rows") } else { format!("{uncovered} kWh") };
            let message = format!(
                "market-based scope 2 is incomplete: {what} have neither an instrument nor a residual mix"
            );
            say("market_method_incomplete", market_gap, message);
        }
        for gap in self.gaps().iter().filter(|g| matches!(g.scope, Some(Scope::Three(_)))) {
            let scope = gap.scope.map(Scope::name).unwrap_or_default();
            say(
                "scope3_incomplete",
                gap.rows,
                format!("scope {scope} of {} is missing: {}", gap.activity, gap.message),
            );
        }
        for (name, rows) in self.fallback_rows() {
            let message = match name {
                "parent_region" => "a factor of a wider region stands in for the region's own",
                "older_edition" => "a factor of an older edition is used",
                "newer_edition" => "a factor of an edition meant for later days is used",
                "life_cycle" => "a life-cycle intensity stands in for a direct factor",
                "other_gwp" => "CO2e that rests on another GWP set is added as it was published",
                "market_grid_average" => {
                    "the grid average stands in for a residual mix in the market-based method"
                }
                "cloud_half_load" => {
                    "processors of a cloud are taken at half load, the default of Cloud Carbon Footprint"
                }
                "cloud_network_model" => {
                    "networks are taken at 0.059 kWh for each GB (Sustainable Web Design Model 4) and the region's own grid"
                }
                _ => "a fallback was used",
            };
            say("fallback_used", rows, format!("{message} ({name})"));
        }
        if counts.estimated > 0 {
            let share = counts.estimated * 1000 / counts.calculated.max(1);
            let message = format!(
                "{} of {} calculated rows ({}.{} %) rest on estimated activity data",
                counts.estimated,
                counts.calculated,
                share / 10,
                share % 10
            );
            say("estimated_data", counts.estimated, message);
        }
        if let (Some(period), Some((first, last))) = (self.options().period, self.days())
            && (first > period.start() || last < period.end())
        {
            say(
                "partial_period",
                0,
                format!(
                    "data run from {first} to {last}, the period from {} to {}",
                    period.start(),
                    period.end()
                ),
            );
        }
        let unverified: Vec<_> = self.factors().values().filter(|f| f.verification == "unverified").collect();
        if !unverified.is_empty() {
            let rows = unverified.iter().map(|f| f.rows).sum();
            say(
                "factor_unverified",
                rows,
                format!("{} factors come from an unverified transcription", unverified.len()),
            );
        }
        if self.cells().any(|(key, _)| key.measure == Measure::BiogenicCo2) {
            say("biogenic_apart", 0, "CO2 from biomass is reported apart and in no total".into());
        }
        list
    }
}
