//! Compliance: reports, factors, and the log that proves them.

use axum::Router;

use super::app::At;

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
}
