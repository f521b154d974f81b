//! Market-based scope 2: contractual instruments before residual mix.
//!
//! A certificate covers energy of its market and period up to what was consumed there. So it cannot be applied row by row:
//! which rows it meets would depend on their order. It is applied to the sums instead, as two lines that can be read: the
//! residual mix of the covered energy taken out, and the instrument's own rate put in. Whatever is left of a certificate
//! is shown and never carried over.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::amount::{Amount, AmountError, Rate};
use crate::decimal::Decimal;
use crate::factor::geography;
use crate::ghg::{CellKey, Dimensions, GhgError, Granularity, MarketKey, Measure, Scope, Sums, UNSPLIT};
use crate::ratio::Ratio;
use crate::time::{Day, Period};

/// What kind of claim an instrument is (GHG Protocol Scope 2 Guidance, table 6.3).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// Energy attribute certificate: GO, REC, REGO, I-REC.
    Certificate,
    /// Power purchase agreement that conveys the attributes.
    PowerPurchaseAgreement,
    /// Rate of a supplier or utility for a tariff.
    SupplierRate,
}

/// A contractual instrument of the market-based method.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Serial number or contract id; used once.
    pub id: String,
    /// What it is.
    pub kind: InstrumentKind,
    /// Market whose consumption it may cover: a country or region code.
    pub market: String,
    /// First day of consumption that it may cover, the first of a month.
    pub start: Day,
    /// Last day.
    pub end: Day,
    /// Energy that it covers at most, in kWh.
    pub energy_kwh: Decimal,
    /// kg CO2e for each kWh; 0 must be written.
    pub co2e_kg_per_kwh: Decimal,
}

impl Instrument {
    /// Checks the instrument by itself.
    ///
    /// # Errors
    /// `ghg.instrument`, naming the rule.
    pub fn check(&self) -> Result<(), GhgError> {
        let refuse =
            |reason: &str| Err(GhgError::Instrument { id: self.id.clone(), reason: reason.to_owned() });
        if self.id.is_empty() {
            return refuse("it needs an id, so that it is used once");
        }
        if Period::new(self.start, self.end).is_err() {
            return refuse("it ends before it starts");
        }
        if self.start.ymd().2 != 1 || self.end.next().ymd().2 != 1 {
            return refuse("it must cover whole months: consumption is matched by month");
        }
        if self.energy_kwh.is_negative() || self.co2e_kg_per_kwh.is_negative() {
            return refuse("energy and rate must not be below zero");
        }
        Ok(())
    }

    fn covers(&self, region: Option<&str>, month: i32) -> bool {
        let first = Granularity::Month.index(self.start);
        let last = Granularity::Month.index(self.end);
        let Some(region) = region else { return false };
        let within = region == self.market
            || geography::places(region, |_| false).is_ok_and(|chain| {
                chain.iter().any(|p| p.code == self.market && p.code != geography::GLOBAL)
            });
        (first..=last).contains(&month) && within
    }
}

/// Rates of one market factor for each kWh: mass where it is known, and CO2e.
pub(crate) type KwhRates = Vec<(Measure, Option<Ratio>, Option<Ratio>)>;

/// How far an instrument was used.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct InstrumentUse {
    /// Its id.
    pub id: String,
    /// kWh that it covered.
    pub used_kwh: Amount,
    /// kWh that it could have covered and did not.
    pub unused_kwh: Amount,
}

/// One line that an instrument adds to the market-based method: its own rate put in, or a residual mix taken out.
#[derive(Clone, Debug, PartialEq)]
pub struct Covered {
    /// The cell that it was added to.
    pub key: CellKey,
    /// Id of the instrument.
    pub instrument: String,
    /// The consumption that it covers: region as the sender names it, month, market factor.
    pub market: MarketKey,
    /// kWh that are covered.
    pub energy_kwh: Amount,
    /// kg of the gas for each kWh, below zero where it is taken out; none where only CO2e is known.
    pub mass_per_kwh: Option<Ratio>,
    /// kg CO2e for each kWh, below zero where it is taken out.
    pub co2e_per_kwh: Option<Ratio>,
    /// The products, each rounded once.
    pub sums: Sums,
}

/// What the instruments do to the sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settlement {
    pub cells: BTreeMap<CellKey, Sums>,
    /// The lines that the cells are sums of.
    pub lines: Vec<Covered>,
    pub uses: Vec<InstrumentUse>,
    /// Market-based kWh that neither an instrument nor a residual mix covers.
    pub uncovered: Amount,
}

/// Applies instruments to the consumption of each market and month, in the order of their ids.
pub(crate) fn settle(
    instruments: &[Instrument],
    consumption: &BTreeMap<MarketKey, Amount>,
    rates: &BTreeMap<Arc<str>, KwhRates>,
    dimensions: &Dimensions,
) -> Result<Settlement, GhgError> {
    let mut settlement = Settlement::default();
    let mut remaining: Vec<(&MarketKey, i128)> = consumption.iter().map(|(k, a)| (k, a.pg())).collect();
    let mut sorted: Vec<&Instrument> = instruments.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    for instrument in sorted {
        let offered = Amount::from_kg(instrument.energy_kwh)?;
        let eligible: Vec<usize> = (0..remaining.len())
            .filter(|&i| {
                remaining[i].1 > 0 && instrument.covers(remaining[i].0.0.as_deref(), remaining[i].0.1)
            })
            .collect();
        let weights: Vec<i128> = eligible.iter().map(|&i| remaining[i].1).collect();
        let consumed =
            Amount::sum(weights.iter().map(|&w| Amount::from_pg(w)).collect::<Result<Vec<_>, _>>()?)?;
        let used = offered.min(consumed);
        settlement.uses.push(InstrumentUse {
            id: instrument.id.clone(),
            used_kwh: used,
            unused_kwh: offered.checked_sub(used)?,
        });
        if used.is_zero() {
            continue;
        }
        for (&i, covered) in eligible.iter().zip(used.allocate(&weights)?) {
            remaining[i].1 -= covered.pg();
            let (region, month, factor) = remaining[i].0;
            let key = |factor: Arc<str>, measure: Measure| CellKey {
                scope: Scope::TwoMarket,
                activity: dimensions.activity.then(|| "electricity.instrument".into()),
                factor: dimensions.factor.then_some(factor),
                region: region.clone().filter(|_| dimensions.region),
                period: period_of(*month, dimensions.period),
                tags: vec![None; dimensions.tags.len()],
                vertical: None,
                source: None,
                site: None,
                measure,
            };
            let mut put = |key: CellKey, mass: Option<Ratio>, co2e: Option<Ratio>| {
                let of = |rate: &Option<Ratio>| rate.as_ref().map(|r| of_kwh(r, covered)).transpose();
                let sums = Sums { mass: of(&mass)?, co2e: of(&co2e)?.unwrap_or_default(), rows: 1 };
                add(&mut settlement.cells, key.clone(), &sums)?;
                settlement.lines.push(Covered {
                    key,
                    instrument: instrument.id.clone(),
                    market: remaining[i].0.clone(),
                    energy_kwh: covered,
                    mass_per_kwh: mass,
                    co2e_per_kwh: co2e,
                    sums,
                });
                Ok::<(), GhgError>(())
            };
            let line = format!("instrument {}", instrument.id);
            let own = Some(instrument.co2e_kg_per_kwh.into());
            put(key(line.as_str().into(), Measure::Gas(UNSPLIT.into())), None, own)?;
            if let Some(factor) = factor {
                for (measure, mass, co2e) in rates.get(factor).into_iter().flatten() {
                    let taken = |rate: &Option<Ratio>| rate.as_ref().map(|rate| -rate.clone());
                    let name = format!("covered by {line}: {factor}");
                    put(key(name.as_str().into(), measure.clone()), taken(mass), taken(co2e))?;
                }
            }
        }
    }
    let open = remaining.iter().filter(|(key, _)| key.2.is_none()).map(|(_, pg)| Amount::from_pg(*pg));
    settlement.uncovered = Amount::sum(open.collect::<Result<Vec<_>, _>>()?)?;
    Ok(settlement)
}

fn add(cells: &mut BTreeMap<CellKey, Sums>, key: CellKey, sums: &Sums) -> Result<(), AmountError> {
    cells.entry(key).or_default().add(sums)
}

/// `kWh x rate`, rounded once.
fn of_kwh(rate: &Ratio, energy: Amount) -> Result<Amount, AmountError> {
    Amount::from_ratio(&(rate * &energy.to_ratio()))
}

/// The period of a month in the inventory's own granularity; a day inventory shows it on the first of the month.
fn period_of(month: i32, granularity: Granularity) -> i32 {
    Day::of_month_index(month).map_or(0, |day| granularity.index(day))
}

/// Rates of each market factor for a kWh, from a plan's rates for the sender's unit.
pub(crate) fn kwh_rates(plan: &crate::ghg::Plan, energy: &Rate) -> KwhRates {
    let kwh = energy.ratio();
    let per_kwh = |rate: &Option<Rate>| rate.as_ref().and_then(|r| r.ratio().checked_div(&kwh));
    let market = plan.outputs.iter().filter(|o| o.scope == Scope::TwoMarket);
    market.map(|o| (o.measure.clone(), per_kwh(&o.mass), per_kwh(&o.co2e))).collect()
}
