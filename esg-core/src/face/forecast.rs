//! A forecast as a caller words it: points in, what comes if nothing changes out.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::Document;
use super::error::FaceError;
use crate::error::Error;
use crate::simulate::forecast::trend::{Goal, Reach, TrendLine, over_time};
use crate::simulate::forecast::{
    Backtest, Forecast, Gaps, Level, Model, Options, Series, Slot, backtest, forecast,
};

/// Periods ahead where nobody says how many.
pub const HORIZON: usize = 12;
/// Probabilities of the intervals where nobody names any.
pub const LEVELS: [f64; 2] = [0.8, 0.95];
/// The model where none is named: the best of exponential smoothing by AICc.
pub const MODEL: &str = "auto";
/// Most points of a series that comes as a document.
const MAX_POINTS: usize = 100_000;

/// A value of a period; none where it is missing, which is not 0.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// `2024`, `2024-Q1`, `2024-03`, `2024-03-15`.
    pub period: String,
    /// The value.
    pub value: Option<f64>,
}

/// What is asked of a series. Everything but the points may be left out.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct ForecastQuestion {
    /// Name of the series. None unless given.
    pub series: String,
    /// The values, in the order of their periods; needed.
    pub points: Vec<Point>,
    /// Periods ahead: 12 unless given.
    pub horizon: usize,
    /// Periods in a season, 1 for none. That of the periods unless given: 7 days, 12 months, 4 quarters.
    pub season: Option<usize>,
    /// Model: `auto` unless given.
    pub model: String,
    /// Probabilities of the intervals: 0.8 and 0.95 unless given.
    pub levels: Vec<f64>,
    /// Fill missing periods on a straight line. Off unless given.
    pub interpolate: bool,
    /// Also hold out so many of the last periods, and judge the model by them. None unless given.
    pub holdout: Option<usize>,
    /// What no effort removes, for a trend: 0 unless given.
    pub floor: f64,
    /// When will the trend be at or below this? Not asked unless given.
    pub at_most: Option<f64>,
    /// When will the trend be at or above this? Not asked unless given.
    pub at_least: Option<f64>,
}

impl Default for ForecastQuestion {
    fn default() -> Self {
        Self {
            series: String::new(),
            points: Vec::new(),
            horizon: HORIZON,
            season: None,
            model: MODEL.to_owned(),
            levels: LEVELS.to_vec(),
            interpolate: false,
            holdout: None,
            floor: 0.0,
            at_most: None,
            at_least: None,
        }
    }
}

impl Document for ForecastQuestion {
    const WHAT: &'static str = "question about a series";
    const FIELDS: &'static [&'static str] = &[
        "series",
        "points",
        "horizon",
        "season",
        "model",
        "levels",
        "interpolate",
        "holdout",
        "floor",
        "at_most",
        "at_least",
    ];
}

/// When a trend arrives, at the widest level asked for.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where to.
    pub goal: Goal,
    /// Probability of the range.
    pub level: Level,
    /// The trend.
    pub line: TrendLine,
    /// When.
    pub reach: Reach,
}

/// A series and what is said of it.
#[derive(Clone, Debug)]
pub struct Forecasted {
    /// Its name.
    pub name: String,
    /// The series.
    pub series: Series,
    /// What comes.
    pub forecast: Forecast,
    /// How the model would have done, where that was asked.
    pub backtest: Option<Backtest>,
    /// When a target is reached, where that was asked.
    pub target: Option<Target>,
}

impl ForecastQuestion {
    /// Returns the forecast of the points.
    ///
    /// # Errors
    /// `option.value` for no points and for too many; the `forecast.*` codes.
    pub fn ask(&self) -> Result<Forecasted, Error> {
        if !(1..=MAX_POINTS).contains(&self.points.len()) {
            let rule = format!("1 to {MAX_POINTS} periods with their values");
            return Err(FaceError::value("points", self.points.len(), rule).into());
        }
        let gaps = self.gaps();
        let point = |point: &Point| Ok((point.period.trim().parse::<Slot>()?, point.value));
        let points = self.points.iter().map(point).collect::<Result<Vec<_>, Error>>()?;
        self.of(self.series.clone(), Series::from_points(points, gaps)?)
    }

    /// What is done with missing periods.
    pub const fn gaps(&self) -> Gaps {
        if self.interpolate { Gaps::Interpolate } else { Gaps::Refuse }
    }

    /// Returns the forecast of a series.
    ///
    /// # Errors
    /// The `forecast.*` codes; `option.value` for a target without a level.
    pub fn of(&self, name: String, series: Series) -> Result<Forecasted, Error> {
        let levels = self.levels.iter().map(|level| Level::new(*level)).collect::<Result<Vec<_>, _>>()?;
        let model = match self.model.parse()? {
            Model::Trend { .. } => Model::Trend { floor: self.floor },
            other => other,
        };
        let season = self.season.unwrap_or_else(|| series.first().step().season());
        let options = Options { model, season, horizon: self.horizon, levels };
        let forecast = forecast(&series, &options)?;
        let backtest = self.holdout.map(|held| backtest(&series, &options, held)).transpose()?;
        let target = self.target(&series, &options.levels)?;
        Ok(Forecasted { name, series, forecast, backtest, target })
    }

    fn target(&self, series: &Series, levels: &[Level]) -> Result<Option<Target>, Error> {
        let goal = match (self.at_most, self.at_least) {
            (Some(target), _) => Goal::AtMost(target),
            (None, Some(target)) => Goal::AtLeast(target),
            (None, None) => return Ok(None),
        };
        let widest = levels.iter().copied().reduce(|a, b| if b > a { b } else { a });
        let level = widest.ok_or_else(|| FaceError::value("levels", "empty", "given: a target needs one"))?;
        let line = over_time(series, self.floor)?;
        let reach = line.reach(goal, level)?;
        Ok(Some(Target { goal, level, line, reach }))
    }
}

impl Target {
    fn document(&self) -> Value {
        let (goal, target) = match self.goal {
            Goal::AtMost(target) => ("at_most", target),
            Goal::AtLeast(target) => ("at_least", target),
        };
        json!({"goal": goal, "target": target, "floor": self.line.floor, "level": self.level, "reach": self.reach,
               "change_per_year": self.line.change_per_year(), "r_squared": self.line.r_squared})
    }
}

impl Forecasted {
    /// Returns everything as a document.
    pub fn document(&self) -> Value {
        let mut document = json!(self.forecast);
        document["series"] = self.name.clone().into();
        let values = self.series.values().iter().enumerate();
        let history = values.map(|(at, value)| json!({"period": self.series.slot(at), "value": value}));
        document["history"] = history.collect();
        if let Some(backtest) = &self.backtest {
            document["backtest"] = json!(backtest);
        }
        if let Some(target) = &self.target {
            document["target"] = target.document();
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::read;
    use super::ForecastQuestion;

    fn ask(question: &str) -> Result<serde_json::Value, &'static str> {
        let question: ForecastQuestion = read(question.as_bytes()).map_err(|e| e.code())?;
        Ok(question.ask().map_err(|e| e.code())?.document())
    }

    #[test]
    fn the_naive_model_says_the_last_value_again() {
        let question = r#"{"series": "energy", "model": "naive", "horizon": 2, "levels": [0.8],
            "points": [{"period": "2024-01", "value": 3}, {"period": "2024-02", "value": 5}, {"period": "2024-03", "value": 4}]}"#;
        let document = ask(question).unwrap();
        let points = document["points"].as_array().unwrap();
        let found: Vec<_> =
            points.iter().map(|p| (p["period"].as_str().unwrap(), p["value"].as_f64().unwrap())).collect();
        assert_eq!(found, [("2024-04", 4.0), ("2024-05", 4.0)]);
        assert_eq!(
            (document["series"].as_str(), document["history"][1]["value"].as_f64()),
            (Some("energy"), Some(5.0))
        );
    }

    #[test]
    fn a_series_without_points_and_an_unknown_model_are_refused() {
        assert_eq!(ask("{}"), Err("option.value"));
        let point = r#"{"points": [{"period": "2024-01", "value": 1}], "model": "crystal"}"#;
        assert_eq!(ask(point), Err("forecast.model"));
        assert_eq!(ask(&point.replace("1}", "null}")), Err("forecast.gap"));
    }
}
