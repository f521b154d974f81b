//! How far contracts cover a consumption, for the market-based method of scope 2.
//!
//! A certificate for a kilowatt-hour that was not consumed lowers nothing: contracts are used in their order up to the
//! consumption, and what is left over is returned, not netted. Losses on the grid belong to scope 3 category 3.

use crate::ghg::method::{MethodError, not_negative};
use crate::ratio::Ratio;

/// What a set of contracts covers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cover {
    /// Energy used of each contract, in the order given.
    pub used: Vec<Ratio>,
    /// Energy of each contract that nothing was left to cover.
    pub surplus: Vec<Ratio>,
    /// Consumption that no contract covers: it takes the residual mix.
    pub uncovered: Ratio,
}

/// Returns what `contracts` (energy each, in the unit of `consumption`) cover.
///
/// # Errors
/// `Negative`.
///
/// # Source
/// GHG Protocol Scope 2 Guidance (2015), chapters 6 and 7.
pub fn cover(consumption: &Ratio, contracts: &[Ratio]) -> Result<Cover, MethodError> {
    not_negative(consumption, "consumption")?;
    let mut cover = Cover {
        used: Vec::with_capacity(contracts.len()),
        surplus: Vec::with_capacity(contracts.len()),
        uncovered: consumption.clone(),
    };
    for contract in contracts {
        not_negative(contract, "energy of a contract")?;
        let used = contract.min(&cover.uncovered).clone();
        cover.uncovered = &cover.uncovered - &used;
        cover.surplus.push(contract - &used);
        cover.used.push(used);
    }
    Ok(cover)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_cover_no_more_than_was_consumed() {
        let contracts = [60, 30, 30].map(Ratio::from);
        let cover = cover(&Ratio::from(100), &contracts).unwrap();
        assert_eq!(cover.used, [60, 30, 10].map(Ratio::from));
        assert_eq!(cover.surplus, [0, 0, 20].map(Ratio::from));
        assert!(cover.uncovered.is_zero());
    }

    #[test]
    fn what_no_contract_covers_is_left() {
        let cover = cover(&Ratio::from(100), &[Ratio::from(40)]).unwrap();
        assert_eq!(cover.uncovered, Ratio::from(60));
        assert_eq!(super::cover(&Ratio::from(-1), &[]).unwrap_err().code(), "method.negative");
    }
}
