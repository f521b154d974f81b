//! The door of every detector: what is no reading is refused here, before anything is learnt from it.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use crate::time::Instant;

/// Largest size of a reading. Its square, times the readings of a state, still is a finite float.
pub const LARGEST: f64 = 1e100;

/// Counts what came and keeps time.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    /// Readings and gaps taken.
    taken: u64,
    last_ms: Option<i64>,
}

impl Gate {
    /// Takes a reading or a gap. Equal times are allowed: clocks have a resolution.
    pub(super) fn take(&mut self, at: Instant, reading: Option<f64>) -> Result<(), AnomalyError> {
        let (index, at_ms) = (self.taken, at.epoch_ms());
        if let Some(last_ms) = self.last_ms.filter(|&last| at_ms < last) {
            return Err(AnomalyError::TimeBackwards { index, at_ms, last_ms });
        }
        if let Some(value) = reading {
            if !value.is_finite() {
                return Err(AnomalyError::NotFinite { index, at_ms, value: value.to_string() });
            }
            if value.abs() > LARGEST {
                return Err(AnomalyError::TooLarge { index, at_ms, value, limit: LARGEST });
            }
        }
        self.taken += 1;
        self.last_ms = Some(at_ms);
        Ok(())
    }
}

/// Returns the value when it lies above `least` and is at most `most`.
pub(super) fn setting(
    name: &'static str,
    value: f64,
    (least, most): (f64, f64),
    rule: &'static str,
) -> Result<f64, AnomalyError> {
    if value > least && value <= most { Ok(value) } else { Err(AnomalyError::Setting { name, value, rule }) }
}
