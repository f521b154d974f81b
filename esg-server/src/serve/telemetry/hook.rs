//! Hooks: systems that send by themselves and sign what they send, by the Standard Webhooks specification.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use esg_core::ledger::Tenant;
use esg_store::now;

use super::events::{answered, read, take};
use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::MAX_BATCH_BODY;
use crate::serve::parameters::Place;
use crate::serve::problem::{Outcome, ServeError};
use crate::serve::signature;

/// `POST /api/v1/hooks/{name}`: a batch whose signature is its credential. The tenant is the hook's.
pub async fn receive(
    State(at): State<At>,
    Place(name): Place<String>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    // Who sends is not known before the body is: it is read, and nothing is done with it until the signature holds.
    let bytes = answer::json_body(&headers, body, MAX_BATCH_BODY).await?;
    let wrong = ServeError::Credential { reason: "there is no such hook, or its signature does not hold" };
    let hook = at.app.hooks.iter().find(|hook| hook.name == name).ok_or_else(|| wrong.clone())?;
    let second = now()?.epoch_ms().div_euclid(1000);
    if !signature::holds(&hook.secret, &headers, &bytes, second) {
        return Err(wrong.into());
    }
    let caller = Caller {
        tenant: Tenant::new(&hook.tenant)?,
        actor: format!("hook {}", hook.name),
        scopes: vec![Scope::Ingest],
    };
    let (received, atomic) = at.app.work(move |_| read(&bytes)).await?;
    let ingested = take(&at.app, &caller, received, "POST /api/v1/hooks", atomic).await?;
    Ok(answered(&ingested))
}
