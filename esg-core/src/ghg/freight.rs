//! Freight in the shape of ISO 14083: a transport chain is a row of elements, and its footprint is their sum.
//!
//! Transport activity is mass times distance, where the distance is the shortest feasible or the great-circle one and
//! never the way that was driven: else a detour would make a carrier look efficient. Where only the driven distance is
//! known, a stated adjustment takes it back.

use crate::ghg::method::{MethodError, divide, not_negative};
use crate::ratio::Ratio;

/// Greenhouse-gas intensity, in kg CO2e per tonne-kilometre (transport) or per tonne (hub).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Intensity {
    /// Well to wheel: with the provision of the energy.
    pub wtw: Ratio,
    /// Tank to wheel: operation only.
    pub ttw: Ratio,
}

/// One element of a transport chain, or the sum of several.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Element {
    /// Transport activity in t.km; zero for a hub.
    pub activity_tkm: Ratio,
    /// Well-to-wheel emissions, in kg CO2e.
    pub wtw_kg: Ratio,
    /// Tank-to-wheel emissions, in kg CO2e.
    pub ttw_kg: Ratio,
}

/// Returns the transport activity in t.km of a mass in kg over a distance in km.
///
/// # Errors
/// `Negative`.
///
/// # Examples
/// ```
/// # use esg_core::ghg::freight::transport_activity_tkm;
/// assert_eq!(transport_activity_tkm(&230.into(), &700.into())?, 161.into());
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn transport_activity_tkm(mass_kg: &Ratio, distance_km: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(mass_kg, "mass of the shipment")?;
    not_negative(distance_km, "transport distance")?;
    Ok(&(mass_kg * distance_km) * &Ratio::new(1, 1000).expect("a thousand is not zero"))
}

impl Element {
    /// Returns the element of `activity_tkm` on a vehicle, vessel or aircraft of `intensity` per t.km.
    ///
    /// # Errors
    /// `Negative` for an activity below zero.
    pub fn transport(activity_tkm: Ratio, intensity: &Intensity) -> Result<Self, MethodError> {
        not_negative(&activity_tkm, "transport activity")?;
        let (wtw_kg, ttw_kg) = (&activity_tkm * &intensity.wtw, &activity_tkm * &intensity.ttw);
        Ok(Self { activity_tkm, wtw_kg, ttw_kg })
    }

    /// Returns the element of `throughput_t` tonnes through a hub of `intensity` per tonne.
    ///
    /// # Errors
    /// `Negative` for a throughput below zero.
    pub fn hub(throughput_t: &Ratio, intensity: &Intensity) -> Result<Self, MethodError> {
        not_negative(throughput_t, "hub throughput")?;
        Ok(Self {
            activity_tkm: Ratio::zero(),
            wtw_kg: throughput_t * &intensity.wtw,
            ttw_kg: throughput_t * &intensity.ttw,
        })
    }

    /// Returns the sum of the elements of a chain; nothing for none.
    pub fn chain<'a>(elements: impl IntoIterator<Item = &'a Self>) -> Self {
        let nothing = Self { activity_tkm: Ratio::zero(), wtw_kg: Ratio::zero(), ttw_kg: Ratio::zero() };
        elements.into_iter().fold(nothing, |sum, element| Self {
            activity_tkm: &sum.activity_tkm + &element.activity_tkm,
            wtw_kg: &sum.wtw_kg + &element.wtw_kg,
            ttw_kg: &sum.ttw_kg + &element.ttw_kg,
        })
    }

    /// Returns the intensity: all emissions over all transport activity, in kg CO2e per t.km.
    ///
    /// # Errors
    /// `ZeroDenominator` for an element without transport.
    pub fn intensity(&self) -> Result<Intensity, MethodError> {
        let per_tkm = |kg: &Ratio| divide(kg, &self.activity_tkm, "transport activity");
        Ok(Intensity { wtw: per_tkm(&self.wtw_kg)?, ttw: per_tkm(&self.ttw_kg)? })
    }
}

/// How a distance was found, in km.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Distance {
    /// Shortest feasible distance on the network.
    ShortestFeasible(Ratio),
    /// Great-circle distance.
    GreatCircle(Ratio),
    /// Distance as driven, sailed or flown, with the adjustment that takes it to one of the others.
    Actual {
        /// Distance in km.
        km: Ratio,
        /// Actual over shortest distance, at least 1, such as 1.05 for road.
        adjustment: Ratio,
    },
}

impl Distance {
    /// Returns the transport activity distance in km.
    ///
    /// # Errors
    /// `Negative`; `Range` for an adjustment below 1.
    ///
    /// # Source
    /// ISO 14083:2023 (transport activity distance, distance adjustment factor); GLEC Framework v3.
    pub fn activity_km(&self) -> Result<Ratio, MethodError> {
        let km = match self {
            Self::ShortestFeasible(km) | Self::GreatCircle(km) => km.clone(),
            Self::Actual { km, adjustment } => km
                .checked_div(adjustment)
                .filter(|_| *adjustment >= Ratio::one())
                .ok_or_else(|| MethodError::Range {
                    what: "distance adjustment",
                    value: adjustment.to_string(),
                    rule: "1 or above".to_owned(),
                })?,
        };
        not_negative(&km, "transport distance")?;
        Ok(km)
    }
}

/// Returns the distance an aircraft counts between airports: the great circle and 95 km for climb and approach.
///
/// # Errors
/// `Negative`.
///
/// # Source
/// Commission Regulation (EU) 2018/2066 (monitoring under the EU ETS), annex III, section 4; EN 16258.
pub fn flight_km(great_circle_km: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(great_circle_km, "great-circle distance")?;
    Ok(great_circle_km + &Ratio::from(95))
}

/// Returns a product footprint with biogenic uptake: `excluding + uptake`, where uptake is zero or below.
///
/// # Errors
/// `Range` for an uptake above zero.
///
/// # Source
/// PACT Technical Specifications v3, `pcfIncludingBiogenicUptake`.
pub fn including_biogenic_uptake(excluding: &Ratio, uptake: &Ratio) -> Result<Ratio, MethodError> {
    if *uptake > Ratio::zero() {
        return Err(MethodError::Range {
            what: "biogenic uptake",
            value: uptake.to_string(),
            rule: "zero or below".to_owned(),
        });
    }
    Ok(excluding + uptake)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn a_hub_adds_emissions_but_no_distance() {
        let road = Intensity { wtw: ratio("0.1"), ttw: ratio("0.08") };
        let truck = Element::transport(ratio("50"), &road).unwrap();
        let hub = Element::hub(&ratio("2"), &Intensity { wtw: ratio("1"), ttw: ratio("0.5") }).unwrap();
        let chain = Element::chain([&truck, &hub]);
        assert_eq!(chain, Element { activity_tkm: ratio("50"), wtw_kg: ratio("7"), ttw_kg: ratio("5") });
        assert_eq!(chain.intensity().unwrap().wtw, ratio("0.14"));
        assert_eq!(hub.intensity().unwrap_err().code(), "method.zero_denominator");
    }

    #[test]
    fn a_detour_does_not_count_as_transport() {
        let driven = Distance::Actual { km: ratio("105"), adjustment: ratio("1.05") };
        assert_eq!(driven.activity_km().unwrap(), ratio("100"));
        let shorter = Distance::Actual { km: ratio("105"), adjustment: ratio("0.95") };
        assert_eq!(shorter.activity_km().unwrap_err().code(), "method.range");
        assert_eq!(flight_km(&ratio("905")).unwrap(), ratio("1000"));
    }

    #[test]
    fn uptake_only_lowers_a_footprint() {
        assert_eq!(including_biogenic_uptake(&ratio("5"), &ratio("1")).unwrap_err().code(), "method.range");
        assert_eq!(including_biogenic_uptake(&ratio("5"), &ratio("0")).unwrap(), ratio("5"));
    }
}
