//! Whether a ledger has all that it acknowledged, once, and nothing that was repaired in silence.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use esg_core::Decimal;
use esg_core::audit::{Checkpoint, Hash, Options, Record, RecordKind, SEGMENT_LINES, VerifierKey, verify};
use esg_core::ledger::{Book, Question};
use esg_core::store::{Events, Wanted};
use esg_store::FolderLedger;
use serde_json::Value;

use crate::common::{name, stamp, tenant};

/// A ledger near the end of its first segment, closed in order: what every run begins with.
pub struct Base {
    pub folder: PathBuf,
    /// Its log, which every later log has to begin with.
    pub log: Vec<u8>,
    /// Lines of it.
    pub lines: u64,
    /// Its events, of one litre each.
    pub events: usize,
}

/// Names and bytes of the files in a folder of a ledger.
pub fn files(folder: &Path, name: &str) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder.join(name)) else { return BTreeMap::new() };
    let own = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| entry.unwrap()).map(|entry| (own(&entry), fs::read(entry.path()).unwrap())).collect()
}

/// Opens the ledger, compares it with the receipts, and lets go of it as a process does that is killed.
pub fn judge(base: &Base, folder: &Path, receipts: &Path, every_byte: bool) {
    let mut opened = FolderLedger::open(folder, stamp()).unwrap_or_else(|e| panic!("it does not open: {e}"));
    let ledger = opened.ledger();
    let log = log(folder);
    let added = log.strip_prefix(&*base.log).expect("lines of the base were changed");
    let lines: Vec<&[u8]> = added.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(base.lines + lines.len() as u64, ledger.size());
    let tenant = tenant();
    let wanted = Wanted { tenant: tenant.as_str(), period: None, as_of: u64::MAX };
    let events = ledger.book().unwrap().reader().events(&wanted).unwrap();
    let there = once(&events);
    let closed: Vec<u64> = ledger.closed().iter().map(|closed| closed.seq).collect();
    let line = |seq: u64| lines[usize::try_from(seq - base.lines).unwrap()];
    receipts_hold(folder, receipts, &there, &line, &closed);
    quarantine(folder, &lines);
    if every_byte {
        audited(folder);
    }
}

/// All bytes of the log.
fn log(folder: &Path) -> Vec<u8> {
    files(folder, "log").into_values().collect::<Vec<_>>().concat()
}

/// Line and fingerprint of every event; none may be there twice.
fn once(events: &Events) -> BTreeMap<String, (u64, Hash)> {
    let mut there = BTreeMap::new();
    for event in 0..events.len() {
        let known = (events.batch.line[event], Hash::from_bytes(events.fingerprints[event]));
        let before = there.insert(events.batch.external_id(event).to_owned(), known);
        assert_eq!(before, None, "{} is there twice", events.batch.external_id(event));
    }
    there
}

fn receipts_hold<'l>(
    folder: &Path,
    receipts: &Path,
    there: &BTreeMap<String, (u64, Hash)>,
    line: &dyn Fn(u64) -> &'l [u8],
    closed: &[u64],
) {
    let text = fs::read_to_string(receipts).unwrap_or_default();
    // A receipt that was cut was given to nobody.
    for receipt in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let words: Vec<&str> = receipt.split(' ').collect();
        match words[..] {
            ["event", id, seq, print] => {
                let told = (seq.parse().unwrap(), print.parse().unwrap());
                assert_eq!(there.get(id), Some(&told), "{receipt}");
                let line = std::str::from_utf8(line(told.0)).unwrap();
                assert!(line.contains(id) && line.contains(print), "{receipt}: {line}");
            }
            ["closed", seq] => assert!(closed.contains(&seq.parse().unwrap()), "{receipt}"),
            ["signed", size, root] => {
                // That the log has this root was looked at when it was opened.
                let last = size.parse::<u64>().unwrap() - 1;
                assert!(line(last).ends_with(b"\n"), "{receipt}");
                let kept = fs::read_to_string(folder.join("checkpoints").join(size)).unwrap();
                assert_eq!(kept.lines().nth(2), Some(root), "{receipt}");
            }
            _ => panic!("{receipt}"),
        }
    }
}

/// Every piece that was cut off has one record.
fn quarantine(folder: &Path, lines: &[&[u8]]) {
    let mut records = Vec::new();
    for line in lines {
        let record = Record::parse(line.strip_suffix(b"\n").unwrap()).unwrap();
        if record.kind() != RecordKind::Recovery {
            continue;
        }
        let body: Value = serde_json::from_slice(record.body()).unwrap();
        records.push((body["quarantined"].as_str().unwrap().to_owned(), body["bytes"].as_u64().unwrap()));
    }
    records.sort();
    let mut pieces: Vec<(String, u64)> = files(folder, "quarantine")
        .into_iter()
        .filter(|(name, _)| !name.ends_with(".new"))
        .map(|(name, bytes)| (format!("quarantine/{name}"), bytes.len() as u64))
        .collect();
    pieces.sort();
    assert_eq!(records, pieces);
}

/// The check that an auditor makes, over every byte.
fn audited(folder: &Path) {
    let (segments, name) = (files(folder, "log"), name());
    let notes: Vec<String> =
        files(folder, "checkpoints").into_values().filter_map(|note| String::from_utf8(note).ok()).collect();
    let key: VerifierKey = fs::read_to_string(folder.join("key.pub")).unwrap().trim_end().parse().unwrap();
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    assert!(notes.iter().all(|note| Checkpoint::open(note, std::slice::from_ref(&key)).is_ok()));
    let full = segments
        .values()
        .any(|bytes| bytes.iter().filter(|byte| **byte == b'\n').count() as u64 == SEGMENT_LINES);
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap_or_default();
    assert_eq!(full, !sums.is_empty());
    // A file that got no line yet is no segment.
    let segments = segments.into_values().filter(|bytes| !bytes.is_empty());
    let verdict = verify(segments, Options::new(&name).key(&key).checkpoints(&notes).sums(&sums));
    assert!(verdict.is_clean(), "{:#?}", verdict.findings);
}

/// Litres of the events that count.
pub fn litres(book: &Book) -> String {
    let question = Question { tenant: tenant(), period: None, as_of: None };
    let values = book.events(&question).unwrap().batch.value;
    values.into_iter().fold(Decimal::from(0), |sum, value| sum.checked_add(value).unwrap()).to_string()
}
