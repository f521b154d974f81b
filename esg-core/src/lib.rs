//! Exact greenhouse-gas, energy and water accounting.
//!
//! Telemetry goes in, an auditable inventory comes out, on one road: telemetry, normalize, resolve factor, calculate,
//! aggregate, report. A stage takes values and returns values with what it used. Nothing here reads a clock, a disk,
//! the network or the environment.

pub mod account;
pub mod activity;
pub mod aggregate;
pub mod alert;
pub mod amount;
pub mod audit;
mod block;
pub mod canonical;
mod codes;
pub mod decimal;
pub mod distribution;
pub mod error;
pub mod face;
pub mod factor;
pub mod ghg;
pub mod json;
pub mod kpi;
pub mod ledger;
pub mod lineage;
pub mod math;
mod nearest;
pub mod normalize;
pub mod pedigree;
pub mod ratio;
pub mod report;
pub mod score;
mod shortest;
pub mod simulate;
pub mod store;
pub mod telemetry;
pub mod time;
pub mod units;

pub use amount::Amount;
pub use decimal::Decimal;
pub use error::{Error, Kind};
