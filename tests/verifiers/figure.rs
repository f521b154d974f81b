//! A figure of the engine and a record of the log, proved to `tools/verify.py`.

use std::path::Path;
use std::process::Output;

use esg_core::account::{Settings, Source, Term, trail};
use esg_core::aggregate::{Engine, Options};
use esg_core::audit::{Chain, Checkpoint, Hash, Levels, LogName, RecordKind, SignerKey, TlogProof, Tree};
use esg_core::canonical;
use esg_core::factor::{Allow, Registry};
use esg_core::telemetry::json;
use serde_json::{Value, json};

use crate::{folder, python, root};

const EVENTS: &str = r#"
{"source_id":"hall","external_event_id":"1","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{"energy_kwh":1250.5,"pue":1.15,"generator_fuel_liters":5,"refrigerant_kg":2,"water_liters":100},"tags":{"region":"us-west-1","site":"SFO","refrigerant":"HFC-134a"}}
{"source_id":"hall","external_event_id":"2","vertical":"ai_data_center","timestamp":"2024-04-15T14:30:00Z","metrics":{"facility_energy_kwh":1500.25},"tags":{"region":"GB","site":"Łódź"}}
{"source_id":"truck","external_event_id":"1","vertical":"logistics_fleet","timestamp":"2024-03-15T15:30:00Z","metrics":{"fuel_liters":40.5},"tags":{"region":"US","fuel":"diesel","site":"SFO"}}
{"source_id":"app","external_event_id":"1","vertical":"cloud_saas","timestamp":"2024-03-15T15:30:00Z","metrics":{"compute_time_ms":3600000,"vcpu":2,"data_transfer_gb":3},"tags":{"region":"us-west-1","provider":"aws","site":"C"}}
{"source_id":"mill","external_event_id":"1","vertical":"smart_manufacturing","timestamp":"2024-03-15T15:30:00Z","metrics":{"electricity_mwh":2.5},"tags":{"region":"GB","site":"Hull"}}
"#;

const CELLS: [&str; 8] = [
    "1",
    "2-location",
    "2-location,site=SFO,gas=CH4",
    "2-location,region=GB,month=2024-04",
    "3",
    "3.1,vertical=cloud_saas",
    "outside,gas=energy",
    "1,gas=HFC-134a,source=hall",
];

/// A log of the events above, in their order.
struct Logged {
    lines: Vec<Vec<u8>>,
    levels: Levels,
    note: String,
    key: SignerKey,
    name: LogName,
}

impl Logged {
    fn proof(&self, seq: u64, extra: Option<Vec<u8>>) -> TlogProof {
        let size = self.lines.len() as u64;
        let hashes = Tree::new(&self.levels, size).inclusion(seq, size).unwrap();
        TlogProof { extra, index: seq, hashes, checkpoint: self.note.clone() }
    }

    fn record(&self, seq: u64) -> Value {
        let text = self.proof(seq, None).to_string();
        let head = text.split_once("\n\n").unwrap().0;
        let hashes: Vec<&str> = head.lines().skip(2).collect(); // after the header and the index
        json!({"line": String::from_utf8(self.lines[seq as usize].clone()).unwrap(), "proof": hashes, "seq": seq})
    }
}

fn source() -> Source {
    let received =
        json::read_lines(EVENTS.trim_start().as_bytes(), esg_core::telemetry::Options::default()).unwrap();
    assert!(received.rejected.is_empty(), "{:?}", received.rejected);
    Source { label: "events".to_owned(), received }
}

fn logged(source: &Source) -> Logged {
    let name: LogName = "plant.example/log".parse().unwrap();
    let key = SignerKey::from_seed(name.as_str(), &[7; 32]).unwrap();
    let (mut chain, mut lines, mut levels) = (Chain::new(name.clone()), Vec::new(), Levels::default());
    for event in 0..source.received.batch.len() {
        let document: Value = serde_json::from_slice(&source.received.batch.canonical_event(event)).unwrap();
        let fingerprint = Hash::from_bytes(source.received.batch.fingerprint(event)).to_string();
        let body = json!({"event": document, "fingerprint": fingerprint, "tenant": "t"});
        let (body, mut out) = (canonical::from_value(&body).unwrap(), Vec::new());
        let time = "2024-05-01T00:00:00Z".parse().unwrap();
        let entry = chain.append(RecordKind::TelemetryAccepted, "tester", time, &body, &mut out).unwrap();
        out.pop();
        lines.push(out);
        levels.push(entry.leaf);
    }
    let note = Checkpoint::new(&name, chain.size(), chain.root()).sign(&key).unwrap().to_string();
    Logged { lines, levels, note, key, name }
}

fn run(arguments: &[&str], path: &Path, log: &Logged) -> Output {
    python()
        .arg(root().join("tools/verify.py"))
        .arg(arguments[0])
        .arg(path)
        .args(&arguments[1..])
        .args(["--key", &log.key.verifier().to_string()])
        .output()
        .expect("python3 is needed to compare with it")
}

#[test]
fn figures_of_the_engine_are_recomputed_from_their_bundles() {
    let (log, folder) = (logged(&source()), folder("figures"));
    let options =
        Options { allow: Allow { parent_region: true, ..Allow::default() }, ..Options::new("AR5").unwrap() };
    let engine = Engine::new(Registry::built_in(), options).unwrap();
    let trail = trail(vec![source()], &engine, &Settings::default()).unwrap();
    for (number, name) in CELLS.iter().enumerate() {
        let traced = trail.cell(&name.parse().unwrap()).unwrap();
        let terms: Vec<Value> = traced.terms.iter().map(Term::to_json).collect();
        let used = |seq: &u64| {
            let line = String::from_utf8_lossy(&log.lines[*seq as usize]).into_owned();
            terms.iter().any(|term| line.contains(term["event"]["fingerprint"].as_str().unwrap()))
        };
        let records: Vec<Value> =
            (0..log.lines.len() as u64).filter(used).map(|seq| log.record(seq)).collect();
        let mut bundle = json!({
            "v": 1, "log": log.name.as_str(), "records": records, "checkpoint": log.note, "report": null,
            "cell": {"cell": traced.selection.to_string(), "co2e_kg": traced.co2e, "mass": traced.mass,
                     "unit": traced.unit, "cells": traced.cells, "terms": terms}});
        let path = folder.join(format!("{number}.json"));
        std::fs::write(&path, bundle.to_string()).unwrap();
        let output = run(&["bundle"], &path, &log);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{name}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(&format!("{} terms", terms.len())), "{name}: {said}");

        // Another mass of one term is found.
        let term = &mut bundle["cell"]["terms"][0];
        let member = if term["mass"].is_null() { "co2e_kg" } else { "mass" };
        term[member] = "0.123456789012345".into();
        std::fs::write(&path, bundle.to_string()).unwrap();
        let output = run(&["bundle"], &path, &log);
        assert_eq!(output.status.code(), Some(4), "{name}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("bundle.product"), "{name}");
    }
}

#[test]
fn proof_files_are_read_by_the_other_side() {
    let (log, folder) = (logged(&source()), folder("proofs"));
    for (seq, line) in log.lines.iter().enumerate() {
        let path = folder.join(format!("{seq}.tlog-proof"));
        let proof = log.proof(seq as u64, Some(line.clone()));
        std::fs::write(&path, proof.to_string()).unwrap();
        let output = run(&["proof"], &path, &log);
        assert!(output.status.success(), "{seq}: {}", String::from_utf8_lossy(&output.stdout));

        // The proof of one line does not prove another.
        let record = folder.join("record");
        std::fs::write(&record, &log.lines[(seq + 1) % log.lines.len()]).unwrap();
        let output = run(&["proof", "--record", record.to_str().unwrap()], &path, &log);
        assert_eq!(output.status.code(), Some(4), "{seq}");
    }
}
