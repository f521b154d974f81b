//! Why no factor could be given, or why a set of factors was refused.

use crate::error::Kind;
use crate::time::Day;

/// A refusal of the registry.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FactorError {
    /// The registry has nothing for this activity, in this region, on this day.
    #[error("no factor for {activity} in {region} on {day}{}", hint(.rejected, .nearest))]
    NotFound {
        /// What was asked for.
        activity: String,
        /// Where.
        region: String,
        /// When.
        day: Day,
        /// What was looked at and why it was not taken.
        rejected: Vec<String>,
        /// Known activities with a like name.
        nearest: Vec<String>,
    },
    /// More than one factor answers, and nothing says which is meant.
    #[error("{activity} in {region} on {day} is ambiguous between {}; name a set or a more exact activity", .candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        activity: String,
        /// Where.
        region: String,
        /// When.
        day: Day,
        /// The factors that answer equally well.
        candidates: Vec<String>,
    },
    /// Factors exist, but for another kind of quantity.
    #[error("{activity} is counted in {} and not in {unit}: {reason}", .accepted.join(" or "))]
    Unit {
        /// What was asked for.
        activity: String,
        /// The unit that came.
        unit: String,
        /// Units that would be right.
        accepted: Vec<String>,
        /// What the units say.
        reason: String,
    },
    /// CO2e without its gases under another GWP set.
    #[error(
        "{factor} is published as CO2e under {published} without its gases, so it cannot be restated under {wanted}"
    )]
    GwpMismatch {
        /// The factor.
        factor: String,
        /// The set it rests on.
        published: String,
        /// The set that was asked for.
        wanted: String,
    },
    /// No such GWP set.
    #[error("no GWP set {name:?}; known are {known}")]
    GwpUnknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A gas without a GWP.
    #[error("{gas} has no GWP in {set} over {horizon} years")]
    GasUnknown {
        /// The gas.
        gas: String,
        /// The set.
        set: String,
        /// The horizon.
        horizon: u16,
    },
    /// No such set.
    #[error("no factor set {name:?}; known are {known}")]
    SetUnknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Two sets of one name and version with different content.
    #[error("factor set {name} is already there with digest {present}, and the new one has {offered}")]
    SetConflict {
        /// Name and version.
        name: String,
        /// Digest of the set in the registry.
        present: String,
        /// Digest of the set that was offered.
        offered: String,
    },
    /// A set is not what the lock says.
    #[error("factor set {name} has digest {found}, and the lock asks for {locked}")]
    Digest {
        /// Name and version.
        name: String,
        /// Digest of what is there.
        found: String,
        /// Digest in the lock.
        locked: String,
    },
    /// A set that breaks a rule of the format.
    #[error("factor set {set}, {place}: {reason}")]
    Set {
        /// Name, as far as it could be read.
        set: String,
        /// Line or factor id.
        place: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A region that geography does not know.
    #[error("{region:?} is no region that the registry knows; write an ISO 3166 code, an eGRID subregion such as US-CAMX, a US ZIP code or a cloud region{}", hint(&[], .nearest))]
    Region {
        /// What came.
        region: String,
        /// Known regions with a like name.
        nearest: Vec<String>,
    },
    /// A place that lies in several grid regions.
    #[error("{region} lies in {}; name the one that serves the site", .regions.join(" and "))]
    RegionAmbiguous {
        /// What came.
        region: String,
        /// The regions it lies in.
        regions: Vec<String>,
    },
}

fn hint(rejected: &[String], nearest: &[String]) -> String {
    let mut text = String::new();
    if !rejected.is_empty() {
        text += &format!("; not taken: {}", rejected.join("; "));
    }
    if !nearest.is_empty() {
        text += &format!("; nearest: {}", nearest.join(", "));
    }
    text
}

impl FactorError {
    /// Returns the message without the day: a refusal holds for many days, and which of them was asked for first is chance.
    pub fn undated(&self) -> String {
        match self {
            Self::NotFound { day, .. } | Self::Ambiguous { day, .. } => {
                self.to_string().replacen(&format!(" on {day}"), "", 1)
            }
            other => other.to_string(),
        }
    }

    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "factor.not_found",
            Self::Ambiguous { .. } => "factor.ambiguous",
            Self::Unit { .. } => "factor.unit",
            Self::GwpMismatch { .. } => "factor.gwp_mismatch",
            Self::GwpUnknown { .. } => "gwp.unknown",
            Self::GasUnknown { .. } => "gwp.gas",
            Self::SetUnknown { .. } => "factor.set_unknown",
            Self::SetConflict { .. } => "factor.set_conflict",
            Self::Digest { .. } => "factor.digest",
            Self::Set { .. } => "factor.set_invalid",
            Self::Region { .. } => "geography.unknown",
            Self::RegionAmbiguous { .. } => "geography.ambiguous",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. }
            | Self::GwpUnknown { .. }
            | Self::GasUnknown { .. }
            | Self::SetUnknown { .. }
            | Self::Region { .. } => Kind::Missing,
            Self::Ambiguous { .. } | Self::RegionAmbiguous { .. } | Self::SetConflict { .. } => {
                Kind::Conflict
            }
            Self::Unit { .. } | Self::GwpMismatch { .. } | Self::Set { .. } => Kind::Invalid,
            Self::Digest { .. } => Kind::Corrupt,
        }
    }
}
