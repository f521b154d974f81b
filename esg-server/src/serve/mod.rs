//! `esg serve`: the engine over HTTP.
//!
//! Four services, each on a port of its own, over one ledger. The server parses, asks the core and the ledger, and shows what
//! they say: it holds no rule of accounting. What waits for the disk or calculates does so on threads of its own, so that one
//! long report does not hold up the meters, and no event is answered before it survives a crash of the machine.

mod alerts;
mod answer;
mod app;
pub mod auth;
mod body;
mod check;
mod compliance;
mod config;
#[cfg(feature = "postgres")]
mod database;
mod health;
mod keeper;
mod limits;
mod listen;
mod metrics;
mod openapi;
mod own_sets;
mod parameters;
mod problem;
mod router;
mod run;
mod service;
mod signature;
mod simulator;
mod telemetry;
mod writer;

pub use check::check;
pub use config::Settings as Args;
pub use run::run;
