//! One question, one answer: a series, a model, a horizon; forecasts with intervals and everything that they rest on.

use std::str::FromStr;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::baseline::{Baseline, naive2, seasonal_naive, ses};
use super::calendar::Slot;
use super::caveat::Caveat;
use super::diagnostics::{Accuracy, accuracy, ljung_box, naive_scale};
use super::error::ForecastError;
use super::ets::{Ets, Smoothing};
use super::fit::{Candidate, Fit, fit, least_length, select};
use super::series::Series;
use super::spread::Variance;
use super::trend::{self, TrendLine};
use crate::math::inverse_normal as normal;

/// Most periods ahead.
pub const MAX_HORIZON: usize = 1_000;

/// Below this probability errors are said to depend on each other.
const DEPENDENT: f64 = 0.01;

/// The probability of an interval, above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Level(f64);

impl Level {
    /// Refuses what is no probability between 0 and 1.
    pub fn new(level: f64) -> Result<Self, ForecastError> {
        if level > 0.0 && level < 1.0 { Ok(Self(level)) } else { Err(ForecastError::Level { level }) }
    }

    /// Returns the probability.
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// Which model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// The ETS model of least AICc.
    Auto,
    /// A model of the ETS family.
    Ets(Ets),
    /// The last value.
    Naive,
    /// The last season.
    SeasonalNaive,
    /// Naive2 of the M4 competition.
    Naive2,
    /// Simple smoothing of the seasonally adjusted series, as the M4 competition did it.
    Ses,
    /// A constant rate of change, of the part above a floor.
    Trend {
        /// What no effort removes.
        floor: f64,
    },
}

impl FromStr for Model {
    type Err = ForecastError;

    /// Reads a name of the trade or of an ETS model; `trend` has the floor 0.
    fn from_str(text: &str) -> Result<Self, ForecastError> {
        Ok(match text {
            "auto" => Self::Auto,
            "naive" => Self::Naive,
            "snaive" => Self::SeasonalNaive,
            "naive2" => Self::Naive2,
            "ses" => Self::Ses,
            "trend" => Self::Trend { floor: 0.0 },
            "holt" => Self::Ets("AAN".parse()?),
            "damped" => Self::Ets("AAdN".parse()?),
            "hw-additive" => Self::Ets("AAA".parse()?),
            "hw-multiplicative" => Self::Ets("MAM".parse()?),
            other => Self::Ets(other.parse()?),
        })
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Model.
    pub model: Model,
    /// Periods in a season; 1 is none. [`Step::season`](super::Step::season) has the usual ones.
    pub season: usize,
    /// Periods ahead.
    pub horizon: usize,
    /// Probabilities of the intervals.
    pub levels: Vec<Level>,
}

/// A range of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Probability that the value lies within.
    pub level: Level,
    /// Lower bound, in the unit of the series.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// The forecast of one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Period.
    pub period: Slot,
    /// Forecast, in the unit of the series: the mean, for a trend of logarithms the median.
    pub value: f64,
    /// In the order of the levels asked for.
    pub intervals: Vec<Interval>,
}

impl Serialize for Candidate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Candidate", 2)?;
        out.serialize_field("model", &self.model)?;
        match &self.outcome {
            Ok(aicc) => out.serialize_field("aicc", aicc)?,
            Err(error) => out.serialize_field("left_out", error.code())?,
        }
        out.end()
    }
}

/// A forecast, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Model that was used.
    pub model: String,
    /// Periods in a season.
    pub season: usize,
    /// Coming periods.
    pub points: Vec<Point>,
    /// One step ahead forecasts of the history, `fitted[period]`; none where there was nothing to go by. Those of a trend are
    /// the values of its line.
    pub fitted: Vec<Option<f64>>,
    /// Errors of those.
    pub accuracy: Option<Accuracy>,
    /// Floor of a trend: what no effort removes.
    pub floor: Option<f64>,
    /// Parameters of an ETS model.
    pub smoothing: Option<Smoothing>,
    /// AICc of an ETS model.
    pub aicc: Option<f64>,
    /// What an automatic choice tried.
    pub candidates: Vec<Candidate>,
    /// Periods whose value was interpolated.
    pub interpolated: Vec<Slot>,
    /// What a reader has to know.
    pub caveats: Vec<Caveat>,
}

/// Value, variance and bounds of the coming periods, before they are dated.
enum Ahead {
    Normal { mean: Vec<f64>, variance: Vec<f64> },
    Line(Box<TrendLine>),
}

/// Returns the forecast of a series.
///
/// Intervals are normal around the mean (of a trend: Student's, of logarithms) and hold for one period at a time; that the
/// parameters are estimates is in those of a trend only.
///
/// # Errors
/// [`ForecastError::Horizon`], [`ForecastError::Season`], [`ForecastError::TooShort`], [`ForecastError::NotPositive`],
/// [`ForecastError::Unbounded`].
///
/// # Examples
/// ```
/// # use esg_core::simulate::forecast::{Level, Model, Options, Series, forecast};
/// let kwh = Series::from_values(&[100.0, 104.0, 103.0, 107.0])?;
/// let options = Options { model: Model::Naive, season: 1, horizon: 1, levels: vec![Level::new(0.95)?] };
/// let next = &forecast(&kwh, &options)?.points[0];
/// // Changes 4, -1 and 4: the variance is (16 + 1 + 16) / 3 = 11, and 1.96 sqrt(11) = 6.5.
/// assert_eq!((next.value, (next.intervals[0].upper * 10.0).round()), (107.0, 1135.0));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn forecast(series: &Series, options: &Options) -> Result<Forecast, ForecastError> {
    let (season, horizon) = (options.season, options.horizon);
    if !(1..=MAX_HORIZON).contains(&horizon) {
        return Err(ForecastError::Horizon { horizon, most: MAX_HORIZON });
    }
    if season == 0 {
        return Err(ForecastError::Season { season, rule: "a season has at least 1 period; 1 is none" });
    }
    let mut candidates = Vec::new();
    let (mut answer, ahead) = match options.model {
        Model::Auto => {
            let (best, tried) = select(series, season)?;
            candidates = tried;
            of_fit(best, season, horizon)
        }
        Model::Ets(model) => of_fit(fit(&model, series, season)?, season, horizon),
        Model::Naive => of_baseline("naive", 1, seasonal_naive(series, 1, horizon)?),
        Model::SeasonalNaive => of_baseline("snaive", season, seasonal_naive(series, season, horizon)?),
        Model::Naive2 => of_baseline("naive2", season, naive2(series, season, horizon)?),
        Model::Ses => of_baseline("ses", season, ses(series, season, horizon)?),
        Model::Trend { floor } => of_trend(trend::over_time(series, floor)?),
    };
    answer.points = points(series, &ahead, options, &answer.model)?;
    answer.candidates = candidates;
    answer.interpolated = series.interpolated().iter().map(|at| series.slot(*at)).collect();
    answer.accuracy = errors(series, &answer);
    caveats(&mut answer, series, options);
    Ok(answer)
}

fn blank(model: String, season: usize, fitted: Vec<Option<f64>>) -> Forecast {
    Forecast {
        model,
        season,
        points: Vec::new(),
        fitted,
        accuracy: None,
        floor: None,
        smoothing: None,
        aicc: None,
        candidates: Vec::new(),
        interpolated: Vec::new(),
        caveats: Vec::new(),
    }
}

fn of_fit(fit: Fit, season: usize, horizon: usize) -> (Forecast, Ahead) {
    let path = fit.model.project(&fit.smoothing, &fit.run.state, fit.sigma2, horizon);
    let season = if fit.model.is_seasonal() { season } else { 1 };
    let mut answer = blank(fit.model.name(), season, fit.run.fitted.iter().copied().map(Some).collect());
    answer.smoothing = Some(fit.smoothing);
    answer.aicc = Some(fit.aicc);
    if fit.exact {
        answer.caveats.push(Caveat::ExactFit);
    }
    if fit.model.variance() == Variance::OneAtATime {
        answer.caveats.push(Caveat::ApproximateIntervals);
    }
    (answer, Ahead::Normal { mean: path.mean, variance: path.variance })
}

fn of_baseline(name: &str, season: usize, baseline: Baseline) -> (Forecast, Ahead) {
    let Baseline { path, fitted, figure } = baseline;
    let season = if name == "snaive" || figure.is_some() { season } else { 1 };
    (blank(name.to_owned(), season, fitted), Ahead::Normal { mean: path.mean, variance: path.variance })
}

fn of_trend(line: TrendLine) -> (Forecast, Ahead) {
    let fitted = line.fitted().iter().copied().map(Some).collect();
    let answer = Forecast { floor: Some(line.floor), ..blank("trend".to_owned(), 1, fitted) };
    (answer, Ahead::Line(Box::new(line)))
}

fn points(
    series: &Series,
    ahead: &Ahead,
    options: &Options,
    model: &str,
) -> Result<Vec<Point>, ForecastError> {
    let point = |step: usize| {
        let interval = |level: &Level| match ahead {
            Ahead::Normal { mean, variance } => {
                let half = normal(0.5 + 0.5 * level.get()) * variance[step].max(0.0).sqrt();
                Interval { level: *level, lower: mean[step] - half, upper: mean[step] + half }
            }
            Ahead::Line(line) => {
                let (_, lower, upper) = line.ahead(step + 1, *level);
                Interval { level: *level, lower, upper }
            }
        };
        let value = match ahead {
            Ahead::Normal { mean, .. } => mean[step],
            Ahead::Line(line) => line.ahead(step + 1, Level(0.5)).0,
        };
        let intervals: Vec<Interval> = options.levels.iter().map(interval).collect();
        let all = intervals.iter().all(|i| i.lower.is_finite() && i.upper.is_finite());
        if !all || !value.is_finite() {
            return Err(ForecastError::Unbounded { model: model.to_owned(), step: step + 1 });
        }
        Ok(Point { period: series.slot(series.values().len() + step), value, intervals })
    };
    (0..options.horizon).map(point).collect()
}

/// The values that have a fitted one, and those.
fn compared(series: &Series, answer: &Forecast) -> (Vec<f64>, Vec<f64>) {
    series.values().iter().zip(&answer.fitted).filter_map(|(y, f)| f.map(|f| (*y, f))).unzip()
}

fn errors(series: &Series, answer: &Forecast) -> Option<Accuracy> {
    let (actual, fitted) = compared(series, answer);
    accuracy(&actual, &fitted, naive_scale(series.values(), answer.season))
}

fn caveats(answer: &mut Forecast, series: &Series, options: &Options) {
    let count = series.interpolated().len();
    if count > 0 {
        answer.caveats.push(Caveat::Interpolated { count });
    }
    let needed = least_length(&SMALLEST_SEASONAL, options.season);
    if options.model == Model::Auto && options.season > 1 && series.values().len() < needed {
        answer.caveats.push(Caveat::SeasonNotTried { needed });
    }
    let (actual, fitted) = compared(series, answer);
    // Of relative errors where they are, else those of large values would speak alone.
    let relative = answer.model.starts_with("ETS(M") || answer.model == "trend";
    let rest: Vec<f64> =
        actual.iter().zip(&fitted).map(|(y, f)| if relative { y / f - 1.0 } else { y - f }).collect();
    // As many lags as Hyndman and Athanasopoulos (2021), section 5.4, advise.
    let lags = if options.season > 1 { 2 * options.season } else { 10 }.min(rest.len() / 5);
    if lags > 0 {
        let (_, p) = ljung_box(&rest, lags);
        let exact = answer.caveats.contains(&Caveat::ExactFit);
        if p < DEPENDENT && !exact {
            answer.caveats.push(Caveat::DependentErrors { p });
        }
    }
    let below = answer.points.iter().any(|point| point.intervals.iter().any(|i| i.lower < 0.0));
    if below && series.values().iter().all(|value| *value >= 0.0) {
        answer.caveats.push(Caveat::BelowZero);
    }
}

const SMALLEST_SEASONAL: Ets = Ets {
    errors: super::ets::Errors::Additive,
    trend: super::ets::Trend::None,
    seasonality: super::ets::Seasonality::Additive,
};
