//! Ledgers in PostgreSQL, against a real server: `make test-postgres` starts one.

#[path = "../common/mod.rs"]
mod common;
mod ended;
mod export;
mod proxy;
mod several;
mod tables;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use common::contract::{contract, redactions};
use common::name;
use esg_core::ledger::Ledger;
use esg_store::PostgresStore;
use esg_store::postgres::Server;
use postgres::{Client, Config, NoTls};

/// How the server is reached.
fn config() -> String {
    std::env::var("ESG_POSTGRES")
        .expect("these tests need a server: tests/postgres.sh cargo test ... starts one")
}

/// A session beside the store's.
fn client() -> Client {
    Client::connect(&config(), NoTls).unwrap()
}

/// Held to write by the tests that shake the whole server, and to read by all others.
static SERVER: RwLock<()> = RwLock::new(());

fn undisturbed() -> RwLockReadGuard<'static, ()> {
    SERVER.read().unwrap_or_else(PoisonError::into_inner)
}

/// A schema of its own for each call, which is not there yet.
fn server(test: &str) -> Server {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    server_of(&format!("{test} {}.{number}", std::process::id()), "")
}

/// A schema, with options for its sessions. They bear the name of the schema, by which they can be found and ended.
fn server_of(schema: &str, options: &str) -> Server {
    let mut config: Config = config().parse().unwrap();
    config.application_name(schema).options(options);
    Server::with(schema, move || config.connect(NoTls))
}

/// Carries out statements in a ledger's schema, beside its sessions.
fn meddle(server: &Server, sql: &str) {
    client().batch_execute(&format!("SET search_path = \"{}\"; {sql}", server.schema())).unwrap();
}

/// Opens a ledger, or makes it.
fn ledger(server: &Server) -> Ledger<PostgresStore> {
    Ledger::open(PostgresStore::create(server, &name()).unwrap()).unwrap()
}

#[test]
fn a_schema_keeps_the_contract() {
    let _undisturbed = undisturbed();
    let server = server("contract");
    contract(ledger(&server), |old| {
        drop(old);
        Ledger::open(PostgresStore::open(&server).unwrap()).unwrap()
    });
    let server = self::server("redactions");
    redactions(ledger(&server), |old| {
        drop(old);
        Ledger::open(PostgresStore::open(&server).unwrap()).unwrap()
    });
}
