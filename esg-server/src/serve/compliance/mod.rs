//! Compliance: reports, factors, and the log that proves them.

mod audit;
mod factors;
mod figures;
mod operations;
mod reports;

use axum::Router;
use axum::routing::{get, post};

use super::app::At;

pub use operations::operations;

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
        .route("/api/v1/reports/ghg", post(reports::issue))
        .route("/api/v1/reports", get(reports::list))
        .route("/api/v1/reports/{seq}", get(reports::again))
        .route("/api/v1/reports/{seq}/restatement/{after}", get(reports::restatement))
        .route("/api/v1/inventory", post(figures::inventory))
        .route("/api/v1/lineage", post(figures::lineage))
        .route("/api/v1/proofs", post(figures::proof))
        .route("/api/v1/score", post(figures::score))
        .route("/api/v1/scorecard", post(figures::scorecard))
        .route("/api/v1/factors", get(factors::search))
        .route("/api/v1/factors/resolve", post(factors::resolve))
        .route("/api/v1/factors/lock", get(factors::lock))
        .route("/api/v1/factors/sets", get(factors::sets).post(factors::add))
        .route("/api/v1/audit/checkpoint", get(audit::checkpoint))
        .route("/api/v1/audit/keys", get(audit::keys))
        .route("/api/v1/audit/entries", get(audit::entries))
        .route("/api/v1/audit/proofs/{seq}", get(audit::proof))
        .route("/api/v1/audit/consistency", get(audit::consistency))
        .route("/api/v1/periods", get(audit::periods).post(audit::close))
}
