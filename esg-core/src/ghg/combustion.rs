//! Burning: fuels, blends of fossil and biofuel, and waste gas of known composition.
//!
//! CO2 from biomass is never in the totals, but its CH4 and N2O are. So a blend is split before anything is added.

use crate::ghg::method::{MethodError, are_shares, is_share, not_negative};
use crate::ratio::Ratio;

/// Returns the mass of each gas: `quantity x factor`, in the order of `factors`.
///
/// # Units
/// Whatever the factors are per: kg/gallon x gallons = kg.
pub fn masses<const N: usize>(quantity: &Ratio, factors: &[Ratio; N]) -> [Ratio; N] {
    std::array::from_fn(|i| quantity * &factors[i])
}

/// Returns the CO2e of masses of gases: the sum of `mass x gwp`.
pub fn co2e<const N: usize>(masses: &[Ratio; N], gwp: &[Ratio; N]) -> Ratio {
    masses.iter().zip(gwp).map(|(mass, gwp)| mass * gwp).sum()
}

/// Returns the fuel input for heat or steam delivered by a boiler of an efficiency above 0 and up to 1.
///
/// # Errors
/// `Range`.
pub fn boiler_input(delivered: &Ratio, efficiency: &Ratio) -> Result<Ratio, MethodError> {
    let fits = *efficiency > Ratio::zero() && *efficiency <= Ratio::one();
    delivered.checked_div(efficiency).filter(|_| fits).ok_or_else(|| MethodError::Range {
        what: "boiler efficiency",
        value: efficiency.to_string(),
        rule: "above 0 and at most 1".to_owned(),
    })
}

/// A fuel mixed from fossil and biogenic parts by volume, such as E85 or B20.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Blend {
    /// Quantity of the mixture.
    pub quantity: Ratio,
    /// Biofuel share of the quantity.
    pub biofuel_share: Ratio,
    /// CO2 of one unit of the fossil part.
    pub fossil_co2: Ratio,
    /// CO2 of one unit of the biofuel.
    pub biofuel_co2: Ratio,
}

/// CO2 by origin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Co2ByOrigin {
    /// Belongs to the totals.
    pub fossil: Ratio,
    /// Reported beside the totals, never in them.
    pub biogenic: Ratio,
}

impl Blend {
    /// Returns the CO2 of the fossil and the biogenic part.
    ///
    /// # Errors
    /// `Negative` for a quantity below zero, `Share` for a share outside of 0..1.
    pub fn co2(&self) -> Result<Co2ByOrigin, MethodError> {
        not_negative(&self.quantity, "blended fuel")?;
        is_share(&self.biofuel_share, "biofuel share")?;
        let biofuel = &self.quantity * &self.biofuel_share;
        let fossil = &self.quantity - &biofuel;
        Ok(Co2ByOrigin { fossil: &fossil * &self.fossil_co2, biogenic: &biofuel * &self.biofuel_co2 })
    }
}

/// One substance of a gas mixture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Component {
    /// Share of the moles.
    pub molar_share: Ratio,
    /// Mass of one mole (g/mol, which is lb/lb-mol).
    pub molar_mass: Ratio,
    /// Carbon's share of that mass.
    pub carbon_share: Ratio,
}

/// Returns the mass of carbon in one unit of volume of a gas mixture that has `moles_per_volume` moles in it.
///
/// # Errors
/// `Share`, and `Shares` when the molar shares do not add up to 1 (name the parts without carbon too).
pub fn carbon_content(components: &[Component], moles_per_volume: &Ratio) -> Result<Ratio, MethodError> {
    are_shares(components.iter().map(|c| &c.molar_share), "the moles of a gas mixture")?;
    let mut per_mole = Ratio::zero();
    for part in components {
        is_share(&part.carbon_share, "carbon share of a component")?;
        per_mole = &per_mole + &(&(&part.molar_share * &part.molar_mass) * &part.carbon_share);
    }
    Ok(&per_mole * moles_per_volume)
}

/// Returns the mass of CO2 for each mass of carbon, 44/12, as EPA and IPCC use it.
pub fn co2_per_carbon() -> Ratio {
    Ratio::new(44, 12).expect("twelve is not zero")
}

/// Returns the CO2 of burning `carbon`: `carbon x ratio x oxidised share`.
///
/// `co2_per_carbon` is usually [`co2_per_carbon`].
///
/// # Errors
/// `Share` for an oxidised share outside of 0..1.
pub fn co2_of_carbon(carbon: &Ratio, oxidised: &Ratio, co2_per_carbon: &Ratio) -> Result<Ratio, MethodError> {
    is_share(oxidised, "oxidised share of carbon")?;
    Ok(&(carbon * co2_per_carbon) * oxidised)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn both_parts_of_a_blend_are_its_whole() {
        // 100 gal of E10: 90 x 8.78 and 10 x 5.75 kg (EPA emission factors hub, tables 1 and 2).
        let e10 = Blend {
            quantity: ratio("100"),
            biofuel_share: ratio("0.1"),
            fossil_co2: ratio("8.78"),
            biofuel_co2: ratio("5.75"),
        };
        assert_eq!(e10.co2().unwrap(), Co2ByOrigin { fossil: ratio("790.2"), biogenic: ratio("57.5") });
        let percent = Blend { biofuel_share: ratio("10"), ..e10 };
        assert_eq!(percent.co2().unwrap_err().code(), "method.share");
    }

    #[test]
    fn one_mole_of_methane_holds_twelve_grams_of_carbon() {
        let methane = Component {
            molar_share: ratio("1"),
            molar_mass: ratio("16.043"),
            carbon_share: ratio("12.011/16.043"),
        };
        let carbon = carbon_content(std::slice::from_ref(&methane), &ratio("1")).unwrap();
        assert_eq!(carbon, ratio("12.011"));
        let co2 = co2_of_carbon(&ratio("12"), &ratio("0.5"), &co2_per_carbon()).unwrap();
        assert_eq!(co2, ratio("22"));
        let half = Component { molar_share: ratio("0.5"), ..methane };
        assert_eq!(carbon_content(&[half], &ratio("1")).unwrap_err().code(), "method.shares");
    }

    #[test]
    fn a_boiler_takes_more_than_it_gives() {
        assert_eq!(boiler_input(&ratio("80"), &ratio("0.8")).unwrap(), ratio("100"));
        assert!(boiler_input(&ratio("80"), &ratio("1")).is_ok());
        for efficiency in ["0", "-0.5", "80"] {
            assert_eq!(boiler_input(&ratio("80"), &ratio(efficiency)).unwrap_err().code(), "method.range");
        }
    }
}
