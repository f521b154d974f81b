//! W3 into a ledger that lasts, with its audit log: `w3_ledger end|1000|clients|report`.
//!
//! `end` is durable when the clock stops, `1000` at every thousand lines, as the peers of those names. `clients` are 64 threads that
//! each wait for the sync of one event before they send the next. `report` is a year's inventory of the events that `end` has kept.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use esg_benches::{Check, Failure, Timed, data, w3_report};
use esg_core::ledger::{Outcome, Prepared, Stamp, Tenant};
use esg_core::store::{Key, Store};
use esg_core::telemetry::{self, json};
use esg_store::{Bulk, FolderLedger, SharedLedger, ingest_lines};

fn main() -> ExitCode {
    let how = std::env::args().nth(1).unwrap_or_default();
    let done = match &*how {
        "end" => ingest(None, "w3 ledger end"),
        "1000" => ingest(Some(1000), "w3 ledger 1000"),
        "clients" => clients(),
        "report" => report(),
        _ => Err("say end, 1000, clients or report".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w3_ledger: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Threads that send one event each.
const CLIENTS: usize = 64;
/// Events of each.
const EVENTS: usize = 500;

fn stamp() -> Result<Stamp<'static>, Failure> {
    Ok(Stamp { actor: "bench", time: "2025-01-01T00:00:00Z".parse()? })
}

fn folder(name: &str) -> PathBuf {
    data().join(name)
}

fn new_ledger(name: &str) -> Result<FolderLedger, Failure> {
    let path = folder(name);
    if path.exists() {
        std::fs::remove_dir_all(&path)?;
    }
    Ok(FolderLedger::create(&path, &"example.org/bench".parse()?, stamp()?)?)
}

fn ingest(lines: Option<usize>, row: &str) -> Result<(), Failure> {
    let mut opened = new_ledger("w3_ledger")?;
    let tenant = Tenant::new("bench")?;
    let timed = Timed::start();
    let bulk = Bulk { tenant: &tenant, label: "w3_events.jsonl", stamp: stamp()?, lines, detached: false };
    let (mut rows, mut counts) = (0, [0u64; 4]);
    ingest_lines(opened.ledger(), File::open(data().join("w3_events.jsonl"))?, &bulk, &mut |part| {
        rows += part.ingested.items.len();
        for item in &part.ingested.items {
            counts[item.outcome as usize] += 1;
        }
        ControlFlow::Continue(())
    })?;
    opened.close()?;
    let check = Check::from_iter([
        ("accepted".to_owned(), counts[Outcome::Accepted as usize].into()),
        ("invalid".to_owned(), counts[Outcome::Rejected as usize].into()),
    ]);
    timed.emit(row, rows, check);
    eprintln!(
        "duplicates {}, conflicts {}",
        counts[Outcome::Duplicate as usize],
        counts[Outcome::Conflict as usize]
    );
    // Every accepted event is found by its key in what was closed.
    let mut again = FolderLedger::open(&folder("w3_ledger"), stamp()?)?;
    let text = std::fs::read(data().join("w3_events.jsonl"))?;
    let batch = json::read_lines(&text, telemetry::Options::default())?.batch;
    let keys: Vec<Key> = (0..batch.len())
        .step_by(997)
        .map(|at| Key::of("bench", batch.source_id(at), batch.external_id(at)))
        .collect();
    let found = again.ledger().store().find(&keys)?.into_iter().flatten().count();
    if found == keys.len() {
        Ok(())
    } else {
        Err(format!("{found} of {} events are found", keys.len()).into())
    }
}

fn clients() -> Result<(), Failure> {
    let (ledger, lock) = new_ledger("w3_clients")?.into_parts();
    let shared = SharedLedger::new(ledger);
    let tenant = Tenant::new("bench")?;
    let stamp = stamp()?;
    let failed = AtomicUsize::new(0);
    let timed = Timed::start();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (shared, tenant, failed) = (&shared, &tenant, &failed);
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
    let n = CLIENTS * EVENTS;
    timed.emit("w3 ledger clients", n, Check::from_iter([("failed".to_owned(), failed.into_inner().into())]));
    let mut store = shared.into_ledger().into_store()?;
    store.keep_tail()?;
    drop(lock);
    Ok(())
}

fn report() -> Result<(), Failure> {
    w3_report::emit("w3 ledger report", || Ok(esg_store::read(&folder("w3_ledger"))?))
}
