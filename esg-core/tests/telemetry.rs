//! Events through every entry: one object, an array, lines, a table.

mod common;

use common::{base64, cases, string, text};
use esg_core::telemetry::{AmendmentKind, Options, Received, TelemetryError, csv, json};
use proptest::prelude::*;
use serde_json::{Value, json};

const SEED: &str = r#"{"source_id": "datacenter-sfo-01", "external_event_id": "gpu-batch-2024-001",
  "vertical": "ai_data_center", "timestamp": "2024-03-15T14:30:00Z",
  "metrics": {"energy_kwh": 1250.5, "gpu_hours": 480, "water_liters": 3200, "pue": 1.15},
  "tags": {"region": "us-west-1", "facility": "SFO-DC01"}}"#;

fn seed() -> Value {
    serde_json::from_str(SEED).unwrap()
}

fn read(text: &str) -> Received {
    json::read(text.as_bytes(), Options::default()).unwrap()
}

/// (code, field, nearest) of the only rejection.
fn refusal(text: &str) -> (&'static str, String, Vec<String>) {
    let received = read(text);
    assert!(received.batch.is_empty(), "{text}");
    let [rejection] = &received.rejected[..] else { panic!("{text}: {:?}", received.rejected) };
    assert_eq!((rejection.line, rejection.raw.as_str()), (1, text));
    (rejection.code, rejection.field.clone(), rejection.nearest.clone())
}

/// The seed event with one field set, or taken away.
fn with(pointer: &str, value: Value) -> String {
    let mut event = seed();
    match event.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            event.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.into(), value);
        }
    }
    event.to_string()
}

fn without(name: &str) -> String {
    let mut event = seed();
    event.as_object_mut().unwrap().remove(name).unwrap();
    event.to_string()
}

#[test]
fn a_correction_and_a_void_name_the_event_they_are_about_in_every_form() {
    let correction = with("/corrects", json!("gpu-batch-2024-000"));
    let mut void = serde_json::from_str::<Value>(&without("metrics")).unwrap();
    void["void"] = json!("gpu-batch-2024-000");
    let lines = read(&format!("[{SEED},{correction},{void}]"));
    assert_eq!((lines.batch.len(), lines.rejected.len()), (3, 0), "{:?}", lines.rejected);
    let said = |event| {
        let amendment = lines.batch.amendment(event)?;
        Some((amendment.kind, &*amendment.target))
    };
    assert_eq!(
        [said(0), said(1), said(2)],
        [
            None,
            Some((AmendmentKind::Corrects, "gpu-batch-2024-000")),
            Some((AmendmentKind::Voids, "gpu-batch-2024-000"))
        ]
    );
    let table = "source_id,external_event_id,vertical,timestamp,energy_kwh,gpu_hours,water_liters,pue,region,tags.facility,corrects,void\n\
        datacenter-sfo-01,gpu-batch-2024-001,ai_data_center,2024-03-15T14:30:00Z,1250.5,480,3200,1.15,us-west-1,SFO-DC01,,\n\
        datacenter-sfo-01,gpu-batch-2024-001,ai_data_center,2024-03-15T14:30:00Z,1250.5,480,3200,1.15,us-west-1,SFO-DC01,gpu-batch-2024-000,\n\
        datacenter-sfo-01,gpu-batch-2024-001,ai_data_center,2024-03-15T14:30:00Z,,,,,us-west-1,SFO-DC01,,gpu-batch-2024-000\n";
    let rows = csv::read(table.as_bytes(), &csv::Layout::default(), Options::default()).unwrap();
    assert!(rows.rejected.is_empty(), "{:?}", rows.rejected);
    assert_eq!(rows.batch.fingerprints(), lines.batch.fingerprints());
    let words = |event| String::from_utf8(lines.batch.canonical_event(event)).unwrap();
    assert!(words(1).starts_with(r#"{"corrects":"gpu-batch-2024-000","external_event_id":"#), "{}", words(1));
    assert!(
        words(2).ends_with(r#""vertical":"ai_data_center","void":"gpu-batch-2024-000"}"#),
        "{}",
        words(2)
    );
    for event in 0..3 {
        // The canonical form of RFC 8785 is a fixed point.
        assert_eq!(
            esg_core::canonical::from_slice(words(event).as_bytes()).unwrap(),
            words(event).as_bytes()
        );
        assert_eq!(lines.batch.fingerprints()[event], lines.batch.fingerprint(event));
    }
    // A batch that is filtered or put together keeps them with their events.
    let last = lines.batch.filtered(|event| event == 2);
    assert_eq!(last.fingerprint(0), lines.batch.fingerprint(2));
    let both = Received::concat([read(SEED), Received { batch: last, rejected: Vec::new() }]).batch;
    assert_eq!(both.fingerprint(1), lines.batch.fingerprint(2));
}

#[test]
fn what_cannot_be_a_correction_is_refused() {
    let amends = |text: &str, field: &str| {
        assert_eq!(refusal(text), ("telemetry.amends", field.to_owned(), Vec::new()), "{text}");
    };
    amends(&with("/corrects", json!("gpu-batch-2024-001")), "corrects");
    amends(&with("/void", json!("gpu-batch-2024-000")), "void");
    let mut both: Value = serde_json::from_str(&without("metrics")).unwrap();
    both["void"] = json!("a");
    both["corrects"] = json!("b");
    amends(&both.to_string(), "void");
    assert_eq!(refusal(&with("/corrects", json!(""))), ("telemetry.id", "corrects".into(), Vec::new()));
    assert_eq!(refusal(&with("/corrects", json!(7))), ("telemetry.type", "corrects".into(), Vec::new()));
    assert_eq!(refusal(&without("metrics")).0, "telemetry.missing");
}

#[test]
fn the_event_of_the_api_is_read_exactly() {
    let received = read(SEED);
    let batch = &received.batch;
    assert_eq!((batch.len(), received.rejected.len()), (1, 0));
    assert_eq!(batch.source_id(0), "datacenter-sfo-01");
    assert_eq!(batch.external_id(0), "gpu-batch-2024-001");
    assert_eq!(batch.instant[0].to_string(), "2024-03-15T14:30:00Z");
    assert_eq!(batch.tag(0, "facility"), Some("SFO-DC01"));
    let measured: Vec<_> = batch
        .measurements(0)
        .map(|m| {
            let metric = &batch.metrics[batch.metric[m] as usize];
            (&*metric.name, &*metric.unit, batch.value[m].to_string())
        })
        .collect();
    let want = [
        ("energy_kwh", "kWh", "1250.5"),
        ("gpu_hours", "h", "480"),
        ("water_liters", "L", "3200"),
        ("pue", "1", "1.15"),
    ];
    assert_eq!(measured, want.map(|(n, u, v)| (n, u, v.to_string())));
}

#[test]
fn numbers_are_taken_digit_by_digit() {
    let text = SEED.replace("1250.5", "12345678901234567890.12345678");
    assert_eq!(read(&text).batch.value[0].to_string(), "12345678901234567890.12345678");
    let text = SEED.replace("1250.5", r#"{"value": "0.1000000000000000055511151231", "unit": "kWh"}"#);
    assert_eq!(read(&text).batch.value[0].to_string(), "0.1000000000000000055511151231");
    let text = SEED.replace("1250.5", "1.2505e3");
    assert_eq!(read(&text).batch.value[0].to_string(), "1250.5");
    let text = SEED.replace("1250.5", "0.10000000000000000000000000001");
    assert_eq!(refusal(&text).0, "decimal.too_precise");
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let first = SEED.replace("\"vertical\": \"ai_data_center\", ", "").replacen(
        "}}",
        "}, \"vertical\": \"ai_data_center\"}",
        1,
    );
    assert!(!first.contains("}}") && first.contains("\"vertical\""), "{first}");
    let (a, b) = (read(SEED).batch, read(&first).batch);
    assert_eq!((a.value, a.metrics, a.tag_sets), (b.value, b.metrics, b.tag_sets));
}

#[test]
fn what_is_wrong_is_named() {
    let none: Vec<String> = Vec::new();
    for (text, code, field, nearest) in [
        (with("/source", json!("x")), "telemetry.unknown_field", "source", vec![]),
        (with("/sourceid", json!("x")), "telemetry.unknown_field", "sourceid", vec!["source_id"]),
        (with("/correct", json!("x")), "telemetry.unknown_field", "correct", vec!["corrects"]),
        (with("/void", json!(true)), "telemetry.type", "void", vec![]),
        (without("source_id"), "telemetry.missing", "source_id", vec![]),
        (without("timestamp"), "telemetry.missing", "timestamp", vec![]),
        (without("vertical"), "telemetry.missing", "vertical", vec![]),
        (without("metrics"), "telemetry.missing", "metrics", vec![]),
        (with("/metrics", json!({})), "telemetry.missing", "metrics", vec![]),
        (with("/metrics", json!([1])), "telemetry.type", "metrics", vec![]),
        (with("/tags", Value::Null), "telemetry.type", "tags", vec![]),
        (with("/tags/rank", json!(1)), "telemetry.type", "tags.rank", vec![]),
        (with("/source_id", json!(7)), "telemetry.type", "source_id", vec![]),
        (with("/source_id", json!("")), "telemetry.id", "source_id", vec![]),
        (with("/source_id", json!("x".repeat(129))), "telemetry.id", "source_id", vec![]),
        (with("/external_event_id", json!("a\u{0}b")), "telemetry.id", "external_event_id", vec![]),
        (with("/external_event_id", json!("a\u{85}b")), "telemetry.id", "external_event_id", vec![]),
        (with("/vertical", json!("ai_datacenter")), "telemetry.vertical", "vertical", vec!["ai_data_center"]),
        (with("/timestamp", json!("2024-13-45T99:00:00Z")), "time.instant", "timestamp", vec![]),
        (with("/timestamp", json!("2024-03-15T14:30:00")), "time.instant", "timestamp", vec![]),
        (with("/metrics/energy_kw", json!(1)), "telemetry.metric", "energy_kw", vec!["energy_kwh"]),
        (with("/metrics/energy_kwh", json!("n/a")), "telemetry.type", "metrics.energy_kwh", vec![]),
        (with("/metrics/energy_kwh", json!(-1)), "telemetry.range", "metrics.energy_kwh", vec![]),
        (with("/metrics/pue", json!(0.999)), "telemetry.range", "metrics.pue", vec![]),
        (
            with("/metrics/gpu_utilization_pct", json!(100.001)),
            "telemetry.range",
            "metrics.gpu_utilization_pct",
            vec![],
        ),
        (with("/metrics/energy_mwh", json!(1)), "telemetry.doubled", "metrics.energy_kwh", vec![]),
        (
            with("/metrics/energy_kwh", json!({"value": "1,5", "unit": "kWh"})),
            "decimal.comma",
            "metrics.energy_kwh",
            vec![],
        ),
        (
            with("/metrics/energy_kwh", json!({"value": "1"})),
            "telemetry.missing",
            "metrics.energy_kwh.unit",
            vec![],
        ),
        (
            with("/metrics/energy_kwh", json!({"value": "1", "unit": "kg"})),
            "telemetry.unit",
            "metrics.energy_kwh",
            vec!["kWh"],
        ),
        (
            with("/metrics/energy_kwh", json!({"value": "NaN", "unit": "kWh"})),
            "decimal.not_finite",
            "metrics.energy_kwh",
            vec![],
        ),
        (
            with("/metrics/energy_kwh", json!({"value": 1, "unit": "kWh", "scope": 2})),
            "telemetry.unknown_field",
            "metrics.energy_kwh.scope",
            vec![],
        ),
        (with("/metrics/", json!(1)), "telemetry.metric", "", vec![]),
    ] {
        let (got_code, got_field, got_nearest) = refusal(&text);
        assert_eq!(got_code, code, "{text}");
        if code != "telemetry.doubled" {
            assert_eq!(got_field, field, "{text}");
        }
        let want: Vec<String> = nearest.into_iter().map(Into::into).collect();
        if want == none {
            assert!(got_nearest.len() <= 3);
        } else {
            assert_eq!(got_nearest[0], want[0], "{text}: {got_nearest:?}");
        }
    }
}

#[test]
fn doubled_names_are_refused_at_every_level() {
    for (from, to) in [
        ("\"vertical\"", "\"source_id\": \"b\", \"vertical\""),
        ("\"pue\"", "\"energy_kwh\": 1, \"pue\""),
        ("\"facility\"", "\"regi\\u006fn\": \"b\", \"facility\""),
        ("1250.5", r#"{"value": "1", "unit": "kWh", "value": "2"}"#),
    ] {
        let code = refusal(&SEED.replace(from, to)).0;
        // A metric that comes twice is a quantity that comes twice.
        let want = if from == "\"pue\"" { "telemetry.doubled" } else { "json.duplicate_key" };
        assert_eq!(code, want, "{to}");
    }
}

#[test]
fn limits_hold_on_both_sides() {
    let tags = |n: usize| Value::Object((0..n).map(|i| (format!("t{i}"), json!("v"))).collect());
    assert_eq!(read(&with("/tags", tags(64))).batch.len(), 1);
    assert_eq!(refusal(&with("/tags", tags(65))).0, "telemetry.limit");
    assert_eq!(read(&with("/tags/t", json!("é".repeat(256)))).batch.len(), 1);
    assert_eq!(refusal(&with("/tags/t", json!("é".repeat(257)))).0, "telemetry.tag");
    assert_eq!(read(&with("/source_id", json!("é".repeat(128)))).batch.len(), 1);
    assert_eq!(refusal(&with("/source_id", json!("é".repeat(129)))).0, "telemetry.id");
    let padded = format!("{}{}", seed(), " ".repeat(61_440 - seed().to_string().len()));
    assert_eq!(read(&seed().to_string()).batch.len(), 1);
    let lines = json::read_lines(padded.as_bytes(), Options::default()).unwrap();
    assert_eq!(lines.batch.len(), 1);
    let lines = json::read_lines(format!("{padded} ").as_bytes(), Options::default()).unwrap();
    assert_eq!(lines.rejected[0].code, "json.too_long");
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let error = json::read(deep.as_bytes(), Options::default()).unwrap_err();
    assert_eq!(error.code(), "json.depth");
}

#[test]
fn a_general_event_states_activity_unit_scope_and_category() {
    let general = |metrics: Value| {
        let mut event = seed();
        event["vertical"] = json!("general");
        event["metrics"] = metrics;
        event.to_string()
    };
    let received = read(&general(json!({
        "travel.air.long_haul": {"value": "5500", "unit": "{passenger}.km", "scope": 3, "category": 6},
        "fuel.natural_gas": {"value": 12.5, "unit": "m3", "scope": 1},
        "water.supply": {"value": "3", "unit": "m3", "category": 1},
    })));
    let mut metrics: Vec<_> =
        received.batch.metrics.iter().map(|m| (&*m.name, &*m.unit, m.scope, m.category)).collect();
    metrics.sort_unstable();
    assert_eq!(
        metrics,
        [
            ("fuel.natural_gas", "m3", Some(1), None),
            ("travel.air.long_haul", "{passenger}.km", Some(3), Some(6)),
            ("water.supply", "m3", Some(3), Some(1)),
        ]
    );
    for (metrics, code) in [
        (json!({"fuel.diesel": 1}), "telemetry.missing"),
        (json!({"fuel.diesel": {"value": 1, "unit": "L", "scope": 4}}), "telemetry.range"),
        (json!({"fuel.diesel": {"value": 1, "unit": "L", "scope": 1, "category": 2}}), "telemetry.range"),
        (json!({"fuel.diesel": {"value": 1, "unit": "L", "category": 16}}), "telemetry.range"),
        (json!({"fuel.diesel": {"value": 1, "unit": ""}}), "telemetry.unit"),
        (json!({"fuel.diesel": {"value": 1, "unit": "Liters!"}}), "telemetry.unit"),
    ] {
        assert_eq!(refusal(&general(metrics.clone())).0, code, "{metrics}");
    }
    let options = Options { activities: Some(&["fuel.diesel", "fuel.petrol"]) };
    let text = general(json!({"fuel.diesle": {"value": 1, "unit": "L"}}));
    let received = json::read(text.as_bytes(), options).unwrap();
    assert_eq!(received.rejected[0].nearest, ["fuel.diesel"]);
}

#[test]
fn an_array_goes_on_behind_a_bad_element() {
    let text = format!("[{SEED}, 5, {}, {SEED}]", without("source_id"));
    let received = read(&text);
    assert_eq!(received.batch.line, [1, 4]);
    let bad: Vec<_> = received.rejected.iter().map(|r| (r.line, r.code)).collect();
    assert_eq!(bad, [(2, "telemetry.type"), (3, "telemetry.missing")]);
    let error = json::read(format!("[{SEED}, {{]").as_bytes(), Options::default()).unwrap_err();
    assert!(matches!(error, TelemetryError::Json(_)), "{error}");
    assert!(read("[]").batch.is_empty());
}

#[test]
fn lines_go_on_behind_every_case_of_json_test_suite() {
    let good = seed().to_string();
    for case in cases("hostile_inputs/json_parsing.json") {
        let mut file = format!("\u{feff}{good}\r\n").into_bytes();
        let bytes = base64(&case, "bytes_base64");
        file.extend_from_slice(&bytes);
        file.extend_from_slice(format!("\n\n{good}").as_bytes());
        let received = json::read_lines(&file, Options::default()).unwrap();
        assert_eq!(received.batch.len(), 2, "{}", case["id"]);
        let last = 4 + bytes.iter().filter(|&&b| b == b'\n').count() as u64;
        assert_eq!(received.batch.line, [1, last], "{}", case["id"]);
        let rows = bytes.split(|&b| b == b'\n').filter(|row| !row.trim_ascii().is_empty());
        for (rejection, row) in received.rejected.iter().zip(rows) {
            let row = row.strip_suffix(b"\r").unwrap_or(row);
            assert_eq!(rejection.raw, String::from_utf8_lossy(row), "{}", case["id"]);
        }
        let _ = json::read(&bytes, Options::default());
        let _ = csv::read(&bytes, &csv::Layout::default(), Options::default());
    }
}

const HEADER: &str = "source_id,external_event_id,vertical,timestamp,energy_kwh,pue,region,tags.note";

fn table(rows: &str) -> Result<Received, TelemetryError> {
    csv::read(rows.as_bytes(), &csv::Layout::default(), Options::default())
}

#[test]
fn naughty_strings_are_kept_byte_for_byte_or_refused() {
    let mut kept = 0;
    for case in cases("hostile_inputs/naughty_strings.json") {
        let naughty = String::from_utf8(base64(&case, "utf8_base64")).unwrap();
        assert_eq!(naughty, string(&case, "string"));
        let mut event = seed();
        for place in ["/source_id", "/external_event_id", "/tags/region"] {
            *event.pointer_mut(place).unwrap() = json!(naughty);
        }
        let lines = json::read_lines(event.to_string().as_bytes(), Options::default()).unwrap();
        let quoted = format!("\"{}\"", naughty.replace('"', "\"\""));
        let rows = format!(
            "{HEADER}\n{quoted},{quoted},ai_data_center,2024-03-15T14:30:00Z,1,1.2,{quoted},{quoted}\n"
        );
        for received in [lines, read(&event.to_string()), table(&rows).unwrap()] {
            if let Some(rejection) = received.rejected.first() {
                assert!(
                    ["telemetry.id", "telemetry.tag", "telemetry.missing"].contains(&rejection.code),
                    "{rejection:?}"
                );
                let long = naughty.chars().count() > 128;
                assert!(naughty.is_empty() || long || naughty.chars().any(char::is_control), "{naughty:?}");
            } else {
                let batch = received.batch;
                assert_eq!((batch.source_id(0), batch.external_id(0)), (&*naughty, &*naughty));
                assert_eq!(batch.tag(0, "region"), Some(&*naughty));
                kept += 1;
            }
        }
    }
    assert!(kept > 3 * 280, "{kept}");
}

#[test]
fn tables_are_cut_into_the_published_cells() {
    for case in cases("hostile_inputs/csv_spectrum.json") {
        let bytes = base64(&case, "csv_base64");
        let mut rows = csv::rows(&bytes, b',').map(|(_, cells, _)| {
            cells.into_iter().map(|c| String::from_utf8(c).unwrap()).collect::<Vec<_>>()
        });
        let header = rows.next().unwrap();
        let records: Vec<Value> = rows
            .map(|row| {
                Value::Object(header.iter().cloned().zip(row.into_iter().map(Value::String)).collect())
            })
            .collect();
        assert_eq!(Value::Array(records), case["expect_records"], "{}", case["id"]);
    }
    for case in cases("hostile_inputs/csv_rfc4180.json") {
        let rows: Vec<Vec<String>> = csv::rows(string(&case, "csv").as_bytes(), b',')
            .map(|(_, cells, _)| cells.into_iter().map(|c| String::from_utf8(c).unwrap()).collect())
            .collect();
        assert_eq!(json!(rows), case["expect"], "{}", case["id"]);
    }
}

#[test]
fn a_table_goes_on_behind_a_bad_row() {
    let rows = format!(
        "\u{feff}{HEADER}\r\n\
         a,1,ai_data_center,2024-03-15T14:30:00Z,10.50,1.2,us-west-1,\"two, words\"\r\n\
         b,1,ai_data_center,2024-03-15T14:30:00Z,10.50,1.2,us-west-1,\"two\r\nlines\"\r\n\
         a,2,ai_data_center,2024-03-15T14:30:00Z,\"1.250,5\",1.2,us-west-1,\r\n\
         a,3,ai_data_center,2024-03-15T14:30:00Z,10,,us-west-1,\r\n\
         a,4,ai_data_center,2024-03-15T14:30:00Z,10\r\n\
         \r\n\
         a,5,ai_data_center,2024-03-15T14:30:00Z,,,,\r\n\
         a,6,ai_data_center,2024-03-15T14:30:00Z,-1,,,x\r\n"
    );
    let received = table(&rows).unwrap();
    let batch = &received.batch;
    assert_eq!(batch.line, [2, 6]);
    assert_eq!(batch.tag(0, "note"), Some("two, words"));
    assert_eq!(batch.len(), 2);
    // An empty cell is no measurement and no tag.
    assert_eq!((batch.measurements(1).len(), batch.tag(1, "note")), (1, None));
    let bad: Vec<_> = received.rejected.iter().map(|r| (r.line, r.code, &*r.field)).collect();
    assert_eq!(
        bad,
        [
            (3, "telemetry.tag", "tags.note"),
            (5, "decimal.comma", "metrics.energy_kwh"),
            (7, "telemetry.ragged", ""),
            (9, "telemetry.missing", "metrics"),
            (10, "telemetry.range", "metrics.energy_kwh"),
        ]
    );
    assert_eq!(received.rejected[2].raw, "a,4,ai_data_center,2024-03-15T14:30:00Z,10");
}

#[test]
fn a_header_must_be_understood_whole() {
    for (header, code, field, nearest) in [
        ("source_id,source_id,vertical,timestamp", "telemetry.header", "source_id", ""),
        (
            "source_id,external_event_id,vertical,timestamp,energy_kw",
            "telemetry.header",
            "energy_kw",
            "energy_kwh",
        ),
        (
            "source_id,external_event_id,vertical,timestamp,region,tags.region",
            "telemetry.header",
            "tags.region",
            "",
        ),
        ("source_id,vertical,timestamp,energy_kwh", "telemetry.missing", "the column external_event_id", ""),
        (
            "source_id;external_event_id;vertical",
            "telemetry.header",
            "source_id;external_event_id;vertical",
            "",
        ),
        ("", "telemetry.missing", "the header row", ""),
    ] {
        let error = table(header).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, field), "{header}");
        if !nearest.is_empty() {
            assert_eq!(error.nearest()[0], nearest);
        }
    }
}

#[test]
fn a_layout_maps_foreign_headers() {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
    let layout = csv::Layout {
        delimiter: b';',
        mapping: map(&[
            ("Fahrzeug", "source_id"),
            ("Beleg", "external_event_id"),
            ("Zeit", "timestamp"),
            ("Diesel", "metrics.fuel_liters"),
            ("Notiz", ""),
        ]),
        constants: map(&[("vertical", "logistics_fleet"), ("tags.fuel", "diesel")]),
    };
    let rows = "Fahrzeug;Beleg;Zeit;Diesel;Notiz\nB-1;7;2024-03-15T14:30:00+01:00;41.5;x\nB-1;8;2024-03-15T14:30:00+01:00;41,5;x\n";
    let received = csv::read(rows.as_bytes(), &layout, Options::default()).unwrap();
    assert_eq!((received.batch.len(), received.batch.tag(0, "fuel")), (1, Some("diesel")));
    assert_eq!(received.rejected[0].code, "decimal.comma");
    assert!(received.rejected[0].message.contains("comma"));
    let long = "source_id,external_event_id,vertical,timestamp,activity,value,unit,scope,category\n\
                s,1,general,2024-03-15T14:30:00Z,travel.rail,120,{passenger}.km,3,6\n\
                s,2,general,2024-03-15T14:30:00Z,,120,km,,\n";
    let received = table(long).unwrap();
    assert_eq!(
        (&*received.batch.metrics[0].name, received.batch.metrics[0].category),
        ("travel.rail", Some(6))
    );
    assert_eq!((received.rejected[0].code, &*received.rejected[0].field), ("telemetry.missing", "activity"));
}

#[test]
fn telemetry_of_another_kind_is_returned() {
    for (file, field) in [("otlp_metrics", "resourceMetrics"), ("otlp_trace", "resourceSpans")] {
        let (code, got, _) =
            refusal(&text(&format!("hostile_inputs/{file}.json")).trim_end().replace('\r', ""));
        assert_eq!((code, &*got), ("telemetry.unknown_field", field));
    }
}

proptest! {
    #[test]
    fn any_bytes_end_in_events_or_errors(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = json::read(&bytes, Options::default());
        let _ = json::read_lines(&bytes, Options::default());
        let _ = csv::read(&bytes, &csv::Layout::default(), Options::default());
        let mut rows = format!("{HEADER}\n").into_bytes();
        rows.extend(&bytes);
        let _ = csv::read(&rows, &csv::Layout::default(), Options::default());
    }

    #[test]
    fn an_event_with_any_byte_changed_ends_in_an_event_or_an_error(at in 0..SEED.len(), byte in any::<u8>()) {
        let mut bytes = SEED.replace('\n', "").into_bytes();
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        let received = json::read_lines(&bytes, Options::default()).unwrap();
        prop_assert!(received.batch.len() + received.rejected.len() >= 1);
        let _ = json::read(&bytes, Options::default());
    }
}
