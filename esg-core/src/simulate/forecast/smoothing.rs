//! Classical exponential smoothing by least squares: SES, Holt, and Holt and Winters, as R's `stats::HoltWinters` does it.
//!
//! It has no likelihood and no intervals; the ETS family has. It is here because its figures are in many reports, and
//! because they can be compared with those of other software.

use super::decompose::decompose;
use super::error::ForecastError;
use super::ets::Seasonality;
use super::simplex::{fold, minimise_again};

/// Parameters of classical smoothing, each 0 to 1; `beta` and `gamma` are shares of their own change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of the level.
    pub alpha: f64,
    /// Of the trend; none without a trend.
    pub beta: Option<f64>,
    /// Of the season; none without a season.
    pub gamma: Option<f64>,
}

/// A smoothed series.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// Parameters.
    pub weights: Weights,
    /// One step ahead forecasts of the last `fitted.len()` values.
    pub fitted: Vec<f64>,
    /// Sum of squared errors.
    pub sse: f64,
    /// Last level.
    pub level: f64,
    /// Last trend.
    pub trend: f64,
    /// Season to come, `seasonal[0]` that of the next period.
    pub seasonal: Vec<f64>,
    seasonality: Seasonality,
}

/// The shape of a smoothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// Level only.
    Simple,
    /// Level and trend.
    Holt,
    /// Level, trend and a season.
    Winters(Seasonality),
}

struct Start {
    first: usize,
    level: f64,
    trend: f64,
    seasonal: Vec<f64>,
}

/// Starts from the first value (simple), the first two (Holt), or a line through the decomposition of the first two seasons.
fn start(values: &[f64], season: usize, shape: Shape) -> Result<Start, ForecastError> {
    let needed = match shape {
        Shape::Simple => 2,
        Shape::Holt => 3,
        Shape::Winters(_) => 2 * season,
    };
    if values.len() < needed {
        let model = "exponential smoothing".to_owned();
        return Err(ForecastError::TooShort { model, needed, got: values.len() });
    }
    Ok(match shape {
        Shape::Simple => Start { first: 1, level: values[0], trend: 0.0, seasonal: vec![] },
        Shape::Holt => Start { first: 2, level: values[1], trend: values[1] - values[0], seasonal: vec![] },
        Shape::Winters(seasonality) => {
            let parts = decompose(&values[..2 * season], season, seasonality)?;
            let trend: Vec<f64> = parts.trend.into_iter().flatten().collect();
            let (level, slope) = line(&trend);
            Start { first: season, level, trend: slope, seasonal: parts.figure }
        }
    })
}

/// Returns intercept and slope of the least-squares line through `values` at 1, 2, 3, ...
pub(super) fn line(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let centre = (n + 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let at = |t: usize| (t + 1) as f64 - centre;
    let spread: f64 = (0..values.len()).map(|t| at(t) * at(t)).sum();
    let product: f64 = values.iter().enumerate().map(|(t, y)| at(t) * (y - mean)).sum();
    let slope = if spread > 0.0 { product / spread } else { 0.0 };
    (mean - slope * centre, slope)
}

fn run(values: &[f64], start: &Start, shape: Shape, weights: Weights) -> Smoothed {
    let (mut level, mut trend) = (start.level, start.trend);
    let mut seasonal = start.seasonal.clone();
    let seasonality = if let Shape::Winters(s) = shape { s } else { Seasonality::None };
    let (alpha, beta) = (weights.alpha, weights.beta.unwrap_or(0.0));
    let gamma = weights.gamma.unwrap_or(0.0);
    let mut fitted = Vec::with_capacity(values.len());
    let (mut sse, mut turn) = (0.0, 0);
    for y in &values[start.first..] {
        let ahead = level + trend;
        let s = seasonal.get(turn).copied().unwrap_or(0.0);
        let (mean, adjusted) = match seasonality {
            Seasonality::None => (ahead, *y),
            Seasonality::Additive => (ahead + s, y - s),
            Seasonality::Multiplicative => (ahead * s, y / s),
        };
        fitted.push(mean);
        sse += (y - mean) * (y - mean);
        let before = level;
        level = alpha * adjusted + (1.0 - alpha) * ahead;
        trend = beta * (level - before) + (1.0 - beta) * trend;
        if !seasonal.is_empty() {
            let seen = if seasonality == Seasonality::Additive { y - level } else { y / level };
            seasonal[turn] = gamma * seen + (1.0 - gamma) * s;
            turn = (turn + 1) % seasonal.len();
        }
    }
    seasonal.rotate_left(turn);
    Smoothed { weights, fitted, sse, level, trend, seasonal, seasonality }
}

/// Returns a series smoothed with given parameters.
///
/// # Errors
/// [`ForecastError::TooShort`]; [`ForecastError::Season`]; [`ForecastError::Unbounded`] where factors divide by zero.
pub fn smooth(
    values: &[f64],
    season: usize,
    shape: Shape,
    weights: Weights,
) -> Result<Smoothed, ForecastError> {
    let smoothed = run(values, &start(values, season, shape)?, shape, weights);
    if smoothed.sse.is_finite() {
        return Ok(smoothed);
    }
    Err(ForecastError::Unbounded { model: "exponential smoothing".to_owned(), step: 0 })
}

/// Returns a series smoothed with the parameters of least squared errors.
///
/// # Errors
/// As [`smooth`].
pub fn smooth_best(values: &[f64], season: usize, shape: Shape) -> Result<Smoothed, ForecastError> {
    let begin = start(values, season, shape)?;
    let weights = |x: &[f64]| {
        let share = |at: usize| x.get(at).map(|x| fold(*x));
        let seasonal = matches!(shape, Shape::Winters(_));
        Weights {
            alpha: share(0).unwrap_or(0.0),
            beta: if shape == Shape::Simple { None } else { share(1) },
            gamma: if seasonal { share(2) } else { None },
        }
    };
    let unknowns = match shape {
        Shape::Simple => 1,
        Shape::Holt => 2,
        Shape::Winters(_) => 3,
    };
    let mut best: Option<(f64, Vec<f64>)> = None;
    // The sum has more than one valley, so it is walked down from each corner of a coarse grid.
    for corner in 0..1usize << unknowns {
        let from: Vec<f64> = (0..unknowns).map(|i| if corner >> i & 1 == 0 { 0.15 } else { 0.7 }).collect();
        let steps = vec![0.2; unknowns];
        let sum = |x: &[f64]| run(values, &begin, shape, weights(x)).sse;
        let found = minimise_again(sum, &from, &steps, (150 * unknowns, 4));
        if best.as_ref().is_none_or(|(least, _)| found.value < *least) {
            best = Some((found.value, found.at));
        }
    }
    let at = best.map(|(_, at)| at).unwrap_or_default();
    smooth(values, season, shape, weights(&at))
}

impl Smoothed {
    /// Returns the forecasts of the coming periods.
    pub fn forecast(&self, horizon: usize) -> Vec<f64> {
        let ahead = |h: usize| {
            let level = self.level + (h + 1) as f64 * self.trend;
            match self.seasonality {
                Seasonality::None => level,
                Seasonality::Additive => level + self.seasonal[h % self.seasonal.len()],
                Seasonality::Multiplicative => level * self.seasonal[h % self.seasonal.len()],
            }
        };
        (0..horizon).map(ahead).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_holt_by_hand() {
        // Level 3, trend 2 after the first two; mean 5, seen 6: level 5.5, trend 2 + (2.5 - 2) / 2.
        let weights = Weights { alpha: 0.5, beta: Some(0.5), gamma: None };
        let got = smooth(&[1.0, 3.0, 6.0], 1, Shape::Holt, weights).unwrap();
        assert_eq!(
            (got.fitted.as_slice(), got.sse, got.level, got.trend),
            ([5.0].as_slice(), 1.0, 5.5, 2.25)
        );
        assert_eq!(got.forecast(2), [7.75, 10.0]);
    }

    #[test]
    fn what_cannot_be_smoothed_is_refused() {
        let code = |values: &[f64], season, shape| {
            smooth_best(values, season, shape).map(|_| ()).map_err(|e| e.code())
        };
        assert_eq!(code(&[1.0], 1, Shape::Simple), Err("forecast.too_short"));
        assert_eq!(code(&[1.0, 2.0], 1, Shape::Holt), Err("forecast.too_short"));
        assert_eq!(code(&[1.0; 7], 4, Shape::Winters(Seasonality::Additive)), Err("forecast.too_short"));
        assert_eq!(code(&[1.0; 7], 1, Shape::Winters(Seasonality::Additive)), Err("forecast.season"));
        assert_eq!(
            code(&[0.0; 9], 4, Shape::Winters(Seasonality::Multiplicative)),
            Err("forecast.unbounded")
        );
    }
}
