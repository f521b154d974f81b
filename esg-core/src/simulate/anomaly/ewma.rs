//! EWMA chart: small shifts, by a mean that forgets slowly.

use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, CHART_CUT};
use super::error::AnomalyError;
use super::gate::{Gate, setting};
use super::verdict::{Basis, Detector, Reason, Status, Verdict, limited};
use crate::time::Instant;

/// The settings of [`Ewma`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EwmaSettings {
    /// Readings that give the centre and the standard deviation, 10 to 4096; several times 1 / `gain`.
    pub window: u32,
    /// Weight of the newest reading, above 0 and at most 1.
    pub gain: f64,
    /// Control limit, in standard deviations of the mean. With a gain of 0.1 a limit of 2.814 alarms once in 500 readings of
    /// white noise (Lucas and Saccucci 1990).
    pub limit: f64,
}

/// Exponentially weighted moving average chart (Roberts 1959). It starts again after an alarm.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Ewma(Stored);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: EwmaSettings,
    gate: Gate,
    baseline: Baseline,
    /// The weighted mean, in standard deviations.
    mean: f64,
    /// (1 - gain)^2t after t readings: what the start still weighs.
    start: f64,
}

impl From<Ewma> for Stored {
    fn from(detector: Ewma) -> Self {
        detector.0
    }
}

impl TryFrom<Stored> for Ewma {
    type Error = AnomalyError;

    fn try_from(stored: Stored) -> Result<Self, AnomalyError> {
        Self::new(stored.settings)?;
        stored.baseline.check(stored.settings.window)?;
        if stored.mean.abs() <= CHART_CUT && (0.0..=1.0).contains(&stored.start) {
            Ok(Self(stored))
        } else {
            Err(AnomalyError::State {
                part: "EWMA chart",
                rule: "a mean within the cut, a share of the start",
            })
        }
    }
}

impl Ewma {
    /// Returns a detector that has seen nothing.
    ///
    /// # Errors
    /// `Setting` when one is outside of what it can be.
    pub fn new(settings: EwmaSettings) -> Result<Self, AnomalyError> {
        setting("gain", settings.gain, (0.0, 1.0), "above 0 and at most 1")?;
        setting("limit", settings.limit, (0.0, 1e6), "above 0 and at most a million")?;
        let baseline = Baseline::new(settings.window)?;
        Ok(Self(Stored { settings, gate: Gate::default(), baseline, mean: 0.0, start: 1.0 }))
    }
}

impl Detector for Ewma {
    fn push(&mut self, at: Instant, reading: Option<f64>) -> Result<Verdict, AnomalyError> {
        let own = &mut self.0;
        own.gate.take(at, reading)?;
        let Some(reading) = reading else { return Ok(Verdict::silent(Status::Gap)) };
        let Some((centre, z)) = own.baseline.hear(reading) else {
            return Ok(Verdict::silent(Status::Learning));
        };
        let EwmaSettings { gain, limit, .. } = own.settings;
        own.mean += gain * (z.clamp(-CHART_CUT, CHART_CUT) - own.mean);
        own.start *= (1.0 - gain) * (1.0 - gain);
        let sd = (gain / (2.0 - gain) * (1.0 - own.start)).sqrt();
        let verdict = limited(own.mean.abs() / sd, limit, Reason::Shift, (Basis::Recent, centre, z));
        if verdict.is_anomalous() {
            (own.mean, own.start) = (0.0, 1.0);
        }
        Ok(verdict)
    }
}
