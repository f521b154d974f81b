//! What a detector says about one reading.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use crate::time::Instant;

/// What a detector looked at when it spoke.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The reading stands far from what was expected of it.
    Spike,
    /// The last readings together stand to one side of what was expected.
    Shift,
    /// The reading stands far from the one before, beyond what was expected of the step.
    Jump,
}

/// Where an expectation came from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The readings just before.
    Recent,
    /// Earlier readings at this time of day.
    TimeOfDay,
    /// Earlier readings at this time of this weekday.
    TimeOfWeek,
}

/// What the detector could say.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There was no reading. A gap is neither normal nor odd, and nothing is learnt from it.
    Gap,
    /// Too little was seen so far to judge.
    Learning,
    /// As expected.
    Normal,
    /// Odd enough to tell somebody.
    Anomalous,
}

/// The answer to one reading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What the detector could say.
    pub status: Status,
    /// How much an alarm is worth now: 0 (none) to 1.
    pub score: f64,
    /// What speaks loudest; none while nothing can be said.
    pub reason: Option<Reason>,
    /// Where the expectation came from.
    pub basis: Option<Basis>,
    /// What was expected, in the unit of the reading.
    pub expected: Option<f64>,
    /// Reading less expectation over the usual size of that difference; without a unit.
    pub deviation: Option<f64>,
}

impl Verdict {
    /// True when the detector would tell somebody.
    pub fn is_anomalous(&self) -> bool {
        self.status == Status::Anomalous
    }

    /// An answer that judges nothing.
    pub(super) const fn silent(status: Status) -> Self {
        Self { status, score: 0.0, reason: None, basis: None, expected: None, deviation: None }
    }
}

/// Verdict of a detector with a control limit. Its score is the statistic over twice the limit: the limit is at 1/2.
pub(super) fn limited(
    statistic: f64,
    limit: f64,
    reason: Reason,
    (basis, expected, deviation): (Basis, f64, f64),
) -> Verdict {
    Verdict {
        status: if statistic >= limit { Status::Anomalous } else { Status::Normal },
        score: (statistic / (2.0 * limit)).clamp(0.0, 1.0),
        reason: Some(reason),
        basis: Some(basis),
        expected: Some(expected),
        deviation: Some(deviation),
    }
}

/// A stream of readings in, a stream of verdicts out.
pub trait Detector {
    /// Judges a reading by what came before it, then learns from it; `None` is a gap, never 0.
    ///
    /// # Errors
    /// `NotFinite`, `TooLarge` and `TimeBackwards`; the detector is then as it was before, and can go on.
    fn push(&mut self, at: Instant, reading: Option<f64>) -> Result<Verdict, AnomalyError>;

    /// Judges readings in the order of time: `verdicts[reading]`, the same as one by one.
    ///
    /// # Errors
    /// Those of [`Self::push`], for the first reading that is refused; those before it were learnt.
    fn push_all(&mut self, readings: &[(Instant, Option<f64>)]) -> Result<Vec<Verdict>, AnomalyError> {
        readings.iter().map(|&(at, reading)| self.push(at, reading)).collect()
    }
}
