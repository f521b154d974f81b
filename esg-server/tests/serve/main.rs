//! The server of the built binary over real sockets.

mod auth;
mod compliance;
mod events;
mod limits;
mod points;
mod served;
