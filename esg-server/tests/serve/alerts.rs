//! Alerts over real sockets: raised by what was committed, taken, resolved, and nobody told twice.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::served::{PATIENCE, Served, fresh};

/// An event of now, because rules look back from now.
fn event(id: u64, source: &str, kwh: u64) -> String {
    let time = esg_store::now().unwrap().to_string();
    json!({
        "source_id": source, "external_event_id": format!("e-{id}"), "vertical": "ai_data_center",
        "timestamp": time, "metrics": {"energy_kwh": kwh, "pue": 1.2}, "tags": {"region": "GB"},
    })
    .to_string()
}

/// More than 100 kWh of a source within two hours.
pub fn rule() -> Value {
    json!({
        "name": "too much energy",
        "watch": {"kind": "metric", "vertical": "ai_data_center", "metric": "energy_kwh", "statistic": "sum", "each": "source"},
        "condition": {"kind": "above", "limit": {"value": "0.1", "unit": "MWh"}},
        "window": {"hours": 2}, "severity": "critical", "labels": {"team": "halls"},
    })
}

/// Asks until an answer is as it should be: judging and telling wait for nobody.
pub fn until(what: &str, ask: impl Fn() -> Option<Value>) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn alerts(served: &Served, query: &str) -> Vec<Value> {
    let list = served.get("alerts", &format!("/api/v1/alerts{query}")).expect(200).json();
    list.as_array().unwrap().clone()
}

/// A server with the rule and an alert that it raised.
pub fn raised(served: &Served) -> Value {
    served.post("alerts", "/api/v1/rules", &rule().to_string()).expect(201);
    served.post("telemetry", "/api/v1/telemetry", &event(1, "hall-1", 60)).expect(201);
    served.post("telemetry", "/api/v1/telemetry", &event(2, "hall-1", 41)).expect(201);
    served.post("telemetry", "/api/v1/telemetry", &event(1, "hall-2", 100)).expect(201);
    until("the alert", || alerts(served, "").first().cloned())
}

#[test]
fn an_alert_is_raised_by_a_commit_taken_resolved_and_not_raised_again_after_a_restart() {
    let data = fresh("alerts");
    let served = Served::open(&data, &[]);
    let alert = raised(&served);
    assert_eq!((&alert["status"], &alert["group"]), (&json!("firing"), &json!("hall-1")));
    // 60 + 41 = 101 kWh, and 0.1 MWh is 100 kWh.
    let evidence = &alert["evidence"];
    assert_eq!((&evidence["figure"], &evidence["limit"]), (&json!("101"), &json!("100")));
    assert_eq!((&evidence["unit"], &evidence["events"]), (&json!("kWh"), &json!(2)));
    assert_eq!((&alert["severity"], &alert["labels"]["team"]), (&json!("critical"), &json!("halls")));
    let path = format!("/api/v1/alerts/{}", alert["id"]);
    let taken =
        served.post("alerts", &format!("{path}/acknowledge"), r#"{"note": "on it"}"#).expect(200).json();
    assert_eq!(taken["status"], "acknowledged");
    assert_eq!(served.post("alerts", &format!("{path}/acknowledge"), "").problem(409), "alert.step");
    served.post("alerts", &format!("{path}/resolve"), "").expect(200);
    let history = served.get("alerts", &format!("{path}/history")).expect(200).json();
    let steps: Vec<&str> =
        history.as_array().unwrap().iter().map(|s| s["status"].as_str().unwrap()).collect();
    assert_eq!(steps, ["firing", "acknowledged", "resolved"]);
    assert_eq!(history[1]["note"], "on it");

    served.kill();
    let served = Served::open(&data, &[]);
    // The figure is still above the limit: what was resolved by a person is not raised for the same thing.
    served.post("telemetry", "/api/v1/telemetry", &event(3, "hall-1", 1)).expect(201);
    let judged = served.post("alerts", "/api/v1/rules/1/evaluation", "").expect(200).json();
    let states: Vec<_> =
        judged["states"].as_array().unwrap().iter().map(|s| (&s["group"], &s["state"])).collect();
    let (firing, ok) = (json!("firing"), json!("ok"));
    assert_eq!(states, [(&json!("hall-1"), &firing), (&json!("hall-2"), &ok)]);
    assert_eq!(alerts(&served, "").len(), 1);
    assert_eq!(alerts(&served, "?status=firing").len(), 0);
    // One more kWh for the other hall is another alert: 100 + 1.
    served.post("telemetry", "/api/v1/telemetry", &event(2, "hall-2", 1)).expect(201);
    let second = until("the second alert", || alerts(&served, "?status=firing").first().cloned());
    assert_eq!(second["group"], "hall-2");
    assert_eq!(alerts(&served, &format!("?before={}", second["id"])).len(), 1);
    // Another limit is well for both: the open alert is over by itself.
    let mut relaxed = rule();
    relaxed["condition"]["limit"]["value"] = "1".into();
    let kind = [("Content-Type", "application/json")];
    served.send("alerts", "PUT", "/api/v1/rules/1", &kind, relaxed.to_string().as_bytes()).expect(200);
    until("the end of the alert", || alerts(&served, "?status=firing").is_empty().then_some(Value::Null));
    let second = served.get("alerts", &format!("/api/v1/alerts/{}", second["id"])).expect(200).json();
    assert_eq!((&second["status"], &second["history"][1]["by"]), (&json!("resolved"), &Value::Null));
    served.send("alerts", "DELETE", "/api/v1/rules/1", &[], b"").expect(200);
    assert_eq!(served.get("alerts", "/api/v1/rules/1").problem(404), "alert.unknown");
    assert_eq!(served.stop().0, 0);
}

#[test]
fn a_rule_that_cannot_be_judged_is_refused_with_the_codes_of_the_core() {
    let served = Served::start("rules");
    let mut wrong = rule();
    wrong["condition"]["limit"]["unit"] = "L".into();
    assert_eq!(served.post("alerts", "/api/v1/rules", &wrong.to_string()).problem(400), "alert.unit");
    assert_eq!(served.post("alerts", "/api/v1/rules", "{}").problem(400), "alert.missing");
    assert_eq!(served.post("alerts", "/api/v1/rules", r#"{"nmae": 1}"#).problem(400), "option.document");
    assert_eq!(served.get("alerts", "/api/v1/rules/7").problem(404), "alert.unknown");
    assert_eq!(served.get("alerts", "/api/v1/alerts/7").problem(404), "alert.unknown");
    assert_eq!(served.get("alerts", "/api/v1/alerts?status=loud").problem(400), "http.parameter");
    assert_eq!(served.get("alerts", "/api/v1/rules").expect(200).json(), json!([]));
}

#[test]
fn the_500th_rule_is_the_last_one() {
    let served = Served::start("many-rules");
    let rule = rule().to_string();
    for _ in 0..500 {
        served.post("alerts", "/api/v1/rules", &rule).expect(201);
    }
    assert_eq!(served.post("alerts", "/api/v1/rules", &rule).problem(409), "alert.too_many");
}
