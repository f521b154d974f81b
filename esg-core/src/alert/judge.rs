//! Judging: a rule, what was measured, how the rule stood and the time in; how it stands now out.

use super::condition::{Condition, Side};
use super::measure::{Observation, Span};
use super::rule::{HOUR_MS, Rule, start_of};
use crate::error::Error;
use crate::kpi::DIGITS;
use crate::ratio::Ratio;
use crate::simulate::anomaly::Status as Verdict;
use crate::time::{Instant, Period};

/// How a rule stands for a group.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// All is well.
    Ok,
    /// The condition holds, not yet for as long as the rule asks.
    Pending,
    /// The condition holds, or held and is not well again.
    Firing,
    /// Nothing was measured.
    NoData,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Pending, Self::Firing, Self::NoData];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::NoData => "no_data",
        }
    }
}

/// How a rule stands for a group, and what has to be remembered until it is judged again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// Since when.
    pub since: Instant,
    /// True from the first firing until all is well, through times without data.
    pub latched: bool,
    /// Since when the condition holds that does not fire yet.
    pub holds_since: Option<Instant>,
}

/// What a judgement rests on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// What was held against the limit, exact or with 12 digits; none where nothing was measured.
    pub figure: Option<String>,
    /// The limit.
    pub limit: String,
    /// Where all is well again.
    pub clear: String,
    /// Unit of the three.
    pub unit: String,
    /// What was measured in the window, in the unit of what is watched.
    pub value: Option<String>,
    /// What was measured in the window before, where the rule looks at it.
    pub before: Option<String>,
    /// Unit of the two.
    pub value_unit: String,
    /// The window.
    pub window: Span,
    /// Events that it rests on.
    pub events: u64,
    /// SHA-256 of the sorted SHA-256s of those events.
    pub digest: String,
    /// What a reader must know.
    pub note: Option<String>,
}

/// A judgement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evaluation {
    /// The group.
    pub group: String,
    /// How it stands now.
    pub standing: Standing,
    /// What that rests on.
    pub evidence: Evidence,
}

/// What is held against a limit.
struct Figure {
    figure: Option<Ratio>,
    /// On the wrong side of the limit.
    passed: bool,
    /// Where all is well again.
    well: bool,
    note: Option<String>,
}

impl Figure {
    fn none(note: &str) -> Self {
        Self { figure: None, passed: false, well: false, note: Some(note.to_owned()) }
    }

    fn of(figure: Ratio, side: Side, limit: &Ratio, clear: &Ratio) -> Self {
        let (passed, well) = (side.passed(&figure, limit), !side.passed(&figure, clear));
        Self { figure: Some(figure), passed, well, note: None }
    }
}

/// Returns how a rule stands for a group at an instant, which is not before the one at which it stood as `before` says.
///
/// # Errors
/// The `anomaly.*` codes for readings that a detector refuses; as [`super::Window::span`].
pub fn judge(
    rule: &Rule,
    seen: &Observation,
    before: Option<&Standing>,
    at: Instant,
) -> Result<Evaluation, Error> {
    let found = figure(rule, seen, at)?;
    let (latched, holds_since) =
        before.map_or((false, None), |standing| (standing.latched, standing.holds_since));
    let now = |state, latched, holds_since| (state, latched, holds_since);
    let (state, latched, holds_since) = match (&found.figure, latched) {
        (None, _) => now(State::NoData, latched, None),
        (Some(_), true) if found.well => now(State::Ok, false, None),
        (Some(_), true) => now(State::Firing, true, None),
        (Some(_), false) if found.passed => {
            let first = holds_since.unwrap_or(at);
            if at.epoch_ms() - first.epoch_ms() >= rule.after_ms {
                now(State::Firing, true, None)
            } else {
                now(State::Pending, false, Some(first))
            }
        }
        (Some(_), false) => now(State::Ok, false, None),
    };
    let since = before.filter(|before| before.state == state).map_or(at, |before| before.since);
    let standing = Standing { state, since, latched, holds_since };
    Ok(Evaluation { group: seen.group.clone(), standing, evidence: evidence(rule, seen, found, at)? })
}

fn evidence(rule: &Rule, seen: &Observation, found: Figure, at: Instant) -> Result<Evidence, Error> {
    let value_unit = rule.watch.unit()?.as_str().to_owned();
    let (limit, clear, unit) = match &rule.condition {
        Condition::Threshold { limit, clear, .. } => (shown(limit)?, shown(clear)?, value_unit.clone()),
        Condition::Change { limit, clear, .. } | Condition::Budget { limit, clear, .. } => {
            (shown(limit)?, shown(clear)?, "1".to_owned())
        }
        Condition::Anomaly { detector, .. } => {
            let alarm = detector.alarm().to_string();
            (alarm.clone(), alarm, "1".to_owned())
        }
    };
    let text = |ratio: &Option<Ratio>| ratio.as_ref().map(shown).transpose();
    let notes: Vec<String> = [found.note, seen.note.clone()].into_iter().flatten().collect();
    Ok(Evidence {
        figure: text(&found.figure)?,
        limit,
        clear,
        unit,
        value: text(&seen.value)?,
        before: text(&seen.before)?,
        value_unit,
        window: rule.window.span(at)?,
        events: seen.events,
        digest: seen.digest.clone(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    })
}

/// A figure as text: exact where a decimal is, else with 12 significant digits.
fn shown(ratio: &Ratio) -> Result<String, Error> {
    let decimal = match ratio.to_decimal_exact() {
        Some(decimal) => decimal,
        None => ratio.to_decimal(DIGITS)?,
    };
    Ok(decimal.to_string())
}

fn figure(rule: &Rule, seen: &Observation, at: Instant) -> Result<Figure, Error> {
    let value = seen.value.clone();
    Ok(match &rule.condition {
        Condition::Threshold { side, limit, clear } => match value {
            Some(value) => Figure::of(value, *side, limit, clear),
            None => Figure::none("nothing was measured"),
        },
        Condition::Change { side, limit, clear } => match (value, &seen.before) {
            (Some(value), Some(before)) => {
                let size = if before.is_negative() { -before.clone() } else { before.clone() };
                match (&value - before).checked_div(&size) {
                    Some(share) => Figure::of(share, *side, limit, clear),
                    None => Figure::none("the figure before was 0, and nothing is a share of that"),
                }
            }
            (Some(_), None) => Figure::none("nothing was measured in the window before"),
            (None, _) => Figure::none("nothing was measured"),
        },
        Condition::Budget { budget, period, limit, clear } => match (value, passed(*period, at)) {
            (_, None) => Figure::none("the days of the budget have not begun"),
            (None, _) => Figure::none("nothing was measured"),
            (Some(value), Some(passed)) => {
                let used = value.checked_div(budget).and_then(|used| used.checked_div(&passed));
                let used = used.expect("a budget is above 0, and so is time that has passed");
                Figure::of(used, Side::Above, limit, clear)
            }
        },
        Condition::Anomaly { detector, hours } => {
            let mut detector = detector.start()?;
            let counts_from = at.epoch_ms() - i64::from(*hours) * HOUR_MS;
            let mut highest: Option<f64> = None;
            let mut odd = false;
            for (instant, reading) in &seen.readings {
                let verdict = detector.push(*instant, Some(*reading))?;
                if instant.epoch_ms() < counts_from || verdict.status == Verdict::Learning {
                    continue;
                }
                odd |= verdict.is_anomalous();
                highest = Some(highest.map_or(verdict.score, |highest| highest.max(verdict.score)));
            }
            match highest {
                None => Figure::none("no reading of these hours could be judged"),
                Some(score) => {
                    let score = crate::Decimal::from_f64(score)?;
                    Figure { figure: Some(score.into()), passed: odd, well: !odd, note: None }
                }
            }
        }
    })
}

/// The share of a period that has passed, above 0 and at most 1; none before it begins.
fn passed(period: Period, at: Instant) -> Option<Ratio> {
    let (start, end) = (start_of(period.start()), start_of(period.end().next()));
    let gone = at.epoch_ms().min(end) - start;
    if gone <= 0 { None } else { Ratio::new(gone, end - start) }
}
