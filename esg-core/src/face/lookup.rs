//! Questions to the registry, and what its answers and refusals say as documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Document, Text};
use super::error::FaceError;
use super::options::allow;
use crate::error::Error;
use crate::factor::{Boundary, Factor, FactorError, FactorValue, Found, Lookup, Registry, Resolution};
use crate::ghg::GhgError;
use crate::time::Day;

/// Factors that a search gives where nobody says how many.
const FOUND: usize = 20;

/// Which factor is asked for.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct FactorQuestion {
    /// Activity id, such as `electricity.grid`.
    pub activity: String,
    /// Day of the activity; needed.
    pub day: Option<Day>,
    /// ISO 3166 code, eGRID subregion, US ZIP code or cloud region; without it only what holds everywhere answers.
    pub region: Option<String>,
    /// Unit of the quantity.
    pub unit: Option<String>,
    /// Part of the life cycle.
    pub boundary: Option<String>,
    /// From this set only: `epa-egrid` or `epa-egrid 2023.2.0`.
    pub set: Option<String>,
    /// Variant dimensions, such as `{"provider": "aws"}`.
    pub tags: BTreeMap<String, Text>,
    /// Fallbacks to accept. None unless given.
    pub allow: Vec<String>,
}

impl Document for FactorQuestion {
    const WHAT: &'static str = "question for a factor";
    const FIELDS: &'static [&'static str] =
        &["activity", "day", "region", "unit", "boundary", "set", "tags", "allow"];
}

impl FactorQuestion {
    /// Returns the factor with its steps and the rejected candidates.
    ///
    /// # Errors
    /// `option.value` for a day that is not given and words that nobody knows; the codes of [`Registry::resolve`].
    pub fn ask(&self, registry: &Registry) -> Result<Arc<Resolution>, Error> {
        let day = self.day.ok_or_else(|| FaceError::value("day", "not given", "the day of the activity"))?;
        let tags: Vec<(&str, &str)> = self.tags.iter().map(|(n, v)| (n.as_str(), v.0.as_str())).collect();
        let mut lookup = Lookup::new(&self.activity, day).allow(allow(&self.allow)?).tags(&tags);
        if let Some(region) = &self.region {
            lookup = lookup.region(region);
        }
        if let Some(unit) = &self.unit {
            lookup = lookup.unit(unit);
        }
        if let Some(name) = &self.boundary {
            lookup = lookup.boundary(boundary(name)?);
        }
        if let Some(set) = &self.set {
            lookup = lookup.set(set);
        }
        Ok(registry.resolve(&lookup)?)
    }
}

fn boundary(name: &str) -> Result<Boundary, FaceError> {
    Boundary::ALL
        .into_iter()
        .find(|b| b.as_str() == name)
        .ok_or_else(|| FaceError::unknown("boundary", name, Boundary::ALL.map(Boundary::as_str)))
}

/// A search among the factors.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Words that must all be there.
    pub query: String,
    /// Published for exactly this place; anywhere unless given.
    pub region: Option<String>,
    /// At most so many: 20 unless given.
    pub limit: Option<usize>,
}

impl Document for Search {
    const WHAT: &'static str = "search for factors";
    const FIELDS: &'static [&'static str] = &["query", "region", "limit"];
}

impl Search {
    /// Returns what was found, each with its set.
    ///
    /// # Errors
    /// `factor.set`.
    pub fn ask(&self, registry: &Registry) -> Result<Vec<Found>, FactorError> {
        registry.search(&self.query, self.region.as_deref(), self.limit.unwrap_or(FOUND))
    }
}

/// Returns the values of a factor for people: `428.464 lb CO2, 0.023 lb CH4 per MWh`.
pub fn factor_values(factor: &Factor) -> String {
    let value = |v: &FactorValue| {
        let what = v.gas.as_deref().or(v.quantity.as_deref()).unwrap_or_default();
        format!("{} {} {what}", v.value, v.unit).trim_end().to_owned()
    };
    format!("{} per {}", factor.values.iter().map(value).collect::<Vec<_>>().join(", "), factor.per)
}

/// Returns a resolution as a document.
pub fn resolution_document(resolution: &Resolution) -> Value {
    let passport = resolution.set.passport();
    json!({
        "factor": &*resolution.factor,
        "factor_id": resolution.factor_id(),
        "fallbacks": resolution.fallbacks,
        "per": resolution.per.to_string(),
        "rejected": resolution.rejected,
        "set": {"authority": passport.authority, "digest": resolution.set.digest(), "name": passport.name()},
        "steps": resolution.steps,
    })
}

/// Returns what was found as a document: a list of `{set, factor}`.
pub fn found_document(found: &[Found]) -> Value {
    found.iter().map(|f| json!({"set": f.set, "factor": f.factor})).collect()
}

/// Returns the sets of a registry as a document: digest, name and passport.
pub fn sets_document(registry: &Registry) -> Value {
    let set = |s: &Arc<crate::factor::FactorSet>| json!({"digest": s.digest(), "name": s.name(), "passport": s.passport()});
    registry.sets().iter().map(set).collect()
}

/// Returns what a program can use of a refusal besides its code and message: always `kind`, and where there are such `field`,
/// `nearest`, `rejected`, `candidates`, `accepted`.
pub fn details(error: &Error) -> Value {
    let mut details = json!({"kind": error.kind().as_str()});
    let mut put = |name: &str, value: Value| details[name] = value;
    match error {
        Error::Telemetry(e) => {
            put("field", e.field().into());
            put("nearest", e.nearest().into());
        }
        Error::Face(FaceError::Document { nearest, .. }) => put("nearest", json!(nearest)),
        Error::Face(FaceError::Value { option, value, nearest, .. }) => {
            put("field", json!(option));
            put("value", json!(value));
            put("nearest", json!(nearest));
        }
        Error::Factor(e) | Error::Ghg(GhgError::Factor(e)) => match e {
            FactorError::NotFound { rejected, nearest, .. } => {
                put("nearest", json!(nearest));
                put("rejected", json!(rejected));
            }
            FactorError::Ambiguous { candidates, .. } => put("candidates", json!(candidates)),
            FactorError::Unit { accepted, .. } => put("accepted", json!(accepted)),
            _ => {}
        },
        _ => {}
    }
    details
}
