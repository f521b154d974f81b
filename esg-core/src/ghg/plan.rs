//! Plans: what is done with every row of one kind.
//!
//! A plan is made once for each distinct key (activity, unit, region, stated scope, days of validity): which factors
//! apply, under which scope each line stands, and the one exact rate from the sender's unit to picograms of each gas and
//! of CO2e. The columns are then multiplied by rates and nothing is looked up again.

use std::sync::Arc;

use super::cell::{Measure, Scope, UNSPLIT};
use super::cloud::Service;
use super::error::GhgError;
use super::scope::{Derivation, Role, derivations};
use crate::amount::Rate;
use crate::factor::{
    Allow, Answer, Boundary, Factor, FactorError, FactorKind, FactorValue, Gwp, HORIZON, Lookup, Registry,
    Resolution,
};
use crate::ratio::Ratio;
use crate::time::Day;
use crate::units::Unit;

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanKey<'a> {
    pub activity: &'a str,
    pub unit: &'a str,
    pub region: Option<&'a str>,
    pub stated: (u8, u8),
    pub day: Day,
}

/// One product that a row gives: so much of a measure, and its CO2e.
#[derive(Clone, Debug)]
pub struct Output {
    /// Gas, energy or water.
    pub measure: Measure,
    /// Where it stands.
    pub scope: Scope,
    /// kg (kWh, L) for each unit of the row; none where only CO2e is published.
    pub mass: Option<Rate>,
    /// kg CO2e for each unit of the row; none for what is no part of a total.
    pub co2e: Option<Rate>,
}

/// What is done with every row of one key, for one line of the inventory.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Activity id.
    pub activity: Arc<str>,
    /// Where its line stands.
    pub scope: Scope,
    /// The factor's full name.
    pub factor: Arc<str>,
    /// The factors that the rates are made of, the one that names the line first. None for a bare GWP.
    pub resolutions: Vec<Arc<Resolution>>,
    /// How the unit was converted: `1 MWh = 1000 kWh`.
    pub conversion: String,
    /// Fallbacks that were used.
    pub fallbacks: Vec<&'static str>,
    /// The products.
    pub outputs: Vec<Output>,
    /// kWh for each unit of the row, where the line is the market-based one and instruments may cover it.
    pub market_energy: Option<Rate>,
}

/// A line that could not be calculated.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Where the line would stand; none when not even that is known.
    pub scope: Option<Scope>,
    /// Activity id.
    pub activity: Arc<str>,
    /// Unit.
    pub unit: Arc<str>,
    /// Region as the sender names it.
    pub region: Option<Arc<str>>,
    /// Why.
    pub error: GhgError,
    /// True when the row has no line at all without it.
    pub primary: bool,
    /// kWh for each unit of the row that certificates may still cover (market-based lines).
    pub market_energy: Option<Rate>,
}

/// What planning needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Planner {
    pub registry: Arc<Registry>,
    pub gwp: Arc<Gwp>,
    pub allow: Allow,
    /// Market-based lines take the grid average where there is no residual mix.
    pub market_grid_average: bool,
    /// Category 3.3 is derived from fuels and electricity.
    pub upstream: bool,
}

/// Plans and gaps of one key, with the days for which they hold.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub plans: Vec<Arc<Plan>>,
    pub gaps: Vec<Arc<Gap>>,
    pub from: Day,
    pub to: Day,
}

impl Planner {
    /// Plans every line that a row of this key gives.
    pub fn plan(&self, key: &PlanKey<'_>) -> Planned {
        let mut planned = Planned { plans: Vec::new(), gaps: Vec::new(), from: Day::MIN, to: Day::MAX };
        let derivations = match derivations(key.activity, key.stated, self.upstream) {
            Ok(derivations) => derivations,
            Err(error) => {
                planned.gaps.push(self.gap(key, None, error, true).into());
                return planned;
            }
        };
        for derivation in derivations {
            match self.line(key, &derivation, &mut planned) {
                Ok(plan) => {
                    let both_methods =
                        derivation.activity == key.activity && is_purchased_energy(key.activity);
                    if plan.scope == Scope::TwoLocation && !both_methods {
                        let gap = self.gap(key, Some(Scope::TwoMarket), no_market_factor(key), false);
                        planned.gaps.push(gap.into());
                    }
                    planned.plans.push(plan.into());
                }
                Err(GhgError::Factor(FactorError::NotFound { rejected, .. }))
                    if derivation.role == Role::IfPublished && rejected.is_empty() => {}
                Err(error) => {
                    let primary = derivation.role == Role::Primary;
                    if let Some(volume) = volume(key).filter(|_| primary) {
                        // Litres are counted whether or not anybody publishes what supplying them emits.
                        let scope = derivation.scope.or(Some(Scope::Three(1)));
                        planned.gaps.push(self.gap(key, scope, error, false).into());
                        planned.plans.push(volume.into());
                        continue;
                    }
                    planned.gaps.push(self.gap(key, derivation.scope, error, primary).into());
                    if primary {
                        // Without its first line the row is not calculated; nothing may be derived from it.
                        planned.plans.clear();
                        break;
                    }
                }
            }
        }
        planned
    }

    fn gap(&self, key: &PlanKey<'_>, scope: Option<Scope>, error: GhgError, primary: bool) -> Gap {
        let market_energy = if scope == Some(Scope::TwoMarket) { market_energy(key) } else { None };
        let (activity, unit) = (key.activity.into(), key.unit.into());
        Gap { scope, activity, unit, region: key.region.map(Into::into), error, primary, market_energy }
    }

    /// Resolves a lookup and narrows the days for which the plan holds.
    pub(super) fn resolve(
        &self,
        lookup: &Lookup<'_>,
        planned: &mut Planned,
    ) -> Result<Arc<Resolution>, FactorError> {
        let Answer { result, from, to } = self.registry.answer_for(lookup);
        planned.from = planned.from.max(from);
        planned.to = planned.to.min(to);
        result
    }

    fn line(
        &self,
        key: &PlanKey<'_>,
        derivation: &Derivation,
        planned: &mut Planned,
    ) -> Result<Plan, GhgError> {
        if let Some(service) = Service::of(derivation) {
            return self.cloud(key, service, planned);
        }
        if derivation.role == Role::BareGas {
            return self.bare_gas(key, derivation);
        }
        let lookup = |activity, boundary: Option<Boundary>| {
            let lookup = Lookup::new(activity, key.day).unit(key.unit).allow(self.allow);
            let lookup = key.region.map_or(lookup, |region| lookup.region(region));
            boundary.map_or(lookup, |boundary| lookup.boundary(boundary))
        };
        let mut own_fallback = None;
        if derivation.scope == Some(Scope::TwoMarket) && derivation.activity == key.activity {
            // Heat has no residual mix: without a contract its average is a stand-in like the grid's, and must be allowed.
            if !self.market_grid_average {
                return Err(no_market_factor(key));
            }
            own_fallback = Some("market_grid_average");
        }
        let first = self.resolve(&lookup(derivation.activity, derivation.boundary), planned);
        let first = match first {
            Err(_) if derivation.scope == Some(Scope::TwoMarket) && self.market_grid_average => {
                own_fallback = Some("market_grid_average");
                self.resolve(&lookup(key.activity, None), planned)?
            }
            // A publisher may give the share that is lost instead of its emissions.
            Err(_) if derivation.activity == "electricity.td_loss" && derivation.boundary.is_none() => {
                let share = lookup(derivation.activity, Some(Boundary::Coefficient)).unit("1");
                self.resolve(&share, planned)?
            }
            other => other?,
        };
        if let Some(loss) = loss_share(&first.factor) {
            // A published share of generation that is lost: the loss is made good at the grid's own rate.
            let grid = self.resolve(&lookup("electricity.grid", None), planned)?;
            let made_good = loss.checked_div(&(&Ratio::one() - &loss)).ok_or_else(|| {
                GhgError::Coefficient { factor: first.factor_id(), quantity: "a loss of everything".into() }
            })?;
            return self.plan_of(key, derivation, vec![first, grid], 1, made_good, None);
        }
        self.plan_of(key, derivation, vec![first], 0, Ratio::one(), own_fallback)
    }

    /// Makes the plan whose emissions come from `resolutions[rate_of]`, times `times`.
    fn plan_of(
        &self,
        key: &PlanKey<'_>,
        derivation: &Derivation,
        resolutions: Vec<Arc<Resolution>>,
        rate_of: usize,
        times: Ratio,
        own_fallback: Option<&'static str>,
    ) -> Result<Plan, GhgError> {
        let resolution = &resolutions[rate_of];
        let factor = &resolution.factor;
        let unit: Unit = key.unit.parse()?;
        let ratio = &unit.ratio_to(&resolution.per)? * &times;
        let scope = match derivation.scope {
            Some(scope) => scope,
            None => {
                own_scope(factor).ok_or_else(|| GhgError::ScopeMissing { factor: resolution.factor_id() })?
            }
        };
        let mut fallbacks: Vec<&'static str> = resolutions.iter().flat_map(|r| r.fallbacks.clone()).collect();
        fallbacks.extend(own_fallback);
        let mut outputs = self.outputs(resolution, &ratio, scope, &mut fallbacks)?;
        fallbacks.sort_unstable();
        fallbacks.dedup();
        if scope == Scope::TwoMarket {
            // The location-based line has the biomass of the same kilowatt-hours; outside of the scopes there is one sum.
            outputs.retain(|output| output.measure != Measure::BiogenicCo2);
        }
        if derivation.role == Role::Primary {
            outputs.extend(indicator(key));
        }
        let conversion = format!("1 {} = {ratio} {}", key.unit, resolution.per);
        let market = scope == Scope::TwoMarket;
        Ok(Plan {
            activity: key.activity.into(),
            scope,
            factor: resolutions[0].factor_id().into(),
            conversion,
            fallbacks,
            outputs,
            market_energy: if market { market_energy(key) } else { None },
            resolutions,
        })
    }

    /// The gases of a factor as rates from the sender's unit.
    pub(super) fn outputs(
        &self,
        resolution: &Resolution,
        ratio: &Ratio,
        scope: Scope,
        fallbacks: &mut Vec<&'static str>,
    ) -> Result<Vec<Output>, GhgError> {
        let factor = &resolution.factor;
        let published = factor.gwp.as_deref().or(resolution.set.passport().gwp.as_deref());
        let same = published == Some(self.gwp.name()) && self.gwp.horizon() == HORIZON;
        let mut outputs = Vec::with_capacity(factor.values.len() + 1);
        let rate = |kg: &Ratio| Rate::per_unit(kg * ratio);
        let gas_of = |value: &FactorValue| -> Arc<str> {
            let name = value.gas.as_deref().unwrap_or(UNSPLIT);
            self.gwp.gas_id(name).cloned().unwrap_or_else(|| name.into())
        };
        match factor.kind {
            FactorKind::Coefficient => {
                let quantity = factor.values.first().and_then(|v| v.quantity.clone()).unwrap_or_default();
                return Err(GhgError::Coefficient { factor: resolution.factor_id(), quantity });
            }
            FactorKind::Mass => {
                for value in &factor.values {
                    let (gas, kg) = (gas_of(value), kilograms(value)?);
                    let co2e = &kg * &self.gwp.of(&gas)?;
                    let measure = Measure::Gas(gas);
                    outputs.push(Output { measure, scope, mass: Some(rate(&kg)), co2e: Some(rate(&co2e)) });
                }
            }
            FactorKind::Co2ePerGas => {
                let mut sum = Ratio::zero();
                for value in &factor.values {
                    let (gas, kg) = (gas_of(value), kilograms(value)?);
                    let mass = kg.checked_div(&self.published_gwp(resolution, published, &gas)?);
                    let mass = mass.ok_or_else(|| FactorError::GasUnknown {
                        gas: gas.to_string(),
                        set: published.unwrap_or("no GWP set").to_owned(),
                        horizon: HORIZON,
                    })?;
                    let co2e = if same { kg.clone() } else { &mass * &self.gwp.of(&gas)? };
                    sum = &sum + &kg;
                    outputs.push(Output {
                        measure: Measure::Gas(gas),
                        scope,
                        mass: Some(rate(&mass)),
                        co2e: Some(rate(&co2e)),
                    });
                }
                // The printed sum counts under its own GWPs; what its rounding leaves is CO2e of no gas.
                if let Some(printed) = factor.co2e.filter(|_| same) {
                    let rest = &Ratio::from(printed) - &sum;
                    if !rest.is_zero() {
                        let measure = Measure::Gas(UNSPLIT.into());
                        outputs.push(Output { measure, scope, mass: None, co2e: Some(rate(&rest)) });
                    }
                }
            }
            FactorKind::Co2e => {
                let kg = kilograms(&factor.values[0])?;
                if !same {
                    if !self.allow.other_gwp {
                        return Err(FactorError::GwpMismatch {
                            factor: resolution.factor_id(),
                            published: published.unwrap_or("an unstated GWP set").to_owned(),
                            wanted: format!("{} over {} years", self.gwp.name(), self.gwp.horizon()),
                        }
                        .into());
                    }
                    fallbacks.push("other_gwp");
                }
                let measure = Measure::Gas(UNSPLIT.into());
                outputs.push(Output { measure, scope, mass: None, co2e: Some(rate(&kg)) });
            }
        }
        if let Some(biogenic) = &factor.biogenic_co2 {
            let kg = kilograms(biogenic)?;
            let measure = Measure::BiogenicCo2;
            outputs.push(Output { measure, scope: Scope::Outside, mass: Some(rate(&kg)), co2e: None });
        }
        if factor.boundary == Boundary::Biogenic {
            for output in &mut outputs {
                let mass = output.mass.take().or(output.co2e.take());
                *output = Output { measure: Measure::BiogenicCo2, scope: Scope::Outside, mass, co2e: None };
            }
        }
        Ok(outputs)
    }

    /// The GWP that the publisher multiplied with.
    fn published_gwp(
        &self,
        resolution: &Resolution,
        published: Option<&str>,
        gas: &str,
    ) -> Result<Ratio, GhgError> {
        let passport = resolution.set.passport();
        if resolution.factor.gwp.is_none()
            && let Some(value) = passport.gwp_values.get(gas)
        {
            return Ok((*value).into());
        }
        if gas == "CO2" {
            return Ok(Ratio::one());
        }
        let name = published.ok_or_else(|| FactorError::GasUnknown {
            gas: gas.to_owned(),
            set: "no GWP set".into(),
            horizon: HORIZON,
        })?;
        Ok(Gwp::built_in(name, HORIZON)?.of(gas)?)
    }

    /// A kilogram of a gas that escapes is a kilogram of that gas: only its GWP is needed.
    fn bare_gas(&self, key: &PlanKey<'_>, derivation: &Derivation) -> Result<Plan, GhgError> {
        let unit: Unit = key.unit.parse()?;
        let kg = unit.ratio_to(&"kg".parse()?)?;
        let gwp = self.gwp.of(derivation.activity)?;
        let gas = self.gwp.gas_id(derivation.activity).cloned().unwrap_or_else(|| derivation.activity.into());
        let scope = derivation.scope.unwrap_or(Scope::One);
        let output = Output {
            measure: Measure::Gas(Arc::clone(&gas)),
            scope,
            mass: Some(Rate::per_unit(kg.clone())),
            co2e: Some(Rate::per_unit(&kg * &gwp)),
        };
        Ok(Plan {
            activity: key.activity.into(),
            scope,
            factor: format!("gwp {} {}/{gas}", self.gwp.name(), self.gwp.horizon()).into(),
            resolutions: Vec::new(),
            conversion: format!("1 {} = {kg} kg", key.unit),
            fallbacks: Vec::new(),
            outputs: vec![output],
            market_energy: None,
        })
    }
}

/// Activities for which both methods of scope 2 are planned.
fn is_purchased_energy(activity: &str) -> bool {
    activity == "electricity.grid" || activity.starts_with("heat.")
}

/// What a market-based line misses where only the grid's share of a service is published (an electric vehicle's km).
fn no_market_factor(key: &PlanKey<'_>) -> GhgError {
    GhgError::Factor(FactorError::NotFound {
        activity: format!("{} by contract or residual mix", key.activity),
        region: key.region.unwrap_or("no region").to_owned(),
        day: key.day,
        rejected: Vec::new(),
        nearest: Vec::new(),
    })
}

/// The scope and category that a factor is published for.
fn own_scope(factor: &Factor) -> Option<Scope> {
    match (factor.boundary, factor.scope?) {
        (Boundary::Biogenic, _) => Some(Scope::Outside),
        (_, 1) => Some(Scope::One),
        (_, 2) => Some(Scope::TwoLocation),
        (_, 3) => Some(Scope::Three(factor.category?)),
        _ => None,
    }
}

/// A printed value in kilograms.
fn kilograms(value: &FactorValue) -> Result<Ratio, GhgError> {
    if value.unit == "kg" {
        return Ok(value.value.into());
    }
    let unit: Unit = value.unit.parse()?;
    Ok(&Ratio::from(value.value) * &unit.ratio_to(&"kg".parse()?)?)
}

/// The share of generation that is lost on the wires, where a publisher gives that and no emission.
fn loss_share(factor: &Factor) -> Option<Ratio> {
    let value = factor.values.first()?;
    let is_share = factor.kind == FactorKind::Coefficient && factor.activity == "electricity.td_loss";
    is_share.then(|| value.value.into())
}

/// kWh for each unit, for units of energy.
fn energy_rate(unit: &str) -> Option<Ratio> {
    let unit: Unit = unit.parse().ok()?;
    ["kWh", "kWh{gross}", "kWh{net}"].iter().find_map(|kwh| unit.ratio_to(&kwh.parse().ok()?).ok())
}

/// kWh for each unit of electricity bought from a grid: what contractual instruments may cover.
fn market_energy(key: &PlanKey<'_>) -> Option<Rate> {
    if key.activity == "electricity.grid" { energy_rate(key.unit).map(Rate::per_unit) } else { None }
}

/// The water of a row as a line of its own.
fn volume(key: &PlanKey<'_>) -> Option<Plan> {
    let output = indicator(key).filter(|output| output.measure == Measure::Water)?;
    Some(Plan {
        activity: key.activity.into(),
        scope: Scope::Outside,
        factor: "volume as stated".into(),
        resolutions: Vec::new(),
        conversion: format!("1 {} in L", key.unit),
        fallbacks: Vec::new(),
        outputs: vec![output],
        market_energy: None,
    })
}

/// Energy or water that the row itself states.
fn indicator(key: &PlanKey<'_>) -> Option<Output> {
    let family = key.activity.split('.').next().unwrap_or_default();
    let (measure, rate) = match family {
        "electricity" | "heat" | "fuel" => (Measure::Energy, energy_rate(key.unit)?),
        "water" => (Measure::Water, key.unit.parse::<Unit>().ok()?.ratio_to(&"L".parse().ok()?).ok()?),
        _ => return None,
    };
    if key.activity == "water.treatment" {
        return None;
    }
    Some(Output { measure, scope: Scope::Outside, mass: Some(Rate::per_unit(rate)), co2e: None })
}
