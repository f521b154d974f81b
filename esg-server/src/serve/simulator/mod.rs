//! Simulator: what may come.

use axum::Router;

use super::app::At;
use super::openapi::Operation;

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
}

/// The operations.
pub fn operations() -> Vec<Operation> {
    Vec::new()
}
