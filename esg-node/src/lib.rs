//! The Node face of the engine.
//!
//! A function here parses its arguments, calls one function of `esg_core::face` and converts the answer. Rules, constants and
//! defaults are the core's: an argument that is not given is not passed on. What only JavaScript can do is in `lib/`: writing
//! its values as JSON text.
//!
//! The modules are public because only the macros call what is in them.

pub mod amount;
pub mod asked;
pub mod convert;
pub mod engine;
pub mod error;
pub mod hooks;
pub mod ingested;
pub mod intake;
pub mod inventory;
pub mod ledger;
pub mod long;
pub mod opening;
pub mod registry;
pub mod score;
pub mod simulation;
pub mod table;
pub mod value;

use napi_derive::napi;

/// Version of the package.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
