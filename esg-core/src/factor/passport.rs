//! The passport of a factor set: who publishes it, when, on which terms and from which files.
//!
//! A number without a passport cannot be cited, so a set without one does not load.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::decimal::Decimal;
use crate::time::Day;

/// The licence of a set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX id or `LicenseRef-...`.
    pub spdx: String,
    /// What to print beside the numbers.
    pub attribution: String,
    /// Whether the set may be passed on.
    pub redistribution: bool,
}

/// A publisher's file that a set was made from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Name.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Where the publisher offers it.
    pub url: String,
}

/// Days of activity that a factor is meant for: `from` included, `to` not; none is open.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// First day.
    pub from: Day,
    /// First day after.
    pub to: Option<Day>,
}

impl Validity {
    /// True when the day lies inside.
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// Who says so, when, and on which terms.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Passport {
    /// Name of the set, such as `epa-egrid`.
    pub set: String,
    /// MAJOR edition, MINOR publisher's revision, PATCH our correction.
    pub version: String,
    /// As the publisher prints it.
    pub title: String,
    /// Who publishes; `custom` for a set of the user's own.
    pub authority: String,
    /// As the publisher prints it.
    #[serde(default)]
    pub edition: String,
    /// Terms.
    pub licence: Option<Licence>,
    /// What it was made from.
    #[serde(default)]
    pub sources: Vec<SourceFile>,
    /// Day of publication; none for a set that a user adds, which counts as always known.
    pub published: Option<Day>,
    /// Day on which the sources were fetched.
    pub retrieved: Option<Day>,
    /// Year that the data describe.
    pub data_year: Option<i32>,
    /// Days of activity that the edition is meant for.
    pub valid: Validity,
    /// GWP set that CO2e values rest on.
    pub gwp: Option<String>,
    /// GWPs that the publisher used, by gas.
    #[serde(default)]
    pub gwp_values: BTreeMap<String, Decimal>,
    /// `verified`, `single-source`, `derived`, `unverified`.
    #[serde(default)]
    pub verification: String,
    /// How the uncertainties came about.
    #[serde(default)]
    pub uncertainty_note: String,
    /// What a user must know.
    #[serde(default, deserialize_with = "one_or_many")]
    pub notes: Vec<String>,
}

impl Passport {
    /// Returns the passport of a set of the user's own: authority `custom`, valid from `from` on, nothing else stated.
    pub fn custom(set: &str, version: &str, title: &str, from: Day) -> Self {
        Self {
            set: set.to_owned(),
            version: version.to_owned(),
            title: title.to_owned(),
            authority: "custom".into(),
            edition: String::new(),
            licence: None,
            sources: Vec::new(),
            published: None,
            retrieved: None,
            data_year: None,
            valid: Validity { from, to: None },
            gwp: None,
            gwp_values: BTreeMap::new(),
            verification: String::new(),
            uncertainty_note: String::new(),
            notes: Vec::new(),
        }
    }

    /// Name and version, such as `epa-egrid 2023.2.0`.
    pub fn name(&self) -> String {
        format!("{} {}", self.set, self.version)
    }

    /// The version as numbers, for ordering.
    pub fn version_key(&self) -> Vec<u64> {
        version_key(&self.version)
    }
}

/// Reads one text or a list of texts.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    })
}

/// Reads a version as numbers, for ordering; a part that is no number counts as 0.
pub(crate) fn version_key(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
