//! W3 into a ledger in PostgreSQL: `w3_postgres end|1000|clients|report`, beside `w3_ledger` with the same words.
//!
//! The server is that of `ESG_POSTGRES`, for instance one that `tests/postgres.sh` starts. `clients` are two writers with a session
//! each, of 32 threads that wait for one event before they send the next.

use std::fs::File;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use esg_benches::{Check, Failure, Timed, data, w3_report};
use esg_core::ledger::{Book, Ledger, Outcome, Prepared, Stamp, Tenant};
use esg_core::telemetry::{self, json};
use esg_store::postgres::Server;
use esg_store::{Bulk, PostgresReader, PostgresStore, SharedLedger, ingest_lines};

/// Writers, each with a session of its own.
const WRITERS: usize = 2;
/// Threads of each that send one event at a time.
const CLIENTS: usize = 32;
/// Events of each.
const EVENTS: usize = 250;

fn main() -> ExitCode {
    let how = std::env::args().nth(1).unwrap_or_default();
    let done = match &*how {
        "end" => ingest(None, "w3 postgres end"),
        "1000" => ingest(Some(1000), "w3 postgres 1000"),
        "clients" => clients(),
        "report" => report(),
        _ => Err("say end, 1000, clients or report".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w3_postgres: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn server(schema: &str) -> Result<Server, Failure> {
    let config = std::env::var("ESG_POSTGRES").map_err(|_| "ESG_POSTGRES names no server")?;
    Ok(Server::new(&config, schema)?)
}

fn open(schema: &str) -> Result<Ledger<PostgresStore>, Failure> {
    Ok(Ledger::open(PostgresStore::create(&server(schema)?, &"example.org/bench".parse()?)?)?)
}

fn stamp() -> Result<Stamp<'static>, Failure> {
    Ok(Stamp { actor: "bench", time: "2025-01-01T00:00:00Z".parse()? })
}

fn ingest(lines: Option<usize>, row: &str) -> Result<(), Failure> {
    let schema = if lines.is_some() { "w3 thousands" } else { "w3" };
    let mut ledger = open(schema)?;
    if ledger.size() > 0 {
        return Err(format!("the schema {schema} has lines already").into());
    }
    let tenant = Tenant::new("bench")?;
    let timed = Timed::start();
    let bulk = Bulk { tenant: &tenant, label: "w3_events.jsonl", stamp: stamp()?, lines, detached: false };
    let (mut rows, mut counts) = (0, [0u64; 4]);
    ingest_lines(&mut ledger, File::open(data().join("w3_events.jsonl"))?, &bulk, &mut |part| {
        rows += part.ingested.items.len();
        for item in &part.ingested.items {
            counts[item.outcome as usize] += 1;
        }
        ControlFlow::Continue(())
    })?;
    let check = Check::from_iter([
        ("accepted".to_owned(), counts[Outcome::Accepted as usize].into()),
        ("invalid".to_owned(), counts[Outcome::Rejected as usize].into()),
    ]);
    timed.emit(row, rows, check);
    Ok(())
}

fn clients() -> Result<(), Failure> {
    let writers = (0..WRITERS)
        .map(|_| Ok(SharedLedger::new(open("w3 clients")?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let (tenant, stamp, failed) = (Tenant::new("bench")?, stamp()?, AtomicUsize::new(0));
    let timed = Timed::start();
    std::thread::scope(|scope| {
        for client in 0..WRITERS * CLIENTS {
            let (shared, tenant, failed) = (&writers[client % WRITERS], &tenant, &failed);
            scope.spawn(move || {
                for event in 0..EVENTS {
                    let line = format!(
                        r#"{{"source_id":"meter-{client}","external_event_id":"{event}","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{{"energy_kwh":1250.5,"pue":1.15}},"tags":{{"region":"us-west-1"}}}}"#
                    );
                    let received = json::read(line.as_bytes(), telemetry::Options::default());
                    let done = received.map_err(esg_core::Error::from).and_then(|received| {
                        shared.ingest(Prepared::new(received, tenant, "client"), stamp, false)
                    });
                    let taken = done.is_ok_and(|done| done.count(Outcome::Accepted) == 1);
                    failed.fetch_add(usize::from(!taken), Ordering::Relaxed);
                }
            });
        }
    });
    let check = Check::from_iter([("failed".to_owned(), failed.into_inner().into())]);
    timed.emit("w3 postgres clients", WRITERS * CLIENTS * EVENTS, check);
    Ok(())
}

fn report() -> Result<(), Failure> {
    let server = server("w3")?;
    w3_report::emit("w3 postgres report", || Ok(Book::open(Box::new(PostgresReader::open(&server)?))?))
}
