//! Every factor that is shipped has an uncertainty, and none contradicts it.

use std::path::PathBuf;

use esg_core::decimal::Decimal;
use esg_core::distribution::Uncertainty;
use serde_json::Value;

#[test]
fn every_shipped_factor_has_an_uncertainty_that_holds_it() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "data", "sets"].iter().collect();
    let mut factors = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines().skip(1) {
            let factor: Value = serde_json::from_str(line).unwrap();
            let place = format!("{} {}", path.display(), factor["id"]);
            let uncertainty: Uncertainty = serde_json::from_value(factor["uncertainty"].clone())
                .unwrap_or_else(|e| panic!("{place}: {e}"));
            // An interval is in the unit of the first value.
            let value: Decimal = factor["values"][0]["value"].as_str().unwrap().parse().unwrap();
            uncertainty.check(value).unwrap_or_else(|e| panic!("{place}: {e}"));
            factors += 1;
        }
    }
    assert!(factors > 10_000, "{factors} factors found");
}
