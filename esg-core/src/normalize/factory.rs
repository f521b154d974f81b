//! Factories: electricity, process heat by its source, raw material, waste.

use crate::normalize::Total;
use crate::normalize::road::{Assumed, Fixed, Measured, Naming, Road};
use crate::telemetry::{Quantity, TelemetryError};

/// Purchased goods and services (Corporate Value Chain Standard, chapter 5): scope 3, category 1.
const PURCHASED_GOODS: (u8, u8) = (3, 1);

pub(super) fn activities(road: &mut Road<'_>) {
    if let Some(electricity) = road.measured(Quantity::Electricity) {
        road.sum(Total::FactoryEnergy, electricity);
        let grid = road.activity(Fixed::Grid);
        road.emit(grid, electricity);
    }
    if let Some(heat) = road.measured(Quantity::ProcessHeat) {
        road.sum(Total::FactoryEnergy, heat);
        process_heat(road, heat);
    }
    let material = road.measured(Quantity::RawMaterial);
    if let Some(material) = material {
        road.emit_named(Naming::Material, material, PURCHASED_GOODS);
    }
    let waste = road.measured(Quantity::Waste);
    if let Some(waste) = waste {
        road.emit_named(Naming::Waste, waste, (0, 0));
    }
    let share = road.measured(Quantity::WasteShare);
    match (material, waste, share) {
        (Some(material), Some(waste), _) => {
            road.sum(Total::RawMaterialPaired, material);
            road.sum(Total::WastePaired, waste);
        }
        (Some(material), None, Some(share)) => wasted(road, material, share),
        (None, None, Some(share)) => road.reject_missing(share.metric, "raw_material_kg"),
        _ => {}
    }
    if let Some(units) = road.measured(Quantity::ProductionUnits) {
        road.sum(Total::ProductionUnits, units);
    }
}

/// Heat from a fuel is the fuel's energy, and that has two values: gross, with the heat of condensation, or net.
///
/// Factors are published for either, a tenth apart for natural gas. Without a basis the unit stays as it was sent, and only
/// a factor that states none either will answer.
fn process_heat(road: &mut Road<'_>, heat: Measured) {
    let (activity, assumed) = match road.named(Naming::HeatSource) {
        Ok(named) => named,
        Err(tag) => return road.reject_missing(heat.metric, tag),
    };
    let said = road.tag("heat_basis");
    let basis = said.or(road.defaults.heat_basis.as_deref());
    let plain = road.unit(heat.metric);
    match basis.filter(|_| road.is_fuel(activity)) {
        None => road.emit_with(activity, heat.value, plain, (0, 0), assumed),
        Some(basis @ ("gross" | "net")) => {
            let guessed = said.is_none();
            if guessed {
                road.assume(Assumed::HeatBasis);
            }
            let unit = format!("{}{{{basis}}}", road.batch.metrics[heat.metric as usize].unit);
            let unit = road.unit_named(&unit);
            road.emit_with(activity, heat.value, unit, (0, 0), assumed || guessed);
        }
        Some(_) => {
            road.reject(&TelemetryError::Tag {
                field: "tags.heat_basis".into(),
                reason: "must be gross or net",
            });
        }
    }
}

/// Turns a share into a mass, which can be summed; the mass is for the KPI only.
fn wasted(road: &mut Road<'_>, material: Measured, share: Measured) {
    let percent = crate::decimal::Decimal::new(1, 2).and_then(|hundredth| share.value.checked_mul(hundredth));
    match percent.and_then(|share| share.checked_mul(material.value)) {
        Ok(value) => {
            road.sum(Total::RawMaterialPaired, material);
            road.sum(Total::WastePaired, Measured { value, ..material });
        }
        Err(source) => {
            let field = road.field(share.metric);
            road.reject(&TelemetryError::Number { field, source });
        }
    }
}
