//! Factors: found, resolved, pinned, and a tenant's own.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use esg_core::face::{self, FactorQuestion, Search};

use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::body::whole;
use crate::serve::limits::MAX_BATCH_BODY;
use crate::serve::parameters::Parameters;
use crate::serve::problem::{Outcome, ServeError};

/// `GET /api/v1/factors?query=diesel&region=GB`: factors whose activity, name, id or place has all the words.
pub async fn search(State(at): State<At>, caller: Caller, Parameters(search): Parameters<Search>) -> Outcome {
    caller.may(Scope::Read)?;
    let found = at
        .app
        .work(move |app| Ok(face::found_document(&search.ask(app.sets.of(&caller.tenant)?.registry())?)));
    Ok(answer::json(&found.await?))
}

/// `POST /api/v1/factors/resolve`: the factor that applies, the steps to it, and the candidates that were passed over.
pub async fn resolve(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Read)?;
    let question: FactorQuestion = answer::question(&headers, body).await?;
    let resolved = at.app.work(move |app| {
        Ok(face::resolution_document(&*question.ask(app.sets.of(&caller.tenant)?.registry())?))
    });
    Ok(answer::json(&resolved.await?))
}

/// `GET /api/v1/factors/lock`: versions and digests of all sets.
pub async fn lock(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    Ok(answer::json(&at.app.sets.of(&caller.tenant)?.lock()))
}

/// `GET /api/v1/factors/sets`: the sets with their passports.
pub async fn sets(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    Ok(answer::json(&face::sets_document(at.app.sets.of(&caller.tenant)?.registry())))
}

/// `POST /api/v1/factors/sets`: a set of the tenant's own, JSON Lines or one JSON document. It is kept beside the ledger.
pub async fn add(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Report)?;
    let bytes = whole(&headers, body, MAX_BATCH_BODY).await?;
    let text = String::from_utf8(bytes.into())
        .map_err(|_| ServeError::Body { reason: "it is not UTF-8 text".to_owned() })?;
    let lock = at.app.work(move |app| Ok(app.sets.add(&caller.tenant, &text)?.lock())).await?;
    Ok(answer::with_status(StatusCode::CREATED, &lock))
}
