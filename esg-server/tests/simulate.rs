//! `esg simulate` and `esg scenario` as a user meets them.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod common;

use std::fs;

use common::{esg, folder, without_reader};

/// 1000 kWh x PUE 1.25 in Great Britain: 221.25 kg under DESNZ 2025.
const EVENT: &str = r#"{"source_id":"hall-1","external_event_id":"a","vertical":"ai_data_center","timestamp":"2025-03-15T14:00:00Z","metrics":{"energy_kwh":1000,"pue":1.25},"tags":{"region":"GB"}}"#;

const SIMULATE: [&str; 7] = ["simulate", "-", "--gwp", "AR5", "--draws", "20000", "--no-upstream"];

#[test]
fn a_simulation_shows_both_approaches_and_what_is_taken_as_certain() {
    let ran = esg(&[SIMULATE.as_slice(), &["--target", "221.25"]].concat(), EVENT.as_bytes());
    assert_eq!(ran.exit, 0, "{ran:?}");
    for words in [
        "20,000 draws, seed 7, Philox4x32-10",
        "█",
        "approach 1",
        "Caveats",
        "taken as certain",
        "above 0.2213 t",
    ] {
        assert!(ran.stdout.contains(words), "{words:?} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}') && ran.stderr.is_empty());
}

#[test]
fn the_document_has_the_exact_point_and_the_same_bytes_again() {
    let arguments = [SIMULATE.as_slice(), &["--json"]].concat();
    let ran = esg(&arguments, EVENT.as_bytes());
    let document = ran.json();
    let total = document["totals"].as_array().unwrap().iter().find(|t| t["name"] == "all location").unwrap();
    assert_eq!(total["point_kg"], "221.25");
    // A lognormal has half of its draws above its median: within five standard errors of 20000 draws, 5 x 0.5 / sqrt(20000).
    let median = total["approach2"]["quantiles"][3]["co2e_kg"].as_f64().unwrap();
    assert!((median / 221.25 - 1.0).abs() < 0.02, "{median}");
    assert_eq!(esg(&arguments, EVENT.as_bytes()).stdout, ran.stdout);
    let sobol = ["simulate", "-", "--gwp", "AR5", "--sobol", "--draws", "16384", "--json"];
    assert!(esg(&sobol, EVENT.as_bytes()).stdout.contains("Owen scrambling"));
}

#[test]
fn a_sensitivity_ranks_what_makes_the_range() {
    let path = folder("sensitivity").join("ranges.json");
    // A meter of 10 %, and the factor as its set states it.
    let ranges = r#"{"quantities":[{"activity":"electricity.grid","uncertainty":{"distribution":"normal",
        "relative_sd":"0.1","provenance":"expert-default","reference":"test meter"}}]}"#;
    fs::write(&path, ranges).unwrap();
    let arguments = [SIMULATE.as_slice(), &["--sensitivity", "--ranges", path.to_str().unwrap()]].concat();
    let ran = esg(&arguments, EVENT.as_bytes());
    assert_eq!(ran.exit, 0, "{ran:?}");
    for words in
        ["What makes the range, all location", "electricity.grid", "desnz-uk", "█", "Exact: no sampling"]
    {
        assert!(ran.stdout.contains(words), "{words:?} in\n{}", ran.stdout);
    }
    let document = esg(&[arguments.as_slice(), &["--json"]].concat(), EVENT.as_bytes()).json();
    let total =
        document["sensitivity"].as_array().unwrap().iter().find(|t| t["name"] == "all location").unwrap();
    let found = &total["sensitivity"];
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or_else(|| panic!("{value}"));
    // Two inputs with coefficients of variation 0.1 and c: 0.01 and c^2 of 0.01 + c^2 + 0.01 c^2.
    let of = |origin: &str| -> serde_json::Value {
        let drivers = found["drivers"].as_array().unwrap();
        drivers.iter().find(|driver| driver["origin"] == origin).unwrap().clone()
    };
    let cv = |id: &str| {
        let variables = document["variables"].as_array().unwrap();
        let one = variables.iter().find(|v| v["id"].as_str().unwrap().starts_with(id)).unwrap();
        number(&one["sd"]) / number(&one["mean"])
    };
    let (a, b) = (cv("quantity").powi(2), cv("factor").powi(2));
    let all = a + b + a * b;
    assert!((number(&of("activity")["first"]["estimate"]) - a / all).abs() < 1e-12);
    assert!((number(&of("factor")["total"]["estimate"]) - (b + a * b) / all).abs() < 1e-12);
    let shares = ["activity", "factor", "gwp"].map(|origin| number(&found["origins"][origin]));
    let sum = shares.iter().sum::<f64>() + number(&found["interactions"]["estimate"]);
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    // The meter from 1 - 1.645 x 0.1 to 1 + 1.645 x 0.1 of 221.25 kg, the factor at its median.
    let swing = &of("activity")["swings"][0]["co2e_kg"];
    assert!((number(&swing[1]) / 221.25 - 1.164_485_362_695_147).abs() < 1e-9, "{swing}");
    // Without the flag it is not there.
    let plain = esg(&[SIMULATE.as_slice(), &["--json"]].concat(), EVENT.as_bytes()).json();
    assert!(plain.get("sensitivity").is_none());
}

#[test]
fn options_that_cannot_be_are_refused() {
    for (arguments, code) in [
        (&["--draws", "0"][..], "simulate.option"),
        (&["--sobol", "--draws", "1000"], "simulate.option"),
        (&["--gwp", "AR5", "--ipcc-gwp"], "option.value"),
        (&["--target", "NaN"], "cli.usage"),
    ] {
        let ran = esg(&[&["simulate", "-"], arguments].concat(), EVENT.as_bytes());
        assert_eq!((ran.exit, ran.code().as_str()), (2, code), "{arguments:?}");
    }
}

#[test]
fn a_scenario_saves_what_its_arithmetic_says() {
    let path = folder("scenario").join("plan.json");
    let plan = |change: &str| {
        let text = format!(
            r#"{{"name":"plan","method":"location","measures":[{{"name":"cooling","change":{change},"cost":"10"}}]}}"#
        );
        fs::write(&path, text).unwrap();
        let file = path.to_str().unwrap();
        ["scenario", "-", "--gwp", "AR5", "--no-upstream", "--draws", "5000", "--scenario", file]
            .map(str::to_owned)
    };
    let arguments = plan(r#"{"kind":"pue","from":"1.25","to":"1"}"#);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let shown = esg(&arguments, EVENT.as_bytes());
    assert_eq!(shown.exit, 0, "{shown:?}");
    assert!(shown.stdout.contains("cost per t") && shown.stdout.contains("cooling"), "{}", shown.stdout);
    let document = esg(&[arguments.as_slice(), &["--json"]].concat(), EVENT.as_bytes()).json();
    let mean = |name: &str| document[name]["mean_kg"].as_f64().unwrap();
    // 1 - 1 / 1.25 = a fifth.
    assert!((mean("saved") / mean("before") - 0.2).abs() < 1e-12);
    let wrong = plan(r#"{"kind":"certificates","share":"1"}"#);
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    assert_eq!(esg(&wrong, EVENT.as_bytes()).code(), "scenario.measure");
    let unknown = plan(r#"{"kind":"hope"}"#);
    let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
    assert_eq!(esg(&unknown, EVENT.as_bytes()).code(), "cli.document");
    assert_eq!(without_reader(&["--help"]).0, 0);
}
