//! W2, our rows: `w2 parquet|arrow`, and with `--limit` what the machine can do.
//!
//! The limit is a prototype without any guarantee: binary floats, dense tables, no check that a unit or a factor
//! exists (a NaN would show in the total). It says how far the exact engine is from bare memory traffic.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int16Type, TimestampMillisecondType};
use esg_benches::w2::{Source, Tables, fold};
use esg_benches::{Check, Failure, Timed, data};
use esg_core::Decimal;
use esg_core::aggregate::{Engine, Options, Total};
use esg_core::face::{Calculator, EngineOptions, Sets};
use esg_core::factor::{
    Allow, Boundary, Factor, FactorKind, FactorSet, FactorValue, Passport, Registry, Validity,
};
use esg_core::ghg::{Dimensions, Granularity};
use esg_core::time::Day;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let source = words.first().and_then(|word| Source::from_word(word));
    let run = match (source, words.get(1).map(String::as_str)) {
        (Some(source), None) => measure("ours", source, ours),
        (Some(source), Some("--limit")) => measure("limit", source, limit),
        (Some(source), Some("--tables")) => tables(source),
        _ => Err("usage: w2 parquet|arrow [--limit | --tables]".into()),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w2: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Sums by vertical, scope, month and site.
struct Sums {
    rows: usize,
    groups: usize,
    /// `kg_by_scope[scope]`, 0 not used.
    kg_by_scope: [f64; 4],
}

fn measure(row: &str, source: Source, work: fn(Source) -> Result<Sums, Failure>) -> Result<(), Failure> {
    let timed = Timed::start();
    let sums = work(source)?;
    let mut check = Check::new();
    check.insert("groups".into(), sums.groups.into());
    check.insert("total".into(), sums.kg_by_scope.iter().sum::<f64>().into());
    for scope in 1..=3 {
        check.insert(format!("scope{scope}"), sums.kg_by_scope[scope].into());
    }
    timed.emit(&format!("w2 {} {row}", source.word()), sums.rows, check);
    Ok(())
}

/// What a call from another language comes to, without that language: tables that are in memory to an inventory.
fn tables(source: Source) -> Result<(), Failure> {
    let parts = fold(&data(), source, Vec::new, |batches, batch| {
        batches.push(batch.clone());
        Ok(())
    })?;
    let batches: Vec<RecordBatch> = parts.into_iter().flatten().collect();
    let mut sets = Sets::default();
    sets.add(&std::fs::read_to_string(data().join("w2_set.jsonl"))?)?;
    let mut lock = sets.lock();
    let own = |set: &serde_json::Value| set["set"] == "w2";
    lock["sets"].as_array_mut().ok_or("a lock without sets")?.retain(own);
    let options = EngineOptions { upstream: false, keep_lines: Some(false), ..EngineOptions::default() };
    let calculator = Calculator::new(&sets.locked(lock.to_string().as_bytes())?, &options)?;
    let schema = batches.first().ok_or("no rows")?.schema();
    let timed = Timed::start();
    let statement = calculator.table("table", &schema, &batches, &|_, _| true)?;
    let inventory = &statement.account.inventory;
    let mut check = Check::new();
    let all =
        [("scope1", Total::ScopeOne), ("scope2", Total::ScopeTwoLocation), ("scope3", Total::ScopeThree)];
    let mut total = 0.0;
    for (name, which) in all {
        let kg = inventory.subtotal(which)?.to_f64();
        total += kg;
        check.insert(name.into(), kg.into());
    }
    check.insert("total".into(), total.into());
    timed.emit(&format!("w2 {} tables", source.word()), inventory.counts().rows as usize, check);
    Ok(())
}

/// The engine, exact: factor versions up to the lock as sets of our own, telemetry as tables of activities.
fn ours(source: Source) -> Result<Sums, Failure> {
    let tables = Tables::read(&data())?;
    let engine = engine(&tables)?;
    let runs = fold(
        &data(),
        source,
        || engine.run(),
        |run, batch| {
            let rejected = run.add_arrow(batch)?;
            if rejected.is_empty() {
                Ok(())
            } else {
                Err(format!("{} rows were refused", rejected.len()).into())
            }
        },
    )?;
    let mut whole = engine.run();
    for run in runs {
        whole.merge(run)?;
    }
    let inventory = whole.finish()?;
    let lost = inventory.uncalculated().len();
    if lost > 0 {
        return Err(format!("{lost} rows were not calculated: {:?}", inventory.gaps()).into());
    }
    let groups = inventory.by(&["vertical", "scope", "category", "month", "site"], None)?;
    let mut kg_by_scope = [0.0; 4];
    for group in &groups {
        let scope: usize =
            group.key[1].as_deref().and_then(|s| s[..1].parse().ok()).ok_or("a group without scope")?;
        kg_by_scope[scope] += group.co2e_kg.to_f64();
    }
    Ok(Sums { rows: inventory.counts().rows as usize, groups: groups.len(), kg_by_scope })
}

fn engine(tables: &Tables) -> Result<Engine, Failure> {
    let base: HashMap<&str, &str> =
        tables.units.iter().map(|u| (u.metric.as_str(), u.base.as_str())).collect();
    let mut versions: BTreeMap<&str, Vec<Factor>> = BTreeMap::new();
    for row in &tables.factors {
        let from = Day::from_epoch_days(row.valid_from)?;
        let value = FactorValue {
            gas: Some("CO2e".into()),
            quantity: None,
            unit: "kg".into(),
            value: Decimal::from_f64(row.kg_per_unit)?,
        };
        versions.entry(&row.version).or_default().push(Factor {
            id: format!("{}/{}/{from}", row.metric, row.region),
            name: format!("{} in {}", row.metric, row.region),
            activity: row.metric.clone(),
            scope: Some(row.scope),
            category: (row.scope == 3).then_some(1),
            per: base[row.metric.as_str()].into(),
            geography: row.region.clone(),
            valid: Some(Validity { from, to: Some(Day::from_epoch_days(row.valid_to)?) }),
            ..Factor::new(Boundary::Use, FactorKind::Co2e, vec![value])
        });
    }
    let mut registry = Registry::empty();
    for (version, factors) in versions {
        let passport = Passport {
            gwp: Some("AR6".into()),
            ..Passport::custom("w2", version, "Factors of W2", Day::MIN)
        };
        registry.add(FactorSet::new(passport, factors)?)?;
    }
    let options = Options {
        allow: Allow { older_edition: true, ..Allow::default() },
        dimensions: Dimensions {
            vertical: true,
            site: true,
            period: Granularity::Month,
            ..Dimensions::none()
        },
        upstream: false,
        ..Options::new("AR6")?
    };
    Ok(Engine::new(registry.up_to("w2", &tables.lock)?, options)?)
}

/// The limit: dictionary codes into dense tables into dense sums, one pass.
fn limit(source: Source) -> Result<Sums, Failure> {
    let tables = Tables::read(&data())?;
    let dense = Dense::new(&tables);
    let parts = fold(&data(), source, Part::default, |part, batch| {
        dense.add(part, batch);
        Ok(())
    })?;
    Ok(dense.merge(&parts))
}

const MONTHS: usize = 64;
const SITES: usize = 1024;
const MS_PER_DAY: i64 = 86_400_000;

/// What the factors give for every day.
struct Dense<'a> {
    tables: &'a Tables,
    first_day: i32,
    /// `month[day - first_day]`, counted from the first one.
    month: Vec<usize>,
}

/// What one thread has summed. Words get codes in order of first use.
#[derive(Default)]
struct Part {
    rows: usize,
    /// `kg[((vertical * 4 + scope) * MONTHS + month) * SITES + site]`
    kg: Vec<f64>,
    verticals: HashMap<String, usize>,
    sites: HashMap<String, usize>,
}

impl<'a> Dense<'a> {
    fn new(tables: &'a Tables) -> Self {
        let first_day = tables.factors.iter().map(|row| row.valid_from).min().unwrap_or(0);
        let end = tables.factors.iter().map(|row| row.valid_to).max().unwrap_or(0);
        let months: Vec<i32> = (first_day..end).map(month_of).collect();
        let month = months.iter().map(|month| (month - months[0]) as usize).collect();
        Self { tables, first_day, month }
    }

    fn add(&self, part: &mut Part, batch: &RecordBatch) {
        let (metric, metrics) = coded(batch, "metric");
        let (unit, units) = coded(batch, "unit");
        let (region, regions) = coded(batch, "region");
        let (vertical, verticals) = coded(batch, "vertical");
        let (site, sites) = coded(batch, "site");
        let sizes = self.sizes(&metrics, &units);
        let (factors, scopes) = self.factors(&metrics, &regions);
        let verticals = codes(&mut part.verticals, &verticals);
        let sites = codes(&mut part.sites, &sites);
        let ts = batch["ts"].as_primitive::<TimestampMillisecondType>().values();
        let value = batch["value"].as_primitive::<Float64Type>().values();

        part.rows += batch.num_rows();
        part.kg.resize(4 * 4 * MONTHS * SITES, 0.0);
        let (sums, days) = (&mut part.kg[..], self.month.len());
        for row in 0..ts.len() {
            let day = (ts[row] / MS_PER_DAY - i64::from(self.first_day)) as usize;
            let (metric, unit, region) = (metric[row] as usize, unit[row] as usize, region[row] as usize);
            let factor = factors[(metric * regions.len() + region) * days + day];
            let kg = value[row] * sizes[metric * units.len() + unit] * factor;
            let group = (verticals[vertical[row] as usize] * 4 + scopes[metric]) * MONTHS + self.month[day];
            sums[group * SITES + sites[site[row] as usize]] += kg;
        }
    }

    /// `sizes[metric * units + unit]`
    fn sizes(&self, metrics: &[&str], units: &[&str]) -> Vec<f64> {
        let mut sizes = vec![f64::NAN; metrics.len() * units.len()];
        for row in &self.tables.units {
            if let (Some(metric), Some(unit)) = (find(metrics, &row.metric), find(units, &row.unit)) {
                sizes[metric * units.len() + unit] = row.to_base;
            }
        }
        sizes
    }

    /// `factors[(metric * regions + region) * days + day]` and `scopes[metric]`
    fn factors(&self, metrics: &[&str], regions: &[&str]) -> (Vec<f64>, Vec<usize>) {
        let days = self.month.len();
        let mut factors = vec![f64::NAN; metrics.len() * regions.len() * days];
        let mut scopes = vec![0; metrics.len()];
        for row in self.tables.locked() {
            if let (Some(metric), Some(region)) = (find(metrics, &row.metric), find(regions, &row.region)) {
                let start = (metric * regions.len() + region) * days;
                let [from, to] = [row.valid_from, row.valid_to].map(|day| (day - self.first_day) as usize);
                factors[start + from..start + to].fill(row.kg_per_unit);
                scopes[metric] = row.scope.into();
            }
        }
        (factors, scopes)
    }

    /// Adds the threads' sums by name.
    fn merge(&self, parts: &[Part]) -> Sums {
        let mut groups: HashMap<(&str, &str, usize), f64> = HashMap::new();
        let mut kg_by_scope = [0.0; 4];
        for part in parts {
            let (verticals, sites) = (by_code(&part.verticals), by_code(&part.sites));
            for (index, kg) in part.kg.iter().enumerate().filter(|(_, kg)| **kg != 0.0) {
                let (site, group) = (sites[index % SITES], index / SITES);
                let vertical = verticals[group / MONTHS / 4];
                *groups.entry((vertical, site, group % (4 * MONTHS))).or_default() += kg;
                kg_by_scope[group / MONTHS % 4] += kg;
            }
        }
        Sums { rows: parts.iter().map(|part| part.rows).sum(), groups: groups.len(), kg_by_scope }
    }
}

fn coded<'a>(batch: &'a RecordBatch, name: &str) -> (&'a [i16], Vec<&'a str>) {
    let column = batch[name].as_dictionary::<Int16Type>();
    let words = column.values().as_string::<i32>();
    (column.keys().values(), (0..words.len()).map(|code| words.value(code)).collect())
}

fn codes(known: &mut HashMap<String, usize>, words: &[&str]) -> Vec<usize> {
    let code = |word: &&str| {
        let next = known.len();
        *known.entry((*word).to_owned()).or_insert(next)
    };
    words.iter().map(code).collect()
}

fn by_code(known: &HashMap<String, usize>) -> Vec<&str> {
    let mut words = vec![""; known.len()];
    for (word, code) in known {
        words[*code] = word;
    }
    words
}

fn find(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|known| *known == word)
}

/// Months since the year 0 of a day since 1970-01-01 (Howard Hinnant, `civil_from_days`).
fn month_of(day: i32) -> i32 {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i32::from(month <= 2)) * 12 + month - 1
}
