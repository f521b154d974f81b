//! Simulator: what may come.
//!
//! Ranges, scenarios and targets are work of seconds to minutes, so each is a job: it is answered at once where it is done soon, and
//! else says where it can be followed. The bytes are those that the command line writes for the same events and seed.

mod ask;
mod events;
mod jobs;
mod operations;

use axum::Router;
use axum::routing::{get, post};

use super::app::At;
use ask::{Scenario, Simulation, Target};

pub use jobs::Jobs;
pub use operations::operations;

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
        .route("/api/v1/simulations", post(ask::job::<Simulation>))
        .route("/api/v1/scenarios", post(ask::job::<Scenario>))
        .route("/api/v1/targets", post(ask::job::<Target>))
        .route("/api/v1/forecasts", post(ask::forecast))
        .route("/api/v1/jobs", get(ask::list))
        .route("/api/v1/jobs/{id}", get(ask::one).delete(ask::cancel))
        .route("/api/v1/jobs/{id}/result", get(ask::came))
        .route("/api/v1/jobs/{id}/events", get(ask::follow))
}
