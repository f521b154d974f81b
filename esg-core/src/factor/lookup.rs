//! A question to the registry, and the form of its answer.
//!
//! What a caller accepts beyond the exact answer is part of the question; what was used of it is part of the answer.

use std::sync::Arc;

use super::error::FactorError;
use super::row::{Boundary, Factor};
use super::set::FactorSet;
use crate::time::Day;
use crate::units::Unit;

/// Which fallbacks a caller accepts. None are accepted unless they are named.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Allow {
    /// A wider place: the country for a subregion, the world for a country.
    pub parent_region: bool,
    /// An edition or version that a newer one has replaced, or that was meant for earlier days.
    pub older_edition: bool,
    /// An edition that is meant for later days.
    pub newer_edition: bool,
    /// A life-cycle intensity where a direct factor was asked for.
    pub life_cycle: bool,
    /// CO2e without its gases that rests on another GWP set than the inventory's.
    pub other_gwp: bool,
}

impl Allow {
    /// The names of the fallbacks, as options and answers spell them.
    pub const NAMES: [&'static str; 5] =
        ["parent_region", "older_edition", "newer_edition", "life_cycle", "other_gwp"];

    /// Returns the fallbacks of a list of names.
    ///
    /// # Errors
    /// The first name that is none of [`Allow::NAMES`].
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut allow = Self::default();
        for name in names {
            match name {
                "parent_region" => allow.parent_region = true,
                "older_edition" => allow.older_edition = true,
                "newer_edition" => allow.newer_edition = true,
                "life_cycle" => allow.life_cycle = true,
                "other_gwp" => allow.other_gwp = true,
                other => return Err(other.to_owned()),
            }
        }
        Ok(allow)
    }

    /// Returns the names of the fallbacks that are accepted.
    pub fn names(self) -> Vec<&'static str> {
        let on =
            [self.parent_region, self.older_edition, self.newer_edition, self.life_cycle, self.other_gwp];
        Self::NAMES.into_iter().zip(on).filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }
}

/// A question to the registry.
#[derive(Clone, Copy, Debug, Hash, PartialEq)]
pub struct Lookup<'a> {
    pub(super) activity: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) day: Day,
    pub(super) unit: Option<&'a str>,
    pub(super) boundary: Option<Boundary>,
    pub(super) set: Option<&'a str>,
    pub(super) tags: &'a [(&'a str, &'a str)],
    pub(super) allow: Allow,
}

impl<'a> Lookup<'a> {
    /// Asks for a factor of `activity` on `day`.
    pub const fn new(activity: &'a str, day: Day) -> Self {
        Self {
            activity,
            region: None,
            day,
            unit: None,
            boundary: None,
            set: None,
            tags: &[],
            allow: NO_FALLBACK,
        }
    }

    /// At this place: an ISO 3166 code, an eGRID subregion, a US ZIP code or a cloud region. Without it, only what holds
    /// for the whole world answers.
    #[must_use]
    pub const fn region(mut self, region: &'a str) -> Self {
        self.region = Some(region);
        self
    }

    /// For quantities in this unit.
    #[must_use]
    pub const fn unit(mut self, unit: &'a str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// For this part of the life cycle only.
    #[must_use]
    pub const fn boundary(mut self, boundary: Boundary) -> Self {
        self.boundary = Some(boundary);
        self
    }

    /// From this set only: `epa-egrid` or `epa-egrid 2023.1.0`.
    #[must_use]
    pub const fn set(mut self, set: &'a str) -> Self {
        self.set = Some(set);
        self
    }

    /// With these variant dimensions, such as `("provider", "aws")` or `("basis", "net")`: factors that say otherwise are
    /// passed over.
    #[must_use]
    pub const fn tags(mut self, tags: &'a [(&'a str, &'a str)]) -> Self {
        self.tags = tags;
        self
    }

    /// With these fallbacks accepted.
    #[must_use]
    pub const fn allow(mut self, allow: Allow) -> Self {
        self.allow = allow;
        self
    }
}

const NO_FALLBACK: Allow = Allow {
    parent_region: false,
    older_edition: false,
    newer_edition: false,
    life_cycle: false,
    other_gwp: false,
};

/// A lookup that owns its words, without the day.
#[derive(Debug, PartialEq)]
pub(super) struct Question {
    activity: String,
    region: Option<String>,
    unit: Option<String>,
    boundary: Option<Boundary>,
    set: Option<String>,
    tags: Vec<(String, String)>,
    allow: Allow,
}

impl Question {
    pub(super) fn of(lookup: &Lookup<'_>) -> Self {
        Self {
            activity: lookup.activity.to_owned(),
            region: lookup.region.map(str::to_owned),
            unit: lookup.unit.map(str::to_owned),
            boundary: lookup.boundary,
            set: lookup.set.map(str::to_owned),
            tags: lookup.tags.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            allow: lookup.allow,
        }
    }

    pub(super) fn is(&self, lookup: &Lookup<'_>) -> bool {
        self.activity == lookup.activity
            && self.region.as_deref() == lookup.region
            && self.unit.as_deref() == lookup.unit
            && self.boundary == lookup.boundary
            && self.set.as_deref() == lookup.set
            && self.allow == lookup.allow
            && self.tags.iter().map(|(n, v)| (n.as_str(), v.as_str())).eq(lookup.tags.iter().copied())
    }
}

/// A candidate that was not taken.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct RejectedCandidate {
    /// Set, version and factor id.
    pub factor: String,
    /// Why not.
    pub reason: String,
}

/// An answer: the factor, where it comes from, how it was found and what was passed over.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// The factor.
    pub factor: Arc<Factor>,
    /// The unit of activity, with its calorific basis.
    pub per: Unit,
    /// The set it stands in.
    pub set: Arc<FactorSet>,
    /// How the question led to it.
    pub steps: Vec<String>,
    /// What was looked at and not taken.
    pub rejected: Vec<RejectedCandidate>,
    /// The fallbacks that were needed, by the names of [`Allow`].
    pub fallbacks: Vec<&'static str>,
}

impl Resolution {
    /// Set, version and factor id: the full name of the factor.
    pub fn factor_id(&self) -> String {
        format!("{}/{}", self.set.name(), self.factor.id)
    }
}

/// An answer or a refusal, with the days [from, to) for which it holds.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub result: Result<Arc<Resolution>, FactorError>,
    pub from: Day,
    pub to: Day,
}
