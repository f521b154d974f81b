//! Greenhouse-gas accounting: what a row of activity data emits, in which scope, and by which factor.
//!
//! The rules are those of the GHG Protocol (Corporate Standard 2004, Scope 2 Guidance 2015, Scope 3 Standard 2011).
//!
//! Beside the engine stand the methods as plain functions over exact fractions: what the guidance prints as a formula,
//! with its refusals. None looks anything up; factors and shares come from the caller, who knows their sources.

pub mod combustion;
pub mod finance;
pub mod freight;
pub mod fugitive;
pub mod instrument;
pub mod method;
pub mod place;
pub mod scope3;
pub mod software;
pub mod spend;
pub mod transfer;

mod blocks;
mod book;
mod calculate;
mod cell;
mod cloud;
mod codes;
mod error;
mod groups;
mod multiply;
mod partial;
mod plan;
mod rates;
mod scope;
mod sums;
mod words;

pub(crate) use book::PlanBook;
pub(crate) use calculate::Calculator;
pub use cell::{CATEGORIES, CellKey, Cells, Dimensions, Granularity, Measure, Scope, Sums, UNSPLIT};
pub use error::GhgError;
pub use partial::{Counts, Lane, Line, MarketEnergy, MarketKey, Partial, Uncalculated};
pub use plan::{Gap, Output, Plan};
pub(crate) use plan::{PlanKey, Planner};
pub(crate) use sums::merge_cells;
