//! What has to be true whenever a ledger has opened.

use std::collections::BTreeMap;

use esg_core::audit::{Hash, Options, Record, RecordKind, VerifierKey, verify};
use esg_core::store::{Events, Key, Reader, Replay, Store, Wanted};
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

/// The events of lines, by reading them.
fn replayed(log: &[u8]) -> (Events, Vec<(u64, RecordKind)>) {
    let mut replay = Replay::default();
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        replay.push(&Record::parse(line.strip_suffix(b"\n").unwrap()).unwrap()).unwrap();
    }
    replay.finish()
}

pub fn opened(store: &LogStore<SimDisk>, files: &Files, model: &Model, key: &VerifierKey, lines: usize) {
    let (log, name) = (log(files), name());
    // The log is whole, and is what every note that was given out says.
    let notes: Vec<&str> = model.notes.iter().map(String::as_str).collect();
    let verdict = verify([&log], Options::new(&name).key(key).checkpoints(&notes));
    assert!(verdict.is_clean(), "{:#?}", verdict.findings);
    assert_eq!((verdict.size, verdict.root), (store.size(), store.chain().unwrap().root()));

    // What the database and the memory have is what the lines say.
    let (events, marks) = replayed(&log);
    let wanted = Wanted { tenant: "acme", period: None, as_of: u64::MAX };
    let kept = store.events(&wanted).unwrap();
    assert_eq!(kept.to_block(), events.to_block(), "events are not those of the log");
    assert_eq!(store.amendments().unwrap(), events.replaced().collect::<Vec<_>>());
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
        assert_eq!(there.get(id.as_str()), Some(told), "{id} was acknowledged");
    }
    let ids: Vec<&String> = model.sent.keys().collect();
    let keys: Vec<Key> = ids.iter().map(|id| Key::of("acme", "truck-7", id)).collect();
    for (id, known) in ids.iter().zip(store.find(&keys).unwrap()) {
        let known = known.map(|known| (known.seq, known.fingerprint));
        assert_eq!(known.as_ref(), there.get(id.as_str()), "{id} is found as another one");
    }
    for group in &model.groups {
        let count = group.iter().filter(|id| there.contains_key(id.as_str())).count();
        assert!(count == 0 || count == group.len(), "{count} of {group:?}");
    }
    sums(files, lines);
    recorded(files, store);
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
        let (file, at) = rest.split_once(".jsonl.").unwrap();
        // A draft is no piece yet.
        if !at.ends_with(".new") {
            let at = at.split('.').next().unwrap().parse().unwrap();
            pieces.push((name.as_str(), format!("log/{file}.jsonl"), at, bytes.as_slice()));
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
