//! A rule: what is watched, what is too much, over which time, and how loud to be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::error::AlertError;
use super::measure::Span;
use super::watch::Watch;
use super::words::{RuleWords, SpanWords};
use crate::error::Error;
use crate::ratio::Ratio;
use crate::time::{Day, Instant, Period};

/// Milliseconds of an hour.
pub(super) const HOUR_MS: i64 = 3_600_000;
/// Longest window: ten years.
const MAX_DAYS: u32 = 3660;
/// Longest name, label and value of a label, in characters.
const MAX_TEXT: usize = 200;
/// Most labels.
const MAX_LABELS: usize = 20;

/// How loud an alert is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// To look at.
    #[default]
    Warning,
    /// To look at now.
    Critical,
}

impl Severity {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// How far back is looked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Window {
    /// The last hours, up to now.
    Hours(u32),
    /// Whole days in UTC, the last one today.
    Days(u32),
    /// Given days, as far as they have passed.
    Fixed(Period),
}

impl Window {
    fn new(words: SpanWords) -> Result<Self, AlertError> {
        let (count, most, window) = match words {
            SpanWords::Hours(count) => (count, 24 * MAX_DAYS, Self::Hours(count)),
            SpanWords::Days(count) => (count, MAX_DAYS, Self::Days(count)),
        };
        if (1..=most).contains(&count) {
            Ok(window)
        } else {
            Err(AlertError::value("window", count, format!("1 to {most}")))
        }
    }

    /// Returns the span that ends at `at`.
    ///
    /// # Errors
    /// The codes of times, for a span before the year 0.
    pub fn span(self, at: Instant) -> Result<Span, Error> {
        let from = match self {
            Self::Hours(hours) => at.epoch_ms() - i64::from(hours) * HOUR_MS,
            Self::Days(days) => start_of(Day::from_epoch_days(at.day().epoch_days() + 1 - days as i32)?),
            Self::Fixed(period) => start_of(period.start()),
        };
        let until = match self {
            Self::Hours(_) | Self::Days(_) => at.epoch_ms(),
            Self::Fixed(period) => at.epoch_ms().min(start_of(period.end().next()) - 1),
        };
        Ok(Span { from: Instant::from_epoch_ms(from)?, until: Instant::from_epoch_ms(until)? })
    }

    /// Returns the span of the same length before, whose end is the beginning of this one.
    ///
    /// Whole days are compared with whole days, so today's part of a day stands against a full one.
    ///
    /// # Errors
    /// As [`Window::span`].
    pub fn before(self, at: Instant) -> Result<Span, Error> {
        let own = self.span(at)?;
        let length = match self {
            Self::Hours(hours) => i64::from(hours) * HOUR_MS,
            Self::Days(days) => i64::from(days) * 24 * HOUR_MS,
            Self::Fixed(period) => period.days() as i64 * 24 * HOUR_MS,
        };
        let from = Instant::from_epoch_ms(own.from.epoch_ms() - length)?;
        Ok(Span { from, until: Instant::from_epoch_ms(own.from.epoch_ms() - 1)? })
    }

    /// Its length in hours; none for given days.
    pub const fn hours(self) -> Option<i64> {
        match self {
            Self::Hours(hours) => Some(hours as i64),
            Self::Days(days) => Some(24 * days as i64),
            Self::Fixed(_) => None,
        }
    }
}

/// The first millisecond of a day.
pub(super) const fn start_of(day: Day) -> i64 {
    day.epoch_days() as i64 * 24 * HOUR_MS
}

/// A rule that can be judged.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What a person calls it.
    pub name: String,
    /// What is watched.
    pub watch: Watch,
    /// What is too much.
    pub condition: Condition,
    /// How far back is looked.
    pub window: Window,
    /// How long the condition must hold before the alert is raised, in milliseconds.
    pub after_ms: i64,
    /// How loud it is.
    pub severity: Severity,
    /// What its alerts carry along.
    pub labels: BTreeMap<String, String>,
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// The `alert.*` codes; as [`Watch::new`] and [`Condition::new`].
    pub fn new(words: &RuleWords) -> Result<Self, Error> {
        let missing = |part, rule| AlertError::Missing { part, rule };
        let name = words.name.clone().ok_or(missing("name", "what a person calls it"))?;
        text("name", &name)?;
        let watch = words.watch.as_ref().ok_or(missing("watch", "what it watches"))?;
        let watch = Watch::new(watch)?;
        let condition = words.condition.as_ref().ok_or(missing("condition", "what is too much"))?;
        let condition = Condition::new(condition, &watch)?;
        let window = match (&condition, words.window) {
            (Condition::Budget { period, .. }, None) => Window::Fixed(*period),
            (Condition::Budget { .. }, Some(_)) => {
                let rule = "left out: a budget has its own days";
                return Err(AlertError::value("window", "given", rule).into());
            }
            (_, Some(words)) => Window::new(words)?,
            (_, None) => {
                return Err(missing("window", "how far back it looks, such as {\"hours\": 24}").into());
            }
        };
        let after_ms = match words.after {
            None => 0,
            Some(after) => Window::new(after)?.hours().unwrap_or_default() * HOUR_MS,
        };
        let rule = Self {
            name,
            watch,
            condition,
            window,
            after_ms,
            severity: words.severity,
            labels: words.labels.clone(),
        };
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> Result<(), AlertError> {
        if self.labels.len() > MAX_LABELS {
            return Err(AlertError::value("labels", self.labels.len(), format!("at most {MAX_LABELS}")));
        }
        for (name, value) in &self.labels {
            text("labels", name)?;
            text("labels", value)?;
        }
        if self.watch.needs_days() && matches!(self.window, Window::Hours(_)) {
            return Err(AlertError::value("window", "hours", "days: inventories are of whole days"));
        }
        let (Some(hours), Condition::Threshold { limit, .. }) = (self.window.hours(), &self.condition) else {
            return Ok(());
        };
        // Silence beyond the window cannot be seen, so the limit must be within it.
        if matches!(self.watch, Watch::Silence { .. }) && *limit >= Ratio::from(hours) {
            let rule = "longer than the silence that is too much";
            return Err(AlertError::value("window", format!("{hours} h"), rule));
        }
        Ok(())
    }
}

/// Refuses text that is empty, long, or cannot be shown.
fn text(part: &'static str, text: &str) -> Result<(), AlertError> {
    let fits = (1..=MAX_TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let rule = || format!("1 to {MAX_TEXT} characters without control characters");
    if fits { Ok(()) } else { Err(AlertError::value(part, format!("{text:?}"), rule())) }
}
