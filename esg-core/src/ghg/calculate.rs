//! The calculation: plans applied to columns.
//!
//! A few thousand rows are worked on at a time, in passes. First every row gets its lane (activity, unit, region, stated
//! scope) and, by its day, the plans that were made for that lane; then its place among the sums (site, source, period, ...);
//! then quantities are multiplied by rates in machine words and added up as whole picograms. Only the first row of a lane
//! looks anything up. There is no second, row-wise way.

use std::ops::Range;
use std::sync::Arc;

use super::book::PlanBook;
use super::cell::{CellKey, Dimensions, Granularity, Measure, Scope};
use super::codes::{CodedColumn, KeyTable};
use super::error::GhgError;
use super::groups::Groups;
use super::multiply::RowsOf;
use super::partial::{Lane, Line, MarketEnergy, Partial, Uncalculated};
use super::plan::{Gap, Plan, PlanKey};
use super::rates::{Products, RateTable, WholeRates};
use super::sums::{Into, Slot, SumTable, Target, overflow};
use crate::activity::{Basis, Chunk, Codes, Columns, Dictionary, Form};
use crate::amount::{Amount, AmountError};
use crate::decimal::Decimal;
use crate::time::{Day, Period};

/// Rows that are worked on at a time, so that their columns stay near the processor.
const CHUNK_ROWS: usize = 1 << 14;

/// Days [from, to) for which a lane has these plans.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Day,
    to: Day,
    bundle: u32,
}

/// Plans and gaps that belong to one span of a lane.
#[derive(Debug, Default)]
struct Bundle {
    /// Plan numbers.
    plans: Vec<u32>,
    /// Gap numbers.
    gaps: Vec<u32>,
    /// What a row's quantity is multiplied with.
    products: Products,
    /// The same for energy that instruments may cover.
    market: Products,
    /// False when the row has no line at all.
    calculated: bool,
}

/// Words that any batch has had.
#[derive(Debug, Default)]
struct Words {
    activities: Dictionary,
    units: Dictionary,
    regions: Dictionary,
}

/// Applies plans to batches and sums what they give. One for each thread; their parts merge exactly.
#[derive(Debug)]
pub(crate) struct Calculator {
    book: Arc<PlanBook>,
    dimensions: Dimensions,
    period: Option<Period>,
    keep_lines: bool,
    /// `current[lane]`: the span that the lane's last row lay in.
    current: Vec<Span>,
    /// `spans[lane]`
    spans: Vec<Vec<Span>>,
    lane_table: KeyTable,
    words: Words,
    bundles: Vec<Bundle>,
    /// `bundle_rows[bundle]`: rows that it was applied to.
    bundle_rows: Vec<u64>,
    /// True when rows of a bundle have no line at all.
    any_uncalculated: bool,
    sums: SumTable,
    /// Energy that instruments may cover, by region, month and market factor.
    market: SumTable,
    /// True when a product is energy that instruments may cover.
    any_market: bool,
    /// `whole[bundle]`: its rates where they are few and whole, and nothing else is multiplied.
    whole: Vec<Option<WholeRates>>,
    /// Rates of the other bundles in machine words.
    rates: RateTable,
    /// Quantities and days of the rows that are worked on.
    chunk: Chunk,
    rows: Rows,
    groups: Groups,
    /// What is known before the sums are read out.
    pub part: Partial,
}

/// What the rows that are worked on need, row by row.
#[derive(Debug, Default)]
struct Rows {
    bundle: Vec<u32>,
    slot: Vec<Slot>,
    market_slot: Vec<Slot>,
}

impl Rows {
    /// Where a row's sums and its market-based energy stand.
    fn slots(&self, at: usize) -> (Slot, Slot) {
        (self.slot[at], self.market_slot.get(at).copied().unwrap_or(self.slot[at]))
    }
}

/// The columns of a batch by which its rows are told apart.
struct Keys<'a> {
    lanes: [CodedColumn<'a>; 4],
    places: Vec<CodedColumn<'a>>,
    market: Vec<CodedColumn<'a>>,
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
    pub fn new(
        book: Arc<PlanBook>,
        dimensions: Dimensions,
        period: Option<Period>,
        keep_lines: bool,
    ) -> Self {
        Self {
            book,
            sums: SumTable::new(dimensions.period),
            dimensions,
            period,
            keep_lines,
            current: Vec::new(),
            spans: Vec::new(),
            lane_table: KeyTable::default(),
            words: Words::default(),
            bundles: Vec::new(),
            bundle_rows: Vec::new(),
            any_uncalculated: false,
            market: SumTable::new(Granularity::Month),
            any_market: false,
            whole: Vec::new(),
            rates: RateTable::default(),
            chunk: Chunk::default(),
            rows: Rows::default(),
            groups: Groups::default(),
            part: Partial::default(),
        }
    }

    /// Adds rows of a batch. Returns those that were left out because a quantity or a time among them cannot be used.
    ///
    /// # Errors
    /// `Overflow`. A row that cannot be calculated is no error: it is kept among the uncalculated.
    pub fn add(&mut self, batch: &Columns<'_>, rows: Range<usize>) -> Result<Vec<Range<usize>>, GhgError> {
        // A stated scope is a small number of its own: 64 pairs of scope and category at the most that are not refused.
        let stated: Vec<u32> = batch
            .stated
            .iter()
            .map(|&(scope, category)| u32::from(scope) << 8 | u32::from(category))
            .collect();
        let keys = self.keys(batch, &stated);
        let mut refused = Vec::new();
        for start in rows.clone().step_by(CHUNK_ROWS) {
            let range = start..(start + CHUNK_ROWS).min(rows.end);
            let form = self.chunk.read(batch, range.clone());
            if form == Form::Refused {
                refused.push(range);
                continue;
            }
            self.find_bundles(batch, &keys, range.clone());
            let (days, slots) = (&self.chunk.days, &mut self.rows.slot);
            self.sums.slots(&self.dimensions, &keys.places, range.clone(), days, slots);
            if self.any_market {
                let slots = &mut self.rows.market_slot;
                self.market.slots(&MARKET_DIMENSIONS, &keys.market, range.clone(), days, slots);
            }
            self.count(batch, range.clone());
            if self.keep_lines {
                self.keep(batch, range.clone());
            }
            match form {
                Form::Words => self.multiply_words(batch, range)?,
                _ => self.multiply_decimals(batch, range)?,
            }
        }
        Ok(refused)
    }

    /// The columns that tell rows apart, in codes that hold for all batches.
    fn keys<'a>(&mut self, batch: &Columns<'a>, stated: &'a [u32]) -> Keys<'a> {
        let words = &mut self.words;
        let scopes = stated.iter().max().map_or(Vec::new(), |&most| (1..=most + 1).collect());
        let mut lanes = [
            CodedColumn::words(&batch.activity, &mut words.activities),
            CodedColumn::words(&batch.unit, &mut words.units),
            CodedColumn::words(&batch.region, &mut words.regions),
            CodedColumn::coded(Codes::U32(stated), scopes),
        ];
        self.lane_table.fit(&mut lanes);
        let places = self.sums.columns(batch, &self.dimensions);
        Keys { lanes, places, market: self.market.columns(batch, &MARKET_DIMENSIONS) }
    }

    /// Finds the bundle of every row: which plans apply.
    fn find_bundles(&mut self, batch: &Columns<'_>, keys: &Keys<'_>, range: Range<usize>) {
        let (current, spans) = (&mut self.current, &mut self.spans);
        let never = Span { from: Day::MAX, to: Day::MIN, bundle: NO_BUNDLE };
        let mut bundles = std::mem::take(&mut self.rows.bundle);
        self.lane_table.numbers(&keys.lanes, range.clone(), &mut bundles, |_| {
            current.push(never);
            spans.push(Vec::new());
            u32::try_from(current.len() - 1).expect("fewer lanes than rows")
        });
        for (at, number) in bundles.iter_mut().enumerate() {
            let day = self.chunk.days[at];
            if self.period.is_some_and(|p| !p.contains(day)) {
                *number = NO_BUNDLE;
                continue;
            }
            let span = self.current[*number as usize];
            *number = if span.from <= day && day < span.to {
                span.bundle
            } else {
                self.span(batch, *number, range.start + at, day)
            };
        }
        self.rows.bundle = bundles;
    }

    /// Finds or plans the bundle of a lane for a day, and makes it the lane's current one.
    #[cold]
    fn span(&mut self, batch: &Columns<'_>, lane: u32, row: usize, day: Day) -> u32 {
        let found = self.spans[lane as usize].iter().find(|s| s.from <= day && day < s.to).copied();
        if let Some(span) = found {
            self.current[lane as usize] = span;
            return span.bundle;
        }
        let key = PlanKey {
            activity: batch.activity.word(row).unwrap_or_default(),
            unit: batch.unit.word(row).unwrap_or_default(),
            region: batch.region.word(row),
            stated: batch.stated.get(row).copied().unwrap_or((0, 0)),
            day,
        };
        let planned = self.book.plan(&key);
        self.part.lanes.push(Lane::of(&key, &planned));
        let bundle = self.add_bundle(&planned.plans, &planned.gaps);
        let span = Span { from: planned.from, to: planned.to, bundle };
        self.spans[lane as usize].push(span);
        self.current[lane as usize] = span;
        bundle
    }

    fn add_bundle(&mut self, plans: &[Arc<Plan>], gaps: &[Arc<Gap>]) -> u32 {
        let mut bundle = Bundle { calculated: !plans.is_empty(), ..Bundle::default() };
        let (mut targets, mut market_targets) = (Vec::new(), Vec::new());
        for plan in plans {
            self.add_products(plan, &mut bundle.products, &mut targets);
            if let Some(rate) = &plan.market_energy {
                let factor = Some(Arc::clone(&plan.factor));
                market_targets.push(self.market_target(factor));
                bundle.market.rates.push(rate.clone());
            }
            bundle.plans.push(u32::try_from(self.part.plans.len()).expect("fewer plans than rows"));
            self.part.plans.push(Arc::clone(plan));
        }
        for gap in gaps {
            if let Some(rate) = &gap.market_energy {
                market_targets.push(self.market_target(None));
                bundle.market.rates.push(rate.clone());
            }
            bundle.gaps.push(u32::try_from(self.part.gaps.len()).expect("fewer gaps than rows"));
            self.part.gaps.push(Arc::clone(gap));
        }
        self.any_market |= !market_targets.is_empty();
        self.any_uncalculated |= !bundle.calculated;
        bundle.products.signature = self.sums.signature(targets);
        bundle.market.signature = self.market.signature(market_targets);
        let alone = bundle.market.rates.is_empty();
        self.whole.push(bundle.products.whole().filter(|_| alone));
        self.bundles.push(bundle);
        self.bundle_rows.push(0);
        u32::try_from(self.bundles.len() - 1).expect("fewer bundles than rows")
    }

    /// What a row's quantity is multiplied with for a plan, and where each product goes.
    fn add_products(&mut self, plan: &Plan, products: &mut Products, targets: &mut Vec<Target>) {
        let dims = &self.dimensions;
        for output in &plan.outputs {
            let key = CellKey {
                activity: dims.activity.then(|| Arc::clone(&plan.activity)),
                factor: dims.factor.then(|| Arc::clone(&plan.factor)),
                ..CellKey::of(output.scope, output.measure.clone())
            };
            let class = self.sums.class(key, output.mass.is_some());
            let both = [(Into::Mass, &output.mass), (Into::Co2e, &output.co2e)];
            let mut counts = true;
            for (into, rate) in both.into_iter().filter_map(|(into, rate)| Some((into, rate.as_ref()?))) {
                targets.push(Target { class, into, counts });
                products.rates.push(rate.clone());
                counts = false;
            }
        }
    }

    fn market_target(&mut self, factor: Option<Arc<str>>) -> Target {
        let key = CellKey { factor, ..CellKey::of(Scope::TwoMarket, Measure::Energy) };
        Target { class: self.market.class(key, true), into: Into::Mass, counts: true }
    }

    fn count(&mut self, batch: &Columns<'_>, range: Range<usize>) {
        let (bundles, days) = (&self.rows.bundle, &self.chunk.days);
        self.part.counts.rows += range.len() as u64;
        let (mut first, mut last) = self.part.days.unwrap_or((Day::MAX, Day::MIN));
        if self.period.is_none() {
            for &day in days {
                (first, last) = (first.min(day), last.max(day));
            }
            bundles.iter().for_each(|&bundle| self.bundle_rows[bundle as usize] += 1);
        } else {
            for (&bundle, &day) in bundles.iter().zip(days) {
                if bundle == NO_BUNDLE {
                    self.part.counts.outside_period += 1;
                    continue;
                }
                self.bundle_rows[bundle as usize] += 1;
                (first, last) = (first.min(day), last.max(day));
            }
        }
        if first <= last {
            self.part.days = Some((first, last));
        }
        if !self.any_uncalculated && batch.basis.is_empty() {
            return;
        }
        for (row, &bundle) in range.zip(bundles) {
            let Some(bundle) = self.bundles.get(bundle as usize) else { continue };
            if bundle.calculated {
                self.part.counts.estimated += u64::from(batch.basis.get(row) == Some(&Basis::Estimated));
            } else if let Some(&gap) = bundle.gaps.last() {
                self.part.uncalculated.push(Uncalculated { event: batch.event(row), gap });
            }
        }
    }

    /// Multiplies quantities that are words; what words cannot hold goes the other way.
    fn multiply_words(&mut self, batch: &Columns<'_>, range: Range<usize>) -> Result<(), AmountError> {
        let Self { whole, rates, sums, market, rows, chunk, bundles, groups, .. } = self;
        // Rows outside of the period have a key of their own, behind those of the bundles.
        let outside = bundles.len() as u32 * 2;
        let shared = chunk.shared_scale;
        let keys = rows.bundle.iter().zip(&chunk.scales);
        groups.sort(
            outside as usize + 1,
            keys.map(
                |(&b, &scale)| if b == NO_BUNDLE { outside } else { b * 2 + u32::from(scale != shared) },
            ),
        );
        for (key, group) in groups.iter().filter(|(key, _)| *key != outside) {
            let (number, is_shared) = (key / 2, key % 2 == 0);
            let all = RowsOf { rows: group, mantissas: &chunk.mantissas, slots: &rows.slot };
            if let Some(rates) = &whole[number as usize] {
                sums.multiply_whole(rates, all, &chunk.scales, is_shared.then_some(shared))?;
                continue;
            }
            let bundle = &bundles[number as usize];
            let (products, energy) = (&bundle.products, &bundle.market);
            // Rows of the shared scale have the same rates; of the others each has those of its own scale.
            let parts = if is_shared { group.chunks(group.len()) } else { group.chunks(1) };
            for part in parts {
                let scale = chunk.scales[part[0] as usize];
                if let Some((rates, energies)) = rates.get(number, scale, products, energy) {
                    let part = RowsOf { rows: part, ..all };
                    sums.multiply(products.signature, rates, part)?;
                    market.multiply(
                        energy.signature,
                        energies,
                        RowsOf { slots: &rows.market_slot, ..part },
                    )?;
                    continue;
                }
                for &at in part {
                    let quantity = chunk.quantity(batch, range.start + at as usize, at as usize);
                    multiply_large(bundle, quantity, rows.slots(at as usize), sums, market)?;
                }
            }
        }
        Ok(())
    }

    /// Multiplies quantities of any size.
    fn multiply_decimals(&mut self, batch: &Columns<'_>, range: Range<usize>) -> Result<(), AmountError> {
        let Self { sums, market, rows, chunk, bundles, .. } = self;
        for (at, &bundle) in rows.bundle.iter().enumerate() {
            let Some(bundle) = bundles.get(bundle as usize) else { continue };
            let quantity = chunk.quantity(batch, range.start + at, at);
            multiply_large(bundle, quantity, rows.slots(at), sums, market)?;
        }
        Ok(())
    }

    /// Keeps the lines of the rows, for lineage.
    fn keep(&mut self, batch: &Columns<'_>, range: Range<usize>) {
        for (at, row) in range.enumerate() {
            let Some(bundle) = self.bundles.get(self.rows.bundle[at] as usize) else { continue };
            let (event, day) = (batch.event(row), self.chunk.days[at]);
            let quantity = self.chunk.quantity(batch, row, at);
            self.part.lines.extend(bundle.plans.iter().map(|&plan| Line { event, plan, quantity, day }));
        }
    }

    /// True when both were made by one engine.
    pub fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.book, &other.book)
    }

    /// Adds what another calculator of the same engine has summed.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn merge(&mut self, other: Self) -> Result<(), AmountError> {
        self.sums.absorb(other.sums, &self.dimensions)?;
        self.market.absorb(other.market, &MARKET_DIMENSIONS)?;
        let (plans, gaps) = self.part.append(other.part);
        self.bundles.extend(other.bundles.into_iter().map(|mut bundle| {
            bundle.plans.iter_mut().for_each(|plan| *plan += plans);
            bundle.gaps.iter_mut().for_each(|gap| *gap += gaps);
            bundle
        }));
        self.bundle_rows.extend(other.bundle_rows);
        Ok(())
    }

    /// Returns everything that was summed.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn finish(mut self) -> Result<Partial, AmountError> {
        self.part.plan_rows = vec![0; self.part.plans.len()];
        self.part.gap_rows = vec![0; self.part.gaps.len()];
        for (bundle, &rows) in self.bundles.iter().zip(&self.bundle_rows) {
            bundle.plans.iter().for_each(|&p| self.part.plan_rows[p as usize] += rows);
            bundle.gaps.iter().for_each(|&g| self.part.gap_rows[g as usize] += rows);
            self.part.counts.calculated += if bundle.calculated { rows } else { 0 };
        }
        self.part.lanes.iter_mut().zip(&self.bundle_rows).for_each(|(lane, rows)| lane.rows = *rows);
        self.part.cells = self.sums.cells(&self.dimensions)?;
        for (key, sums) in self.market.cells(&MARKET_DIMENSIONS)? {
            let energy = sums.mass.unwrap_or_default();
            self.part.market.insert((key.region, key.period, key.factor), MarketEnergy { energy });
        }
        Ok(self.part)
    }
}

/// Multiplies one quantity of any size; `slots` are those of the sums and of the market-based energy.
fn multiply_large(
    bundle: &Bundle,
    quantity: Decimal,
    slots: (Slot, Slot),
    sums: &mut SumTable,
    market: &mut SumTable,
) -> Result<(), AmountError> {
    for (products, slot, table) in [(&bundle.products, slots.0, sums), (&bundle.market, slots.1, market)] {
        if products.rates.is_empty() {
            continue;
        }
        let pg: Vec<i128> = products
            .rates
            .iter()
            .map(|rate| rate.amount(quantity).map(Amount::pg))
            .collect::<Result<_, _>>()?;
        let cell = table.cell(products.signature, pg.len(), slot);
        cell[0] += 1;
        for (sum, pg) in cell[1..].iter_mut().zip(pg) {
            *sum = sum.checked_add(pg).ok_or_else(overflow)?;
        }
    }
    Ok(())
}
