//! What has to be true whenever a ledger has opened.

use std::collections::{BTreeMap, BTreeSet};

use esg_core::audit::{Hash, Options, Record, RecordKind, VerifierKey, verify};
use esg_core::store::{Events, Key, Reader, Redacted, Replay, Store, Wanted};
use esg_store::LogStore;
use serde_json::Value;

use crate::common::name;
use crate::disk::{Files, SimDisk};
use crate::model::Model;

/// All bytes of the log.
fn log(files: &Files) -> Vec<u8> {
    let segments: Vec<&[u8]> =
        files.range("log/".to_owned().."log0".to_owned()).map(|(_, bytes)| bytes.as_slice()).collect();
    segments.concat()
}

/// The records of whole lines.
fn records(log: &[u8]) -> impl Iterator<Item = Record<'_>> {
    log.split_inclusive(|byte| *byte == b'\n')
        .filter_map(|line| line.strip_suffix(b"\n"))
        .filter_map(|line| Record::parse(line).ok())
}

/// Lines whose event another line redacts.
fn redacted(log: &[u8]) -> BTreeSet<u64> {
    let target = |record: Record<'_>| {
        let body: Value = serde_json::from_slice(record.body()).unwrap();
        body["seq"].as_u64().unwrap()
    };
    records(log).filter(|record| record.kind() == RecordKind::Redaction).map(target).collect()
}

fn payload(files: &Files, seq: u64) -> Option<&Vec<u8>> {
    files.get(&format!("payloads/{seq}.json"))
}

/// The events of lines, by reading them and what they committed to.
fn replayed(log: &[u8], files: &Files) -> (Events, Vec<(u64, RecordKind)>) {
    let (mut replay, redacted) = (Replay::default(), redacted(log));
    for record in records(log).filter(|record| !redacted.contains(&record.seq())) {
        replay.push(&record, payload(files, record.seq()).map(Vec::as_slice)).unwrap();
    }
    replay.finish()
}

/// True where a payload has no line.
pub fn orphaned(files: &Files) -> bool {
    let size = log(files).iter().filter(|byte| **byte == b'\n').count();
    let line = |name: &String| name.strip_prefix("payloads/")?.strip_suffix(".json")?.parse::<usize>().ok();
    files.keys().filter_map(line).any(|line| line >= size)
}

pub fn opened(store: &LogStore<SimDisk>, files: &Files, model: &Model, key: &VerifierKey, lines: usize) {
    let (log, name) = (log(files), name());
    // The log is whole, and is what every note that was given out says.
    let payloads = |seq: u64| payload(files, seq).cloned();
    let notes: Vec<&str> = model.notes.iter().map(String::as_str).collect();
    let verdict = verify([&log], Options::new(&name).key(key).checkpoints(&notes).payloads(&payloads));
    assert!(verdict.is_clean(), "{:#?}", verdict.findings);
    assert_eq!((verdict.size, verdict.root), (store.size(), store.chain().unwrap().root()));

    // What the database and the memory have is what the lines say.
    let (events, marks) = replayed(&log, files);
    let wanted = Wanted { tenant: "acme", period: None, as_of: u64::MAX };
    let kept = store.events(&wanted).unwrap();
    assert_eq!(kept.to_block(), events.to_block(), "events are not those of the log");
    let gone = redacted(&log);
    let left = store.redacted().unwrap();
    assert!(left.iter().map(|left| left.seq).eq(gone.iter().copied()), "{left:?}");
    let mut replaced: Vec<_> = events.replaced().chain(left.iter().filter_map(Redacted::replaced)).collect();
    replaced.sort_by_key(|replaced| replaced.by);
    assert_eq!(store.amendments().unwrap(), replaced);
    for kind in RecordKind::ALL {
        let seqs = |(seq, of): &(u64, RecordKind)| (of == kind).then_some(*seq);
        assert_eq!(store.marks(*kind).unwrap(), marks.iter().filter_map(seqs).collect::<Vec<_>>());
    }

    // Nothing is there twice, and nothing that was not sent.
    let mut there: BTreeMap<&str, (u64, [u8; 32])> = BTreeMap::new();
    for event in 0..events.len() {
        let id = events.batch.external_id(event);
        let before = there.insert(id, (events.batch.line[event], events.fingerprints[event]));
        assert_eq!(before, None, "{id} is there twice");
        assert!(model.sent.contains_key(id), "{id} was never sent");
    }
    // All that was acknowledged is there, where it was said to be.
    for (id, told) in &model.acknowledged {
        match gone.contains(&told.0) {
            false => assert_eq!(there.get(id.as_str()), Some(told), "{id} was acknowledged"),
            true => silent(id, there.contains_key(id.as_str()), files),
        }
    }
    for id in &model.redacted {
        assert!(gone.contains(&model.acknowledged[id].0), "{id} was redacted");
    }
    let ids: Vec<&String> = model.sent.keys().collect();
    let keys: Vec<Key> = ids.iter().map(|id| Key::of("acme", "truck-7", id)).collect();
    for (id, known) in ids.iter().zip(store.find(&keys).unwrap()) {
        let known = known.map(|known| (known.seq, known.fingerprint));
        let there = there.get(id.as_str()).map(|(seq, print)| (*seq, Some(*print)));
        let left = left.iter().find(|left| left.key == Key::of("acme", "truck-7", id));
        assert_eq!(known, there.or(left.map(|left| (left.seq, None))), "{id} is found as another one");
    }
    for group in &model.groups {
        let left = |id: &str| left.iter().any(|left| left.key == Key::of("acme", "truck-7", id));
        let count = group.iter().filter(|id| there.contains_key(id.as_str()) || left(id)).count();
        assert!(count == 0 || count == group.len(), "{count} of {group:?}");
    }
    sums(files, lines);
    recorded(files, store);
}

/// Nothing of a redacted event is left but what a crash set apart before anyone was told of it.
fn silent(id: &str, there: bool, files: &Files) {
    assert!(!there, "{id} was redacted");
    let text = format!("\"external_event_id\":\"{id}\"").into_bytes();
    for (name, bytes) in files.iter().filter(|(name, _)| !name.starts_with("quarantine/")) {
        assert!(!bytes.windows(text.len()).any(|part| part == text), "{name} speaks of {id}");
    }
}

/// The list of digests is that of the full files.
fn sums(files: &Files, lines: usize) {
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    let full = files.iter().filter(|(name, bytes)| name.starts_with("log/") && count(bytes) == lines);
    let wanted: String = full.map(|(name, bytes)| format!("{}  {name}\n", Hash::of(bytes))).collect();
    let found = files.get("SHA256SUMS").map_or("", |bytes| std::str::from_utf8(bytes).unwrap());
    assert_eq!(found, wanted);
}

/// Pieces in quarantine: name, the file that they were in and where, and their bytes.
fn pieces(files: &Files) -> Vec<(&str, String, usize, &[u8])> {
    let mut pieces = Vec::new();
    for (name, bytes) in files {
        let Some(rest) = name.strip_prefix("quarantine/") else { continue };
        let (file, at) = match rest.strip_prefix("payloads.") {
            Some(at) => ("payloads".to_owned(), at),
            None => {
                let (file, at) = rest.split_once(".jsonl.").unwrap();
                (format!("log/{file}.jsonl"), at)
            }
        };
        // A draft is no piece yet.
        if !at.ends_with(".new") {
            let at = at.split('.').next().unwrap().parse().unwrap();
            pieces.push((name.as_str(), file, at, bytes.as_slice()));
        }
    }
    pieces
}

/// Every byte of the log that was there before is still there, or in quarantine; and what is there stays.
pub fn accounted(before: &Files, after: &Files) {
    for (name, bytes) in before.iter().filter(|(name, _)| name.starts_with("log/")) {
        let now = after.get(name).map_or(&[][..], Vec::as_slice);
        if now.starts_with(bytes) {
            continue;
        }
        let same = bytes.iter().zip(now).take_while(|(a, b)| a == b).count();
        let covers = |(_, file, at, piece): &(&str, String, usize, &[u8])| {
            file == name && *at <= same && bytes[*at..] == **piece
        };
        assert!(pieces(after).iter().any(covers), "{name}: bytes from {same} on are nowhere");
    }
    let gone = redacted(&log(after));
    for (name, bytes) in before.iter().filter(|(name, _)| name.starts_with("payloads/")) {
        let seq = name["payloads/".len()..].strip_suffix(".json").unwrap().parse().unwrap();
        let whole = [format!("{name} {}\n", bytes.len()).as_bytes(), bytes].concat();
        let apart = |(_, file, _, piece): (&str, String, usize, &[u8])| {
            file == "payloads" && piece.windows(whole.len()).any(|part| part == whole)
        };
        let found = after.get(name) == Some(bytes) || pieces(after).into_iter().any(apart);
        assert!(found || gone.contains(&seq), "{name} is nowhere");
    }
    for (name, _, _, piece) in pieces(before) {
        assert_eq!(after.get(name).map(Vec::as_slice), Some(piece), "{name}");
    }
}

/// Every piece in quarantine has one record that says so.
fn recorded(files: &Files, store: &LogStore<SimDisk>) {
    let mut records: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    for seq in store.marks(RecordKind::Recovery).unwrap() {
        let line = store.line(seq).unwrap();
        let body: Value = serde_json::from_slice(Record::parse(&line).unwrap().body()).unwrap();
        let name = body["quarantined"].as_str().unwrap().to_owned();
        records.entry(name).or_insert((body["bytes"].as_u64().unwrap(), 0)).1 += 1;
    }
    let wanted: BTreeMap<String, (u64, usize)> = pieces(files)
        .into_iter()
        .map(|(name, _, _, piece)| (name.to_owned(), (piece.len() as u64, 1)))
        .collect();
    assert_eq!(records, wanted);
}
