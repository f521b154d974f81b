//! Questions about what may come, and the jobs that they become.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use esg_core::error::Error;
use esg_core::face::{FaceError, ForecastQuestion, Prospect, WhatIf};
use esg_core::ledger::Book;
use serde::Deserialize;
use serde_json::{Value, json};

use super::events;
use super::jobs::{Job, Progress, State as Stands};
use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::{JOB_WAIT, MAX_DRAWS};
use crate::serve::parameters::{Parameters, Place};
use crate::serve::problem::{Outcome, ServeError};

/// How long an answer waits for the work.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patience {
    wait: Option<u64>,
}

impl Patience {
    fn time(self) -> Duration {
        self.wait.map_or(JOB_WAIT, Duration::from_secs).min(JOB_WAIT)
    }
}

/// A document as the command line writes it.
fn written(document: &Value) -> Result<Bytes, Error> {
    let mut bytes = esg_core::canonical::from_value(document)?;
    bytes.push(b'\n');
    Ok(bytes.into())
}

/// A kind of job.
pub trait Kind: 'static {
    /// What it is called.
    const NAME: &'static str;

    /// Does it.
    fn work(prospect: &Prospect, book: &Book, progress: Progress<'_>) -> Result<Value, Error>;
}

/// `POST /api/v1/simulations`: the range of an inventory.
#[derive(Debug)]
pub struct Simulation;

impl Kind for Simulation {
    const NAME: &'static str = "simulation";

    fn work(prospect: &Prospect, book: &Book, progress: Progress<'_>) -> Result<Value, Error> {
        prospect.simulation(book, progress)
    }
}

/// `POST /api/v1/scenarios`: what measures save and cost.
#[derive(Debug)]
pub struct Scenario;

impl Kind for Scenario {
    const NAME: &'static str = "scenario";

    fn work(prospect: &Prospect, book: &Book, _: Progress<'_>) -> Result<Value, Error> {
        prospect.scenario(book)
    }
}

/// `POST /api/v1/targets`: how likely the days stay within what a pathway allows.
#[derive(Debug)]
pub struct Target;

impl Kind for Target {
    const NAME: &'static str = "target";

    fn work(prospect: &Prospect, book: &Book, progress: Progress<'_>) -> Result<Value, Error> {
        prospect.target(book, progress)
    }
}

/// Makes a job of a question, and waits for it as long as is asked.
pub async fn job<K: Kind>(
    State(at): State<At>,
    caller: Caller,
    Parameters(patience): Parameters<Patience>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    caller.may(Scope::Simulate)?;
    let asked: WhatIf = answer::question(&headers, body).await?;
    let tenant = caller.tenant.clone();
    // What cannot be done is refused now, and becomes no job.
    let prospect = at.app.work(move |app| {
        let prospect = asked.prospect(&*app.sets.of(&tenant)?, &tenant)?;
        let draws = prospect.draws()?;
        if draws > MAX_DRAWS {
            let rule = format!("at most {MAX_DRAWS} on a server");
            return Err(FaceError::value("draws", draws, rule).into());
        }
        Ok(prospect)
    });
    let prospect = prospect.await?;
    let job = at.app.jobs.start(&at.app, &caller.tenant, K::NAME, move |app, progress| {
        written(&K::work(&prospect, &app.keeper.book()?, progress)?)
    })?;
    let mut stands = job.watch();
    let over = stands.wait_for(Stands::is_over);
    match tokio::time::timeout(patience.time(), over).await {
        Ok(Ok(state)) => result(&state),
        // It is still worked on.
        _ => Ok(under_way(&job)),
    }
}

fn under_way(job: &Job) -> Response {
    let place = format!("/api/v1/jobs/{}", job.id);
    let headers = [(header::CONTENT_TYPE, answer::JSON.to_owned()), (header::LOCATION, place)];
    (StatusCode::ACCEPTED, headers, job.document().to_string()).into_response()
}

fn result(state: &Stands) -> Outcome {
    match state {
        Stands::Done(bytes) => Ok(answer::text(answer::JSON, bytes.clone())),
        Stands::Failed(error) => Err(error.clone().into()),
        Stands::Cancelled | Stands::Waiting | Stands::Running => {
            Err(FaceError::Stopped { done: 0, total: 0 }.into())
        }
    }
}

/// `POST /api/v1/forecasts`: what comes if nothing changes.
pub async fn forecast(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Simulate)?;
    let question: ForecastQuestion = answer::question(&headers, body).await?;
    let bytes = at.app.work(move |_| Ok(written(&json!({"forecasts": [question.ask()?.document()]}))?));
    Ok(answer::text(answer::JSON, bytes.await?))
}

/// `GET /api/v1/jobs`: the tenant's jobs, the newest first.
pub async fn list(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Simulate)?;
    let jobs: Value = at.app.jobs.all(&caller.tenant).iter().map(|job| job.document()).collect();
    Ok(answer::json(&jobs))
}

/// `GET /api/v1/jobs/{id}`: how a job stands.
pub async fn one(State(at): State<At>, caller: Caller, Place(id): Place<u64>) -> Outcome {
    caller.may(Scope::Simulate)?;
    Ok(answer::json(&at.app.jobs.one(&caller.tenant, id)?.document()))
}

/// `GET /api/v1/jobs/{id}/result`: what came of it; 202 while it is worked on.
pub async fn came(State(at): State<At>, caller: Caller, Place(id): Place<u64>) -> Outcome {
    caller.may(Scope::Simulate)?;
    let job = at.app.jobs.one(&caller.tenant, id)?;
    let state = job.watch().borrow().clone();
    if state.is_over() { result(&state) } else { Ok(under_way(&job)) }
}

/// `GET /api/v1/jobs/{id}/events`: how far it is, as it goes.
pub async fn follow(State(at): State<At>, caller: Caller, Place(id): Place<u64>) -> Outcome {
    caller.may(Scope::Simulate)?;
    if at.app.is_stopping() {
        return Err(ServeError::Stopping.into());
    }
    let job = at.app.jobs.one(&caller.tenant, id)?;
    Ok(answer::text(events::MEDIA_TYPE, events::of(at.app.clone(), job)))
}

/// `DELETE /api/v1/jobs/{id}`: calls a job off, and forgets one that is over.
pub async fn cancel(State(at): State<At>, caller: Caller, Place(id): Place<u64>) -> Outcome {
    caller.may(Scope::Simulate)?;
    let job = at.app.jobs.one(&caller.tenant, id)?;
    if job.watch().borrow().is_over() {
        at.app.jobs.forget(id);
    } else {
        job.cancel();
    }
    Ok(answer::json(&job.document()))
}
