//! One contract for all stores: a store is right when it cannot be told from the one in memory.

mod common;

use common::contract::contract;
use common::{folder, name, stamp};
use esg_core::ledger::Ledger;
use esg_core::store::MemoryStore;
use esg_store::FolderLedger;

#[test]
fn the_store_in_memory_is_the_contract() {
    contract(Ledger::open(MemoryStore::new(name())).unwrap(), |ledger| {
        Ledger::open(ledger.into_store().unwrap()).unwrap()
    });
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
        contract(unlocked(FolderLedger::create(&path, &name(), stamp()).unwrap()), |ledger| {
            let mut store = ledger.into_store().unwrap();
            if close {
                store.keep_tail().unwrap();
            }
            drop(store);
            unlocked(FolderLedger::open(&path, stamp()).unwrap())
        });
    }
}
