//! Exponential smoothing as a state space model: level, trend and season that each error moves a little.
//!
//! One recursion serves all thirty models. Whether errors are additive or multiplicative changes the likelihood and the
//! intervals, not how the states follow the observations.
//!
//! # Source
//! Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing (2008), tables 2.2 and 2.3.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::error::ForecastError;
use crate::math::{exp, ln};

/// How the errors enter.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Errors {
    /// `y = mu + e`.
    Additive,
    /// `y = mu (1 + e)`.
    Multiplicative,
}

/// How the level grows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Trend {
    /// Not at all.
    None,
    /// By an amount each period.
    Additive,
    /// By an amount that dies away.
    Damped,
    /// By a factor each period.
    Multiplicative,
    /// By a factor that dies away.
    DampedMultiplicative,
}

/// How the season enters.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Seasonality {
    /// Not at all.
    None,
    /// As an amount.
    Additive,
    /// As a factor.
    Multiplicative,
}

/// A model of the ETS family. Written `ETS(M,Ad,A)`, read so or as `MAdA`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ets {
    /// How the errors enter.
    pub errors: Errors,
    /// How the level grows.
    pub trend: Trend,
    /// How the season enters.
    pub seasonality: Seasonality,
}

/// Smoothing parameters in the form of the state space model: `beta` and `gamma` are not divided by anything.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Smoothing {
    /// Share of an error that stays in the level.
    pub alpha: f64,
    /// Share that stays in the trend; 0 without one.
    pub beta: f64,
    /// Share that stays in the season; 0 without one.
    pub gamma: f64,
    /// Share of the trend that is left after a period; 1 where it is not damped.
    pub phi: f64,
}

/// Level, trend and season at the end of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Level.
    pub level: f64,
    /// Growth of a period: an amount (0 is none) or a factor (1 is none).
    pub trend: f64,
    /// `seasonal[0]` is that of the coming period, and so on for one season; empty without one.
    pub seasonal: Vec<f64>,
}

/// A run of a model over a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// One step ahead forecasts, `fitted[period]`.
    pub fitted: Vec<f64>,
    /// Sum of squared errors: of `y - mu`, or of `(y - mu) / mu` where errors are multiplicative.
    pub sse: f64,
    /// Gaussian log-likelihood with the variance `sse / n`, constants included.
    pub log_likelihood: f64,
    /// State at the end.
    pub state: State,
}

impl Ets {
    /// Returns the name for people and documents.
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// True with a season.
    pub fn is_seasonal(&self) -> bool {
        self.seasonality != Seasonality::None
    }

    /// True where a ratio is taken somewhere, so that values have to be above zero.
    pub fn needs_positive(&self) -> bool {
        self.errors == Errors::Multiplicative
            || self.has_factor_trend()
            || self.seasonality == Seasonality::Multiplicative
    }

    pub(super) fn has_trend(&self) -> bool {
        self.trend != Trend::None
    }

    pub(super) fn has_factor_trend(&self) -> bool {
        matches!(self.trend, Trend::Multiplicative | Trend::DampedMultiplicative)
    }

    pub(super) fn is_damped(&self) -> bool {
        matches!(self.trend, Trend::Damped | Trend::DampedMultiplicative)
    }

    /// Returns how many numbers are estimated, the variance left out: parameters, level, trend, season less one.
    pub fn unknowns(&self, season: usize) -> usize {
        let trend = if self.has_trend() { 2 } else { 0 };
        let damped = usize::from(self.is_damped());
        let seasonal = if self.is_seasonal() { 1 + season.saturating_sub(1) } else { 0 };
        2 + trend + damped + seasonal
    }

    /// The forecast of the level, and of the value.
    #[inline]
    fn ahead(&self, p: &Smoothing, level: f64, trend: f64, seasonal: f64) -> (f64, f64) {
        let level = match self.trend {
            Trend::None => level,
            Trend::Additive => level + trend,
            Trend::Damped => level + p.phi * trend,
            Trend::Multiplicative => level * trend,
            Trend::DampedMultiplicative => level * exp(p.phi * ln(trend)),
        };
        let mean = match self.seasonality {
            Seasonality::None => level,
            Seasonality::Additive => level + seasonal,
            Seasonality::Multiplicative => level * seasonal,
        };
        (level, mean)
    }

    /// The state after a value was seen: level, trend, seasonal.
    #[inline]
    fn follow(&self, p: &Smoothing, level: f64, trend: f64, seasonal: f64, y: f64) -> (f64, f64, f64) {
        let (ahead, mean) = self.ahead(p, level, trend, seasonal);
        let (error, seasonal) = match self.seasonality {
            Seasonality::None => (y - mean, seasonal),
            Seasonality::Additive => (y - mean, seasonal + p.gamma * (y - mean)),
            Seasonality::Multiplicative => ((y - mean) / seasonal, seasonal + p.gamma * (y - mean) / ahead),
        };
        let trend = match self.trend {
            Trend::None => trend,
            Trend::Additive => trend + p.beta * error,
            Trend::Damped => p.phi * trend + p.beta * error,
            // The factor that was used is ahead / level.
            Trend::Multiplicative | Trend::DampedMultiplicative => (ahead + p.beta * error) / level,
        };
        (ahead + p.alpha * error, trend, seasonal)
    }

    /// Runs the recursion and hands each mean to `see`, with the value that `next` gives for it.
    pub(super) fn walk(
        &self,
        p: &Smoothing,
        state: &mut State,
        periods: usize,
        mut next: impl FnMut(usize, f64) -> Option<f64>,
    ) {
        let season = state.seasonal.len();
        let mut turn = 0;
        for at in 0..periods {
            let seasonal = if season == 0 { 0.0 } else { state.seasonal[turn] };
            let (_, mean) = self.ahead(p, state.level, state.trend, seasonal);
            let Some(y) = next(at, mean) else { break };
            let (level, trend, seasonal) = self.follow(p, state.level, state.trend, seasonal, y);
            (state.level, state.trend) = (level, trend);
            if season > 0 {
                state.seasonal[turn] = seasonal;
                turn = if turn + 1 == season { 0 } else { turn + 1 };
            }
        }
        state.seasonal.rotate_left(turn);
    }

    /// Returns the deviance: -2 log-likelihood without its constants; infinite where the model has none.
    pub(super) fn deviance(&self, p: &Smoothing, state: &mut State, values: &[f64]) -> f64 {
        let n = values.len() as f64;
        let multiplicative = self.errors == Errors::Multiplicative;
        let (mut sse, mut logs, mut product, mut seen) = (0.0, 0.0, 1.0, 0);
        self.walk(p, state, values.len(), |at, mean| {
            let y = values[at];
            if multiplicative {
                // A mean at or below zero has no ratio.
                if !(mean > 0.0 && mean < 1e150) {
                    return None;
                }
                let error = (y - mean) / mean;
                sse += error * error;
                product *= mean;
                if !(1e-100..=1e100).contains(&product) {
                    logs += ln(product);
                    product = 1.0;
                }
            } else {
                if mean.is_nan() || mean.abs() > 1e150 {
                    return None;
                }
                sse += (y - mean) * (y - mean);
            }
            seen += 1;
            Some(y)
        });
        if seen < values.len() || !sse.is_finite() {
            return f64::INFINITY;
        }
        n * ln(sse.max(n * EXACT * EXACT)) + 2.0 * (logs + ln(product))
    }

    /// Returns what the model says about a series, given its parameters and the state before it.
    ///
    /// # Errors
    /// [`ForecastError::Parameter`] for parameters outside of 0..=1, a season that is not the state's, or states
    /// that leave the range of the model.
    pub fn run(&self, p: &Smoothing, initial: &State, values: &[f64]) -> Result<Run, ForecastError> {
        self.check(p, initial)?;
        let (mut state, mut fitted, mut sse) = (initial.clone(), Vec::with_capacity(values.len()), 0.0);
        let multiplicative = self.errors == Errors::Multiplicative;
        self.walk(p, &mut state, values.len(), |at, mean| {
            let error = if multiplicative { (values[at] - mean) / mean } else { values[at] - mean };
            sse += error * error;
            fitted.push(mean);
            Some(values[at])
        });
        let n = values.len() as f64;
        let mut again = initial.clone();
        let deviance = self.deviance(p, &mut again, values);
        if !deviance.is_finite() {
            let rule = "the model has no likelihood with it: a mean leaves the range of the model";
            return Err(ForecastError::Parameter { parameter: "level", value: initial.level, rule });
        }
        let log_likelihood = -0.5 * (deviance + n * (ln(2.0 * PI) + 1.0 - ln(n)));
        Ok(Run { fitted, sse, log_likelihood, state })
    }

    /// Refuses parameters and states that are not those of the model.
    pub(super) fn check(&self, p: &Smoothing, state: &State) -> Result<(), ForecastError> {
        for (parameter, value) in [("alpha", p.alpha), ("beta", p.beta), ("gamma", p.gamma), ("phi", p.phi)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(ForecastError::Parameter { parameter, value, rule: "it must be within 0 and 1" });
            }
        }
        let length = state.seasonal.len();
        if self.is_seasonal() == (length < 2) {
            let rule = "a seasonal model has one for each period of a season, at least 2; others have none";
            return Err(ForecastError::Parameter { parameter: "seasonal", value: length as f64, rule });
        }
        let all = [state.level, state.trend];
        if let Some(value) = all.iter().chain(&state.seasonal).find(|value| !value.is_finite()) {
            let rule = "a state is finite";
            return Err(ForecastError::Parameter { parameter: "state", value: *value, rule });
        }
        if self.has_factor_trend() && (state.trend <= 0.0 || state.level <= 0.0) {
            let rule = "a level that grows by a factor, and the factor, are above 0";
            let value = state.trend.min(state.level);
            return Err(ForecastError::Parameter { parameter: "trend", value, rule });
        }
        Ok(())
    }
}

/// Errors below this, of a series scaled to 1, are rounding: a fit is not better for having less.
pub(super) const EXACT: f64 = 1e-14;

impl fmt::Display for Ets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = if self.errors == Errors::Additive { "A" } else { "M" };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
            Trend::Multiplicative => "M",
            Trend::DampedMultiplicative => "Md",
        };
        let seasonality = match self.seasonality {
            Seasonality::None => "N",
            Seasonality::Additive => "A",
            Seasonality::Multiplicative => "M",
        };
        write!(f, "ETS({errors},{trend},{seasonality})")
    }
}

impl Serialize for Ets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Ets {
    type Err = ForecastError;

    fn from_str(text: &str) -> Result<Self, ForecastError> {
        let bare = text.strip_prefix("ETS(").and_then(|rest| rest.strip_suffix(')'));
        let letters: String = bare.unwrap_or(text).chars().filter(|c| *c != ',').collect();
        let read = || {
            let errors = match letters.get(..1)? {
                "A" => Errors::Additive,
                "M" => Errors::Multiplicative,
                _ => return None,
            };
            let trend = match letters.get(1..letters.len().checked_sub(1)?)? {
                "N" => Trend::None,
                "A" => Trend::Additive,
                "Ad" => Trend::Damped,
                "M" => Trend::Multiplicative,
                "Md" => Trend::DampedMultiplicative,
                _ => return None,
            };
            let seasonality = match letters.get(letters.len() - 1..)? {
                "N" => Seasonality::None,
                "A" => Seasonality::Additive,
                "M" => Seasonality::Multiplicative,
                _ => return None,
            };
            Some(Self { errors, trend, seasonality })
        };
        read().ok_or_else(|| ForecastError::Model { name: text.chars().take(40).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for name in ["ETS(A,N,N)", "ETS(M,Ad,A)", "ETS(A,Md,M)", "ETS(M,M,N)", "ETS(A,A,A)"] {
            assert_eq!(name.parse::<Ets>().unwrap().name(), name);
        }
        assert_eq!("MAdM".parse::<Ets>().unwrap().name(), "ETS(M,Ad,M)");
        for wrong in ["", "A", "AN", "NNN", "AXN", "ANX", "AAdd", "ETS(A,N,N", "äNN", "AAAA"] {
            assert_eq!(wrong.parse::<Ets>().map_err(|e| e.code()), Err("forecast.model"), "{wrong:?}");
        }
    }

    #[test]
    fn a_hand_of_steps_of_holt_comes_out() {
        // alpha 1/2, beta 1/4, level 10, trend 2: mean 12, seen 14, error 2: level 13, trend 2.5, next mean 15.5.
        let model: Ets = "AAN".parse().unwrap();
        let p = Smoothing { alpha: 0.5, beta: 0.25, gamma: 0.0, phi: 1.0 };
        let run = model.run(&p, &State { level: 10.0, trend: 2.0, seasonal: vec![] }, &[14.0, 15.5]).unwrap();
        assert_eq!((run.fitted, run.sse), (vec![12.0, 15.5], 4.0));
        assert_eq!((run.state.level, run.state.trend), (15.5, 2.5));
    }

    #[test]
    fn unknowns_are_counted_as_they_are_estimated() {
        let count = |name: &str, season| name.parse::<Ets>().unwrap().unknowns(season);
        // alpha, level; and beta, trend; and phi; and gamma and m - 1 seasonal states.
        assert_eq!([count("ANN", 1), count("AAN", 1), count("AAdN", 1)], [2, 4, 5]);
        assert_eq!([count("ANA", 4), count("MAdM", 4)], [6, 9]);
    }

    #[test]
    fn parameters_and_states_of_another_model_are_refused() {
        let model: Ets = "MMN".parse().unwrap();
        let p = Smoothing { alpha: 0.5, beta: 0.1, gamma: 0.0, phi: 1.0 };
        let state = State { level: 10.0, trend: 1.1, seasonal: vec![] };
        let code = |p: &Smoothing, state: &State| model.run(p, state, &[10.0]).map_err(|e| e.code());
        assert!(code(&p, &state).is_ok());
        let refused = Err("forecast.parameter");
        assert_eq!(code(&Smoothing { alpha: 1.1, ..p }, &state).map(|_| ()), refused);
        assert_eq!(code(&Smoothing { phi: f64::NAN, ..p }, &state).map(|_| ()), refused);
        assert_eq!(code(&p, &State { seasonal: vec![1.0; 4], ..state.clone() }).map(|_| ()), refused);
        assert_eq!(code(&p, &State { trend: 0.0, ..state.clone() }).map(|_| ()), refused);
        assert_eq!(code(&p, &State { level: f64::INFINITY, ..state }).map(|_| ()), refused);
    }
}
