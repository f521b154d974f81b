//! The book of plans: what was planned once serves every thread and every run of an engine.
//!
//! Planning a key takes as long as calculating some hundred rows, so threads that work on parts of one table share what
//! they plan. What a plan says does not depend on who asks, so it does not matter who was first.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::plan::{PlanKey, Planned, Planner};

/// Keys that are kept. A sender of more than that has them planned each time, and uses no more memory.
const MAX_KEYS: usize = 1 << 16;

/// A plan's key without the day.
#[derive(Debug, Eq, Hash, PartialEq)]
struct Key {
    activity: Box<str>,
    unit: Box<str>,
    region: Option<Box<str>>,
    stated: (u8, u8),
}

/// A planner and what it has planned.
#[derive(Debug)]
pub(crate) struct PlanBook {
    planner: Planner,
    planned: RwLock<HashMap<Key, Vec<Arc<Planned>>>>,
}

impl PlanBook {
    pub fn new(planner: Planner) -> Self {
        Self { planner, planned: RwLock::default() }
    }

    /// The plans and gaps of a key.
    pub fn plan(&self, key: &PlanKey<'_>) -> Arc<Planned> {
        let owned = Key {
            activity: key.activity.into(),
            unit: key.unit.into(),
            region: key.region.map(Into::into),
            stated: key.stated,
        };
        let known = self.planned.read().unwrap_or_else(PoisonError::into_inner);
        let holds = |planned: &&Arc<Planned>| planned.from <= key.day && key.day < planned.to;
        if let Some(planned) = known.get(&owned).and_then(|spans| spans.iter().find(holds)) {
            return Arc::clone(planned);
        }
        drop(known);
        let planned = Arc::new(self.planner.plan(key));
        let mut known = self.planned.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_KEYS || known.contains_key(&owned) {
            let spans = known.entry(owned).or_default();
            if !spans.iter().any(|span| holds(&span)) {
                spans.push(Arc::clone(&planned));
            }
        }
        planned
    }
}
