//! From metrics to activity data: what was burnt, drawn, driven, bought and thrown away.
//!
//! Each vertical has its own rules, and each rule either finds all that it needs or says what is missing. A value that
//! the sender left out is filled in only where the caller allows it by a default; every use is counted and marks the
//! activity as estimated. An event counts once: fuel that was burnt stands for the distance that it drove.

mod data_center;
mod factory;
mod fleet;
mod general;
mod road;
mod saas;
mod totals;

use crate::activity::ActivityBatch;
use crate::decimal::Decimal;
use crate::telemetry::{Rejection, TelemetryBatch, Vertical};

pub use totals::{MetricTotals, Total};

use road::Road;

/// Values for what senders leave out; without a value the metric is rejected.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Defaults {
    /// PUE of a data centre that sends IT energy alone.
    pub pue: Option<Decimal>,
    /// Fuel of a fleet (tag `fuel`).
    pub fuel: Option<String>,
    /// Fuel of a data centre's generators (tag `generator_fuel`); diesel where this is none too.
    pub generator_fuel: Option<String>,
    /// Refrigerant (tag `refrigerant`).
    pub refrigerant: Option<String>,
    /// Class of a vehicle (tag `vehicle_class`).
    pub vehicle_class: Option<String>,
    /// Source of process heat (tag `heat_source`): a fuel, `district` or `steam`.
    pub heat_source: Option<String>,
    /// Calorific basis of the fuel behind process heat (tag `heat_basis`): `gross` or `net`.
    pub heat_basis: Option<String>,
    /// Raw material (tag `material`).
    pub material: Option<String>,
    /// Material of waste (tag `waste_material`).
    pub waste_material: Option<String>,
    /// Way that waste goes (tag `waste_route`), such as `landfill`.
    pub waste_route: Option<String>,
}

/// A value that was filled in.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Assumption {
    /// Tag or metric, such as `pue`.
    pub name: &'static str,
    /// The value that was taken.
    pub value: String,
    /// For how many activities.
    pub count: u64,
}

impl Assumption {
    /// Returns the assumption of a name that was kept as text; none for a name that nothing is assumed under.
    pub(crate) fn named(name: &str, value: String, count: u64) -> Option<Self> {
        let name = road::ASSUMED.into_iter().find(|known| *known == name)?;
        Some(Self { name, value, count })
    }

    /// Where it stands among others.
    pub(crate) fn place(&self) -> Option<usize> {
        road::ASSUMED.iter().position(|known| *known == self.name)
    }
}

/// Activity data, and what could not become any.
#[derive(Clone, Debug, Default)]
pub struct Normalized {
    /// Activity data; `event` is the row of the telemetry batch.
    pub activities: ActivityBatch,
    /// Metrics that gave no activity because something is missing, by line. Their event stays accepted.
    pub rejected: Vec<Rejection>,
    /// Values that were filled in, by name.
    pub assumptions: Vec<Assumption>,
    /// Sums for the KPIs.
    pub totals: MetricTotals,
}

/// Returns the activity data of accepted events.
pub fn normalize(batch: &TelemetryBatch, defaults: &Defaults) -> Normalized {
    let mut road = Road::new(batch, defaults);
    for event in 0..batch.len() {
        road.enter(event);
        match batch.vertical[event] {
            Vertical::AiDataCenter => data_center::activities(&mut road),
            Vertical::LogisticsFleet => fleet::activities(&mut road),
            Vertical::SmartManufacturing => factory::activities(&mut road),
            Vertical::CloudSaas => saas::activities(&mut road),
            Vertical::General => general::activities(&mut road),
        }
    }
    road.leave()
}
