//! Terms: the products that a cell is the sum of, each taken apart into what it was multiplied from.
//!
//! The rates are the engine's own. They are taken apart by exact division, so nothing is calculated a second time: what a
//! conversion, a factor and a GWP multiply to is the rate that the column was multiplied with.

use serde::Serialize;
use serde_json::{Value, json};

use crate::aggregate::{Covered, Options};
use crate::amount::Amount;
use crate::factor::FactorKind;
use crate::ghg::{CellKey, GhgError, Line, Measure, Output, Plan, Scope};
use crate::ratio::Ratio;
use crate::units::Unit;

/// Which event a term comes from.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct EventKey {
    /// Source system.
    pub source_id: String,
    /// The source's own number.
    pub external_event_id: String,
    /// SHA-256 of the canonical event, hexadecimal.
    pub fingerprint: String,
}

/// A factor with the bytes it was read from.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct FactorName {
    /// The publisher's row and variant.
    pub id: String,
    /// Factor set.
    pub set: String,
    /// Version of the set.
    pub version: String,
    /// Content digest of the set.
    pub digest: String,
    /// Who publishes it.
    pub authority: String,
    /// As printed, such as `428.464 lb CO2`: the value of the term's gas, or all where none is of that gas.
    pub published: Vec<String>,
    /// Unit of activity that the printed value is for.
    pub per: String,
    /// Table and row in the publisher's file.
    pub source: String,
}

/// What turns a gas into CO2e.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GwpName {
    /// GWP set: the calculation's, or the publisher's own where a factor is published as CO2e of each gas.
    pub set: String,
    /// Years.
    pub horizon: u16,
    /// Gas.
    pub gas: String,
    /// kg CO2e for each kg.
    pub value: Ratio,
}

/// One product of a cell.
///
/// `mass = quantity x conversion x value` and `co2e = quantity x conversion x value x gwp` (without a GWP where CO2e is
/// published without its gases), each rounded once, half to even, to 1e-15.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The cell of the inventory that it is added to.
    pub cell: CellKey,
    /// The event; none for the line of an instrument, which is about the sum of many.
    pub event: Option<EventKey>,
    /// The instrument of a line of the market-based method.
    pub instrument: Option<String>,
    /// Activity id.
    pub activity: String,
    /// Scope with category or method.
    pub scope: String,
    /// Gas or other measure.
    pub measure: String,
    /// Quantity in the sender's unit (kWh for an instrument), exact decimal text.
    pub quantity: String,
    /// The sender's unit.
    pub unit: String,
    /// Units of `per` for each unit of the sender.
    pub conversion: Ratio,
    /// Unit of activity that the value is for.
    pub per: String,
    /// kg of the measure (kWh, L) for each `per`. Where several factors are multiplied (losses on wires, cloud services) it is
    /// their product, and below zero where an instrument takes a residual mix out.
    pub value: Ratio,
    /// Factors that the value is made of, the one that names the line first. None for energy, water and bare gases.
    pub factors: Vec<FactorName>,
    /// GWP; none where CO2e is published without its gases, and for what is no part of a total.
    pub gwp: Option<GwpName>,
    /// kg (kWh, L); none where only CO2e is published.
    pub mass: Option<Amount>,
    /// kg CO2e; none for what is no part of a total.
    pub co2e: Option<Amount>,
}

impl Term {
    /// The term of a line's product.
    pub(super) fn of(
        cell: CellKey,
        event: EventKey,
        (line, unit): (&Line, &str),
        plan: &Plan,
        output: &Output,
        options: &Options,
    ) -> Result<Self, GhgError> {
        let rate = |rate: &Option<crate::amount::Rate>| rate.as_ref().map(|rate| rate.ratio());
        let (mass_rate, co2e_rate) = (rate(&output.mass), rate(&output.co2e));
        let base = mass_rate.clone().or(co2e_rate.clone()).unwrap_or_else(Ratio::zero);
        let bare = matches!(output.measure, Measure::Energy | Measure::Water);
        let (conversion, per, value) = apart(unit, plan, &base, bare.then(|| output.measure.unit()));
        let amount = |rate: &Option<crate::amount::Rate>| {
            rate.as_ref().map(|rate| rate.amount(line.quantity)).transpose()
        };
        Ok(Self {
            cell,
            event: Some(event),
            instrument: None,
            activity: plan.activity.to_string(),
            scope: output.scope.name(),
            measure: output.measure.name().to_owned(),
            quantity: line.quantity.to_string(),
            unit: unit.to_owned(),
            conversion,
            per,
            value,
            factors: if bare { Vec::new() } else { factors(plan, &output.measure, options) },
            gwp: mass_rate
                .zip(co2e_rate)
                .and_then(|(mass, co2e)| gwp(plan, &output.measure, &mass, &co2e, options)),
            mass: amount(&output.mass)?,
            co2e: amount(&output.co2e)?,
        })
    }

    /// The term of an instrument's line.
    pub(super) fn of_instrument(covered: &Covered, options: &Options) -> Self {
        let rates = (covered.mass_per_kwh.clone(), covered.co2e_per_kwh.clone());
        let value = rates.0.clone().or(rates.1.clone()).unwrap_or_else(Ratio::zero);
        let of_gas = rates.0.zip(rates.1).and_then(|(mass, co2e)| {
            let value =
                co2e.checked_div(&mass).or_else(|| options.gwp().of(covered.key.measure.name()).ok())?;
            Some(gwp_name(None, &covered.key.measure, value, options))
        });
        Self {
            cell: covered.key.clone(),
            event: None,
            instrument: Some(covered.instrument.clone()),
            activity: "electricity.instrument".to_owned(),
            scope: Scope::TwoMarket.name(),
            measure: covered.key.measure.name().to_owned(),
            quantity: covered.energy_kwh.to_string(),
            unit: "kWh".to_owned(),
            conversion: Ratio::one(),
            per: "kWh".to_owned(),
            value,
            factors: Vec::new(),
            gwp: of_gas,
            mass: covered.sums.mass,
            co2e: Some(covered.sums.co2e),
        }
    }

    /// The term as JSON for a proof bundle: numbers are decimal text, fractions are `{"num", "den"}` in text.
    pub fn to_json(&self) -> Value {
        let ratio = |r: &Ratio| json!({"num": r.num().to_string(), "den": r.den().to_string()});
        json!({
            "event": self.event,
            "instrument": self.instrument,
            "activity": self.activity,
            "scope": self.scope,
            "measure": self.measure,
            "quantity": self.quantity,
            "unit": self.unit,
            "conversion": ratio(&self.conversion),
            "per": self.per,
            "value": ratio(&self.value),
            "factors": self.factors,
            "gwp": self.gwp.as_ref().map(|g| json!({
                "set": g.set, "horizon_years": g.horizon, "gas": g.gas, "value": ratio(&g.value),
            })),
            "mass": self.mass,
            "co2e_kg": self.co2e,
        })
    }
}

/// The rate of a unit as conversion, unit of the factor, and value for each of that. Where the unit of the factor is
/// reached only through another factor (vCPU hours to kWh), the conversion is 1 and the value holds all.
fn apart(unit: &str, plan: &Plan, base: &Ratio, indicator: Option<&str>) -> (Ratio, String, Ratio) {
    if let Some(measured) = indicator {
        return (base.clone(), measured.to_owned(), Ratio::one());
    }
    let whole = || (Ratio::one(), unit.to_owned(), base.clone());
    let Ok(from) = unit.parse::<Unit>() else { return whole() };
    let per = match plan.resolutions.last() {
        Some(resolution) => resolution.per.clone(),
        None => match "kg".parse() {
            Ok(kg) => kg,
            Err(_) => return whole(),
        },
    };
    let parts = from.ratio_to(&per).ok().and_then(|ratio| Some((base.checked_div(&ratio)?, ratio)));
    parts.map_or_else(whole, |(value, ratio)| (ratio, per.to_string(), value))
}

fn factors(plan: &Plan, measure: &Measure, options: &Options) -> Vec<FactorName> {
    let name = |resolution: &std::sync::Arc<crate::factor::Resolution>| {
        let (factor, passport) = (&resolution.factor, resolution.set.passport());
        let id_of =
            |name: &str| options.gwp().gas_id(name).map_or_else(|| name.to_owned(), ToString::to_string);
        let is_it = |v: &&crate::factor::FactorValue| {
            v.gas.as_deref().is_some_and(|gas| id_of(gas) == measure.name())
        };
        // Some publishers print the CO2e of each gas, under GWPs of their own.
        let weighed = if factor.kind == FactorKind::Co2ePerGas { "CO2e of " } else { "" };
        let show = |v: &crate::factor::FactorValue| {
            let what = v.gas.as_deref().or(v.quantity.as_deref()).unwrap_or_default();
            format!("{} {} {weighed}{what}", v.value, v.unit).trim_end().to_owned()
        };
        let mut published: Vec<String> = factor.values.iter().filter(is_it).map(show).collect();
        if let (Measure::BiogenicCo2, Some(value)) = (measure, &factor.biogenic_co2) {
            published = vec![format!("{} {} CO2 of biomass", value.value, value.unit)];
        }
        if published.is_empty() {
            published = factor.values.iter().map(show).collect();
        }
        FactorName {
            id: factor.id.clone(),
            set: passport.set.clone(),
            version: passport.version.clone(),
            digest: resolution.set.digest().to_owned(),
            authority: passport.authority.clone(),
            published,
            per: resolution.per.to_string(),
            source: format!("{}, row {}", factor.source.table, factor.source.row),
        }
    };
    plan.resolutions.iter().map(name).collect()
}

/// The GWP that lies between two rates.
fn gwp(plan: &Plan, measure: &Measure, mass: &Ratio, co2e: &Ratio, options: &Options) -> Option<GwpName> {
    // Nothing times any GWP is nothing; the calculation's own is named.
    let value = co2e.checked_div(mass).or_else(|| options.gwp().of(measure.name()).ok())?;
    Some(gwp_name(Some(plan), measure, value, options))
}

fn gwp_name(plan: Option<&Plan>, measure: &Measure, value: Ratio, options: &Options) -> GwpName {
    let own = options.gwp();
    let gas = measure.name().to_owned();
    let resolution = plan.and_then(|plan| plan.resolutions.last());
    let published = resolution.and_then(|r| r.factor.gwp.clone().or_else(|| r.set.passport().gwp.clone()));
    match published {
        Some(set) if own.of(&gas).ok().as_ref() != Some(&value) => {
            GwpName { set, horizon: crate::factor::HORIZON, gas, value }
        }
        _ => GwpName { set: own.name().to_owned(), horizon: own.horizon(), gas, value },
    }
}
