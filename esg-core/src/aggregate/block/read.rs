//! Reading of an inventory's block: every code, count and day is checked before it is believed.

use std::sync::Arc;

use super::{MAX_COUNT, NONE, scope_of};
use crate::aggregate::engine::{Engine, Options};
use crate::aggregate::inventory::Inventory;
use crate::amount::Amount;
use crate::block::{BlockReader, Broken, words};
use crate::codes;
use crate::decimal::Decimal;
use crate::ghg::{CellKey, Counts, Lane, Line, MarketEnergy, Measure, Partial, PlanKey, Sums, Uncalculated};
use crate::time::Day;

/// Columns that are read, and what their codes mean.
struct Read<'r, 'a> {
    reader: &'r mut BlockReader<'a>,
    words: Vec<Arc<str>>,
}

impl Read<'_, '_> {
    fn word(&self, code: i64, what: &'static str) -> Result<Option<Arc<str>>, Broken> {
        match usize::try_from(code) {
            Ok(at) => self.words.get(at).cloned().map(Some).ok_or(self.reader.broken(what)),
            Err(_) if code == NONE => Ok(None),
            Err(_) => Err(self.reader.broken(what)),
        }
    }

    fn column(&mut self, what: &'static str, rows: usize) -> Result<Vec<Option<Arc<str>>>, Broken> {
        let codes: Vec<i64> = self.numbers(what, rows)?;
        codes.into_iter().map(|code| self.word(code, what)).collect()
    }

    fn named(&mut self, what: &'static str, rows: usize) -> Result<Vec<Arc<str>>, Broken> {
        let broken = self.reader.broken(what);
        self.column(what, rows)?.into_iter().map(|word| word.ok_or(broken)).collect()
    }

    fn numbers<T: TryFrom<i64>>(&mut self, what: &'static str, rows: usize) -> Result<Vec<T>, Broken> {
        self.reader.exactly(what, rows)
    }

    fn amounts(&mut self, what: &'static str, rows: usize) -> Result<Vec<Amount>, Broken> {
        let (broken, pg) = (self.reader.broken(what), self.reader.wide(what)?);
        if pg.len() != rows {
            return Err(broken);
        }
        pg.into_iter().map(|pg| Amount::from_pg(pg).map_err(|_| broken)).collect()
    }

    fn days(&mut self, what: &'static str, rows: usize) -> Result<Vec<Day>, Broken> {
        let broken = self.reader.broken(what);
        let days: Vec<i32> = self.numbers(what, rows)?;
        days.into_iter().map(|day| Day::from_epoch_days(day).map_err(|_| broken)).collect()
    }

    fn lanes(&mut self) -> Result<Vec<Lane>, Broken> {
        let codes: Vec<i64> = self.reader.numbers("activities of lanes")?;
        let rows = codes.len();
        let broken = self.reader.broken("lanes");
        let activities: Vec<Arc<str>> = codes
            .into_iter()
            .map(|code| self.word(code, "activities of lanes")?.ok_or(broken))
            .collect::<Result<_, _>>()?;
        let (units, regions) = (self.named("units of lanes", rows)?, self.column("regions of lanes", rows)?);
        let scopes: Vec<u8> = self.numbers("scopes of lanes", rows)?;
        let categories: Vec<u8> = self.numbers("categories of lanes", rows)?;
        let (days, counts) = (self.days("days of lanes", rows)?, self.numbers::<u64>("rows of lanes", rows)?);
        let lane = |at: usize| Lane {
            activity: Arc::clone(&activities[at]),
            unit: Arc::clone(&units[at]),
            region: regions[at].clone(),
            stated: (scopes[at], categories[at]),
            from: days[at],
            plans: 0,
            rows: counts[at],
        };
        let lanes: Vec<Lane> = (0..rows).map(lane).collect();
        let ascending = lanes.windows(2).all(|pair| pair[0].key() < pair[1].key());
        if ascending { Ok(lanes) } else { Err(broken) }
    }

    fn cells(&mut self, tags: usize) -> Result<Vec<(CellKey, Sums)>, Broken> {
        let scopes: Vec<usize> = self.reader.numbers("scopes")?;
        let rows = scopes.len();
        let mut columns = Vec::with_capacity(6);
        for what in ["activities", "verticals", "sources", "sites", "regions", "factors"] {
            columns.push(self.column(what, rows)?.into_iter());
        }
        let mut tag = self.column("tags", rows * tags)?.into_iter();
        let (periods, measures) = (self.numbers("periods", rows)?, self.numbers::<i64>("measures", rows)?);
        let massive: Vec<u8> = self.numbers("known masses", rows)?;
        let (masses, co2e) = (self.amounts("masses", rows)?, self.amounts("CO2e", rows)?);
        let counts: Vec<u64> = self.numbers("rows of sums", rows)?;
        let broken = self.reader.broken("cells");
        let mut cells: Vec<(CellKey, Sums)> = Vec::with_capacity(rows);
        for at in 0..rows {
            let measure = match measures[at] {
                -2 => Measure::BiogenicCo2,
                -3 => Measure::Energy,
                -4 => Measure::Water,
                gas => Measure::Gas(self.word(gas, "gases")?.ok_or(broken)?),
            };
            let mut next = columns.iter_mut().map(|column| column.next().expect("it has a row for each"));
            let mut word = || next.next().expect("there are six");
            let (activity, vertical, source, site, region, factor) =
                (word(), word(), word(), word(), word(), word());
            let scope = scope_of(scopes[at]).ok_or(broken)?;
            let tags = tag.by_ref().take(tags).collect();
            let period = periods[at];
            let key =
                CellKey { scope, activity, vertical, source, site, region, tags, period, factor, measure };
            let mass = (massive[at] != 0).then_some(masses[at]);
            cells.push((key, Sums { mass, co2e: co2e[at], rows: counts[at] }));
        }
        let total = cells.iter().try_fold(0u64, |sum, (_, sums)| sum.checked_add(sums.rows));
        let ascending = cells.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if ascending && total.is_some_and(|total| total <= MAX_COUNT) { Ok(cells) } else { Err(broken) }
    }

    fn counts(&mut self) -> Result<Counts, Broken> {
        let mut next = || self.reader.number("counts");
        let counts =
            Counts { rows: next()?, calculated: next()?, estimated: next()?, outside_period: next()? };
        let inside = counts.calculated.checked_add(counts.outside_period);
        let fits = counts.estimated <= counts.calculated && inside.is_some_and(|rows| rows <= counts.rows);
        if fits && counts.rows <= MAX_COUNT { Ok(counts) } else { Err(self.reader.broken("counts")) }
    }

    fn lines(&mut self, lanes: &[Lane]) -> Result<Vec<Line>, Broken> {
        let events: Vec<u32> = self.reader.numbers("rows of lines")?;
        let rows = events.len();
        let places: Vec<usize> = self.numbers("lanes of lines", rows)?;
        let nths: Vec<u32> = self.numbers("plans of lines", rows)?;
        let (mantissas, broken) = (self.reader.wide("quantities")?, self.reader.broken("lines"));
        let scales: Vec<u32> = self.numbers("scales of quantities", rows)?;
        let days = self.days("days of lines", rows)?;
        if mantissas.len() != rows {
            return Err(broken);
        }
        let mut first = 0;
        let firsts: Vec<u32> = lanes.iter().map(|lane| (first, first += lane.plans).0).collect();
        let line = |at: usize| {
            lanes.get(places[at]).filter(|lane| nths[at] < lane.plans).ok_or(broken)?;
            let quantity = Decimal::new(mantissas[at], scales[at]).map_err(|_| broken)?;
            Ok(Line { event: events[at], plan: firsts[places[at]] + nths[at], quantity, day: days[at] })
        };
        (0..rows).map(line).collect()
    }
}

impl Engine {
    /// Reads the inventory that an engine of the same options and factors wrote.
    pub(crate) fn read_block(&self, reader: &mut BlockReader<'_>) -> Result<Inventory, Broken> {
        let keep_lines = reader.number("whether lines are kept")? != 0;
        let (ends, whole) = reader.texts("words")?;
        let words = words(&ends, whole).map(Into::into).collect();
        let mut read = Read { reader, words };
        let mut part = Partial { lanes: read.lanes()?, ..Partial::default() };
        let (planned, calculated) = self.plan(&mut part).ok_or(read.reader.broken("the days of lanes"))?;
        part.cells = read.cells(self.options.dimensions.tags.len())?;
        let regions: Vec<i64> = read.reader.numbers("regions of energy")?;
        let rows = regions.len();
        let months: Vec<i32> = read.numbers("months of energy", rows)?;
        let factors = read.column("factors of energy", rows)?;
        let energies = read.amounts("energy", rows)?;
        for (at, (factor, energy)) in factors.into_iter().zip(energies).enumerate() {
            let region = read.word(regions[at], "regions of energy")?;
            part.market.insert((region, months[at], factor), MarketEnergy { energy });
        }
        let days: Vec<i32> = read.reader.numbers("first and last day")?;
        let broken = read.reader.broken("first and last day");
        let day = |day: i32| Day::from_epoch_days(day).map_err(|_| broken);
        part.days = match days[..] {
            [] => None,
            [first, last] if first <= last => Some((day(first)?, day(last)?)),
            _ => return Err(broken),
        };
        part.counts = read.counts()?;
        let lacks = lacks(read.reader)?;
        let lacking = lacks.iter().try_fold(0u64, |sum, (.., rows)| sum.checked_add(*rows));
        let (lacking, broken) = (lacking.unwrap_or(u64::MAX), read.reader.broken("counts"));
        let all = planned.checked_add(part.counts.outside_period).and_then(|rows| rows.checked_add(lacking));
        if all != Some(part.counts.rows) || calculated != part.counts.calculated {
            return Err(broken);
        }
        part.counts.rows -= lacking;
        let events: Vec<u32> = read.reader.numbers("rows without a line")?;
        let gaps: Vec<u32> = read.numbers("gaps of rows without a line", events.len())?;
        part.lines = read.lines(&part.lanes)?;
        let broken = read.reader.broken("lines");
        if !keep_lines && !part.lines.is_empty() {
            return Err(broken);
        }
        let mut inventory = Inventory::of(part, Options { keep_lines, ..self.options.clone() })
            .map_err(|_| read.reader.broken("sums"))?;
        for (code, message, rows) in lacks {
            inventory.lack(code, message, rows);
        }
        if gaps.iter().any(|gap| *gap as usize >= inventory.gaps().len()) {
            return Err(broken);
        }
        inventory.uncalculated =
            events.into_iter().zip(gaps).map(|(event, gap)| Uncalculated { event, gap }).collect();
        Ok(inventory)
    }

    /// Plans the lanes of a part; returns how many rows they have and how many of these give a line, or none for lanes that
    /// this engine does not plan so.
    fn plan(&self, part: &mut Partial) -> Option<(u64, u64)> {
        let (mut rows, mut calculated) = (0u64, 0u64);
        let mut lanes = std::mem::take(&mut part.lanes);
        for lane in &mut lanes {
            let planned = self.book.plan(&PlanKey {
                activity: &lane.activity,
                unit: &lane.unit,
                region: lane.region.as_deref(),
                stated: lane.stated,
                day: lane.from,
            });
            if planned.from != lane.from {
                return None;
            }
            lane.plans = u32::try_from(planned.plans.len()).ok()?;
            rows = rows.checked_add(lane.rows)?;
            calculated += if planned.plans.is_empty() { 0 } else { lane.rows };
            part.plans.extend(planned.plans.iter().cloned());
            part.gaps.extend(planned.gaps.iter().cloned());
            part.plan_rows.resize(part.plans.len(), lane.rows);
            part.gap_rows.resize(part.gaps.len(), lane.rows);
        }
        part.lanes = lanes;
        Some((rows, calculated))
    }
}

type Lack = (&'static str, String, u64);

fn lacks(reader: &mut BlockReader<'_>) -> Result<Vec<Lack>, Broken> {
    let (ends, whole) = reader.texts("codes of what lacks")?;
    let (message_ends, messages) = reader.texts("what lacks")?;
    let rows: Vec<u64> = reader.numbers("rows that lack")?;
    let broken = reader.broken("what lacks");
    if [message_ends.len(), rows.len()] != [ends.len(); 2] || rows.iter().any(|rows| *rows > MAX_COUNT) {
        return Err(broken);
    }
    let all = words(&ends, whole).zip(words(&message_ends, messages)).zip(rows);
    all.map(|((code, message), rows)| Ok((codes::known(code).ok_or(broken)?, message.to_owned(), rows)))
        .collect()
}
