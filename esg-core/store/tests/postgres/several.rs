//! Several processes that write to one ledger, one of them killed again and again: nothing is lost and nothing doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use esg_core::audit::{Chain, Hash, Record};
use esg_core::ledger::{Outcome, Stamp};
use esg_core::store::{Reader, Replay, Store, Wanted};
use esg_store::PostgresStore;
use esg_store::postgres::Server;

use super::common::contract::seen;
use super::common::{folder, prepared, stamp, trip, with};
use super::{ledger, server, server_of, undisturbed};

/// Requests of a writer.
const ROUNDS: usize = 120;
/// Events of its own in each, besides one that all writers send.
const EVENTS: usize = 3;

/// Line, tenant, key, fingerprint and text of every event, as the columns have them and as the lines do; and every line
/// follows the one before.
pub fn check_whole(store: &PostgresStore) {
    let (mut chain, mut replay) = (Chain::new(store.name().clone()), Replay::default());
    store
        .lines(0..store.size(), &mut |seq, line| {
            let record = Record::parse(line).unwrap();
            assert_eq!((record.seq(), record.prev()), (seq, chain.prev()), "line {seq}");
            let (mut again, kind, time) = (Vec::new(), record.kind(), record.time());
            chain.append(kind, record.actor(), time, record.body(), &mut again).unwrap();
            assert_eq!(&again[..again.len() - 1], line);
            replay.push(&record, None).unwrap();
            true
        })
        .unwrap();
    assert_eq!((chain.size(), chain.root()), (store.size(), store.chain().unwrap().root()));
    let leaves = store.leaves(0..store.size()).unwrap();
    let lines = (0..store.size()).map(|seq| Hash::leaf(&store.line(seq).unwrap()));
    assert!(leaves.into_iter().eq(lines));
    let (events, _) = replay.finish();
    let wanted = Wanted { tenant: "acme", period: None, as_of: store.size() };
    assert!(seen(&store.events(&wanted).unwrap()) == seen(&events), "columns are not those of the lines");
    assert!(store.amendments().unwrap().into_iter().eq(events.replaced()));
}

/// A process that sends its requests from the first one on, and notes each receipt before it goes on.
#[test]
#[ignore = "a process of its own, which another test starts"]
fn writer() {
    let word = |name: &str| std::env::var(name).unwrap();
    let (me, receipts) = (word("ESG_WRITER"), word("ESG_RECEIPTS"));
    let mut ledger = ledger(&server_of(&word("ESG_SCHEMA"), ""));
    while std::env::var("ESG_AFTER").is_ok_and(|file| length(Path::new(&file)) == 0) {
        sleep(Duration::from_millis(1));
    }
    let mut file = OpenOptions::new().append(true).create(true).open(receipts).unwrap();
    for round in 0..ROUNDS {
        let day = format!("2025-03-{:02}", round % 28 + 1);
        let mut events: Vec<_> =
            (0..EVENTS).map(|event| trip(&format!("{me}-{round}-{event}"), &day, "1")).collect();
        events.push(trip(&format!("all-{round}"), &day, "2"));
        if round > 0 {
            let id = format!("{me}-{}-0", round - 1);
            events.push(with(trip(&format!("{me}-{round}-again"), &day, "3"), "corrects", &id));
        }
        let stamp = Stamp { actor: &me, ..stamp() };
        let ingested = if round % 5 == 0 {
            ledger.ingest_atomic(prepared(&events), stamp)
        } else {
            ledger.ingest(prepared(&events), stamp)
        };
        let ingested = ingested.unwrap();
        for (item, event) in ingested.items.iter().zip(&events) {
            let id = event["external_event_id"].as_str().unwrap();
            writeln!(file, "{id} {} {}", item.outcome.as_str(), item.seq).unwrap();
        }
        file.sync_data().unwrap();
    }
}

fn start(server: &Server, writer: &str, receipts: &Path, after: Option<&Path>) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .envs(after.map(|file| ("ESG_AFTER", file)))
        .args(["--ignored", "--exact", "several::writer", "--quiet"])
        .envs([("ESG_WRITER", writer), ("ESG_SCHEMA", server.schema())])
        .env("ESG_RECEIPTS", receipts)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |file| file.len())
}

#[test]
fn two_processes_write_at_once_and_one_is_killed_again_and_again() {
    let _undisturbed = undisturbed();
    let (server, folder) = (server("several"), folder("several"));
    fs::create_dir_all(&folder).unwrap();
    let files: Vec<PathBuf> = ["steady", "killed"].iter().map(|name| folder.join(name)).collect();
    let mut steady = start(&server, "steady", &files[0], Some(&files[1]));
    for life in 1..=4 {
        let before = length(&files[1]);
        let mut killed = start(&server, "killed", &files[1], None);
        // It begins again with what it has sent before, and dies wherever it is after some receipts.
        while length(&files[1]) < before + 500 * life {
            assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
            sleep(Duration::from_millis(3));
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    let mut killed = start(&server, "killed", &files[1], None);
    assert!(steady.wait().unwrap().success() && killed.wait().unwrap().success());

    let store = PostgresStore::open(&server).unwrap();
    check_whole(&store);
    let wanted = Wanted { tenant: "acme", period: None, as_of: store.size() };
    let events = store.events(&wanted).unwrap();
    let lines: BTreeMap<String, u64> = (0..events.len())
        .map(|event| (events.batch.external_id(event).to_owned(), events.batch.line[event]))
        .collect();
    // Two writers' own events and corrections, and those that both sent.
    assert_eq!(events.len(), 2 * (ROUNDS * EVENTS + ROUNDS - 1) + ROUNDS);
    assert_eq!(lines.len(), events.len(), "an event is there twice");
    let mut accepted = BTreeSet::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        // A receipt that was being noted when its writer died has no end.
        for receipt in text.split_inclusive('\n').filter(|receipt| receipt.ends_with('\n')) {
            let [id, outcome, seq] = receipt.split_whitespace().collect::<Vec<_>>()[..] else {
                // The next life wrote behind the torn one.
                continue;
            };
            assert_eq!(lines.get(id), Some(&seq.parse().unwrap()), "{receipt}");
            match outcome {
                "accepted" => assert!(accepted.insert(id.to_owned()), "{id} was accepted twice"),
                other => assert_eq!(other, Outcome::Duplicate.as_str(), "{receipt}"),
            }
        }
    }
    assert!(accepted.len() > lines.len() / 2);
    // They did write at once: lines of one stand between those of the other.
    let mut turns = 0;
    let mut last = String::new();
    store
        .lines(0..store.size(), &mut |_, line| {
            let actor = Record::parse(line).unwrap().actor().to_owned();
            turns += usize::from(actor != last);
            last = actor;
            true
        })
        .unwrap();
    assert!(turns > 4, "{turns} turns");
}
