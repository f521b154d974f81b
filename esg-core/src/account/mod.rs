//! The whole road in one call: received telemetry in; inventory, key figures, score and every refusal out.
//!
//! Each stage below returns what it could not do in its own words. Here they come together as one list that names the
//! file and the line of each row, so that no face has to know the stages. An event that was sent twice counts once; one
//! that was sent again with other content is returned. Several files are accounted together and not one by one, because
//! only then can the second copy of an event be seen.

mod amend;
mod block;
mod digests;
mod figures;
mod lack;
mod merge;
mod road;
mod seen;
mod trail;
mod words;

use std::sync::Arc;

pub use amend::Amended;
pub use digests::{Digests, events_digest, lock_digest};
pub use figures::emissions_by_vertical;
pub(crate) use seen::Seen;
pub use trail::{EventKey, FactorName, GwpName, Selection, Term, TracedCell, Trail, TrailError};

use crate::aggregate::{Engine, Inventory};
use crate::error::Error;
use crate::kpi::Kpi;
use crate::normalize::{self, Assumption, Defaults, MetricTotals, Normalized};
use crate::score::{PueFloor, Score, ScoreError, ScoreInputs, TermName, Weights};
use crate::store::Redacted;
use crate::telemetry::{Received, Rejection, TelemetryBatch, Vertical};
use road::Road;

/// What was read of one file, or came in one request.
#[derive(Clone, Debug)]
pub struct Source {
    /// What people call it: a file name, an endpoint.
    pub label: String,
    /// What was read.
    pub received: Received,
}

/// What the caller decides besides the engine's options.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Values for what senders leave out.
    pub defaults: Defaults,
    /// How the score is made; none for inputs without a score.
    pub score: Option<ScoreSettings>,
    /// Terms of the score that the organisation states not to have. A term without data is missing otherwise.
    pub not_applicable: Vec<TermName>,
}

/// How a score is made of its terms. There is no default: weights are a choice of the organisation.
#[derive(Clone, Debug)]
pub struct ScoreSettings {
    /// Weights.
    pub weights: Weights,
    /// What a PUE of 1 or less means.
    pub floor: PueFloor,
}

/// Where on the road a row was refused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// Reading: the event is not accepted.
    Telemetry,
    /// Normalising: the event is accepted, and a metric of it gives no activity.
    Normalize,
    /// Calculating: the activity has no factor, or none that fits.
    Calculate,
    /// Keeping: the event was accepted, and has been redacted since.
    Redacted,
}

impl Stage {
    /// Returns the name: `telemetry`, `normalize`, `calculate`, `redacted`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Normalize => "normalize",
            Self::Calculate => "calculate",
            Self::Redacted => "redacted",
        }
    }
}

/// A row, or a part of one, that is in no total.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// Label of its source.
    pub source: Arc<str>,
    /// Where on the road.
    pub stage: Stage,
    /// Line, field, code and message. The field of stage `calculate` is the activity.
    pub rejection: Rejection,
}

/// How many events a source had.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceCount {
    /// Its label.
    pub label: Arc<str>,
    /// Accepted events, each counted once.
    pub accepted: u64,
    /// Rows that were refused while reading.
    pub rejected: u64,
    /// Copies of events that were there already, with the same content.
    pub duplicates: u64,
    /// Accepted events that are in no total because a later event corrects or voids them, and the voids themselves.
    pub amended: u64,
}

/// A vertical whose emissions are not whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Incomplete {
    /// The vertical.
    pub vertical: Vertical,
    /// Rows of it that gave no emissions.
    pub rows: u64,
}

/// Everything that comes of received telemetry.
#[derive(Clone, Debug)]
pub struct Account {
    /// The sources and their counts.
    pub sources: Vec<SourceCount>,
    /// Rows that are in no total, by source, line and stage.
    pub refused: Vec<Refused>,
    /// Values that were filled in.
    pub assumptions: Vec<Assumption>,
    /// The inventory.
    pub inventory: Inventory,
    /// Sums of metrics that key figures are made of, over the days of the inventory.
    pub totals: MetricTotals,
    /// Key figures, over the days of the inventory.
    pub kpis: Vec<Kpi>,
    /// Verticals whose emissions are not whole; their key figures are of what is there.
    pub incomplete: Vec<Incomplete>,
    /// What the score is made from.
    pub score_inputs: ScoreInputs,
    /// The score, where one was asked for.
    pub score: Option<Result<Score, ScoreError>>,
    /// What to replay it from.
    pub digests: Digests,
    /// The accepted events, whose rows the inventory's lines name; kept where those are kept.
    pub events: Option<TelemetryBatch>,
}

impl Account {
    /// Events that were accepted.
    pub fn accepted(&self) -> u64 {
        self.sources.iter().map(|s| s.accepted).sum()
    }

    /// True when every row that came is in the totals.
    pub fn is_clean(&self) -> bool {
        self.refused.is_empty()
    }
}

/// Returns the account of what was received.
///
/// Days outside of the engine's period are in no total and no key figure. A key figure of a vertical counts all of its
/// lines by the location-based method but those of category 3.3, which exist only where a publisher states the fuel
/// chain.
///
/// # Errors
/// `amount.overflow`. A row that cannot be used is no error: see [`Account::refused`].
///
/// # Examples
/// ```
/// use esg_core::account::{Settings, Source, account};
/// use esg_core::aggregate::{Engine, Options, Total};
/// use esg_core::factor::Registry;
/// use esg_core::telemetry::{self, json};
///
/// let lines = r#"{"source_id":"datacenter-sfo-01","external_event_id":"gpu-batch-2024-001","vertical":"ai_data_center",
/// "timestamp":"2024-03-15T14:30:00Z","metrics":{"energy_kwh":1250.5,"pue":1.15},"tags":{"region":"us-west-1"}}"#;
/// let received = json::read(lines.as_bytes(), telemetry::Options::default())?;
/// let engine = Engine::new(Registry::built_in(), Options::new("AR6")?)?;
/// let sources = vec![Source { label: "readme".into(), received }];
/// let account = account(sources, &engine, &Settings::default())?;
/// assert!(account.is_clean());
/// // 1250.5 kWh x 1.15 is what the grid delivered.
/// assert_eq!(account.inventory.energy_kwh()?.to_string(), "1438.075");
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn account(sources: Vec<Source>, engine: &Engine, settings: &Settings) -> Result<Account, Error> {
    let road = Road::of(sources);
    let digests = Digests::of(road.batch.fingerprints(), engine, settings);
    along(road, digests, engine, settings)
}

/// Returns the account of a part of the events, and what is needed to see one of them in another part.
///
/// # Errors
/// `amount.overflow`.
pub(crate) fn account_of_part(
    source: Source,
    engine: &Engine,
    settings: &Settings,
) -> Result<(Account, Seen), Error> {
    let mut road = Road::once(vec![source]);
    let mut seen = Seen::of(&road.batch);
    road.amend();
    seen.fingerprints = road.batch.fingerprints();
    let digests = Digests::of(seen.fingerprints.clone(), engine, settings);
    Ok((along(road, digests, engine, settings)?, seen))
}

/// Events that were accepted before: none twice, and none that another one amends.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// What people call the place where they are kept.
    pub label: String,
    /// The events.
    pub batch: TelemetryBatch,
    /// `fingerprints[event]`.
    pub fingerprints: Vec<[u8; 32]>,
    /// How many events of the period are left out because others amend them, with the voids among those.
    pub amended: u64,
    /// Events of the period that are gone: nothing is known of what they measured.
    pub redacted: Vec<Redacted>,
}

/// Returns the account of events that were accepted before, as [`account`] does of the files they came in.
///
/// # Errors
/// `amount.overflow`.
pub fn account_accepted(events: Accepted, engine: &Engine, settings: &Settings) -> Result<Account, Error> {
    let digests = Digests::of(events.fingerprints, engine, settings);
    let source =
        Source { label: events.label, received: Received { batch: events.batch, rejected: Vec::new() } };
    let mut road = Road::join(vec![source]);
    road.sources[0].amended = events.amended;
    road.sources[0].accepted += events.amended + events.redacted.len() as u64;
    let mut account = along(road, digests, engine, settings)?;
    account.lack(&events.redacted, settings)?;
    Ok(account)
}

/// Goes the rest of the road.
fn along(mut road: Road, digests: Digests, engine: &Engine, settings: &Settings) -> Result<Account, Error> {
    // Normalising speaks of lines; with several files only the event's own number is unique.
    let lines = std::mem::take(&mut road.batch.line);
    road.batch.line = (0..lines.len() as u64).collect();
    let normalized = normalize::normalize(&road.batch, &settings.defaults);
    road.batch.line = lines;

    let Normalized { activities, rejected, assumptions, totals } = normalized;
    let inventory = engine.calculate(&activities)?;
    let mut lost = [0u64; Vertical::ALL.len()];
    let within =
        |event: usize| engine.options().period.is_none_or(|p| p.contains(road.batch.instant[event].day()));
    for rejection in rejected {
        let event = usize::try_from(rejection.line).expect("it is the number of an event");
        lost[road.batch.vertical[event] as usize] += u64::from(within(event));
        let refused = road.refused(event, Stage::Normalize, rejection);
        road.refused.push(refused);
    }
    for row in inventory.uncalculated() {
        let (event, gap) = (row.event as usize, &inventory.gaps()[row.gap as usize]);
        lost[road.batch.vertical[event] as usize] += 1;
        let rejection = Rejection {
            line: 0,
            field: gap.activity.clone(),
            code: gap.code,
            message: gap.message.clone(),
            nearest: Vec::new(),
            raw: String::new(),
        };
        let refused = road.refused(event, Stage::Calculate, rejection);
        road.refused.push(refused);
    }
    let totals = match inventory.counts().outside_period {
        0 => totals,
        _ => normalize::normalize(&road.batch.filtered(within), &settings.defaults).totals,
    };
    let incomplete: Vec<Incomplete> = Vertical::ALL
        .into_iter()
        .map(|vertical| Incomplete { vertical, rows: lost[vertical as usize] })
        .filter(|i| i.rows > 0)
        .collect();
    let (sources, refused, events) = road.leave();
    let events = Some(events).filter(|_| engine.options().keep_lines);
    let score_inputs = ScoreInputs::missing();
    let (kpis, score) = (Vec::new(), None);
    let mut account = Account {
        sources,
        refused,
        assumptions,
        inventory,
        totals,
        kpis,
        incomplete,
        score_inputs,
        score,
        digests,
        events,
    };
    account.figure(settings)?;
    Ok(account)
}

/// Returns the trail of what was received: how every cell of the account's inventory came about.
///
/// Copies and refused rows are left out as [`account`] leaves them out, so the two have the same cells.
///
/// # Errors
/// `amount.overflow`.
pub fn trail(sources: Vec<Source>, engine: &Engine, settings: &Settings) -> Result<Trail, Error> {
    Trail::of(Road::of(sources).batch, engine, &settings.defaults)
}

#[cfg(test)]
mod tests;
