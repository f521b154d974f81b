//! Whether the server lives, whether it can work, and what it has counted: on every port.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::answer;
use super::app::At;
use super::metrics;
use super::openapi::{Operation, schema};
use super::problem::{Outcome, ServeError};

/// Time in which a ledger that is asked whether it works has to say so.
const PATIENCE: Duration = Duration::from_secs(5);

/// The paths.
pub fn routes() -> Router<At> {
    Router::new().route("/health", get(health)).route("/ready", get(ready)).route("/metrics", get(series))
}

/// The operations.
pub fn operations() -> Vec<Operation> {
    let document = schema::of("Document");
    vec![
        Operation::get("/health", "Whether the process lives.").answers(200, "It does", &document),
        Operation::get("/ready", "Whether it takes requests.").answers(200, "It does", &document),
        Operation::get("/metrics", "Counts and times, for Prometheus.").answers_as(
            200,
            "The series",
            &["text/plain"],
            &schema::text(),
        ),
    ]
}

/// The process lives.
async fn health(State(at): State<At>) -> Response {
    answer::json(&json!({
        "status": "ok", "service": at.service.as_str(), "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// The ledger takes events, and the server is not being stopped.
async fn ready(State(at): State<At>) -> Outcome {
    if at.app.is_stopping() {
        return Err(ServeError::Stopping.into());
    }
    let app = at.app.clone();
    // Not among the calculations: a server that is busy is ready.
    let check = tokio::task::spawn_blocking(move || app.keeper.check());
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(checked)) => checked?,
        Ok(Err(_)) => return Err(ServeError::Internal.into()),
        Err(_) => return Err(ServeError::Busy.into()),
    }
    Ok(answer::json(&json!({"status": "ready", "service": at.service.as_str()})))
}

/// The series, for Prometheus.
async fn series(State(at): State<At>) -> Response {
    let kind: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, metrics::MEDIA_TYPE)];
    (kind, at.app.metrics.text()).into_response()
}
