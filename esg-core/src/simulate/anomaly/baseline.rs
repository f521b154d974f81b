//! Readings in standard deviations of a window before them, by median and median absolute deviation.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use super::gate::setting;
use super::level::relative;
use super::window::{LONGEST, Window};

/// A standard deviation of a bell curve in median absolute deviations: 1 / (inverse normal of 3/4).
const SD_OF_MAD: f64 = 1.482_602_218_505_602;

/// Shortest window: of fewer readings the median absolute deviation is mostly chance.
const SHORTEST: u32 = 10;

/// The last readings; they are the measure of the next.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline(Window);

impl Baseline {
    pub(super) fn new(window: u32) -> Result<Self, AnomalyError> {
        let within = (f64::from(SHORTEST) - 1.0, LONGEST as f64);
        setting("window", f64::from(window), within, "10 to 4096 readings")?;
        Ok(Self(Window::new(window as usize)))
    }

    /// Refuses a stored window of another length than the settings say.
    pub(super) fn check(&self, window: u32) -> Result<(), AnomalyError> {
        let same = self.0.length() == window as usize;
        if same {
            Ok(())
        } else {
            Err(AnomalyError::State { part: "window", rule: "it has the length of the settings" })
        }
    }

    /// Median before, and the reading in standard deviations from it, once the window is full. Then the reading joins.
    pub(super) fn hear(&mut self, reading: f64) -> Option<(f64, f64)> {
        let full = self.0.len() == self.0.length();
        let before = self.0.median().filter(|_| full);
        let said = before.and_then(|centre| {
            let sd = SD_OF_MAD * self.0.deviation(centre)?;
            Some((centre, relative(reading - centre, sd, centre)))
        });
        self.0.push(reading);
        said
    }
}

/// Control charts take a reading as at most so many standard deviations, so that one alone is no shift (Lucas and Crosier
/// 1982); a bell curve has 0.3 % beyond.
pub(super) const CHART_CUT: f64 = 3.0;
