//! Financed emissions: which part of a company's emissions belongs to whoever finances it.
//!
//! The attribution factor is outstanding money over the value of the whole. Cash is not deducted from that value:
//! it would make the shares of all who finance a company add up to more than one. Removals and credits are lines of
//! their own and never netted against emissions.
//!
//! Source: PCAF, Global GHG Accounting and Reporting Standard Part A, second edition (2022).

use crate::ghg::method::{MethodError, divide, is_share, not_negative};
use crate::ratio::Ratio;

/// Returns enterprise value including cash: equity at market value and book value of debt; cash is not deducted.
///
/// # Errors
/// `Negative` for a debt below zero.
pub fn enterprise_value(equity: &Ratio, debt: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(debt, "debt")?;
    Ok(equity + debt)
}

/// Returns the attribution factor: outstanding amount over the value of the company, project or property.
///
/// # Errors
/// `Negative`, `ZeroDenominator`; `Share` when more is outstanding than the whole is worth.
pub fn attribution(outstanding: &Ratio, value: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(outstanding, "outstanding amount")?;
    let share = divide(outstanding, value, "the value of what is financed")?;
    is_share(&share, "attribution factor")?;
    Ok(share)
}

/// What a financed company reports, in one unit of the caller's choice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Emissions {
    /// Scope 1.
    pub scope1: Ratio,
    /// Scope 2.
    pub scope2: Ratio,
    /// Scope 3.
    pub scope3: Ratio,
    /// Removed from the atmosphere.
    pub removals: Ratio,
    /// Carbon credits bought and retired.
    pub credits_retired: Ratio,
    /// Carbon credits generated and sold.
    pub credits_generated: Ratio,
}

impl Emissions {
    /// Returns every line times the attribution factor.
    ///
    /// # Errors
    /// `Share` for a factor outside of 0..1.
    pub fn attributed(&self, factor: &Ratio) -> Result<Self, MethodError> {
        is_share(factor, "attribution factor")?;
        Ok(self.each(|line| line(self) * factor))
    }

    /// Returns the sum of a portfolio, line by line; nothing for none.
    pub fn portfolio<'a>(holdings: impl IntoIterator<Item = &'a Self>) -> Self {
        let holdings: Vec<&Self> = holdings.into_iter().collect();
        let nothing = Ratio::zero;
        let empty = Self {
            scope1: nothing(),
            scope2: nothing(),
            scope3: nothing(),
            removals: nothing(),
            credits_retired: nothing(),
            credits_generated: nothing(),
        };
        empty.each(|line| holdings.iter().map(|holding| line(holding).clone()).sum())
    }

    fn each(&self, value: impl Fn(fn(&Self) -> &Ratio) -> Ratio) -> Self {
        Self {
            scope1: value(|e| &e.scope1),
            scope2: value(|e| &e.scope2),
            scope3: value(|e| &e.scope3),
            removals: value(|e| &e.removals),
            credits_retired: value(|e| &e.credits_retired),
            credits_generated: value(|e| &e.credits_generated),
        }
    }
}

/// Returns the data quality of a portfolio: the mean of scores 1 (best) to 5, weighted by outstanding amount.
///
/// # Errors
/// `Range` for a score outside of 1..5; `Negative`; `ZeroDenominator` for an empty portfolio.
pub fn data_quality(holdings: &[(Ratio, Ratio)]) -> Result<Ratio, MethodError> {
    let (mut weighted, mut outstanding) = (Ratio::zero(), Ratio::zero());
    for (amount, score) in holdings {
        not_negative(amount, "outstanding amount")?;
        if *score < Ratio::one() || *score > Ratio::from(5) {
            let rule = "1 to 5".to_owned();
            return Err(MethodError::Range { what: "data quality score", value: score.to_string(), rule });
        }
        weighted = &weighted + &(amount * score);
        outstanding = &outstanding + amount;
    }
    divide(&weighted, &outstanding, "the outstanding amount of the portfolio")
}

/// Returns the emission intensity of a country: emissions over gross domestic product at purchasing power parity.
///
/// Sovereign debt is attributed by GDP adjusted for purchasing power, not by nominal GDP.
///
/// # Errors
/// `Negative`, `ZeroDenominator`.
pub fn sovereign_intensity(emissions: &Ratio, gdp_ppp: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(gdp_ppp, "gross domestic product")?;
    divide(emissions, gdp_ppp, "gross domestic product")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: i64) -> Ratio {
        Ratio::from(value)
    }

    #[test]
    fn those_who_finance_a_company_own_it_once() {
        let value = enterprise_value(&n(50), &n(50)).unwrap();
        let shares = attribution(&n(50), &value).unwrap() + attribution(&n(50), &value).unwrap();
        assert_eq!(shares, Ratio::one());
        // With 20 of cash deducted, both would hold 62.5 %.
        assert_eq!(attribution(&n(50), &n(80)).unwrap(), Ratio::new(5, 8).unwrap());
    }

    #[test]
    fn no_attribution_exceeds_the_whole() {
        assert_eq!(attribution(&n(101), &n(100)).unwrap_err().code(), "method.share");
        assert_eq!(attribution(&n(1), &n(0)).unwrap_err().code(), "method.zero_denominator");
    }

    #[test]
    fn a_score_of_six_is_refused() {
        assert_eq!(data_quality(&[(n(1), n(6))]).unwrap_err().code(), "method.range");
        assert_eq!(data_quality(&[]).unwrap_err().code(), "method.zero_denominator");
    }
}
