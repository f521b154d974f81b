//! Telemetry: events in, a receipt for each when it survives a crash.

mod events;
mod hook;
mod operations;
mod points;
mod receipt;
mod sources;
mod upload;

use axum::Router;
use axum::routing::{get, post};

use super::app::At;

pub use operations::operations;

/// Path of an upload, whose answer may take as long as it comes.
pub const UPLOAD: &str = "/api/v1/telemetry/bulk";

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
        .route("/api/v1/telemetry", post(events::one))
        .route("/api/v1/telemetry/batch", post(events::batch))
        .route(UPLOAD, post(upload::upload))
        .route("/api/v1/sources", get(sources::list))
        .route("/api/v1/hooks/{name}", post(hook::receive))
        .route("/v1/metrics", post(points::export))
        .route("/api/v1/write", post(points::write))
}
