//! Ledgers in PostgreSQL, against a real server: `make test-postgres` starts one.

#[path = "../common/mod.rs"]
mod common;
mod tables;

use std::sync::atomic::{AtomicU32, Ordering};

use common::contract::contract;
use common::name;
use esg_core::ledger::Ledger;
use esg_store::PostgresStore;
use esg_store::postgres::Server;
use postgres::{Client, NoTls};

/// How the server is reached.
fn config() -> String {
    std::env::var("ESG_POSTGRES")
        .expect("these tests need a server: tests/postgres.sh cargo test ... starts one")
}

/// A session beside the store's.
fn client() -> Client {
    Client::connect(&config(), NoTls).unwrap()
}

/// A schema of its own for each call, which is not there yet.
fn server(test: &str) -> Server {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Server::new(&config(), &format!("{test} {}.{number}", std::process::id())).unwrap()
}

/// Opens a ledger, or makes it.
fn ledger(server: &Server) -> Ledger<PostgresStore> {
    Ledger::open(PostgresStore::create(server, &name()).unwrap()).unwrap()
}

#[test]
fn a_schema_keeps_the_contract() {
    let server = server("contract");
    contract(ledger(&server), |old| {
        drop(old);
        Ledger::open(PostgresStore::open(&server).unwrap()).unwrap()
    });
}
