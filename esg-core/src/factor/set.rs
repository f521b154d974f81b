//! A factor set: one publisher's one edition, immutable, with its passport and its digest.
//!
//! A set stays the text it was published as: canonical JSON lines, sorted by activity. A factor is found by binary
//! search in that text and only the lines that may answer are parsed, so the built-in sets cost nothing to load and a
//! changed byte changes the digest.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::error::FactorError;
use super::resolve::Candidate;
use crate::decimal::Decimal;
use crate::time::Day;
use crate::units::{Unit, UnitError};

/// Most bytes that a set may have.
pub const MAX_SET_BYTES: usize = 256 << 20;

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
    pub uncertainty: Option<serde_json::Value>,
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
    fn key(&self) -> impl Ord + std::hash::Hash + use<> {
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
        None
    }
}

/// One edition of one publisher's factors.
#[derive(Debug)]
pub struct FactorSet {
    passport: Passport,
    /// Canonical lines: the passport, then factors sorted by (activity, geography, id).
    text: Cow<'static, [u8]>,
    /// Where the first factor begins.
    start: usize,
    digest: OnceLock<String>,
    custom: bool,
    /// Activities that were asked for, with their lines by geography.
    asked: RwLock<HashMap<String, Arc<Places>>>,
}

/// The factors of one activity by geography: where their lines are, and what they say once they were read.
#[derive(Debug, Default)]
struct Places {
    lines: HashMap<String, Vec<Range<usize>>>,
    read: RwLock<HashMap<String, Vec<Arc<Candidate>>>>,
}

impl FactorSet {
    /// Opens a set that was checked when the engine was built; its factors are read as they are needed.
    ///
    /// # Errors
    /// `Set` when the passport cannot be read.
    pub(crate) fn built_in(text: &'static str, digest: &str) -> Result<Self, FactorError> {
        let set = Self::open(Cow::Borrowed(text.as_bytes()), false)?;
        let _ = set.digest.set(digest.to_owned());
        Ok(set)
    }

    fn open(text: Cow<'static, [u8]>, custom: bool) -> Result<Self, FactorError> {
        #[derive(Deserialize)]
        struct First {
            passport: Passport,
        }
        let start = text.iter().position(|&b| b == b'\n').map_or(text.len(), |at| at + 1);
        let First { passport } =
            serde_json::from_slice(&text[..start]).map_err(|e| fault("(no name)", "passport", &e))?;
        Ok(Self { passport, text, start, digest: OnceLock::new(), custom, asked: RwLock::default() })
    }

    /// Reads a set that a user brings: JSON Lines as in `data/sets`, or one document `{"passport":...,"factors":[...]}`.
    ///
    /// Every factor is checked. The digest does not depend on the order of keys or factors in the text.
    ///
    /// # Errors
    /// `Set`, naming the line or factor and the rule.
    pub fn parse(text: &str) -> Result<Self, FactorError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            passport: Passport,
            factors: Vec<Factor>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct First {
            passport: Passport,
        }
        let too_long = || FactorError::Set {
            set: "(unread)".into(),
            place: "text".into(),
            reason: format!("it is longer than {MAX_SET_BYTES} bytes"),
        };
        if text.len() > MAX_SET_BYTES {
            return Err(too_long());
        }
        let text = text.trim_start_matches('\u{feff}').trim();
        let first = text.lines().next().unwrap_or_default();
        match serde_json::from_str::<First>(first) {
            Ok(First { passport }) => {
                let mut factors = Vec::new();
                for (i, line) in text.lines().enumerate().skip(1).filter(|(_, l)| !l.trim().is_empty()) {
                    factors.push(
                        serde_json::from_str(line)
                            .map_err(|e| fault(&passport.name(), &format!("line {}", i + 1), &e))?,
                    );
                }
                Self::new(passport, factors)
            }
            Err(_) => {
                let Document { passport, factors } = serde_json::from_str(text).map_err(|e| {
                    fault("(no name)", &format!("line {}, column {}", e.line(), e.column()), &e)
                })?;
                Self::new(passport, factors)
            }
        }
    }

    /// Makes a set of factors.
    ///
    /// # Errors
    /// `Set` for a doubled id or key, or a factor that breaks a rule of the format.
    pub fn new(passport: Passport, mut factors: Vec<Factor>) -> Result<Self, FactorError> {
        let refuse = |place: &str, reason: String| FactorError::Set {
            set: passport.name(),
            place: place.to_owned(),
            reason,
        };
        if passport.set.is_empty() || passport.version.is_empty() {
            return Err(refuse("passport", "set and version must not be empty".into()));
        }
        let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
        for factor in &factors {
            if let Some(reason) = factor.fault() {
                return Err(refuse(&factor.id, reason));
            }
            if !ids.insert(&factor.id) {
                return Err(refuse(&factor.id, "the id stands twice".into()));
            }
            if !keys.insert(factor.key()) {
                let reason =
                    "another factor has the same activity, geography, boundary, unit, basis, tags and days";
                return Err(refuse(&factor.id, reason.into()));
            }
        }
        factors.sort_by(|a, b| (&a.activity, &a.geography, &a.id).cmp(&(&b.activity, &b.geography, &b.id)));
        let line = |value: serde_json::Value| {
            // A map of serde_json sorts its keys, and every number here is a small integer: this is RFC 8785 text.
            serde_json::to_string(&value).expect("a value of strings and small integers is JSON")
        };
        let as_value = |place: &str, value: Result<serde_json::Value, serde_json::Error>| {
            value.map_err(|e| refuse(place, e.to_string()))
        };
        let mut text =
            line(serde_json::json!({ "passport": as_value("passport", serde_json::to_value(&passport))? }));
        for factor in &factors {
            text.push('\n');
            text += &line(as_value(&factor.id, serde_json::to_value(factor))?);
        }
        text.push('\n');
        Self::open(Cow::Owned(text.into_bytes()), true)
    }

    /// Who says so.
    pub fn passport(&self) -> &Passport {
        &self.passport
    }

    /// True for a set that a user brought.
    pub fn is_custom(&self) -> bool {
        self.custom
    }

    /// Content digest: SHA-256 of the RFC 8785 form `{"factors":[...],"passport":{...}}`, hexadecimal.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| digest(&self.text, self.start))
    }

    /// Calculates the digest anew from the text, whatever was said before.
    pub fn recomputed_digest(&self) -> String {
        digest(&self.text, self.start)
    }

    /// All factors, in order.
    ///
    /// # Errors
    /// `Set` when a line cannot be read.
    pub fn factors(&self) -> impl Iterator<Item = Result<Factor, FactorError>> + '_ {
        self.lines().map(|line| self.read(line))
    }

    /// The lines of the factors.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.text[self.start..].split(|&b| b == b'\n').filter(|line| !line.is_empty())
    }

    pub(crate) fn read(&self, line: &[u8]) -> Result<Factor, FactorError> {
        serde_json::from_slice(line).map_err(|e| {
            let place = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
            fault(&self.passport.name(), &place, &e)
        })
    }

    /// Name and version, such as `epa-egrid 2023.2.0`.
    pub fn name(&self) -> String {
        self.passport.name()
    }

    /// Returns where the lines of an activity are, by binary search in the text.
    fn range_of(&self, activity: &str) -> Range<usize> {
        let text = &self.text[..];
        let (mut low, mut high) = (self.start, text.len());
        // Invariant: lines before `low` sort below the activity, lines from `high` on do not.
        while low < high {
            let middle = (low + high) / 2;
            let begin = text[low..middle].iter().rposition(|&b| b == b'\n').map_or(low, |at| low + at + 1);
            let end = self.line_end(begin);
            if activity_of(&text[begin..end]) < activity.as_bytes() {
                low = end;
            } else {
                high = begin;
            }
        }
        let mut end = low;
        while end < text.len() && activity_of(&text[end..]) == activity.as_bytes() {
            end = self.line_end(end);
        }
        low..end
    }

    /// Where the line that begins at `begin` ends, its LF included.
    fn line_end(&self, begin: usize) -> usize {
        self.text[begin..].iter().position(|&b| b == b'\n').map_or(self.text.len(), |at| begin + at + 1)
    }

    /// Returns every factor of an activity.
    ///
    /// # Errors
    /// `Set` when a line cannot be read.
    pub fn of_activity(&self, activity: &str) -> Result<Vec<Factor>, FactorError> {
        let lines = self.text[self.range_of(activity)].split(|&b| b == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| self.read(line)).collect()
    }

    /// True when the set has a factor of the activity.
    pub(super) fn has_activity(&self, activity: &str) -> bool {
        !self.range_of(activity).is_empty()
    }

    fn places(&self, activity: &str) -> Arc<Places> {
        if let Some(places) = self.asked.read().unwrap_or_else(PoisonError::into_inner).get(activity) {
            return Arc::clone(places);
        }
        let mut places = Places::default();
        let range = self.range_of(activity);
        let mut begin = range.start;
        while begin < range.end {
            let end = self.line_end(begin);
            let geography = geography_of(&self.text[begin..end]);
            places.lines.entry(geography.to_owned()).or_default().push(begin..end);
            begin = end;
        }
        let places = Arc::new(places);
        self.asked
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(activity.to_owned(), Arc::clone(&places));
        places
    }

    /// True when the set has a factor of the activity for exactly this place.
    pub(super) fn has_geography(&self, activity: &str, geography: &str) -> bool {
        self.places(activity).lines.contains_key(geography)
    }

    /// Returns the factors of an activity for exactly this place.
    ///
    /// # Errors
    /// `Set` when a line or its unit cannot be read.
    pub(super) fn at(&self, activity: &str, geography: &str) -> Result<Vec<Arc<Candidate>>, FactorError> {
        let places = self.places(activity);
        let Some(lines) = places.lines.get(geography) else { return Ok(Vec::new()) };
        if let Some(read) = places.read.read().unwrap_or_else(PoisonError::into_inner).get(geography) {
            return Ok(read.clone());
        }
        let candidate = |range: &Range<usize>| {
            let factor = self.read(self.text[range.clone()].trim_ascii_end())?;
            let per = factor.unit().map_err(|e| FactorError::Set {
                set: self.name(),
                place: factor.id.clone(),
                reason: e.to_string(),
            })?;
            let valid = factor.valid.unwrap_or(self.passport.valid);
            Ok(Arc::new(Candidate { factor: Arc::new(factor), per, valid }))
        };
        let read: Vec<_> = lines.iter().map(candidate).collect::<Result<_, FactorError>>()?;
        places
            .read
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(geography.to_owned(), read.clone());
        Ok(read)
    }
}

/// Finds the geography of a canonical line; inside a string its quotes would be escaped.
fn geography_of(line: &[u8]) -> &str {
    const KEY: &[u8] = br#""geography":""#;
    let Some(at) = line.windows(KEY.len()).position(|w| w == KEY) else { return "" };
    let rest = &line[at + KEY.len()..];
    let end = rest.iter().position(|&b| b == b'"').unwrap_or(0);
    std::str::from_utf8(&rest[..end]).unwrap_or_default()
}

/// The activity is the first key of a line, and its id has no escapes.
pub(crate) fn activity_of(line: &[u8]) -> &[u8] {
    let rest = line.strip_prefix(br#"{"activity":""#).unwrap_or_default();
    &rest[..rest.iter().position(|&b| b == b'"').unwrap_or(0)]
}

fn digest(text: &[u8], start: usize) -> String {
    let passport = text[..start].strip_suffix(b"\n").unwrap_or(&text[..start]);
    let mut hash = Sha256::new();
    hash.update(br#"{"factors":["#);
    let lines = text[start..].split(|&b| b == b'\n').filter(|line| !line.is_empty());
    for (i, line) in lines.enumerate() {
        if i > 0 {
            hash.update(b",");
        }
        hash.update(line);
    }
    hash.update(b"],");
    hash.update(&passport[1..]);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fault(set: &str, place: &str, error: &serde_json::Error) -> FactorError {
    FactorError::Set { set: set.to_owned(), place: place.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSPORT: &str = r#"{"passport":{"set":"own","version":"1.0.0","title":"Own","authority":"custom","valid":{"from":"2024-01-01","to":null}}}"#;
    const FACTOR: &str = r#"{"id":"a","activity":"fuel.tea","name":"Tea","boundary":"combustion","per":"L","geography":"GB","kind":"co2e","values":[{"gas":"CO2e","unit":"kg","value":"1.5"}]}"#;

    #[test]
    fn a_set_is_found_by_activity_and_its_digest_ignores_order() {
        let other = FACTOR.replace("fuel.tea", "fuel.coffee").replace("\"a\"", "\"b\"");
        let one = FactorSet::parse(&format!("{PASSPORT}\n{FACTOR}\n{other}\n")).unwrap();
        let two = FactorSet::parse(&format!("{PASSPORT}\n{other}\n\n{FACTOR}")).unwrap();
        assert_eq!(one.digest(), two.digest());
        assert_eq!(one.of_activity("fuel.tea").unwrap()[0].id, "a");
        assert_eq!(one.of_activity("fuel.coffee").unwrap().len(), 1);
        assert!(one.of_activity("fuel.d").unwrap().is_empty() && one.of_activity("z").unwrap().is_empty());
        let passport = PASSPORT.strip_prefix(r#"{"passport":"#).unwrap().strip_suffix('}').unwrap();
        let document = format!(r#"{{"passport":{passport},"factors":[{other},{FACTOR}]}}"#);
        assert_eq!(FactorSet::parse(&document).unwrap().digest(), one.digest());
    }

    #[test]
    fn a_set_with_a_mistake_is_refused_with_its_place() {
        for (text, place) in [
            (format!("{PASSPORT}\n{FACTOR}\n{FACTOR}"), "a"),
            (format!("{PASSPORT}\n{FACTOR}\n{}", FACTOR.replace("\"a\"", "\"b\"")), "b"),
            (format!("{PASSPORT}\n{}", FACTOR.replace("fuel.tea", "Fuel Tea")), "a"),
            (format!("{PASSPORT}\n{}", FACTOR.replace("CO2e\",\"unit", "CH4\",\"unit")), "a"),
            (format!("{PASSPORT}\n{}", FACTOR.replace("\"1.5\"", "\"NaN\"")), "line 2"),
            (format!("{PASSPORT}\n{}", FACTOR.replace("\"name\"", "\"nam\"")), "line 2"),
            (format!("{PASSPORT}\nnot json"), "line 2"),
            (String::new(), "line 1, column 0"),
        ] {
            match FactorSet::parse(&text).unwrap_err() {
                FactorError::Set { place: found, .. } => assert_eq!(found, place, "{text}"),
                other => panic!("{other}"),
            }
        }
    }
}
