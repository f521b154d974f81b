//! An inventory as a block of columns, and back.
//!
//! What is kept are the sums, and the lanes that say for which rows something was planned. Factors, gaps and rates follow from
//! the lanes, so they are planned anew by the engine that reads: a block holds no factor, and nobody can slip one in.

mod read;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::inventory::Inventory;
use crate::block::BlockWriter;
use crate::ghg::{CellKey, Lane, Measure, Scope};

/// Stands for "none" where a code is a positive number.
const NONE: i64 = -1;
/// Most rows and lines that a block may state: their sums over any number of blocks stay far from the end of a word.
const MAX_COUNT: u64 = 1 << 48;
/// The scopes but those of scope 3, which come behind them by category.
const SCOPES: [Scope; 4] = [Scope::One, Scope::TwoLocation, Scope::TwoMarket, Scope::Outside];

fn scope_code(scope: Scope) -> i64 {
    let at = SCOPES.iter().position(|known| *known == scope);
    at.map_or_else(|| (SCOPES.len() as u8 + scope.category().unwrap_or_default()).into(), |at| at as i64)
}

fn scope_of(code: usize) -> Option<Scope> {
    let category = || u8::try_from(code - SCOPES.len()).ok().filter(|category| (1..=15).contains(category));
    SCOPES.get(code).copied().or_else(|| category().map(Scope::Three))
}

/// Words with their codes, in their order.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let mut all = BTreeSet::new();
        for lane in &inventory.lanes {
            all.extend([&*lane.activity, &*lane.unit].into_iter().chain(lane.region.as_deref()));
        }
        for (key, _) in &inventory.cells {
            let CellKey {
                scope: _,
                activity,
                vertical,
                source,
                site,
                region,
                tags,
                period: _,
                factor,
                measure,
            } = key;
            let named = [activity, vertical, source, site, region, factor].into_iter().chain(tags);
            all.extend(named.filter_map(Option::as_deref));
            if let Measure::Gas(gas) = measure {
                all.insert(gas);
            }
        }
        for (region, _, factor) in inventory.market.keys() {
            all.extend([region, factor].into_iter().filter_map(Option::as_deref));
        }
        Self(all.into_iter().collect())
    }

    fn code(&self, word: Option<&str>) -> i64 {
        word.map_or(NONE, |word| self.0.binary_search(&word).expect("it was gathered") as i64)
    }
}

/// Lanes in their order, each once, and the place of each of an inventory among them.
fn ordered(lanes: &[Lane]) -> (Vec<Lane>, Vec<usize>) {
    let mut order: Vec<usize> = (0..lanes.len()).collect();
    order.sort_by(|a, b| lanes[*a].key().cmp(&lanes[*b].key()));
    let (mut once, mut places): (Vec<Lane>, _) = (Vec::new(), vec![0; lanes.len()]);
    for at in order {
        match once.last_mut() {
            Some(last) if last.key() == lanes[at].key() => last.rows += lanes[at].rows,
            _ => once.push(lanes[at].clone()),
        }
        places[at] = once.len() - 1;
    }
    (once, places)
}

impl Inventory {
    /// Writes what does not follow from the engine.
    pub(crate) fn write_block(&self, writer: &mut BlockWriter) {
        let words = Words::of(self);
        let code = |word: &Option<Arc<str>>| words.code(word.as_deref());
        writer.number(self.options.keep_lines.into());
        writer.texts(words.0.iter().copied());
        let (lanes, places) = ordered(&self.lanes);
        writer.numbers(lanes.iter().map(|lane| words.code(Some(&lane.activity))));
        writer.numbers(lanes.iter().map(|lane| words.code(Some(&lane.unit))));
        writer.numbers(lanes.iter().map(|lane| code(&lane.region)));
        writer.numbers(lanes.iter().map(|lane| i64::from(lane.stated.0)));
        writer.numbers(lanes.iter().map(|lane| i64::from(lane.stated.1)));
        writer.numbers(lanes.iter().map(|lane| i64::from(lane.from.epoch_days())));
        writer.numbers(lanes.iter().map(|lane| lane.rows.cast_signed()));

        let cells = self.cells.iter();
        writer.numbers(cells.clone().map(|(key, _)| scope_code(key.scope)));
        for of in [
            |key: &CellKey| key.activity.clone(),
            |key: &CellKey| key.vertical.clone(),
            |key: &CellKey| key.source.clone(),
            |key: &CellKey| key.site.clone(),
            |key: &CellKey| key.region.clone(),
            |key: &CellKey| key.factor.clone(),
        ] {
            writer.numbers(cells.clone().map(|(key, _)| code(&of(key))));
        }
        let tags: Vec<i64> = cells.clone().flat_map(|(key, _)| key.tags.iter().map(code)).collect();
        writer.numbers(tags.iter().copied());
        writer.numbers(cells.clone().map(|(key, _)| i64::from(key.period)));
        writer.numbers(cells.clone().map(|(key, _)| measure_code(&key.measure, &words)));
        writer.numbers(cells.clone().map(|(_, sums)| i64::from(sums.mass.is_some())));
        writer.wide(cells.clone().map(|(_, sums)| sums.mass.unwrap_or_default().pg()));
        writer.wide(cells.clone().map(|(_, sums)| sums.co2e.pg()));
        writer.numbers(cells.map(|(_, sums)| sums.rows.cast_signed()));

        writer.numbers(self.market.keys().map(|(region, ..)| code(region)));
        writer.numbers(self.market.keys().map(|(_, month, _)| i64::from(*month)));
        writer.numbers(self.market.keys().map(|(.., factor)| code(factor)));
        writer.wide(self.market.values().map(|energy| energy.pg()));

        let days: Vec<i64> =
            self.days().iter().flat_map(|(a, b)| [a, b]).map(|d| d.epoch_days().into()).collect();
        writer.numbers(days.iter().copied());
        let counts = self.counts();
        for count in [counts.rows, counts.calculated, counts.estimated, counts.outside_period] {
            writer.number(count);
        }
        writer.texts(self.lacks.iter().map(|lack| lack.code));
        writer.texts(self.lacks.iter().map(|lack| &*lack.message));
        writer.numbers(self.lacks.iter().map(|lack| lack.rows.cast_signed()));
        writer.numbers(self.uncalculated.iter().map(|row| i64::from(row.event)));
        writer.numbers(self.uncalculated.iter().map(|row| i64::from(row.gap)));
        self.write_lines(writer, &places);
    }

    fn write_lines(&self, writer: &mut BlockWriter, places: &[usize]) {
        // `plan_of[plan]`: place of its lane, and which of the lane's plans it is.
        let plans_of = |(at, lane): (usize, &Lane)| (0..lane.plans).map(move |nth| (at, nth));
        let plan_of: Vec<(usize, u32)> = self.lanes.iter().enumerate().flat_map(plans_of).collect();
        let lines = self.lines.iter();
        writer.numbers(lines.clone().map(|line| i64::from(line.event)));
        writer.numbers(lines.clone().map(|line| places[plan_of[line.plan as usize].0] as i64));
        writer.numbers(lines.clone().map(|line| i64::from(plan_of[line.plan as usize].1)));
        writer.wide(lines.clone().map(|line| line.quantity.mantissa()));
        writer.numbers(lines.clone().map(|line| i64::from(line.quantity.scale())));
        writer.numbers(lines.map(|line| i64::from(line.day.epoch_days())));
    }
}

fn measure_code(measure: &Measure, words: &Words<'_>) -> i64 {
    match measure {
        Measure::BiogenicCo2 => -2,
        Measure::Energy => -3,
        Measure::Water => -4,
        Measure::Gas(gas) => words.code(Some(gas)),
    }
}
