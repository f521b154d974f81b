//! How good a forecast was, and whether its errors still know something.
//!
//! # Source
//! Hyndman and Koehler, Another look at measures of forecast accuracy, International Journal of Forecasting 22 (2006),
//! as R's `forecast::accuracy` prints them; Ljung and Box, Biometrika 65 (1978).

use serde::Serialize;

use super::quantile::chi_square_above;

/// Returns the autocorrelations at the lags 0..=`most`; NaN for a series without variance.
pub fn autocorrelation(values: &[f64], most: usize) -> Vec<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let at = |lag: usize| -> f64 {
        values.iter().zip(values.iter().skip(lag)).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let variance = at(0);
    (0..=most).map(|lag| at(lag) / variance).collect()
}

/// Returns the statistic of Ljung and Box over the lags 1..=`lags`, and the probability that independent errors exceed it.
pub fn ljung_box(values: &[f64], lags: usize) -> (f64, f64) {
    let n = values.len() as f64;
    let r = autocorrelation(values, lags);
    let sum: f64 = r.iter().enumerate().skip(1).map(|(lag, r)| r * r / (n - lag as f64)).sum();
    let q = n * (n + 2.0) * sum;
    (q, chi_square_above(q, lags))
}

/// Measures of error; percentages as such. None where a measure would divide by zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// Mean error.
    pub me: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Mean percentage error.
    pub mpe: Option<f64>,
    /// Mean absolute percentage error.
    pub mape: Option<f64>,
    /// Mean of 200 |y - f| / (|y| + |f|), the measure of the M4 competition.
    pub smape: Option<f64>,
    /// Mean absolute error over that of the seasonal naive forecast within the training series.
    pub mase: Option<f64>,
    /// First autocorrelation of the errors.
    pub acf1: Option<f64>,
    /// Theil's U.
    pub theil_u: Option<f64>,
}

/// Returns the mean absolute difference of a series to itself one season before, by which MASE divides.
pub fn naive_scale(training: &[f64], season: usize) -> Option<f64> {
    let pairs = training.len().checked_sub(season).filter(|pairs| *pairs > 0)?;
    let sum: f64 = training.iter().zip(&training[season..]).map(|(a, b)| (b - a).abs()).sum();
    Some(sum / pairs as f64)
}

/// Returns how far forecasts lay from what came, `actual[period]` and `forecast[period]`; `scale` is that of
/// [`naive_scale`]. None for no period at all.
pub fn accuracy(actual: &[f64], forecast: &[f64], scale: Option<f64>) -> Option<Accuracy> {
    let errors: Vec<f64> = actual.iter().zip(forecast).map(|(y, f)| y - f).collect();
    if errors.is_empty() {
        return None;
    }
    let n = errors.len() as f64;
    let finite = |x: f64| x.is_finite().then_some(x);
    let mean = |each: &dyn Fn(f64, f64, f64) -> f64| -> f64 {
        errors.iter().zip(actual).zip(forecast).map(|((e, y), f)| each(*e, *y, *f)).sum::<f64>() / n
    };
    let mae = mean(&|e, _, _| e.abs());
    let (mut above, mut below) = (0.0, 0.0);
    for t in 1..errors.len() {
        let relative = errors[t] / actual[t - 1];
        let change = (actual[t] - actual[t - 1]) / actual[t - 1];
        above += relative * relative;
        below += change * change;
    }
    Some(Accuracy {
        me: mean(&|e, _, _| e),
        rmse: mean(&|e, _, _| e * e).sqrt(),
        mae,
        mpe: finite(mean(&|e, y, _| 100.0 * e / y)),
        mape: finite(mean(&|e, y, _| (100.0 * e / y).abs())),
        smape: finite(mean(&|e, y, f| 200.0 * e.abs() / (y.abs() + f.abs()))),
        mase: scale.and_then(|scale| finite(mae / scale)),
        acf1: if errors.len() > 1 { finite(autocorrelation(&errors, 1)[1]) } else { None },
        theil_u: finite((above / below).sqrt()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_a_small_case_come_out() {
        // Errors 1 and -2 of 10 and 8, forecasts 9 and 10.
        let a = accuracy(&[10.0, 8.0], &[9.0, 10.0], Some(3.0)).unwrap();
        assert_eq!((a.me, a.mae, a.mase), (-0.5, 1.5, Some(0.5)));
        assert!((a.rmse - 2.5f64.sqrt()).abs() < 1e-15);
        // (10 % - 25 %) / 2 and (10 % + 25 %) / 2; (200/19 + 400/18) / 2; U = |-2/10| / |-2/10|.
        assert_eq!((a.mpe, a.mape, a.theil_u), (Some(-7.5), Some(17.5), Some(1.0)));
        assert!((a.smape.unwrap() - (200.0 / 19.0 + 400.0 / 18.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_would_divide_by_zero_is_none() {
        let a = accuracy(&[0.0, 0.0], &[0.0, 0.0], naive_scale(&[1.0, 1.0], 1)).unwrap();
        assert_eq!((a.mae, a.mape, a.smape, a.mase, a.acf1, a.theil_u), (0.0, None, None, None, None, None));
        assert_eq!((accuracy(&[], &[], None), naive_scale(&[1.0], 1)), (None, None));
    }
}
