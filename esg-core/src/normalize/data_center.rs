//! Data centres: grid electricity of the whole facility, water, generators, refrigerants.
//!
//! A server's meter sees IT energy; what the grid delivers is that times PUE. Where a facility meter was read as well,
//! the facility meter counts, and a PUE that contradicts it is returned instead of being overruled in silence.

use crate::decimal::Decimal;
use crate::normalize::Total;
use crate::normalize::road::{Assumed, Fixed, Measured, Naming, Road};
use crate::ratio::Ratio;
use crate::telemetry::{Quantity, TelemetryError};

pub(super) fn activities(road: &mut Road<'_>) {
    let energy = road.measured(Quantity::Energy);
    let facility = road.measured(Quantity::FacilityEnergy);
    let pue = road.measured(Quantity::Pue);
    if let Some(energy) = energy {
        road.sum(Total::ItEnergy, energy);
    }
    match (facility, energy, pue) {
        (Some(facility), Some(energy), pue) => match contradiction(road, facility, energy, pue) {
            Some(error) => road.reject(&error),
            None => {
                road.sum(Total::ItEnergyPaired, energy);
                road.sum(Total::FacilityEnergyPaired, facility);
                electricity(road, facility, false);
            }
        },
        (Some(facility), None, _) => {
            road.sum(Total::FacilityEnergyAlone, facility);
            electricity(road, facility, false);
        }
        (None, Some(energy), Some(pue)) => facility_from_pue(road, energy, pue.value, false),
        (None, Some(energy), None) => match road.defaults.pue {
            Some(pue) => facility_from_pue(road, energy, pue, true),
            None => road.reject_missing(energy.metric, "pue or facility_energy_kwh"),
        },
        (None, None, Some(pue)) => road.reject_missing(pue.metric, "energy_kwh"),
        (None, None, None) => {}
    }
    if let Some(hours) = road.measured(Quantity::GpuTime) {
        road.sum(Total::GpuHours, hours);
    }
    // Water that cools a data centre evaporates: it is supplied, and little of it is left to be treated.
    if let Some(water) = road.measured(Quantity::Water) {
        road.sum(Total::Water, water);
        let supply = road.activity(Fixed::Water);
        road.emit(supply, water);
    }
    if let Some(fuel) = road.measured(Quantity::GeneratorFuel) {
        road.emit_named(Naming::GeneratorFuel, fuel, (0, 0));
    }
    if let Some(gas) = road.measured(Quantity::Refrigerant) {
        road.emit_named(Naming::Refrigerant, gas, (0, 0));
    }
}

fn electricity(road: &mut Road<'_>, drawn: Measured, assumed: bool) {
    let (grid, unit) = (road.activity(Fixed::Grid), road.unit(drawn.metric));
    road.emit_with(grid, drawn.value, unit, (0, 0), assumed);
}

fn facility_from_pue(road: &mut Road<'_>, energy: Measured, pue: Decimal, assumed: bool) {
    match energy.value.checked_mul(pue) {
        Ok(value) => {
            if assumed {
                road.assume(Assumed::Pue);
            } else {
                road.sum(Total::ItEnergyPaired, energy);
                road.sum(Total::FacilityEnergyPaired, Measured { value, ..energy });
            }
            electricity(road, Measured { value, ..energy }, assumed);
        }
        Err(source) => {
            let field = road.field(energy.metric);
            road.reject(&TelemetryError::Number { field, source });
        }
    }
}

/// Facility energy below IT energy, or another PUE than the one that was sent, beyond what rounding to the digits sent
/// explains: half a unit in the last place of each of the three.
fn contradiction(
    road: &Road<'_>,
    facility: Measured,
    energy: Measured,
    pue: Option<Measured>,
) -> Option<TelemetryError> {
    let unit = |m: Measured| road.batch.metrics[m.metric as usize].to_canonical().unwrap_or_else(Ratio::one);
    let value = |m: Measured| &Ratio::from(m.value) * &unit(m);
    let half =
        |d: Decimal| Ratio::new(1, 2 * crate::ratio::pow10(d.scale())).expect("a power of ten is not zero");
    let error = |other| {
        let field = road.field(facility.metric);
        Some(TelemetryError::Inconsistent { field, value: facility.value, other })
    };
    let (drawn, used) = (value(facility), value(energy));
    let slack = &half(facility.value) * &unit(facility);
    let slack_used = &half(energy.value) * &unit(energy);
    if &drawn + &slack < &used - &slack_used {
        return error(format!(
            "{} is {}, and a facility draws no less than its IT",
            road.field(energy.metric),
            energy.value
        ));
    }
    let pue = pue?;
    let ratio = Ratio::from(pue.value);
    let gap = &drawn - &(&used * &ratio);
    let gap = if gap.is_negative() { -gap } else { gap };
    let allowed = &(&slack + &(&used * &half(pue.value))) + &(&slack_used * &ratio);
    if gap > allowed {
        return error(format!(
            "{} {} x PUE {} says otherwise",
            road.field(energy.metric),
            energy.value,
            pue.value
        ));
    }
    None
}
