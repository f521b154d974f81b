//! The server over real sockets: what the seed of this project promised, and that nothing acknowledged is lost.

use std::io::{Read, Write};

use crate::served::{Served, answer, esg, event, fresh};
use serde_json::json;

const SERVICES: [&str; 4] = ["telemetry", "compliance", "simulator", "alerts"];
const SEED: &str = r#"{
  "source_id": "datacenter-sfo-01",
  "external_event_id": "gpu-batch-2024-001",
  "vertical": "ai_data_center",
  "timestamp": "2024-03-15T14:30:00Z",
  "metrics": {
    "energy_kwh": 1250.5,
    "gpu_hours": 480,
    "water_liters": 3200,
    "pue": 1.15
  },
  "tags": {"region": "us-west-1", "facility": "SFO-DC01"}
}"#;

#[test]
fn every_port_says_that_it_lives_works_and_what_it_counted() {
    let served = Served::start("health");
    for service in SERVICES {
        let health = served.get(service, "/health").expect(200).json();
        assert_eq!((&health["status"], &health["service"]), (&json!("ok"), &json!(service)));
        assert_eq!(served.get(service, "/ready").expect(200).json()["status"], "ready");
        let metrics = served.get(service, "/metrics").expect(200);
        assert!(metrics.headers["content-type"].starts_with("text/plain; version=0.0.4"));
        let counted = format!(
            "esg_http_requests_total{{service=\"{service}\",method=\"GET\",path=\"/health\",status=\"200\"}} 1\n"
        );
        assert!(metrics.text().contains(&counted), "{}", metrics.text());
    }
}

#[test]
fn the_event_of_the_seed_is_accepted_once() {
    let served = Served::start("seed_event");
    let first = served.post("telemetry", "/api/v1/telemetry", SEED).expect(201).json();
    assert_eq!((&first["outcome"], &first["seq"]), (&json!("accepted"), &json!(0)));
    let again = served.post("telemetry", "/api/v1/telemetry", SEED).expect(200).json();
    assert_eq!((&again["outcome"], &again["seq"]), (&json!("duplicate"), &json!(0)));
    assert_eq!(first["fingerprint"], again["fingerprint"]);
    let other = SEED.replace("1250.5", "1250.6");
    let conflict = served.post("telemetry", "/api/v1/telemetry", &other).expect(409);
    assert_eq!(conflict.headers["content-type"], "application/problem+json");
    let conflict = conflict.json();
    assert_eq!(conflict["code"], "http.conflict");
    assert_eq!(conflict["differs"], json!(["metrics.energy_kwh"]));
}

#[test]
fn a_wrong_event_comes_back_with_its_field_and_the_nearest_name() {
    let served = Served::start("wrong_event");
    let wrong = SEED.replace("energy_kwh", "energy_kwhh");
    let answer = served.post("telemetry", "/api/v1/telemetry", &wrong).expect(400);
    let problem = answer.json();
    assert_eq!(problem["code"], "telemetry.metric");
    assert_eq!(problem["field"], "energy_kwhh");
    assert_eq!(problem["nearest"][0], "energy_kwh");
    assert_eq!(problem["kind"], "invalid");
}

#[test]
fn a_batch_answers_for_each_event_and_atomic_takes_all_or_none() {
    let served = Served::start("batch");
    let wrong = event(3).replace("meter-1", "");
    let list = format!("[{},{},{},{wrong}]", event(1), event(2), event(1));
    let batch = served.post("telemetry", "/api/v1/telemetry/batch", &list).expect(200).json();
    let counts =
        ["accepted", "duplicates", "conflicts", "rejected"].map(|name| batch[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 0, 1]);
    let outcomes: Vec<_> = batch["items"].as_array().unwrap().iter().map(|i| i["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "accepted", "duplicate", "rejected"]);
    let atomic = format!("{{\"events\":[{},{wrong}],\"atomic\":true}}", event(4));
    let refused = served.post("telemetry", "/api/v1/telemetry/batch", &atomic);
    assert_eq!(refused.problem(409), "ledger.atomic");
    let alone = format!("{{\"events\":[{}],\"atomic\":true}}", event(4));
    let taken = served.post("telemetry", "/api/v1/telemetry/batch", &alone).expect(200).json();
    assert_eq!(taken["accepted"], 1, "the refused batch left nothing behind");
}

#[test]
fn lines_and_tables_are_uploaded_packed_or_not() {
    let served = Served::start("upload");
    let lines: String = (0..1000).map(|id| event(id) + "\n").collect();
    let kind = ("Content-Type", "application/x-ndjson");
    let path = "/api/v1/telemetry/bulk";
    let half = &lines.as_bytes()[..lines.len() / 2];
    let first = served.send("telemetry", "POST", path, &[kind], half).expect(200).json();
    // What was cut off is no event; all before it are.
    assert_eq!((first["accepted"].as_u64().unwrap() >= 499, &first["rejected"]), (true, &json!(1)));
    let packed = zstd::encode_all(lines.as_bytes(), 3).unwrap();
    let headers = [kind, ("Content-Encoding", "zstd")];
    let all = served.send("telemetry", "POST", path, &headers, &packed).expect(200).json();
    let sum = |d: &serde_json::Value, name: &str| d[name].as_u64().unwrap();
    assert_eq!(sum(&first, "accepted") + sum(&all, "accepted"), 1000);
    assert_eq!(sum(&all, "duplicates"), sum(&first, "accepted"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(
        b"source_id,external_event_id,vertical,timestamp,energy_kwh,pue\n\
          meter-2,t1,ai_data_center,2024-03-15T14:30:00Z,10,1.1\n\
          meter-2,t2,ai_data_center,2024-03-15T14:30:00Z,\"10,5\",1.1\n",
    )
    .unwrap();
    let headers = [("Content-Type", "text/csv"), ("Content-Encoding", "gzip")];
    let table = served.send("telemetry", "POST", path, &headers, &gzip.finish().unwrap()).expect(200).json();
    assert_eq!((&table["accepted"], &table["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(table["first_rejected"][0]["code"], "decimal.comma");
    let sources = served.get("telemetry", "/api/v1/sources").expect(200).json();
    assert_eq!(sources[0]["source_id"], "meter-1");
    assert_eq!((&sources[0]["events"], &sources[1]["events"]), (&json!(1000), &json!(1)));
}

#[test]
fn a_stop_answers_open_requests_and_closes_the_ledger_signed() {
    let served = Served::start("stop");
    let data = served.data.clone();
    let body = event(1);
    // The server asks for the body, so the request is open when it is told to stop.
    let mut open = served.connect("telemetry");
    let head = format!(
        "POST /api/v1/telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    open.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    open.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    served.signal("-TERM");
    open.write_all(body.as_bytes()).unwrap();
    assert_eq!(answer(&mut open).expect(201).json()["seq"], 0);
    let (exit, said) = served.stop();
    assert_eq!((exit, said.last().map(String::as_str)), (0, Some("stopped")));
    assert!(data.join("checkpoint").is_file(), "the log was signed");
    let served = Served::open(&data, &[]);
    assert_eq!(
        served.post("telemetry", "/api/v1/telemetry", &body).expect(200).json()["outcome"],
        "duplicate"
    );
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let data = fresh("kill");
    for round in 0..3_u64 {
        let served = Served::open(&data, &[]);
        for id in 0..20 {
            let first = served.post("telemetry", "/api/v1/telemetry", &event(round * 20 + id));
            assert_eq!(first.expect(201).json()["outcome"], "accepted");
        }
        served.kill();
    }
    let served = Served::open(&data, &["--services", "telemetry"]);
    for id in 0..60 {
        let again = served.post("telemetry", "/api/v1/telemetry", &event(id)).expect(200).json();
        assert_eq!((&again["outcome"], &again["seq"]), (&json!("duplicate"), &json!(id)));
    }
}

#[test]
fn services_run_alone_and_share_no_paths() {
    let served = Served::open(&fresh("alone"), &["--services", "telemetry,alerts"]);
    let problem = served.get("alerts", "/api/v1/sources");
    assert_eq!(problem.problem(404), "http.route");
    assert_eq!(served.get("telemetry", "/api/v1/telemetry").problem(405), "http.method");
    let unknown = served.get("telemetry", "/api/v1/sources?begin=2024-01-01");
    assert_eq!(unknown.problem(400), "http.query");
}

#[test]
fn a_second_server_is_refused_the_ledger_and_a_taken_port() {
    let served = Served::start("second");
    let data = served.data.to_str().unwrap().to_owned();
    let run = |port: &str| {
        let ran = esg(&["serve", "--services", "telemetry", "--data", &data, "--port", port]);
        (ran.exit, ran.stderr)
    };
    let (exit, said) = run("telemetry=0");
    assert!(said.contains("store.locked") && exit == 2, "{exit:?} {said}");
    let (exit, said) = run(&format!("telemetry={}", served.address("telemetry").port()));
    assert!(said.contains("cli.serve") && exit == 3, "{exit:?} {said}");
}

#[test]
fn every_port_describes_itself_without_asking_anyone_else() {
    let served = Served::start("described");
    for service in SERVICES {
        let document = served.get(service, "/openapi.json").expect(200).json();
        assert_eq!(document["openapi"], "3.1.0");
        assert!(document["paths"]["/health"]["get"].is_object());
        let page = served.get(service, "/docs").expect(200);
        assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));
        let text = page.text();
        assert!(
            text.contains("/health") && !text.contains("http://") && !text.contains("https://"),
            "{text}"
        );
    }
    let event = served.get("telemetry", "/openapi.json").json()["components"]["schemas"]["Event"].clone();
    let seed: serde_json::Value = serde_json::from_str(SEED).unwrap();
    assert_eq!(event["examples"][0], seed, "the example is the one of the seed");
}
