//! Targets: what a year may emit on a pathway, and how likely a simulated year stays below.

use super::summary::Output;
use super::uncertain::UncertaintyError;
use crate::math::normal_cdf;

/// A pathway: emissions of a base year, and what is allowed in each later year, on a straight line.
///
/// # Examples
/// ```
/// # use esg_core::simulate::target::{Ambition, Pathway};
/// let path = Pathway::absolute_contraction(2020, 1000.0, Ambition::OneAndAHalf)?;
/// // Ten years of 4.2 % of the base year: 1000 - 10 x 42.
/// assert!((path.allowed_kg(2030) - 580.0).abs() < 1e-9);
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pathway {
    base_year: i32,
    base_kg: f64,
    /// Share of the base year that each year takes off.
    yearly: f64,
    /// The last year that takes something off.
    until: i32,
}

/// What a pathway aims at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ambition {
    /// 1.5 C: 4.2 % of the base year each year.
    OneAndAHalf,
    /// Well below 2 C: 2.5 % of the base year each year.
    WellBelowTwo,
}

impl Pathway {
    /// Returns the line from a base year to a target year that emits `1 - reduction` of it.
    ///
    /// # Errors
    /// `Target` unless the base is above 0, the years rise and the reduction lies within 0..=1.
    pub fn linear(
        base_year: i32,
        base_kg: f64,
        target_year: i32,
        reduction: f64,
    ) -> Result<Self, UncertaintyError> {
        let refuse = |field, value: String, rule| Err(UncertaintyError::Target { field, value, rule });
        if !(base_kg.is_finite() && base_kg > 0.0) {
            return refuse("base", base_kg.to_string(), "finite and above 0 kg");
        }
        if !(1900..=3000).contains(&base_year) || !(base_year + 1..=3000).contains(&target_year) {
            return refuse(
                "target year",
                target_year.to_string(),
                "after the base year, both within 1900..=3000",
            );
        }
        if !(0.0..=1.0).contains(&reduction) {
            return refuse("reduction", reduction.to_string(), "a share within 0..=1");
        }
        let yearly = reduction / f64::from(target_year - base_year);
        Ok(Self { base_year, base_kg, yearly, until: target_year })
    }

    /// Returns the absolute contraction approach: each year takes the same share of the base year off, down to nothing.
    ///
    /// # Errors
    /// `Target` as for [`Pathway::linear`].
    ///
    /// # Source
    /// Science Based Targets initiative, Foundations of Science-based Target Setting (2019) and Corporate Near-term Criteria:
    /// at least 4.2 % a year for 1.5 C in scopes 1 and 2, 2.5 % for well below 2 C.
    pub fn absolute_contraction(
        base_year: i32,
        base_kg: f64,
        ambition: Ambition,
    ) -> Result<Self, UncertaintyError> {
        let yearly = match ambition {
            Ambition::OneAndAHalf => 0.042,
            Ambition::WellBelowTwo => 0.025,
        };
        let checked = Self::linear(base_year, base_kg, base_year + 1, yearly)?;
        Ok(Self { until: 3000, ..checked })
    }

    /// Returns what a year may emit in kg: the base before the base year, never below 0, the target's after it.
    pub fn allowed_kg(&self, year: i32) -> f64 {
        let years = f64::from(year.clamp(self.base_year, self.until) - self.base_year);
        (self.base_kg * (1.0 - self.yearly * years)).max(0.0)
    }

    /// Returns the probability that a simulated year stays at or below what it may emit.
    pub fn probability(&self, year: i32, simulated: &Output) -> f64 {
        1.0 - simulated.exceedance(self.allowed_kg(year))
    }

    /// Returns the same for a forecast that is normal around `mean` with `sd`.
    pub fn probability_of_normal(&self, year: i32, mean: f64, sd: f64) -> f64 {
        normal_cdf((self.allowed_kg(year) - mean) / sd)
    }
}
