//! The suite of a peer (agirgol/carbon-accounting-dotnet, MIT) against the engine: units before factors, both methods of
//! scope 2 apart, a missing method refused, CO2e-only factors held to their GWP set.

use std::collections::BTreeMap;

use esg_core::Decimal;
use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
use esg_core::aggregate::{Engine, Inventory, Options, Total};
use esg_core::factor::{Boundary, Factor, FactorKind, FactorSet, FactorValue, Passport, Registry};
use serde_json::Value;

/// Cases that only need arithmetic; `ghg_software.rs` runs them.
const ARITHMETIC: [&str; 2] = ["uncertainty in quadrature", "empty inventory uncertainty"];

/// The catalogue's names as activities.
const ACTIVITIES: [(&str, &str); 3] = [
    ("natural-gas kWh gcv", "fuel.natural_gas"),
    ("grid location kWh", "electricity.grid"),
    ("grid market residual kWh", "electricity.residual_mix"),
];

fn decimal(value: &Value) -> Decimal {
    Decimal::from_f64(value.as_f64().unwrap()).unwrap()
}

/// The case's factor as one of our own, per kWh or passenger-km.
fn factor(activity: &str, per: &str, given: &Value) -> Factor {
    let gases =
        [("co2", "CO2"), ("ch4_fossil", "CH4-fossil"), ("ch4_biogenic", "CH4-biogenic"), ("n2o", "N2O")];
    let mut kind = FactorKind::Mass;
    let value =
        |gas: &str, value| FactorValue { gas: Some(gas.into()), quantity: None, unit: "kg".into(), value };
    let mut values: Vec<FactorValue> = gases
        .iter()
        .filter(|(key, _)| given[key].is_number())
        .map(|(key, gas)| value(gas, decimal(&given[key])))
        .collect();
    if given["published_co2e_kg"].is_number() {
        kind = FactorKind::Co2e;
        values = vec![value("CO2e", decimal(&given["published_co2e_kg"]))];
    }
    let scope = given["scope"].as_str().and_then(|s| s[..1].parse().ok());
    Factor {
        activity: activity.into(),
        id: activity.into(),
        name: activity.into(),
        scope: scope.or(given["scope"].as_u64().map(|s| s as u8)).or(Some(1)),
        category: given["cat"].as_u64().map(|c| c as u8),
        per: per.into(),
        geography: "GB".into(),
        gwp: given["published_basis"].as_str().map(str::to_owned),
        ..Factor::new(Boundary::Use, kind, values)
    }
}

fn calculate(entries: &[(&str, &str)], factors: Vec<Factor>, gwp: &str) -> Inventory {
    let mut registry = Registry::empty();
    let passport = Passport::custom("peer", "1.0.0", "Catalogue of the suite", "2020-01-01".parse().unwrap());
    registry.add(FactorSet::new(passport, factors).unwrap()).unwrap();
    let options = Options { upstream: false, ..Options::new(gwp).unwrap() };
    let mut batch = ActivityBatch::default();
    for (at, (activity, quantity)) in entries.iter().enumerate() {
        let (quantity, unit) = quantity.split_once(' ').unwrap();
        let row = Activity {
            activity,
            quantity: quantity.parse().unwrap(),
            unit,
            timestamp: "2025-06-01T00:00:00Z".parse().unwrap(),
            region: Some("GB"),
            site: None,
            source: "peer",
            vertical: "general",
            scope: None,
            category: None,
            basis: Basis::Measured,
            event: at as u32,
        };
        batch.push(&row, NONE);
    }
    Engine::new(registry, options).unwrap().calculate(&batch).unwrap()
}

/// One activity with one factor, in the unit that the peer's factor is for.
fn single(case: &Value, gwp: &str) -> Inventory {
    let quantity = case["inputs"]["activity"].as_str().unwrap();
    let per = if quantity.ends_with("pkm") { "pkm" } else { "kWh" };
    calculate(
        &[("peer.activity", quantity)],
        vec![factor("peer.activity", per, &case["inputs"]["factor"])],
        gwp,
    )
}

/// The entries of a case; what is bought from a grid gives both methods, so the peer's second entry for it is ours already.
fn entries(case: &Value) -> Inventory {
    let names: BTreeMap<&str, &str> = ACTIVITIES.into();
    let given = case["inputs"]["entries"].as_array().unwrap();
    let used: Vec<(&str, &str)> =
        given.iter().map(|entry| (names[entry[1].as_str().unwrap()], entry[0].as_str().unwrap())).collect();
    let factors = ACTIVITIES
        .iter()
        .filter(|(_, activity)| used.iter().any(|(a, _)| a == activity))
        .map(|(name, activity)| factor(activity, "kWh", &case["inputs"]["factors"][name]))
        .collect();
    let rows: Vec<_> = used.into_iter().filter(|(a, _)| *a != "electricity.residual_mix").collect();
    calculate(&rows, factors, "AR6")
}

fn near(inventory: &Inventory, total: Total, want: &Value, case: &Value) {
    let got = inventory.total(total).unwrap().to_f64();
    let allowed = case["tol_abs"].as_f64().unwrap();
    let want = want.as_f64().unwrap();
    assert!((got - want).abs() <= allowed, "{}: got {got}, want {want}, allowed {allowed}", case["id"]);
}

#[test]
fn the_engine_agrees_with_the_dotnet_suite() {
    let text = include_str!("../../tests/vectors/ghg/peer_ghgaccounting.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for id in ARITHMETIC {
        assert!(cases.iter().any(|case| case["id"] == id), "{id}");
    }
    for case in cases.iter().filter(|case| !ARITHMETIC.contains(&case["id"].as_str().unwrap())) {
        let expect = &case["expect"];
        match case["id"].as_str().unwrap() {
            "calc AR6" | "unit conversion before factor" => {
                near(&single(case, "AR6"), Total::ScopeOne, &expect["co2e_kg"], case);
            }
            "gases add up" => near(&single(case, "AR6"), Total::Category(6), &expect["co2e_kg"], case),
            "dimension mismatch refused" => {
                let inventory = single(case, "AR6");
                assert_eq!((inventory.gaps()[0].code, inventory.counts().calculated), ("factor.unit", 0));
            }
            "scope grouping" => {
                let inventory = entries(case);
                near(&inventory, Total::ScopeOne, &expect["scope1_kg"], case);
                near(&inventory, Total::ScopeTwoLocation, &expect["scope2_location_kg"], case);
                near(&inventory, Total::ScopeTwoMarket, &expect["scope2_market_kg"], case);
                near(&inventory, Total::AllLocation, &expect["total_location_kg"], case);
                near(&inventory, Total::AllMarket, &expect["total_market_kg"], case);
            }
            "missing scope 2 method" => {
                let error = entries(case).total(Total::AllMarket).unwrap_err();
                assert_eq!(error.code(), "inventory.method_missing");
            }
            "no electricity at all" => {
                let inventory = entries(case);
                near(&inventory, Total::AllLocation, &expect["total_location_kg"], case);
                near(&inventory, Total::AllMarket, &expect["total_market_kg"], case);
            }
            "tonnes" => {
                let tonnes: f64 = entries(case).total(Total::AllLocation).unwrap().tonnes().parse().unwrap();
                assert!(
                    (tonnes - expect["total_t"].as_f64().unwrap()).abs() <= case["tol_abs"].as_f64().unwrap()
                );
            }
            "CO2e-only factor under other GWP set" => {
                assert_eq!(single(case, "AR6").gaps()[0].code, "factor.gwp_mismatch");
                // 1000 kWh x 0.03021 kg/kWh.
                assert_eq!(single(case, "AR5").total(Total::ScopeOne).unwrap().to_string(), "30.21");
            }
            other => panic!("unknown case {other}"),
        }
    }
}
