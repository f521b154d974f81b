//! Sums of metrics that KPIs are made of.
//!
//! A KPI is a ratio of sums, so what is kept are sums, exact and in the canonical unit, and never a mean: the totals of
//! two parts of a period add up to those of the whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use ahash::AHashMap as HashMap;
use num_bigint::BigInt;

use crate::activity::NONE;
use crate::block::{BlockReader, BlockWriter, Broken, words};
use crate::decimal::{Decimal, MAX_SCALE};
use crate::ratio::Ratio;
use crate::telemetry::Metric;

/// What is summed, with its unit.
///
/// Numerator and denominator of a ratio that is about one event (PUE, waste share, route efficiency) are summed apart
/// for events that have both, so that a site that sends only one of them does not bend the ratio of the others.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Total {
    /// IT energy of data centres, kWh.
    ItEnergy,
    /// IT energy of events that have facility energy too, kWh.
    ItEnergyPaired,
    /// Facility energy of events that have IT energy too, kWh.
    FacilityEnergyPaired,
    /// Facility energy of events without IT energy, kWh.
    FacilityEnergyAlone,
    /// Water of data centres, L.
    Water,
    /// GPU-hours.
    GpuHours,
    /// Distance of fleets, km.
    Distance,
    /// Distance of events that have the shortest distance too, km.
    DistancePaired,
    /// Shortest distance of events that have the distance driven too, km.
    ShortestDistancePaired,
    /// Payload x distance, event by event, t.km.
    TonneKilometres,
    /// Electricity and process heat of factories, kWh.
    FactoryEnergy,
    /// Units produced.
    ProductionUnits,
    /// Raw material of events that have waste too, kg.
    RawMaterialPaired,
    /// Waste of events that have raw material too, kg.
    WastePaired,
    /// Requests served.
    Requests,
}

impl Total {
    const COUNT: usize = Self::Requests as usize + 1;
    /// All of them, in their order.
    const ALL: [Self; Self::COUNT] = [
        Self::ItEnergy,
        Self::ItEnergyPaired,
        Self::FacilityEnergyPaired,
        Self::FacilityEnergyAlone,
        Self::Water,
        Self::GpuHours,
        Self::Distance,
        Self::DistancePaired,
        Self::ShortestDistancePaired,
        Self::TonneKilometres,
        Self::FactoryEnergy,
        Self::ProductionUnits,
        Self::RawMaterialPaired,
        Self::WastePaired,
        Self::Requests,
    ];
}

/// Exact sums in canonical units.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MetricTotals {
    sums: BTreeMap<Total, Ratio>,
    /// Requests by the tag `tenant`, for events that have one.
    tenants: BTreeMap<Arc<str>, Ratio>,
}

impl MetricTotals {
    /// The sum, or none where no event had any of it.
    pub fn get(&self, total: Total) -> Option<&Ratio> {
        self.sums.get(&total)
    }

    /// Adds to a sum, in its canonical unit.
    pub fn add(&mut self, total: Total, value: Ratio) {
        let sum = self.sums.entry(total).or_insert_with(Ratio::zero);
        *sum = &*sum + &value;
    }

    /// Requests by tenant.
    pub fn tenants(&self) -> &BTreeMap<Arc<str>, Ratio> {
        &self.tenants
    }

    /// Adds requests of a tenant, which are part of all requests.
    pub fn add_tenant(&mut self, tenant: &str, requests: Ratio) {
        let sum = self.tenants.entry(tenant.into()).or_insert_with(Ratio::zero);
        *sum = &*sum + &requests;
    }

    /// Adds the sums of another part. Exact, in any order.
    pub fn merge(&mut self, other: &Self) {
        for (total, value) in &other.sums {
            self.add(*total, value.clone());
        }
        for (tenant, value) in &other.tenants {
            self.add_tenant(tenant, value.clone());
        }
    }

    pub(crate) fn write_block(&self, writer: &mut BlockWriter) {
        writer.numbers(self.sums.keys().map(|total| *total as i64));
        let tenants: Vec<&str> = self.tenants.keys().map(|tenant| &**tenant).collect();
        writer.texts(tenants.iter().copied());
        let sums: Vec<String> =
            self.sums.values().chain(self.tenants.values()).map(ToString::to_string).collect();
        writer.texts(sums.iter().map(String::as_str));
    }

    pub(crate) fn read_block(reader: &mut BlockReader<'_>) -> Result<Self, Broken> {
        let keys: Vec<usize> = reader.numbers("key figures")?;
        let (tenant_ends, tenants) = reader.texts("tenants")?;
        let (ends, whole) = reader.texts("sums of key figures")?;
        let broken = reader.broken("sums of key figures");
        if ends.len() != keys.len() + tenant_ends.len() {
            return Err(broken);
        }
        let mut sums = words(&ends, whole).map(|sum| exact(sum).ok_or(broken));
        let mut totals = Self::default();
        for (key, sum) in keys.into_iter().zip(sums.by_ref()) {
            totals.add(*Total::ALL.get(key).ok_or(broken)?, sum?);
        }
        for (tenant, sum) in words(&tenant_ends, tenants).zip(sums) {
            totals.add_tenant(tenant, sum?);
        }
        Ok(totals)
    }
}

/// Longest text of a sum that is believed.
const MAX_SUM: usize = 4096;

/// Reads a ratio as it is written, however long.
fn exact(text: &str) -> Option<Ratio> {
    if text.len() > MAX_SUM {
        return None;
    }
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    Ratio::new(num.parse::<BigInt>().ok()?, den.parse::<BigInt>().ok()?)
}

/// A sum of decimals that is exact whatever their scales are.
#[derive(Clone, Debug, Default)]
struct Sum {
    /// `by_scale[s]`: sum of the mantissas with `s` digits after the point.
    by_scale: Vec<i128>,
    /// What did not fit.
    rest: Option<Ratio>,
}

impl Sum {
    fn add(&mut self, value: Decimal) {
        let scale = value.scale() as usize;
        if scale >= self.by_scale.len() && scale <= MAX_SCALE as usize {
            self.by_scale.resize(scale + 1, 0);
        }
        match self.by_scale.get_mut(scale).map(|sum| (sum.checked_add(value.mantissa()), sum)) {
            Some((Some(added), sum)) => *sum = added,
            _ => {
                let rest = self.rest.take().unwrap_or_else(Ratio::zero);
                self.rest = Some(&rest + &Ratio::from(value));
            }
        }
    }

    fn total(&self) -> Ratio {
        let mut total = self.rest.clone().unwrap_or_else(Ratio::zero);
        for (scale, &sum) in self.by_scale.iter().enumerate() {
            let power = crate::ratio::pow10(u32::try_from(scale).expect("at most 60"));
            total = &total + &Ratio::new(sum, power).expect("a power of ten is not zero");
        }
        total
    }
}

/// Sums in the units of the metrics; they become canonical once, at the end.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// What is summed, and the metrics whose units the value has: one, or two for a product.
    keys: Vec<(Total, u32, u32)>,
    sums: Vec<Sum>,
    index: HashMap<(Total, u32, u32), usize>,
    /// Where the last value of a total went.
    last: [Option<usize>; Total::COUNT],
    tenants: HashMap<u32, Sum>,
}

impl Sums {
    pub(super) fn add(&mut self, total: Total, value: Decimal, metric: u32) {
        self.add_product(total, value, metric, NONE);
    }

    pub(super) fn add_product(&mut self, total: Total, value: Decimal, metric: u32, other: u32) {
        let key = (total, metric, other);
        let at = match self.last[total as usize] {
            Some(at) if self.keys[at] == key => at,
            _ => *self.index.entry(key).or_insert_with(|| {
                self.keys.push(key);
                self.sums.push(Sum::default());
                self.sums.len() - 1
            }),
        };
        self.last[total as usize] = Some(at);
        self.sums[at].add(value);
    }

    pub(super) fn add_tenant(&mut self, tenant: u32, requests: Decimal) {
        self.tenants.entry(tenant).or_default().add(requests);
    }

    /// Returns the sums in canonical units; `tenants` has the words of the tenants' codes.
    pub(super) fn finish(&self, metrics: &[Metric], tenants: &[Arc<str>]) -> MetricTotals {
        let mut totals = MetricTotals::default();
        for ((total, metric, other), sum) in self.keys.iter().zip(&self.sums) {
            let mut value = sum.total();
            for metric in [metric, other] {
                let unit = metrics.get(*metric as usize).and_then(Metric::to_canonical);
                value = &value * &unit.unwrap_or_else(Ratio::one);
            }
            totals.add(*total, value);
        }
        // Canonical mass is kg, and freight is counted in tonnes.
        if let Some(kilograms) = totals.sums.get_mut(&Total::TonneKilometres) {
            *kilograms = &*kilograms * &Ratio::new(1, 1000).expect("1000 is not zero");
        }
        for (tenant, sum) in &self.tenants {
            totals.add_tenant(&tenants[*tenant as usize], sum.total());
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_any_scale_are_exact() {
        let mut sum = Sum::default();
        for text in ["9999999999999999999999999999", "0.1", "1e-60", "0.20", "-0.3"] {
            sum.add(text.parse().unwrap());
        }
        let large: Decimal = "9999999999999999999999999999".parse().unwrap();
        let tiny: Decimal = "1e-60".parse().unwrap();
        assert_eq!(sum.total(), &Ratio::from(large) + &Ratio::from(tiny));
    }

    #[test]
    fn a_sum_beyond_machine_words_goes_on() {
        let large = Decimal::new(crate::decimal::POW10[28] - 1, 0).unwrap();
        let mut sum = Sum { by_scale: vec![i128::MAX], rest: None };
        sum.add(large);
        assert_eq!(sum.total(), &Ratio::new(i128::MAX, 1).unwrap() + &Ratio::from(large));
    }
}
