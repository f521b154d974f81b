//! Two verifiers, one verdict: `esg_core::audit` and `tools/verify.py` on logs that the Rust writer wrote.
//!
//! The two were written apart, each from the format and the standards, so that no mistake is in both. Where they disagree,
//! one of them lets something pass.

mod chance;
mod figure;
mod tamper;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chance::{Chance, Log};
use esg_core::audit::{AuditError, Options, Place, Verdict, verify};
use serde_json::{Value, json};

/// Logs of a plain run; `ESG_LOGS=10000 cargo test --release --test verifiers` takes some minutes.
const LOGS: u64 = 300;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn python() -> Command {
    Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()))
}

/// A new folder below the build's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verifiers").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Puts a log into a folder as docs/audit.md says, and returns the line that tells `many.py` of it.
fn save(log: &Log, folder: &Path) -> Value {
    for name in ["log", "checkpoints", "payloads"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let write = |name: String, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("log/00000000.jsonl".to_owned(), &log.segment());
    for (size, note) in &log.notes {
        write(format!("checkpoints/{size}"), note.as_bytes());
        write("checkpoint".to_owned(), note.as_bytes()); // the last one stays
    }
    for (seq, file) in &log.payloads {
        write(format!("payloads/{seq}.json"), file);
    }
    let mut kept = Vec::new();
    for (number, note) in log.kept.iter().enumerate() {
        write(format!("kept-{number}"), note.as_bytes());
        kept.push(folder.join(format!("kept-{number}")));
    }
    json!({"folder": folder, "keys": [log.key.to_string()], "kept": kept})
}

fn rust(log: &Log) -> Verdict {
    let notes: Vec<&str> = log.notes.values().chain(&log.kept).map(String::as_str).collect();
    let payloads = |seq: u64| log.payloads.get(&seq).cloned();
    let options = Options::new(&log.name).key(&log.key).checkpoints(&notes).sums("").payloads(&payloads);
    verify([log.segment()], options)
}

/// The answers of `tools/verify.py`, from one process.
fn ask(cases: &[Value]) -> Vec<Value> {
    let mut child = python()
        .arg(root().join("tests/verifiers/many.py"))
        .arg(root().join("tools"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed to compare with it");
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "many.py failed");
    let answers = String::from_utf8(output.stdout).unwrap();
    answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn both_verifiers_agree_on_every_log_untouched_or_not() {
    let count = std::env::var("ESG_LOGS").map_or(LOGS, |text| text.parse().expect("ESG_LOGS is a number"));
    let base = folder("logs");
    let mut seen: BTreeMap<(&str, bool), u64> = BTreeMap::new();
    for start in (0..count).step_by(500) {
        let mut logs = Vec::new();
        for number in start..count.min(start + 500) {
            let mut chance = Chance(number);
            let mut log = chance::log(&mut chance);
            let what = tamper::tamper(&mut log, &mut chance);
            let case = save(&log, &base.join(number.to_string()));
            logs.push((number, what, rust(&log), case));
        }
        let cases: Vec<Value> = logs.iter().map(|(.., case)| case.clone()).collect();
        let answers = ask(&cases);
        assert_eq!(answers.len(), logs.len());
        for ((number, what, verdict, case), answer) in logs.iter().zip(&answers) {
            let sound = compare(verdict, answer).unwrap_or_else(|why| {
                panic!("log {number}, {what}: {why}\n{verdict:#?}\n{answer:#}\n{case}")
            });
            *seen.entry((what, sound)).or_default() += 1;
            std::fs::remove_dir_all(base.join(number.to_string())).unwrap();
        }
    }
    // A comparison of two verifiers that find nothing, or everything, would compare nothing.
    println!("{seen:#?}");
    for sound in [true, false] {
        let logs: u64 = seen.iter().filter(|((_, s), _)| *s == sound).map(|(_, logs)| logs).sum();
        assert!(logs * 5 > count, "{logs} of {count} logs are sound: {sound}");
    }
    assert!(
        seen.contains_key(&("the tail is cut", true)),
        "a cut tail cannot be seen without a kept checkpoint"
    );
    assert!(!seen.contains_key(&("the tail is cut, and a checkpoint of it was kept", true)));
}

/// Whether the log is sound, if both say the same of it.
fn compare(verdict: &Verdict, answer: &Value) -> Result<bool, &'static str> {
    let sound = verdict.is_clean();
    if sound != answer["findings"].as_array().unwrap().is_empty() {
        return Err("one finds something, the other nothing");
    }
    if answer["size"] != verdict.size {
        return Err("the sizes differ");
    }
    if answer["root"] != verdict.root.to_string() {
        return Err("the roots differ");
    }
    // A link that does not fit is between two lines; either may be named.
    // A key that nobody endorsed is a finding about keys on the Python side, and about its record on the other.
    let lines = verdict.findings.iter().filter_map(|finding| match (finding.place, &finding.error) {
        (_, AuditError::Unendorsed { .. }) => None,
        (Place::Line(line), _) => Some(line),
        _ => None,
    });
    match (lines.min(), answer["line"].as_u64()) {
        (Some(rust), Some(python)) if rust.abs_diff(python) > 1 => Err("they name lines far apart"),
        _ => Ok(sound),
    }
}
