//! The Python face of the engine.
//!
//! A function here parses its arguments, calls one function of `esg_core::face` and converts the answer. Rules, constants and
//! defaults are the core's: an argument that is not given is not passed on.

mod amount;
mod convert;
mod engine;
mod error;
mod ingested;
mod input;
mod inventory;
mod json;
mod ledger;
mod long;
mod parts;
mod registry;
mod score;
mod simulation;
mod table;
mod taking;

use pyo3::prelude::*;

/// The compiled part of `esg`.
#[pymodule]
mod _esg {
    #[pymodule_export]
    use super::amount::Amount;
    #[pymodule_export]
    use super::convert::convert;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::ingested::{Ingested, Verified};
    #[pymodule_export]
    use super::inventory::Inventory;
    #[pymodule_export]
    use super::ledger::Ledger;
    #[pymodule_export]
    use super::parts::{merge, partial};
    #[pymodule_export]
    use super::registry::{Registry, Resolution};
    #[pymodule_export]
    use super::score::{Score, score};
    #[pymodule_export]
    use super::simulation::{Range, Simulation};
    #[pymodule_export]
    use super::table::Table;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
