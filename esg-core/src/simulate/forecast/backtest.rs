//! How a model would have done: the last periods are held out, forecast from what came before, and compared.
//!
//! A model that fits the history may still be beaten by the last season repeated, so that is judged beside it.

use serde::Serialize;

use super::baseline::seasonal_naive;
use super::diagnostics::{Accuracy, accuracy, naive_scale};
use super::error::ForecastError;
use super::outcome::{Forecast, Level, MAX_HORIZON, Options, forecast};
use super::series::Series;

/// How many held out values an interval held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Probability that it promised.
    pub level: Level,
    /// Values within.
    pub inside: usize,
}

/// What came of a hindsight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backtest {
    /// Periods held out.
    pub held_out: usize,
    /// Model that was used; an automatic choice may be another one than for the whole series.
    pub model: String,
    /// Its errors.
    pub accuracy: Option<Accuracy>,
    /// Those of the last season, or the last value, repeated.
    pub naive: Option<Accuracy>,
    /// In the order of the levels asked for.
    pub coverage: Vec<Coverage>,
}

/// Returns how the model does on the last periods, which it does not see. The horizon of the options is not used.
///
/// # Errors
/// [`ForecastError::Horizon`] for none or too many periods, [`ForecastError::TooShort`] when nothing is left, and those of
/// [`forecast`] for what is left.
pub fn backtest(series: &Series, options: &Options, held_out: usize) -> Result<Backtest, ForecastError> {
    if !(1..=MAX_HORIZON).contains(&held_out) {
        return Err(ForecastError::Horizon { horizon: held_out, most: MAX_HORIZON });
    }
    series.require_length(held_out + 1, "a backtest")?;
    let (seen, hidden) = series.values().split_at(series.values().len() - held_out);
    let training = Series::starting(series.first(), seen)?;
    let answer = forecast(&training, &Options { horizon: held_out, ..options.clone() })?;
    let naive = seasonal_naive(&training, options.season, held_out)?;
    let scale = naive_scale(seen, options.season);
    let said: Vec<f64> = answer.points.iter().map(|point| point.value).collect();
    Ok(Backtest {
        held_out,
        accuracy: accuracy(hidden, &said, scale),
        naive: accuracy(hidden, &naive.path.mean, scale),
        coverage: coverage(&answer, hidden, &options.levels),
        model: answer.model,
    })
}

fn coverage(answer: &Forecast, hidden: &[f64], levels: &[Level]) -> Vec<Coverage> {
    let inside = |at: usize| {
        let holds = |(point, value): (&super::outcome::Point, &f64)| {
            point.intervals.get(at).is_some_and(|i| (i.lower..=i.upper).contains(value))
        };
        answer.points.iter().zip(hidden).filter(|pair| holds(*pair)).count()
    };
    levels.iter().enumerate().map(|(at, level)| Coverage { level: *level, inside: inside(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::forecast::Model;

    fn options(model: Model) -> Options {
        let levels = vec![Level::new(0.5).unwrap(), Level::new(0.99).unwrap()];
        Options { model, season: 2, horizon: 7, levels }
    }

    #[test]
    fn the_last_periods_are_judged_by_those_before() {
        // Seen 1, 5, 2, 7: differences to one season ago 1 and 2, scale 1.5, variance 2.5. Hidden 2 and 9, said 2 and 7.
        let series = Series::from_values(&[1.0, 5.0, 2.0, 7.0, 2.0, 9.0]).unwrap();
        let got = backtest(&series, &options(Model::SeasonalNaive), 2).unwrap();
        let accuracy = got.accuracy.unwrap();
        assert_eq!((accuracy.me, accuracy.mae, accuracy.mase), (1.0, 1.0, Some(1.0 / 1.5)));
        assert_eq!(got.naive, got.accuracy);
        // 0.674 sd is 1.07 and 2.576 sd is 4.07.
        assert_eq!(got.coverage.iter().map(|c| c.inside).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn nothing_and_everything_cannot_be_held_out() {
        let series = Series::from_values(&[1.0, 5.0, 2.0, 7.0, 2.0, 9.0]).unwrap();
        let code = |held| backtest(&series, &options(Model::Naive), held).map_err(|e| e.code());
        assert_eq!(code(0), Err("forecast.horizon"));
        assert_eq!(code(1001), Err("forecast.horizon"));
        assert_eq!(code(6), Err("forecast.too_short"));
        assert_eq!(code(4), Err("forecast.too_short"));
        assert!(code(2).is_ok());
    }
}
