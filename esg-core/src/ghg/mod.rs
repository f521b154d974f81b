//! Greenhouse-gas accounting: what a row of activity data emits, in which scope, and by which factor.
//!
//! The rules are those of the GHG Protocol (Corporate Standard 2004, Scope 2 Guidance 2015, Scope 3 Standard 2011).

mod calculate;
mod cell;
mod error;
mod plan;
mod scope;
mod sums;

pub(crate) use calculate::Calculator;
pub use calculate::{Counts, Line, MarketEnergy, MarketKey, Partial, Uncalculated};
pub use cell::{CATEGORIES, CellKey, Cells, Dimensions, Granularity, Measure, Scope, Sums, UNSPLIT};
pub use error::GhgError;
pub(crate) use plan::Planner;
pub use plan::{Gap, Output, Plan};
