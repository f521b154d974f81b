//! What became of messages, and sending one again.

use axum::extract::State;
use axum::http::StatusCode;
use esg_core::error::Error;
use esg_core::ledger::Tenant;
use esg_store::now;
use rusqlite::{Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::serve::alerts::db::{all, failed, instant, one as one_of};
use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::{ALERTS_SHOWN, MAX_ENTRIES};
use crate::serve::parameters::{Parameters, Place};
use crate::serve::problem::{Outcome, ServeError};

/// How a delivery stands.
pub const STATES: [&str; 4] = ["pending", "sending", "delivered", "dead"];

const QUERY: &str = "SELECT d.id, d.webhook, d.message, m.type, d.state, d.attempts, d.next_ms, d.last_ms, d.last_status, d.last_error, m.body
    FROM deliveries d JOIN messages m ON m.id = d.message WHERE m.tenant = ?1";

struct Kept {
    document: Value,
    next: i64,
    last: Option<i64>,
    body: String,
}

impl Kept {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let document = json!({
            "id": row.get::<_, i64>(0)?, "webhook_id": row.get::<_, i64>(1)?, "message_id": row.get::<_, String>(2)?,
            "type": row.get::<_, String>(3)?, "state": row.get::<_, String>(4)?, "attempts": row.get::<_, i64>(5)?,
            "last_status": row.get::<_, Option<i64>>(8)?, "last_error": row.get::<_, Option<String>>(9)?,
        });
        Ok(Self { document, next: row.get(6)?, last: row.get(7)?, body: row.get(10)? })
    }

    fn document(mut self, with_body: bool) -> Result<Value, Error> {
        let waits = self.document["state"] == "pending";
        let next = if waits { Some(instant(self.next)?.to_string()) } else { None };
        self.document["next_attempt_at"] = next.into();
        self.document["last_attempt_at"] =
            self.last.map(instant).transpose()?.map(|at| at.to_string()).into();
        if with_body {
            self.document["body"] = serde_json::from_str(&self.body).unwrap_or_default();
        }
        Ok(self.document)
    }

    fn one(change: &Transaction<'_>, tenant: &Tenant, id: i64) -> Result<Self, Error> {
        let query = format!("{QUERY} AND d.id = ?2");
        one_of(change, &query, (tenant, "delivery", id), Self::of)
    }
}

/// Which deliveries are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    state: Option<String>,
    webhook_id: Option<i64>,
    before: Option<i64>,
    limit: Option<u64>,
}

/// `GET /api/v1/deliveries`: the newest first; `state=dead` is the dead letter.
pub async fn list(State(at): State<At>, caller: Caller, Parameters(wanted): Parameters<Wanted>) -> Outcome {
    caller.may(Scope::Alert)?;
    if let Some(state) = wanted.state.as_deref()
        && !STATES.contains(&state)
    {
        return Err(ServeError::parameter("state", state, "pending, sending, delivered or dead").into());
    }
    let limit = wanted.limit.unwrap_or(ALERTS_SHOWN).min(MAX_ENTRIES);
    let deliveries = at.app.work(move |app| {
        let deliveries = app.alerts.db.change(|change| {
            let query = format!(
                "{QUERY} AND (?2 IS NULL OR d.state = ?2) AND (?3 IS NULL OR d.webhook = ?3)
                 AND (?4 IS NULL OR d.id < ?4) ORDER BY d.id DESC LIMIT ?5"
            );
            let values =
                params![caller.tenant.as_str(), wanted.state, wanted.webhook_id, wanted.before, limit];
            let deliveries = all(change, &query, values, Kept::of)?.into_iter();
            deliveries.map(|kept| kept.document(false)).collect::<Result<Vec<_>, Error>>()
        })?;
        Ok(Value::from(deliveries))
    });
    Ok(answer::json(&deliveries.await?))
}

/// `GET /api/v1/deliveries/{id}`: with what is sent.
pub async fn one(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let found = at.app.work(move |app| {
        Ok(app.alerts.db.change(|change| Kept::one(change, &caller.tenant, id)?.document(true))?)
    });
    Ok(answer::json(&found.await?))
}

/// `POST /api/v1/deliveries/{id}/replay`: 202; the message goes out again under its own id, as if it were new.
pub async fn replay(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let replayed = at.app.work(move |app| {
        let at = now()?;
        let document = app.alerts.db.change(|change| {
            Kept::one(change, &caller.tenant, id)?;
            // One that is being sent is on its way already.
            let update = "UPDATE deliveries SET state = 'pending', attempts = 0, next_ms = ?2 WHERE id = ?1 AND state <> 'sending'";
            change.execute(update, params![id, at.epoch_ms()]).map_err(failed)?;
            Kept::one(change, &caller.tenant, id)?.document(false)
        })?;
        app.alerts.wake.notify_one();
        Ok(document)
    });
    Ok(answer::with_status(StatusCode::ACCEPTED, &replayed.await?))
}
