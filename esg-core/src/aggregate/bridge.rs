//! The bridge of a restatement: why a figure is not what it was.
//!
//! The difference between two inventories of one period is split into five effects by changing one thing at a time, in a fixed
//! order, and calculating the whole inventory anew by the same engine after each change:
//!
//! 1. **boundary**: places that are only in the first leave, places that are only in the second join (a place is a site, or a
//!    source where rows state no site);
//! 2. **activity**: the other places get the second's activity data (corrections, late data, other assumptions);
//! 3. **factor**: the second's registry takes the place of the first's;
//! 4. **gwp**: the second's GWP set and horizon;
//! 5. **method**: the second's other options (market-based stand-ins, upstream, accepted fallbacks, instruments).
//!
//! Each effect is the inventory after its step less the one before it, so they sum to the difference to the last picogram,
//! whatever was rounded where and however instruments were shared out: the middle terms cancel. What two changes do together
//! falls to the later one. Another order gives another split of the same difference; this one changes what happened first,
//! then what was measured, and last how it was weighed, and every one of the six inventories can be made and read by itself.
//! Averages over all orders (Shapley) or logarithmic means (LMDI) treat the orders alike, but are effects of no inventory that
//! anyone could look at.
//!
//! # Source
//! What a restatement is for and which changes it tells apart: GHG Protocol, Corporate Standard (2004), chapter 5, "Tracking
//! emissions over time". That a split by changing one factor at a time depends on the order: Dietzenbacher and Los, "Structural
//! decomposition techniques: sense and sensitivity", Economic Systems Research 10 (1998).

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde::ser::SerializeStruct;

use super::engine::{Engine, Options};
use super::inventory::Total;
use crate::activity::{ActivityBatch, NONE};
use crate::amount::Amount;
use crate::ghg::{Dimensions, GhgError, Scope};

/// Inventories that a bridge stands on.
const STATES: usize = Effect::ALL.len() + 1;

/// One end of a bridge: what was calculated, and how.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Registry and options.
    pub engine: &'a Engine,
    /// Activity data.
    pub activities: &'a ActivityBatch,
}

/// What made a figure change.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Effect {
    /// Places that joined or left.
    Boundary,
    /// Activity data of places that are in both.
    Activity,
    /// Factor sets.
    Factor,
    /// GWP set and horizon.
    Gwp,
    /// Every other option.
    Method,
}

impl Effect {
    /// All effects, in the order in which they are taken.
    pub const ALL: [Self; 5] = [Self::Boundary, Self::Activity, Self::Factor, Self::Gwp, Self::Method];

    /// Returns the name: `boundary`, `activity`, `factor`, `gwp`, `method`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::Activity => "activity",
            Self::Factor => "factor",
            Self::Gwp => "gwp",
            Self::Method => "method",
        }
    }
}

/// A figure before and after, in kg CO2e, and the figures between.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BridgeLine {
    /// `states[0]` before, `states[i]` after the first `i` changes.
    states: [Amount; STATES],
}

impl BridgeLine {
    /// kg CO2e before.
    pub const fn before(&self) -> Amount {
        self.states[0]
    }

    /// kg CO2e after.
    pub const fn after(&self) -> Amount {
        self.states[STATES - 1]
    }

    /// What an effect changed, in kg CO2e. The effects sum to `after - before`.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn effect(&self, effect: Effect) -> Result<Amount, GhgError> {
        let at = effect as usize;
        Ok(self.states[at + 1].checked_sub(self.states[at])?)
    }

    fn add(&mut self, other: &Self) -> Result<(), GhgError> {
        for (sum, state) in self.states.iter_mut().zip(other.states) {
            *sum = sum.checked_add(state)?;
        }
        Ok(())
    }
}

impl Serialize for BridgeLine {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("BridgeLine", Effect::ALL.len() + 2)?;
        document.serialize_field("before_kg", &self.before())?;
        for effect in Effect::ALL {
            let value = self.effect(effect).map_err(serde::ser::Error::custom)?;
            document.serialize_field(effect.as_str(), &value)?;
        }
        document.serialize_field("after_kg", &self.after())?;
        document.end()
    }
}

/// The difference between two inventories of one period, by scope, category and method, split exactly.
///
/// # Examples
/// ```
/// use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
/// use esg_core::aggregate::{Bridge, Effect, Engine, Options, Side, Total};
/// use esg_core::factor::Registry;
///
/// let of = |quantity: &str| -> Result<ActivityBatch, esg_core::Error> {
///     let mut batch = ActivityBatch::default();
///     let row = Activity {
///         activity: "electricity.grid", quantity: quantity.parse()?, unit: "kWh",
///         timestamp: "2025-03-15T14:30:00Z".parse()?, region: Some("GB"), site: Some("Hull"), source: "meter-1",
///         vertical: "general", scope: None, category: None, basis: Basis::Measured, event: 0,
///     };
///     batch.push(&row, NONE);
///     Ok(batch)
/// };
/// let engine = Engine::new(Registry::built_in(), Options::new("AR5")?)?;
/// let (before, after) = (of("1000")?, of("1100")?);
/// let side = |activities| Side { engine: &engine, activities };
/// let bridge = Bridge::between(side(&before), side(&after))?;
/// // 100 kWh more x 0.17700 kg CO2e (DESNZ 2025).
/// let line = bridge.total(Total::ScopeTwoLocation)?;
/// assert_eq!(line.effect(Effect::Activity)?.to_string(), "17.7");
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bridge {
    lines: BTreeMap<Scope, BridgeLine>,
    missing: [u64; STATES],
}

impl Bridge {
    /// Splits the difference between two inventories.
    ///
    /// # Errors
    /// `inventory.bridge` when the two are of different periods, `amount.overflow`.
    pub fn between(before: Side<'_>, after: Side<'_>) -> Result<Self, GhgError> {
        let (old, new) = (before.engine.options(), after.engine.options());
        if old.period != new.period {
            let name = |options: &Options| {
                options
                    .period
                    .map_or_else(|| "all days".to_owned(), |p| format!("{} to {}", p.start(), p.end()))
            };
            return Err(GhgError::Bridge { before: name(old), after: name(new) });
        }
        let (olds, news) = (places(before.activities), places(after.activities));
        let stay = before.activities.filtered(|row| news.contains(&place(before.activities, row)));
        let join = after.activities.filtered(|row| !olds.contains(&place(after.activities, row)));

        let engine = |registry: &Engine, options: &Options| {
            // Sums by scope are all that is read, and they do not depend on what is kept apart.
            let options = Options { dimensions: Dimensions::none(), keep_lines: false, ..options.clone() };
            Engine::new(registry.registry().clone(), options)
        };
        let first = engine(before.engine, old)?;
        let factors = engine(after.engine, old)?;
        let gwp = engine(after.engine, &Options { gwp: new.gwp.clone(), ..old.clone() })?;
        let last = engine(after.engine, new)?;
        let whole = [after.activities];
        let states: [(&Engine, &[&ActivityBatch]); STATES] = [
            (&first, &[before.activities]),
            (&first, &[&stay, &join]),
            (&first, &whole),
            (&factors, &whole),
            (&gwp, &whole),
            (&last, &whole),
        ];
        let mut bridge = Self { lines: BTreeMap::new(), missing: [0; STATES] };
        for (at, (engine, batches)) in states.into_iter().enumerate() {
            let mut run = engine.run();
            for batch in batches {
                run.add(batch)?;
            }
            let inventory = run.finish()?;
            bridge.missing[at] = inventory.gaps().iter().map(|gap| gap.rows).sum();
            for (key, sums) in inventory.cells().filter(|(key, _)| key.scope != Scope::Outside) {
                let nothing = BridgeLine { states: [Amount::ZERO; STATES] };
                let state = &mut bridge.lines.entry(key.scope).or_insert(nothing).states[at];
                *state = state.checked_add(sums.co2e)?;
            }
        }
        Ok(bridge)
    }

    /// The lines by scope, method and category, in order.
    pub const fn lines(&self) -> &BTreeMap<Scope, BridgeLine> {
        &self.lines
    }

    /// Returns the sum of the lines that a total has.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn total(&self, which: Total) -> Result<BridgeLine, GhgError> {
        let mut sum = BridgeLine { states: [Amount::ZERO; STATES] };
        for (_, line) in self.lines.iter().filter(|(scope, _)| which.has(**scope)) {
            sum.add(line)?;
        }
        Ok(sum)
    }

    /// How many lines were missing for want of a factor: before, after each change, so that the last is after all. Where the
    /// numbers differ, the effect between them holds lines that came or went, and not only other values of them.
    pub const fn missing(&self) -> &[u64; 6] {
        &self.missing
    }
}

/// Where a row stands inside or outside of the boundary: its site, or its source where it states none.
fn place(batch: &ActivityBatch, row: usize) -> (bool, &str) {
    let word = |codes: &[u32], words: &'_ crate::activity::Dictionary| {
        codes.get(row).copied().filter(|code| *code != NONE && !words.is_empty())
    };
    match word(&batch.site, &batch.sites) {
        Some(site) => (true, batch.sites.word(site)),
        None => (false, word(&batch.source, &batch.sources).map_or("", |source| batch.sources.word(source))),
    }
}

fn places(batch: &ActivityBatch) -> HashSet<(bool, &str)> {
    (0..batch.len()).map(|row| place(batch, row)).collect()
}
