//! Forecasts of consumption, emissions and key figures, always with a range.
//!
//! A plan needs to know what comes if nothing changes, and how sure that is. The models are those that statistical offices
//! use (exponential smoothing in its state space form, chosen by AICc), the baselines those that any model has to beat. All
//! of it is deterministic: the optimiser has no random start, the functions are those of `crate::math`, so a forecast is the
//! same bits on every platform. What the history does not support is refused: a gap is named, a ratio of zero or below is
//! no ratio, and four values are no model.
//!
//! Values are plain floats in the caller's unit, which no model needs to know. A change of unit by a power of two changes no
//! digit of a forecast; by another factor it changes what the optimiser leaves open, less than a thousandth of an interval.

mod backtest;
mod baseline;
mod calendar;
mod caveat;
mod decompose;
mod diagnostics;
mod error;
mod ets;
mod fit;
mod outcome;
mod quantile;
mod series;
mod simplex;
mod smoothing;
mod spread;
pub mod stl;
pub mod trend;

pub use backtest::{Backtest, Coverage, backtest};
pub use baseline::{Baseline, naive2, seasonal_naive, ses};
pub use calendar::{Slot, Step};
pub use caveat::Caveat;
pub use decompose::{Decomposition, decompose, is_seasonal};
pub use diagnostics::{Accuracy, accuracy, autocorrelation, ljung_box, naive_scale};
pub use error::ForecastError;
pub use ets::{Errors, Ets, Run, Seasonality, Smoothing, State, Trend};
pub use fit::{Candidate, Fit, MAX_SEASON, candidates, fit, least_length, select};
pub use outcome::{Forecast, Interval, Level, MAX_HORIZON, Model, Options, Point, forecast};
pub use series::{Gaps, MAX_PERIODS, MAX_VALUE, Series};
pub use smoothing::{Shape, Smoothed, Weights, smooth, smooth_best};
pub use spread::{Path, Variance};
