//! Registry lookup with unit check, warm: nanoseconds a call.

use std::process::ExitCode;

use esg_benches::{Failure, emit_calls};
use esg_core::factor::{Lookup, Registry};
use esg_core::time::Day;

/// Calls of one row; at a hundred nanoseconds each it lasts a tenth of a second.
const CALLS: usize = 1_000_000;

fn main() -> ExitCode {
    match ours() {
        Ok(mut lookup) => {
            emit_calls("lookup ours", CALLS, &mut lookup);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("lookup: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the call to measure: it resolves another known key each time and checks the unit.
fn ours() -> Result<impl FnMut(usize) -> bool, Failure> {
    const KEYS: [(&str, &str, &str); 8] = [
        ("electricity.grid", "US-CAMX", "kWh"),
        ("electricity.grid", "us-west-1", "MWh"),
        ("electricity.grid", "GB", "MJ"),
        ("fuel.diesel", "GB", "L"),
        ("fuel.natural_gas", "GB", "kWh{gross}"),
        ("water.supply", "GB", "m3"),
        ("fuel.diesel", "US", "[gal_us]"),
        ("spend.naics.111110", "US", "USD{2022}"),
    ];
    let registry = Registry::built_in();
    let day: Day = "2024-06-15".parse()?;
    let lookups: Vec<Lookup<'static>> = KEYS
        .iter()
        .map(|(activity, region, unit)| Lookup::new(activity, day).region(region).unit(unit))
        .collect();
    for lookup in &lookups {
        registry.resolve(lookup)?;
    }
    Ok(move |call: usize| registry.resolve(&lookups[call % lookups.len()]).is_ok())
}
