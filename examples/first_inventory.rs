//! From lines of telemetry to an inventory: `cargo run --example first_inventory`.
//!
//! A lorry and a data centre, one event each, and a row that is wrong. Nothing is lost on the way: what cannot be used
//! comes back with its line and the reason.

use esg_core::account::{Settings, Source, account};
use esg_core::aggregate::{Engine, Options, Total};
use esg_core::factor::Registry;
use esg_core::telemetry::{self, json};

const LINES: &str = r#"
{"source_id":"lorry-7","external_event_id":"trip-1","vertical":"logistics_fleet","timestamp":"2025-03-15T08:00:00Z","metrics":{"fuel_liters":100,"distance_km":402.336},"tags":{"region":"GB","fuel":"diesel"}}
{"source_id":"hall-1","external_event_id":"hour-1","vertical":"ai_data_center","timestamp":"2025-03-15T09:00:00Z","metrics":{"energy_kwh":1000,"pue":1.15},"tags":{"region":"GB"}}
{"source_id":"hall-1","external_event_id":"hour-2","vertical":"ai_data_center","timestamp":"2025-03-15T10:00:00Z","metrics":{"energy_kw":1000},"tags":{"region":"GB"}}
"#;

fn main() -> Result<(), esg_core::Error> {
    let received = json::read_lines(LINES.as_bytes(), telemetry::Options::default())?;
    let source = Source { label: "telemetry.jsonl".into(), received };
    let engine = Engine::new(Registry::built_in(), Options::new("AR5")?)?;
    let account = account(vec![source], &engine, &Settings::default())?;

    let total = |which| account.inventory.total(which);
    println!("scope 1                 {:>9} kg CO2e", total(Total::ScopeOne)?); // 100 L x 2.57082
    println!("scope 2, location-based {:>9} kg CO2e", total(Total::ScopeTwoLocation)?); // 1150 kWh x 0.177
    println!("scope 3, fuel chains    {:>9} kg CO2e", total(Total::Category(3))?);
    for kpi in &account.kpis {
        if let Ok(value) = &kpi.value {
            println!("{:<23} {value} {}", kpi.name, kpi.unit);
        }
    }
    for row in &account.refused {
        println!("line {}: {} [{}]", row.rejection.line, row.rejection.message, row.rejection.code);
    }
    for caveat in account.inventory.caveats() {
        println!("note: {}", caveat.message);
    }
    Ok(())
}
