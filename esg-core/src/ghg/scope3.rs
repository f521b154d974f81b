//! Scope 3: the few forms of arithmetic that all methods of its fifteen categories are made of.
//!
//! Supplier-specific, average-data, spend-based, distance-based and waste-type methods are one weighted sum. Site,
//! leased-asset and intermediate-product methods are one allocation. Averages over treatments, modes or scenarios are
//! one sum over shares that must make a whole. A hybrid method adds them. So there is one function for each form, and
//! [`crate::ghg::spend`] and [`crate::ghg::finance`] for money.
//!
//! Capital goods (category 2) take the form of category 1 and count whole in the year they are bought; they are not
//! written off over their life (GHG Protocol, Corporate Value Chain Standard, chapter 5). Products sold (category 11) count
//! the energy of their whole life in the year of sale.
//!
//! | category | methods of the guidance | functions |
//! |---|---|---|
//! | 1 purchased goods, 2 capital goods | supplier-specific, hybrid, average-data; spend-based | [`weighted_sum`], [`product`]; [`crate::ghg::spend`] |
//! | 3 fuel and energy | upstream; losses | [`weighted_sum`]; [`transmission_loss`] |
//! | 4, 9 transport and distribution | fuel, distance; shared vehicles and sites; spend | [`crate::ghg::freight`]; [`allocate_among`], [`allocate`] |
//! | 5 waste, 12 end of life | supplier, waste type; average | [`weighted_sum`]; [`by_shares`] |
//! | 6 travel, 7 commuting | distance; average | [`vehicle_distance`], [`commuting_distance`]; [`by_shares`] |
//! | 8, 13 leased assets, 14 franchises | site-specific, floor area; sampled | [`allocate`], [`weighted_sum`]; [`extrapolate`] |
//! | 10 processing, 11 use of products | site-specific, average; scenarios; parts of a product | [`weighted_sum`]; [`by_shares`]; [`allocate`] |
//! | 15 investments | investment-specific, average-data | [`crate::ghg::finance`], [`by_shares`] |
//!
//! Source: GHG Protocol, Technical Guidance for Calculating Scope 3 Emissions (2013).

use crate::ghg::method::{MethodError, are_shares, divide, is_share, not_negative};
use crate::ratio::Ratio;

/// Returns the sum of `quantity x factor` over `(quantity, factor)` lines.
///
/// # Examples
/// ```
/// # use esg_core::{ghg::scope3::weighted_sum, ratio::Ratio};
/// let freight = [(20_000, "0.04"), (30_000, "0.15")];
/// let lines = freight.map(|(usd, kg)| (Ratio::from(usd), kg.parse::<Ratio>().unwrap()));
/// assert_eq!(weighted_sum(&lines), 5_300.into());
/// ```
pub fn weighted_sum(lines: &[(Ratio, Ratio)]) -> Ratio {
    lines.iter().map(|(quantity, factor)| quantity * factor).sum()
}

/// Returns the product of `factors`; 1 for none.
///
/// Uses x products x kWh per use x kg per kWh; or kg x km x kg per kg.km.
pub fn product<'a>(factors: impl IntoIterator<Item = &'a Ratio>) -> Ratio {
    factors.into_iter().fold(Ratio::one(), |product, factor| &product * factor)
}

/// Returns the part of each group of a `total`: `total x share x factor` over `(share, factor)` groups.
///
/// # Errors
/// `Share`; `Shares` unless the shares add up to exactly 1: a treatment that was forgotten is an emission that was.
pub fn by_shares(
    total: &Ratio,
    groups: &[(Ratio, Ratio)],
    what: &'static str,
) -> Result<Vec<Ratio>, MethodError> {
    are_shares(groups.iter().map(|(share, _)| share), what)?;
    Ok(groups.iter().map(|(share, factor)| product([total, share, factor])).collect())
}

/// Returns the part of `total` that belongs to `own` out of `whole` (floor area, volume, mass, revenue).
///
/// # Errors
/// `Negative`, `ZeroDenominator`; `Share` when `own` exceeds `whole`.
pub fn allocate(total: &Ratio, own: &Ratio, whole: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(own, "own part of an allocation")?;
    let share = divide(own, whole, "the whole of an allocation")?;
    is_share(&share, "own part over the whole")?;
    Ok(total * &share)
}

/// Returns the part of `total` of each user of a shared vehicle, building or process, in proportion to `parts`.
///
/// The parts are exact fractions and add up to the total; [`crate::Amount::allocate`] does the same for rounded amounts.
///
/// # Errors
/// `Negative` for a part below zero; `ZeroDenominator` when they add up to zero.
pub fn allocate_among(total: &Ratio, parts: &[Ratio]) -> Result<Vec<Ratio>, MethodError> {
    for part in parts {
        not_negative(part, "a part of an allocation")?;
    }
    let whole: Ratio = parts.iter().cloned().sum();
    let each = divide(total, &whole, "the whole of an allocation")?;
    Ok(parts.iter().map(|part| &each * part).collect())
}

/// Returns the emissions of all of `whole` from those of a `sample` of it: `sampled x whole / sample`.
///
/// Both are counted in one unit: sites, floor area, employees. The result is an estimate, and is to be
/// reported as one.
///
/// # Errors
/// `Negative`, `ZeroDenominator` for an empty sample; `Share` for a sample larger than the whole.
///
/// # Source
/// Technical Guidance, on sampling.
pub fn extrapolate(sampled: &Ratio, sample: &Ratio, whole: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(sample, "size of the sample")?;
    let times = divide(whole, sample, "the size of the sample")?;
    is_share(&divide(sample, whole, "the whole of a sample")?, "sample over the whole")?;
    Ok(sampled * &times)
}

/// Returns the distance that vehicles drive for `people` who share them, `per_vehicle` each.
///
/// Vehicles are not rounded up: 100 people three to a car are 33 1/3 cars.
///
/// # Errors
/// `Negative`, `ZeroDenominator`.
pub fn vehicle_distance(people: &Ratio, per_vehicle: &Ratio, distance: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(people, "number of people")?;
    not_negative(distance, "distance")?;
    not_negative(per_vehicle, "people per vehicle")?;
    Ok(&divide(people, per_vehicle, "people per vehicle")? * distance)
}

/// Returns the distance of commuting there and back: `2 x one way x days`.
///
/// # Errors
/// `Negative`.
pub fn commuting_distance(one_way: &Ratio, days: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(one_way, "one-way distance")?;
    not_negative(days, "days of commuting")?;
    Ok(product([&Ratio::from(2), one_way, days]))
}

/// What a loss in transmission and distribution is a share of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LossBasis {
    /// Share of what the customer received (Technical Guidance, category 3, activity C; DESNZ).
    Delivered,
    /// Share of what the power stations sent out (eGRID grid gross loss, IEA): `loss / (1 - loss)` of what arrived.
    Generated,
}

/// Returns the energy that was lost on the way of `delivered` energy.
///
/// Losses belong to scope 3 category 3 of the customer, never to scope 2.
///
/// # Errors
/// `Negative`; `Share` for a loss outside of 0..1; `ZeroDenominator` when everything generated was lost.
pub fn transmission_loss(delivered: &Ratio, loss: &Ratio, basis: LossBasis) -> Result<Ratio, MethodError> {
    not_negative(delivered, "energy delivered")?;
    is_share(loss, "transmission and distribution loss")?;
    let lost = delivered * loss;
    match basis {
        LossBasis::Delivered => Ok(lost),
        LossBasis::Generated => divide(&lost, &(&Ratio::one() - loss), "what the losses leave"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn a_forgotten_treatment_is_refused() {
        let groups = [("0.25", "300"), ("0.7", "10")].map(|(s, f)| (ratio(s), ratio(f)));
        let error = by_shares(&ratio("40"), &groups, "waste").unwrap_err();
        assert_eq!((error.code(), error.to_string().contains("19/20")), ("method.shares", true));
    }

    #[test]
    fn nobody_gets_more_than_the_whole() {
        assert_eq!(allocate(&ratio("9000"), &ratio("5000"), &ratio("15000")).unwrap(), ratio("3000"));
        assert!(allocate(&ratio("9"), &ratio("5"), &ratio("5")).is_ok());
        assert_eq!(allocate(&ratio("9"), &ratio("6"), &ratio("5")).unwrap_err().code(), "method.share");
        assert_eq!(
            allocate(&ratio("9"), &ratio("0"), &ratio("0")).unwrap_err().code(),
            "method.zero_denominator"
        );
        assert_eq!(allocate_among(&ratio("9"), &[]).unwrap_err().code(), "method.zero_denominator");
    }

    #[test]
    fn a_sample_stands_for_no_less_than_itself() {
        let all = |sample: &str| extrapolate(&ratio("30"), &ratio(sample), &ratio("100"));
        assert_eq!((all("10").unwrap(), all("100").unwrap()), (ratio("300"), ratio("30")));
        assert_eq!(all("101").unwrap_err().code(), "method.share");
        assert_eq!(all("0").unwrap_err().code(), "method.zero_denominator");
    }

    #[test]
    fn the_basis_of_a_loss_changes_it() {
        // 100 kWh delivered, 20 % lost: 20 kWh of what arrived, or 25 of the 125 sent out.
        let loss = |basis| transmission_loss(&ratio("100"), &ratio("0.2"), basis).unwrap();
        assert_eq!((loss(LossBasis::Delivered), loss(LossBasis::Generated)), (ratio("20"), ratio("25")));
        assert!(transmission_loss(&ratio("1"), &ratio("1"), LossBasis::Generated).is_err());
    }

    proptest! {
        #[test]
        fn shares_add_up_to_the_whole(total in 0i64..1_000_000, parts in proptest::collection::vec(0i64..1000, 1..20)) {
            prop_assume!(parts.iter().sum::<i64>() > 0);
            let parts: Vec<Ratio> = parts.into_iter().map(Ratio::from).collect();
            let shares = allocate_among(&Ratio::from(total), &parts).unwrap();
            prop_assert_eq!(shares.into_iter().sum::<Ratio>(), Ratio::from(total));
        }
    }
}
