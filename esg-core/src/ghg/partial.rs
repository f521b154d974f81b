//! What a calculator has summed.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::Cells;
use super::plan::{Gap, Plan, PlanKey, Planned};
use crate::amount::Amount;
use crate::decimal::Decimal;
use crate::time::Day;

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

/// Rows for which the same was planned: of one activity, unit, region and stated scope, on days of one span.
///
/// Plans follow from the lane and from what the engine was made of. So whoever keeps an inventory keeps its lanes, and plans
/// anew.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lane {
    /// Activity id.
    pub activity: Arc<str>,
    /// Unit.
    pub unit: Arc<str>,
    /// Region as the sender names it.
    pub region: Option<Arc<str>>,
    /// Scope and category as stated; 0 where they are not.
    pub stated: (u8, u8),
    /// First day of the span.
    pub from: Day,
    /// How many plans it has; they stand behind one another, lane after lane.
    pub plans: u32,
    /// Rows.
    pub rows: u64,
}

impl Lane {
    pub(super) fn of(key: &PlanKey<'_>, planned: &Planned) -> Self {
        Self {
            activity: key.activity.into(),
            unit: key.unit.into(),
            region: key.region.map(Into::into),
            stated: key.stated,
            from: planned.from,
            plans: u32::try_from(planned.plans.len()).expect("a few"),
            rows: 0,
        }
    }

    /// What makes two lanes one.
    pub(crate) fn key(&self) -> impl Ord + '_ {
        (&*self.activity, &*self.unit, self.region.as_deref(), self.stated, self.from)
    }
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

impl Counts {
    /// Adds other rows.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.calculated += other.calculated;
        self.estimated += other.estimated;
        self.outside_period += other.outside_period;
    }
}

/// Key of the market-based energy: region as the sender names it, month, and the market factor (none where it is missing).
pub type MarketKey = (Option<Arc<str>>, i32, Option<Arc<str>>);

/// What a calculator has summed: everything that an inventory is made of.
#[derive(Debug, Default)]
pub struct Partial {
    /// Sums by key.
    pub cells: Cells,
    /// Rows by what was planned for them.
    pub lanes: Vec<Lane>,
    /// Plans that were used, those of a lane behind those of the one before.
    pub plans: Vec<Arc<Plan>>,
    /// Rows by plan.
    pub plan_rows: Vec<u64>,
    /// Gaps that were met.
    pub gaps: Vec<Arc<Gap>>,
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

impl Partial {
    /// How many uncalculated rows and lines there are; for [`Partial::order_from`].
    #[cfg(feature = "arrow")]
    pub(crate) fn kept(&self) -> (usize, usize) {
        (self.uncalculated.len(), self.lines.len())
    }

    /// Puts the uncalculated rows and the lines that came since then in the order of their events.
    #[cfg(feature = "arrow")]
    pub(crate) fn order_from(&mut self, (uncalculated, lines): (usize, usize)) {
        self.uncalculated[uncalculated..].sort_by_key(|row| row.event);
        self.lines[lines..].sort_by_key(|line| line.event);
    }

    /// Adds plans, gaps, rows, lines, days and counts of another part, whose sums are not read out yet. Returns how much its numbers
    /// of plans and of gaps go up.
    pub(super) fn append(&mut self, other: Self) -> (u32, u32) {
        let plans = u32::try_from(self.plans.len()).expect("fewer plans than rows");
        let gaps = u32::try_from(self.gaps.len()).expect("fewer gaps than rows");
        self.lanes.extend(other.lanes);
        self.plans.extend(other.plans);
        self.gaps.extend(other.gaps);
        self.uncalculated
            .extend(other.uncalculated.into_iter().map(|row| Uncalculated { gap: row.gap + gaps, ..row }));
        self.lines.extend(other.lines.into_iter().map(|line| Line { plan: line.plan + plans, ..line }));
        self.days = match (self.days, other.days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
        self.counts.add(other.counts);
        (plans, gaps)
    }
}
