//! Simulator: what may come.

use axum::Router;

use super::app::At;

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
}
