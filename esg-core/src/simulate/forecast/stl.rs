//! Trend and season taken apart by local regression, with a season that is the same every year.
//!
//! Slower than moving averages and better at the ends of a series, where a moving average has no value.
//!
//! # Source
//! Cleveland, Cleveland, McRae and Terpenning, STL, Journal of Official Statistics 6 (1990), with the settings and
//! the interpolation of R's `stl(x, s.window = "periodic")`.

use super::error::ForecastError;

/// A series taken apart: `value = trend + seasonal + remainder`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stl {
    /// Trend of every period.
    pub trend: Vec<f64>,
    /// Season of every period; the same for the same position.
    pub seasonal: Vec<f64>,
}

/// A local regression: its window, its degree (0 or 1), and after how many points it is calculated anew.
#[derive(Clone, Copy)]
struct Loess {
    window: usize,
    degree: usize,
    jump: usize,
}

const INNER: usize = 2;

fn next_odd(x: f64) -> usize {
    let whole = x.ceil() as usize;
    if whole.is_multiple_of(2) { whole + 1 } else { whole }
}

/// Returns trend and periodic season of a series of more than two seasons.
///
/// # Errors
/// [`ForecastError::Season`] for less than 2 periods in a season, or no more than two seasons of values.
pub fn periodic(values: &[f64], season: usize) -> Result<Stl, ForecastError> {
    let n = values.len();
    if season < 2 || n <= 2 * season {
        let rule = "a season has at least 2 periods, and the series more than two seasons";
        return Err(ForecastError::Season { season, rule });
    }
    let loess = |window: usize, degree| Loess { window, degree, jump: window.div_ceil(10) };
    // R asks for a window of 10 n + 1 of degree 0: practically the mean.
    let seasonal_window = 10 * n + 1;
    let cycle = loess(seasonal_window, 0);
    let trend_window = next_odd(1.5 * season as f64 / (1.0 - 1.5 / seasonal_window as f64));
    let low_pass = loess(next_odd(season as f64), 1);
    let smooth = loess(trend_window, 1);

    let mut trend = vec![0.0; n];
    let mut seasonal = vec![0.0; n];
    for _ in 0..INNER {
        let detrended: Vec<f64> = values.iter().zip(&trend).map(|(y, t)| y - t).collect();
        let cycles = cycle_subseries(&detrended, season, cycle);
        let averaged = average(&average(&average(&cycles, season), season), 3);
        let low = low_pass.smooth(&averaged);
        for at in 0..n {
            seasonal[at] = cycles[season + at] - low[at];
        }
        let adjusted: Vec<f64> = values.iter().zip(&seasonal).map(|(y, s)| y - s).collect();
        trend = smooth.smooth(&adjusted);
    }
    let mean = |position: usize| {
        let all: Vec<f64> = seasonal.iter().skip(position).step_by(season).copied().collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    let figure: Vec<f64> = (0..season).map(mean).collect();
    Ok(Stl { trend, seasonal: (0..n).map(|at| figure[at % season]).collect() })
}

/// Smooths the values of each position of the season, one more at either end.
fn cycle_subseries(values: &[f64], season: usize, loess: Loess) -> Vec<f64> {
    let mut cycles = vec![0.0; values.len() + 2 * season];
    for position in 0..season {
        let own: Vec<f64> = values.iter().skip(position).step_by(season).copied().collect();
        let k = own.len();
        let inside = loess.smooth(&own);
        let right = loess.window.min(k);
        let left = (k + 1).saturating_sub(loess.window).max(1);
        let first = loess.at(&own, 0.0, 1, right).unwrap_or(inside[0]);
        let last = loess.at(&own, (k + 1) as f64, left, k).unwrap_or(inside[k - 1]);
        let all = [first].into_iter().chain(inside).chain([last]);
        for (m, value) in all.enumerate() {
            cycles[m * season + position] = value;
        }
    }
    cycles
}

/// Moving average; shorter than what it is made from.
fn average(values: &[f64], length: usize) -> Vec<f64> {
    let mut sum: f64 = values[..length].iter().sum();
    let mut averages = vec![sum / length as f64];
    for at in length..values.len() {
        sum = sum - values[at - length] + values[at];
        averages.push(sum / length as f64);
    }
    averages
}

impl Loess {
    /// Smooths at every `jump`-th point and the last, and joins them by straight lines.
    fn smooth(&self, values: &[f64]) -> Vec<f64> {
        let n = values.len();
        if n < 2 {
            return values.to_vec();
        }
        let jump = self.jump.min(n - 1);
        let mut places: Vec<usize> = (1..=n).step_by(jump).collect();
        let mut smoothed = vec![0.0; n];
        let mut window = (1, n);
        for i in &places {
            window = self.window_at(*i, n);
            smoothed[i - 1] = self.at(values, *i as f64, window.0, window.1).unwrap_or(values[i - 1]);
        }
        let last = *places.last().unwrap_or(&n);
        if last != n {
            // The last point is taken from the window of the one before.
            smoothed[n - 1] = self.at(values, n as f64, window.0, window.1).unwrap_or(values[n - 1]);
            places.push(n);
        }
        for pair in places.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let slope = (smoothed[to - 1] - smoothed[from - 1]) / (to - from) as f64;
            for between in from + 1..to {
                smoothed[between - 1] = smoothed[from - 1] + slope * (between - from) as f64;
            }
        }
        smoothed
    }

    /// First and last point (counted from 1) of the window around a point.
    fn window_at(&self, i: usize, n: usize) -> (usize, usize) {
        if self.window >= n {
            return (1, n);
        }
        let half = self.window.div_ceil(2);
        let left = (i + 1).saturating_sub(half).clamp(1, n - self.window + 1);
        (left, left + self.window - 1)
    }

    /// The regression at a place, over the points `left..=right` (counted from 1).
    fn at(&self, values: &[f64], place: f64, left: usize, right: usize) -> Option<f64> {
        let n = values.len();
        let mut reach = (place - left as f64).max(right as f64 - place);
        if self.window > n {
            reach += ((self.window - n) / 2) as f64;
        }
        let weight = |j: usize| {
            let r = (j as f64 - place).abs();
            if r > 0.999 * reach {
                return 0.0;
            }
            if r <= 0.001 * reach {
                return 1.0;
            }
            let share = r / reach;
            let rest = 1.0 - share * share * share;
            rest * rest * rest
        };
        let mut weights: Vec<f64> = (left..=right).map(weight).collect();
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        weights.iter_mut().for_each(|w| *w /= total);
        if reach > 0.0 && self.degree > 0 {
            let centre: f64 = weights.iter().zip(left..).map(|(w, j)| w * j as f64).sum();
            let from = |j: usize| j as f64 - centre;
            let spread: f64 = weights.iter().zip(left..).map(|(w, j)| w * from(j) * from(j)).sum();
            if spread.sqrt() > 0.001 * (n - 1) as f64 {
                let slope = (place - centre) / spread;
                for (w, j) in weights.iter_mut().zip(left..) {
                    *w *= slope * from(j) + 1.0;
                }
            }
        }
        Some(weights.iter().zip(&values[left - 1..right]).map(|(w, y)| w * y).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_with_a_season_comes_apart() {
        let season = [3.0, 0.0, -1.0, -2.0];
        let values: Vec<f64> = (0..40).map(|t| 5.0 + season[t % 4]).collect();
        let parts = periodic(&values, 4).unwrap();
        for at in 0..40 {
            assert!(
                (parts.trend[at] - 5.0).abs() < 1e-12 && (parts.seasonal[at] - season[at % 4]).abs() < 1e-12
            );
        }
    }

    #[test]
    fn two_seasons_are_too_few() {
        assert_eq!(periodic(&[1.0; 8], 4).map_err(|e| e.code()), Err("forecast.season"));
        assert_eq!(periodic(&[1.0; 8], 1).map_err(|e| e.code()), Err("forecast.season"));
        assert_eq!(periodic(&[1.0; 9], 4).map(|s| s.trend.len()), Ok(9));
    }
}
