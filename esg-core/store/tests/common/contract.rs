//! What every store has to do: it is right when it cannot be told from the one in memory.

use esg_core::audit::{Hash, RecordKind};
use esg_core::ledger::{Ledger, Outcome};
use esg_core::store::{Events, Key, MemoryStore, Reader, Redacted, Store, StoreError, Wanted};
use esg_core::time::Period;
use serde_json::Value;

use super::{fill, ingest, name, open_salts, prepared, stamp, trip, with};

/// An event as anyone can see it: line, tenant, key, fingerprint, canonical text.
pub type Seen = (u64, String, Key, [u8; 32], Vec<u8>);

/// Lines, events, hashes of the tree, and marks; payloads and what is left of those that are gone.
type Everything = (Vec<Vec<u8>>, Vec<Vec<Seen>>, Vec<Hash>, Vec<u64>, Vec<Option<Vec<u8>>>, Vec<Redacted>);

/// Events without what depends on how they were stored: dictionaries may hold words of events that were left out.
pub fn seen(events: &Events) -> Vec<Seen> {
    let seen = |event: usize| {
        let tenant = events.tenants.word(events.tenant[event]).to_string();
        let (line, key) = (events.batch.line[event], events.keys[event]);
        (line, tenant, key, events.fingerprints[event], events.batch.canonical_event(event))
    };
    (0..events.len()).map(seen).collect()
}

/// What anyone can learn from a reader.
fn everything(reader: &dyn Reader) -> Everything {
    let size = reader.size();
    let mut lines = Vec::new();
    let near = |seq: u64| seq < 50 || seq + 50 > size || (65_500..65_600).contains(&seq);
    let mut wanted = Vec::new();
    for seq in (0..size).filter(|seq| near(*seq)) {
        lines.push(reader.line(seq).unwrap());
        wanted.push(seq);
    }
    let mut ranged = Vec::new();
    reader
        .lines(0..size, &mut |seq, line| {
            if near(seq) {
                ranged.push(line.to_vec());
            }
            true
        })
        .unwrap();
    assert_eq!(ranged, lines);
    let days = |a: &str, b: &str| Some(Period::new(a.parse().unwrap(), b.parse().unwrap()).unwrap());
    let mut blocks = Vec::new();
    for tenant in ["acme", "other"] {
        for period in [
            None,
            days("2025-03-01", "2025-03-31"),
            days("2025-03-02", "2025-03-02"),
            days("2030-01-01", "2030-12-31"),
        ] {
            for as_of in [0, 3, size / 2, size] {
                blocks.push(seen(&reader.events(&Wanted { tenant, period, as_of }).unwrap()));
            }
        }
    }
    let mut hashes = reader.leaves(size.saturating_sub(3)..size).unwrap();
    for level in 0..18u32 {
        if size >> level > 0 {
            hashes.push(reader.subtree(level, (size >> level) - 1).unwrap());
        }
    }
    let marks = RecordKind::ALL.iter().flat_map(|kind| reader.marks(*kind).unwrap()).collect();
    assert_eq!(reader.line(size).unwrap_err(), StoreError::Missing { seq: size, size });
    let payloads = wanted.iter().map(|seq| reader.payload(*seq).unwrap()).collect();
    (lines, blocks, hashes, marks, payloads, reader.redacted().unwrap())
}

/// Refuses two readers of which one knows what the other does not.
#[track_caller]
pub fn same(a: &dyn Reader, b: &dyn Reader) {
    assert_eq!((a.name(), a.size()), (b.name(), b.size()));
    assert_eq!(a.amendments().unwrap(), b.amendments().unwrap());
    assert!(everything(a) == everything(b), "two stores of one history differ");
}

/// Goes the same way with both, and compares them again and again. `anew` opens the store once more.
pub fn contract<S: Store>(mut other: Ledger<S>, mut anew: impl FnMut(Ledger<S>) -> Ledger<S>) {
    let mut memory = Ledger::open(MemoryStore::new(name())).unwrap();
    same(memory.store(), other.store());
    let day = "2025-03-02";
    let mut steps: Vec<Vec<Value>> = vec![
        vec![trip("a", "2025-03-01", "100"), trip("b", day, "50.25")],
        vec![trip("a", "2025-03-01", "100"), trip("b", day, "7")],
        vec![with(trip("a2", day, "80"), "corrects", "a"), with(trip("b0", day, "1"), "void", "b")],
        vec![with(trip("c2", day, "80"), "corrects", "nothing"), trip("\u{1F600}é\"\\", day, "0.000001")],
    ];
    steps.push((0..300).map(|i| trip(&format!("e{i}"), &format!("2025-0{}-01", i % 9 + 1), "1")).collect());
    for step in &steps {
        assert_eq!(ingest(&mut memory, step), ingest(&mut other, step));
        same(memory.store(), other.store());
    }
    let snapshot = (memory.store().snapshot().unwrap(), other.store().snapshot().unwrap());
    let period = Period::new("2025-09-01".parse().unwrap(), "2025-09-30".parse().unwrap()).unwrap();
    assert_eq!(memory.close(period, stamp()).unwrap(), other.close(period, stamp()).unwrap());
    other = anew(other);
    same(memory.store(), other.store());

    // Over the end of a segment, in one request that is whole or not there.
    fill(&mut memory, 65_530);
    fill(&mut other, 65_530);
    let across: Vec<Value> = (0..20).map(|i| trip(&format!("f{i}"), day, "2")).collect();
    assert_eq!(
        memory.ingest_atomic(prepared(&across), stamp()).unwrap().items,
        other.ingest_atomic(prepared(&across), stamp()).unwrap().items
    );
    same(memory.store(), other.store());
    for step in steps.iter().chain([&across]) {
        let outcomes = ingest(&mut other, step);
        assert_eq!(ingest(&mut memory, step), outcomes);
        assert!(outcomes.iter().all(|(outcome, _)| *outcome != Outcome::Accepted));
    }
    other = anew(other);
    same(memory.store(), other.store());
    // Of one segment and the other, and of none.
    let keys = ["a", "e7", "f0", "f19", "unknown"].map(|id| Key::of("acme", "truck-7", id));
    assert_eq!(memory.store().find(&keys).unwrap(), other.store().find(&keys).unwrap());
    assert_eq!(memory.store().chain().unwrap().root(), other.store().chain().unwrap().root());
    // A reader that was made before has seen nothing of this.
    same(&*snapshot.0, &*snapshot.1);
    assert!(snapshot.1.size() < 400);
}

/// Goes the same way with both where events are detached and redacted, among lines of a full segment and of none.
pub fn redactions<S: Store>(mut other: Ledger<S>, mut anew: impl FnMut(Ledger<S>) -> Ledger<S>) {
    let mut memory = Ledger::open(MemoryStore::new(name())).unwrap();
    let day = "2025-03-02";
    let first = [
        trip("a", "2025-03-01", "100"),
        trip("b", day, "50.25"),
        with(trip("a2", day, "80"), "corrects", "a"),
        with(trip("b0", day, "1"), "void", "b"),
    ];
    let across: Vec<Value> = (0..20).map(|i| trip(&format!("f{i}"), day, "2")).collect();
    let mut both = |work: &dyn Fn(&mut dyn Worker), other: &mut Ledger<S>| {
        work(&mut memory);
        work(other);
        same(memory.store(), other.store());
    };
    both(&|ledger| ledger.take(&first, false), &mut other);
    both(&|ledger| ledger.redact(0), &mut other);
    both(&|ledger| ledger.take(&[trip("c", day, "1"), trip("a", day, "5")], false), &mut other);
    other = anew(other);
    both(&|ledger| ledger.fill(65_530), &mut other);
    both(&|ledger| ledger.take(&across, true), &mut other);
    // A correction and a void of the full segment, an event of the request that crosses its end, and the very last one.
    for seq in [2, 3, 65_534, 65_537, 65_549] {
        both(&|ledger| ledger.redact(seq), &mut other);
    }
    other = anew(other);
    both(&|ledger| ledger.redact(65_540), &mut other);
    // All of it again: what is gone is refused, and the rest was there.
    both(&|ledger| ledger.take(&first, false), &mut other);
    both(&|ledger| ledger.take(&across, false), &mut other);
    other = anew(other);
    both(&|_| {}, &mut other);
    let keys = ["a", "a2", "b", "f4", "f5", "unknown"].map(|id| Key::of("acme", "truck-7", id));
    let known = other.store().find(&keys).unwrap();
    assert_eq!(known, memory.store().find(&keys).unwrap());
    // Line 65,530 has f0, and 65,534 had f4.
    let gone = known.iter().map(|known| known.map(|known| known.fingerprint.is_none()));
    assert_eq!(
        gone.collect::<Vec<_>>(),
        [Some(true), Some(true), Some(false), Some(true), Some(false), None]
    );
    assert_eq!(other.store().redacted().unwrap().len(), 7);
}

/// What is done with a ledger on any store.
pub trait Worker {
    fn take(&mut self, events: &[Value], atomic: bool);
    fn redact(&mut self, seq: u64);
    fn fill(&mut self, size: u64);
}

impl<S: Store> Worker for Ledger<S> {
    fn take(&mut self, events: &[Value], atomic: bool) {
        let detached = prepared(events).detached(open_salts).unwrap();
        match atomic {
            true => self.ingest_atomic(detached, stamp()).unwrap(),
            false => self.ingest(detached, stamp()).unwrap(),
        };
    }

    fn redact(&mut self, seq: u64) {
        self.redact(seq, "asked for", stamp()).unwrap();
    }

    fn fill(&mut self, size: u64) {
        fill(self, size);
    }
}
