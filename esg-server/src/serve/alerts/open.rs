//! Alerts: raised by a judgement, taken and resolved by people or because all is well again.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use esg_core::alert::{Alert, AlertError, RuleWords, Status, Step};
use esg_core::error::Error;
use esg_core::face::{self, Document, step_document};
use esg_core::ledger::Tenant;
use esg_core::time::Instant;
use esg_store::now;
use rusqlite::{Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::db::{all, failed, instant, one as one_of};
use super::rules::KeptRule;
use super::webhooks::outbox;
use crate::serve::answer;
use crate::serve::app::{App, At};
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::{ALERTS_SHOWN, MAX_ENTRIES, MAX_QUESTION};
use crate::serve::parameters::{Parameters, Place};
use crate::serve::problem::{Outcome, ServeError};

/// An alert that is kept.
struct Kept {
    id: i64,
    tenant: String,
    rule: i64,
    group: String,
    words: String,
    evaluation: String,
    alert: Alert,
}

/// What a query for alerts has to select.
const COLUMNS: &str = "id, tenant, rule, grp, words, evaluation";

impl Kept {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            tenant: row.get(1)?,
            rule: row.get(2)?,
            group: row.get(3)?,
            words: row.get(4)?,
            evaluation: row.get(5)?,
            alert: Alert::fire(Instant::from_epoch_ms(0).expect("it is in the year 1970")),
        })
    }

    fn with_history(mut self, change: &Transaction<'_>) -> Result<Self, Error> {
        let query = "SELECT status, at_ms, actor, note FROM steps WHERE alert = ?1 ORDER BY step";
        let mut query = change.prepare_cached(query).map_err(failed)?;
        type Columns = (String, i64, Option<String>, Option<String>);
        let rows = query.query_map([self.id], |row| {
            Ok::<Columns, rusqlite::Error>((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        let mut steps = Vec::new();
        for row in rows.map_err(failed)? {
            let (status, at, by, note) = row.map_err(failed)?;
            let known = Status::ALL.into_iter().find(|known| known.as_str() == status);
            let status = known.ok_or_else(|| AlertError::unknown("status", &status))?;
            steps.push(Step { status, at: instant(at)?, by, note });
        }
        let restored = Alert::restore(steps);
        self.alert = restored.ok_or_else(|| AlertError::unknown("history of alert", &self.id.to_string()))?;
        Ok(self)
    }

    fn one(change: &Transaction<'_>, tenant: &Tenant, id: i64) -> Result<Self, Error> {
        let query = format!("SELECT {COLUMNS} FROM alerts WHERE tenant = ?1 AND id = ?2");
        one_of(change, &query, (tenant, "alert", id), Self::of)?.with_history(change)
    }

    fn open(change: &Transaction<'_>, rule: i64, group: Option<&str>) -> Result<Vec<Self>, Error> {
        let query = format!(
            "SELECT {COLUMNS} FROM alerts WHERE rule = ?1 AND (?2 IS NULL OR grp = ?2) AND status <> 'resolved'"
        );
        let open = all(change, &query, params![rule, group], Self::of)?;
        open.into_iter().map(|open| open.with_history(change)).collect()
    }

    fn document(&self) -> Result<Value, Error> {
        let rule: RuleWords = face::read(self.words.as_bytes())?;
        let evaluation: Value = serde_json::from_str(&self.evaluation).unwrap_or_default();
        let history: Vec<Value> = self.alert.steps().iter().map(step_document).collect();
        Ok(json!({
            "id": self.id, "rule_id": self.rule, "name": rule.name, "severity": rule.severity.as_str(),
            "labels": rule.labels, "group": self.group, "status": self.alert.status().as_str(),
            "opened_at": self.alert.steps().first().map(|step| step.at.to_string()),
            "evidence": evaluation["evidence"], "history": history,
        }))
    }

    /// Keeps the newest step and puts the message about it out.
    fn stepped(&self, change: &Transaction<'_>) -> Result<bool, Error> {
        let Some((number, step)) = self.alert.steps().iter().enumerate().next_back() else {
            return Ok(false);
        };
        let insert =
            "INSERT INTO steps (alert, step, status, at_ms, actor, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![self.id, number, step.status.as_str(), step.at.epoch_ms(), step.by, step.note];
        change.execute(insert, values).map_err(failed)?;
        let update = "UPDATE alerts SET status = ?2 WHERE id = ?1";
        change.execute(update, params![self.id, step.status.as_str()]).map_err(failed)?;
        let kind = format!("alert.{}", step.status.as_str());
        outbox::put(change, &self.tenant, &kind, &self.document()?, step.at)
    }
}

/// Raises an alert for a group of a rule, unless one is open; true when somebody is to be told.
pub fn raise(
    change: &Transaction<'_>,
    rule: &KeptRule,
    group: &str,
    evaluation: &str,
    at: Instant,
) -> Result<bool, Error> {
    if !Kept::open(change, rule.id, Some(group))?.is_empty() {
        return Ok(false);
    }
    let insert = "INSERT INTO alerts (tenant, rule, grp, words, evaluation, status, opened_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, 'firing', ?6)";
    let tenant = rule.tenant.as_str();
    let values = params![tenant, rule.id, group, rule.words, evaluation, at.epoch_ms()];
    change.execute(insert, values).map_err(failed)?;
    let raised = Kept {
        id: change.last_insert_rowid(),
        tenant: tenant.to_owned(),
        rule: rule.id,
        group: group.to_owned(),
        words: rule.words.clone(),
        evaluation: evaluation.to_owned(),
        alert: Alert::fire(at),
    };
    raised.stepped(change)
}

/// Resolves the alert of a group because all is well again; true when somebody is to be told.
pub fn over(change: &Transaction<'_>, rule: i64, group: &str, at: Instant) -> Result<bool, Error> {
    let mut tell = false;
    for mut open in Kept::open(change, rule, Some(group))? {
        open.alert.resolve(None, None, at)?;
        tell |= open.stepped(change)?;
    }
    Ok(tell)
}

/// Resolves all open alerts of a rule that goes.
pub fn resolve_all(change: &Transaction<'_>, rule: i64, by: &str, at: Instant) -> Result<(), Error> {
    for mut open in Kept::open(change, rule, None)? {
        open.alert.resolve(Some(by), Some("the rule was deleted".to_owned()), at)?;
        open.stepped(change)?;
    }
    Ok(())
}

/// Which alerts are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    status: Option<String>,
    rule_id: Option<i64>,
    before: Option<i64>,
    limit: Option<u64>,
}

/// `GET /api/v1/alerts`: the newest first.
pub async fn list(State(at): State<At>, caller: Caller, Parameters(wanted): Parameters<Wanted>) -> Outcome {
    caller.may(Scope::Read)?;
    if let Some(status) = wanted.status.as_deref()
        && !Status::ALL.iter().any(|known| known.as_str() == status)
    {
        return Err(ServeError::parameter("status", status, "firing, acknowledged or resolved").into());
    }
    let limit = wanted.limit.unwrap_or(ALERTS_SHOWN).min(MAX_ENTRIES);
    let alerts = at.app.work(move |app| {
        let alerts = app.alerts.db.change(|change| {
            let query = format!(
                "SELECT {COLUMNS} FROM alerts WHERE tenant = ?1 AND (?2 IS NULL OR status = ?2)
                 AND (?3 IS NULL OR rule = ?3) AND (?4 IS NULL OR id < ?4) ORDER BY id DESC LIMIT ?5"
            );
            let values = params![caller.tenant.as_str(), wanted.status, wanted.rule_id, wanted.before, limit];
            let alerts = all(change, &query, values, Kept::of)?.into_iter();
            alerts.map(|kept| kept.with_history(change)?.document()).collect::<Result<Vec<_>, Error>>()
        })?;
        Ok(Value::from(alerts))
    });
    Ok(answer::json(&alerts.await?))
}

/// `GET /api/v1/alerts/{id}`
pub async fn one(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Read)?;
    let alert = at.app.work(move |app| {
        Ok(app.alerts.db.change(|change| Kept::one(change, &caller.tenant, id)?.document())?)
    });
    Ok(answer::json(&alert.await?))
}

/// `GET /api/v1/alerts/{id}/history`
pub async fn history(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Read)?;
    let steps = at.app.work(move |app| {
        let alert = app.alerts.db.change(|change| Kept::one(change, &caller.tenant, id))?;
        Ok(alert.alert.steps().iter().map(step_document).collect::<Value>())
    });
    Ok(answer::json(&steps.await?))
}

/// What a person says with a step.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Said {
    note: Option<String>,
}

impl Document for Said {
    const WHAT: &'static str = "step of an alert";
    const FIELDS: &'static [&'static str] = &["note"];
}

/// Longest note, in characters.
const MAX_NOTE: usize = 2000;

/// Reads what is said with a step; an empty body says nothing.
async fn said(headers: &HeaderMap, body: Body) -> Outcome<Option<String>> {
    let bytes = answer::json_body(headers, body, MAX_QUESTION).await?;
    let said: Said = if bytes.is_empty() { Said::default() } else { face::read(&bytes)? };
    let long = said.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE);
    if long {
        let rule = "at most 2000 characters";
        return Err(AlertError::value("note", said.note.unwrap_or_default(), rule).into());
    }
    Ok(said.note)
}

/// `POST /api/v1/alerts/{id}/acknowledge`: somebody takes it.
pub async fn acknowledge(
    State(at): State<At>,
    caller: Caller,
    Place(id): Place<i64>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    caller.may(Scope::Alert)?;
    let note = said(&headers, body).await?;
    let stepped = at.app.work(move |app| {
        step(app, &caller, id, |alert, actor, at| alert.acknowledge(actor, note, at).map(drop))
    });
    Ok(answer::json(&stepped.await?))
}

/// `POST /api/v1/alerts/{id}/resolve`: somebody says that it is over. It is raised again only after all was well.
pub async fn resolve(
    State(at): State<At>,
    caller: Caller,
    Place(id): Place<i64>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    caller.may(Scope::Alert)?;
    let note = said(&headers, body).await?;
    let stepped = at.app.work(move |app| {
        step(app, &caller, id, |alert, actor, at| alert.resolve(Some(actor), note, at).map(drop))
    });
    Ok(answer::json(&stepped.await?))
}

fn step(
    app: &App,
    caller: &Caller,
    id: i64,
    take: impl FnOnce(&mut Alert, &str, Instant) -> Result<(), AlertError>,
) -> Outcome<Value> {
    let at = now()?;
    let (document, tell) = app.alerts.db.change(|change| {
        let mut kept = Kept::one(change, &caller.tenant, id)?;
        take(&mut kept.alert, &caller.actor, at)?;
        let tell = kept.stepped(change)?;
        Ok((kept.document()?, tell))
    })?;
    if tell {
        app.alerts.wake.notify_one();
    }
    Ok(document)
}
