//! Forecasts that a model has to beat: the last value, the last season, and both as the M4 competition defines them.
//!
//! # Source
//! Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition (2021), table 5.2 (variances); M4:
//! Makridakis, Spiliotis and Assimakopoulos (2020), and the competition's R functions.

use super::decompose::{decompose, is_seasonal};
use super::error::ForecastError;
use super::ets::{Ets, Seasonality};
use super::fit::fit;
use super::series::Series;
use super::spread::Path;

/// What a baseline says: forecasts, and one step ahead ones of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Means and variances.
    pub path: Path,
    /// `fitted[period]`, none where there was nothing to go by.
    pub fitted: Vec<Option<f64>>,
    /// Factors of the season that were taken out and put back, if the test found one.
    pub figure: Option<Vec<f64>>,
}

/// Variance of the errors of a fit around zero.
fn variance(values: &[f64], fitted: &[Option<f64>]) -> f64 {
    let squares: Vec<f64> =
        values.iter().zip(fitted).filter_map(|(y, f)| f.map(|f| (y - f) * (y - f))).collect();
    squares.iter().sum::<f64>() / squares.len().max(1) as f64
}

/// Returns the value of one season ago, again and again; for a season of 1 the last value.
///
/// # Errors
/// [`ForecastError::Season`] for a season of 0; [`ForecastError::TooShort`] with fewer than two differences.
pub fn seasonal_naive(series: &Series, season: usize, horizon: usize) -> Result<Baseline, ForecastError> {
    if season == 0 {
        return Err(ForecastError::Season { season, rule: "a season has at least 1 period" });
    }
    series.require_length(season + 2, if season == 1 { "naive" } else { "snaive" })?;
    let values = series.values();
    let n = values.len();
    let fitted: Vec<Option<f64>> = (0..n).map(|at| at.checked_sub(season).map(|back| values[back])).collect();
    let sigma2 = variance(values, &fitted);
    let mean = (0..horizon).map(|h| values[n - season + h % season]).collect();
    // One more difference for each season that has gone by.
    let variance = (0..horizon).map(|h| sigma2 * (h / season + 1) as f64).collect();
    Ok(Baseline { path: Path { mean, variance }, fitted, figure: None })
}

/// Returns the series without the season that the M4 test finds, and its factors.
fn adjusted(
    series: &Series,
    season: usize,
    model: &str,
) -> Result<(Series, Option<Vec<f64>>), ForecastError> {
    let values = series.values();
    if !is_seasonal(values, season) {
        return Ok((series.clone(), None));
    }
    series.require_above(0.0, model)?;
    let figure = decompose(values, season, Seasonality::Multiplicative)?.figure;
    let without: Vec<f64> = values.iter().enumerate().map(|(at, y)| y / figure[at % season]).collect();
    Ok((Series::starting(series.first(), &without)?, Some(figure)))
}

/// Puts the season back.
fn seasoned(mut baseline: Baseline, figure: Option<Vec<f64>>) -> Baseline {
    if let Some(figure) = figure {
        let n = baseline.fitted.len();
        let factor = |at: usize| figure[at % figure.len()];
        for (at, value) in baseline.fitted.iter_mut().enumerate() {
            *value = value.map(|value| value * factor(at));
        }
        for (h, mean) in baseline.path.mean.iter_mut().enumerate() {
            *mean *= factor(n + h);
        }
        for (h, variance) in baseline.path.variance.iter_mut().enumerate() {
            *variance *= factor(n + h) * factor(n + h);
        }
        baseline.figure = Some(figure);
    }
    baseline
}

/// Returns M4's Naive2: the last value of the series without its season, times the season. It is the naive forecast where
/// the test finds no season.
///
/// # Errors
/// [`ForecastError::TooShort`]; [`ForecastError::NotPositive`] where a season was found.
pub fn naive2(series: &Series, season: usize, horizon: usize) -> Result<Baseline, ForecastError> {
    let (without, figure) = adjusted(series, season, "naive2")?;
    Ok(seasoned(seasonal_naive(&without, 1, horizon)?, figure))
}

/// Returns M4's SES: simple exponential smoothing of the series without its season, times the season.
///
/// # Errors
/// As [`naive2`], and those of [`fit`].
pub fn ses(series: &Series, season: usize, horizon: usize) -> Result<Baseline, ForecastError> {
    let (without, figure) = adjusted(series, season, "ses")?;
    let fit = fit(&SIMPLE, &without, 1)?;
    let path = SIMPLE.project(&fit.smoothing, &fit.run.state, fit.sigma2, horizon);
    let fitted = fit.run.fitted.into_iter().map(Some).collect();
    Ok(seasoned(Baseline { path, fitted, figure: None }, figure))
}

const SIMPLE: Ets = Ets {
    errors: super::ets::Errors::Additive,
    trend: super::ets::Trend::None,
    seasonality: Seasonality::None,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_season_comes_again_and_its_variance_grows_by_season() {
        let series = Series::from_values(&[1.0, 5.0, 2.0, 7.0]).unwrap();
        let got = seasonal_naive(&series, 2, 5).unwrap();
        // Differences 1 and 2: variance (1 + 4) / 2.
        assert_eq!(got.path.mean, [2.0, 7.0, 2.0, 7.0, 2.0]);
        assert_eq!(got.path.variance, [2.5, 2.5, 5.0, 5.0, 7.5]);
        assert_eq!(got.fitted, [None, None, Some(1.0), Some(5.0)]);
    }

    #[test]
    fn a_season_is_only_taken_out_where_it_is_found() {
        let flat = Series::from_values(&[3.0, 4.0, 3.5, 3.8, 3.1, 4.2]).unwrap();
        let got = naive2(&flat, 4, 2).unwrap();
        assert_eq!((got.path.mean, got.figure), (vec![4.2, 4.2], None));
        // Twelve seasons of 2, 6: factors 1/2 and 3/2, and the last level is 4.
        let values: Vec<f64> = (0..24).map(|t| [2.0, 6.0][t % 2]).collect();
        let got = naive2(&Series::from_values(&values).unwrap(), 2, 3).unwrap();
        assert_eq!((got.path.mean, got.figure), (vec![2.0, 6.0, 2.0], Some(vec![0.5, 1.5])));
        let negative: Vec<f64> = values.iter().map(|y| y - 4.0).collect();
        let refused = naive2(&Series::from_values(&negative).unwrap(), 2, 3);
        assert_eq!(refused.map_err(|e| e.code()), Err("forecast.not_positive"));
    }
}
