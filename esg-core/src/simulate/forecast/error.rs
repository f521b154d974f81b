//! Why a forecast was refused.

use crate::error::Kind;

/// Why a forecast was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// A period has no value.
    #[error(
        "the series has no value for {period}; a missing period is not 0: send it, or allow interpolation"
    )]
    Gap {
        /// First period without a value.
        period: String,
    },
    /// A value that is no number of the series.
    #[error("the value of {period} is {value}; a value is finite and within 1e100 of zero")]
    Value {
        /// Its period.
        period: String,
        /// The value.
        value: f64,
    },
    /// A period comes twice.
    #[error("{period} comes twice, as {first} and as {second}; a period has one value")]
    Doubled {
        /// The period.
        period: String,
        /// Value that came first.
        first: f64,
        /// Value that came second.
        second: f64,
    },
    /// A text that names no period.
    #[error(
        "{text:?} is no period; write 2024, 2024-Q1, 2024-03, 2024-W07, 2024-03-15 or 2024-03-15T14:00:00Z"
    )]
    Period {
        /// Text as it came.
        text: String,
    },
    /// Two periods of different lengths in one series.
    #[error("{first} and {other} are periods of different lengths; a series has one")]
    Step {
        /// First period of the series.
        first: String,
        /// The one that is unlike it.
        other: String,
    },
    /// Fewer values than the model has unknowns.
    #[error("{model} needs at least {needed} values; the series has {got}")]
    TooShort {
        /// Model.
        model: String,
        /// Least length.
        needed: usize,
        /// Length.
        got: usize,
    },
    /// A value of zero or below under a model of ratios.
    #[error("the value of {period} is {value}; {model} takes values above {above} only")]
    NotPositive {
        /// Its period.
        period: String,
        /// The value.
        value: f64,
        /// Model.
        model: String,
        /// Bound.
        above: f64,
    },
    /// A season that the model cannot have.
    #[error("a season of {season} periods does not fit: {rule}")]
    Season {
        /// Periods in a season.
        season: usize,
        /// What it must be.
        rule: &'static str,
    },
    /// A horizon that is none.
    #[error("the horizon is {horizon}; it must be 1 to {most} periods")]
    Horizon {
        /// Horizon.
        horizon: usize,
        /// Most.
        most: usize,
    },
    /// A level that is no probability.
    #[error("the level is {level}; an interval has a probability above 0 and below 1, such as 0.95")]
    Level {
        /// Level.
        level: f64,
    },
    /// No model of that name.
    #[error(
        "{name:?} is no model; known are auto, naive, snaive, naive2, ses, holt, damped, hw-additive, hw-multiplicative, trend, and ETS names such as AAdN or MAM"
    )]
    Model {
        /// Name as it came.
        name: String,
    },
    /// A parameter outside of its range, or a state that is not one of the model.
    #[error("{parameter} is {value}; {rule}")]
    Parameter {
        /// Parameter.
        parameter: &'static str,
        /// Value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A forecast or its variance that no number holds.
    #[error(
        "{model} leaves the range of numbers at step {step} (0 is the history); take a shorter horizon, or a damped or additive model"
    )]
    Unbounded {
        /// Model.
        model: String,
        /// Periods ahead.
        step: usize,
    },
    /// A ratio has nothing to divide by.
    #[error("the ratio of {period} has no value: its denominator is zero")]
    ZeroDenominator {
        /// The period.
        period: String,
    },
    /// Two series that are no pair.
    #[error("one series runs from {first} over {length} periods, the other from {other} over {others}")]
    Pair {
        /// First period of one.
        first: String,
        /// Length of it.
        length: usize,
        /// First period of the other.
        other: String,
        /// Length of it.
        others: usize,
    },
    /// More values, or a longer gap, than may be.
    #[error("the series has {got} periods, more than the {most} that are allowed")]
    Limit {
        /// Periods.
        got: usize,
        /// Most.
        most: usize,
    },
    /// A target that the trend cannot name a day for.
    #[error("the target {target} cannot be reached: the trend stays above its floor {floor}")]
    Target {
        /// Target.
        target: f64,
        /// Floor.
        floor: f64,
    },
}

impl ForecastError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "forecast.gap",
            Self::Value { .. } => "forecast.value",
            Self::Doubled { .. } => "forecast.doubled",
            Self::Period { .. } => "forecast.period",
            Self::Step { .. } => "forecast.step",
            Self::TooShort { .. } => "forecast.too_short",
            Self::NotPositive { .. } => "forecast.not_positive",
            Self::Season { .. } => "forecast.season",
            Self::Horizon { .. } => "forecast.horizon",
            Self::Level { .. } => "forecast.level",
            Self::Model { .. } => "forecast.model",
            Self::Parameter { .. } => "forecast.parameter",
            Self::Unbounded { .. } => "forecast.unbounded",
            Self::ZeroDenominator { .. } => "forecast.zero_denominator",
            Self::Pair { .. } => "forecast.pair",
            Self::Limit { .. } => "forecast.limit",
            Self::Target { .. } => "forecast.target",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Gap { .. } | Self::TooShort { .. } => Kind::Missing,
            Self::Doubled { .. } | Self::Step { .. } | Self::Pair { .. } => Kind::Conflict,
            Self::Value { .. }
            | Self::Period { .. }
            | Self::NotPositive { .. }
            | Self::Season { .. }
            | Self::Horizon { .. }
            | Self::Level { .. }
            | Self::Model { .. }
            | Self::Parameter { .. }
            | Self::Unbounded { .. }
            | Self::ZeroDenominator { .. }
            | Self::Limit { .. }
            | Self::Target { .. } => Kind::Invalid,
        }
    }
}
