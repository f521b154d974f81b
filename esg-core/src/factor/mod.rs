//! Emission factors: which one applies, and why that one.
//!
//! The answer is never a bare number: it names the set and version that it came from, the steps that led there and the
//! candidates that were not taken, so that a report can be made again years later. A place without a factor is an error
//! and not a world average, because a silent average is the one mistake that an auditor cannot see.

mod built_in;
mod error;
pub mod geography;
mod gwp;
mod lookup;
mod passport;
mod rank;
mod registry;
mod resolve;
mod row;
mod search;
mod set;

pub use error::FactorError;
pub use gwp::{Gwp, GwpValue, HORIZON};
pub(crate) use lookup::Answer;
pub use lookup::{Allow, Lookup, RejectedCandidate, Resolution};
pub use passport::{Licence, Passport, SourceFile, Validity};
pub use registry::{Lock, LockedSet, Registry};
pub use row::{Boundary, Factor, FactorKind, FactorValue, Quality, SourceRow};
pub use search::Found;
pub use set::{FactorSet, MAX_SET_BYTES};
