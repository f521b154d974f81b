//! Fleets: the fuel that was burnt, else the distance by class of vehicle, else the freight that was moved.
//!
//! All three describe one trip, so only the first that was sent becomes an activity; the others remain for the KPIs.
//! Electric vehicles that burn no fuel draw from the grid, and one that does both counts both.

use crate::normalize::Total;
use crate::normalize::road::{Fixed, Measured, Naming, Road};
use crate::telemetry::{Quantity, TelemetryError};

pub(super) fn activities(road: &mut Road<'_>) {
    let fuel = road.measured(Quantity::Fuel);
    let energy = road.measured(Quantity::Energy);
    let distance = road.measured(Quantity::Distance);
    let payload = road.measured(Quantity::Payload);
    if let Some(fuel) = fuel {
        road.emit_named(Naming::Fuel, fuel, (0, 0));
    }
    if let Some(energy) = energy {
        let grid = road.activity(Fixed::Grid);
        road.emit(grid, energy);
    }
    if let Some(distance) = distance {
        road.sum(Total::Distance, distance);
    }
    if let Some(shortest) = road.measured(Quantity::ShortestDistance) {
        match distance {
            Some(distance) => {
                road.sum(Total::DistancePaired, distance);
                road.sum(Total::ShortestDistancePaired, shortest);
            }
            None => road.reject_missing(shortest.metric, "distance_km"),
        }
    }
    let moved = match (payload, distance) {
        (Some(payload), Some(distance)) => freight(road, payload, distance),
        (Some(payload), None) => {
            road.reject_missing(payload.metric, "distance_km");
            None
        }
        (None, _) => None,
    };
    if let Some(distance) = distance
        && fuel.is_none()
        && energy.is_none()
    {
        drive(road, distance, moved);
    }
}

/// Payload x distance and its unit, also into the sum.
fn freight(road: &mut Road<'_>, payload: Measured, distance: Measured) -> Option<(Measured, u32)> {
    match payload.value.checked_mul(distance.value) {
        Ok(value) => {
            road.sums.add_product(Total::TonneKilometres, value, payload.metric, distance.metric);
            let unit = |m: Measured| &road.batch.metrics[m.metric as usize].unit;
            let unit = format!("{}.{}", unit(payload), unit(distance));
            Some((Measured { value, metric: payload.metric }, road.unit_named(&unit)))
        }
        Err(source) => {
            let field = road.field(payload.metric);
            road.reject(&TelemetryError::Number { field, source });
            None
        }
    }
}

/// A trip whose fuel is not known.
fn drive(road: &mut Road<'_>, distance: Measured, moved: Option<(Measured, u32)>) {
    match (road.named(Naming::VehicleClass), moved) {
        (Ok((vehicle, assumed)), _) => {
            let unit = road.unit(distance.metric);
            road.emit_with(vehicle, distance.value, unit, (0, 0), assumed);
        }
        (Err(_), Some((moved, unit))) => match road.named(Naming::FreightClass) {
            Ok((freight, assumed)) => road.emit_with(freight, moved.value, unit, (0, 0), assumed),
            Err(_) => {
                road.reject_missing(distance.metric, "fuel_liters, tag vehicle_class or tag freight_class")
            }
        },
        (Err(_), None) => road.reject_missing(distance.metric, "fuel_liters or tag vehicle_class"),
    }
}
