//! Alerts: what a person should look at now.

use axum::Router;

use super::app::At;

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
}
