//! The registry: which sets there are, in which order they count, and what a lock holds them to.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::built_in;
use super::error::FactorError;
use super::lookup::{Answer, Question};
use super::passport::version_key;
use super::set::{FactorSet, activity_of};
use crate::nearest::nearest;
use crate::time::Day;

/// One locked set: its version and the digest of its content.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LockedSet {
    /// Name.
    pub set: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the RFC 8785 form, hexadecimal.
    pub digest: String,
}

/// `factors.lock.json`: the sets that a number was calculated with.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Form of this file: 1.
    pub schema: u32,
    /// Sets, sorted by name and version.
    pub sets: Vec<LockedSet>,
}

/// Answers that were given before, by hash of the question.
pub(super) type Answers = HashMap<u64, Vec<(Question, Answer)>>;

/// Factor sets that answer lookups. Cloning shares them.
///
/// # Examples
/// ```
/// # use esg_core::factor::{Lookup, Registry};
/// let registry = Registry::built_in();
/// let day = "2024-03-15".parse()?;
/// let grid = registry.resolve(&Lookup::new("electricity.grid", day).region("US-CAMX").unit("kWh"))?;
/// assert_eq!(grid.set.name(), "epa-egrid 2023.2.0");
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Registry {
    sets: Vec<Arc<FactorSet>>,
    pub(super) answers: RwLock<Answers>,
    /// Ids of all activities, once they were asked for.
    activities: OnceLock<Vec<String>>,
    /// Known activities nearest to unknown ones that were asked for.
    hints: RwLock<HashMap<String, Vec<String>>>,
}

/// Unknown activities that are compared with the known ones; a sender of more mistakes than that gets no more hints.
const MAX_HINTS: usize = 256;

impl Clone for Registry {
    fn clone(&self) -> Self {
        Self::of(self.sets.clone())
    }
}

impl Registry {
    fn of(sets: Vec<Arc<FactorSet>>) -> Self {
        Self { sets, answers: RwLock::default(), activities: OnceLock::new(), hints: RwLock::default() }
    }

    /// Returns a registry without sets.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Returns the sets that come with the engine.
    pub fn built_in() -> Self {
        Self::of(built_in::sets())
    }

    /// The sets, those of the user first, then by name and newest version.
    pub fn sets(&self) -> &[Arc<FactorSet>] {
        &self.sets
    }

    /// Adds a set; one that is already there with the same digest changes nothing.
    ///
    /// A set of the user's own comes before the built-in ones: where both answer a lookup equally well, the user's is
    /// taken, and the other is listed among the rejected candidates.
    ///
    /// # Errors
    /// `SetConflict` when a set of this name and version with other content is there.
    pub fn add(&mut self, set: FactorSet) -> Result<(), FactorError> {
        let passport = set.passport();
        if let Some(present) = self.find(&passport.set, &passport.version) {
            return if present.digest() == set.digest() {
                Ok(())
            } else {
                Err(FactorError::SetConflict {
                    name: passport.name(),
                    present: present.digest().to_owned(),
                    offered: set.digest().to_owned(),
                })
            };
        }
        self.sets.push(Arc::new(set));
        let order = |set: &FactorSet| {
            let p = set.passport();
            (!set.is_custom(), p.set.clone(), std::cmp::Reverse(version_key(&p.version)))
        };
        self.sets.sort_by_cached_key(|set| order(set));
        self.answers = RwLock::default();
        self.activities = OnceLock::new();
        self.hints = RwLock::default();
        Ok(())
    }

    /// Adds a set from its text: JSON Lines or one JSON document.
    ///
    /// # Errors
    /// `Set` when the text breaks the format, `SetConflict` as for [`Registry::add`].
    pub fn add_text(&mut self, text: &str) -> Result<(), FactorError> {
        self.add(FactorSet::parse(text)?)
    }

    fn find(&self, set: &str, version: &str) -> Option<&Arc<FactorSet>> {
        self.sets.iter().find(|s| s.passport().set == set && s.passport().version == version)
    }

    /// Returns the registry with only the sets that were published by `day`.
    #[must_use]
    pub fn as_of(&self, day: Day) -> Self {
        let known = |s: &&Arc<FactorSet>| s.passport().published.is_none_or(|p| p <= day);
        Self::of(self.sets.iter().filter(known).cloned().collect())
    }

    /// Returns the registry with only the versions of `set` up to `version`; other sets stay.
    ///
    /// # Errors
    /// `SetUnknown` when none is left.
    pub fn up_to(&self, set: &str, version: &str) -> Result<Self, FactorError> {
        let limit = version_key(version);
        let keep = |s: &&Arc<FactorSet>| s.passport().set != set || s.passport().version_key() <= limit;
        let sets: Vec<_> = self.sets.iter().filter(keep).cloned().collect();
        if !sets.iter().any(|s| s.passport().set == set) {
            return Err(self.unknown(&format!("{set} up to {version}")));
        }
        Ok(Self::of(sets))
    }

    fn unknown(&self, name: &str) -> FactorError {
        let known: Vec<String> = self.sets.iter().map(|s| s.passport().name()).collect();
        FactorError::SetUnknown { name: name.to_owned(), known: known.join(", ") }
    }

    /// Returns the versions and digests of all sets.
    pub fn lock(&self) -> Lock {
        let locked = |s: &Arc<FactorSet>| LockedSet {
            set: s.passport().set.clone(),
            version: s.passport().version.clone(),
            digest: s.digest().to_owned(),
        };
        let mut sets: Vec<_> = self.sets.iter().map(locked).collect();
        sets.sort();
        Lock { schema: 1, sets }
    }

    /// Returns the registry with exactly the sets of a lock, each checked against its digest.
    ///
    /// # Errors
    /// `SetUnknown` when a set is missing, `Digest` when a byte of it changed.
    pub fn locked(&self, lock: &Lock) -> Result<Self, FactorError> {
        let mut sets = Vec::new();
        for wanted in &lock.sets {
            let name = format!("{} {}", wanted.set, wanted.version);
            let set = self.find(&wanted.set, &wanted.version).ok_or_else(|| self.unknown(&name))?;
            let found = set.recomputed_digest();
            if found != wanted.digest {
                return Err(FactorError::Digest { name, found, locked: wanted.digest.clone() });
            }
            sets.push(Arc::clone(set));
        }
        sets.sort_by_key(|s| self.sets.iter().position(|x| Arc::ptr_eq(x, s)));
        Ok(Self::of(sets))
    }

    /// Returns the known activities nearest to one that is unknown; none for one that is known.
    pub(super) fn nearest_activities(&self, activity: &str) -> Vec<String> {
        if let Some(known) = self.hints.read().unwrap_or_else(PoisonError::into_inner).get(activity) {
            return known.clone();
        }
        let mut hints = self.hints.write().unwrap_or_else(PoisonError::into_inner);
        if hints.len() >= MAX_HINTS {
            return Vec::new();
        }
        let exists = self.sets.iter().any(|s| s.has_activity(activity));
        let names = || nearest(activity, self.activities().iter().map(String::as_str));
        let near = if exists { Vec::new() } else { names() };
        hints.entry(activity.to_owned()).or_insert(near).clone()
    }

    /// Returns the ids of all activities, sorted.
    pub fn activities(&self) -> &[String] {
        self.activities.get_or_init(|| {
            let mut all: Vec<&[u8]> = Vec::new();
            for set in self.sets() {
                let mut last: &[u8] = b"";
                for line in set.lines() {
                    let activity = activity_of(line);
                    if activity != last {
                        all.push(activity);
                        last = activity;
                    }
                }
            }
            all.sort_unstable();
            all.dedup();
            all.into_iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect()
        })
    }
}
