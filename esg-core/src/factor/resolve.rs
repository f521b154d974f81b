//! Which factor applies, and why that one.
//!
//! A lookup names the activity, the place, the day and the unit. The registry shows every factor of the activity along
//! the chain of places to one search and keeps the answer, with the days for which it holds.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};

use super::error::FactorError;
use super::geography::{self, GLOBAL, Place};
use super::lookup::{Answer, Lookup, Question, Resolution};
use super::rank::Search;
use super::registry::Registry;
use super::set::FactorSet;
use crate::time::Day;

impl Registry {
    /// Returns the factor that answers a lookup, with the steps and the rejected candidates.
    ///
    /// # Errors
    /// `NotFound`, `Ambiguous`, `Unit` when factors exist for other kinds of quantity only, `Region` and
    /// `RegionAmbiguous` for the place, `SetUnknown` for a set that is not there, `Set` when a set cannot be read.
    pub fn resolve(&self, lookup: &Lookup<'_>) -> Result<Arc<Resolution>, FactorError> {
        let key = hash(lookup);
        if let Some(answer) = self.known(key, lookup) {
            return answer.result;
        }
        self.answer(key, lookup).result
    }

    /// The same, with the days [from, to) for which the answer or the refusal holds.
    pub(crate) fn answer_for(&self, lookup: &Lookup<'_>) -> Answer {
        let key = hash(lookup);
        self.known(key, lookup).unwrap_or_else(|| self.answer(key, lookup))
    }

    fn known(&self, key: u64, lookup: &Lookup<'_>) -> Option<Answer> {
        let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        let holds = |a: &Answer| a.from <= lookup.day && lookup.day < a.to;
        let known = answers.get(&key)?.iter().find(|(question, a)| holds(a) && question.is(lookup));
        known.map(|(_, answer)| answer.clone())
    }

    fn answer(&self, key: u64, lookup: &Lookup<'_>) -> Answer {
        let answer = self.resolve_anew(lookup);
        let question = Question::of(lookup);
        let mut answers = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        answers.entry(key).or_default().push((question, answer.clone()));
        answer
    }

    fn resolve_anew(&self, lookup: &Lookup<'_>) -> Answer {
        let always = |e| Answer { result: Err(e), from: Day::MIN, to: Day::MAX };
        let mut search = match Search::new(self, lookup) {
            Ok(search) => search,
            Err(error) => return always(error),
        };
        let result = self.look(lookup, &mut search);
        let (from, to) = (search.from, search.to);
        Answer { result: result.and_then(|chain| search.answer(&chain, self)).map(Arc::new), from, to }
    }

    /// Refuses a place that neither the engine nor a set of the user's own knows.
    ///
    /// # Errors
    /// `Region`, `RegionAmbiguous`.
    pub(crate) fn check_place(&self, activity: &str, region: &str) -> Result<(), FactorError> {
        let own = |code: &str| self.sets().iter().any(|s| s.is_custom() && s.has_geography(activity, code));
        geography::places(region, own).map(drop)
    }

    /// Shows the search every factor of the activity along the chain of places.
    fn look(&self, lookup: &Lookup<'_>, search: &mut Search<'_>) -> Result<Vec<Place>, FactorError> {
        let sets = self.sets_named(lookup.set)?;
        let own = |code: &str| sets.iter().any(|s| s.is_custom() && s.has_geography(lookup.activity, code));
        let chain = match lookup.region {
            Some(region) => geography::places(region, own)?,
            None => vec![Place { code: GLOBAL.to_owned(), step: None, wider: false }],
        };
        for set in &sets {
            for (at, place) in chain.iter().enumerate() {
                for candidate in set.at(lookup.activity, &place.code)? {
                    search.consider(set, at, place, candidate);
                }
            }
        }
        Ok(chain)
    }

    /// The sets that a lookup may use: all, or those of one name.
    fn sets_named(&self, name: Option<&str>) -> Result<Vec<Arc<FactorSet>>, FactorError> {
        let Some(name) = name else { return Ok(self.sets().to_vec()) };
        let named = |s: &&Arc<FactorSet>| s.passport().set == name || s.name() == name;
        let sets: Vec<_> = self.sets().iter().filter(named).cloned().collect();
        if sets.is_empty() {
            let known: Vec<String> = self.sets().iter().map(|s| s.name()).collect();
            return Err(FactorError::SetUnknown { name: name.to_owned(), known: known.join(", ") });
        }
        Ok(sets)
    }

    /// A newer version of the set that is there and meant for the day.
    pub(super) fn newer(&self, set: &FactorSet, day: Day) -> Option<&Arc<FactorSet>> {
        let newer = |s: &&Arc<FactorSet>| {
            let p = s.passport();
            s.version_key() > set.version_key() && p.valid.contains(day) && p.set == set.passport().set
        };
        self.sets().iter().find(newer)
    }
}

fn hash(lookup: &Lookup<'_>) -> u64 {
    // The day is left out: an answer holds for many days.
    let mut hasher = DefaultHasher::new();
    (lookup.activity, lookup.region, lookup.unit, lookup.boundary, lookup.set, lookup.allow)
        .hash(&mut hasher);
    hasher.finish()
}
