//! The calculation: plans applied to columns.
//!
//! Three passes over a batch. First every row gets its lane (activity, unit, region, stated scope) and, by its day, the
//! plans that were made for that lane; then its place among the sums (site, source, period, ...); then quantities are
//! multiplied by rates in machine words and added up as whole picograms. Only the first row of a lane looks anything up.
//! There is no second, row-wise way.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::cell::{CellKey, Cells, Dimensions, Granularity, Measure, Scope};
use super::codes::{CodedColumn, KeyTable};
use super::error::GhgError;
use super::plan::{Gap, Plan, PlanKey, Planner};
use super::rates::{Into, Product, RateTable, WordRate};
use super::sums::{Slot, SumTable};
use crate::activity::{ActivityBatch, Basis, Dictionary, NONE};
use crate::amount::{Amount, AmountError, divide_word_half_even};
use crate::decimal::Decimal;
use crate::time::{Day, Period};

/// Days [from, to) for which a lane has these plans.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Day,
    to: Day,
    bundle: u32,
}

/// Rows of one activity, unit, region and stated scope.
#[derive(Debug)]
struct Lane {
    current: Span,
    spans: Vec<Span>,
}

/// Plans and gaps that belong to one span of a lane.
#[derive(Debug, Default)]
struct Bundle {
    /// Plan numbers.
    plans: Vec<u32>,
    /// Gap numbers.
    gaps: Vec<u32>,
    /// What a row's quantity is multiplied with.
    products: Vec<Product>,
    /// False when the row has no line at all.
    calculated: bool,
    /// Rows that it was applied to.
    rows: u64,
}

/// Words that any batch has had.
#[derive(Debug, Default)]
struct Words {
    activities: Dictionary,
    units: Dictionary,
    regions: Dictionary,
}

/// A row that gave no line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Uncalculated {
    /// Row of the telemetry batch or file.
    pub event: u32,
    /// Number of the gap that says why; see [`Partial::gaps`].
    pub gap: u32,
}

/// Market-based electricity of one region and month: what contractual instruments may cover.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MarketEnergy {
    /// kWh consumed.
    pub energy: Amount,
}

/// What a row is for lineage: its event, its plan and its quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Row of the telemetry batch or file.
    pub event: u32,
    /// Number of the plan; see [`Partial::plans`].
    pub plan: u32,
    /// Quantity in the sender's unit.
    pub quantity: Decimal,
    /// Day.
    pub day: Day,
}

/// Counts of rows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Rows that came.
    pub rows: u64,
    /// Rows that gave their line.
    pub calculated: u64,
    /// Rows whose quantity was estimated, among the calculated.
    pub estimated: u64,
    /// Rows outside of the period.
    pub outside_period: u64,
}

/// Key of the market-based energy: region as the sender names it, month, and the market factor (none where it is missing).
pub type MarketKey = (Option<Arc<str>>, i32, Option<Arc<str>>);

/// What a calculator has summed: everything that an inventory is made of.
#[derive(Debug, Default)]
pub struct Partial {
    /// Sums by key.
    pub cells: Cells,
    /// Plans that were used.
    pub plans: Vec<Plan>,
    /// Rows by plan.
    pub plan_rows: Vec<u64>,
    /// Gaps that were met.
    pub gaps: Vec<Gap>,
    /// Rows by gap.
    pub gap_rows: Vec<u64>,
    /// Rows without any line, in order.
    pub uncalculated: Vec<Uncalculated>,
    /// Lines, where they were asked for.
    pub lines: Vec<Line>,
    /// Energy that instruments may cover.
    pub market: HashMap<MarketKey, MarketEnergy>,
    /// First and last day with a calculated row.
    pub days: Option<(Day, Day)>,
    /// How many rows.
    pub counts: Counts,
}

/// Applies plans to batches and sums what they give. One for each thread; their parts merge exactly.
#[derive(Debug)]
pub(crate) struct Calculator {
    planner: Planner,
    dimensions: Dimensions,
    period: Option<Period>,
    keep_lines: bool,
    lanes: Vec<Lane>,
    lane_table: KeyTable,
    words: Words,
    bundles: Vec<Bundle>,
    /// For each plan: where each output's sums are, `(class, output)`.
    targets: Vec<Vec<u32>>,
    sums: SumTable,
    /// Energy that instruments may cover, by region, month and market factor.
    market: SumTable,
    /// True when a product is energy that instruments may cover.
    any_market: bool,
    /// Rates in machine words.
    rates: RateTable,
    part: Partial,
}

/// What the rows of a batch need, row by row.
struct Rows {
    bundle: Vec<u32>,
    slot: Vec<Slot>,
}

/// By what the energy of the market-based method is kept apart; the factor is part of the class.
const MARKET_DIMENSIONS: Dimensions = Dimensions {
    activity: false,
    factor: true,
    vertical: false,
    source: false,
    site: false,
    region: true,
    period: Granularity::Month,
    tags: Vec::new(),
};

/// Rows that have no bundle: outside of the period.
const NO_BUNDLE: u32 = u32::MAX;

impl Calculator {
    pub fn new(planner: Planner, dimensions: Dimensions, period: Option<Period>, keep_lines: bool) -> Self {
        Self {
            planner,
            sums: SumTable::new(dimensions.period),
            dimensions,
            period,
            keep_lines,
            lanes: Vec::new(),
            lane_table: KeyTable::default(),
            words: Words::default(),
            bundles: Vec::new(),
            targets: Vec::new(),
            market: SumTable::new(Granularity::Month),
            any_market: false,
            rates: RateTable::default(),
            part: Partial::default(),
        }
    }

    /// Adds a batch, `chunk` rows at a time so that their columns stay near the processor.
    ///
    /// # Errors
    /// `Overflow`. A row that cannot be calculated is no error: it is kept among the uncalculated.
    pub fn add(&mut self, batch: &ActivityBatch, rows: Range<usize>, chunk: usize) -> Result<(), GhgError> {
        let words = &mut self.words;
        // A stated scope is a small number of its own: 64 pairs of scope and category at the most that are not refused.
        let stated: Vec<u32> = batch
            .stated
            .iter()
            .map(|&(scope, category)| u32::from(scope) << 8 | u32::from(category))
            .collect();
        let lane_columns = [
            CodedColumn::words(&batch.activity, &batch.activities, &mut words.activities),
            CodedColumn::words(&batch.unit, &batch.units, &mut words.units),
            CodedColumn::words(&batch.region, &batch.regions, &mut words.regions),
            CodedColumn::coded(
                &stated,
                stated.iter().max().map_or(Vec::new(), |&most| (1..=most + 1).collect()),
            ),
        ];
        let place_columns = self.sums.columns(batch, &self.dimensions);
        for start in rows.clone().step_by(chunk.max(1)) {
            let range = start..(start + chunk.max(1)).min(rows.end);
            let bundle = self.bundles_of(batch, &lane_columns, range.clone());
            let slot = self.sums.slots(batch, &self.dimensions, &place_columns, range.clone());
            let rows = Rows { bundle, slot };
            self.count(batch, &range, &rows);
            self.multiply(batch, &range, &rows)?;
        }
        Ok(())
    }

    /// The bundle of every row: which plans apply.
    fn bundles_of(
        &mut self,
        batch: &ActivityBatch,
        columns: &[CodedColumn<'_>],
        range: Range<usize>,
    ) -> Vec<u32> {
        let lanes = &mut self.lanes;
        let never = Span { from: Day::MAX, to: Day::MIN, bundle: NO_BUNDLE };
        let mut bundles = self.lane_table.numbers(columns, range.clone(), |_| {
            lanes.push(Lane { current: never, spans: Vec::new() });
            u32::try_from(lanes.len() - 1).expect("fewer lanes than rows")
        });
        let period = self.period;
        for (number, row) in bundles.iter_mut().zip(range) {
            let day = batch.day[row];
            if period.is_some_and(|p| !p.contains(day)) {
                *number = NO_BUNDLE;
                continue;
            }
            let span = self.lanes[*number as usize].current;
            *number = if span.from <= day && day < span.to {
                span.bundle
            } else {
                self.span(batch, *number, row, day)
            };
        }
        bundles
    }

    /// Finds or plans the bundle of a lane for a day, and makes it the lane's current one.
    #[cold]
    fn span(&mut self, batch: &ActivityBatch, lane: u32, row: usize, day: Day) -> u32 {
        let found = self.lanes[lane as usize].spans.iter().find(|s| s.from <= day && day < s.to).copied();
        if let Some(span) = found {
            self.lanes[lane as usize].current = span;
            return span.bundle;
        }
        let region = batch.region.get(row).copied().filter(|&r| r != NONE).map(|r| batch.regions.word(r));
        let planned = self.planner.plan(&PlanKey {
            activity: batch.activities.word(batch.activity[row]),
            unit: batch.units.word(batch.unit[row]),
            region: region.map(|r| &**r),
            stated: batch.stated.get(row).copied().unwrap_or((0, 0)),
            day,
        });
        let calculated = !planned.plans.is_empty();
        let plans: Vec<u32> = planned.plans.into_iter().map(|plan| self.add_plan(plan)).collect();
        let gaps: Vec<u32> = planned.gaps.into_iter().map(|gap| self.add_gap(gap)).collect();
        let products = self.products(&plans, &gaps);
        self.any_market |= products.iter().any(|p| p.into == Into::Market);
        self.bundles.push(Bundle { plans, gaps, products, calculated, rows: 0 });
        let bundle = u32::try_from(self.bundles.len() - 1).expect("fewer bundles than rows");
        let span = Span { from: planned.from, to: planned.to, bundle };
        self.lanes[lane as usize].spans.push(span);
        self.lanes[lane as usize].current = span;
        bundle
    }

    fn add_plan(&mut self, plan: Plan) -> u32 {
        let dims = &self.dimensions;
        let sums = &mut self.sums;
        let target = |output: &super::plan::Output| {
            let key = CellKey {
                activity: dims.activity.then(|| Arc::clone(&plan.activity)),
                factor: dims.factor.then(|| Arc::clone(&plan.factor)),
                ..CellKey::of(output.scope, output.measure.clone())
            };
            sums.class(key, output.mass.is_some())
        };
        self.targets.push(plan.outputs.iter().map(target).collect());
        self.part.plans.push(plan);
        u32::try_from(self.part.plans.len() - 1).expect("fewer plans than rows")
    }

    fn add_gap(&mut self, gap: Gap) -> u32 {
        self.part.gaps.push(gap);
        u32::try_from(self.part.gaps.len() - 1).expect("fewer gaps than rows")
    }

    fn count(&mut self, batch: &ActivityBatch, range: &Range<usize>, rows: &Rows) {
        self.part.counts.rows += range.len() as u64;
        let (mut first, mut last) = self.part.days.unwrap_or((Day::MAX, Day::MIN));
        let mut all_calculated = true;
        for (&bundle, &day) in rows.bundle.iter().zip(&batch.day[range.clone()]) {
            let Some(bundle) = self.bundles.get_mut(bundle as usize) else {
                self.part.counts.outside_period += 1;
                continue;
            };
            bundle.rows += 1;
            all_calculated &= bundle.calculated;
            first = first.min(day);
            last = last.max(day);
        }
        if first <= last {
            self.part.days = Some((first, last));
        }
        if all_calculated && batch.basis.is_empty() {
            return;
        }
        for (row, &bundle) in range.clone().zip(&rows.bundle) {
            let Some(bundle) = self.bundles.get(bundle as usize) else { continue };
            if bundle.calculated {
                self.part.counts.estimated += u64::from(batch.basis.get(row) == Some(&Basis::Estimated));
            } else if let Some(&gap) = bundle.gaps.last() {
                let event = batch.event.get(row).copied().unwrap_or(row as u32);
                self.part.uncalculated.push(Uncalculated { event, gap });
            }
        }
    }

    /// Multiplies and adds up.
    fn multiply(
        &mut self,
        batch: &ActivityBatch,
        range: &Range<usize>,
        rows: &Rows,
    ) -> Result<(), AmountError> {
        let market = if self.any_market {
            let columns = self.market.columns(batch, &MARKET_DIMENSIONS);
            self.market.slots(batch, &MARKET_DIMENSIONS, &columns, range.clone())
        } else {
            Vec::new()
        };
        if self.keep_lines {
            self.keep(batch, range, rows);
        }
        if let Some((mantissas, scales)) = batch.quantity.words(range.clone()) {
            return self.multiply_words(batch, range, rows, &market, (&mantissas, &scales));
        }
        for (i, row) in range.clone().enumerate() {
            let slots = (rows.slot[i], market.get(i).copied().unwrap_or(rows.slot[i]));
            self.multiply_large(rows.bundle[i], batch.quantity.get(row), slots)?;
        }
        Ok(())
    }

    /// Multiplies quantities that are words, row by row; what words cannot hold goes the other way.
    fn multiply_words(
        &mut self,
        batch: &ActivityBatch,
        range: &Range<usize>,
        rows: &Rows,
        market: &[Slot],
        (mantissas, scales): (&[i64], &[u8]),
    ) -> Result<(), AmountError> {
        let columns = mantissas.iter().zip(scales).zip(rows.bundle.iter().zip(&rows.slot));
        for (i, ((&mantissa, &scale), (&bundle, &slot))) in columns.enumerate() {
            if bundle == NO_BUNDLE {
                continue;
            }
            let entry = match self.rates.get(bundle, scale) {
                Some(entry) => entry,
                None => self.rates.make(bundle, scale, &self.bundles[bundle as usize].products),
            };
            let market_slot = if self.any_market { market[i] } else { slot };
            match entry.in_words() {
                Some(0) => {}
                Some(1) => entry.first.add(mantissa, slot, market_slot, &mut self.sums, &mut self.market)?,
                Some(_) => {
                    entry.first.add(mantissa, slot, market_slot, &mut self.sums, &mut self.market)?;
                    for rate in self.rates.rest(&entry) {
                        rate.add(mantissa, slot, market_slot, &mut self.sums, &mut self.market)?;
                    }
                }
                None => {
                    self.multiply_large(bundle, batch.quantity.get(range.start + i), (slot, market_slot))?
                }
            }
        }
        Ok(())
    }

    /// Multiplies one quantity of any size.
    fn multiply_large(
        &mut self,
        bundle: u32,
        quantity: Decimal,
        slots: (Slot, Slot),
    ) -> Result<(), AmountError> {
        let Some(bundle) = self.bundles.get(bundle as usize) else { return Ok(()) };
        let (slot, market) = slots;
        for product in &bundle.products {
            let pg = product.rate.amount(quantity)?.pg();
            match product.into {
                Into::Co2e => self.sums.add_co2e(product.class, slot, pg, product.counts)?,
                Into::Mass => self.sums.add_mass(product.class, slot, pg, product.counts)?,
                Into::Market => self.market.add_mass(product.class, market, pg, product.counts)?,
            }
        }
        Ok(())
    }

    /// Keeps the lines of the rows, for lineage.
    fn keep(&mut self, batch: &ActivityBatch, range: &Range<usize>, rows: &Rows) {
        for (row, &bundle) in range.clone().zip(&rows.bundle) {
            let Some(bundle) = self.bundles.get(bundle as usize) else { continue };
            let event = batch.event.get(row).copied().unwrap_or(row as u32);
            let (quantity, day) = (batch.quantity.get(row), batch.day[row]);
            self.part.lines.extend(bundle.plans.iter().map(|&plan| Line { event, plan, quantity, day }));
        }
    }

    /// The products of a bundle: what a row's quantity is multiplied with, and where each product goes.
    fn products(&mut self, plans: &[u32], gaps: &[u32]) -> Vec<Product> {
        let mut products = Vec::new();
        let mut market = Vec::new();
        for &number in plans {
            let plan = &self.part.plans[number as usize];
            for (output, &class) in plan.outputs.iter().zip(&self.targets[number as usize]) {
                let both = [(Into::Mass, &output.mass), (Into::Co2e, &output.co2e)];
                let mut counts = true;
                for (into, rate) in both.into_iter().filter_map(|(into, rate)| Some((into, rate.as_ref()?))) {
                    products.push(Product { into, class, counts, rate: rate.clone() });
                    counts = false;
                }
            }
            market.extend(plan.market_energy.clone().map(|rate| (Some(Arc::clone(&plan.factor)), rate)));
        }
        let open = gaps.iter().filter_map(|&gap| self.part.gaps[gap as usize].market_energy.clone());
        market.extend(open.map(|rate| (None, rate)));
        for (factor, rate) in market {
            let key = CellKey { factor, ..CellKey::of(Scope::TwoMarket, Measure::Energy) };
            let class = self.market.class(key, true);
            products.push(Product { into: Into::Market, class, counts: true, rate });
        }
        products
    }

    /// Returns everything that was summed.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn finish(mut self) -> Result<Partial, AmountError> {
        self.part.plan_rows = vec![0; self.part.plans.len()];
        self.part.gap_rows = vec![0; self.part.gaps.len()];
        for bundle in &self.bundles {
            bundle.plans.iter().for_each(|&p| self.part.plan_rows[p as usize] += bundle.rows);
            bundle.gaps.iter().for_each(|&g| self.part.gap_rows[g as usize] += bundle.rows);
            self.part.counts.calculated += if bundle.calculated { bundle.rows } else { 0 };
        }
        self.part.cells = self.sums.cells(&self.dimensions)?;
        for (key, sums) in self.market.cells(&MARKET_DIMENSIONS)? {
            let energy = sums.mass.unwrap_or_default();
            self.part.market.insert((key.region, key.period, key.factor), MarketEnergy { energy });
        }
        Ok(self.part)
    }
}

impl WordRate {
    /// Adds the product with a quantity to the sum that it is for, rounded once.
    #[inline(always)]
    fn add(
        &self,
        mantissa: i64,
        slot: Slot,
        market_slot: Slot,
        sums: &mut SumTable,
        market: &mut SumTable,
    ) -> Result<(), AmountError> {
        // 63 bits x 64 bits stays below 2^127, so the quotient is an i128.
        let product = u128::from(mantissa.unsigned_abs()) * u128::from(self.num);
        let pg = divide_word_half_even(product, self.den) as i128;
        let pg = if self.negative != (mantissa < 0) { -pg } else { pg };
        match self.into {
            Into::Co2e => sums.add_co2e(self.class, slot, pg, self.counts),
            Into::Mass => sums.add_mass(self.class, slot, pg, self.counts),
            Into::Market => market.add_mass(self.class, market_slot, pg, self.counts),
        }
    }
}
