//! Software in a cloud: processors, memory and network by use. Watts for each of them are cited coefficients of the
//! calculation, not of this stage.

use crate::normalize::Total;
use crate::normalize::road::{Assumed, Fixed, Measured, Road};
use crate::telemetry::{Quantity, TelemetryError};

pub(super) fn activities(road: &mut Road<'_>) {
    let time = road.measured(Quantity::ComputeTime);
    let vcpu = road.measured(Quantity::Vcpu);
    match (time, vcpu) {
        (Some(time), Some(vcpu)) => match time.value.checked_mul(vcpu.value) {
            Ok(value) => compute(road, Measured { value, ..time }, false),
            Err(source) => {
                let field = road.field(time.metric);
                road.reject(&TelemetryError::Number { field, source });
            }
        },
        // Compute time that does not say of how many processors is taken as that of one.
        (Some(time), None) => {
            road.assume(Assumed::Vcpu);
            compute(road, time, true);
        }
        (None, Some(vcpu)) => road.reject_missing(vcpu.metric, "compute_time_ms"),
        (None, None) => {}
    }
    for (quantity, id) in [(Quantity::Memory, Fixed::Memory), (Quantity::DataTransfer, Fixed::Network)] {
        if let Some(used) = road.measured(quantity) {
            let activity = road.activity(id);
            road.emit(activity, used);
        }
    }
    if let Some(requests) = road.measured(Quantity::Requests) {
        road.sum(Total::Requests, requests);
        road.sum_tenant(requests.value);
    }
}

/// Processor time, in a unit that UCUM reads as time and people as vCPU-time.
fn compute(road: &mut Road<'_>, time: Measured, assumed: bool) {
    let activity = road.activity(Fixed::Compute);
    let unit = road.vcpu_unit(time.metric);
    road.emit_with(activity, time.value, unit, (0, 0), assumed);
}
