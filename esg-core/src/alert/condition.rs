//! What is too much: a number above or below a limit, with the place from which on all is well again.

use serde::{Deserialize, Serialize};

use super::error::AlertError;
use super::watch::Watch;
use super::words::{ConditionWords, QuantityWords};
use crate::decimal::Decimal;
use crate::error::Error;
use crate::ratio::Ratio;
use crate::simulate::anomaly::{
    AnomalyError, Combined, CombinedSettings, Cusum, CusumSettings, Detector, Ewma, EwmaSettings, RobustZ,
    RobustZSettings, Seasonal, SeasonalSettings,
};
use crate::time::Period;

/// On which side of the limit things are not well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

impl Side {
    /// True when a figure is on this side of a limit; at the limit it is not.
    pub fn passed(self, figure: &Ratio, limit: &Ratio) -> bool {
        match self {
            Self::Above => figure > limit,
            Self::Below => figure < limit,
        }
    }
}

/// A detector with its settings.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectorWords {
    /// The one to take when nothing is known about a series.
    Combined(CombinedSettings),
    /// Distance from the median.
    RobustZ(RobustZSettings),
    /// Small shifts, by a mean that forgets.
    Ewma(EwmaSettings),
    /// Small shifts, by sums.
    Cusum(CusumSettings),
    /// Distance from what is usual at this time of the day or week.
    Seasonal(SeasonalSettings),
}

impl DetectorWords {
    /// Returns the detector; it has seen nothing.
    ///
    /// # Errors
    /// `anomaly.setting`.
    pub fn start(self) -> Result<Box<dyn Detector>, AnomalyError> {
        Ok(match self {
            Self::Combined(settings) => Box::new(Combined::new(settings)?),
            Self::RobustZ(settings) => Box::new(RobustZ::new(settings)?),
            Self::Ewma(settings) => Box::new(Ewma::new(settings)?),
            Self::Cusum(settings) => Box::new(Cusum::new(settings)?),
            Self::Seasonal(settings) => Box::new(Seasonal::new(settings)?),
        })
    }

    /// The score from which on a reading is anomalous: the charts put their limit at one half.
    pub fn alarm(self) -> f64 {
        match self {
            Self::Combined(settings) => settings.alarm,
            Self::RobustZ(_) | Self::Ewma(_) | Self::Cusum(_) | Self::Seasonal(_) => 0.5,
        }
    }
}

/// What is too much, in the unit of what is watched.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The figure itself.
    Threshold {
        /// Which side is too much.
        side: Side,
        /// The limit.
        limit: Ratio,
        /// Where all is well again.
        clear: Ratio,
    },
    /// The share by which the figure differs from that of the window before.
    Change {
        /// Growth, or loss.
        side: Side,
        /// The share, below 0 for a loss.
        limit: Ratio,
        /// Where all is well again.
        clear: Ratio,
    },
    /// Share of a budget that is used, over the share of its days that has passed.
    Budget {
        /// What may be used.
        budget: Ratio,
        /// When.
        period: Period,
        /// The limit; 1 is on pace.
        limit: Ratio,
        /// Where all is well again.
        clear: Ratio,
    },
    /// The highest score of an odd reading.
    Anomaly {
        /// The detector.
        detector: DetectorWords,
        /// How long an odd reading counts, in hours.
        hours: u32,
    },
}

impl Condition {
    /// Reads a condition on what is watched.
    ///
    /// # Errors
    /// `alert.unit`, `alert.value`, `alert.pair`; `anomaly.setting`, `time.period`.
    pub fn new(words: &ConditionWords, watch: &Watch) -> Result<Self, Error> {
        let condition = match words {
            ConditionWords::Above { limit, clear } => threshold(Side::Above, limit, clear.as_ref(), watch)?,
            ConditionWords::Below { limit, clear } => threshold(Side::Below, limit, clear.as_ref(), watch)?,
            ConditionWords::Rise { share, clear } => {
                let (limit, clear) = shares("condition.share", *share, *clear)?;
                Self::Change { side: Side::Above, limit, clear }
            }
            ConditionWords::Fall { share, clear } => {
                let (limit, clear) = shares("condition.share", *share, *clear)?;
                if limit >= Ratio::one() {
                    let rule = "below 1: nothing falls by more than all of it";
                    return Err(AlertError::value("condition.share", share, rule).into());
                }
                Self::Change { side: Side::Below, limit: -limit, clear: -clear }
            }
            ConditionWords::Budget { budget, start, end, rate, clear } => {
                let (limit, clear) = shares("condition.rate", *rate, *clear)?;
                let period = Period::new(*start, *end)?;
                let amount = quantity(budget, watch)?;
                if amount <= Ratio::zero() {
                    return Err(AlertError::value("condition.budget", budget.value, "above 0").into());
                }
                Self::Budget { budget: amount, period, limit, clear }
            }
            ConditionWords::Anomaly { detector, hours } => {
                detector.start()?;
                if *hours == 0 {
                    return Err(AlertError::value("condition.hours", hours, "1 or more").into());
                }
                Self::Anomaly { detector: *detector, hours: *hours }
            }
        };
        condition.goes_with(watch)?;
        Ok(condition)
    }

    /// What a rule calls it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Threshold { side: Side::Above, .. } => "above",
            Self::Threshold { side: Side::Below, .. } => "below",
            Self::Change { side: Side::Above, .. } => "rise",
            Self::Change { side: Side::Below, .. } => "fall",
            Self::Budget { .. } => "budget",
            Self::Anomaly { .. } => "anomaly",
        }
    }

    fn goes_with(&self, watch: &Watch) -> Result<(), AlertError> {
        let refuse = |rule| Err(AlertError::Pair { condition: self.name(), watch: watch.name(), rule });
        match (self, watch) {
            (Self::Threshold { .. }, _) => Ok(()),
            (_, Watch::Silence { .. } | Watch::MissingNumbers { .. }) => refuse("take above or below"),
            (Self::Anomaly { .. }, Watch::Metric(_)) => Ok(()),
            (Self::Anomaly { .. }, _) => refuse("a detector judges readings: watch a metric"),
            (Self::Budget { .. }, Watch::Kpi { .. }) => refuse("a ratio is not used up; watch what is"),
            (Self::Budget { .. }, Watch::Metric(watch)) if watch.statistic != super::Statistic::Sum => {
                refuse("only a sum is used up")
            }
            (Self::Change { .. } | Self::Budget { .. }, _) => Ok(()),
        }
    }
}

fn threshold(
    side: Side,
    limit: &QuantityWords,
    clear: Option<&QuantityWords>,
    watch: &Watch,
) -> Result<Condition, Error> {
    let level = quantity(limit, watch)?;
    let well = clear.map(|clear| quantity(clear, watch)).transpose()?.unwrap_or_else(|| level.clone());
    if side.passed(&well, &level) {
        let rule = format!("on the good side of the limit of {} {}", limit.value, limit.unit);
        let value = clear.map(|clear| clear.value.to_string()).unwrap_or_default();
        return Err(AlertError::value("condition.clear", value, rule).into());
    }
    Ok(Condition::Threshold { side, limit: level, clear: well })
}

/// A limit without a unit, above 0, and where all is well again, at or below it.
fn shares(part: &'static str, limit: Decimal, clear: Option<Decimal>) -> Result<(Ratio, Ratio), AlertError> {
    if limit <= Decimal::ZERO {
        return Err(AlertError::value(part, limit, "above 0"));
    }
    let well = clear.unwrap_or(limit);
    if well > limit {
        return Err(AlertError::value("condition.clear", well, format!("at or below the limit of {limit}")));
    }
    Ok((limit.into(), well.into()))
}

/// A quantity in the unit of what is watched.
fn quantity(words: &QuantityWords, watch: &Watch) -> Result<Ratio, Error> {
    let (found, wanted) = (words.unit.parse::<crate::units::Unit>()?, watch.unit()?);
    let ratio = found.ratio_to(&wanted).map_err(|reason| AlertError::Unit {
        found: words.unit.clone(),
        watched: watch.name().to_owned(),
        wanted: wanted.as_str().to_owned(),
        reason: reason.to_string(),
    })?;
    Ok(Ratio::from(words.value) * ratio)
}
