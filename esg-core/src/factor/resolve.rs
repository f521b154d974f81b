//! Which factor applies, and why that one.
//!
//! A lookup names the activity, the place, the day and the unit. Candidates are ranked: the exact place before a wider
//! one, the edition meant for the day before an older one, a direct factor before a life-cycle one. Whatever is not
//! exact is a fallback; it is taken only where the caller allows it, and the answer says so. Two candidates that rank
//! the same are an error, never a coin toss.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};

use super::error::FactorError;
use super::geography::{self, GLOBAL, Place};
use super::registry::Registry;
use super::search::nearest;
use super::set::{Boundary, Factor, FactorSet, Validity, activity_of};
use crate::time::Day;
use crate::units::Unit;

/// Most rejected candidates that an answer lists.
const MAX_REJECTED: usize = 32;

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
    activity: &'a str,
    region: Option<&'a str>,
    day: Day,
    unit: Option<&'a str>,
    boundary: Option<Boundary>,
    set: Option<&'a str>,
    tags: &'a [(&'a str, &'a str)],
    allow: Allow,
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
    fn is(&self, lookup: &Lookup<'_>) -> bool {
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

/// A factor with its unit, as a set hands it out.
#[derive(Debug)]
pub(super) struct Candidate {
    pub factor: Arc<Factor>,
    pub per: Unit,
    pub valid: Validity,
}

/// How far a candidate is from the question; the smallest wins.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Rank {
    place: usize,
    life_cycle: bool,
    time: u8,
    days_away: i32,
    built_in: bool,
    unit_variant: bool,
}

struct Ranked {
    rank: Rank,
    candidate: Arc<Candidate>,
    set: Arc<FactorSet>,
    fallbacks: Vec<&'static str>,
}

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
        let question = Question {
            activity: lookup.activity.to_owned(),
            region: lookup.region.map(str::to_owned),
            unit: lookup.unit.map(str::to_owned),
            boundary: lookup.boundary,
            set: lookup.set.map(str::to_owned),
            tags: lookup.tags.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            allow: lookup.allow,
        };
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

    /// True when a newer version of the set is there and meant for the day.
    fn has_newer(&self, set: &FactorSet, day: Day) -> Option<String> {
        let version = set.passport().version_key();
        let newer = |s: &&Arc<FactorSet>| {
            let p = s.passport();
            p.set == set.passport().set && p.version_key() > version && p.valid.contains(day)
        };
        self.sets().iter().find(newer).map(|s| s.name())
    }
}

fn hash(lookup: &Lookup<'_>) -> u64 {
    // The day is left out: an answer holds for many days.
    let mut hasher = DefaultHasher::new();
    (lookup.activity, lookup.region, lookup.unit, lookup.boundary, lookup.set, lookup.allow)
        .hash(&mut hasher);
    hasher.finish()
}

/// The state of one search: what was ranked, what was passed over, and how long the answer holds.
struct Search<'a> {
    registry: &'a Registry,
    lookup: &'a Lookup<'a>,
    unit: Option<Unit>,
    ranked: Vec<Ranked>,
    rejected: Vec<RejectedCandidate>,
    /// Units of candidates that failed by their unit alone, and what the units said.
    wrong_unit: Vec<(String, String)>,
    from: Day,
    to: Day,
}

impl<'a> Search<'a> {
    fn new(registry: &'a Registry, lookup: &'a Lookup<'a>) -> Result<Self, FactorError> {
        let parse = |text: &str| {
            text.parse::<Unit>().map_err(|e| FactorError::Unit {
                activity: lookup.activity.to_owned(),
                unit: text.to_owned(),
                accepted: vec!["a known unit".into()],
                reason: e.to_string(),
            })
        };
        Ok(Self {
            registry,
            lookup,
            unit: lookup.unit.map(parse).transpose()?,
            ranked: Vec::new(),
            rejected: Vec::new(),
            wrong_unit: Vec::new(),
            from: Day::MIN,
            to: Day::MAX,
        })
    }

    fn reject(&mut self, set: &FactorSet, factor: &Factor, reason: String) {
        if self.rejected.len() < MAX_REJECTED {
            self.rejected.push(RejectedCandidate { factor: format!("{}/{}", set.name(), factor.id), reason });
        }
    }

    /// The answer can change on a day on which a candidate's validity begins or ends.
    fn bound(&mut self, valid: Validity) {
        for day in [Some(valid.from), valid.to].into_iter().flatten() {
            if day <= self.lookup.day {
                self.from = self.from.max(day);
            } else {
                self.to = self.to.min(day);
            }
        }
    }

    fn consider(&mut self, set: &Arc<FactorSet>, at: usize, place: &Place, candidate: Arc<Candidate>) {
        let lookup = self.lookup;
        let factor = Arc::clone(&candidate.factor);
        let plain = lookup.boundary.is_none();
        let plainly = factor.boundary.answers_plain_lookup(lookup.activity);
        let wanted = lookup.boundary.map_or(plainly, |b| b == factor.boundary);
        let life_cycle = !wanted && plain && factor.boundary == Boundary::LifeCycle;
        let fits = |(name, value): &(&str, &str)| {
            let said = if *name == "basis" { factor.basis.as_ref() } else { factor.tags.get(*name) };
            said.is_some_and(|v| v == value)
        };
        if (!wanted && !life_cycle) || !lookup.tags.iter().all(fits) {
            return;
        }
        if let Some(unit) = &self.unit
            && let Err(reason) = unit.ratio_to(&candidate.per)
        {
            self.wrong_unit.push((candidate.per.to_string(), reason.to_string()));
            return;
        }
        self.bound(candidate.valid);
        self.bound(set.passport().valid);
        if lookup.set.is_none()
            && let Some(newer) = &factor.superseded_by
            && newer
                .split(' ')
                .next()
                .is_some_and(|name| self.registry.sets().iter().any(|s| s.passport().set == name))
        {
            return self.reject(set, &factor, format!("superseded by {newer}"));
        }
        let mut fallbacks = Vec::new();
        let mut need = |name: &'static str, allowed: bool, why: String| {
            fallbacks.push(name);
            if allowed { None } else { Some(format!("{why}; {name} is not allowed")) }
        };
        let allow = lookup.allow;
        let mut refused = None;
        if life_cycle {
            refused = refused.or(need("life_cycle", allow.life_cycle, "it is a life-cycle intensity".into()));
        }
        if place.wider && factor.boundary != Boundary::Coefficient {
            refused = refused.or(need(
                "parent_region",
                allow.parent_region,
                format!("it is for {}, a wider place", place.code),
            ));
        }
        let day = lookup.day;
        let (time, days_away) = if candidate.valid.from > day {
            let why = format!("it is meant for days from {} on", candidate.valid.from);
            refused = refused.or(need("newer_edition", allow.newer_edition, why));
            (2, candidate.valid.from.epoch_days() - day.epoch_days())
        } else if let Some(to) = candidate.valid.to.filter(|to| *to <= day) {
            let why = format!("it is meant for days before {to}");
            refused = refused.or(need("older_edition", allow.older_edition, why));
            (1, day.epoch_days() - to.epoch_days())
        } else if let Some(newer) =
            self.registry.has_newer(set, day).filter(|_| lookup.set != Some(&set.name()))
        {
            refused = refused.or(need("older_edition", allow.older_edition, format!("{newer} is newer")));
            (1, 0)
        } else {
            (0, 0)
        };
        if let Some(reason) = refused {
            return self.reject(set, &factor, reason);
        }
        let rank = Rank {
            place: at,
            life_cycle,
            time,
            days_away,
            built_in: !set.is_custom(),
            unit_variant: factor.tags.contains_key("unit_variant"),
        };
        self.ranked.push(Ranked { rank, candidate, set: Arc::clone(set), fallbacks });
    }

    fn answer(mut self, chain: &[Place], registry: &Registry) -> Result<Resolution, FactorError> {
        let best = self.ranked.iter().map(|r| r.rank.clone()).min();
        let Some(best) = best else { return Err(self.nothing(registry)) };
        let (mut first, other): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.ranked).into_iter().partition(|r| r.rank == best);
        for r in other {
            self.reject(
                &r.set,
                &r.candidate.factor,
                format!("{} is nearer to what was asked", first[0].candidate.factor.id),
            );
        }
        // Of one set, the newest version counts.
        let same_set = first.iter().all(|r| r.set.passport().set == first[0].set.passport().set);
        if same_set {
            let newest = first.iter().map(|r| r.set.passport().version_key()).max().unwrap_or_default();
            let (kept, older): (Vec<_>, Vec<_>) =
                first.into_iter().partition(|r| r.set.passport().version_key() == newest);
            for r in older {
                self.reject(&r.set, &r.candidate.factor, "a newer version of the set answers".into());
            }
            first = kept;
        }
        if first.len() > 1 {
            let name =
                |r: &Ranked| format!("{}/{} (per {})", r.set.name(), r.candidate.factor.id, r.candidate.per);
            return Err(FactorError::Ambiguous {
                activity: self.lookup.activity.to_owned(),
                region: self.region(),
                day: self.lookup.day,
                candidates: first.iter().map(name).collect(),
            });
        }
        let taken = first.swap_remove(0);
        let mut steps: Vec<String> =
            chain[..=taken.rank.place].iter().filter_map(|p| p.step.clone()).collect();
        steps.push(format!(
            "{} of {} holds for {} on {}",
            taken.candidate.factor.id,
            taken.set.name(),
            taken.candidate.factor.geography,
            self.lookup.day
        ));
        steps.extend(taken.fallbacks.iter().map(|f| format!("fallback used: {f}")));
        Ok(Resolution {
            factor: Arc::clone(&taken.candidate.factor),
            per: taken.candidate.per.clone(),
            set: taken.set,
            steps,
            rejected: self.rejected,
            fallbacks: taken.fallbacks,
        })
    }

    fn region(&self) -> String {
        self.lookup.region.unwrap_or("no region").to_owned()
    }

    fn nothing(self, registry: &Registry) -> FactorError {
        if self.rejected.is_empty() && !self.wrong_unit.is_empty() {
            let mut accepted: Vec<String> = self.wrong_unit.iter().map(|(unit, _)| unit.clone()).collect();
            accepted.sort();
            accepted.dedup();
            return FactorError::Unit {
                activity: self.lookup.activity.to_owned(),
                unit: self.lookup.unit.unwrap_or_default().to_owned(),
                accepted,
                reason: self.wrong_unit[0].1.clone(),
            };
        }
        let exists = registry.sets().iter().any(|s| s.has_activity(self.lookup.activity));
        let near = if exists {
            Vec::new()
        } else {
            nearest(self.lookup.activity, registry.activities().iter().map(String::as_str))
        };
        FactorError::NotFound {
            activity: self.lookup.activity.to_owned(),
            region: self.region(),
            day: self.lookup.day,
            rejected: self.rejected.iter().take(5).map(|r| format!("{} ({})", r.factor, r.reason)).collect(),
            nearest: near,
        }
    }
}

impl Registry {
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
