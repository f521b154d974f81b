//! Collectors and hooks over real sockets.

use serde_json::{Value, json};

use crate::served::{Answer, Served, fresh};

const OTLP: &str = "/v1/metrics";
const WRITE: &str = "/api/v1/write";

/// One field of a protobuf message whose content has a length.
fn field(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(content);
    bytes
}

/// 2024-03-15T14:30:00Z, in seconds since 1970.
const TIME: u64 = 1_710_513_000;

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// A request with one point of a metric.
fn otlp(metric: &str, kind: &str, more: Value) -> Value {
    let mut numbers =
        json!({"dataPoints": [{"timeUnixNano": format!("{TIME}000000000"), "asDouble": 1250.5}]});
    for (name, value) in more.as_object().unwrap() {
        numbers[name] = value.clone();
    }
    let attributes = [
        attribute("esg.source_id", "hall-1"),
        attribute("esg.vertical", "ai_data_center"),
        attribute("esg.tag.region", "us-west-1"),
    ];
    json!({"resourceMetrics": [{
        "resource": {"attributes": attributes},
        "scopeMetrics": [{"metrics": [
            {"name": metric, kind: numbers},
            {"name": "esg.pue", "gauge": {"dataPoints": [{"timeUnixNano": format!("{TIME}000000000"), "asDouble": 1.15}]}},
        ]}],
    }]})
}

fn send(served: &Served, body: &Value) -> Answer {
    served.post("telemetry", OTLP, &body.to_string()).expect(200)
}

#[test]
fn points_of_one_time_are_one_event_and_count_once() {
    let served = Served::start("otlp");
    let delta = otlp("esg.energy_kwh", "sum", json!({"aggregationTemporality": 1, "isMonotonic": true}));
    assert_eq!(send(&served, &delta).json(), json!({}));
    assert_eq!(send(&served, &delta).json(), json!({}), "the same again is there already");
    let line = served.get("compliance", "/api/v1/audit/entries?limit=1").expect(200);
    let event = serde_json::from_slice::<Value>(&line.body).unwrap()["body"]["event"].clone();
    assert_eq!(
        (&event["source_id"], &event["timestamp"]),
        (&json!("hall-1"), &json!("2024-03-15T14:30:00Z"))
    );
    assert_eq!(event["tags"], json!({"region": "us-west-1"}));
    let sources = served.get("telemetry", "/api/v1/sources").json();
    assert_eq!(sources[0]["events"], 1);
    // Another value for the same time is a conflict, and the first one stays.
    let other = delta.to_string().replace("1250.5", "1250.6");
    let partial = served.post("telemetry", OTLP, &other).expect(200).json();
    assert_eq!(partial["partialSuccess"]["rejectedDataPoints"], "2");
}

#[test]
fn what_would_count_twice_or_is_not_meant_is_refused_and_said() {
    let served = Served::start("otlp_refused");
    for (request, refused, why) in [
        (otlp("esg.energy_kwh", "sum", json!({"aggregationTemporality": 2})), "1", "cumulative"),
        (otlp("http.requests", "gauge", json!({})), "1", "does not begin"),
        (otlp("esg.energy_kwh", "histogram", json!({})), "1", "no gauge"),
        (otlp("esg.energy_kwhh", "gauge", json!({})), "2", "telemetry.metric"),
    ] {
        let partial = send(&served, &request).json();
        assert_eq!(partial["partialSuccess"]["rejectedDataPoints"], refused, "{partial}");
        assert!(partial["partialSuccess"]["errorMessage"].as_str().unwrap().contains(why), "{partial}");
    }
    let published = include_str!("../../../tests/vectors/hostile_inputs/otlp_metrics.json");
    let partial = served.post("telemetry", OTLP, published).expect(200).json();
    assert!(partial["partialSuccess"]["rejectedDataPoints"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(served.post("telemetry", OTLP, "{\"resourceMetrics\":1}").problem(400), "http.body");
}

#[test]
fn protobuf_says_the_same_as_json() {
    let served = Served::start("otlp_protobuf");
    let text =
        |key: &str, value: &str| [field(1, key.as_bytes()), field(2, &field(1, value.as_bytes()))].concat();
    let attributes =
        [("esg.source_id", "hall-1"), ("esg.vertical", "ai_data_center"), ("esg.tag.region", "us-west-1")];
    let resource: Vec<u8> = attributes.iter().flat_map(|(key, value)| field(1, &text(key, value))).collect();
    let point = |value: f64| {
        // Field 3 is the time and field 4 the value, both of 64 bits.
        let time = (TIME * 1_000_000_000).to_le_bytes();
        field(1, &[&[3 << 3 | 1][..], &time, &[4 << 3 | 1], &value.to_le_bytes()].concat())
    };
    let metric =
        |name: &str, value: f64| field(2, &[field(1, name.as_bytes()), field(5, &point(value))].concat());
    let metrics = [metric("esg.energy_kwh", 1250.5), metric("esg.pue", 1.15)].concat();
    let request = field(1, &[field(1, &resource), field(2, &metrics)].concat());
    let kind = [("Content-Type", "application/x-protobuf")];
    let taken = served.send("telemetry", "POST", OTLP, &kind, &request).expect(200);
    assert_eq!((taken.headers["content-type"].as_str(), taken.body.len()), ("application/x-protobuf", 0));
    let same = otlp("esg.energy_kwh", "sum", json!({"aggregationTemporality": 1}));
    assert_eq!(send(&served, &same).json(), json!({}), "it is there already");
    assert_eq!(served.get("telemetry", "/api/v1/sources").json()[0]["events"], 1);
    let broken = served.send("telemetry", "POST", OTLP, &kind, &request[..request.len() - 1]);
    assert_eq!(broken.problem(400), "http.body");
}

#[test]
fn prometheus_writes_the_series_that_are_meant() {
    let served = Served::start("remote_write");
    let label = |(name, value): &(&str, &str)| {
        field(1, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat())
    };
    let series = |labels: &[(&str, &str)], value: f64| {
        // Field 1 is the value and field 2 the time in milliseconds, a varint.
        let mut sample = [&[1 << 3 | 1][..], &value.to_le_bytes(), &[2 << 3]].concat();
        let mut ms = TIME * 1000;
        while ms >= 0x80 {
            sample.push(ms as u8 | 0x80);
            ms >>= 7;
        }
        sample.push(ms as u8);
        field(1, &[labels.iter().flat_map(label).collect(), field(2, &sample)].concat())
    };
    let of = |name, value| {
        let labels = [
            ("__name__", name),
            ("instance", "hall-1"),
            ("esg_vertical", "ai_data_center"),
            ("esg_tag_region", "us-west-1"),
        ];
        series(&labels, value)
    };
    let write = |request: &[u8]| {
        let packed = snap::raw::Encoder::new().compress_vec(request).unwrap();
        let headers = [("Content-Type", "application/x-protobuf"), ("Content-Encoding", "snappy")];
        served.send("telemetry", "POST", WRITE, &headers, &packed)
    };
    let good =
        [of("esg_energy_kwh", 1250.5), of("esg_pue", 1.15), of("up", 1.0), of("esg_energy_kwh", f64::NAN)]
            .concat();
    write(&good).expect(204);
    assert_eq!(served.get("telemetry", "/api/v1/sources").json()[0]["events"], 1);
    let counter =
        [of("esg_energy_kwh_total", 99.0), of("esg_energy_kwh", 1250.5), of("esg_pue", 1.15)].concat();
    let refused = write(&counter).expect(400).json();
    assert_eq!(refused["code"], "http.points");
    assert!(
        refused["detail"].as_str().unwrap().starts_with("1 points were refused and 2 are there"),
        "{refused}"
    );
    // A length that the packing only claims.
    let headers = [("Content-Type", "application/x-protobuf"), ("Content-Encoding", "snappy")];
    let bomb = served.send("telemetry", "POST", WRITE, &headers, &[0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(bomb.problem(413), "http.inflated_limit");
}

#[test]
fn a_hook_takes_what_its_secret_signed() {
    let data = fresh("hook");
    std::fs::create_dir_all(&data).unwrap();
    let config =
        "[[hooks]]\nname = \"etl\"\ntenant = \"acme\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";
    std::fs::write(data.join("esg.toml"), config).unwrap();
    let served = Served::open(&data, &["--config", data.join("esg.toml").to_str().unwrap()]);
    let body = format!("[{}]", crate::served::event(1));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let secret = crate::served::base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let sign = |time: u64, body: &str| {
        use hmac::{KeyInit, Mac};
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("msg_1.{time}.{body}").as_bytes());
        format!("v1,{}", crate::served::to_base64(&mac.finalize().into_bytes()))
    };
    let post = |name: &str, time: u64, signature: &str| {
        let time = time.to_string();
        let headers = [
            ("Content-Type", "application/json"),
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", &*time),
            ("webhook-signature", signature),
        ];
        served.send("telemetry", "POST", &format!("/api/v1/hooks/{name}"), &headers, body.as_bytes())
    };
    assert_eq!(post("etl", now, &sign(now, &body)).expect(200).json()["accepted"], 1);
    assert_eq!(post("etl", now, &sign(now, "[]")).problem(401), "auth.invalid");
    assert_eq!(post("etl", now - 3600, &sign(now - 3600, &body)).problem(401), "auth.invalid");
    assert_eq!(post("other", now, &sign(now, &body)).problem(401), "auth.invalid");
    let line = served.get("compliance", "/api/v1/audit/entries?limit=1").expect(200);
    let line: Value = serde_json::from_slice(&line.body).unwrap();
    assert_eq!((&line["actor"], &line["body"]["tenant"]), (&json!("hook etl"), &json!("acme")));
}
