//! What may come, over real sockets: the bytes of the command line, jobs that are followed and called off.

use std::io::{BufRead, BufReader, Write};

use serde_json::{Value, json};

use crate::alerts::until;
use crate::served::{Served, esg, event, fresh};

/// A server with two events, and the file that they came in.
fn served(name: &str) -> (Served, std::path::PathBuf) {
    let data = fresh(name);
    let served = Served::open(&data, &[]);
    let file = data.join("events.jsonl");
    let lines = format!("{}\n{}\n", event(1000), event(2000));
    std::fs::write(&file, &lines).unwrap();
    let kind = [("Content-Type", "application/x-ndjson")];
    served.send("telemetry", "POST", "/api/v1/telemetry/bulk", &kind, lines.as_bytes()).expect(200);
    (served, file)
}

fn simulation(draws: u64) -> Value {
    json!({"options": {"tags": []}, "simulation": {"draws": draws, "seed": "11", "ipcc_gwp": true}, "target_kg": 600})
}

#[test]
fn a_simulation_and_a_scenario_are_byte_for_byte_those_of_the_command_line() {
    let (served, file) = served("simulations");
    let file = file.to_str().unwrap();
    let mut question = simulation(20_000);
    question["sensitivity"] = true.into();
    let answer = served.post("simulator", "/api/v1/simulations", &question.to_string()).expect(200);
    let how = ["--draws", "20000", "--seed", "11", "--ipcc-gwp"];
    let said = |first: &[&str]| {
        let ran = esg(&[first, &how].concat());
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran.stdout
    };
    let line = said(&["simulate", file, "--json", "--target", "600", "--sensitivity"]);
    assert_eq!(answer.text(), line);

    let scenario = json!({"name": "cooling", "method": "location", "measures": [{"name": "cooling", "cost": "100",
        "change": {"kind": "pue", "from": "1.2", "to": "1.1"}, "lines": {}}]});
    let path = served.data.join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    let mut question = simulation(20_000);
    question["scenario"] = scenario;
    let answer = served.post("simulator", "/api/v1/scenarios", &question.to_string()).expect(200);
    assert_eq!(answer.text(), said(&["scenario", file, "--json", "--scenario", path.to_str().unwrap()]));
}

#[test]
fn a_forecast_is_byte_for_byte_that_of_the_command_line() {
    let served = Served::start("forecasts");
    let rows: Vec<Value> = (1..=12)
        .map(|month| json!({"period": format!("2024-{month:02}"), "value": 100 + month % 5}))
        .collect();
    let file = served.data.join("series.json");
    let table: Vec<Value> =
        rows.iter().map(|r| json!({"period": r["period"], "energy": r["value"]})).collect();
    std::fs::write(&file, json!(table).to_string()).unwrap();
    let question = json!({"series": "energy", "points": rows, "horizon": 3, "model": "ses"});
    let answer = served.post("simulator", "/api/v1/forecasts", &question.to_string()).expect(200);
    let ran = esg(&["forecast", file.to_str().unwrap(), "--horizon", "3", "--model", "ses", "--json"]);
    assert_eq!((ran.exit, answer.text()), (0, ran.stdout));
    assert_eq!(served.post("simulator", "/api/v1/forecasts", "{}").problem(400), "option.value");
}

#[test]
fn a_target_says_what_is_allowed_and_how_likely_the_days_stay_within() {
    let (served, _) = served("targets");
    let mut question = simulation(10_000);
    question["pathway"] = json!({"base_year": 2020, "base_kg": 1000, "ambition": "1.5C", "year": 2030});
    let found = served.post("simulator", "/api/v1/targets", &question.to_string()).expect(200).json();
    // Ten years of 4.2 % of the base year: 1000 - 10 x 42 kg.
    assert!((found["allowed_kg"].as_f64().unwrap() - 580.0).abs() < 1e-9, "{found}");
    let share = found["totals"][0]["within_allowed"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&share));
    question["pathway"]["ambition"] = "2C".into();
    assert_eq!(
        served.post("simulator", "/api/v1/targets", &question.to_string()).problem(400),
        "option.value"
    );
}

#[test]
fn what_cannot_be_simulated_is_refused_and_becomes_no_job() {
    let (served, _) = served("refused");
    let refused =
        |question: Value| served.post("simulator", "/api/v1/simulations", &question.to_string()).problem(400);
    assert_eq!(refused(json!({"simulation": {"draws": 0}})), "simulate.option");
    // The last number of draws that is taken is 20 million.
    assert_eq!(refused(json!({"simulation": {"draws": 20_000_001}})), "option.value");
    assert_eq!(refused(json!({"simulation": {"seed": "x"}})), "option.value");
    let unknown = served.post("simulator", "/api/v1/simulations", r#"{"options": {"gwp": "AR9"}}"#);
    assert_eq!(unknown.problem(404), "gwp.unknown");
    assert_eq!(refused(json!({"drawz": 1})), "option.document");
    assert_eq!(served.get("simulator", "/api/v1/jobs").expect(200).json(), json!([]));
    assert_eq!(served.get("simulator", "/api/v1/jobs/1").problem(404), "alert.unknown");
}

#[test]
fn a_long_run_is_followed_and_called_off_and_no_tenant_has_more_than_eight() {
    let (served, _) = served("jobs");
    let start = || {
        let question = simulation(20_000_000).to_string();
        served.post("simulator", "/api/v1/simulations?wait=0", &question)
    };
    let first = start().expect(202);
    let place = first.headers["location"].clone();
    for _ in 1..8 {
        start().expect(202);
    }
    assert_eq!(start().problem(409), "alert.too_many");
    let states = || -> Vec<String> {
        let jobs = served.get("simulator", "/api/v1/jobs").expect(200).json();
        jobs.as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap().to_owned()).collect()
    };
    assert!(states().iter().filter(|state| *state == "running").count() <= 2);

    let mut stream = served.connect("simulator");
    write!(stream, "GET {place}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "content-type: text/event-stream"));
    assert!(lines.any(|line| line == "event: progress"));
    served.get("simulator", &format!("{place}/result")).expect(202);
    served.send("simulator", "DELETE", &place, &[], b"").expect(200);
    assert!(lines.any(|line| line == "event: cancelled"), "the stream says how it ended");
    assert_eq!(served.get("simulator", &format!("{place}/result")).problem(409), "call.stopped");
    // One that is over is forgotten.
    served.send("simulator", "DELETE", &place, &[], b"").expect(200);
    assert_eq!(served.get("simulator", &place).problem(404), "alert.unknown");
    for job in served.get("simulator", "/api/v1/jobs").expect(200).json().as_array().unwrap() {
        served.send("simulator", "DELETE", &format!("/api/v1/jobs/{}", job["id"]), &[], b"").expect(200);
    }
    until("the end of all jobs", || states().iter().all(|s| s == "cancelled").then_some(Value::Null));
    assert_eq!(served.stop().0, 0);
}
