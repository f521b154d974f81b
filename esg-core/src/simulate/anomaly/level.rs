//! A level and the usual distance from it, learnt from a stream and hard to pull away by one reading.
//!
//! The first readings weigh alike (gain 1/n), later ones by a least gain, so the level follows a slow change. A reading
//! pulls at most as far as a few usual distances (Huber 1964), so an oddity is remembered as a step and not as a leap.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use super::gate::LARGEST;

/// Running mean of a stream, each reading cut at `CUT` usual distances.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    pub(super) n: u64,
    pub(super) mean: f64,
    pub(super) spread: f64,
}

/// A reading counts as at most this many usual distances; beyond 3 lie 2 % of a bell curve's (mean distance 0.8 sd).
const CUT: f64 = 3.0;
/// Readings before the cut holds: the distance of two or three says little.
const BEFORE_CUT: u64 = 3;

impl Level {
    pub(super) fn push(&mut self, reading: f64, least_gain: f64) {
        let mut gap = reading - self.mean;
        if self.n >= BEFORE_CUT && self.spread > 0.0 {
            gap = gap.clamp(-CUT * self.spread, CUT * self.spread);
        }
        self.n += 1;
        let gain = |n: u64| (1.0 / n as f64).max(least_gain);
        self.mean += gain(self.n) * gap;
        if self.n > 1 {
            self.spread += gain(self.n - 1) * (gap.abs() - self.spread);
        }
    }

    /// Refuses a stored level that no stream leads to.
    pub(super) fn check(&self) -> Result<(), AnomalyError> {
        let held = self.mean.abs() <= LARGEST && (0.0..=2.0 * LARGEST).contains(&self.spread);
        if held {
            Ok(())
        } else {
            Err(AnomalyError::State { part: "level", rule: "finite, and its spread not negative" })
        }
    }
}

/// Mean size of a difference, each cut at five times the mean so far.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Usual {
    pub(super) n: u64,
    pub(super) size: f64,
}

impl Usual {
    /// Cut of a difference, in means: twice as wide as that of [`Level`], since this one is the yardstick itself.
    const CUT: f64 = 5.0;
    /// Differences before the cut holds.
    const BEFORE_CUT: u64 = 20;
    /// Least gain: a memory of some 500 readings.
    const LEAST_GAIN: f64 = 0.002;

    pub(super) fn push(&mut self, size: f64) {
        // Where all differences were 0 there is nothing to cut by.
        let cut = self.n > Self::BEFORE_CUT && self.size > 0.0;
        let size = if cut { size.min(Self::CUT * self.size) } else { size };
        self.n += 1;
        self.size += (1.0 / self.n as f64).max(Self::LEAST_GAIN) * (size - self.size);
    }

    /// Refuses a stored size that no stream leads to.
    pub(super) fn check(&self) -> Result<(), AnomalyError> {
        let held = (0.0..=2.0 * LARGEST).contains(&self.size);
        if held {
            Ok(())
        } else {
            Err(AnomalyError::State { part: "usual size", rule: "finite and not negative" })
        }
    }
}

/// A difference over its usual size. Below a trillionth of the level a difference is the rounding of floats; a level that never
/// moved has no usual size, and any real difference is as odd as can be told apart.
pub(super) fn relative(difference: f64, usual: f64, level: f64) -> f64 {
    let floor = (ROUNDING * level.abs()).max(f64::MIN_POSITIVE);
    let size = usual.max(floor);
    (difference / size).clamp(-ODDEST, ODDEST)
}

const ROUNDING: f64 = 1e-12;

/// Beyond a million usual sizes nothing is told apart.
pub(super) const ODDEST: f64 = 1e6;
