//! What an inventory used and what it lacked: factors with their sources, and lines that are missing with the reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::decimal::Decimal;
use crate::distribution::Uncertainty;
use crate::ghg::{Plan, Scope};

/// A factor that the inventory rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorUse {
    /// Name of the factor.
    pub name: String,
    /// Set and version.
    pub set: String,
    /// Content digest of the set.
    pub digest: String,
    /// Who publishes it.
    pub authority: String,
    /// SPDX id of the licence, or `LicenseRef-...`; empty where the set states none.
    pub licence: String,
    /// What to print beside the numbers.
    pub attribution: String,
    /// Where it holds.
    pub geography: String,
    /// Part of the life cycle.
    pub boundary: String,
    /// Published values, such as `2.53763 kg CO2`.
    pub values: Vec<String>,
    /// Unit of the activity.
    pub per: String,
    /// GWP set that published CO2e rests on.
    pub gwp: Option<String>,
    /// Table and row in the publisher's file.
    pub source: String,
    /// Uncertainty as the set states it.
    pub uncertainty: Option<serde_json::Value>,
    /// `verified`, `single-source`, `derived`, `unverified`.
    pub verification: String,
    /// Rating, if any.
    pub quality: Option<String>,
    /// How the lookup led to it; of several ways the first in alphabetical order.
    pub steps: Vec<String>,
    /// Fallbacks that were used with it.
    pub fallbacks: Vec<&'static str>,
    /// How senders' units were converted for lines that carry its name, such as `1 MWh = 1000 kWh`.
    pub conversions: Vec<String>,
    /// Lines that were calculated with it.
    pub rows: u64,
    /// The same uncertainty as a value, for simulations.
    #[serde(skip)]
    pub stated: Option<Uncertainty>,
    /// Its first published value and the gas of it, which bounds in `stated` are in the unit of.
    #[serde(skip)]
    pub first: Option<(Decimal, Option<String>)>,
    /// By activity and scope of a line that carries its name: the other factors that the line is a product with.
    #[serde(skip)]
    pub with: BTreeSet<(Arc<str>, Scope, Vec<Arc<str>>)>,
}

/// Lines that are missing, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapUse {
    /// Where they would stand.
    #[serde(skip)]
    pub scope: Option<Scope>,
    /// Activity.
    pub activity: String,
    /// Unit.
    pub unit: String,
    /// Region as the sender names it.
    pub region: Option<String>,
    /// Stable code.
    pub code: &'static str,
    /// Message, without a day; where it differs still, the first in alphabetical order.
    pub message: String,
    /// True when the rows have no line at all.
    pub primary: bool,
    /// Rows.
    pub rows: u64,
}

impl FactorUse {
    pub(super) fn of(resolution: &crate::factor::Resolution) -> Self {
        let (factor, passport) = (&resolution.factor, resolution.set.passport());
        let value = |v: &crate::factor::FactorValue| {
            let what = v.gas.as_deref().or(v.quantity.as_deref()).unwrap_or_default();
            format!("{} {} {what}", v.value, v.unit)
        };
        Self {
            name: factor.name.clone(),
            set: passport.name(),
            digest: resolution.set.digest().to_owned(),
            authority: passport.authority.clone(),
            licence: passport.licence.as_ref().map(|l| l.spdx.clone()).unwrap_or_default(),
            attribution: passport.licence.as_ref().map(|l| l.attribution.clone()).unwrap_or_default(),
            geography: factor.geography.clone(),
            boundary: factor.boundary.as_str().to_owned(),
            values: factor.values.iter().map(value).collect(),
            per: resolution.per.to_string(),
            gwp: factor.gwp.clone().or_else(|| passport.gwp.clone()),
            source: format!("{}, row {}", factor.source.table, factor.source.row),
            uncertainty: factor.uncertainty.as_ref().and_then(|u| serde_json::to_value(u).ok()),
            verification: passport.verification.clone(),
            quality: factor.quality.as_ref().map(|q| q.rating.clone()),
            steps: resolution.steps.clone(),
            fallbacks: Vec::new(),
            conversions: Vec::new(),
            rows: 0,
            stated: factor.uncertainty.clone(),
            first: factor.values.first().map(|v| (v.value, v.gas.clone())),
            with: BTreeSet::new(),
        }
    }

    pub(super) fn add_companions(&mut self, plan: &Plan) {
        let others = plan.resolutions.iter().skip(1).map(|r| r.factor_id().into()).collect();
        self.with.insert((Arc::clone(&plan.activity), plan.scope, others));
    }

    pub(super) fn add_fallbacks(&mut self, names: &[&'static str]) {
        self.fallbacks.extend(names);
        self.fallbacks.sort_unstable();
        self.fallbacks.dedup();
    }

    pub(super) fn add_conversions(&mut self, conversions: &[String]) {
        self.conversions.extend_from_slice(conversions);
        self.conversions.sort_unstable();
        self.conversions.dedup();
    }
}

impl GapUse {
    /// What makes two gaps one.
    pub(super) fn key(&self) -> impl Ord + '_ {
        (self.scope, &self.activity, &self.region, &self.unit, self.code, self.primary)
    }

    pub(super) fn of(gap: &crate::ghg::Gap, rows: u64) -> Self {
        Self {
            scope: gap.scope,
            activity: gap.activity.to_string(),
            unit: gap.unit.to_string(),
            region: gap.region.as_ref().map(ToString::to_string),
            code: gap.error.code(),
            message: gap.error.undated(),
            primary: gap.primary,
            rows,
        }
    }
}
