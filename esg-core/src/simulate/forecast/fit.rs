//! Estimation of ETS models by maximum likelihood, and the choice between them.
//!
//! A series is divided by a power of two first, so that its unit (t or mg) changes no digit of the result.
//!
//! # Source
//! Hyndman and others (2008), chapters 2.6 (start values), 5 (estimation) and 7 (AICc); the bounds and the set of models
//! are those of R's `forecast::ets`.

use super::decompose::decompose;
use super::error::ForecastError;
use super::ets::{Errors, Ets, Run, Seasonality, Smoothing, State, Trend};
use super::series::Series;
use super::simplex::{fold, minimise, minimise_again};
use super::smoothing::line;
use crate::math::ln;

/// Longest season of an ETS model: each of its periods is an unknown.
pub const MAX_SEASON: usize = 24;

/// Least and greatest share; a share of 0 or 1 is a different model.
const SHARE: (f64, f64) = (1e-4, 0.9999);
/// Least and greatest damping: below, the trend is gone at once; above, it is not damped.
const PHI: (f64, f64) = (0.8, 0.98);

/// An estimated model.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Model.
    pub model: Ets,
    /// Parameters.
    pub smoothing: Smoothing,
    /// State before the first period.
    pub initial: State,
    /// What it says about the series.
    pub run: Run,
    /// Variance of an error: SSE / (n - unknowns); of a relative error where errors are multiplicative.
    pub sigma2: f64,
    /// Akaike's criterion, corrected for short series; the variance counts as an unknown.
    pub aicc: f64,
    /// True when the errors are nothing but rounding.
    pub exact: bool,
}

/// The power of two that brings the largest magnitude within 1..2.
fn unit(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let mut unit = 1.0;
    while largest / unit >= 2.0 {
        unit *= 2.0;
    }
    while largest > 0.0 && largest / unit < 1.0 && unit > 1e-200 {
        unit *= 0.5;
    }
    unit
}

/// Returns how many values a model needs: its AICc divides by n - k - 1, and a seasonal one starts from two seasons.
pub fn least_length(model: &Ets, season: usize) -> usize {
    let likelihood = model.unknowns(season) + 3;
    if model.is_seasonal() { likelihood.max(2 * season) } else { likelihood }
}

/// Refuses what the model cannot be estimated from.
pub fn check(model: &Ets, series: &Series, season: usize) -> Result<(), ForecastError> {
    if model.is_seasonal() && !(2..=MAX_SEASON).contains(&season) {
        let rule = "a seasonal ETS model takes 2 to 24 periods; snaive and naive2 take longer ones";
        return Err(ForecastError::Season { season, rule });
    }
    series.require_length(least_length(model, season), &model.name())?;
    if model.needs_positive() { series.require_above(0.0, &model.name()) } else { Ok(()) }
}

/// Returns the model with its greatest likelihood for a series.
///
/// # Errors
/// [`ForecastError::Season`], [`ForecastError::TooShort`], [`ForecastError::NotPositive`]; [`ForecastError::Unbounded`] if the
/// model has no likelihood at its start values.
pub fn fit(model: &Ets, series: &Series, season: usize) -> Result<Fit, ForecastError> {
    check(model, series, season)?;
    let unit = unit(series.values());
    let values: Vec<f64> = series.values().iter().map(|value| value / unit).collect();
    let season = if model.is_seasonal() { season } else { 1 };
    let space = Space::new(*model, &values, season);
    let mut scratch = State { level: 0.0, trend: 0.0, seasonal: Vec::new() };
    let mut deviance = |x: &[f64]| match space.read(x, &mut scratch) {
        Some(p) => model.deviance(&p, &mut scratch, &values),
        None => f64::INFINITY,
    };
    // The likelihood has a hill for a level that hardly moves and one for a level that follows, and so on for trend and
    // season: a short walk from each, a long one from the two best.
    let steps = space.steps();
    let (short, long) = (30 * steps.len(), (200 * steps.len(), 8));
    let mut starts: Vec<_> =
        space.starts().iter().map(|start| minimise(&mut deviance, start, &steps, short)).collect();
    starts.sort_by(|a, b| a.value.total_cmp(&b.value));
    let mut found = minimise_again(&mut deviance, &starts[0].at, &steps, long);
    for start in starts.iter().skip(1).take(1) {
        let other = minimise_again(&mut deviance, &start.at, &steps, long);
        if other.value < found.value {
            found = other;
        }
    }
    let mut initial = State { level: 0.0, trend: 0.0, seasonal: Vec::new() };
    let smoothing = space.read(&found.at, &mut initial).filter(|_| found.value.is_finite());
    let unbounded = || ForecastError::Unbounded { model: model.name(), step: 0 };
    let smoothing = smoothing.ok_or_else(unbounded)?;
    let run = model.run(&smoothing, &initial, &values).map_err(|_| unbounded())?;
    Ok(finished(*model, season, smoothing, initial, run, unit))
}

/// Brings what was estimated back to the unit of the series.
fn finished(
    model: Ets,
    season: usize,
    smoothing: Smoothing,
    mut initial: State,
    mut run: Run,
    unit: f64,
) -> Fit {
    let n = run.fitted.len() as f64;
    let exact = run.sse <= n * super::ets::EXACT * super::ets::EXACT;
    let scale = |state: &mut State| {
        state.level *= unit;
        if !model.has_factor_trend() {
            state.trend *= unit;
        }
        if model.seasonality == Seasonality::Additive {
            state.seasonal.iter_mut().for_each(|s| *s *= unit);
        }
    };
    scale(&mut initial);
    scale(&mut run.state);
    run.fitted.iter_mut().for_each(|f| *f *= unit);
    run.log_likelihood -= n * ln(unit);
    if model.errors == Errors::Additive {
        run.sse *= unit * unit;
    }
    let unknowns = model.unknowns(season) as f64;
    let k = unknowns + 1.0;
    let aicc = -2.0 * run.log_likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
    Fit { model, smoothing, initial, sigma2: run.sse / (n - unknowns), run, aicc, exact }
}

/// The unknowns of a model as a list of numbers without bounds.
struct Space {
    model: Ets,
    season: usize,
    level: f64,
    trend: f64,
    figure: Vec<f64>,
    /// A typical error, by which a first step is measured.
    size: f64,
}

impl Space {
    fn new(model: Ets, values: &[f64], season: usize) -> Self {
        let factors = model.seasonality == Seasonality::Multiplicative;
        let parts =
            if model.is_seasonal() { decompose(values, season, model.seasonality).ok() } else { None };
        let mut figure = parts.map(|parts| parts.figure).unwrap_or_default();
        if factors {
            figure.iter_mut().for_each(|f| *f = f.max(0.01));
            let mean = figure.iter().sum::<f64>() / figure.len() as f64;
            figure.iter_mut().for_each(|f| *f /= mean);
        }
        let begin = values.len().min((2 * season).max(10));
        let adjusted: Vec<f64> = values[..begin]
            .iter()
            .enumerate()
            .map(|(at, y)| match model.seasonality {
                Seasonality::None => *y,
                Seasonality::Additive => y - figure[at % season],
                Seasonality::Multiplicative => y / figure[at % season],
            })
            .collect();
        let mean = adjusted.iter().sum::<f64>() / begin as f64;
        let (intercept, slope) = line(&adjusted);
        let (level, trend) = match model.trend {
            Trend::None => (mean, 0.0),
            Trend::Additive | Trend::Damped => (intercept, slope),
            Trend::Multiplicative | Trend::DampedMultiplicative => {
                let level = if intercept > 0.05 * mean { intercept } else { mean };
                (level, (1.0 + slope / level).max(0.5))
            }
        };
        let spread = adjusted.iter().map(|y| (y - intercept - slope).abs()).sum::<f64>() / begin as f64;
        Self { model, season, level, trend, figure, size: spread.max(0.01) }
    }

    /// Every pair of a slow and a fast level, trend and season.
    fn starts(&self) -> Vec<Vec<f64>> {
        let either = |there: bool, both: [f64; 2]| if there { both.to_vec() } else { vec![0.0] };
        let mut starts = Vec::new();
        for alpha in [0.2, 0.75] {
            for beta in either(self.model.has_trend(), [0.1, 0.7]) {
                for gamma in either(self.model.is_seasonal(), [0.05, 0.6]) {
                    starts.push(self.start(alpha, beta, gamma));
                }
            }
        }
        starts
    }

    fn start(&self, alpha: f64, beta: f64, gamma: f64) -> Vec<f64> {
        let mut x = vec![alpha];
        if self.model.has_trend() {
            x.push(beta);
        }
        if self.model.is_seasonal() {
            x.push(gamma);
        }
        if self.model.is_damped() {
            x.push(0.9);
        }
        x.push(self.level);
        if self.model.has_trend() {
            x.push(self.trend);
        }
        x.extend(self.figure.iter().skip(1));
        x
    }

    fn steps(&self) -> Vec<f64> {
        let shares = 1
            + usize::from(self.model.has_trend())
            + usize::from(self.model.is_seasonal())
            + usize::from(self.model.is_damped());
        let mut steps = vec![0.15; shares];
        steps.push(self.size * 0.5);
        if self.model.has_trend() {
            steps.push(if self.model.has_factor_trend() { 0.02 } else { self.size * 0.1 });
        }
        let seasonal =
            if self.model.seasonality == Seasonality::Multiplicative { 0.05 } else { self.size * 0.3 };
        steps.extend(self.figure.iter().skip(1).map(|_| seasonal));
        steps
    }

    /// Puts the state into `state` and returns the parameters; none where they are those of no model.
    fn read(&self, x: &[f64], state: &mut State) -> Option<Smoothing> {
        let mut rest = x.iter().copied();
        let mut take = || rest.next().unwrap_or(0.0);
        let within = |x: f64, (low, high): (f64, f64)| low + (high - low) * fold(x);
        let alpha = within(take(), SHARE);
        let beta = if self.model.has_trend() { within(take(), (SHARE.0, alpha)) } else { 0.0 };
        let gamma = if self.model.is_seasonal() { within(take(), (SHARE.0, 1.0 - alpha)) } else { 0.0 };
        let phi = if self.model.is_damped() { within(take(), PHI) } else { 1.0 };
        state.level = take();
        state.trend = if self.model.has_trend() { take() } else { 0.0 };
        if self.model.has_factor_trend() && (state.trend <= 0.0 || state.level <= 0.0) {
            return None;
        }
        state.seasonal.clear();
        if self.model.is_seasonal() {
            let factors = self.model.seasonality == Seasonality::Multiplicative;
            state.seasonal.push(0.0);
            state.seasonal.extend(rest);
            let others: f64 = state.seasonal[1..].iter().sum();
            state.seasonal[0] = if factors { self.season as f64 - others } else { -others };
            if factors && state.seasonal.iter().any(|s| *s <= 0.0) {
                return None;
            }
        }
        Some(Smoothing { alpha, beta, gamma, phi })
    }
}

/// The models that an automatic choice tries, simple ones first: no trend by a factor, and no factor season with
/// additive errors, whose variance runs away.
pub fn candidates() -> Vec<Ets> {
    let mut all = Vec::new();
    for seasonality in [Seasonality::None, Seasonality::Additive, Seasonality::Multiplicative] {
        for errors in [Errors::Additive, Errors::Multiplicative] {
            if errors == Errors::Additive && seasonality == Seasonality::Multiplicative {
                continue;
            }
            all.extend([Trend::None, Trend::Additive, Trend::Damped].map(|trend| Ets {
                errors,
                trend,
                seasonality,
            }));
        }
    }
    all
}

/// What became of a model that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Model.
    pub model: Ets,
    /// Its AICc, or why it was left out.
    pub outcome: Result<f64, ForecastError>,
}

/// Fits every candidate, on several threads where the feature is there: each fit is alone, so the numbers are the same.
fn fits(series: &Series, season: usize) -> Vec<(Ets, Result<Fit, ForecastError>)> {
    let models: Vec<Ets> =
        candidates().into_iter().filter(|model| season >= 2 || !model.is_seasonal()).collect();
    let one = |model: Ets| (model, fit(&model, series, season));
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        models.into_par_iter().map(one).collect()
    }
    #[cfg(not(feature = "rayon"))]
    models.into_iter().map(one).collect()
}

/// Returns the model of least AICc, and what became of each that was tried.
///
/// # Errors
/// That of the simplest model, when no model can be estimated.
pub fn select(series: &Series, season: usize) -> Result<(Fit, Vec<Candidate>), ForecastError> {
    let mut tried = Vec::new();
    let mut best: Option<Fit> = None;
    for (model, fitted) in fits(series, season) {
        tried.push(Candidate { model, outcome: fitted.as_ref().map(|f| f.aicc).map_err(Clone::clone) });
        if let Ok(fitted) = fitted
            && best.as_ref().is_none_or(|b| fitted.aicc < b.aicc)
        {
            best = Some(fitted);
        }
    }
    match best {
        Some(best) => Ok((best, tried)),
        None => Err(tried.into_iter().find_map(|c| c.outcome.err()).unwrap_or(ForecastError::TooShort {
            model: "a forecast".to_owned(),
            needed: 5,
            got: series.values().len(),
        })),
    }
}
