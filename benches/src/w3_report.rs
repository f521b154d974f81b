//! A year's inventory of the events of W3, whatever ledger keeps them.

use esg_core::account::Settings;
use esg_core::aggregate::{Engine, Options, Total};
use esg_core::factor::{Allow, Registry};
use esg_core::ledger::{Book, Question, Tenant};
use esg_core::normalize::Defaults;

use crate::{Check, Failure, Timed};

/// Opens a book and makes the inventory of all its events, and prints the row: opening counts.
///
/// # Errors
/// Whatever the ledger refuses.
pub fn emit(row: &str, open: impl FnOnce() -> Result<Book, Failure>) -> Result<(), Failure> {
    let timed = Timed::start();
    let book = open()?;
    let name = |text: &str| Some(text.to_owned());
    let defaults = Defaults {
        fuel: name("diesel"),
        heat_source: name("natural_gas"),
        material: name("metals.primary"),
        waste_material: name("metals"),
        waste_route: name("recycling"),
        ..Defaults::default()
    };
    let allow = Allow::from_names(Allow::NAMES)?;
    let options = Options { allow, market_grid_average: true, ..Options::new("AR6")? };
    let engine = Engine::new(Registry::built_in(), options)?;
    let question = Question { tenant: Tenant::new("bench")?, period: None, as_of: None };
    let account = book.account(&question, &engine, &Settings { defaults, ..Settings::default() })?;
    let n = usize::try_from(account.accepted())?;
    timed.emit(row, n, Check::new());
    eprintln!("{} t CO2e", account.inventory.total(Total::AllLocation)?.tonnes());
    Ok(())
}
