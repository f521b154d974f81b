//! A ledger at the prompt: from files to a figure that somebody else can prove.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{esg, folder};
use serde_json::{Value, json};

/// Litres of diesel burnt in Britain. DESNZ 2025 has 2.57082 kg CO2e for each.
fn trip(id: &str, day: &str, litres: &str) -> Value {
    json!({
        "source_id": "truck-7", "external_event_id": id, "vertical": "logistics_fleet",
        "timestamp": format!("{day}T12:00:00Z"), "metrics": {"fuel_liters": {"value": litres, "unit": "L"}},
        "tags": {"region": "GB", "fuel": "diesel", "site": "Hull"},
    })
}

fn lines(events: &[Value]) -> Vec<u8> {
    events.iter().map(|event| format!("{event}\n")).collect::<String>().into_bytes()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A ledger of three trips.
fn ledger(name: &str) -> PathBuf {
    let path = folder(name).join("footprint");
    let events = [
        trip("t-1", "2025-03-01", "100"),
        trip("t-2", "2025-03-02", "50.25"),
        trip("t-4", "2025-04-01", "1"),
    ];
    let ran = esg(&["ingest", "-", "--ledger", text(&path), "--actor", "test"], &lines(&events));
    assert_eq!(ran.exit, 0, "{ran:?}");
    path
}

fn scope1(report: &Value) -> &str {
    let lines = report["summary"].as_array().unwrap();
    lines.iter().find(|line| line["id"] == "scope1").unwrap()["co2e_kg"].as_str().unwrap()
}

#[test]
fn what_became_of_every_row_is_told_and_a_file_given_again_changes_nothing() {
    let path = ledger("ledger-ingest");
    let receipts = path.with_file_name("receipts.jsonl");
    let mut broken = trip("t-5", "2025-03-01", "1");
    broken["vertical"] = "fleet".into();
    let rows = [
        trip("t-1", "2025-03-01", "100"),
        trip("t-2", "2025-03-02", "7"),
        broken,
        trip("t-6", "2025-03-01", "2"),
    ];
    let again = ["ingest", "-", "--ledger", text(&path), "--receipts", text(&receipts), "--json"];
    let ran = esg(&again, &lines(&rows));
    assert_eq!(ran.exit, 1);
    let told = ran.json();
    let counts = ["accepted", "duplicates", "conflicts", "rejected"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 1, 1]);
    assert_eq!(told["first_conflicts"][0]["differs"], json!(["metrics.fuel_liters"]));
    let receipts = std::fs::read_to_string(&receipts).unwrap();
    let outcomes: Vec<(String, u64)> = receipts
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|receipt| {
            (receipt["outcome"].as_str().unwrap().to_owned(), receipt["seq"].as_u64().unwrap_or_default())
        })
        .collect();
    let expected = [("duplicate", 0), ("conflict", 1), ("rejected", 0), ("accepted", 4)];
    assert_eq!(outcomes, expected.map(|(outcome, seq)| (outcome.to_owned(), seq)));
    // 154.25 L in all, and as of line 3 without the last one.
    let report = |more: &[&str]| {
        let ran = esg(&[&["report", "--ledger", text(&path), "--gwp", "AR5", "--json"], more].concat(), b"");
        assert_eq!(ran.exit, 0, "{ran:?}");
        scope1(&ran.json()).to_owned()
    };
    // (100 + 50.25 + 1 + 2) x 2.57082 = 393.9781650 and 151.25 x 2.57082 = 388.8365250.
    assert_eq!(report(&[]), "393.978165");
    assert_eq!(report(&["--as-of", "3"]), "388.836525");
    // Days of March: 152.25 L.
    assert_eq!(report(&["--start", "2025-03-01", "--end", "2025-03-31"]), "391.407345");
    let gaps = esg(&["ledger", "gaps", text(&path), "--json"], b"");
    assert_eq!((gaps.exit, &gaps.json()[0]["first"], &gaps.json()[1]["first"]), (1, &json!(3), &json!(5)));
}

#[test]
fn a_table_and_a_whole_file_are_taken_too() {
    let path = folder("ledger-table");
    let table = path.join("trips.csv");
    std::fs::write(&table, "source_id,external_event_id,vertical,timestamp,fuel_liters,fuel,region\nt,1,logistics_fleet,2025-03-01T00:00:00Z,10,diesel,GB\n").unwrap();
    let (ledger, file) = (path.join("l"), path.join("more.jsonl"));
    let ran = esg(&["ingest", text(&table), "--ledger", text(&ledger), "--log", "example.com/acme"], b"");
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stdout.contains("the log example.com/acme has 1 lines"), "{}", ran.stdout);
    std::fs::write(&file, lines(&[trip("a", "2025-03-01", "1"), json!({"source_id": 7})])).unwrap();
    let atomic = ["ingest", text(&file), "--ledger", text(&ledger), "--atomic"];
    let ran = esg(&atomic, b"");
    assert_eq!((ran.exit, &*ran.code()), (2, "ledger.atomic"));
    std::fs::write(&file, lines(&[trip("a", "2025-03-01", "1"), trip("b", "2025-03-01", "1")])).unwrap();
    assert_eq!(esg(&atomic, b"").exit, 0);
    let info = esg(&["ledger", "info", text(&ledger), "--json"], b"").json();
    assert_eq!((&info["size"], &info["log"]), (&json!(3), &json!("example.com/acme")));
    // A log keeps its name, and a file of no form makes no ledger.
    let renamed = esg(&["ingest", text(&file), "--ledger", text(&ledger), "--log", "example.com/other"], b"");
    assert_eq!((renamed.exit, &*renamed.code()), (2, "cli.usage"));
    let formless = esg(&["ingest", "trips.doc", "--ledger", text(&path.join("none"))], b"");
    assert_eq!((formless.code().as_str(), path.join("none").exists()), ("cli.form", false));
    let absent = esg(&["ingest", "absent.jsonl", "--ledger", text(&path.join("none"))], b"");
    assert_eq!((absent.exit, absent.code().as_str(), path.join("none").exists()), (3, "cli.io", false));
    // What was taken before a file that is not there is told.
    let (receipts, more) = (path.join("receipts.jsonl"), path.join("absent.jsonl"));
    let both = ["ingest", text(&file), text(&more), "--ledger", text(&ledger), "--receipts", text(&receipts)];
    assert_eq!((esg(&both, b"").exit, std::fs::read_to_string(&receipts).unwrap().lines().count()), (3, 2));
    let first = esg(&["ledger", "show", text(&ledger), "0"], b"");
    assert_eq!(serde_json::from_str::<Value>(&first.stdout).unwrap()["kind"], "telemetry.accepted");
}

#[test]
fn an_issued_report_comes_out_again_after_corrections_and_a_closing() {
    let path = ledger("ledger-issue");
    let (first, second) = (path.with_file_name("a.json"), path.with_file_name("b.json"));
    let year = ["--start", "2025-01-01", "--end", "2025-12-31"];
    let issue = [
        "report",
        "--ledger",
        text(&path),
        "--gwp",
        "AR5",
        "--issue",
        "--organisation",
        "Acme",
        "--format",
        "json",
        "--out",
        text(&first),
    ];
    let ran = esg(&[&issue[..], &year].concat(), b"");
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stdout.contains("issued: line 3 of the log"), "{}", ran.stdout);
    let close = [&["ledger", "close", text(&path)], &year[..]].concat();
    assert_eq!(esg(&close, b"").exit, 0);
    let mut correction = trip("t-1b", "2025-03-01", "10");
    correction["corrects"] = "t-1".into();
    let late = esg(&["ingest", "-", "--ledger", text(&path), "--json"], &lines(&[correction]));
    assert_eq!((late.exit, &late.json()["late"]), (0, &json!(1)));
    let again =
        ["report", "--ledger", text(&path), "--again", "3", "--format", "json", "--out", text(&second)];
    assert_eq!(esg(&again, b"").exit, 0);
    let bytes = std::fs::read(&first).unwrap();
    assert_eq!(bytes, std::fs::read(&second).unwrap());
    // (100 + 50.25 + 1) L x 2.57082, and the log that it was made from.
    let report: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(scope1(&report), "388.836525");
    assert!(report["checkpoint"].as_str().unwrap().starts_with("esg.local/ledger\n3\n"));
    // The closed year is read as of its closing; with the correction it is 61.25 L.
    let total = |more: &[&str]| {
        let ran = esg(
            &[&["report", "--ledger", text(&path), "--gwp", "AR5", "--json"], &year[..], more].concat(),
            b"",
        );
        scope1(&ran.json()).to_owned()
    };
    assert_eq!((total(&[]).as_str(), total(&["--as-of", "6"]).as_str()), ("388.836525", "157.462725"));
    for (arguments, code) in [
        (["--again", "0"], "ledger.record"),
        (["--again", "99"], "store.missing"),
        (["--as-of", "99"], "ledger.as_of"),
        (["--tenant", ""], "ledger.tenant"),
    ] {
        let ran = esg(&[&["report", "--ledger", text(&path)], &arguments[..]].concat(), b"");
        assert_eq!((ran.exit, &*ran.code()), (2, code), "{ran:?}");
    }
    let closed = esg(&close, b"");
    assert_eq!(closed.code(), "ledger.closed");
}

#[test]
fn a_figure_and_a_line_are_proved_to_someone_without_this_program() {
    let path = ledger("ledger-prove");
    let key = std::fs::read_to_string(path.join("key.pub")).unwrap();
    let (bundle, proof) = (path.with_file_name("bundle.json"), path.with_file_name("1.tlog-proof"));
    let ran =
        esg(&["prove", "1,site=Hull", "--ledger", text(&path), "--gwp", "AR5", "--out", text(&bundle)], b"");
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(esg(&["prove", "--line", "1", "--ledger", text(&path), "--out", text(&proof)], b"").exit, 0);
    let verify = |arguments: &[&str]| {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/verify.py");
        Command::new("python3")
            .arg(tool)
            .args(arguments)
            .args(["--key", key.trim_end()])
            .output()
            .expect("python3 is needed")
    };
    for arguments in [["bundle", text(&bundle)], ["proof", text(&proof)], ["log", text(&path)]] {
        let checked = verify(&arguments);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(
            checked.status.success(),
            "{arguments:?}: {said}{}",
            String::from_utf8_lossy(&checked.stderr)
        );
    }
    let said = String::from_utf8(verify(&["bundle", text(&bundle)]).stdout).unwrap();
    // 151.25 L x 2.57082.
    assert!(said.contains("388.836525 kg CO2e"), "{said}");
    // A figure that was touched is found out.
    let changed = std::fs::read_to_string(&bundle).unwrap().replace("388.836525", "38.8836525");
    std::fs::write(&bundle, changed).unwrap();
    assert_eq!(verify(&["bundle", text(&bundle)]).status.code(), Some(4));
    let lineage = esg(&["lineage", "1,site=Hull", "--ledger", text(&path), "--gwp", "AR5", "--json"], b"");
    assert_eq!(lineage.json()["co2e_kg"], "388.836525");
    let unknown = esg(&["prove", "2-location", "--ledger", text(&path)], b"");
    assert_eq!(unknown.code(), "lineage.cell_unknown");
}

#[test]
fn a_detached_event_is_proved_and_redacted_and_the_auditor_sees_that_it_was() {
    let path = ledger("ledger-redact");
    let (bundle, mut jane) = (path.with_file_name("bundle.json"), trip("j-1", "2025-03-03", "10"));
    jane["tags"]["site"] = "Jane".into();
    let detached = ["ingest", "-", "--detached", "--ledger", text(&path), "--json"];
    assert_eq!(esg(&detached, &lines(&[jane.clone()])).json()["accepted"], 1);
    let shown = esg(&["ledger", "show", text(&path), "3"], b"").stdout;
    assert!(shown.contains("commitment") && !shown.contains("Jane"), "{shown}");
    // Its figure is proved with the payload beside the line: 10 L x 2.57082.
    let prove = ["prove", "1,site=Jane", "--ledger", text(&path), "--gwp", "AR5", "--out", text(&bundle)];
    assert_eq!(esg(&prove, b"").exit, 0);
    let key = std::fs::read_to_string(path.join("key.pub")).unwrap();
    let verify = |arguments: &[&str]| {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/verify.py");
        let ran = Command::new("python3").arg(tool).args(arguments).args(["--key", key.trim_end()]).output();
        let ran = ran.expect("python3 is needed");
        (ran.status.code(), String::from_utf8(ran.stdout).unwrap())
    };
    let (code, said) = verify(&["bundle", text(&bundle)]);
    assert!(code == Some(0) && said.contains("25.7082 kg CO2e"), "{said}");

    let redact = |seq: &str, more: &[&str]| {
        esg(&[&["ledger", "redact", text(&path), seq, "--reason", "case 4"], more].concat(), b"")
    };
    assert_eq!(redact("3", &["--json"]).json(), json!({"redacts": 3, "seq": 4}));
    for (seq, code) in [("3", "ledger.redacted"), ("0", "ledger.not_detached"), ("4", "ledger.record")] {
        let ran = redact(seq, &[]);
        assert_eq!((ran.exit, &*ran.code()), (2, code), "{ran:?}");
    }
    let again = esg(&detached, &lines(&[jane]));
    assert_eq!((again.exit, &again.json()["first_rejected"][0]["code"]), (1, &json!("telemetry.redacted")));
    // The report names the gap; what would be too small is neither traced nor proved. 151.25 L x 2.57082.
    let report = esg(&["report", "--ledger", text(&path), "--gwp", "AR5", "--json"], b"").json();
    assert_eq!(scope1(&report), "388.836525");
    assert!(report.to_string().contains("ledger.redacted"), "{report}");
    for arguments in [&prove[..], &["lineage", "1", "--ledger", text(&path), "--gwp", "AR5"]] {
        let ran = esg(arguments, b"");
        assert_eq!((ran.exit, ran.code()), (2, "ledger.redacted".into()));
    }
    let before = [
        "prove",
        "1",
        "--ledger",
        text(&path),
        "--gwp",
        "AR5",
        "--end",
        "2025-03-02",
        "--start",
        "2025-03-01",
    ];
    assert_eq!(esg(&before, b"").exit, 0);
    let checked = esg(&["verify", text(&path), "--json"], b"").json();
    let counts = ["ok", "detached", "redacted"].map(|name| checked[name].clone());
    assert_eq!(counts, [json!(true), json!(1), json!(1)]);
    let shown = esg(&["verify", text(&path)], b"").stdout;
    assert!(shown.contains("1 events are detached, 1 of them redacted"), "{shown}");
    let (code, said) = verify(&["log", text(&path)]);
    assert!(code == Some(0) && said.contains("1 payloads gone of which 1 redacted"), "{said}");
}

#[test]
fn a_changed_log_is_found_and_nothing_is_opened_over_it() {
    let path = ledger("ledger-verify");
    assert_eq!(esg(&["verify", text(&path)], b"").exit, 0);
    let kept = path.with_file_name("kept");
    let signed = esg(&["ledger", "sign", text(&path)], b"");
    std::fs::write(&kept, &signed.stdout).unwrap();
    let log = path.join("log/00000000.jsonl");
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, whole.replacen("50.25", "50.24", 1)).unwrap();
    let ran = esg(&["verify", text(&path), "--json"], b"");
    let found = ran.json();
    let mut findings = found["findings"].as_array().unwrap().iter();
    let named = findings.any(|finding| finding["place"] == "line 1" && finding["code"] == "audit.body_hash");
    assert!(ran.exit == 4 && named, "{ran:?}");
    // A log that lost its last line is short of what was signed.
    let cut: String = whole.split_inclusive('\n').take(2).collect();
    std::fs::write(&log, &cut).unwrap();
    let ran = esg(&["verify", text(&path), "--checkpoint", text(&kept)], b"");
    assert_eq!(ran.exit, 4, "{ran:?}");
    for arguments in [["report", "--ledger"], ["ledger", "sign"]] {
        let ran = esg(&[&arguments[..], &[text(&path)]].concat(), b"");
        assert_eq!((ran.exit, &*ran.code()), (4, "store.corrupt"), "{ran:?}");
    }
    assert_eq!(std::fs::read_to_string(&log).unwrap(), cut);
    std::fs::write(&log, whole).unwrap();
    assert_eq!(esg(&["verify", text(&path), "--checkpoint", text(&kept)], b"").exit, 0);
    let nowhere = esg(&["verify", text(&path.join("nowhere"))], b"");
    assert_eq!((nowhere.exit, &*nowhere.code()), (2, "store.absent"));
}

#[test]
fn a_key_is_changed_with_the_word_of_the_old_one() {
    let path = ledger("ledger-rotate");
    let first = std::fs::read_to_string(path.join("key.pub")).unwrap();
    let rotated = esg(&["ledger", "rotate-key", text(&path)], b"");
    assert_eq!(rotated.exit, 0, "{rotated:?}");
    let keys = std::fs::read_to_string(path.join("key.pub")).unwrap();
    assert_eq!(keys, first.clone() + &rotated.stdout);
    assert!(!path.join("key.next").exists());
    let ran = esg(&["ingest", "-", "--ledger", text(&path)], &lines(&[trip("t-9", "2025-03-01", "1")]));
    assert_eq!(ran.exit, 0, "{ran:?}");
    // Whoever has the first key needs no other, with this program and without it.
    let check = |key: &str| esg(&["verify", text(&path), "--key", key.trim_end(), "--json"], b"");
    let verdict = check(&first).json();
    assert_eq!((&verdict["ok"], &verdict["key_changes"]), (&json!(true), &json!(1)), "{verdict}");
    let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/verify.py");
    let checked =
        Command::new("python3").args([tool, "log", text(&path), "--key", first.trim_end()]).output();
    let checked = checked.expect("python3 is needed");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    // Without the checkpoint that both signed, the new key is anyone's.
    for file in std::fs::read_dir(path.join("checkpoints")).unwrap() {
        let file = file.unwrap().path();
        let note = std::fs::read_to_string(&file).unwrap();
        let signatures = note.lines().filter(|line| line.starts_with('\u{2014}')).count();
        if signatures == 2 {
            std::fs::remove_file(file).unwrap();
        }
    }
    let findings = check(&first).json();
    assert_eq!(findings["findings"][0]["code"], "audit.unendorsed", "{findings}");
}

#[test]
fn a_copy_is_a_ledger_again() {
    let path = ledger("ledger-copy");
    let (copy, back) = (path.with_file_name("copy"), path.with_file_name("back"));
    let ran = esg(&["backup", text(&path), text(&copy)], b"");
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(!copy.join("key").exists());
    assert_eq!(esg(&["backup", text(&path), text(&copy)], b"").code(), "store.locked");
    let ran = esg(&["restore", text(&copy), text(&back), "--json"], b"");
    assert_eq!((ran.exit, &ran.json()["size"]), (0, &json!(3)), "{ran:?}");
    let ran = esg(
        &["ingest", "-", "--ledger", text(&back), "--json"],
        &lines(&[trip("t-1", "2025-03-01", "100"), trip("t-9", "2025-03-01", "1")]),
    );
    assert_eq!((&ran.json()["duplicates"], &ran.json()["accepted"]), (&json!(1), &json!(1)));
    assert_eq!(esg(&["ledger", "sign", text(&back)], b"").code(), "cli.key");
    // A copy that is damaged makes no ledger.
    let log = copy.join("log/00000000.jsonl");
    std::fs::write(&log, std::fs::read_to_string(&log).unwrap().replacen("truck-7", "truck-8", 1)).unwrap();
    let refused = esg(&["restore", text(&copy), text(&path.with_file_name("none"))], b"");
    assert_eq!((refused.exit, &*refused.code()), (4, "store.corrupt"));
    assert!(!path.with_file_name("none").exists());
}

#[test]
fn a_second_writer_is_told_who_the_first_one_is() {
    let path = ledger("ledger-locked");
    // A writer that waits for its input holds the ledger.
    let mut first = Command::new(env!("CARGO_BIN_EXE_esg"))
        .args(["ingest", "-", "--ledger", text(&path)])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let holder = format!("process {}", first.id());
    let waited = (0..200).find(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::read_to_string(path.join("lock")).is_ok_and(|text| text == holder)
    });
    assert!(waited.is_some(), "the first writer did not open the ledger");
    let second = esg(&["ingest", "-", "--ledger", text(&path)], &lines(&[trip("x", "2025-03-01", "1")]));
    assert_eq!((second.exit, &*second.code()), (2, "store.locked"));
    assert!(second.stderr.contains(&holder), "{}", second.stderr);
    // Reading goes on beside it.
    assert_eq!(esg(&["report", "--ledger", text(&path), "--json"], b"").exit, 0);
    drop(first.stdin.take());
    assert!(first.wait().unwrap().success());
    assert_eq!(
        esg(&["ingest", "-", "--ledger", text(&path)], &lines(&[trip("x", "2025-03-01", "1")])).exit,
        0
    );
}
