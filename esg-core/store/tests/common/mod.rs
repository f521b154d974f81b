//! What the tests of stores share.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod contract;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use esg_core::audit::LogName;
use esg_core::ledger::{Ledger, Outcome, Prepared, Stamp, Tenant};
use esg_core::store::{Store, StoreError};
use esg_core::telemetry::{self, Received, json};
use serde_json::{Value, json};

/// A folder of its own for each call, empty.
pub fn folder(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Names and bytes of the files in a folder and those below it.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            let below = self::files(&entry.path());
            files.extend(below.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

pub fn name() -> LogName {
    "example.org/test".parse().unwrap()
}

pub fn stamp() -> Stamp<'static> {
    Stamp { actor: "test", time: "2024-04-01T08:00:00Z".parse().unwrap() }
}

pub fn tenant() -> Tenant {
    Tenant::new("acme").unwrap()
}

/// Litres of diesel burnt in Britain.
pub fn trip(id: &str, day: &str, litres: &str) -> Value {
    json!({
        "source_id": "truck-7", "external_event_id": id, "vertical": "logistics_fleet",
        "timestamp": format!("{day}T12:00:00Z"), "metrics": {"fuel_liters": {"value": litres, "unit": "L"}},
        "tags": {"region": "GB", "fuel": "diesel"},
    })
}

pub fn with(mut event: Value, field: &str, value: &str) -> Value {
    event[field] = value.into();
    if field == "void" {
        event.as_object_mut().unwrap().remove("metrics");
    }
    event
}

pub fn read(events: &[Value]) -> Received {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    json::read_lines(lines.join("\n").as_bytes(), telemetry::Options::default()).unwrap()
}

pub fn prepared(events: &[Value]) -> Prepared {
    Prepared::new(read(events), &tenant(), "test.jsonl")
}

/// Salts that everybody knows, for tests.
pub fn open_salts(bytes: &mut [u8]) -> Result<(), StoreError> {
    bytes.iter_mut().zip((0..=255).cycle()).for_each(|(byte, next)| *byte = next);
    Ok(())
}

/// (outcome, line of the log) of every row.
pub fn ingest<S: Store>(ledger: &mut Ledger<S>, events: &[Value]) -> Vec<(Outcome, u64)> {
    let ingested = ledger.ingest(prepared(events), stamp()).unwrap();
    ingested.items.iter().map(|item| (item.outcome, item.seq)).collect()
}

/// Fills the log with records that are no events, up to a size.
pub fn fill<S: Store>(ledger: &mut Ledger<S>, size: u64) {
    let broken = json!({"source_id": 1});
    while ledger.size() < size {
        ledger.stage(prepared(std::slice::from_ref(&broken)), stamp()).unwrap();
    }
    ledger.commit().unwrap();
}
