//! Seasonal residual: how far a reading stands from earlier ones at this time of the day or week.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use super::gate::{Gate, setting};
use super::level::relative;
use super::season::{Cycle, MOST_SLOTS, Season};
use super::verdict::{Basis, Detector, Reason, Status, Verdict, limited};
use crate::time::Instant;

/// A standard deviation of a bell curve in mean absolute deviations: sqrt(pi / 2).
const SD_OF_MEAN: f64 = 1.253_314_137_315_500_3;
/// A level remembers some ten readings of its slot.
const GAIN: f64 = 0.1;
/// Readings of a slot before it judges: as many as it will ever remember.
const FEWEST: u64 = 10;

/// The settings of [`Seasonal`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeasonalSettings {
    /// What repeats.
    pub cycle: Cycle,
    /// Slots of a day, 1 to 1440; no more than there are readings.
    pub slots_a_day: u32,
    /// Standard deviations of the slot from which on a reading is anomalous. The deviation of a slot is that of some ten readings,
    /// so tails are wider than those of a bell curve: 5 and more.
    pub limit: f64,
}

/// A robust level and spread for each slot of the cycle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Seasonal(Stored);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: SeasonalSettings,
    gate: Gate,
    season: Season,
}

impl From<Seasonal> for Stored {
    fn from(detector: Seasonal) -> Self {
        detector.0
    }
}

impl TryFrom<Stored> for Seasonal {
    type Error = AnomalyError;

    fn try_from(stored: Stored) -> Result<Self, AnomalyError> {
        let fresh = Self::new(stored.settings)?.0;
        if stored.season.same_slots(&fresh.season) {
            Ok(Self(stored))
        } else {
            Err(AnomalyError::State { part: "season", rule: "it has the slots of the settings" })
        }
    }
}

impl Seasonal {
    /// Returns a detector that has seen nothing.
    ///
    /// # Errors
    /// `Setting` when one is outside of what it can be.
    pub fn new(settings: SeasonalSettings) -> Result<Self, AnomalyError> {
        let SeasonalSettings { cycle, slots_a_day, limit } = settings;
        setting("slots_a_day", f64::from(slots_a_day), (0.0, f64::from(MOST_SLOTS)), "1 to 1440")?;
        setting("limit", limit, (0.0, 1e6), "above 0 and at most a million")?;
        Ok(Self(Stored { settings, gate: Gate::default(), season: Season::new(cycle, slots_a_day) }))
    }
}

impl Detector for Seasonal {
    fn push(&mut self, at: Instant, reading: Option<f64>) -> Result<Verdict, AnomalyError> {
        let own = &mut self.0;
        own.gate.take(at, reading)?;
        let Some(reading) = reading else { return Ok(Verdict::silent(Status::Gap)) };
        let slot = own.season.slot(at);
        let level = *own.season.level(slot);
        own.season.push(slot, reading, GAIN);
        if level.n < FEWEST {
            return Ok(Verdict::silent(Status::Learning));
        }
        let z = relative(reading - level.mean, SD_OF_MEAN * level.spread, level.mean);
        let basis = match own.settings.cycle {
            Cycle::Day => Basis::TimeOfDay,
            Cycle::Week => Basis::TimeOfWeek,
        };
        Ok(limited(z.abs(), own.settings.limit, Reason::Spike, (basis, level.mean, z)))
    }
}
