//! One contract for all stores: a store is right when it cannot be told from the one in memory.

mod common;

use std::path::Path;

use common::contract::{contract, redactions};
use common::{folder, name, stamp};
use esg_core::ledger::Ledger;
use esg_core::store::MemoryStore;
use esg_store::{Against, FolderLedger, LogStore, check};

#[test]
fn the_store_in_memory_is_the_contract() {
    let fresh = || Ledger::open(MemoryStore::new(name())).unwrap();
    contract(fresh(), |ledger| Ledger::open(ledger.into_store().unwrap()).unwrap());
    redactions(fresh(), |ledger| Ledger::open(ledger.into_store().unwrap()).unwrap());
}

#[test]
fn a_folder_keeps_the_contract_whether_it_is_closed_or_dropped() {
    for close in [true, false] {
        let path = folder("contract");
        let unlocked = |opened: FolderLedger| {
            let (ledger, lock) = opened.into_parts();
            drop(lock);
            ledger
        };
        let fresh = |path: &Path| unlocked(FolderLedger::create(path, &name(), stamp()).unwrap());
        let anew = |path: &Path, ledger: Ledger<LogStore>| {
            let mut store = ledger.into_store().unwrap();
            if close {
                store.keep_tail().unwrap();
            }
            drop(store);
            unlocked(FolderLedger::open(path, stamp()).unwrap())
        };
        contract(fresh(&path), |ledger| anew(&path, ledger));
        let path = folder("redactions");
        redactions(fresh(&path), |ledger| anew(&path, ledger));
        let checked = check(&path, &Against { books: true, ..Against::default() }).unwrap();
        assert!(checked.is_clean(), "{checked:?}");
        assert_eq!((checked.verdict.detached, checked.verdict.redacted), (25, 7));
    }
}
