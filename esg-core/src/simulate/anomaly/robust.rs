//! Robust z: how many standard deviations a reading stands from the median before it.

use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::error::AnomalyError;
use super::gate::{Gate, setting};
use super::verdict::{Basis, Detector, Reason, Status, Verdict, limited};
use crate::time::Instant;

/// The settings of [`RobustZ`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RobustZSettings {
    /// Readings that the median is of, 10 to 4096.
    pub window: u32,
    /// Standard deviations from which on a reading is anomalous. Of a bell curve 3.5 is one in 2,100, 5 one in 1.7 million.
    pub limit: f64,
}

/// Median and median absolute deviation of a sliding window (Iglewicz and Hoaglin 1993).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct RobustZ(Stored);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: RobustZSettings,
    gate: Gate,
    baseline: Baseline,
}

impl From<RobustZ> for Stored {
    fn from(detector: RobustZ) -> Self {
        detector.0
    }
}

impl TryFrom<Stored> for RobustZ {
    type Error = AnomalyError;

    fn try_from(stored: Stored) -> Result<Self, AnomalyError> {
        Self::new(stored.settings)?;
        stored.baseline.check(stored.settings.window)?;
        Ok(Self(stored))
    }
}

impl RobustZ {
    /// Returns a detector that has seen nothing.
    ///
    /// # Errors
    /// `Setting` when one is outside of what it can be.
    pub fn new(settings: RobustZSettings) -> Result<Self, AnomalyError> {
        setting("limit", settings.limit, (0.0, 1e6), "above 0 and at most a million")?;
        Ok(Self(Stored { settings, gate: Gate::default(), baseline: Baseline::new(settings.window)? }))
    }
}

impl Detector for RobustZ {
    fn push(&mut self, at: Instant, reading: Option<f64>) -> Result<Verdict, AnomalyError> {
        let own = &mut self.0;
        own.gate.take(at, reading)?;
        let Some(reading) = reading else { return Ok(Verdict::silent(Status::Gap)) };
        let Some((centre, z)) = own.baseline.hear(reading) else {
            return Ok(Verdict::silent(Status::Learning));
        };
        Ok(limited(z.abs(), own.settings.limit, Reason::Spike, (Basis::Recent, centre, z)))
    }
}
