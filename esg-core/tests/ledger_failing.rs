//! A ledger over a store that fails: what was staged before the failure is refused, and not forgotten with an Ok.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use esg_core::audit::{Chain, LogName, RecordKind};
use esg_core::ledger::{Ledger, Outcome, Prepared, Stamp, Tenant};
use esg_core::store::{
    Commit, Events, Key, Known, MemoryStore, Reader, Redacted, Replaced, Store, StoreError, Wanted,
};
use esg_core::telemetry::{Options, json};

/// A store in memory whose lines cannot be read while `broken` is true.
struct Breaking {
    inner: MemoryStore,
    broken: Arc<AtomicBool>,
    /// True where it has an error that nobody thought of.
    panics: bool,
}

impl Reader for Breaking {
    fn name(&self) -> &LogName {
        self.inner.name()
    }

    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        self.inner.events(wanted)
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        self.inner.amendments()
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        self.inner.marks(kind)
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        if self.broken.load(Ordering::Relaxed) {
            assert!(!self.panics, "nobody thought of this");
            let place = "log/00000000.jsonl".to_owned();
            return Err(StoreError::Io { place, action: "read", reason: "input/output error".to_owned() });
        }
        self.inner.lines(range, each)
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.payload(seq)
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        self.inner.redacted()
    }
}

impl Store for Breaking {
    fn chain(&self) -> Result<Chain, StoreError> {
        self.inner.chain()
    }

    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError> {
        self.inner.find(keys)
    }

    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        self.inner.commit(commit)
    }

    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.inner.snapshot()
    }
}

fn event(id: &str, kwh: u32) -> String {
    format!(
        r#"{{"source_id":"meter","external_event_id":"{id}","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{{"energy_kwh":{kwh}}}}}"#
    )
}

fn prepared(events: &[String]) -> Prepared {
    let received = json::read_lines(events.join("\n").as_bytes(), Options::default()).unwrap();
    Prepared::new(received, &Tenant::new("acme").unwrap(), "test")
}

fn what_was_staged_is_refused_after(panics: bool) {
    let stamp = Stamp { actor: "test", time: "2024-04-01T08:00:00Z".parse().unwrap() };
    let broken = Arc::new(AtomicBool::new(false));
    let inner = MemoryStore::new("example.org/failing".parse().unwrap());
    let mut ledger = Ledger::open(Breaking { inner, broken: Arc::clone(&broken), panics }).unwrap();
    ledger.ingest(prepared(&[event("first", 1)]), stamp).unwrap();

    let staged = ledger.stage(prepared(&[event("staged", 2)]), stamp).unwrap();
    assert_eq!(staged.items[0].outcome, Outcome::Accepted);
    // A new event, and a conflict for which the store has to read a line.
    broken.store(true, Ordering::Relaxed);
    let both = prepared(&[event("half", 3), event("first", 9)]);
    let failed = catch_unwind(AssertUnwindSafe(|| ledger.stage(both, stamp).unwrap_err().code()));
    assert_eq!(failed.ok(), (!panics).then_some("store.io"));
    broken.store(false, Ordering::Relaxed);

    // Its sender was promised an answer after the commit: that is a refusal, and the store has none of it.
    assert_eq!(ledger.commit().unwrap_err().code(), "store.stopped");
    assert_eq!(ledger.stage(prepared(&[event("half", 3)]), stamp).unwrap_err().code(), "store.stopped");
    let keys = ["first", "staged", "half"].map(|id| Key::of("acme", "meter", id));
    let known: Vec<bool> = ledger.store().find(&keys).unwrap().iter().map(Option::is_some).collect();
    assert_eq!((known, ledger.store().size()), (vec![true, false, false], 1));
}

#[test]
fn a_request_that_fails_half_way_takes_no_other_with_it_unseen() {
    what_was_staged_is_refused_after(false);
}

#[test]
fn a_request_that_panics_half_way_takes_no_other_with_it_unseen() {
    what_was_staged_is_refused_after(true);
}
