//! From an inventory to the sums that key figures and the score divide.

use std::sync::Arc;

use super::Incomplete;
use crate::aggregate::Inventory;
use crate::amount::{Amount, AmountError};
use crate::error::Error;
use crate::ghg::{CellKey, Measure, Scope};
use crate::kpi::{EmissionsByVertical, Kpi, VerticalEmissions};
use crate::normalize::{MetricTotals, Total};
use crate::ratio::Ratio;
use crate::score::{DataCentre, Fleet, Manufacturing, ScoreInputs, Software, Term, TermName};
use crate::telemetry::Vertical;

/// Fuel- and energy-related activities: the fuel chain and the losses on the wires.
const UPSTREAM: Scope = Scope::Three(3);

/// Returns the emissions of each vertical, location-based, as far as the inventory keeps verticals apart.
///
/// `total` is all but category 3.3. `energy` is what fuels, heat and electricity gave, in scopes 1 and 2, and what a cloud
/// drew; `embodied` what making hardware gave. Tenants are there where the inventory keeps `tag:tenant`.
///
/// # Errors
/// `amount.overflow`.
pub fn emissions_by_vertical(inventory: &Inventory) -> Result<EmissionsByVertical, Error> {
    let mut all = EmissionsByVertical::new();
    let tenant_at = inventory.options().dimensions.tags.iter().position(|tag| tag == "tenant");
    for (key, sums) in inventory.cells() {
        let Some(vertical) = counted(key) else { continue };
        let emitted: &mut VerticalEmissions = all.entry(vertical).or_default();
        add(&mut emitted.total, sums.co2e)?;
        let activity = key.activity.as_deref().unwrap_or_default();
        if is_embodied(activity) {
            add(&mut emitted.embodied, sums.co2e)?;
        } else if is_energy(activity) {
            add(&mut emitted.energy, sums.co2e)?;
        }
        let tenant: Option<&Arc<str>> = tenant_at.and_then(|at| key.tags.get(at)?.as_ref());
        if let Some(tenant) = tenant {
            let sum = emitted.tenants.entry(Arc::clone(tenant)).or_default();
            *sum = sum.checked_add(sums.co2e)?;
        }
    }
    Ok(all)
}

/// The vertical of a cell that counts into its intensity.
fn counted(key: &CellKey) -> Option<Vertical> {
    let counts = matches!(key.measure, Measure::Gas(_))
        && !matches!(key.scope, Scope::TwoMarket | Scope::Outside)
        && key.scope != UPSTREAM;
    let name = key.vertical.as_deref().filter(|_| counts)?;
    Vertical::ALL.into_iter().find(|v| v.as_str() == name)
}

fn is_energy(activity: &str) -> bool {
    ["electricity.", "heat.", "fuel.", "cloud."].iter().any(|family| activity.starts_with(family))
}

fn is_embodied(activity: &str) -> bool {
    activity.split('.').any(|part| part == "embodied")
}

fn add(sum: &mut Option<Amount>, more: Amount) -> Result<(), AmountError> {
    *sum = Some(sum.unwrap_or_default().checked_add(more)?);
    Ok(())
}

/// Returns the inputs of the score.
///
/// A term whose vertical has rows without emissions is missing: a score that rises when a factor is lost is worse than
/// none. Factories count the location-based emissions of their electricity; process heat is no grid energy.
pub(super) fn score_inputs(
    kpis: &[Kpi],
    totals: &MetricTotals,
    inventory: &Inventory,
    incomplete: &[Incomplete],
    not_applicable: &[TermName],
) -> Result<ScoreInputs, Error> {
    let lost = |vertical| incomplete.iter().any(|i| i.vertical == vertical);
    let sides = |id: &str| {
        let kpi = kpis.iter().find(|k| k.id == id && k.tenant.is_none())?;
        kpi.numerator.clone().zip(kpi.denominator.clone())
    };
    let whole = |vertical, id| sides(id).filter(|_| !lost(vertical));
    let grid = grid_emissions(inventory)?.filter(|_| !lost(Vertical::SmartManufacturing));
    let made = totals.get(Total::ProductionUnits).cloned();
    Ok(ScoreInputs {
        // The PUE is a ratio of energies, which no missing factor bends.
        data_centre: term(
            not_applicable,
            TermName::DataCentre,
            sides("pue")
                .map(|(facility, it)| DataCentre { it_energy_kwh: it, facility_energy_kwh: facility }),
        ),
        fleet: term(
            not_applicable,
            TermName::Fleet,
            whole(Vertical::LogisticsFleet, "co2e_per_mile")
                .map(|(grams, miles)| Fleet { emissions_g: grams, distance_mi: miles }),
        ),
        manufacturing: term(
            not_applicable,
            TermName::Manufacturing,
            made.zip(grid).map(|(units, grid)| Manufacturing {
                production_units: units,
                grid_emissions_kg: grid.to_ratio(),
            }),
        ),
        software: term(
            not_applicable,
            TermName::Software,
            whole(Vertical::CloudSaas, "co2e_per_request").map(|(milligrams, requests)| Software {
                requests,
                emissions_kg: &milligrams * &Ratio::new(1, 1_000_000).expect("it is not zero"),
            }),
        ),
    })
}

fn term<T>(not_applicable: &[TermName], name: TermName, inputs: Option<T>) -> Term<T> {
    match inputs {
        // Data that is there says more than a statement that there is none.
        Some(inputs) => Term::Present(inputs),
        None if not_applicable.contains(&name) => Term::NotApplicable,
        None => Term::Missing,
    }
}

/// Location-based emissions of the factories' electricity, kg CO2e.
fn grid_emissions(inventory: &Inventory) -> Result<Option<Amount>, AmountError> {
    let mut sum = None;
    for (key, sums) in inventory.cells() {
        let grid = key.activity.as_deref() == Some("electricity.grid") && key.scope == Scope::TwoLocation;
        if grid && counted(key) == Some(Vertical::SmartManufacturing) {
            add(&mut sum, sums.co2e)?;
        }
    }
    Ok(sum)
}
