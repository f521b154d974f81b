//! Two ledgers over one store, as two processes have them: each knows what the other wrote before it writes.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use esg_core::audit::{Chain, LogName, Record, RecordKind};
use esg_core::ledger::{Ledger, Outcome, Prepared, Stamp, Tenant};
use esg_core::store::{
    Commit, Events, Key, Known, MemoryStore, Reader, Redacted, Replaced, Store, StoreError, Wanted,
};
use esg_core::telemetry::{Options, json};

/// What one process has seen of a store that others write to. Nobody is kept out while it stages.
struct Shared {
    common: Arc<Mutex<MemoryStore>>,
    seen: MemoryStore,
}

impl Shared {
    fn ledger(common: &Arc<Mutex<MemoryStore>>) -> Ledger<Self> {
        let seen = common.lock().unwrap().clone();
        Ledger::open(Self { common: Arc::clone(common), seen }).unwrap()
    }
}

impl Reader for Shared {
    fn name(&self) -> &LogName {
        self.seen.name()
    }

    fn size(&self) -> u64 {
        self.seen.size()
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        self.seen.events(wanted)
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        self.seen.amendments()
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        self.seen.marks(kind)
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.seen.lines(range, each)
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.seen.payload(seq)
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        self.seen.redacted()
    }
}

impl Store for Shared {
    fn hold(&mut self) -> Result<(), StoreError> {
        self.seen = self.common.lock().unwrap().clone();
        Ok(())
    }

    fn chain(&self) -> Result<Chain, StoreError> {
        self.seen.chain()
    }

    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError> {
        self.seen.find(keys)
    }

    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        let mut common = self.common.lock().unwrap();
        let (seen, size) = (self.seen.size(), common.size());
        if seen == size {
            common.commit(commit)?;
        }
        self.seen = common.clone();
        if seen == size {
            return Ok(());
        }
        Err(StoreError::Moved { place: "memory".to_owned(), seen, size })
    }

    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.seen.snapshot()
    }
}

fn event(id: &str, kwh: u32, amends: &str) -> String {
    format!(
        r#"{{"source_id":"meter","external_event_id":"{id}","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z",{amends}"metrics":{{"energy_kwh":{kwh}}}}}"#
    )
}

fn prepared(event: &str) -> Prepared {
    let received = json::read_lines(event.as_bytes(), Options::default()).unwrap();
    Prepared::new(received, &Tenant::new("acme").unwrap(), "test")
}

fn stamp() -> Stamp<'static> {
    Stamp { actor: "test", time: "2024-04-01T08:00:00Z".parse().unwrap() }
}

fn common() -> Arc<Mutex<MemoryStore>> {
    Arc::new(Mutex::new(MemoryStore::new("example.org/shared".parse().unwrap())))
}

/// Every line follows the one before.
fn check_chain(reader: &dyn Reader) {
    let mut chain = Chain::new(reader.name().clone());
    reader
        .lines(0..reader.size(), &mut |seq, line| {
            let record = Record::parse(line).unwrap();
            assert_eq!((record.seq(), record.prev()), (seq, chain.prev()));
            let (kind, time) = (record.kind(), record.time());
            chain.append(kind, record.actor(), time, record.body(), &mut Vec::new()).unwrap();
            true
        })
        .unwrap();
}

#[test]
fn what_another_process_wrote_is_known_before_anything_is_written() {
    let common = common();
    let (mut a, mut b) = (Shared::ledger(&common), Shared::ledger(&common));
    let first = a.ingest(prepared(&event("e", 1, "")), stamp()).unwrap();
    assert_eq!((first.items[0].outcome, first.items[0].seq), (Outcome::Accepted, 0));
    let again = b.ingest(prepared(&event("e", 1, "")), stamp()).unwrap();
    assert_eq!((again.items[0].outcome, again.items[0].seq), (Outcome::Duplicate, 0));
    let other = b.ingest(prepared(&event("e", 2, "")), stamp()).unwrap();
    assert_eq!(other.items[0].outcome, Outcome::Conflict);
    // Line 1 was the conflict. A correction by one is known to the other, which cannot void what is gone.
    let corrected = b.ingest(prepared(&event("e2", 3, r#""corrects":"e","#)), stamp()).unwrap();
    assert_eq!((corrected.items[0].outcome, corrected.items[0].seq), (Outcome::Accepted, 2));
    let once_more = a.ingest(prepared(&event("e3", 4, r#""corrects":"e","#)), stamp()).unwrap();
    assert_eq!(once_more.items[0].seq, 3);
    let replaced: Vec<(u64, u64)> =
        a.store().amendments().unwrap().iter().map(|replaced| (replaced.event, replaced.by)).collect();
    // The second correction takes the place of the first one and not of the event, so the line has no branches.
    assert_eq!(replaced, [(0, 2), (2, 3)]);
    let period =
        |a: &str, b: &str| esg_core::time::Period::new(a.parse().unwrap(), b.parse().unwrap()).unwrap();
    assert_eq!(a.close(period("2024-03-01", "2024-03-31"), stamp()).unwrap(), 4);
    assert_eq!(b.close(period("2024-03-31", "2024-04-30"), stamp()).unwrap_err().code(), "ledger.closed");
    assert!(b.ingest(prepared(&event("late", 5, "")), stamp()).unwrap().items[0].late);
    a.refresh().unwrap();
    assert_eq!((a.size(), b.size()), (6, 6));
    check_chain(a.store());
}

#[test]
fn what_was_staged_on_lines_that_have_moved_is_refused_and_can_be_staged_again() {
    let common = common();
    let (mut a, mut b) = (Shared::ledger(&common), Shared::ledger(&common));
    a.ingest(prepared(&event("e", 1, "")), stamp()).unwrap();
    let correction = event("e2", 3, r#""corrects":"e","#);
    b.stage(prepared(&correction), stamp()).unwrap();
    b.stage(prepared(&event("x", 1, "")), stamp()).unwrap();
    a.ingest(prepared(&event("x", 1, "")), stamp()).unwrap();
    assert_eq!(b.commit().unwrap_err(), StoreError::Moved { place: "memory".to_owned(), seen: 1, size: 2 });
    // The correction has not happened, so it is no second one now; and `x` is the other's.
    assert_eq!((b.size(), common.lock().unwrap().size()), (2, 2));
    let corrected = b.stage(prepared(&correction), stamp()).unwrap();
    let known = b.stage(prepared(&event("x", 1, "")), stamp()).unwrap();
    b.commit().unwrap();
    assert_eq!((corrected.items[0].outcome, corrected.items[0].seq), (Outcome::Accepted, 2));
    assert_eq!((known.items[0].outcome, known.items[0].seq), (Outcome::Duplicate, 1));
    assert_eq!(b.store().amendments().unwrap()[0].event, 0);
    // Records about the ledger are refused and made again in the same way.
    let seq = a.record(RecordKind::Recovery, b"{}", stamp()).unwrap();
    assert_eq!((seq, a.size()), (3, 4));
    check_chain(a.store());
}
