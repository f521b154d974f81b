//! Clouds: processor time and data transfer, from electricity that the customer never sees on a bill.
//!
//! Nobody publishes emissions for a vCPU-hour; published are watts for each processor by provider, the PUE of each region,
//! and the grid that the region stands on. A plan multiplies the three and names all of them. What is a choice of the
//! method and no published number, half load and the energy of a network, is marked on every line, so that the inventory
//! says so in its caveats. Memory has no published coefficient in the registry and stays refused.

use super::cell::Scope;
use super::error::GhgError;
use super::plan::{Plan, PlanKey, Planned, Planner};
use super::scope::{Derivation, Role};
use super::transfer::swdm4;
use crate::factor::{Boundary, FactorError, Lookup, Resolution, geography};
use crate::ratio::Ratio;
use crate::units::Unit;

/// Purchased goods and services: the cloud is a supplier (Scope 3 Standard, category 1).
const PURCHASED: Scope = Scope::Three(1);

/// Marks a processor taken at half load: Cloud Carbon Footprint, methodology, "average CPU utilization: 50%".
pub(crate) const HALF_LOAD: &str = "cloud_half_load";
/// Marks a network taken at the Sustainable Web Design Model's kWh for each GB and the grid of the cloud region.
pub(crate) const NETWORK_MODEL: &str = "cloud_network_model";

/// A cloud service that has a plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Service {
    /// Processor time.
    Compute,
    /// Data sent over networks.
    Network,
}

impl Service {
    /// The service of a row's first line.
    pub(super) fn of(derivation: &Derivation<'_>) -> Option<Self> {
        match (derivation.activity, derivation.role) {
            ("cloud.compute", Role::Primary) => Some(Self::Compute),
            ("cloud.network", Role::Primary) => Some(Self::Network),
            _ => None,
        }
    }
}

impl Planner {
    /// The plan of a cloud service: its energy at the rate of the region's grid.
    pub(super) fn cloud(
        &self,
        key: &PlanKey<'_>,
        service: Service,
        planned: &mut Planned,
    ) -> Result<Plan, GhgError> {
        let unit: Unit = key.unit.parse()?;
        let (mut resolutions, kwh, mark) = match service {
            Service::Compute => {
                let (name, region) = provider_region(key)?;
                let power = format!("cloud.vcpu_power.{}.average", region.provider);
                let power = Lookup::new(&power, key.day).boundary(Boundary::Coefficient).allow(self.allow);
                let power = self.resolve(&power, planned)?;
                let tags = [("provider", region.provider.as_str()), ("region", name)];
                let place = region.subdivision.as_deref().unwrap_or(&region.country);
                let pue = Lookup::new("cloud.pue", key.day).region(place).boundary(Boundary::Coefficient);
                let pue = self.resolve(&pue.tags(&tags).allow(self.allow), planned)?;
                // Half of the way from idle to full, in kW.
                let half = Ratio::new(1, 2000).expect("it is not zero");
                let watts = &coefficient(&power, "power_idle")? + &coefficient(&power, "power_full")?;
                let hours = unit.ratio_to(&"{vCPU}.h".parse()?)?;
                let kwh = &(&(&watts * &half) * &coefficient(&pue, "pue")?) * &hours;
                (vec![power, pue], kwh, HALF_LOAD)
            }
            Service::Network => {
                let gigabytes = unit.ratio_to(&"GB".parse()?)?;
                (Vec::new(), &swdm4::operational_kwh_per_gb().network * &gigabytes, NETWORK_MODEL)
            }
        };
        let grid = Lookup::new("electricity.grid", key.day).unit("kWh").allow(self.allow);
        let grid = key.region.map_or(grid, |region| grid.region(region));
        let grid = self.resolve(&grid, planned)?;
        let rate = &kwh * &"kWh".parse::<Unit>()?.ratio_to(&grid.per)?;
        let mut fallbacks = vec![mark];
        fallbacks.extend(resolutions.iter().chain([&grid]).flat_map(|r| r.fallbacks.iter().copied()));
        let outputs = self.outputs(&grid, &rate, PURCHASED, &mut fallbacks)?;
        fallbacks.sort_unstable();
        fallbacks.dedup();
        resolutions.push(grid);
        Ok(Plan {
            activity: key.activity.into(),
            scope: PURCHASED,
            factor: resolutions[0].factor_id().into(),
            conversion: format!("1 {} = {kwh} kWh", key.unit),
            fallbacks,
            outputs,
            market_energy: None,
            resolutions,
        })
    }
}

/// The cloud region of a row, without which no provider is known.
fn provider_region<'k>(key: &PlanKey<'k>) -> Result<(&'k str, &'static geography::CloudRegion), GhgError> {
    let found = key.region.and_then(|name| Some((name, geography::cloud_region(name)?)));
    found.ok_or_else(|| {
        let region = key.region.unwrap_or("no region").to_owned();
        let reason = format!("{region} is no cloud region, so nothing says whose processors they are");
        GhgError::Factor(FactorError::NotFound {
            activity: key.activity.to_owned(),
            region,
            day: key.day,
            rejected: vec![reason],
            nearest: Vec::new(),
        })
    })
}

/// A number that a coefficient row states.
fn coefficient(resolution: &Resolution, quantity: &str) -> Result<Ratio, GhgError> {
    let values = &resolution.factor.values;
    let value = values.iter().find(|v| v.quantity.as_deref() == Some(quantity));
    value.map(|v| v.value.into()).ok_or_else(|| GhgError::Coefficient {
        factor: resolution.factor_id(),
        quantity: format!("without {quantity}"),
    })
}
