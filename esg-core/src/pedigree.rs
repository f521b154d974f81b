//! From data-quality scores to a lognormal: the pedigree arithmetic.
//!
//! Pedigree tables print the *square* of a geometric standard deviation (the factor of a 95 % range). Taking it for the
//! standard deviation itself doubles sigma, so the two never share a name here: `sd95` and `gsd`.

use crate::distribution::DistributionError;
use crate::math::{exp, ln};

/// Scores of the five indicators, 1 (best) to 5.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Pedigree {
    /// Measured and verified, down to a guess.
    pub reliability: u8,
    /// How much of the market the sample covers.
    pub completeness: u8,
    /// How old the data are.
    pub temporal: u8,
    /// How near the place is.
    pub geographical: u8,
    /// How alike the process is.
    pub technological: u8,
}

/// 95 % factors by indicator and score, 0 where the table has none.
///
/// Frischknecht et al. (2007), Overview and Methodology, ecoinvent report 1, table 7.2; the same table stands in the GHG
/// Protocol's Quantitative Inventory Uncertainty guidance.
const TABLE: [(&str, [f64; 5]); 5] = [
    ("reliability", [1.0, 1.05, 1.1, 1.2, 1.5]),
    ("completeness", [1.0, 1.02, 1.05, 1.1, 1.2]),
    ("temporal", [1.0, 1.03, 1.1, 1.2, 1.5]),
    ("geographical", [1.0, 1.01, 1.02, 0.0, 1.1]),
    ("technological", [1.0, 0.0, 1.2, 1.5, 2.0]),
];

impl Pedigree {
    /// Returns the 95 % factor of each indicator, in the order of the fields.
    ///
    /// # Errors
    /// `Score` for a score that the table does not have (geographical 4 and technological 2 are empty).
    pub fn factors(&self) -> Result<[f64; 5], DistributionError> {
        let scores =
            [self.reliability, self.completeness, self.temporal, self.geographical, self.technological];
        let mut factors = [0.0; 5];
        for (factor, (&score, (indicator, row))) in factors.iter_mut().zip(scores.iter().zip(TABLE)) {
            let known = match indicator {
                "geographical" => "1, 2, 3, 5",
                "technological" => "1, 3, 4, 5",
                _ => "1 to 5",
            };
            *factor = usize::from(score)
                .checked_sub(1)
                .and_then(|i| row.get(i).copied())
                .filter(|&f| f > 0.0)
                .ok_or(DistributionError::Score { indicator, score, known })?;
        }
        Ok(factors)
    }

    /// Returns the 95 % factor of these scores on top of a `basic` one (1.05 for combustion CO2, 1.5 for CH4, ...).
    ///
    /// # Errors
    /// `Score`; `Spread` for a basic factor below 1.
    pub fn sd95(&self, basic: f64) -> Result<f64, DistributionError> {
        let [a, b, c, d, e] = self.factors()?;
        sd95(&[basic, a, b, c, d, e])
    }
}

/// Returns the joint 95 % factor of independent 95 % `factors`: `exp(sqrt(sum(ln(u)^2)))`.
///
/// # Errors
/// `Spread` for a factor that is not a number of 1 or above.
pub fn sd95(factors: &[f64]) -> Result<f64, DistributionError> {
    let mut squares = 0.0;
    for &factor in factors {
        if !(factor.is_finite() && factor >= 1.0) {
            let (parameter, rule) = ("pedigree factor", "a number of 1 or above");
            return Err(DistributionError::Spread { parameter, value: factor.to_string(), rule });
        }
        let log = ln(factor);
        squares += log * log;
    }
    Ok(exp(squares.sqrt()))
}

/// Returns the geometric standard deviation (1 sigma) that a 95 % factor stands for: its square root.
pub fn gsd_of_sd95(sd95: f64) -> f64 {
    sd95.sqrt()
}

/// Returns the standard deviation of the logarithm that a 95 % factor stands for: half its logarithm.
pub fn sigma_of_sd95(sd95: f64) -> f64 {
    ln(sd95) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEST: Pedigree =
        Pedigree { reliability: 1, completeness: 1, temporal: 1, geographical: 1, technological: 1 };

    #[test]
    fn the_best_scores_add_nothing() {
        assert_eq!(BEST.sd95(1.0), Ok(1.0));
        let only_basic = BEST.sd95(3.0).unwrap();
        assert!((only_basic - 3.0).abs() <= 1e-15 * 3.0, "{only_basic}");
    }

    #[test]
    fn an_empty_place_of_the_table_is_refused() {
        for scores in [
            Pedigree { geographical: 4, ..BEST },
            Pedigree { technological: 2, ..BEST },
            Pedigree { reliability: 0, ..BEST },
            Pedigree { temporal: 6, ..BEST },
        ] {
            assert_eq!(scores.factors().unwrap_err().code(), "distribution.score", "{scores:?}");
        }
        assert_eq!(BEST.sd95(0.9).unwrap_err().code(), "distribution.spread");
        assert!(sd95(&[f64::NAN]).is_err());
    }

    #[test]
    fn a_95_percent_factor_is_the_square_of_the_geometric_deviation() {
        assert_eq!(gsd_of_sd95(1.44), 1.2);
        assert!((sigma_of_sd95(1.44) - ln(1.2)).abs() < 1e-16);
    }
}
