//! Webhooks out: who is told of alerts, by the Standard Webhooks specification.
//!
//! A message is put out in the transaction of the step that it tells of, and delivered at least once: a receiver that has seen its
//! `webhook-id` before knows it. Addresses that a receiver's name leads to are looked at before a connection is made to
//! exactly the one that was looked at, because the server stands where its operator's other machines can be reached.

pub mod client;
pub mod deliver;
pub mod deliveries;
pub mod endpoints;
mod error;
pub mod guard;
pub mod outbox;
mod sign;
