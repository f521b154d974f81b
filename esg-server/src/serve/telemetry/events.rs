//! One event, or a batch of them.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use esg_core::ledger::{Ingested, Outcome as Became, Prepared};
use esg_core::telemetry::{Options, Received, TelemetryError, json};
use esg_store::{Request, now};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::receipt;
use crate::serve::answer;
use crate::serve::app::{App, At};
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::{MAX_BATCH_BODY, MAX_BATCH_ITEMS, MAX_EVENT_BODY};
use crate::serve::problem::{Outcome, Problem, ServeError};

/// What the log calls the events of these paths.
const ONE: &str = "POST /api/v1/telemetry";
const BATCH: &str = "POST /api/v1/telemetry/batch";

/// A batch with its options.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'b> {
    #[serde(borrow)]
    events: &'b RawValue,
    #[serde(default)]
    atomic: bool,
}

/// `POST /api/v1/telemetry`: 201 for a new event, 200 for one that is there, 409 for one that is there with other content.
pub async fn one(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Ingest)?;
    let bytes = answer::json_body(&headers, body, MAX_EVENT_BODY).await?;
    // An event is read sooner than a thread wakes up.
    let received = json::read(&bytes, Options::default())?;
    let rows = received.batch.len() + received.rejected.len();
    if rows != 1 {
        let problem = Problem::from(TelemetryError::Limit { what: "events in one request", max: 1 });
        return Err(problem.with("hint", "/api/v1/telemetry/batch takes several"));
    }
    if let Some(rejection) = received.rejected.first() {
        let problem = Problem::new(StatusCode::BAD_REQUEST, rejection.code, rejection.message.clone());
        return Err(problem
            .with("kind", "invalid")
            .with("field", rejection.field.clone())
            .with("nearest", rejection.nearest.clone()));
    }
    let ingested = take(&at.app, &caller, received, ONE, false).await?;
    let Some(item) = ingested.items.first() else { return Err(ServeError::Internal.into()) };
    let document = receipt::item(&ingested, item);
    match item.outcome {
        Became::Accepted => Ok(answer::with_status(StatusCode::CREATED, &document)),
        Became::Duplicate => Ok(answer::json(&document)),
        Became::Conflict => {
            let differs = ingested.conflicts.first().map(|c| c.differs.clone()).unwrap_or_default();
            Err(Problem::from(ServeError::Conflict)
                .with("kind", "conflict")
                .with("differs", differs)
                .with("seq", item.seq))
        }
        Became::Rejected => {
            let rejection = ingested.rejected.first().ok_or(ServeError::Internal)?;
            let problem = Problem::new(StatusCode::BAD_REQUEST, rejection.code, rejection.message.clone());
            Err(problem.with("kind", "invalid").with("field", rejection.field.clone()))
        }
    }
}

/// `POST /api/v1/telemetry/batch`: what became of each event, or with `atomic` all or none.
pub async fn batch(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Ingest)?;
    let bytes = answer::json_body(&headers, body, MAX_BATCH_BODY).await?;
    let (received, atomic) = at.app.work(move |_| read(&bytes)).await?;
    let ingested = take(&at.app, &caller, received, BATCH, atomic).await?;
    Ok(answered(&ingested))
}

/// The answer to a batch.
pub fn answered(ingested: &Ingested) -> Response {
    answer::json(&receipt::batch(ingested))
}

/// Reads a list of events, or a list with options.
pub fn read(bytes: &[u8]) -> Outcome<(Received, bool)> {
    let is_list = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let (events, atomic) = if is_list {
        (bytes, false)
    } else {
        let wrong = |error: serde_json::Error| ServeError::Body {
            reason: format!(
                "it is no list of events and no {{\"events\": [...], \"atomic\": ...}} ({error})"
            ),
        };
        let batch: Batch<'_> = serde_json::from_slice(bytes).map_err(wrong)?;
        (batch.events.get().as_bytes(), batch.atomic)
    };
    let received = json::read(events, Options::default())?;
    if received.batch.len() + received.rejected.len() > MAX_BATCH_ITEMS {
        return Err(ServeError::ItemsLimit { max: MAX_BATCH_ITEMS }.into());
    }
    Ok((received, atomic))
}

/// Puts events into the ledger and waits for their commit.
pub async fn take(
    app: &App,
    caller: &Caller,
    received: Received,
    label: &str,
    atomic: bool,
) -> Outcome<Ingested> {
    let prepared = Prepared::new(received, &caller.tenant, label);
    let request = Request { prepared, actor: caller.actor.clone(), time: now()?, atomic };
    let ingested = app.writer.ingest(request).await?;
    app.taken(&caller.tenant, &ingested);
    Ok(ingested)
}
