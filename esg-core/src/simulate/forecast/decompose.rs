//! Trend and season taken apart by moving averages: for looking at a series, and for starting a model.
//!
//! # Source
//! The classical decomposition of R's `stats::decompose`: a centred average over one season, then the mean of what is left
//! for each position in the season.

use super::diagnostics::autocorrelation;
use super::error::ForecastError;
use super::ets::Seasonality;

/// A series taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// Centred moving average; none for the first and last half season.
    pub trend: Vec<Option<f64>>,
    /// `figure[position]` of one season that starts with the first value: amounts of mean 0, or factors of mean 1.
    pub figure: Vec<f64>,
}

/// Returns trend and season of a series of at least two seasons.
///
/// # Errors
/// [`ForecastError::Season`] for less than 2 periods in a season or less than two seasons of values;
/// [`ForecastError::Unbounded`] where factors divide by zero.
pub fn decompose(
    values: &[f64],
    season: usize,
    seasonality: Seasonality,
) -> Result<Decomposition, ForecastError> {
    if season < 2 || values.len() < 2 * season {
        let rule = "a season has at least 2 periods, and the series at least two seasons";
        return Err(ForecastError::Season { season, rule });
    }
    let trend = centred_average(values, season);
    let factors = seasonality == Seasonality::Multiplicative;
    let mut sums = vec![(0.0, 0.0); season];
    for (at, trend) in trend.iter().enumerate() {
        if let Some(trend) = trend {
            let rest = if factors { values[at] / trend } else { values[at] - trend };
            let (sum, count) = &mut sums[at % season];
            *sum += rest;
            *count += 1.0;
        }
    }
    let means: Vec<f64> = sums.iter().map(|(sum, count)| sum / count).collect();
    let centre = means.iter().sum::<f64>() / season as f64;
    let figure: Vec<f64> = means.iter().map(|m| if factors { m / centre } else { m - centre }).collect();
    if figure.iter().all(|f| f.is_finite()) {
        return Ok(Decomposition { trend, figure });
    }
    Err(ForecastError::Unbounded { model: "a decomposition by factors".to_owned(), step: 0 })
}

fn centred_average(values: &[f64], season: usize) -> Vec<Option<f64>> {
    let half = season / 2;
    let inside = half..values.len() - half;
    let average = |at: usize| {
        let window = &values[at - half..=at + half];
        let sum: f64 = window.iter().sum();
        // A window of an even season is one value too long: its ends count half.
        let ends = if season.is_multiple_of(2) { 0.5 * (window[0] + window[2 * half]) } else { 0.0 };
        (sum - ends) / season as f64
    };
    (0..values.len()).map(|at| inside.contains(&at).then(|| average(at))).collect()
}

/// Returns true when the autocorrelation at one season stands out at 90 %, as the M4 competition tested it.
///
/// # Source
/// Makridakis, Spiliotis and Assimakopoulos, The M4 Competition, International Journal of Forecasting 36 (2020); their
/// R function asks for three seasons. (R's own default lag limit, which silently ends the test for short series of long
/// seasons, is not imitated.)
pub fn is_seasonal(values: &[f64], season: usize) -> bool {
    if season < 2 || values.len() < 3 * season {
        return false;
    }
    let r = autocorrelation(values, season);
    let before: f64 = r[1..season].iter().map(|r| r * r).sum();
    let limit = 1.645 * ((1.0 + 2.0 * before) / values.len() as f64).sqrt();
    r[season].abs() > limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_season_comes_apart() {
        // y = 10 + t + (2, -1, -1): the average over a season of three is the line itself.
        let values: Vec<f64> = (0..12).map(|t| 10.0 + t as f64 + [2.0, -1.0, -1.0][t % 3]).collect();
        let parts = decompose(&values, 3, Seasonality::Additive).unwrap();
        assert_eq!(parts.trend[0], None);
        for t in 1..11 {
            assert!((parts.trend[t].unwrap() - (10.0 + t as f64)).abs() < 1e-12);
        }
        assert!(parts.figure.iter().zip([2.0, -1.0, -1.0]).all(|(got, want)| (got - want).abs() < 1e-12));
        assert!(is_seasonal(&values.iter().zip(0..).map(|(y, t)| y - f64::from(t)).collect::<Vec<_>>(), 3));
    }

    #[test]
    fn without_two_seasons_there_is_none() {
        let code =
            |values: &[f64], season| decompose(values, season, Seasonality::Additive).map_err(|e| e.code());
        assert_eq!(code(&[1.0; 7], 4), Err("forecast.season"));
        assert_eq!(code(&[1.0; 7], 1), Err("forecast.season"));
        assert!(code(&[1.0; 8], 4).is_ok());
        let zeros = decompose(&[0.0; 8], 4, Seasonality::Multiplicative);
        assert_eq!(zeros.map_err(|e| e.code()), Err("forecast.unbounded"));
        assert!(!is_seasonal(&[5.0; 40], 4));
    }
}
