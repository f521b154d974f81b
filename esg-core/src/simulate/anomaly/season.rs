//! What is usual at a time of the day or of the week.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use super::level::Level;
use crate::time::Instant;

/// What repeats.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// The day, in UTC.
    Day,
    /// The week, in UTC, from Monday on.
    Week,
}

const DAY_MS: i64 = 86_400_000;
/// 1970-01-01 was a Thursday: the Monday before is three days earlier.
const MONDAY_MS: i64 = 3 * DAY_MS;

/// Most slots of a day: one a minute.
pub(super) const MOST_SLOTS: u32 = 1440;

impl Cycle {
    const fn days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
        }
    }
}

/// A level for each slot of the cycle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(super) struct Season {
    cycle: Cycle,
    slots: Vec<Level>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    cycle: Cycle,
    slots: Vec<Level>,
}

impl From<Season> for Stored {
    fn from(season: Season) -> Self {
        Self { cycle: season.cycle, slots: season.slots }
    }
}

impl TryFrom<Stored> for Season {
    type Error = AnomalyError;

    fn try_from(Stored { cycle, slots }: Stored) -> Result<Self, AnomalyError> {
        let days = cycle.days() as usize;
        if slots.is_empty() || slots.len() % days != 0 || slots.len() > MOST_SLOTS as usize * days {
            return Err(AnomalyError::State { part: "season", rule: "1 to 1440 slots a day" });
        }
        slots.iter().try_for_each(Level::check)?;
        Ok(Self { cycle, slots })
    }
}

impl Season {
    pub(super) fn new(cycle: Cycle, slots_a_day: u32) -> Self {
        Self { cycle, slots: vec![Level::default(); (slots_a_day * cycle.days()) as usize] }
    }

    /// True when both have the same cycle in as many slots.
    pub(super) fn same_slots(&self, other: &Self) -> bool {
        self.cycle == other.cycle && self.slots.len() == other.slots.len()
    }

    /// The slot that an instant falls into.
    pub(super) fn slot(&self, at: Instant) -> usize {
        let length = DAY_MS * i64::from(self.cycle.days());
        let into = (at.epoch_ms() + MONDAY_MS).rem_euclid(length);
        (into * self.slots.len() as i64 / length) as usize
    }

    pub(super) fn level(&self, slot: usize) -> &Level {
        &self.slots[slot]
    }

    pub(super) fn push(&mut self, slot: usize, reading: f64, least_gain: f64) {
        self.slots[slot].push(reading, least_gain);
    }
}
