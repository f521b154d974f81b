//! Key figures of each vertical, as ratios of sums.
//!
//! The PUE of a year is the energy of the year over the IT energy of the year, not the mean of 8760 PUEs: a mean would
//! give an idle hour the weight of a busy one. Sums are exact and the division comes last. What was not measured is
//! missing and what was divided by nothing is an error; neither is 0.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::decimal::{Decimal, DecimalError};
use crate::error::Kind;
use crate::normalize::{MetricTotals, Total};
use crate::ratio::Ratio;
use crate::telemetry::Vertical;

/// Significant digits of a KPI's value; numerator and denominator are exact.
pub const DIGITS: u32 = 12;

/// Why a KPI has no value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KpiError {
    /// Its denominator is zero.
    #[error("{kpi} has no value: the {denominator} is zero")]
    ZeroDenominator {
        /// Id of the KPI.
        kpi: &'static str,
        /// What it divides by.
        denominator: &'static str,
    },
    /// A part of it was not measured.
    #[error("{kpi} has no value: {part} is missing")]
    Missing {
        /// Id of the KPI.
        kpi: &'static str,
        /// What is missing.
        part: &'static str,
    },
    /// No decimal holds its value.
    #[error("{kpi} has no value: {source}")]
    Number {
        /// Id of the KPI.
        kpi: &'static str,
        /// What is wrong.
        source: DecimalError,
    },
}

impl KpiError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ZeroDenominator { .. } => "kpi.zero_denominator",
            Self::Missing { .. } => "kpi.missing",
            Self::Number { source, .. } => source.code(),
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. } => Kind::Missing,
            Self::ZeroDenominator { .. } | Self::Number { .. } => Kind::Invalid,
        }
    }
}

/// Emissions of one vertical, kg CO2e.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct VerticalEmissions {
    /// All that counts into the vertical's intensity.
    pub total: Option<Amount>,
    /// Of the energy that the facility or the software used: CUE, and the operational part of SCI.
    pub energy: Option<Amount>,
    /// Of making the hardware: the embodied part of SCI.
    pub embodied: Option<Amount>,
    /// By the tag `tenant`.
    pub tenants: BTreeMap<Arc<str>, Amount>,
}

/// Emissions of the verticals, kg CO2e.
pub type EmissionsByVertical = BTreeMap<Vertical, VerticalEmissions>;

/// A key figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Kpi {
    /// Stable id, such as `pue`.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Vertical.
    pub vertical: Vertical,
    /// Tenant, where it is that of one tenant.
    pub tenant: Option<Arc<str>>,
    /// Unit of the value.
    pub unit: &'static str,
    /// The value, rounded half to even to [`DIGITS`] significant digits.
    pub value: Result<Decimal, KpiError>,
    /// What is divided, exact, in the numerator of `unit`.
    pub numerator: Option<Ratio>,
    /// What it is divided by, exact, in the denominator of `unit`.
    pub denominator: Option<Ratio>,
}

/// One side of a ratio: its name and its sum, none where it was not measured.
type Side = (&'static str, Option<Ratio>);

fn kpi(
    (id, name, unit): (&'static str, &'static str, &'static str),
    vertical: Vertical,
    numerator: Side,
    denominator: Side,
) -> Kpi {
    let value = match (&numerator.1, &denominator.1) {
        (None, _) => Err(KpiError::Missing { kpi: id, part: numerator.0 }),
        (_, None) => Err(KpiError::Missing { kpi: id, part: denominator.0 }),
        (Some(n), Some(d)) => match n.checked_div(d) {
            None => Err(KpiError::ZeroDenominator { kpi: id, denominator: denominator.0 }),
            Some(ratio) => ratio.to_decimal(DIGITS).map_err(|source| KpiError::Number { kpi: id, source }),
        },
    };
    Kpi { id, name, vertical, tenant: None, unit, value, numerator: numerator.1, denominator: denominator.1 }
}

/// Returns the KPIs of every vertical that has metrics or emissions.
///
/// # Source
/// PUE: ISO/IEC 30134-2. CUE: ISO/IEC 30134-8. WUE: ISO/IEC 30134-9, litres for each kWh of IT energy. SCI:
/// ISO/IEC 21031, (operational + embodied) / R with R = requests.
pub fn kpis(metrics: &MetricTotals, emissions: &EmissionsByVertical) -> Vec<Kpi> {
    let none = VerticalEmissions::default();
    let mut all = Vec::new();
    for (vertical, totals) in APPLIES {
        let known = emissions.get(vertical);
        if known.is_none() && totals.iter().all(|t| metrics.get(*t).is_none()) {
            continue;
        }
        let emitted = known.unwrap_or(&none);
        all.extend(match vertical {
            Vertical::AiDataCenter => data_center(metrics, emitted),
            Vertical::LogisticsFleet => fleet(metrics, emitted),
            Vertical::SmartManufacturing => factory(metrics, emitted),
            Vertical::CloudSaas => saas(metrics, emitted),
            Vertical::General => Vec::new(),
        });
    }
    all
}

/// Returns the key figures that there are, without values; those of single tenants are none of them.
pub fn known() -> Vec<Kpi> {
    let all = APPLIES.iter().map(|(vertical, _)| (*vertical, VerticalEmissions::default()));
    kpis(&MetricTotals::default(), &all.collect())
}

/// Which sums show that a vertical is there.
const APPLIES: &[(Vertical, &[Total])] = &[
    (Vertical::AiDataCenter, &[Total::ItEnergy, Total::FacilityEnergyAlone, Total::Water, Total::GpuHours]),
    (Vertical::LogisticsFleet, &[Total::Distance]),
    (Vertical::SmartManufacturing, &[Total::FactoryEnergy, Total::ProductionUnits, Total::RawMaterialPaired]),
    (Vertical::CloudSaas, &[Total::Requests]),
];

/// An amount in kg, times `per_kg`.
fn mass(amount: Option<Amount>, per_kg: i64) -> Option<Ratio> {
    amount.map(|a| &a.to_ratio() * &Ratio::from(per_kg))
}

fn data_center(metrics: &MetricTotals, emitted: &VerticalEmissions) -> Vec<Kpi> {
    let sum = |total| metrics.get(total).cloned();
    let vertical = Vertical::AiDataCenter;
    // Events that have both sides; else two meters that report apart.
    let (facility, it) = match sum(Total::ItEnergyPaired) {
        Some(it) => (sum(Total::FacilityEnergyPaired), Some(it)),
        None => (sum(Total::FacilityEnergyAlone), sum(Total::ItEnergy)),
    };
    let it_energy = || ("IT energy", sum(Total::ItEnergy));
    vec![
        kpi(
            ("pue", "Power usage effectiveness", "1"),
            vertical,
            ("facility energy", facility),
            ("IT energy", it),
        ),
        kpi(
            ("wue", "Water usage effectiveness", "L/kWh"),
            vertical,
            ("water", sum(Total::Water)),
            it_energy(),
        ),
        kpi(
            ("cue", "Carbon usage effectiveness", "kg/kWh"),
            vertical,
            ("emissions of energy", mass(emitted.energy, 1)),
            it_energy(),
        ),
        kpi(
            ("co2e_per_gpu_hour", "CO2e per GPU-hour", "kg/GPU-h"),
            vertical,
            ("emissions", mass(emitted.total, 1)),
            ("GPU-hours", sum(Total::GpuHours)),
        ),
    ]
}

fn fleet(metrics: &MetricTotals, emitted: &VerticalEmissions) -> Vec<Kpi> {
    let sum = |total| metrics.get(total).cloned();
    let vertical = Vertical::LogisticsFleet;
    // 1 mi = 1.609344 km = 12573/7812.5 km, so 1 km = 15625/25146 mi.
    let mile = Ratio::new(15_625, 25_146).expect("not zero");
    let grams = || ("emissions", mass(emitted.total, 1000));
    vec![
        kpi(
            ("co2e_per_mile", "CO2e per statute mile", "g/[mi_i]"),
            vertical,
            grams(),
            ("distance", sum(Total::Distance).map(|km| &km * &mile)),
        ),
        kpi(
            ("co2e_per_tonne_km", "CO2e per tonne-kilometre", "g/(t.km)"),
            vertical,
            grams(),
            ("freight", sum(Total::TonneKilometres)),
        ),
        kpi(
            ("route_efficiency", "Route efficiency", "1"),
            vertical,
            ("shortest distance", sum(Total::ShortestDistancePaired)),
            ("distance", sum(Total::DistancePaired)),
        ),
    ]
}

fn factory(metrics: &MetricTotals, emitted: &VerticalEmissions) -> Vec<Kpi> {
    let sum = |total| metrics.get(total).cloned();
    let vertical = Vertical::SmartManufacturing;
    let produced = || ("production", sum(Total::ProductionUnits));
    vec![
        kpi(
            ("co2e_per_unit", "CO2e per unit produced", "kg/{unit}"),
            vertical,
            ("emissions", mass(emitted.total, 1)),
            produced(),
        ),
        kpi(
            ("energy_per_unit", "Energy per unit produced", "kWh/{unit}"),
            vertical,
            ("energy", sum(Total::FactoryEnergy)),
            produced(),
        ),
        kpi(
            ("waste_share", "Waste share of raw material", "%"),
            vertical,
            ("waste", sum(Total::WastePaired).map(|kg| &kg * &Ratio::from(100))),
            ("raw material", sum(Total::RawMaterialPaired)),
        ),
    ]
}

fn saas(metrics: &MetricTotals, emitted: &VerticalEmissions) -> Vec<Kpi> {
    let vertical = Vertical::CloudSaas;
    let requests = || ("requests", metrics.get(Total::Requests).cloned());
    let embodied = mass(emitted.embodied, 1000);
    let both = mass(emitted.energy, 1000).zip(embodied).map(|(o, m)| &o + &m);
    let per_request = ("co2e_per_request", "CO2e per request", "mg/{request}");
    let mut all = vec![
        kpi(per_request, vertical, ("emissions", mass(emitted.total, 1_000_000)), requests()),
        kpi(
            ("sci", "Software carbon intensity", "g/{request}"),
            vertical,
            ("operational or embodied emissions", both),
            requests(),
        ),
    ];
    let mut tenants: Vec<_> = metrics.tenants().keys().chain(emitted.tenants.keys()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    for tenant in tenants {
        let amount = emitted.tenants.get(tenant).copied();
        let served = metrics.tenants().get(tenant).cloned();
        let figure = kpi(
            ("co2e_per_request_of_tenant", "CO2e per request of a tenant", "mg/{request}"),
            vertical,
            ("emissions", mass(amount, 1_000_000)),
            ("requests", served),
        );
        all.push(Kpi { tenant: Some(Arc::clone(tenant)), ..figure });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kg(text: &str) -> Option<Amount> {
        Some(Amount::from_kg(text.parse().unwrap()).unwrap())
    }

    fn totals(sums: &[(Total, &str)]) -> MetricTotals {
        let mut totals = MetricTotals::default();
        for (total, value) in sums {
            totals.add(*total, value.parse().unwrap());
        }
        totals
    }

    fn value(all: &[Kpi], id: &str) -> Result<String, &'static str> {
        let found = all.iter().find(|k| k.id == id).unwrap_or_else(|| panic!("no {id}"));
        found.value.as_ref().map(ToString::to_string).map_err(KpiError::code)
    }

    #[test]
    fn a_fleet_is_judged_per_statute_mile_and_tonne_kilometre() {
        let metrics = totals(&[
            (Total::Distance, "160.9344"),
            (Total::TonneKilometres, "500"),
            (Total::DistancePaired, "100"),
            (Total::ShortestDistancePaired, "80"),
        ]);
        let emissions = [(
            Vertical::LogisticsFleet,
            VerticalEmissions { total: kg("40"), ..VerticalEmissions::default() },
        )]
        .into();
        let all = kpis(&metrics, &emissions);
        // 160.9344 km = 100 mi; 40,000 g / 100 mi; 40,000 g / 500 t.km; 80 / 100.
        assert_eq!(value(&all, "co2e_per_mile"), Ok("400".into()));
        assert_eq!(value(&all, "co2e_per_tonne_km"), Ok("80".into()));
        assert_eq!(value(&all, "route_efficiency"), Ok("0.8".into()));
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn software_is_judged_per_request_and_tenant() {
        let mut metrics = totals(&[(Total::Requests, "3000000")]);
        metrics.add_tenant("t1", "1000000".parse().unwrap());
        let emitted = VerticalEmissions {
            total: kg("1.5"),
            energy: kg("1"),
            embodied: kg("0.5"),
            tenants: [("t1".into(), kg("0.5").unwrap()), ("t2".into(), kg("1").unwrap())].into(),
        };
        let all = kpis(&metrics, &[(Vertical::CloudSaas, emitted)].into());
        // 1.5e6 mg / 3e6; (1000 + 500) g / 3e6; 0.5e6 mg / 1e6.
        assert_eq!(value(&all, "co2e_per_request"), Ok("0.5".into()));
        assert_eq!(value(&all, "sci"), Ok("0.0005".into()));
        let tenants: Vec<_> = all[2..].iter().map(|k| (k.tenant.as_deref(), k.value.is_ok())).collect();
        assert_eq!(tenants, [(Some("t1"), true), (Some("t2"), false)]);
    }

    #[test]
    fn nothing_to_divide_by_is_an_error_and_nothing_measured_another() {
        let metrics = totals(&[(Total::ProductionUnits, "0"), (Total::FactoryEnergy, "5")]);
        let all = kpis(&metrics, &EmissionsByVertical::new());
        assert_eq!(value(&all, "energy_per_unit"), Err("kpi.zero_denominator"));
        assert_eq!(value(&all, "co2e_per_unit"), Err("kpi.missing"));
        assert_eq!(value(&all, "waste_share"), Err("kpi.missing"));
        assert!(kpis(&MetricTotals::default(), &EmissionsByVertical::new()).is_empty());
    }

    #[test]
    fn sums_of_parts_are_those_of_the_whole() {
        let part = |n: &str| {
            let mut part = totals(&[(Total::Requests, n), (Total::Water, "1/3")]);
            part.add_tenant("t", n.parse().unwrap());
            part
        };
        let mut whole = part("1");
        whole.merge(&part("0.1"));
        assert_eq!(whole.get(Total::Requests), Some(&"1.1".parse().unwrap()));
        assert_eq!(whole.get(Total::Water), Some(&"2/3".parse().unwrap()));
        assert_eq!(whole.tenants()["t"], "1.1".parse().unwrap());
    }
}
