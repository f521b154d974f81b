//! Periods of one length, one after another: so that a hole in a series can be seen and named.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::error::ForecastError;
use crate::time::{Day, Instant};

const HOUR_MS: i64 = 3_600_000;

/// How long a period is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Step {
    /// An hour of UTC: `2024-03-15T14:00:00Z`.
    Hour,
    /// A day: `2024-03-15`.
    Day,
    /// A week of ISO 8601, from Monday: `2024-W07`.
    Week,
    /// A month: `2024-03`.
    Month,
    /// A quarter: `2024-Q1`.
    Quarter,
    /// A year, or a plain count: `2024`, `17`.
    Year,
}

impl Step {
    /// Returns how many of them make the season that people expect: 24 hours, 7 days, 12 months, 4 quarters; else 1.
    pub const fn season(self) -> usize {
        match self {
            Self::Hour => 24,
            Self::Day => 7,
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Week | Self::Year => 1,
        }
    }

    /// Returns how many of them make a year of 365.2425 days.
    pub const fn per_year(self) -> f64 {
        match self {
            Self::Hour => 8765.82,
            Self::Day => 365.2425,
            Self::Week => 365.2425 / 7.0,
            Self::Month => 12.0,
            Self::Quarter => 4.0,
            Self::Year => 1.0,
        }
    }
}

/// One period: its length, and which one it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Slot {
    step: Step,
    number: i64,
}

impl Slot {
    /// Returns the period of a count, which is written as it is.
    pub const fn count(number: i64) -> Self {
        Self { step: Step::Year, number }
    }

    /// How long it is.
    pub const fn step(self) -> Step {
        self.step
    }

    /// Returns its number: consecutive periods have consecutive numbers.
    pub const fn number(self) -> i64 {
        self.number
    }

    /// Returns the period that comes `periods` later.
    pub const fn after(self, periods: usize) -> Self {
        Self { step: self.step, number: self.number.saturating_add(periods as i64) }
    }
}

/// The Monday of the first ISO week of a year: the week with 4 January in it.
fn first_monday(year: i32) -> Option<i32> {
    let fourth = Day::new(year, 1, 4).ok()?.epoch_days();
    // 1970-01-01 was a Thursday, so (days + 3) mod 7 counts from Monday.
    Some(fourth - (fourth + 3).rem_euclid(7))
}

fn digits<T: FromStr>(text: &str, length: usize) -> Option<T> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn read(text: &str) -> Option<Slot> {
    let slot = |step, number: i64| Some(Slot { step, number });
    if text.len() > 10 {
        let ms = text.parse::<Instant>().ok()?.epoch_ms();
        return if ms % HOUR_MS == 0 { slot(Step::Hour, ms / HOUR_MS) } else { None };
    }
    let Some((year, rest)) = text.split_once('-').filter(|(year, _)| !year.is_empty()) else {
        let plain = text.strip_prefix('-').unwrap_or(text);
        return digits::<i64>(plain, plain.len())
            .and_then(|_| text.parse().ok())
            .map(Slot::count)
            .filter(|_| plain.len() <= 9);
    };
    let year: i32 = digits(year, 4)?;
    if let Some(quarter) = rest.strip_prefix('Q') {
        let quarter: i64 = digits(quarter, 1).filter(|q| (1..=4).contains(q))?;
        return slot(Step::Quarter, i64::from(year) * 4 + quarter - 1);
    }
    if let Some(week) = rest.strip_prefix('W') {
        let week: i32 = digits(week, 2).filter(|w| (1..=53).contains(w))?;
        let monday = first_monday(year)? + 7 * (week - 1);
        // A week 53 that the year does not have would be week 1 of the next.
        let exists = first_monday(year + 1).is_none_or(|next| monday < next);
        return if exists { slot(Step::Week, i64::from(monday + 3).div_euclid(7)) } else { None };
    }
    if rest.len() == 2 {
        let month: i64 = digits(rest, 2).filter(|m| (1..=12).contains(m))?;
        return slot(Step::Month, i64::from(year) * 12 + month - 1);
    }
    slot(Step::Day, i64::from(text.parse::<Day>().ok()?.epoch_days()))
}

impl FromStr for Slot {
    type Err = ForecastError;

    fn from_str(text: &str) -> Result<Self, ForecastError> {
        read(text).ok_or_else(|| ForecastError::Period { text: text.chars().take(40).collect() })
    }
}

/// Writes a day, or its number where the calendar of four-digit years has ended.
fn day(days: i64) -> Option<Day> {
    i32::try_from(days).ok().and_then(|days| Day::from_epoch_days(days).ok())
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.number;
        match self.step {
            Step::Hour => match n.checked_mul(HOUR_MS).and_then(|ms| Instant::from_epoch_ms(ms).ok()) {
                Some(instant) => write!(f, "{instant}"),
                None => write!(f, "hour {n}"),
            },
            Step::Day => match day(n) {
                Some(day) => write!(f, "{day}"),
                None => write!(f, "day {n}"),
            },
            Step::Week => {
                let monday = n * 7 - 3;
                // The Thursday of a week lies in the year that the week belongs to.
                let year = day(monday + 3).map(|thursday| thursday.ymd().0);
                match year.and_then(|year| Some((year, first_monday(year)?))) {
                    Some((year, first)) => {
                        write!(f, "{year:04}-W{:02}", (monday - i64::from(first)) / 7 + 1)
                    }
                    None => write!(f, "week {n}"),
                }
            }
            Step::Month => write!(f, "{:04}-{:02}", n.div_euclid(12), n.rem_euclid(12) + 1),
            Step::Quarter => write!(f, "{:04}-Q{}", n.div_euclid(4), n.rem_euclid(4) + 1),
            Step::Year => write!(f, "{n}"),
        }
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn follows(text: &str, next: &str) {
        let slot: Slot = text.parse().unwrap();
        assert_eq!((slot.to_string(), slot.after(1).to_string()), (text.to_owned(), next.to_owned()));
        assert_eq!(next.parse::<Slot>().unwrap(), slot.after(1));
    }

    #[test]
    fn a_period_is_written_as_it_was_read_and_has_a_next() {
        follows("2023-12", "2024-01");
        follows("2023-Q4", "2024-Q1");
        follows("2024-02-28", "2024-02-29");
        follows("2023-12-31T23:00:00Z", "2024-01-01T00:00:00Z");
        follows("2024", "2025");
        follows("-1", "0");
        follows("9", "10");
        // 2020 had 53 weeks, 2021 had 52 (ISO 8601: 2020-12-31 was a Thursday).
        follows("2020-W53", "2021-W01");
        follows("2021-W52", "2022-W01");
        follows("2019-W01", "2019-W02");
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let wrong = [
            "",
            "-",
            "2024-",
            "2024-13",
            "2024-00",
            "2024-Q5",
            "2024-Q",
            "2021-W53",
            "2024-W00",
            "2023-02-29",
            "24-01",
            "2024-1",
            "Jan 2024",
            "2024-03-15T14:30:00Z",
            "1e3",
            "12345678901",
            "2024/03",
            "-2024-03",
        ];
        for text in wrong {
            assert_eq!(text.parse::<Slot>().map_err(|e| e.code()), Err("forecast.period"), "{text:?}");
        }
    }
}
