//! One emission factor as its publisher printed it, and the rules of the format that it must keep.
//!
//! Values stay the decimal strings and units of the source: what is compared with the publisher's page is what is
//! calculated with.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::passport::Validity;
use crate::decimal::Decimal;
use crate::distribution::Uncertainty;
use crate::units::{Unit, UnitError};

/// Which part of a life cycle a factor covers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Burning of a fuel, tank to wheel.
    Combustion,
    /// Electricity or heat where it is made, direct.
    Generation,
    /// Well to tank: making and bringing a fuel, or the fuel of a power station.
    Wtt,
    /// Transmission and distribution losses.
    #[serde(rename = "td_loss")]
    TdLoss,
    /// The whole life cycle.
    LifeCycle,
    /// From raw material to the gate of the supplier.
    CradleToGate,
    /// What is left of a grid when certificates are sold (market-based scope 2).
    ResidualMix,
    /// Use of a service or vehicle.
    Use,
    /// Treatment of waste.
    Disposal,
    /// Escaped gas.
    Fugitive,
    /// CO2 from biomass, outside of the scopes.
    Biogenic,
    /// A number that is no emission: watts, litres, a loss share, a heating value.
    Coefficient,
}

impl Boundary {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Combustion,
        Self::Generation,
        Self::Wtt,
        Self::TdLoss,
        Self::LifeCycle,
        Self::CradleToGate,
        Self::ResidualMix,
        Self::Use,
        Self::Disposal,
        Self::Fugitive,
        Self::Biogenic,
        Self::Coefficient,
    ];

    /// Returns the word of the factor format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Combustion => "combustion",
            Self::Generation => "generation",
            Self::Wtt => "wtt",
            Self::TdLoss => "td_loss",
            Self::LifeCycle => "life-cycle",
            Self::CradleToGate => "cradle-to-gate",
            Self::ResidualMix => "residual-mix",
            Self::Use => "use",
            Self::Disposal => "disposal",
            Self::Fugitive => "fugitive",
            Self::Biogenic => "biogenic",
            Self::Coefficient => "coefficient",
        }
    }

    /// True when a lookup of `activity` that names no boundary may be answered with it.
    ///
    /// Upstream, loss and biogenic values answer only who asks for them, and for bought energy a life-cycle intensity too:
    /// each would double or dilute a scope.
    pub fn answers_plain_lookup(self, activity: &str) -> bool {
        match self {
            Self::Wtt | Self::Biogenic => false,
            Self::TdLoss => activity.ends_with(".td_loss"),
            Self::LifeCycle => !activity.starts_with("electricity.") && !activity.starts_with("heat."),
            _ => true,
        }
    }
}

/// What the values of a factor are.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactorKind {
    /// Mass of each gas.
    Mass,
    /// CO2e of each gas under the set's GWPs.
    Co2ePerGas,
    /// Only the sum, under the set's GWPs.
    Co2e,
    /// No emission.
    Coefficient,
}

/// One printed value: so much of a gas (or of a quantity) for each unit of activity.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FactorValue {
    /// Gas id; `CO2e` for the sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gas: Option<String>,
    /// What a coefficient counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Published unit of the value, such as `kg`, `g`, `lb`.
    pub unit: String,
    /// As printed.
    pub value: Decimal,
}

/// Where a factor stands in the publisher's file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRow {
    /// Sheet or table.
    pub table: String,
    /// Row id or number.
    pub row: String,
}

/// How good a factor is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// `good`, `fair` or `poor`.
    pub rating: String,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// One emission factor or coefficient as published.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Activity id, the same in every set that has it.
    pub activity: String,
    /// The publisher's row id and its variants; unique in the set.
    pub id: String,
    /// What a person reads.
    pub name: String,
    /// 1, 2, 3 or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<u8>,
    /// Scope 3 category, 1 to 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<u8>,
    /// Part of the life cycle.
    pub boundary: Boundary,
    /// Unit of the activity.
    pub per: String,
    /// `gross` or `net` calorific value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Where it holds.
    pub geography: String,
    /// What the values are.
    pub kind: FactorKind,
    /// The values.
    pub values: Vec<FactorValue>,
    /// Printed sum in kg CO2e, beside values by gas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co2e: Option<Decimal>,
    /// CO2 from biomass, never in a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biogenic_co2: Option<FactorValue>,
    /// GWP set, where it departs from the passport's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gwp: Option<String>,
    /// Days, where they depart from the passport's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Validity>,
    /// Newer set that replaces it; it then answers only when its own set is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Variant dimensions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Place in the publisher's file.
    #[serde(default)]
    pub source: SourceRow,
    /// Distribution, parameters and provenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty: Option<Uncertainty>,
    /// How good it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

impl Factor {
    /// Returns a factor with nothing stated but what it covers and its values; fill in the rest.
    pub fn new(boundary: Boundary, kind: FactorKind, values: Vec<FactorValue>) -> Self {
        Self {
            activity: String::new(),
            id: String::new(),
            name: String::new(),
            scope: None,
            category: None,
            boundary,
            per: String::new(),
            basis: None,
            geography: String::new(),
            kind,
            values,
            co2e: None,
            biogenic_co2: None,
            gwp: None,
            valid: None,
            superseded_by: None,
            tags: BTreeMap::new(),
            source: SourceRow::default(),
            uncertainty: None,
            quality: None,
        }
    }

    /// The key that must be unique among the factors that one lookup could reach.
    pub(super) fn key(&self) -> impl Ord + std::hash::Hash + use<> {
        let valid = self.valid.map(|v| v.from);
        let tags: Vec<_> = self.tags.clone().into_iter().collect();
        (
            self.activity.clone(),
            self.geography.clone(),
            self.boundary,
            self.per.clone(),
            self.basis.clone(),
            tags,
            valid,
        )
    }

    /// The unit of the activity, with its calorific basis.
    ///
    /// # Errors
    /// What the unit table says of `per` or `basis`.
    pub fn unit(&self) -> Result<Unit, UnitError> {
        match &self.basis {
            None => self.per.parse(),
            Some(basis) => format!("{}{{{basis}}}", self.per).parse(),
        }
    }

    /// Names the first rule of the format that the factor breaks.
    pub(super) fn fault(&self) -> Option<String> {
        let id = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
        };
        if !id(&self.activity) {
            return Some(format!(
                "activity {:?} has more than lower-case letters, digits, '.', '_' and '-'",
                self.activity
            ));
        }
        if let Err(error) = self.unit() {
            return Some(error.to_string());
        }
        if self.values.is_empty() {
            return Some("it has no values; a blank is no factor".into());
        }
        if self.scope.is_some_and(|s| !(1..=3).contains(&s))
            || self.category.is_some_and(|c| !(1..=15).contains(&c))
        {
            return Some("a scope is 1 to 3 and a category 1 to 15".into());
        }
        for value in &self.values {
            let named = match self.kind {
                FactorKind::Coefficient => value.quantity.is_some() && value.gas.is_none(),
                FactorKind::Co2e => value.gas.as_deref() == Some("CO2e"),
                FactorKind::Mass | FactorKind::Co2ePerGas => {
                    value.gas.is_some() && value.gas.as_deref() != Some("CO2e")
                }
            };
            if !named {
                return Some(format!(
                    "a value of kind {:?} names gas {:?} and quantity {:?}",
                    self.kind, value.gas, value.quantity
                ));
            }
        }
        if self.kind == FactorKind::Co2e && self.values.len() != 1 {
            return Some("a CO2e factor has one value".into());
        }
        // A relative shape holds any value; an interval must hold the factor's own.
        let held = self.uncertainty.as_ref().zip(self.values.first()).map(|(u, v)| u.check(v.value));
        if let Some(Err(error)) = held {
            return Some(format!("uncertainty: {error}"));
        }
        None
    }
}

/// A factor with its unit, as a set hands it out.
#[derive(Debug)]
pub(super) struct Candidate {
    pub factor: Arc<Factor>,
    pub per: Unit,
    pub valid: Validity,
}
