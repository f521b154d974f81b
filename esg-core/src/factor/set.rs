//! A factor set: one publisher's one edition, immutable, with its passport and its digest.
//!
//! A set stays the text it was published as: canonical JSON lines, sorted by activity. A factor is found by binary
//! search in that text and only the lines that may answer are parsed, so the built-in sets cost nothing to load and a
//! changed byte changes the digest.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::FactorError;
use super::passport::Passport;
use super::row::{Candidate, Factor};

/// Most bytes that a set may have.
pub const MAX_SET_BYTES: usize = 256 << 20;

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
    /// The version as numbers.
    version_key: Vec<u64>,
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
        let version_key = passport.version_key();
        Ok(Self {
            passport,
            text,
            start,
            digest: OnceLock::new(),
            custom,
            version_key,
            asked: RwLock::default(),
        })
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

    /// The version as numbers, for ordering.
    pub(super) fn version_key(&self) -> &[u64] {
        &self.version_key
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
