//! Folders in which something is not what it was: they do not open, and stay as they are.
//!
//! `make test` changes some bytes of every line, `ESG_FULL=1` every byte.

mod common;
#[path = "simulated/rng.rs"]
#[allow(dead_code, reason = "each test program uses its part")]
mod rng;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{copy, files, fill, folder, ingest, name, prepared, stamp, tenant, trip, with};
use esg_core::error::Error;
use esg_core::store::Wanted;
use esg_core::time::Period;
use esg_store::FolderLedger;
use rng::Rng;

const LOG: &str = "log/00000000.jsonl";

/// How the process that wrote a ledger ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// Signed, and what was in memory is in the database.
    Closed,
    /// Signed, and then killed.
    Signed,
    /// Killed; nothing but the log speaks of it.
    Killed,
}

fn full() -> bool {
    std::env::var("ESG_FULL").is_ok_and(|full| full != "0")
}

fn work(opened: &mut FolderLedger, prefix: &str) {
    let id = |n: u32| format!("{prefix}{n}");
    let ledger = opened.ledger();
    let day = "2025-03-02";
    ingest(ledger, &(0..4).map(|n| trip(&id(n), day, "10")).collect::<Vec<_>>());
    ingest(ledger, &[trip(&id(0), day, "11"), with(trip(&id(7), day, "9"), "corrects", &id(1))]);
    ledger
        .ingest_atomic(prepared(&(10..13).map(|n| trip(&id(n), day, "2")).collect::<Vec<_>>()), stamp())
        .unwrap();
}

/// A ledger of a dozen lines.
fn small(end: End) -> PathBuf {
    let path = folder("changed");
    let mut opened = FolderLedger::create(&path, &name(), stamp()).unwrap();
    work(&mut opened, "e");
    let day = "2025-01-01".parse().unwrap();
    opened.ledger().close(Period::new(day, day).unwrap(), stamp()).unwrap();
    ended(opened, end);
    path
}

fn ended(mut opened: FolderLedger, end: End) {
    match end {
        End::Closed => opened.close().unwrap(),
        End::Signed => drop(opened.sign().unwrap()),
        End::Killed => {}
    }
}

/// The files that say something: not the lock, and not SQLite's own index of its journal.
fn content(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(path);
    let journal = |name: &str, bytes: &[u8]| name == "ledger.db-wal" && bytes.is_empty();
    files.retain(|name, bytes| name != "lock" && name != "ledger.db-shm" && !journal(name, bytes));
    files
}

fn open(path: &Path) -> Result<FolderLedger, Error> {
    FolderLedger::open(path, stamp())
}

/// The folder does not open, for the reason that something is not what it was, and is afterwards as it was before.
#[track_caller]
fn refused(path: &Path, what: &str) {
    let before = content(path);
    match open(path) {
        Ok(_) => panic!("{what}: it opened"),
        Err(error) => assert_eq!(error.code(), "store.corrupt", "{what}: {error}"),
    }
    assert!(before == content(path), "{what}: it was changed");
}

fn ids(opened: &mut FolderLedger) -> Vec<String> {
    let tenant = tenant();
    let wanted = Wanted { tenant: tenant.as_str(), period: None, as_of: u64::MAX };
    let events = opened.ledger().book().unwrap().reader().events(&wanted).unwrap();
    (0..events.len()).map(|event| events.batch.external_id(event).to_owned()).collect()
}

/// Where the values of the members `actor` and `time` stand in a line.
fn unseen(line: &[u8]) -> Vec<usize> {
    let text = std::str::from_utf8(line).unwrap();
    let value = |member: &str| {
        let start = text.rfind(member).unwrap() + member.len();
        start..start + text[start..].find('"').unwrap()
    };
    value("{\"actor\":\"").chain(value("\"time\":\"")).collect()
}

#[test]
fn a_changed_byte_of_any_line_is_refused_and_nothing_is_touched() {
    let mut rng = Rng::new(1);
    for end in [End::Closed, End::Signed, End::Killed] {
        let path = small(end);
        let log = fs::read(path.join(LOG)).unwrap();
        let mut start = 0;
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            let last = start + line.len() == log.len();
            let places: Vec<usize> = match full() {
                true => (0..line.len()).collect(),
                false => {
                    [0, line.len() - 1].into_iter().chain((0..6).map(|_| rng.below(line.len()))).collect()
                }
            };
            for place in places {
                // Nothing comes after the last line of a log that was neither signed nor closed, so nothing says who and when.
                if end == End::Killed && last && unseen(line).contains(&place) {
                    continue;
                }
                let mut changed = log.clone();
                changed[start + place] ^= 1 << rng.below(8);
                fs::write(path.join(LOG), &changed).unwrap();
                refused(&path, &format!("{end:?}, byte {place} of a line at {start}"));
            }
            start += line.len();
        }
        fs::write(path.join(LOG), &log).unwrap();
        assert_eq!(ids(&mut open(&path).unwrap()).len(), 8, "it opens as it was");
    }
}

#[test]
fn a_log_that_is_shorter_than_what_was_signed_is_refused() {
    let mut rng = Rng::new(2);
    for end in [End::Closed, End::Signed] {
        let path = small(end);
        let log = fs::read(path.join(LOG)).unwrap();
        let ends = log.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let mut cuts: Vec<usize> = ends.filter(|cut| *cut < log.len()).chain([0, log.len() - 1]).collect();
        match full() {
            true => cuts = (0..log.len()).collect(),
            false => cuts.extend((0..20).map(|_| rng.below(log.len()))),
        }
        for cut in cuts {
            fs::write(path.join(LOG), &log[..cut]).unwrap();
            refused(&path, &format!("{end:?}, cut at {cut}"));
        }
        // Each checkpoint is there twice.
        fs::remove_file(path.join("checkpoint")).unwrap();
        fs::write(path.join(LOG), &log[..log.len() / 2]).unwrap();
        refused(&path, "without the newest checkpoint");
        fs::remove_file(path.join(LOG)).unwrap();
        refused(&path, "without a log");
    }
}

#[test]
fn a_full_segment_that_was_changed_is_refused_and_so_is_its_list() {
    let path = folder("sealed");
    let mut opened = FolderLedger::create(&path, &name(), stamp()).unwrap();
    work(&mut opened, "e");
    fill(opened.ledger(), 65_530);
    work(&mut opened, "f");
    opened.close().unwrap();
    let mut log = fs::read(path.join(LOG)).unwrap();
    let mut rng = Rng::new(3);
    for _ in 0..if full() { 500 } else { 6 } {
        let place = rng.below(log.len());
        let bit = 1 << rng.below(8);
        log[place] ^= bit;
        fs::write(path.join(LOG), &log).unwrap();
        refused(&path, &format!("byte {place}"));
        log[place] ^= bit;
    }
    fs::write(path.join(LOG), &log).unwrap();
    let sums = fs::read_to_string(path.join("SHA256SUMS")).unwrap();
    fs::write(path.join("SHA256SUMS"), sums.replace('0', "1")).unwrap();
    refused(&path, "another list of digests");
    // A list that a crash came before is written when the ledger is opened.
    fs::remove_file(path.join("SHA256SUMS")).unwrap();
    assert_eq!(ids(&mut open(&path).unwrap()).len(), 16);
    assert_eq!(fs::read_to_string(path.join("SHA256SUMS")).unwrap(), sums);

    // The database of an earlier day, also with the journal of a later one: the log is read again, or it is refused.
    let (early, late) = (folder("early"), folder("late"));
    let mut opened = FolderLedger::create(&early, &name(), stamp()).unwrap();
    work(&mut opened, "e");
    opened.close().unwrap();
    let old = fs::read(early.join("ledger.db")).unwrap();
    let mut opened = open(&early).unwrap();
    fill(opened.ledger(), 65_530);
    opened.close().unwrap();
    let mut opened = open(&early).unwrap();
    work(&mut opened, "f");
    copy(&early, &late);
    drop(opened);
    assert!(fs::metadata(late.join("ledger.db-wal")).unwrap().len() > 0, "it is copied while it is at work");
    fs::write(late.join("ledger.db"), &old).unwrap();
    match open(&late) {
        Ok(mut opened) => assert_eq!(ids(&mut opened).len(), 16),
        Err(error) => assert!(["store.corrupt", "store.io"].contains(&error.code()), "{error}"),
    }
    fs::write(early.join("ledger.db"), &old).unwrap();
    let mut opened = open(&early).unwrap();
    assert_eq!(ids(&mut opened).len(), 16);
    // What it has been told before is known.
    let again = ingest(opened.ledger(), &[trip("e2", "2025-03-02", "10"), trip("f12", "2025-03-02", "2")]);
    assert!(again.iter().all(|(outcome, _)| outcome.as_str() == "duplicate"), "{again:?}");
}

#[test]
fn the_database_of_another_ledger_is_never_mixed_with_a_log() {
    let (ours, theirs) = (small(End::Closed), folder("theirs"));
    let mut opened = FolderLedger::create(&theirs, &name(), stamp()).unwrap();
    work(&mut opened, "x");
    opened.close().unwrap();
    let (own, log) = (fs::read(ours.join("ledger.db")).unwrap(), fs::read(ours.join(LOG)).unwrap());

    // Of the same name, with other lines.
    fs::copy(theirs.join("ledger.db"), ours.join("ledger.db")).unwrap();
    refused(&ours, "the database of another ledger");
    // Of another name.
    let named = folder("named");
    FolderLedger::create(&named, &"example.org/else".parse().unwrap(), stamp()).unwrap().close().unwrap();
    fs::copy(named.join("ledger.db"), ours.join("ledger.db")).unwrap();
    refused(&ours, "the database of a ledger of another name");
    // A later database over an earlier log.
    fs::write(ours.join("ledger.db"), &own).unwrap();
    let mut opened = open(&ours).unwrap();
    work(&mut opened, "later");
    opened.close().unwrap();
    let whole = fs::read(ours.join(LOG)).unwrap();
    fs::write(ours.join(LOG), &log).unwrap();
    refused(&ours, "an earlier log");
    // An earlier database: what it does not have is read from the log.
    fs::write(ours.join(LOG), &whole).unwrap();
    fs::write(ours.join("ledger.db"), &own).unwrap();
    assert_eq!(ids(&mut open(&ours).unwrap()).len(), 16);
    // None at all: it is made again from the log, under the log's name and no other.
    fs::remove_file(ours.join("ledger.db")).unwrap();
    assert_eq!(open(&ours).unwrap_err().code(), "store.absent");
    let other = FolderLedger::open_or_create(&ours, &"example.org/else".parse().unwrap(), stamp());
    assert_eq!(other.unwrap_err().code(), "store.corrupt");
    let mut opened = FolderLedger::open_or_create(&ours, &name(), stamp()).unwrap();
    assert_eq!(ids(&mut opened).len(), 16);
}

#[test]
fn a_ledger_whose_making_was_cut_short_is_made() {
    let path = folder("making");
    fs::create_dir_all(&path).unwrap();
    // A draft of the database with a journal, and a secret key whose public half was not written yet.
    for left in ["ledger.new", "ledger.new-wal", "key.new", "key.pub.new"] {
        fs::write(path.join(left), "left").unwrap();
    }
    let other = folder("key");
    FolderLedger::create(&other, &name(), stamp()).unwrap();
    fs::copy(other.join("key"), path.join("key")).unwrap();
    FolderLedger::create(&path, &name(), stamp()).unwrap().close().unwrap();
    assert_eq!(fs::read(path.join("key.pub")).unwrap(), fs::read(other.join("key.pub")).unwrap());
    open(&path).unwrap();
}
