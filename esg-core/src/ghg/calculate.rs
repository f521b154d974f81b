//! The calculation: plans applied to columns.
//!
//! Three passes over a batch. First every row gets its lane (activity, unit, region, stated scope) and, by its day, the
//! plans that were made for that lane; then its place among the sums (site, source, period, ...); then quantities are
//! multiplied by rates in machine words and added up as whole picograms. Only the first row of a lane looks anything up.
//! There is no second, row-wise way.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::{CellKey, Cells, Dimensions, Granularity};
use super::error::GhgError;
use super::plan::{Gap, Plan, PlanKey, Planner};
use super::sums::SumTable;
use crate::activity::{ActivityBatch, Basis, Dictionary, NONE, Quantities};
use crate::amount::{Amount, AmountError, Rate};
use crate::time::{Day, Period};

/// Days [from, to) for which a lane has these plans.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Day,
    to: Day,
    bundle: u32,
}

/// Activity, unit, region and stated scope.
type LaneKey = (Arc<str>, Arc<str>, Option<Arc<str>>, (u8, u8));

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
    lane_codes: HashMap<LaneKey, u32>,
    bundles: Vec<Bundle>,
    /// For each plan: where each output's sums are, `(class, output)`.
    targets: Vec<Vec<u32>>,
    sums: SumTable,
    market: HashMap<MarketKey, i128>,
    part: Partial,
}

/// What the rows of a batch need, row by row.
struct Rows {
    bundle: Vec<u32>,
    slot: Vec<u32>,
}

/// Rows that have no bundle: outside of the period.
const NO_BUNDLE: u32 = u32::MAX;
/// Largest table of local codes.
const MAX_DENSE: usize = 1 << 20;

impl Calculator {
    pub fn new(planner: Planner, dimensions: Dimensions, period: Option<Period>, keep_lines: bool) -> Self {
        Self {
            planner,
            sums: SumTable::new(dimensions.period),
            dimensions,
            period,
            keep_lines,
            lanes: Vec::new(),
            lane_codes: HashMap::new(),
            bundles: Vec::new(),
            targets: Vec::new(),
            market: HashMap::new(),
            part: Partial::default(),
        }
    }

    /// Adds the rows `range` of a batch.
    ///
    /// # Errors
    /// `Overflow`. A row that cannot be calculated is no error: it is kept among the uncalculated.
    pub fn add(&mut self, batch: &ActivityBatch, range: std::ops::Range<usize>) -> Result<(), GhgError> {
        let rows =
            Rows { bundle: self.bundles_of(batch, range.clone()), slot: self.slots_of(batch, range.clone()) };
        self.count(batch, &range, &rows);
        self.multiply(batch, &range, &rows)?;
        Ok(())
    }

    /// The bundle of every row: which plans apply.
    fn bundles_of(&mut self, batch: &ActivityBatch, range: std::ops::Range<usize>) -> Vec<u32> {
        let (units, regions) = (batch.units.len(), batch.regions.len() + 1);
        let dense = batch.activities.len() * units * regions;
        let use_dense = batch.stated.is_empty() && dense <= MAX_DENSE;
        let mut table = vec![NONE; if use_dense { dense } else { 0 }];
        let mut sparse: HashMap<(u32, u32, u32, (u8, u8)), u32> = HashMap::new();
        let period = self.period;
        let mut bundles = Vec::with_capacity(range.len());
        for row in range {
            let day = batch.day[row];
            if period.is_some_and(|p| !p.contains(day)) {
                bundles.push(NO_BUNDLE);
                continue;
            }
            let (activity, unit) = (batch.activity[row], batch.unit[row]);
            let region = batch.region.get(row).copied().unwrap_or(NONE);
            let lane = if use_dense {
                let place = if region == NONE { regions - 1 } else { region as usize };
                let at = (activity as usize * units + unit as usize) * regions + place;
                if table[at] == NONE {
                    table[at] = self.lane(batch, activity, unit, region, (0, 0));
                }
                table[at]
            } else {
                let stated = batch.stated.get(row).copied().unwrap_or((0, 0));
                let key = (activity, unit, region, stated);
                match sparse.get(&key) {
                    Some(&lane) => lane,
                    None => {
                        let lane = self.lane(batch, activity, unit, region, stated);
                        sparse.insert(key, lane);
                        lane
                    }
                }
            };
            let span = self.lanes[lane as usize].current;
            bundles.push(if span.from <= day && day < span.to {
                span.bundle
            } else {
                let stated = batch.stated.get(row).copied().unwrap_or((0, 0));
                self.span(batch, lane, (activity, unit, region, stated), day)
            });
        }
        bundles
    }

    /// The lane of a key, by its words.
    fn lane(
        &mut self,
        batch: &ActivityBatch,
        activity: u32,
        unit: u32,
        region: u32,
        stated: (u8, u8),
    ) -> u32 {
        let word = |dictionary: &Dictionary, code| Arc::clone(dictionary.word(code));
        let region = (region != NONE).then(|| word(&batch.regions, region));
        let key = (word(&batch.activities, activity), word(&batch.units, unit), region, stated);
        let next = u32::try_from(self.lanes.len()).expect("fewer lanes than rows");
        let lanes = &mut self.lanes;
        *self.lane_codes.entry(key).or_insert_with(|| {
            let never = Span { from: Day::MAX, to: Day::MIN, bundle: NO_BUNDLE };
            lanes.push(Lane { current: never, spans: Vec::new() });
            next
        })
    }

    /// Finds or plans the bundle of a lane for a day, and makes it the lane's current one.
    #[cold]
    fn span(&mut self, batch: &ActivityBatch, lane: u32, key: (u32, u32, u32, (u8, u8)), day: Day) -> u32 {
        let found = self.lanes[lane as usize].spans.iter().find(|s| s.from <= day && day < s.to).copied();
        if let Some(span) = found {
            self.lanes[lane as usize].current = span;
            return span.bundle;
        }
        let (activity, unit, region, stated) = key;
        let region = (region != NONE).then(|| batch.regions.word(region));
        let planned = self.planner.plan(&PlanKey {
            activity: batch.activities.word(activity),
            unit: batch.units.word(unit),
            region: region.map(|r| &**r),
            stated,
            day,
        });
        let calculated = !planned.plans.is_empty();
        let bundle = Bundle {
            plans: planned.plans.into_iter().map(|plan| self.add_plan(plan)).collect(),
            gaps: planned.gaps.into_iter().map(|gap| self.add_gap(gap)).collect(),
            calculated,
        };
        self.bundles.push(bundle);
        let bundle = u32::try_from(self.bundles.len() - 1).expect("fewer bundles than rows");
        let span = Span { from: planned.from, to: planned.to, bundle };
        self.lanes[lane as usize].spans.push(span);
        self.lanes[lane as usize].current = span;
        bundle
    }

    fn add_plan(&mut self, plan: Plan) -> u32 {
        let dims = &self.dimensions;
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
            self.sums.class(key, output.mass.is_some(), output.co2e.is_some())
        };
        self.targets.push(plan.outputs.iter().map(target).collect());
        self.part.plans.push(plan);
        self.part.plan_rows.push(0);
        u32::try_from(self.part.plans.len() - 1).expect("fewer plans than rows")
    }

    fn add_gap(&mut self, gap: Gap) -> u32 {
        self.part.gaps.push(gap);
        self.part.gap_rows.push(0);
        u32::try_from(self.part.gaps.len() - 1).expect("fewer gaps than rows")
    }

    /// The slot of every row: its place among the sums of a class.
    fn slots_of(&mut self, batch: &ActivityBatch, range: std::ops::Range<usize>) -> Vec<u32> {
        self.sums.slots(batch, &self.dimensions, range)
    }

    fn count(&mut self, batch: &ActivityBatch, range: &std::ops::Range<usize>, rows: &Rows) {
        let counts = &mut self.part.counts;
        counts.rows += range.len() as u64;
        let mut by_bundle = vec![0u64; self.bundles.len()];
        let (mut first, mut last) = self.part.days.unwrap_or((Day::MAX, Day::MIN));
        for (row, &bundle) in range.clone().zip(&rows.bundle) {
            if bundle == NO_BUNDLE {
                counts.outside_period += 1;
                continue;
            }
            by_bundle[bundle as usize] += 1;
            let day = batch.day[row];
            first = first.min(day);
            last = last.max(day);
        }
        if first <= last {
            self.part.days = Some((first, last));
        }
        let any_uncalculated = |b: &Bundle| !b.calculated;
        let mut scan = false;
        for (bundle, &n) in self.bundles.iter().zip(&by_bundle).filter(|(_, n)| **n > 0) {
            bundle.plans.iter().for_each(|&p| self.part.plan_rows[p as usize] += n);
            bundle.gaps.iter().for_each(|&g| self.part.gap_rows[g as usize] += n);
            counts.calculated += if bundle.calculated { n } else { 0 };
            scan |= any_uncalculated(bundle);
        }
        if scan || !batch.basis.is_empty() {
            for (row, &bundle) in range.clone().zip(&rows.bundle).filter(|(_, b)| **b != NO_BUNDLE) {
                let bundle = &self.bundles[bundle as usize];
                if bundle.calculated {
                    counts.estimated += u64::from(batch.basis.get(row) == Some(&Basis::Estimated));
                } else if let Some(&gap) = bundle.gaps.last() {
                    let event = batch.event.get(row).copied().unwrap_or(row as u32);
                    self.part.uncalculated.push(Uncalculated { event, gap });
                }
            }
        }
    }

    /// Multiplies and adds up.
    fn multiply(
        &mut self,
        batch: &ActivityBatch,
        range: &std::ops::Range<usize>,
        rows: &Rows,
    ) -> Result<(), AmountError> {
        let simple = self.bundles.iter().all(|b| b.plans.len() <= 1);
        if let Quantities::Fixed { mantissas, scale } = &batch.quantity {
            let fast = self.fast_rates(*scale);
            if simple && !self.keep_lines && fast.iter().all(Option::is_some) {
                return self.multiply_fixed(&mantissas[range.clone()], rows, &fast);
            }
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

    /// For each bundle, the one product of its one plan in machine words; none where that is not enough.
    fn fast_rates(&self, scale: u32) -> Vec<Option<FastRate>> {
        let one = |bundle: &Bundle| -> Option<FastRate> {
            let Some(&plan) = bundle.plans.first() else {
                return bundle
                    .gaps
                    .iter()
                    .all(|&g| self.part.gaps[g as usize].market_energy.is_none())
                    .then_some(FastRate::NOTHING);
            };
            let p = &self.part.plans[plan as usize];
            let [output] = p.outputs.as_slice() else { return None };
            if p.market_energy.is_some() || output.mass.is_some() {
                return None;
            }
            let rate = output.co2e.as_ref()?.scaled(scale)?;
            Some(FastRate {
                num: rate.num,
                den: rate.den,
                negative: rate.negative,
                class: self.targets[plan as usize][0],
            })
        };
        self.bundles.iter().map(one).collect()
    }

    fn multiply_fixed(
        &mut self,
        mantissas: &[i64],
        rows: &Rows,
        fast: &[Option<FastRate>],
    ) -> Result<(), AmountError> {
        let fast: Vec<FastRate> = fast.iter().map(|f| f.unwrap_or(FastRate::NOTHING)).collect();
        for ((&mantissa, &bundle), &slot) in mantissas.iter().zip(&rows.bundle).zip(&rows.slot) {
            let Some(rate) = fast.get(bundle as usize).filter(|r| r.den != 0) else { continue };
            let product = u128::from(mantissa.unsigned_abs()) * u128::from(rate.num);
            // 63 bits x 64 bits stays below 2^127, so the quotient is an i128.
            let pg = crate::amount::divide_half_even(product, rate.den.into()) as i128;
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
