//! Detached events in a folder: where their bytes are, what a hand that meddles with them finds, and what a crash leaves.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{copy, files, fill, folder, name, prepared, stamp, tenant, trip, with};
use esg_core::error::Error;
use esg_core::ledger::Question;
use esg_core::store::StoreError;
use esg_store::{Against, FolderLedger, backup, check, detached, read, restore};
use serde_json::Value;

/// A trip of somebody, whose name stands in a tag and in the id.
fn of_jane(day: &str, litres: &str) -> Value {
    let mut event = trip("jane-doe-1", day, litres);
    event["tags"]["driver"] = "jane-doe".into();
    event
}

/// A ledger with a trip of hers in line 1, among others.
fn ledger(test: &str) -> (PathBuf, FolderLedger) {
    let path = folder(test);
    let mut opened = FolderLedger::create(&path, &name(), stamp()).unwrap();
    let events = [trip("a", "2025-03-01", "100"), of_jane("2025-03-02", "50"), trip("b", "2025-03-03", "7")];
    opened.ledger().ingest(detached(prepared(&events)).unwrap(), stamp()).unwrap();
    (path, opened)
}

/// Files that hold a word.
fn that_hold(path: &Path, word: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    files(path).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name).collect()
}

/// Files but those that SQLite makes and removes beside its own.
fn kept(path: &Path) -> BTreeMap<String, Vec<u8>> {
    files(path).into_iter().filter(|(name, _)| !name.starts_with("ledger.db-")).collect()
}

fn refused<T>(opened: Result<T, Error>) -> String {
    match opened {
        Err(Error::Store(StoreError::Corrupt { place, reason })) => format!("{place}: {reason}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opens"),
    }
}

#[track_caller]
fn clean(path: &Path, redacted: u64) {
    let checked = check(path, &Against { books: true, ..Against::default() }).unwrap();
    assert!(checked.is_clean(), "{checked:?}");
    assert_eq!(checked.verdict.redacted, redacted);
    let key = fs::read_to_string(path.join("key.pub")).unwrap();
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/verify.py");
    let ran = Command::new("python3").arg(tool).arg("log").arg(path).args(["--key", key.trim_end()]).output();
    let ran = ran.expect("python3 is needed");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn no_file_of_a_ledger_holds_a_redacted_event_wherever_it_was_kept() {
    // In the log's last part, read from the log again or kept at a closing; and in a full segment.
    for (at, closed, full) in [(0, false, false), (1, true, false), (2, false, true), (3, true, true)] {
        let (path, mut opened) = ledger(&format!("nowhere-{at}"));
        if full {
            fill(opened.ledger(), 65_540);
        }
        if closed {
            opened.close().unwrap();
            opened = FolderLedger::open(&path, stamp()).unwrap();
            let database = that_hold(&path, "jane-doe");
            assert_eq!(database, ["ledger.db", "payloads/1.json"], "what is not there cannot go");
        }
        assert!(!that_hold(&path, "jane-doe").is_empty());
        opened.ledger().redact(1, "case 4", stamp()).unwrap();
        assert_eq!(that_hold(&path, "jane-doe"), Vec::<String>::new());
        opened.close().unwrap();
        assert_eq!(that_hold(&path, "jane-doe"), Vec::<String>::new());
        clean(&path, 1);
        // The database is made again from the log, and knows the event no better.
        fs::remove_file(path.join("ledger.db")).unwrap();
        let mut opened = FolderLedger::create(&path, &name(), stamp()).unwrap();
        let again = opened.ledger().ingest(prepared(&[of_jane("2025-03-02", "50")]), stamp()).unwrap();
        assert_eq!(again.rejected[0].code, "telemetry.redacted");
        let question = Question { tenant: tenant(), period: None, as_of: None };
        assert_eq!(opened.ledger().book().unwrap().redacted(&question).unwrap().len(), 1);
        opened.close().unwrap();
        assert_eq!(that_hold(&path, "jane-doe"), Vec::<String>::new());
        clean(&path, 1);
        fs::remove_dir_all(path).unwrap();
    }
}

#[test]
fn payloads_that_are_gone_changed_or_exchanged_are_refused_and_nothing_is_changed() {
    let (path, opened) = ledger("meddled");
    drop(opened);
    let whole = kept(&path);
    let own = path.join("payloads/1.json");
    let text = fs::read_to_string(&own).unwrap();
    let other = fs::read_to_string(path.join("payloads/0.json")).unwrap();
    let (start, salt) = text.split_at(text.len() - 67);
    let salted = format!("{start}{}", salt.replacen(|c: char| c != '0', "0", 1));
    for wrong in [&other, &salted, &text.replace("\"50\"", "\"5\""), &text[..text.len() / 2], ""] {
        assert_ne!(wrong, text);
        fs::write(&own, wrong).unwrap();
        let before = kept(&path);
        assert!(refused(FolderLedger::open(&path, stamp())).starts_with("line 1 of the log: its payload"));
        assert!(refused(read(&path)).starts_with("line 1 of the log: its payload"));
        assert!(kept(&path) == before, "something was changed");
        assert!(!check(&path, &Against::default()).unwrap().is_clean());
    }
    fs::remove_file(&own).unwrap();
    let missing = refused(FolderLedger::open(&path, stamp()));
    assert_eq!(
        missing,
        "line 1 of the log: its payload is not there, and no record says that it was redacted"
    );
    fs::write(&own, text).unwrap();
    assert!(kept(&path) == whole);
    // What is left of a redacted event is needed too: without it the event could come back.
    let mut opened = FolderLedger::open(&path, stamp()).unwrap();
    opened.ledger().redact(1, "case 4", stamp()).unwrap();
    opened.close().unwrap();
    let left = path.join("redacted/1.json");
    let document = fs::read(&left).unwrap();
    for wrong in [None, Some(&b"{}"[..])] {
        match wrong {
            None => fs::remove_file(&left).unwrap(),
            Some(wrong) => fs::write(&left, wrong).unwrap(),
        }
        assert!(refused(FolderLedger::open(&path, stamp())).starts_with("redacted"));
    }
    fs::write(&left, &document).unwrap();
    // And none may be there that no line speaks of.
    fs::write(
        path.join("redacted/0.json"),
        String::from_utf8(document)
            .unwrap()
            .replace("\"by\":3", "\"by\":1")
            .replace("\"seq\":1", "\"seq\":0"),
    )
    .unwrap();
    assert!(refused(FolderLedger::open(&path, stamp())).contains("no line of the log redacts"));
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn a_payload_without_a_line_is_set_apart_and_is_not_that_of_the_next_line() {
    let (path, opened) = ledger("orphan");
    drop(opened);
    // A crash came behind the payloads of three lines and before the lines; of one of them half was there.
    let stray = fs::read(path.join("payloads/0.json")).unwrap();
    for (seq, length) in [(3, stray.len()), (4, stray.len() / 2), (5, 0)] {
        fs::write(path.join(format!("payloads/{seq}.json")), &stray[..length]).unwrap();
    }
    let mut opened = FolderLedger::open(&path, stamp()).unwrap();
    assert_eq!(opened.recovered().len(), 1);
    let piece = fs::read(path.join("quarantine/payloads.3")).unwrap();
    let part = |seq: u64, bytes: &[u8]| {
        [format!("payloads/{seq}.json {}\n", bytes.len()).as_bytes(), bytes, b"\n"].concat()
    };
    assert_eq!(piece, [part(3, &stray), part(4, &stray[..stray.len() / 2]), part(5, b"")].concat());
    let record: Value = serde_json::from_slice(&read(&path).unwrap().reader().line(3).unwrap()).unwrap();
    assert_eq!(
        (&record["kind"], &record["body"]["quarantined"]),
        (&"recovery".into(), &"quarantine/payloads.3".into())
    );
    opened.ledger().ingest(detached(prepared(&[trip("c", "2025-03-04", "1")])).unwrap(), stamp()).unwrap();
    opened.close().unwrap();
    assert!(path.join("payloads/4.json").exists() && !path.join("payloads/3.json").exists());
    clean(&path, 0);
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn a_redaction_that_a_crash_broke_off_is_ended_when_the_ledger_is_opened() {
    let (path, opened) = ledger("broken-off");
    opened.close().unwrap();
    let before = folder("broken-off-before");
    copy(&path, &before);
    let mut opened = FolderLedger::open(&path, stamp()).unwrap();
    opened.ledger().redact(1, "case 4", stamp()).unwrap();
    drop(opened);
    // The line is there, and everything else as it was: with what is left of the event written already, and without.
    for written in [false, true] {
        let broken = folder("broken-off-again");
        copy(&before, &broken);
        fs::copy(path.join("log/00000000.jsonl"), broken.join("log/00000000.jsonl")).unwrap();
        if written {
            fs::create_dir(broken.join("redacted")).unwrap();
            fs::copy(path.join("redacted/1.json"), broken.join("redacted/1.json")).unwrap();
        }
        // Whoever only reads sees the event no more, and changes nothing.
        let question = Question { tenant: tenant(), period: None, as_of: None };
        let book = read(&broken).unwrap();
        assert_eq!((book.events(&question).unwrap().len(), book.redacted(&question).unwrap().len()), (2, 1));
        assert!(broken.join("payloads/1.json").exists());
        drop(book);
        drop(FolderLedger::open(&broken, stamp()).unwrap());
        assert_eq!(that_hold(&broken, "jane-doe"), Vec::<String>::new());
        clean(&broken, 1);
        fs::remove_dir_all(broken).unwrap();
    }
    fs::remove_dir_all(path).unwrap();
    fs::remove_dir_all(before).unwrap();
}

#[test]
fn a_copy_has_the_payloads_and_not_those_that_are_gone() {
    let (path, mut opened) = ledger("copied");
    let correction = with(of_jane("2025-03-02", "40"), "corrects", "b");
    opened.ledger().redact(1, "case 4", stamp()).unwrap();
    let mut correction = correction;
    correction["external_event_id"] = "b2".into();
    correction["tags"].as_object_mut().unwrap().remove("driver");
    opened.ledger().ingest(detached(prepared(&[correction])).unwrap(), stamp()).unwrap();
    opened.sign().unwrap();
    let (to, back) = (folder("copied-to"), folder("copied-back"));
    backup(&path, &to, true).unwrap();
    assert_eq!(that_hold(&to, "jane-doe"), Vec::<String>::new());
    clean(&to, 1);
    restore(&to, &back, &Against::default()).unwrap();
    let mut again = FolderLedger::open(&back, stamp()).unwrap();
    let all = [trip("a", "2025-03-01", "100"), of_jane("2025-03-02", "50")];
    let ingested = again.ledger().ingest(prepared(&all), stamp()).unwrap();
    assert_eq!((ingested.items[0].seq, ingested.rejected[0].code), (0, "telemetry.redacted"));
    drop((again, opened));
    for path in [path, to, back] {
        fs::remove_dir_all(path).unwrap();
    }
}
