//! Candidates are ranked: the exact place before a wider one, the edition meant for the day before an older one, a direct
//! factor before a life-cycle one.
//!
//! Whatever is not exact is a fallback; it is taken only where the caller allows it, and the answer says so. Two
//! candidates that rank the same are an error, never a coin toss.

use std::sync::Arc;

use super::error::FactorError;
use super::geography::Place;
use super::lookup::{Lookup, RejectedCandidate, Resolution};
use super::passport::Validity;
use super::registry::Registry;
use super::row::{Boundary, Candidate, Factor};
use super::set::FactorSet;
use crate::time::Day;
use crate::units::Unit;

/// Most rejected candidates that an answer lists.
const MAX_REJECTED: usize = 12;

/// How far a candidate is from the question; the smallest wins.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Rank {
    place: usize,
    life_cycle: bool,
    /// 0 meant for the day, 1 the same from an older version, 2 ended before, 3 begins after.
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

/// The state of one search: what was ranked, what was passed over, and how long the answer holds.
pub(super) struct Search<'a> {
    registry: &'a Registry,
    lookup: &'a Lookup<'a>,
    unit: Option<Unit>,
    ranked: Vec<Ranked>,
    rejected: Vec<RejectedCandidate>,
    /// Units of candidates that failed by their unit alone, and what the units said.
    wrong_unit: Vec<(String, String)>,
    pub(super) from: Day,
    pub(super) to: Day,
}

impl<'a> Search<'a> {
    pub(super) fn new(registry: &'a Registry, lookup: &'a Lookup<'a>) -> Result<Self, FactorError> {
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

    pub(super) fn consider(
        &mut self,
        set: &Arc<FactorSet>,
        at: usize,
        place: &Place,
        candidate: Arc<Candidate>,
    ) {
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
            && !unit.same_kind(&candidate.per)
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
        let mut need = |name: &'static str, allowed: bool, why: &dyn Fn() -> String| {
            fallbacks.push(name);
            if allowed { None } else { Some(format!("{}; {name} is not allowed", why())) }
        };
        let allow = lookup.allow;
        let mut refused = None;
        if life_cycle {
            refused =
                refused.or(need("life_cycle", allow.life_cycle, &|| "it is a life-cycle intensity".into()));
        }
        if place.wider && factor.boundary != Boundary::Coefficient {
            refused = refused.or(need("parent_region", allow.parent_region, &|| {
                format!("it is for {}, a wider place", place.code)
            }));
        }
        let day = lookup.day;
        let (time, days_away) = if candidate.valid.from > day {
            let why = || format!("it is meant for days from {} on", candidate.valid.from);
            refused = refused.or(need("newer_edition", allow.newer_edition, &why));
            (3, candidate.valid.from.epoch_days() - day.epoch_days())
        } else if let Some(to) = candidate.valid.to.filter(|to| *to <= day) {
            let why = || format!("it is meant for days before {to}");
            refused = refused.or(need("older_edition", allow.older_edition, &why));
            (2, day.epoch_days() - to.epoch_days())
        } else if let Some(newer) =
            self.registry.newer(set, day).filter(|_| lookup.set.is_none_or(|named| named != set.name()))
        {
            refused = refused
                .or(need("older_edition", allow.older_edition, &|| format!("{} is newer", newer.name())));
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

    pub(super) fn answer(mut self, chain: &[Place], registry: &Registry) -> Result<Resolution, FactorError> {
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
        // Without the day: the answer is kept for all days that it holds for, and which of them was asked for first is chance.
        steps.push(format!(
            "{} of {} holds for {}",
            taken.candidate.factor.id,
            taken.set.name(),
            taken.candidate.factor.geography
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
                // Of several reasons the nearest miss helps most: a basis that was not stated.
                reason: self
                    .wrong_unit
                    .iter()
                    .find(|(_, reason)| reason.contains("calorific basis"))
                    .unwrap_or(&self.wrong_unit[0])
                    .1
                    .clone(),
            };
        }
        let near = registry.nearest_activities(self.lookup.activity);
        FactorError::NotFound {
            activity: self.lookup.activity.to_owned(),
            region: self.region(),
            day: self.lookup.day,
            rejected: self.rejected.iter().take(5).map(|r| format!("{} ({})", r.factor, r.reason)).collect(),
            nearest: near,
        }
    }
}
