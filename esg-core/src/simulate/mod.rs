//! Monte Carlo: a range for every total, which can be drawn again anywhere, bit by bit.
//!
//! A [`Model`] is a sum of terms, each a coefficient times a product of variables; a variable that stands in several terms is
//! the same draw in all of them, so shared uncertainty stays shared. Chance comes from a counter, not from a state: a draw
//! depends on seed, variable and number alone. Elementary functions are our own ([`crate::math`]) and sums across draws
//! exact, so the result is the same for any number of threads, any partition and any machine. `docs/simulation.md` tells the
//! method, its sources and its bounds.

pub mod anomaly;
mod copula;
mod error;
mod exact;
pub mod forecast;
mod freedom;
mod law;
mod model;
mod options;
mod partial;
mod philox;
mod plan;
mod run;
pub mod scenario;
pub mod sensitivity;
mod sketch;
mod sobol;
mod summary;
pub mod target;
pub mod uncertain;
mod worker;

pub use copula::Correlation;
pub use error::SimulateError;
pub use exact::ExactSum;
pub use freedom::effective_degrees_of_freedom;
pub use law::{Law, sigma_of_cv};
pub use model::{Group, Model, Term, VariableId};
pub use options::{Keep, MAX_DRAWS, MAX_REPLICATES, Options, Points};
pub use partial::{Partial, Simulation};
pub use philox::{Stream, philox4x32_10};
pub use run::{simulate, simulate_part};
pub use sobol::{MAX_DIMENSIONS, SobolDimension};
pub use summary::{Bar, Moments, Output};
