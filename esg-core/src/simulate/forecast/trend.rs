//! How fast a key figure improves, and when it will be where it should be.
//!
//! Efficiency falls by a share and not by an amount: 5 % a year of what is left. So the line is drawn through the logarithms,
//! of the part above a floor that no effort removes (1 for a PUE), over time or over what was ever produced (the
//! learning curve). An interval of logarithms never reaches below the floor. When the trend reaches a target is a range too:
//! it has no end as long as the slope could be zero.
//!
//! # Source
//! Least squares with Student's t: Draper and Smith, Applied Regression Analysis, 3rd edition (1998), chapters 1 and 3.2
//! (inverse regression after Fieller, 1954). Learning curve: Wright, Journal of the Aeronautical Sciences 3 (1936).

use serde::Serialize;

use super::Level;
use super::calendar::Slot;
use super::error::ForecastError;
use super::quantile::student;
use super::series::Series;
use crate::math::{exp, ln};

/// Further ahead than this no period is named.
const FURTHEST: f64 = 100_000.0;

/// A line through logarithms: `ln(value - floor) = intercept + slope x`.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendLine {
    /// What no effort removes, in the unit of the figure.
    pub floor: f64,
    /// Logarithm at x = 0.
    pub intercept: f64,
    /// Change of the logarithm for each 1 of x.
    pub slope: f64,
    /// Standard deviation of the logarithms around the line, n - 2 degrees of freedom.
    pub sigma: f64,
    /// Share of the variance of the logarithms that the line explains; none for a constant series.
    pub r_squared: Option<f64>,
    last: Slot,
    n: usize,
    mean_x: f64,
    mean_y: f64,
    spread_x: f64,
    last_x: f64,
    fitted: Vec<f64>,
}

/// What a figure should become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At most this: a PUE, kg CO2e for each unit.
    AtMost(f64),
    /// At least this: a share of renewable energy, a route efficiency.
    AtLeast(f64),
}

/// When a trend is where it should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Reach {
    /// The line is there in the last period.
    Already,
    /// The line does not move towards it.
    Never,
    /// The line crosses it in the future.
    At {
        /// Periods after the last one.
        periods: f64,
        /// Years after the last period.
        years: f64,
        /// First whole period at or past the target; none beyond 100,000 periods.
        period: Option<Slot>,
        /// Earliest years at the level asked for; none where the slope could be zero.
        earliest_years: Option<f64>,
        /// Latest years; none where it may never happen.
        latest_years: Option<f64>,
    },
}

fn line(series: &Series, xs: &[f64], floor: f64, model: &str) -> Result<TrendLine, ForecastError> {
    if floor.is_nan() || floor.abs() > super::series::MAX_VALUE {
        let rule = "a floor is finite and below every value";
        return Err(ForecastError::Parameter { parameter: "floor", value: floor, rule });
    }
    series.require_length(3, model)?;
    series.require_above(floor, model)?;
    let ys: Vec<f64> = series.values().iter().map(|y| ln(y - floor)).collect();
    let n = ys.len() as f64;
    let (mean_x, mean_y) = (xs.iter().sum::<f64>() / n, ys.iter().sum::<f64>() / n);
    let sum = |each: &dyn Fn(f64, f64) -> f64| -> f64 {
        xs.iter().zip(&ys).map(|(x, y)| each(x - mean_x, y - mean_y)).sum()
    };
    let (spread_x, spread_y) = (sum(&|x, _| x * x), sum(&|_, y| y * y));
    let slope = sum(&|x, y| x * y) / spread_x;
    let rest = sum(&|x, y| (y - slope * x) * (y - slope * x));
    let fitted = xs.iter().map(|x| floor + exp(mean_y + slope * (x - mean_x))).collect();
    Ok(TrendLine {
        floor,
        intercept: mean_y - slope * mean_x,
        slope,
        sigma: (rest / (n - 2.0)).sqrt(),
        r_squared: if spread_y > 0.0 { Some(1.0 - rest / spread_y) } else { None },
        last: series.slot(ys.len() - 1),
        n: ys.len(),
        mean_x,
        mean_y,
        spread_x,
        last_x: xs[xs.len() - 1],
        fitted,
    })
}

/// Returns the trend of a figure over time; x counts periods, 0 being the first.
///
/// # Errors
/// [`ForecastError::TooShort`] below 3 values, [`ForecastError::NotPositive`] for a value at or below the floor.
pub fn over_time(series: &Series, floor: f64) -> Result<TrendLine, ForecastError> {
    let xs: Vec<f64> = (0..series.values().len()).map(|t| t as f64).collect();
    line(series, &xs, floor, "a trend of logarithms")
}

/// Returns the learning curve of a figure over what was produced so far; x is the logarithm of the sum of `volumes`, each
/// period's own included. [`TrendLine::learning_rate`] says what a doubling does.
///
/// # Errors
/// As [`over_time`], and [`ForecastError::Pair`] for volumes of other periods, [`ForecastError::NotPositive`] for a volume
/// of zero or below.
pub fn over_volume(series: &Series, volumes: &Series, floor: f64) -> Result<TrendLine, ForecastError> {
    // The check of the pair is that of a ratio.
    volumes.require_above(0.0, "a learning curve")?;
    Series::ratio(series, volumes)?;
    let mut total = 0.0;
    let add = |volume: &f64| {
        total += volume;
        ln(total)
    };
    let xs: Vec<f64> = volumes.values().iter().map(add).collect();
    line(series, &xs, floor, "a learning curve")
}

impl TrendLine {
    /// Returns the values of the line in the history.
    pub fn fitted(&self) -> &[f64] {
        &self.fitted
    }

    /// Returns the share by which the part above the floor changes in a year: -0.05 is 5 % less each year; infinite
    /// beyond what a float holds. For [`over_time`].
    pub fn change_per_year(&self) -> f64 {
        exp(self.slope * self.last.step().per_year()) - 1.0
    }

    /// Returns the share by which the part above the floor falls with each doubling of the total volume. For [`over_volume`].
    pub fn learning_rate(&self) -> f64 {
        1.0 - exp(self.slope * std::f64::consts::LN_2)
    }

    /// Returns the median at x, and the interval of a single new value there.
    pub fn at(&self, x: f64, level: Level) -> (f64, f64, f64) {
        let from = x - self.mean_x;
        let middle = self.mean_y + self.slope * from;
        let n = self.n as f64;
        let sd = self.sigma * (1.0 + 1.0 / n + from * from / self.spread_x).sqrt();
        let half = student(level.get(), self.n - 2) * sd;
        (self.floor + exp(middle), self.floor + exp(middle - half), self.floor + exp(middle + half))
    }

    /// Returns median and interval `periods` after the last one. For [`over_time`].
    pub fn ahead(&self, periods: usize, level: Level) -> (f64, f64, f64) {
        self.at(self.last_x + periods as f64, level)
    }

    /// Returns the x at which the line is at a target.
    ///
    /// # Errors
    /// [`ForecastError::Target`] for a target at or below the floor.
    pub fn crossing(&self, target: f64) -> Result<f64, ForecastError> {
        Ok(self.mean_x + (self.logarithm(target)? - self.mean_y) / self.slope)
    }

    fn logarithm(&self, target: f64) -> Result<f64, ForecastError> {
        if target > self.floor && target.is_finite() {
            return Ok(ln(target - self.floor));
        }
        Err(ForecastError::Target { target, floor: self.floor })
    }

    /// Returns when the line is where it should be, with a range of that time at the level. For [`over_time`].
    ///
    /// # Errors
    /// As [`TrendLine::crossing`].
    pub fn reach(&self, goal: Goal, level: Level) -> Result<Reach, ForecastError> {
        let (Goal::AtMost(target) | Goal::AtLeast(target)) = goal;
        let wanted = self.logarithm(target)?;
        let now = self.mean_y + self.slope * (self.last_x - self.mean_x);
        let (there, towards) = match goal {
            Goal::AtMost(_) => (now <= wanted, self.slope < 0.0),
            Goal::AtLeast(_) => (now >= wanted, self.slope > 0.0),
        };
        if there {
            return Ok(Reach::Already);
        }
        if !towards {
            return Ok(Reach::Never);
        }
        let periods = self.crossing(target)? - self.last_x;
        if !periods.is_finite() {
            return Ok(Reach::Never);
        }
        let per_year = self.last.step().per_year();
        let range = self.range(wanted - self.mean_y, level);
        // Before the last period the line was not there: an earliest time in the past is now.
        let years = |x: f64| ((x + self.mean_x - self.last_x) / per_year).max(0.0);
        Ok(Reach::At {
            periods,
            years: periods / per_year,
            period: (periods <= FURTHEST).then(|| self.last.after(periods.ceil() as usize)),
            earliest_years: range.map(|(low, _)| years(low)),
            latest_years: range.map(|(_, high)| years(high)),
        })
    }

    /// Fieller's range of the x (less its mean) where the line is `d` above its mean; none when it is not bounded.
    fn range(&self, d: f64, level: Level) -> Option<(f64, f64)> {
        let q = student(level.get(), self.n - 2) * self.sigma;
        let a = self.slope * self.slope - q * q / self.spread_x;
        if a <= 0.0 {
            return None;
        }
        let half = q * (a / self.n as f64 + d * d / self.spread_x).sqrt();
        Some(((self.slope * d - half) / a, (self.slope * d + half) / a))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::forecast::Gaps;

    fn level(p: f64) -> Level {
        Level::new(p).unwrap()
    }

    fn years(values: &[f64]) -> Series {
        Series::starting(Slot::count(2020), values).unwrap()
    }

    #[track_caller]
    fn near(got: f64, want: f64, rel: f64) {
        assert!((got - want).abs() <= rel * want.abs(), "got {got}, want {want}");
    }

    #[test]
    fn a_pue_that_halves_its_overhead_each_year_is_followed() {
        // Overhead 0.8, 0.4, 0.2: half each year; 0.05 two years later.
        let trend = over_time(&years(&[1.8, 1.4, 1.2]), 1.0).unwrap();
        near(trend.change_per_year(), -0.5, 1e-12);
        near(trend.ahead(1, level(0.9)).0, 1.1, 1e-12);
        let Reach::At { years, period, .. } = trend.reach(Goal::AtMost(1.06), level(0.9)).unwrap() else {
            panic!("it is reached");
        };
        // log2(0.2 / 0.06) = 1.737 years.
        near(years, (0.2f64 / 0.06).log2(), 1e-12);
        assert_eq!(period.unwrap().to_string(), "2024");
        assert_eq!(trend.reach(Goal::AtMost(1.3), level(0.9)), Ok(Reach::Already));
        assert_eq!(trend.reach(Goal::AtLeast(1.9), level(0.9)), Ok(Reach::Never));
        assert_eq!(trend.reach(Goal::AtMost(1.0), level(0.9)).unwrap_err().code(), "forecast.target");
    }

    #[test]
    fn a_line_by_hand_has_its_interval_by_hand() {
        // Logarithms 0, 1, 1 at x = 0, 1, 2: slope 1/2, mean 2/3, residuals -1/6, 1/3, -1/6: sigma^2 = 1/6 over 1.
        let e = std::f64::consts::E;
        let trend = over_time(&years(&[1.0, e, e]), 0.0).unwrap();
        near(trend.slope, 0.5, 1e-14);
        near(trend.sigma, (1.0f64 / 6.0).sqrt(), 1e-14);
        near(trend.r_squared.unwrap(), 0.75, 1e-13);
        // At x = 3: 2/3 + 1 = 5/3, sd = sigma sqrt(1 + 1/3 + 4/2); at level 1/2 and one degree of freedom t = 1.
        let (median, low, high) = trend.ahead(1, level(0.5));
        let half = (1.0f64 / 6.0 * (10.0 / 3.0)).sqrt();
        near(median, (5.0f64 / 3.0).exp(), 1e-13);
        near(low, (5.0f64 / 3.0 - half).exp(), 1e-13);
        near(high, (5.0f64 / 3.0 + half).exp(), 1e-13);
        // Fieller at t = 1: a = 1/4 - (1/6)/2 = 1/6, d = 2 - 2/3 = 4/3, half = sqrt(1/6 (1/18 + 8/9)), and
        // (2/3 -+ half) * 6, counted from x = 1; the last period is x = 2.
        let reach = trend.reach(Goal::AtLeast(e * e), level(0.5)).unwrap();
        let Reach::At { years, earliest_years, latest_years, .. } = reach else { panic!("it is reached") };
        let half = (1.0f64 / 6.0 * (1.0 / 18.0 + 8.0 / 9.0)).sqrt();
        near(years, 5.0 / 3.0, 1e-12);
        near(earliest_years.unwrap(), (6.0 * (2.0 / 3.0 - half) - 1.0).max(0.0), 1e-12);
        near(latest_years.unwrap(), 6.0 * (2.0 / 3.0 + half) - 1.0, 1e-12);
        // At 99 % the slope could be zero, so no end is named.
        let open = trend.reach(Goal::AtLeast(e * e), level(0.99)).unwrap();
        assert!(matches!(open, Reach::At { latest_years: None, earliest_years: None, .. }), "{open:?}");
    }

    #[test]
    fn a_learning_curve_says_what_a_doubling_does() {
        // Totals 1, 2, 4, 8 and a fifth less with each doubling.
        let (figure, volumes) = (years(&[100.0, 80.0, 64.0, 51.2]), years(&[1.0, 1.0, 2.0, 4.0]));
        let trend = over_volume(&figure, &volumes, 0.0).unwrap();
        near(trend.learning_rate(), 0.2, 1e-12);
        near(trend.crossing(40.96).unwrap(), 16f64.ln(), 1e-12);
        let zero = over_volume(&figure, &years(&[1.0, 0.0, 1.0, 1.0]), 0.0).unwrap_err();
        assert_eq!(zero.code(), "forecast.not_positive");
        assert_eq!(over_volume(&figure, &years(&[1.0]), 0.0).unwrap_err().code(), "forecast.pair");
    }

    #[test]
    fn what_has_no_trend_is_refused_or_never_arrives() {
        let code = |values: &[f64], floor| over_time(&years(values), floor).map(|_| ()).map_err(|e| e.code());
        assert_eq!(code(&[1.2, 1.1], 1.0), Err("forecast.too_short"));
        assert_eq!(code(&[1.2, 1.0, 1.1], 1.0), Err("forecast.not_positive"));
        assert_eq!(code(&[1.2, 1.3, 1.1], f64::NAN), Err("forecast.parameter"));
        let flat = over_time(&years(&[2.0; 5]), 0.0).unwrap();
        assert_eq!((flat.sigma, flat.r_squared), (0.0, None));
        assert_eq!(flat.reach(Goal::AtMost(1.0), level(0.9)), Ok(Reach::Never));
        let months = ["2024-01", "2024-02", "2024-03"];
        let points = months.iter().zip([8.0, 4.0, 2.0]).map(|(m, y)| (m.parse().unwrap(), Some(y)));
        let monthly = over_time(&Series::from_points(points, Gaps::Refuse).unwrap(), 0.0).unwrap();
        // Half each month is 1/4096 each year.
        near(monthly.change_per_year(), 1.0 / 4096.0 - 1.0, 1e-12);
    }
}
