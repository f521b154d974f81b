//! What the simulator can be asked.

use serde_json::json;

use super::events::MEDIA_TYPE;
use crate::serve::answer::JSON;
use crate::serve::auth::Scope;
use crate::serve::limits::JOB_WAIT;
use crate::serve::openapi::Operation;
use crate::serve::openapi::schema::{list, of, text};

/// The operations.
pub fn operations() -> Vec<Operation> {
    let document = of("Document");
    let wait = json!({"type": "integer", "minimum": 0, "maximum": JOB_WAIT.as_secs()});
    let job = |path: &'static str, summary: &'static str| {
        Operation::post(path, summary)
            .needs(Scope::Simulate)
            .query("wait", "seconds to wait for the end; else 202 and Location", wait.clone())
            .body(&[JSON], &of("WhatIf"))
            .answers(200, "What came of it", &document)
            .answers(202, "It is worked on; Location follows it", &document)
    };
    vec![
        job(
            "/api/v1/simulations",
            "The range of an inventory: Monte Carlo, and error propagation beside it.",
        ),
        job("/api/v1/scenarios", "What measures save and cost, before and after under the same draws."),
        job("/api/v1/targets", "How likely the days stay within what a pathway allows."),
        Operation::post("/api/v1/forecasts", "What comes if nothing changes, with intervals.")
            .needs(Scope::Simulate)
            .body(&[JSON], &of("ForecastQuestion"))
            .answers(200, "The forecast", &document),
        Operation::get("/api/v1/jobs", "The jobs, the newest first.").needs(Scope::Simulate).answers(
            200,
            "The jobs",
            &list(&document),
        ),
        Operation::get("/api/v1/jobs/{id}", "How a job stands.")
            .needs(Scope::Simulate)
            .place("id")
            .answers(200, "The job", &document),
        Operation::delete("/api/v1/jobs/{id}", "Call a job off, or forget one that is over.")
            .needs(Scope::Simulate)
            .place("id")
            .answers(200, "The job", &document),
        Operation::get("/api/v1/jobs/{id}/result", "What came of a job.")
            .needs(Scope::Simulate)
            .place("id")
            .answers(200, "The bytes of the command line", &document)
            .answers(202, "It is still worked on", &document),
        Operation::get("/api/v1/jobs/{id}/events", "How far a job is, as server-sent events.")
            .needs(Scope::Simulate)
            .place("id")
            .answers_as(200, "Events progress, done, failed, cancelled", &[MEDIA_TYPE], &text()),
    ]
}
