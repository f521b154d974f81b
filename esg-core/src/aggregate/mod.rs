//! Inventories: the sums of all lines, by scope, gas and whatever else is kept apart.
//!
//! An inventory is a table of whole numbers of picograms. Two of them add up exactly, so data may be calculated in any
//! order, on any number of threads or machines, and the merged inventory is the same to the last digit.

mod block;
mod bridge;
mod coverage;
mod engine;
mod group;
mod inventory;
mod market;
mod used;

pub use bridge::{Bridge, BridgeLine, Effect, Side};
pub use coverage::{Caveat, Coverage, Reason, State};
pub use engine::{Engine, Options, Run};
pub use group::Group;
pub use inventory::{Inventory, Total};
pub use market::{Covered, Instrument, InstrumentKind, InstrumentUse};
pub use used::{FactorUse, GapUse};
