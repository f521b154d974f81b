//! Everything else: the sender names the activity itself.

use crate::normalize::road::Road;

pub(super) fn activities(road: &mut Road<'_>) {
    for measured in road.all_measured() {
        let metric = &road.batch.metrics[measured.metric as usize];
        let stated = (metric.scope.unwrap_or(0), metric.category.unwrap_or(0));
        let (activity, unit) = (road.activity_of(measured.metric), road.unit(measured.metric));
        road.emit_with(activity, measured.value, unit, stated, false);
    }
}
