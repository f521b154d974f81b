//! The server of the built binary over real sockets.

mod alerts;
mod auth;
mod compliance;
#[cfg(feature = "postgres")]
mod database;
mod events;
mod limits;
mod points;
mod served;
mod settings;
mod simulator;
mod webhooks;
