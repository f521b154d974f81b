//! The detector to take when nothing is known about a series.
//!
//! Three expectations are kept: the median of the last readings, the level at this time of day, and the level at this time of
//! the week. The one that was nearest to the readings so far speaks. It is asked three questions, of the reading alone,
//! of the step since the last one, and of the last readings together, and each answer is judged by how rare it was in
//! this series. The rarest counts, times three because it is the best of three. What was said is remembered for a
//! while, so that one event is one alarm.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use super::gate::{Gate, setting};
use super::level::{Level, Usual, relative};
use super::season::{Cycle, Season};
use super::tail::Tail;
use super::verdict::{Basis, Detector, Reason, Status, Verdict};
use super::window::Window;
use crate::math::ln;
use crate::time::Instant;

/// Readings whose median is expected next: some seventeen hours of five minutes, so it follows a day and not an hour.
const RECENT: usize = 200;
/// Readings before their median is an expectation.
const RECENT_FEWEST: usize = 30;
/// Slots of a day: half hours, the longest metering interval that is common.
const SLOTS: u32 = 48;
/// Readings of a slot before its level is an expectation.
const DAY_FEWEST: u64 = 6;
const WEEK_FEWEST: u64 = 4;
/// A level of a slot remembers some ten of its readings.
const SLOT_GAIN: f64 = 0.1;
/// Differences before an expectation may speak.
const TRIED: u64 = 50;
/// A more complex expectation must be better by a fifth: small gains are chance.
const BETTER: f64 = 0.8;
/// Readings that are judged together.
const TOGETHER: usize = 10;
/// In a mean of the last readings each counts as at most so many usual sizes: one alone is a spike and no shift.
const TOGETHER_CUT: f64 = 4.0;
/// Score 1 is one in 10^8: at a reading every five minutes once in a thousand years.
const DECADES: f64 = 8.0;
/// What was said fades by this a reading: half of it in 69.
const FADING: f64 = 0.99;
/// The least score that is remembered: one in 250. Below it lies the noise of every day, which must not deafen.
const REMEMBERED: f64 = 0.3;

/// The settings of [`Combined`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CombinedSettings {
    /// Score from which on a reading is anomalous, above 0 and at most 1. A score `s` stands for one false alarm in
    /// 10^(8 s) readings: 0.5 is one in ten thousand.
    pub alarm: f64,
}

/// One expectation and the history of its errors.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Expert {
    usual: Usual,
    spikes: Tail,
    shifts: Tail,
    jumps: Tail,
    /// The last errors, in usual sizes.
    last: VecDeque<f64>,
    /// The reading before, less what its slot expected; in the unit of the readings.
    before: Option<f64>,
}

/// What an expert says: how rare, why, and the deviation in usual sizes.
struct Said {
    probability: f64,
    reason: Reason,
    deviation: f64,
}

impl Expert {
    fn new() -> Self {
        let tail = Tail::new;
        Self {
            usual: Usual::default(),
            spikes: tail(),
            shifts: tail(),
            jumps: tail(),
            last: VecDeque::with_capacity(TOGETHER),
            before: None,
        }
    }

    fn check(&self) -> Result<(), AnomalyError> {
        let cut = |e: &f64| e.abs() <= TOGETHER_CUT;
        let before = self.before.is_none_or(|e| e.abs() <= 4.0 * super::gate::LARGEST);
        if self.last.len() > TOGETHER || !self.last.iter().all(cut) || !before {
            return Err(AnomalyError::State { part: "expert", rule: "ten errors, each within its cut" });
        }
        self.usual.check()
    }

    /// Judges the reading, then learns from it.
    fn hear(&mut self, reading: f64, expected: f64, own_spread: Option<f64>) -> Option<Said> {
        let error = reading - expected;
        // The median of the last readings expects no step; a season expects that between its slots.
        let apart = if own_spread.is_some() { error } else { reading };
        let before = self.before.replace(apart);
        let tried = self.usual.n >= TRIED;
        // A slot that is noisier than the others has its own measure, of few readings; half of each.
        let size = own_spread.map_or(self.usual.size, |own| 0.5 * (self.usual.size + own));
        self.usual.push(error.abs());
        if !tried {
            return None;
        }
        let deviation = relative(error, size, expected);
        if self.last.len() == TOGETHER {
            self.last.pop_front();
        }
        self.last.push_back(deviation.clamp(-TOGETHER_CUT, TOGETHER_CUT));
        let mean = self.last.iter().sum::<f64>() / self.last.len() as f64;
        let step = before.map(|b| relative(apart - b, size, expected).abs());
        let mut said: Option<Said> = None;
        let mut ask = |tail: &mut Tail, size: f64, reason| {
            if let Some(probability) = tail.probability(size)
                && said.as_ref().is_none_or(|s| probability < s.probability)
            {
                said = Some(Said { probability, reason, deviation });
            }
            tail.push(size);
        };
        ask(&mut self.spikes, deviation.abs(), Reason::Spike);
        ask(&mut self.shifts, mean.abs(), Reason::Shift);
        if let Some(step) = step {
            ask(&mut self.jumps, step, Reason::Jump);
        }
        said
    }
}

/// The default detector.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Combined(Stored);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: CombinedSettings,
    gate: Gate,
    recent: Window,
    day: Season,
    week: Season,
    /// Of the recent readings, the time of day and the time of week.
    experts: [Expert; 3],
    /// The score that was said last, faded.
    said: f64,
}

impl From<Combined> for Stored {
    fn from(detector: Combined) -> Self {
        detector.0
    }
}

impl TryFrom<Stored> for Combined {
    type Error = AnomalyError;

    fn try_from(stored: Stored) -> Result<Self, AnomalyError> {
        let fresh = Self::new(stored.settings)?.0;
        stored.experts.iter().try_for_each(Expert::check)?;
        let same = stored.recent.length() == fresh.recent.length()
            && stored.day.same_slots(&fresh.day)
            && stored.week.same_slots(&fresh.week);
        if !same || !(0.0..=1.0).contains(&stored.said) {
            return Err(AnomalyError::State {
                part: "combined detector",
                rule: "its parts have their lengths",
            });
        }
        Ok(Self(stored))
    }
}

impl Combined {
    /// Returns a detector that has seen nothing.
    ///
    /// # Errors
    /// `Setting` when `alarm` is not above 0 and at most 1.
    pub fn new(settings: CombinedSettings) -> Result<Self, AnomalyError> {
        setting("alarm", settings.alarm, (0.0, 1.0), "above 0 and at most 1")?;
        Ok(Self(Stored {
            settings,
            gate: Gate::default(),
            recent: Window::new(RECENT),
            day: Season::new(Cycle::Day, SLOTS),
            week: Season::new(Cycle::Week, SLOTS),
            experts: [Expert::new(), Expert::new(), Expert::new()],
            said: 0.0,
        }))
    }
}

impl Detector for Combined {
    fn push(&mut self, at: Instant, reading: Option<f64>) -> Result<Verdict, AnomalyError> {
        let own = &mut self.0;
        own.gate.take(at, reading)?;
        own.said *= FADING;
        let Some(reading) = reading else {
            // A step over a gap is no step.
            own.experts.iter_mut().for_each(|e| e.before = None);
            return Ok(Verdict::silent(Status::Gap));
        };
        let (day, week) = (own.day.slot(at), own.week.slot(at));
        let expected = own.expected(day, week);
        let speaker = own.speaker(&expected);
        let mut verdict = Verdict::silent(Status::Learning);
        for (i, expectation) in expected.into_iter().enumerate() {
            let Some((centre, spread)) = expectation else { continue };
            let said = own.experts[i].hear(reading, centre, spread);
            if speaker == Some(i) {
                verdict.expected = Some(centre);
                verdict.basis = Some([Basis::Recent, Basis::TimeOfDay, Basis::TimeOfWeek][i]);
                if let Some(said) = said {
                    own.say(&said, &mut verdict);
                }
            }
        }
        own.recent.push(reading);
        own.day.push(day, reading, SLOT_GAIN);
        own.week.push(week, reading, SLOT_GAIN);
        Ok(verdict)
    }
}

impl Stored {
    /// Expectation and, of a slot, its own spread.
    fn expected(&self, day: usize, week: usize) -> [Option<(f64, Option<f64>)>; 3] {
        let of = |level: &Level, fewest| (level.n >= fewest).then_some((level.mean, Some(level.spread)));
        let recent = self.recent.median().filter(|_| self.recent.len() >= RECENT_FEWEST);
        [
            recent.map(|median| (median, None)),
            of(self.day.level(day), DAY_FEWEST),
            of(self.week.level(week), WEEK_FEWEST),
        ]
    }

    /// The expert whose errors were clearly the smallest, the simpler one first.
    fn speaker(&self, expected: &[Option<(f64, Option<f64>)>; 3]) -> Option<usize> {
        let mut best: Option<usize> = None;
        for i in (0..3).filter(|&i| expected[i].is_some()) {
            let usual = self.experts[i].usual;
            let better = |b: usize| usual.n > TRIED && usual.size < BETTER * self.experts[b].usual.size;
            if best.is_none_or(better) {
                best = Some(i);
            }
        }
        best
    }

    fn say(&mut self, said: &Said, verdict: &mut Verdict) {
        let probability = (3.0 * said.probability).min(1.0);
        let surprise = (-ln(probability) / (DECADES * std::f64::consts::LN_10)).clamp(0.0, 1.0);
        verdict.score = (surprise - self.said).max(0.0);
        verdict.reason = Some(said.reason);
        verdict.deviation = Some(said.deviation);
        let anomalous = verdict.score >= self.settings.alarm;
        verdict.status = if anomalous { Status::Anomalous } else { Status::Normal };
        if surprise > REMEMBERED {
            self.said = self.said.max(surprise);
        }
    }
}
