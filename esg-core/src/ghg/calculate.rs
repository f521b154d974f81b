//! The calculation: plans applied to columns.
//!
//! Three passes over a batch. First every row gets its lane (activity, unit, region, stated scope) and, by its day, the
//! plans that were made for that lane; then its place among the sums (site, source, period, ...); then quantities are
//! multiplied by rates in machine words and added up as whole picograms. Only the first row of a lane looks anything up.
//! There is no second, row-wise way.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::cell::{CellKey, Cells, Dimensions, Granularity};
use super::codes::{CodedColumn, KeyTable};
use super::error::GhgError;
use super::plan::{Gap, Plan, PlanKey, Planner};
use super::sums::SumTable;
use crate::activity::{ActivityBatch, Basis, Dictionary, NONE, Quantities};
use crate::amount::{Amount, AmountError, Rate, divide_half_even};
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
    pub quantity: crate::decimal::Decimal,
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
    market: HashMap<MarketKey, i128>,
    /// True while no bundle has more than one plan.
    one_product: bool,
    /// Rates of all bundles in machine words, for quantities of `fast_scale`.
    fast: Vec<FastRate>,
    fast_scale: Option<u32>,
    part: Partial,
}

/// What the rows of a batch need, row by row.
struct Rows {
    bundle: Vec<u32>,
    slot: Vec<u32>,
}

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
            market: HashMap::new(),
            one_product: true,
            fast: Vec::new(),
            fast_scale: None,
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
        let bundle = Bundle {
            plans: planned.plans.into_iter().map(|plan| self.add_plan(plan)).collect(),
            gaps: planned.gaps.into_iter().map(|gap| self.add_gap(gap)).collect(),
            calculated,
            rows: 0,
        };
        self.one_product &= bundle.plans.len() <= 1;
        self.bundles.push(bundle);
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
                scope: output.scope,
                activity: dims.activity.then(|| Arc::clone(&plan.activity)),
                factor: dims.factor.then(|| Arc::clone(&plan.factor)),
                measure: output.measure.clone(),
                vertical: None,
                source: None,
                site: None,
                region: None,
                tags: Vec::new(),
                period: 0,
            };
            sums.class(key, output.mass.is_some(), output.co2e.is_some())
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
        if let Quantities::Fixed { mantissas, scale } = &batch.quantity
            && self.one_product
            && !self.keep_lines
            && self.prepare_fast(*scale)
        {
            return self.multiply_fixed(&mantissas[range.clone()], rows);
        }
        for (i, row) in range.clone().enumerate() {
            let bundle = rows.bundle[i];
            if bundle == NO_BUNDLE {
                continue;
            }
            let bundle = &self.bundles[bundle as usize];
            let quantity = batch.quantity.get(row);
            for &plan_number in &bundle.plans {
                let plan = &self.part.plans[plan_number as usize];
                for (output, &class) in plan.outputs.iter().zip(&self.targets[plan_number as usize]) {
                    let mass = output.mass.as_ref().map(|r| r.amount(quantity)).transpose()?;
                    let co2e = output.co2e.as_ref().map(|r| r.amount(quantity)).transpose()?;
                    self.sums.add(class, rows.slot[i], mass, co2e)?;
                }
                if let Some(rate) = &plan.market_energy {
                    let key = market_key(batch, row, Some(&plan.factor));
                    add_energy(&mut self.market, key, rate, quantity)?;
                }
                if self.keep_lines {
                    let event = batch.event.get(row).copied().unwrap_or(row as u32);
                    self.part.lines.push(Line { event, plan: plan_number, quantity, day: batch.day[row] });
                }
            }
            for &gap in &bundle.gaps {
                if let Some(rate) = &self.part.gaps[gap as usize].market_energy {
                    add_energy(&mut self.market, market_key(batch, row, None), rate, quantity)?;
                }
            }
        }
        Ok(())
    }

    /// Makes the machine-word rates of all bundles for quantities of this scale; false where words are not enough.
    fn prepare_fast(&mut self, scale: u32) -> bool {
        if self.fast_scale != Some(scale) {
            self.fast.clear();
            self.fast_scale = Some(scale);
        }
        while self.fast.len() < self.bundles.len() {
            let Some(rate) = self.fast_rate(&self.bundles[self.fast.len()], scale) else { return false };
            self.fast.push(rate);
        }
        true
    }

    /// The one product of a bundle's one plan in machine words; none where that is not enough.
    fn fast_rate(&self, bundle: &Bundle, scale: u32) -> Option<FastRate> {
        if bundle.gaps.iter().any(|&gap| self.part.gaps[gap as usize].market_energy.is_some()) {
            return None;
        }
        let Some(&plan) = bundle.plans.first() else { return Some(FastRate::NOTHING) };
        let p = &self.part.plans[plan as usize];
        let [output] = p.outputs.as_slice() else { return None };
        if p.market_energy.is_some() || output.mass.is_some() {
            return None;
        }
        let rate = output.co2e.as_ref()?.scaled(scale)?;
        let class = self.targets[plan as usize][0];
        Some(FastRate { num: rate.num, den: rate.den, negative: rate.negative, class })
    }

    fn multiply_fixed(&mut self, mantissas: &[i64], rows: &Rows) -> Result<(), AmountError> {
        for ((&mantissa, &bundle), &slot) in mantissas.iter().zip(&rows.bundle).zip(&rows.slot) {
            let Some(rate) = self.fast.get(bundle as usize).filter(|r| r.den != 0) else { continue };
            let product = u128::from(mantissa.unsigned_abs()) * u128::from(rate.num);
            // 63 bits x 64 bits stays below 2^127, so the quotient is an i128.
            let pg = divide_half_even(product, rate.den.into()) as i128;
            let pg = if rate.negative != (mantissa < 0) { -pg } else { pg };
            self.sums.add_pg(rate.class, slot, pg)?;
        }
        Ok(())
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
        for (key, pg) in self.market {
            self.part.market.insert(key, MarketEnergy { energy: Amount::from_pg(pg)? });
        }
        Ok(self.part)
    }
}

/// One product for each row, in machine words. A denominator of 0 stands for no product at all.
#[derive(Clone, Copy, Debug)]
struct FastRate {
    num: u64,
    den: u64,
    negative: bool,
    class: u32,
}

impl FastRate {
    const NOTHING: Self = Self { num: 0, den: 0, negative: false, class: 0 };
}

fn market_key(batch: &ActivityBatch, row: usize, factor: Option<&Arc<str>>) -> MarketKey {
    let region = batch.region.get(row).copied().filter(|&r| r != NONE);
    (
        region.map(|r| Arc::clone(batch.regions.word(r))),
        Granularity::Month.index(batch.day[row]),
        factor.cloned(),
    )
}

fn add_energy(
    market: &mut HashMap<MarketKey, i128>,
    key: MarketKey,
    rate: &Rate,
    quantity: crate::decimal::Decimal,
) -> Result<(), AmountError> {
    let pg = rate.amount(quantity)?.pg();
    let sum = market.entry(key).or_default();
    *sum =
        sum.checked_add(pg).ok_or_else(|| AmountError::Overflow { what: "electricity consumed".into() })?;
    Ok(())
}
