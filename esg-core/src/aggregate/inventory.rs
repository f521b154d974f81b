//! The inventory itself: totals, merging, and the factors that it rests on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::Options;
use super::market::{Covered, InstrumentUse, KwhRates, Settlement, kwh_rates, settle};
use super::used::{FactorUse, GapUse};
use crate::amount::Amount;
use crate::ghg::{
    CellKey, Cells, Counts, GhgError, Lane, Line, MarketKey, Measure, Partial, Plan, Scope, Sums,
    Uncalculated, merge_cells,
};
use crate::time::Day;

/// Which total is asked for. The two methods of scope 2 are never added to each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Total {
    /// Scope 1.
    ScopeOne,
    /// Scope 2 by the location-based method.
    ScopeTwoLocation,
    /// Scope 2 by the market-based method.
    ScopeTwoMarket,
    /// All of scope 3.
    ScopeThree,
    /// One category of scope 3, 1 to 15.
    Category(u8),
    /// Scopes 1, 2 location-based and 3.
    AllLocation,
    /// Scopes 1, 2 market-based and 3.
    AllMarket,
}

impl Total {
    pub(super) fn has(self, scope: Scope) -> bool {
        match self {
            Self::ScopeOne => scope == Scope::One,
            Self::ScopeTwoLocation => scope == Scope::TwoLocation,
            Self::ScopeTwoMarket => scope == Scope::TwoMarket,
            Self::ScopeThree => matches!(scope, Scope::Three(_)),
            Self::Category(category) => scope == Scope::Three(category),
            Self::AllLocation => !matches!(scope, Scope::TwoMarket | Scope::Outside),
            Self::AllMarket => !matches!(scope, Scope::TwoLocation | Scope::Outside),
        }
    }
}

/// A greenhouse-gas inventory with energy and water beside it.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub(super) options: Options,
    pub(super) cells: Cells,
    settlement: Settlement,
    factors: BTreeMap<Arc<str>, FactorUse>,
    gaps: Vec<GapUse>,
    pub(super) uncalculated: Vec<Uncalculated>,
    /// What the factors, gaps and plans follow from.
    pub(super) lanes: Vec<Lane>,
    /// Gaps that do not follow from lanes.
    pub(super) lacks: Vec<GapUse>,
    plans: Vec<Arc<Plan>>,
    pub(super) lines: Vec<Line>,
    rows_by_scope: BTreeMap<Scope, u64>,
    fallback_rows: BTreeMap<&'static str, u64>,
    pub(super) market: BTreeMap<MarketKey, Amount>,
    rates: BTreeMap<Arc<str>, KwhRates>,
    days: Option<(Day, Day)>,
    counts: Counts,
}

impl Inventory {
    /// Makes an inventory of what a calculator summed.
    pub(super) fn of(part: Partial, options: Options) -> Result<Self, GhgError> {
        let mut inventory = Self {
            options,
            cells: part.cells,
            settlement: Settlement::default(),
            factors: BTreeMap::new(),
            gaps: Vec::new(),
            uncalculated: Vec::new(),
            lanes: part.lanes,
            lacks: Vec::new(),
            plans: Vec::new(),
            lines: part.lines,
            rows_by_scope: BTreeMap::new(),
            fallback_rows: BTreeMap::new(),
            market: part.market.into_iter().map(|(key, m)| (key, m.energy)).collect(),
            rates: BTreeMap::new(),
            days: part.days,
            counts: part.counts,
        };
        for (plan, rows) in part.plans.iter().zip(part.plan_rows).filter(|(_, rows)| *rows > 0) {
            inventory.note_plan(plan, rows);
        }
        if inventory.options.keep_lines {
            inventory.plans = part.plans;
        }
        let gaps = part.gaps.iter().zip(part.gap_rows).map(|(gap, rows)| GapUse::of(gap, rows));
        inventory.absorb(gaps.collect(), part.uncalculated);
        inventory.settle()?;
        Ok(inventory)
    }

    fn note_plan(&mut self, plan: &Plan, rows: u64) {
        *self.rows_by_scope.entry(plan.scope).or_default() += rows;
        for fallback in &plan.fallbacks {
            *self.fallback_rows.entry(fallback).or_default() += rows;
        }
        if let Some(energy) = &plan.market_energy {
            self.rates.entry(Arc::clone(&plan.factor)).or_insert_with(|| kwh_rates(plan, energy));
        }
        for resolution in &plan.resolutions {
            let id: Arc<str> = resolution.factor_id().into();
            let entry = self.factors.entry(id).or_insert_with(|| FactorUse::of(resolution));
            entry.rows += rows;
            if resolution.steps < entry.steps {
                entry.steps.clone_from(&resolution.steps);
            }
            entry.add_fallbacks(&plan.fallbacks);
        }
        if let Some(named) = self.factors.get_mut(&plan.factor) {
            named.add_conversions(std::slice::from_ref(&plan.conversion));
            named.add_companions(plan);
        }
    }

    /// Says of rows that should be in it that they cannot be, and why; nobody knows in which scope they would stand.
    pub(crate) fn lack(&mut self, code: &'static str, message: String, rows: u64) {
        let (activity, unit) = (String::new(), String::new());
        let gap = GapUse { scope: None, activity, unit, region: None, code, message, primary: true, rows };
        self.counts.rows += rows;
        self.lacks.push(gap.clone());
        self.absorb(vec![gap], Vec::new());
    }

    /// Adds gaps and the rows that refer to them. Gaps of one key become one, in the order of their keys, so that they do
    /// not tell which row came first.
    fn absorb(&mut self, gaps: Vec<GapUse>, uncalculated: Vec<Uncalculated>) {
        let present = self.gaps.len() as u32;
        self.uncalculated
            .extend(uncalculated.into_iter().map(|u| Uncalculated { gap: u.gap + present, ..u }));
        let mut all: Vec<(GapUse, usize)> = self.gaps.drain(..).chain(gaps).zip(0..).collect();
        all.sort_by(|(a, _), (b, _)| a.key().cmp(&b.key()));
        let mut place = vec![0u32; all.len()];
        for (gap, old) in all {
            match self.gaps.last_mut() {
                Some(last) if last.key() == gap.key() => {
                    last.rows += gap.rows;
                    last.message = std::mem::take(&mut last.message).min(gap.message);
                }
                _ => self.gaps.push(gap),
            }
            place[old] = self.gaps.len() as u32 - 1;
        }
        for row in &mut self.uncalculated {
            row.gap = place[row.gap as usize];
        }
    }

    fn settle(&mut self) -> Result<(), GhgError> {
        self.settlement =
            settle(&self.options.instruments, &self.market, &self.rates, &self.options.dimensions)?;
        Ok(())
    }

    /// Adds another inventory of the same options. The parts may come in any order; instruments are applied anew to the
    /// whole, so that none covers more than it may.
    ///
    /// # Errors
    /// `inventory.merge` when the options differ, `amount.overflow`.
    pub fn merge(&mut self, other: Self) -> Result<(), GhgError> {
        let (mine, theirs) = (self.options.to_json(), other.options.to_json());
        if mine != theirs {
            return Err(GhgError::Merge {
                what: "options",
                left: mine.to_string(),
                right: theirs.to_string(),
            });
        }
        self.cells = merge_cells(std::mem::take(&mut self.cells), other.cells)?;
        for (id, used) in other.factors {
            match self.factors.entry(id) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(used);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    let present = entry.get_mut();
                    if present.digest != used.digest {
                        let (left, right) = (present.digest.clone(), used.digest);
                        return Err(GhgError::Merge { what: "a factor set's digest", left, right });
                    }
                    present.rows += used.rows;
                    present.steps = std::mem::take(&mut present.steps).min(used.steps);
                    present.add_fallbacks(&used.fallbacks);
                    present.add_conversions(&used.conversions);
                    present.with.extend(used.with);
                }
            }
        }
        self.absorb(other.gaps, other.uncalculated);
        self.lanes.extend(other.lanes);
        self.lacks.extend(other.lacks);
        let offset = u32::try_from(self.plans.len()).expect("fewer plans than rows");
        self.plans.extend(other.plans);
        self.lines.extend(other.lines.into_iter().map(|l| Line { plan: l.plan + offset, ..l }));
        for (scope, rows) in other.rows_by_scope {
            *self.rows_by_scope.entry(scope).or_default() += rows;
        }
        for (name, rows) in other.fallback_rows {
            *self.fallback_rows.entry(name).or_default() += rows;
        }
        for (key, energy) in other.market {
            let sum = self.market.entry(key).or_default();
            *sum = sum.checked_add(energy)?;
        }
        self.rates.extend(other.rates);
        self.days = match (self.days, other.days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
        self.counts.add(other.counts);
        self.settle()
    }

    /// Counts the rows of its lines and its uncalculated rows on from `first`: they are rows of a larger whole.
    pub(crate) fn shift(&mut self, first: u32) {
        self.lines.iter_mut().for_each(|line| line.event += first);
        self.uncalculated.iter_mut().for_each(|row| row.event += first);
    }

    /// Forgets the lines.
    pub(crate) fn forget_lines(&mut self) {
        self.options.keep_lines = false;
        (self.lines, self.plans) = (Vec::new(), Vec::new());
    }

    /// The options that it was calculated with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// All cells in order, those of the instruments after the others.
    pub fn cells(&self) -> impl Iterator<Item = (&CellKey, &Sums)> {
        self.cells.iter().map(|(key, sums)| (key, sums)).chain(&self.settlement.cells)
    }

    /// Returns a total in kg CO2e.
    ///
    /// Rows that could not be calculated are in no total: see [`Inventory::uncalculated`] and [`Inventory::coverage`]. A
    /// market-based total is refused while part of the energy has no market factor, because it would be a smaller number
    /// that nothing marks; [`Inventory::subtotal`] gives what there is.
    ///
    /// # Errors
    /// `inventory.method_missing`, `amount.overflow`.
    pub fn total(&self, which: Total) -> Result<Amount, GhgError> {
        if which.has(Scope::TwoMarket) {
            let rows = self.market_gaps().map(|gap| gap.rows).sum();
            if rows > 0 {
                let uncovered_kwh = self.uncovered_market_kwh().to_string();
                return Err(GhgError::MethodMissing { uncovered_kwh, rows });
            }
        }
        self.subtotal(which)
    }

    /// Returns the sum in kg CO2e of the lines that there are, whatever is missing: to be shown with its coverage.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn subtotal(&self, which: Total) -> Result<Amount, GhgError> {
        let lines = self.cells().filter(|(key, _)| which.has(key.scope));
        Ok(Amount::sum(lines.map(|(_, sums)| sums.co2e))?)
    }

    /// Market-based lines that are missing for good: instruments may have covered all of the electricity.
    pub(super) fn market_gaps(&self) -> impl Iterator<Item = &GapUse> {
        let covered = self.uncovered_market_kwh().is_zero();
        let missing = move |gap: &&GapUse| {
            gap.scope == Some(Scope::TwoMarket) && !(covered && gap.activity == "electricity.grid")
        };
        self.gaps.iter().filter(missing)
    }

    /// Returns the mass of a gas in kg within a total; none where a part of it is published without its gases.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn mass(&self, which: Total, gas: &str) -> Result<Option<Amount>, GhgError> {
        let mut sum = Amount::ZERO;
        let of_gas = |m: &Measure| matches!(m, Measure::Gas(g) if **g == *gas);
        for (_, sums) in self.cells().filter(|(key, _)| which.has(key.scope) && of_gas(&key.measure)) {
            match sums.mass {
                Some(mass) => sum = sum.checked_add(mass)?,
                None => return Ok(None),
            }
        }
        Ok(Some(sum))
    }

    fn outside(&self, measure: &Measure) -> Result<Amount, GhgError> {
        let lines = self.cells().filter(|(key, _)| key.measure == *measure);
        Ok(Amount::sum(lines.filter_map(|(_, sums)| sums.mass))?)
    }

    /// Returns CO2 from biomass in kg, outside of the scopes.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn biogenic_co2(&self) -> Result<Amount, GhgError> {
        self.outside(&Measure::BiogenicCo2)
    }

    /// Returns the energy that rows state in units of energy, in kWh.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn energy_kwh(&self) -> Result<Amount, GhgError> {
        self.outside(&Measure::Energy)
    }

    /// Returns the water withdrawn, in litres.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn water_litres(&self) -> Result<Amount, GhgError> {
        self.outside(&Measure::Water)
    }

    /// The factors that it rests on, by full name.
    pub fn factors(&self) -> &BTreeMap<Arc<str>, FactorUse> {
        &self.factors
    }

    /// Lines that are missing.
    pub fn gaps(&self) -> &[GapUse] {
        &self.gaps
    }

    /// Rows without any line, with the number of the gap that says why. Row numbers are those of the row's own batch.
    pub fn uncalculated(&self) -> &[Uncalculated] {
        &self.uncalculated
    }

    /// The lines, where they were kept.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The plans that lines refer to, where lines were kept.
    pub fn plans(&self) -> &[Arc<Plan>] {
        &self.plans
    }

    /// How far each instrument was used, by id.
    pub fn instruments(&self) -> &[InstrumentUse] {
        &self.settlement.uses
    }

    /// The lines that the instruments added to the market-based method, by instrument.
    pub fn covered(&self) -> &[Covered] {
        &self.settlement.lines
    }

    /// Market-based kWh that neither an instrument nor a residual mix covers.
    pub fn uncovered_market_kwh(&self) -> Amount {
        self.settlement.uncovered
    }

    /// How many rows came, were calculated, estimated, left out.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// First and last day with data in the period.
    pub fn days(&self) -> Option<(Day, Day)> {
        self.days
    }

    pub(super) fn plan_rows(&self, scope: Scope) -> u64 {
        self.rows_by_scope.get(&scope).copied().unwrap_or(0)
    }

    pub(super) fn fallback_rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.fallback_rows.iter().map(|(name, rows)| (*name, *rows))
    }
}
