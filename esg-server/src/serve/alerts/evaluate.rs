//! Judging rules: after a commit those that the touched sources concern, and all of them from time to time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use esg_core::alert::{Change, Observation, Standing, State, change, judge};
use esg_core::error::Error;
use esg_core::face::{AlertRule, evaluation_document};
use esg_core::ledger::{Book, Tenant};
use esg_core::time::Instant;
use esg_store::now;
use rusqlite::{OptionalExtension, Transaction, params};
use tokio::sync::watch;

use super::db::{failed, instant};
use super::open;
use super::rules::KeptRule;
use crate::serve::app::App;
use crate::serve::limits::{ALERT_EVERY, ALERT_PAUSE, MAX_ALERT_GROUPS};

/// What was touched since rules were judged last.
pub type Touched = BTreeMap<String, Option<BTreeSet<String>>>;

/// Judges rules until the server stops.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut next = tokio::time::Instant::now();
    loop {
        let all = tokio::select! {
            () = app.alerts.touched.notified() => false,
            () = tokio::time::sleep_until(next) => true,
            _ = stop.wait_for(|stopped| *stopped) => return,
        };
        if all {
            next = tokio::time::Instant::now() + ALERT_EVERY;
        }
        let begun = std::time::Instant::now();
        let judging = Arc::clone(&app);
        let judged = tokio::task::spawn_blocking(move || {
            let touched = judging.alerts.take_touched();
            due(&judging, (!all).then_some(&touched))
        });
        match judged.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(code = error.code(), %error, "rules were not judged"),
            Err(error) => tracing::error!(%error, "judging of rules broke off"),
        }
        // As long a rest as the work took: judging never has more than half of a processor.
        let rest = ALERT_PAUSE.max(begun.elapsed());
        let rest = rest.min(Duration::from_secs(60));
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Judges the rules that what was touched concerns, or all. One that cannot be judged does not hold up the others.
fn due(app: &App, touched: Option<&Touched>) -> Result<(), Error> {
    let rules = app.alerts.db.change(|change| KeptRule::all(change, None))?;
    let rules: Vec<KeptRule> = match touched {
        None => rules,
        Some(touched) => {
            rules.into_iter().filter(|rule| touched.contains_key(rule.tenant.as_str())).collect()
        }
    };
    if rules.is_empty() {
        return Ok(());
    }
    let (book, at) = (app.keeper.book()?, now()?);
    for kept in &rules {
        let sources = touched.and_then(|touched| touched.get(kept.tenant.as_str())?.as_ref());
        if let Err(error) = concerned(app, &book, kept, sources, at) {
            tracing::warn!(rule = kept.id, code = error.code(), %error, "a rule was not judged");
        }
    }
    Ok(())
}

fn concerned(
    app: &App,
    book: &Book,
    kept: &KeptRule,
    sources: Option<&BTreeSet<String>>,
    at: Instant,
) -> Result<(), Error> {
    let read = read(app, kept)?;
    let concerns = |sources: &BTreeSet<String>| sources.iter().any(|source| read.rule.watch.concerns(source));
    if sources.is_none_or(concerns) { judged(app, book, kept, &read, at) } else { Ok(()) }
}

fn read(app: &App, kept: &KeptRule) -> Result<AlertRule, Error> {
    AlertRule::new(&kept.words()?, &*app.sets.of(&kept.tenant)?, &kept.tenant)
}

/// Judges a rule now, and keeps what comes of it.
///
/// # Errors
/// As [`AlertRule::observe`].
pub fn rule(app: &App, book: &Book, kept: &KeptRule, at: Instant) -> Result<(), Error> {
    judged(app, book, kept, &read(app, kept)?, at)
}

fn judged(app: &App, book: &Book, kept: &KeptRule, read: &AlertRule, at: Instant) -> Result<(), Error> {
    let known = app.alerts.db.change(|change| groups(change, kept.id))?;
    let sets = app.sets.of(&kept.tenant)?;
    let mut seen = read.observe(book, &sets, &kept.tenant, &known, at)?;
    if seen.len() > MAX_ALERT_GROUPS {
        tracing::warn!(rule = kept.id, groups = seen.len(), "a rule has more groups than are judged");
        seen.truncate(MAX_ALERT_GROUPS);
    }
    let raised = app.alerts.db.change(|change| keep(change, kept, read, &seen, at))?;
    if raised {
        app.alerts.wake.notify_one();
    }
    Ok(())
}

/// Keeps judgements with what follows from them; true when somebody is to be told.
fn keep(
    write: &Transaction<'_>,
    kept: &KeptRule,
    read: &AlertRule,
    seen: &[Observation],
    at: Instant,
) -> Result<bool, Error> {
    // A rule that was changed or deleted while it was looked at is judged anew.
    let version =
        write.query_row("SELECT version FROM rules WHERE id = ?1", [kept.id], |row| row.get::<_, i64>(0));
    if version.optional().map_err(failed)? != Some(kept.version) {
        return Ok(false);
    }
    let mut tell = false;
    for seen in seen {
        let before = standing(write, kept.id, &seen.group)?;
        let evaluation = judge(&read.rule, seen, before.as_ref(), at)?;
        let document = evaluation_document(&evaluation).to_string();
        match change(before.as_ref(), &evaluation.standing) {
            Change::None => {}
            Change::Raised => tell |= open::raise(write, kept, &seen.group, &document, at)?,
            Change::Over => tell |= open::over(write, kept.id, &seen.group, at)?,
        }
        let Standing { state, since, latched, holds_since } = evaluation.standing;
        let upsert = "INSERT INTO standings (rule, grp, state, since_ms, latched, holds_since_ms, judged_ms, evaluation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (rule, grp) DO UPDATE SET state = ?3, since_ms = ?4, latched = ?5, holds_since_ms = ?6,
             judged_ms = ?7, evaluation = ?8";
        let holds = holds_since.map(Instant::epoch_ms);
        let values = params![
            kept.id,
            seen.group,
            state.as_str(),
            since.epoch_ms(),
            latched,
            holds,
            at.epoch_ms(),
            document
        ];
        write.prepare_cached(upsert).map_err(failed)?.execute(values).map_err(failed)?;
    }
    Ok(tell)
}

/// The groups that a rule was judged for.
fn groups(change: &Transaction<'_>, rule: i64) -> Result<Vec<String>, Error> {
    let mut query = change.prepare_cached("SELECT grp FROM standings WHERE rule = ?1").map_err(failed)?;
    let rows = query.query_map([rule], |row| row.get(0)).map_err(failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(failed)
}

/// Forgets how a rule stood, but for the alerts that are open: a group that has one is not raised again.
pub fn forget(change: &Transaction<'_>, rule: i64) -> Result<(), Error> {
    let open = "DELETE FROM standings WHERE rule = ?1 AND NOT EXISTS
        (SELECT 1 FROM alerts WHERE alerts.rule = standings.rule AND alerts.grp = standings.grp AND status <> 'resolved')";
    change.execute(open, [rule]).map(drop).map_err(failed)
}

fn standing(change: &Transaction<'_>, rule: i64, group: &str) -> Result<Option<Standing>, Error> {
    let query = "SELECT state, since_ms, latched, holds_since_ms FROM standings WHERE rule = ?1 AND grp = ?2";
    let mut query = change.prepare_cached(query).map_err(failed)?;
    type Columns = (String, i64, bool, Option<i64>);
    let found = query.query_row(params![rule, group], |row| {
        Ok::<Columns, rusqlite::Error>((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    });
    let Some((state, since, latched, holds)) = found.optional().map_err(failed)? else { return Ok(None) };
    let state = State::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(State::NoData);
    Ok(Some(Standing {
        state,
        since: instant(since)?,
        latched,
        holds_since: holds.map(instant).transpose()?,
    }))
}

/// Takes note that a tenant's rules are to be judged.
pub fn touch(touched: &mut Touched, tenant: &Tenant, sources: Option<&mut dyn Iterator<Item = &str>>) {
    let of = touched.entry(tenant.as_str().to_owned()).or_insert_with(|| Some(BTreeSet::new()));
    match (of.as_mut(), sources) {
        (Some(known), Some(sources)) => {
            for source in sources {
                if !known.contains(source) {
                    known.insert(source.to_owned());
                }
            }
            // So many sources concern every rule.
            if known.len() > MAX_ALERT_GROUPS {
                *of = None;
            }
        }
        (_, None) => *of = None,
        (None, Some(_)) => {}
    }
}
