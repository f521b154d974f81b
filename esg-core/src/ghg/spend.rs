//! Spend-based factors: money is a unit only with its currency, its year and its price basis.
//!
//! A factor per dollar of 2022 in purchaser prices says nothing about a euro of 2024 in basic prices. The engine has no
//! exchange rates and no price indices; the caller converts with cited ones, step by step, and the type keeps count.

use std::fmt;

use crate::ghg::method::{MethodError, divide};
use crate::ratio::Ratio;

/// At which point of the chain a price was paid.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PriceBasis {
    /// What the buyer pays, with margins of trade and transport and taxes on products.
    Purchaser,
    /// What the producer receives, without them.
    Basic,
}

impl PriceBasis {
    /// Returns the basis as a lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchaser => "purchaser",
            Self::Basic => "basic",
        }
    }
}

/// Money of which year, currency and price basis.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Money {
    /// ISO 4217 code.
    pub currency: String,
    /// Year of the prices.
    pub year: u16,
    /// Price basis.
    pub basis: PriceBasis,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} ({} prices)", self.currency, self.year, self.basis.as_str())
    }
}

/// An amount spent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Spend {
    /// How much.
    pub amount: Ratio,
    /// Of what.
    pub money: Money,
}

/// Emissions for each unit of money.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpendFactor {
    /// Emissions in kg CO2e per unit of money.
    pub kg_per_unit: Ratio,
    /// Of what.
    pub per: Money,
}

impl Spend {
    /// Returns the emissions in kg CO2e.
    ///
    /// # Errors
    /// `PriceBasis` unless spend and factor agree in currency, year and price basis.
    pub fn emissions(&self, factor: &SpendFactor) -> Result<Ratio, MethodError> {
        if self.money != factor.per {
            return Err(MethodError::PriceBasis {
                spend: self.money.to_string(),
                factor: factor.per.to_string(),
            });
        }
        Ok(&self.amount * &factor.kg_per_unit)
    }

    /// Returns the spend in another currency of the same year, at `units_per_unit` of it for one of this.
    ///
    /// # Errors
    /// `Range` for a rate that is not above zero.
    pub fn exchanged(self, currency: impl Into<String>, units_per_unit: &Ratio) -> Result<Self, MethodError> {
        positive(units_per_unit, "exchange rate")?;
        let money = Money { currency: currency.into(), ..self.money };
        Ok(Self { amount: &self.amount * units_per_unit, money })
    }

    /// Returns the spend in prices of another year, from the price index of its own year and of that one.
    ///
    /// # Errors
    /// `Range` for an index that is not above zero.
    pub fn deflated(self, year: u16, index_now: &Ratio, index_then: &Ratio) -> Result<Self, MethodError> {
        positive(index_now, "price index")?;
        positive(index_then, "price index")?;
        let amount = divide(&(&self.amount * index_then), index_now, "price index")?;
        Ok(Self { amount, money: Money { year, ..self.money } })
    }

    /// Returns the spend in basic prices: without `margin_share`, the share of margins and taxes in the price paid.
    ///
    /// # Errors
    /// `Range` for a share outside of 0..1 (1 excluded); `PriceBasis` when it is in basic prices already.
    pub fn without_margins(self, margin_share: &Ratio) -> Result<Self, MethodError> {
        if self.money.basis == PriceBasis::Basic {
            let factor = Money { basis: PriceBasis::Purchaser, ..self.money.clone() };
            return Err(MethodError::PriceBasis {
                spend: self.money.to_string(),
                factor: factor.to_string(),
            });
        }
        if margin_share.is_negative() || *margin_share >= Ratio::one() {
            let rule = "at least 0 and below 1".to_owned();
            return Err(MethodError::Range {
                what: "share of margins",
                value: margin_share.to_string(),
                rule,
            });
        }
        let amount = &self.amount * &(&Ratio::one() - margin_share);
        Ok(Self { amount, money: Money { basis: PriceBasis::Basic, ..self.money } })
    }
}

fn positive(value: &Ratio, what: &'static str) -> Result<(), MethodError> {
    if *value <= Ratio::zero() {
        return Err(MethodError::Range { what, value: value.to_string(), rule: "above zero".to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    fn euros() -> Spend {
        let money = Money { currency: "EUR".into(), year: 2024, basis: PriceBasis::Purchaser };
        Spend { amount: ratio("1000"), money }
    }

    #[test]
    fn money_is_converted_in_stated_steps_or_refused() {
        let per = Money { currency: "USD".into(), year: 2022, basis: PriceBasis::Basic };
        let factor = SpendFactor { kg_per_unit: ratio("0.2"), per };
        assert_eq!(euros().emissions(&factor).unwrap_err().code(), "method.price_basis");
        let dollars = euros().exchanged("USD", &ratio("1.1")).unwrap();
        assert!(dollars.emissions(&factor).is_err());
        let earlier = dollars.deflated(2022, &ratio("110"), &ratio("100")).unwrap();
        assert_eq!(earlier.emissions(&factor).unwrap_err().code(), "method.price_basis");
        let basic = earlier.without_margins(&ratio("0.25")).unwrap();
        // 1000 EUR = 1100 USD of 2024 = 1000 USD of 2022 = 750 USD without margins.
        assert_eq!(basic.amount, ratio("750"));
        assert_eq!(basic.emissions(&factor).unwrap(), ratio("150"));
        assert_eq!(basic.without_margins(&ratio("0.25")).unwrap_err().code(), "method.price_basis");
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        assert_eq!(euros().exchanged("USD", &ratio("0")).unwrap_err().code(), "method.range");
        assert_eq!(euros().deflated(2022, &ratio("0"), &ratio("1")).unwrap_err().code(), "method.range");
        assert_eq!(euros().without_margins(&ratio("1")).unwrap_err().code(), "method.range");
    }
}
