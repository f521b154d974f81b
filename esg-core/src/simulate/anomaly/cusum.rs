//! CUSUM: lasting shifts, by adding up what exceeds an allowance.

use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, CHART_CUT};
use super::error::AnomalyError;
use super::gate::{Gate, setting};
use super::verdict::{Basis, Detector, Reason, Status, Verdict, limited};
use crate::time::Instant;

/// The settings of [`Cusum`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CusumSettings {
    /// Readings that give the centre and the standard deviation, 10 to 4096.
    pub window: u32,
    /// Standard deviations that are let pass: half of the shift to be found.
    pub allowance: f64,
    /// Sum from which on there is a shift, in standard deviations. With an allowance of 0.5, a limit of 5 alarms once in 465
    /// readings of white noise, and finds a shift of one standard deviation in 10.4 (Montgomery, Introduction to
    /// Statistical Quality Control, 6th edition, table 9.3: limits 4 and 5).
    pub limit: f64,
}

/// Two one-sided cumulative sums (Page 1954), with cut readings (Lucas and Crosier 1982). They start again after an alarm.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Cusum(Stored);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: CusumSettings,
    gate: Gate,
    baseline: Baseline,
    above: f64,
    below: f64,
}

impl From<Cusum> for Stored {
    fn from(detector: Cusum) -> Self {
        detector.0
    }
}

impl TryFrom<Stored> for Cusum {
    type Error = AnomalyError;

    fn try_from(stored: Stored) -> Result<Self, AnomalyError> {
        Self::new(stored.settings)?;
        stored.baseline.check(stored.settings.window)?;
        let below_limit = 0.0..stored.settings.limit;
        if below_limit.contains(&stored.above) && below_limit.contains(&stored.below) {
            Ok(Self(stored))
        } else {
            Err(AnomalyError::State { part: "CUSUM chart", rule: "sums from 0 to below the limit" })
        }
    }
}

impl Cusum {
    /// Returns a detector that has seen nothing.
    ///
    /// # Errors
    /// `Setting` when one is outside of what it can be.
    pub fn new(settings: CusumSettings) -> Result<Self, AnomalyError> {
        setting("allowance", settings.allowance, (0.0, CHART_CUT), "above 0 and at most 3")?;
        setting("limit", settings.limit, (0.0, 1e6), "above 0 and at most a million")?;
        let baseline = Baseline::new(settings.window)?;
        Ok(Self(Stored { settings, gate: Gate::default(), baseline, above: 0.0, below: 0.0 }))
    }
}

impl Detector for Cusum {
    fn push(&mut self, at: Instant, reading: Option<f64>) -> Result<Verdict, AnomalyError> {
        let own = &mut self.0;
        own.gate.take(at, reading)?;
        let Some(reading) = reading else { return Ok(Verdict::silent(Status::Gap)) };
        let Some((centre, z)) = own.baseline.hear(reading) else {
            return Ok(Verdict::silent(Status::Learning));
        };
        let CusumSettings { allowance, limit, .. } = own.settings;
        let cut = z.clamp(-CHART_CUT, CHART_CUT);
        own.above = (own.above + cut - allowance).max(0.0);
        own.below = (own.below - cut - allowance).max(0.0);
        let sum = own.above.max(own.below);
        let verdict = limited(sum, limit, Reason::Shift, (Basis::Recent, centre, z));
        if verdict.is_anomalous() {
            (own.above, own.below) = (0.0, 0.0);
        }
        Ok(verdict)
    }
}
