//! Webhooks of a tenant: where to, for what, with which secret.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use esg_core::alert::AlertError;
use esg_core::error::Error;
use esg_core::face::Document;
use esg_core::ledger::Tenant;
use esg_store::now;
use rusqlite::{Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::WebhookError;
use super::guard::Target;
use super::outbox::{self, KINDS};
use super::sign::{SECRET_BYTES, chance, public_key};
use crate::serve::alerts::db::{all, failed, instant, one as one_of, room};
use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::MAX_WEBHOOKS;
use crate::serve::parameters::Place;
use crate::serve::problem::Outcome;
use crate::serve::signature::Secret;

/// How long the secret before signs as well, in milliseconds: receivers change theirs without losing a message.
const OVERLAP_MS: i64 = 86_400_000;

/// What is asked of a webhook. Everything but the URL may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    url: Option<String>,
    events: Option<Vec<String>>,
    enabled: Option<bool>,
}

impl Document for Asked {
    const WHAT: &'static str = "webhook";
    const FIELDS: &'static [&'static str] = &["url", "events", "enabled"];
}

impl Asked {
    /// Refuses a URL that nothing may be sent to, and kinds of messages that do not exist.
    fn check(&self, at: &At) -> Result<(), WebhookError> {
        if let Some(url) = &self.url {
            Target::read(url, &at.app.alerts.allowed)?;
        }
        for event in self.events.iter().flatten() {
            if !KINDS.contains(&event.as_str()) {
                let found = event.chars().take(64).collect();
                return Err(WebhookError::Event { found, known: KINDS.join(", ") });
            }
        }
        Ok(())
    }

    fn events(&self) -> Option<String> {
        let mut events = self.events.clone()?;
        events.sort_unstable();
        events.dedup();
        Some(events.join(","))
    }
}

/// A webhook that is kept, as far as it is shown.
struct Kept {
    id: i64,
    url: String,
    events: String,
    signing_key: [u8; 32],
    disabled: Option<String>,
    created: i64,
}

/// What a query for webhooks has to select.
const COLUMNS: &str = "id, url, events, signing_key, disabled, created_ms";

impl Kept {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            url: row.get(1)?,
            events: row.get(2)?,
            signing_key: row.get(3)?,
            disabled: row.get(4)?,
            created: row.get(5)?,
        })
    }

    fn one(change: &Transaction<'_>, tenant: &Tenant, id: i64) -> Result<Self, Error> {
        let query = format!("SELECT {COLUMNS} FROM webhooks WHERE tenant = ?1 AND id = ?2");
        one_of(change, &query, (tenant, "webhook", id), Self::of)
    }

    fn document(&self) -> Result<Value, Error> {
        let events: Vec<&str> = self.events.split(',').filter(|event| !event.is_empty()).collect();
        Ok(json!({
            "id": self.id, "url": self.url, "events": events, "enabled": self.disabled.is_none(),
            "disabled_because": self.disabled, "public_key": public_key(&self.signing_key),
            "created_at": instant(self.created)?.to_string(),
        }))
    }

    /// The document with the secret, which is shown this once.
    fn with_secret(&self, secret: [u8; SECRET_BYTES]) -> Result<Value, Error> {
        let mut document = self.document()?;
        document["secret"] = Secret::from_bytes(secret.to_vec()).shown().into();
        Ok(document)
    }
}

/// `POST /api/v1/webhooks`: 201 with the secret, which is not shown again.
pub async fn create(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Alert)?;
    let asked: Asked = answer::question(&headers, body).await?;
    asked.check(&at)?;
    let rule = "where messages go: https://...";
    let url = asked.url.clone().ok_or(AlertError::Missing { part: "url", rule })?;
    let created = at.app.work(move |app| {
        let (secret, key) = (chance::<SECRET_BYTES>()?, chance::<32>()?);
        let ms = now()?.epoch_ms();
        let disabled = (asked.enabled == Some(false)).then_some("it was made so");
        Ok(app.alerts.db.change(|change| {
            room(change, "webhooks", &caller.tenant, MAX_WEBHOOKS)?;
            let insert = "INSERT INTO webhooks (tenant, url, events, secret, signing_key, disabled, not_before_ms, created_ms)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)";
            let events = asked.events().unwrap_or_default();
            let values = params![caller.tenant.as_str(), url, events, secret, key, disabled, ms];
            change.execute(insert, values).map_err(failed)?;
            Kept::one(change, &caller.tenant, change.last_insert_rowid())?.with_secret(secret)
        })?)
    });
    Ok(answer::with_status(StatusCode::CREATED, &created.await?))
}

/// `GET /api/v1/webhooks`
pub async fn list(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Alert)?;
    let webhooks = at.app.work(move |app| {
        let webhooks = app.alerts.db.change(|change| {
            let query = format!("SELECT {COLUMNS} FROM webhooks WHERE tenant = ?1 ORDER BY id");
            let webhooks = all(change, &query, [caller.tenant.as_str()], Kept::of)?;
            webhooks.iter().map(Kept::document).collect::<Result<Vec<_>, Error>>()
        })?;
        Ok(Value::from(webhooks))
    });
    Ok(answer::json(&webhooks.await?))
}

/// `GET /api/v1/webhooks/{id}`
pub async fn one(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let found = at.app.work(move |app| {
        Ok(app.alerts.db.change(|change| Kept::one(change, &caller.tenant, id)?.document())?)
    });
    Ok(answer::json(&found.await?))
}

/// `PUT /api/v1/webhooks/{id}`: what is given changes, the rest stays. Enabling one lets its messages go out again.
pub async fn replace(
    State(at): State<At>,
    caller: Caller,
    Place(id): Place<i64>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    caller.may(Scope::Alert)?;
    let asked: Asked = answer::question(&headers, body).await?;
    asked.check(&at)?;
    let changed = at.app.work(move |app| {
        let document = app.alerts.db.change(|change| {
            let before = Kept::one(change, &caller.tenant, id)?;
            let disabled = match asked.enabled {
                Some(true) => None,
                Some(false) => before.disabled.clone().or_else(|| Some("somebody disabled it".to_owned())),
                None => before.disabled.clone(),
            };
            let events = asked.events().unwrap_or(before.events);
            let url = asked.url.clone().unwrap_or(before.url);
            let update = "UPDATE webhooks SET url = ?2, events = ?3, disabled = ?4 WHERE id = ?1";
            change.execute(update, params![id, url, events, disabled]).map_err(failed)?;
            Kept::one(change, &caller.tenant, id)?.document()
        })?;
        app.alerts.wake.notify_one();
        Ok(document)
    });
    Ok(answer::json(&changed.await?))
}

/// `DELETE /api/v1/webhooks/{id}`: with its deliveries.
pub async fn delete(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let deleted = at.app.work(move |app| {
        app.alerts.db.change(|change| {
            Kept::one(change, &caller.tenant, id)?;
            change.execute("DELETE FROM webhooks WHERE id = ?1", [id]).map_err(failed)?;
            Ok(())
        })?;
        Ok(json!({"deleted": id}))
    });
    Ok(answer::json(&deleted.await?))
}

/// `POST /api/v1/webhooks/{id}/secret`: a new secret, shown this once; the one before signs as well for a day.
pub async fn rotate(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let rotated = at.app.work(move |app| {
        let secret = chance::<SECRET_BYTES>()?;
        let until = now()?.epoch_ms() + OVERLAP_MS;
        Ok(app.alerts.db.change(|change| {
            let kept = Kept::one(change, &caller.tenant, id)?;
            let update =
                "UPDATE webhooks SET old_secret = secret, old_until_ms = ?2, secret = ?3 WHERE id = ?1";
            change.execute(update, params![id, until, secret]).map_err(failed)?;
            kept.with_secret(secret)
        })?)
    });
    Ok(answer::json(&rotated.await?))
}

/// `POST /api/v1/webhooks/{id}/test`: 202, and a message that tells of nothing is on its way.
pub async fn test(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let put = at.app.work(move |app| {
        let at = now()?;
        let delivery = app.alerts.db.change(|change| {
            Kept::one(change, &caller.tenant, id)?;
            outbox::put_for(
                change,
                caller.tenant.as_str(),
                &[id],
                outbox::TEST,
                &json!({"webhook_id": id}),
                at,
            )?;
            Ok(change.last_insert_rowid())
        })?;
        app.alerts.wake.notify_one();
        Ok(json!({"delivery_id": delivery}))
    });
    Ok(answer::with_status(StatusCode::ACCEPTED, &put.await?))
}
