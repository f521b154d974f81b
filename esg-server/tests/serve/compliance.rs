//! Reports, factors and the log over real sockets: what is issued comes out again, and can be proved without the server.

use crate::served::{Served, event};
use serde_json::{Value, json};

/// The order of the seed, as it stands there.
const ORDER: &str = r#"{
  "scope": [1, 2, 3],
  "date_range": {"start": "2024-01-01", "end": "2024-12-31"},
  "format": "json"
}"#;
const REPORTS: &str = "/api/v1/reports/ghg";

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The location-based scope 2 of a report, in kg.
fn location(report: &Value) -> String {
    let lines = report["summary"].as_array().unwrap();
    let line = lines.iter().find(|line| line["id"] == "scope2_location").unwrap();
    text(line, "co2e_kg").to_owned()
}

#[test]
fn the_report_of_the_seed_is_issued_and_comes_out_again_byte_for_byte() {
    let served = Served::start("report");
    served.post("telemetry", "/api/v1/telemetry", &event(1000)).expect(201);
    let issued = served.post("compliance", REPORTS, ORDER).expect(201);
    assert_eq!(issued.headers["content-type"], "application/json");
    let report = issued.json();
    assert_eq!(report["schema"], "esg.report/1");
    // 1000 kWh of IT energy at a PUE of 1.2, of the California grid in eGRID 2023: the factor is in the report.
    assert_eq!(report["cells"][0]["region"], "us-west-1");
    assert!(location(&report).starts_with("234."), "1200 kWh x 0.195 kg/kWh: {}", location(&report));
    let place = issued.headers["location"].clone();
    // What is sent later does not change it.
    served.post("telemetry", "/api/v1/telemetry", &event(2000)).expect(201);
    let again = served.get("compliance", &place).expect(200);
    assert_eq!(again.body, issued.body);
    assert_eq!(again.headers["esg-report-sha256"], issued.headers["esg-report-sha256"]);
    let list = served.get("compliance", "/api/v1/reports").expect(200).json();
    assert_eq!(list[0]["digest"], json!(issued.headers["esg-report-sha256"]));
    let html = served.get("compliance", &format!("{place}?format=html")).expect(200);
    assert!(
        html.headers["content-type"].starts_with("text/html") && html.text().starts_with("<!DOCTYPE html>")
    );
    let xlsx = ORDER.replace("json", "xlsx");
    assert!(served.post("compliance", REPORTS, &xlsx).expect(201).body.starts_with(b"PK"));
    assert_eq!(served.get("compliance", "/api/v1/reports/0").problem(404), "ledger.record");
    assert_eq!(served.get("compliance", "/api/v1/reports/99").problem(404), "store.missing");
    assert_eq!(served.get("compliance", "/api/v1/reports/first").problem(400), "http.parameter");
}

#[test]
fn a_report_on_some_scopes_has_no_others_and_no_total() {
    let served = Served::start("scopes");
    served.post("telemetry", "/api/v1/telemetry", &event(1000)).expect(201);
    let order = ORDER.replace("[1, 2, 3]", "[2]");
    let issued = served.post("compliance", REPORTS, &order).expect(201);
    let report = issued.json();
    let ids: Vec<&str> = report["summary"].as_array().unwrap().iter().map(|line| text(line, "id")).collect();
    assert_eq!(ids, ["scope2_location", "scope2_market"]);
    assert_eq!(report["scopes"], json!([2]));
    let cells = report["cells"].as_array().unwrap();
    assert!(cells.iter().all(|cell| !text(cell, "scope").starts_with('3')), "{cells:?}");
    assert_eq!(served.get("compliance", &issued.headers["location"]).expect(200).body, issued.body);
    let html = ORDER.replace("[1, 2, 3]", "[1]").replace("json", "html");
    let page = served.post("compliance", REPORTS, &html).expect(201).text();
    assert!(page.contains("Scope 1: direct emissions") && !page.contains("Scope 3: value chain"));
    let wrong = served.post("compliance", REPORTS, &ORDER.replace("[1, 2, 3]", "[4]"));
    assert_eq!(wrong.problem(400), "option.value");
}

#[test]
fn a_restatement_is_split_into_its_effects() {
    let served = Served::start("restatement");
    served.post("telemetry", "/api/v1/telemetry", &event(1000)).expect(201);
    let before = served.post("compliance", REPORTS, ORDER).expect(201);
    served.post("telemetry", "/api/v1/telemetry", &event(500)).expect(201);
    let after = served.post("compliance", REPORTS, ORDER).expect(201);
    let path = format!(
        "/api/v1/reports/{}/restatement/{}",
        before.headers["esg-report-seq"], after.headers["esg-report-seq"]
    );
    let bridge = served.get("compliance", &path).expect(200).json();
    let line = &bridge["totals"]["2-location"];
    assert_eq!(text(line, "before_kg"), location(&before.json()));
    assert_eq!(text(line, "after_kg"), location(&after.json()));
    // Half as much again came, and nothing else changed.
    for effect in ["boundary", "factor", "gwp", "method"] {
        assert_eq!(line[effect], "0", "{effect}");
    }
}

#[test]
fn figures_can_be_traced_and_proved() {
    let served = Served::start("traced");
    served.post("telemetry", "/api/v1/telemetry", &event(1000)).expect(201);
    let cell = r#"{"cell":"2-location","date_range":{"start":"2024-01-01","end":"2024-12-31"}"#;
    let tree = served.post("compliance", "/api/v1/lineage", &format!("{cell}}}")).expect(200);
    assert!(tree.text().contains("epa-egrid"), "{}", tree.text());
    let prov = format!("{cell},\"format\":\"prov\"}}");
    assert!(served.post("compliance", "/api/v1/lineage", &prov).expect(200).json()["entity"].is_object());
    let bundle = served.post("compliance", "/api/v1/proofs", &format!("{cell}}}")).expect(200).json();
    assert_eq!((&bundle["v"], &bundle["records"][0]["seq"]), (&json!(1), &json!(0)));
    let proof = served.get("compliance", "/api/v1/audit/proofs/0").expect(200).text();
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\n"), "{proof}");
    let lines = served.get("compliance", "/api/v1/audit/entries?start=0&limit=1").expect(200);
    let line: Value = serde_json::from_slice(&lines.body).unwrap();
    assert_eq!((&line["seq"], &line["kind"]), (&json!(0), &json!("telemetry.accepted")));
    let note = served.get("compliance", "/api/v1/audit/checkpoint").expect(200).text();
    assert!(note.starts_with("esg.local/ledger\n1\n"), "{note}");
    let keys = served.get("compliance", "/api/v1/audit/keys").expect(200).json();
    assert!(keys[0].as_str().unwrap().starts_with("esg.local/ledger+"));
    let consistency = served.get("compliance", "/api/v1/audit/consistency?old=1&new=1").expect(200).json();
    assert_eq!(consistency["hashes"], json!([]));
}

#[test]
fn factors_are_found_resolved_pinned_and_added() {
    let served = Served::start("factors");
    let found = served.get("compliance", "/api/v1/factors?query=diesel&region=GB&limit=3").expect(200).json();
    assert_eq!(found.as_array().unwrap().len(), 3);
    let question = r#"{"activity":"electricity.grid","region":"US-CAMX","day":"2024-03-15","unit":"kWh"}"#;
    let resolve = "/api/v1/factors/resolve";
    let resolved = served.post("compliance", resolve, question).expect(200).json();
    assert_eq!(resolved["factor_id"], "epa-egrid 2023.2.0/SRL23/CAMX");
    let unknown = question.replace("US-CAMX", "US-NOWHERE");
    assert!(served.post("compliance", resolve, &unknown).problem(404).starts_with("geography."));
    let before = served.get("compliance", "/api/v1/factors/lock").expect(200).json();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/factors.md")).unwrap();
    let set = page.split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
    let after = served.post("compliance", "/api/v1/factors/sets", set).expect(201).json();
    let count = |lock: &Value| lock["sets"].as_array().unwrap().len();
    assert_eq!(count(&after), count(&before) + 1);
    let own = r#"{"activity":"heat.steam","region":"GB","day":"2025-06-01","unit":"kWh"}"#;
    assert_eq!(served.post("compliance", resolve, own).expect(200).json()["factor_id"], "acme 1.0.0/steam-1");
    let data = served.data.clone();
    served.kill();
    // A set is kept: reports that rest on it can be made again.
    let served = Served::open(&data, &[]);
    assert_eq!(served.post("compliance", resolve, own).expect(200).json()["factor_id"], "acme 1.0.0/steam-1");
}

#[test]
fn the_score_is_the_one_of_the_definition() {
    let served = Served::start("score");
    // 0.25/0.15 + 0.25/400 + 0.25 x 1000/200 + 0.25 x 10^6/(0.5 x 10^6) = 16403/4800.
    let inputs = r#"{"pue":"1.15","emissions_g":400,"distance_mi":1,"units":1000,"energy_kwh":500,
        "grid_factor":"0.4","requests":1000000,"emissions_kg":"0.5"}"#;
    let score = served.post("compliance", "/api/v1/score", inputs).expect(200).json();
    assert_eq!(score["value"]["exact"], "16403/4800");
    let card = served.post("compliance", "/api/v1/scorecard", "{}").expect(200).json();
    assert!(card["kpis"].is_array() && card["coverage"].is_array(), "{card}");
}

#[test]
fn a_period_is_closed_once_and_later_events_are_late() {
    let served = Served::start("period");
    let days = r#"{"date_range":{"start":"2024-03-01","end":"2024-03-31"}}"#;
    let closed = served.post("compliance", "/api/v1/periods", days).expect(201).json();
    assert_eq!(closed["seq"], 0);
    assert_eq!(served.post("compliance", "/api/v1/periods", days).problem(409), "ledger.closed");
    assert_eq!(served.get("compliance", "/api/v1/periods").expect(200).json()[0]["end"], "2024-03-31");
    let late = served.post("telemetry", "/api/v1/telemetry", &event(1)).expect(201).json();
    assert_eq!(late["late"], true);
}
