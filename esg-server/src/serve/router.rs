//! One router for each service: its own paths, and those that every port has.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::app::At;
use super::limits::REQUEST_TIME;
use super::problem::{Problem, ServeError};
use super::service::Service;
use super::{alerts, compliance, health, openapi, simulator, telemetry};

/// What stands for a path that is none, so that no client can make up series.
const UNKNOWN: &str = "unknown";

/// What a browser may do with an answer: show it with its own style.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/// Returns the router of a service.
pub fn router(at: At) -> Router {
    let own = match at.service {
        Service::Telemetry => telemetry::routes(),
        Service::Compliance => compliance::routes(),
        Service::Simulator => simulator::routes(),
        Service::Alerts => alerts::routes(),
    };
    own.merge(health::routes())
        .merge(openapi::routes())
        .method_not_allowed_fallback(no_method)
        .fallback(no_route)
        .layer(from_fn_with_state(at.clone(), around))
        .with_state(at)
}

async fn no_route(State(at): State<At>, request: Request) -> Problem {
    let path = request.uri().path().chars().take(200).collect();
    ServeError::Route { path, service: at.service.as_str() }.into()
}

async fn no_method(request: Request) -> Problem {
    ServeError::Method { method: request.method().to_string() }.into()
}

/// Counts and times a request, and gives up an answer that takes too long.
async fn around(State(at): State<At>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = path.unwrap_or_else(|| UNKNOWN.to_owned());
    let time = time(&path);
    let mut response = match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(ServeError::Time { seconds: time.as_secs() }).into_response(),
    };
    // Answers have the types that they say, and a report opened in a browser runs and loads nothing.
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    at.app.metrics.request(at.service, method.as_str(), &path, status, took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::warn!(service = at.service.as_str(), %method, path, status, ms, "request failed");
    } else {
        tracing::debug!(service = at.service.as_str(), %method, path, status, ms, "request");
    }
    response
}

/// How long the answer of a path may take.
fn time(path: &str) -> Duration {
    if path == telemetry::UPLOAD { super::limits::UPLOAD_TIME } else { REQUEST_TIME }
}
