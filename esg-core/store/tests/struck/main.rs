//! Real files and a real SQLite, struck in every call that writes, and killed at any moment.
//!
//! This program is its own victim: `script` and `stream` are what is struck. `make test` takes a sample, `ESG_FULL=1` all.

#[path = "../common/mod.rs"]
mod common;
#[path = "../simulated/rng.rs"]
#[allow(dead_code, reason = "each test program uses its part")]
mod rng;

mod judge;
mod kill;
mod script;
mod strike;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use common::{fill, folder, ingest, name, stamp, trip};
use esg_store::FolderLedger;
use judge::Base;

/// Events of the base.
const EVENTS: usize = 200;
/// Lines of the base: the script crosses the end of the segment in a request that is taken whole.
const LINES: u64 = 65_524;

fn myself() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn base() -> Base {
    let folder = folder("base");
    let mut opened = FolderLedger::create(&folder, &name(), stamp()).unwrap();
    let events: Vec<_> = (0..EVENTS).map(|i| trip(&format!("base-{i}"), "2025-01-05", "1")).collect();
    ingest(opened.ledger(), &events);
    fill(opened.ledger(), LINES);
    opened.close().unwrap();
    let log = fs::read(folder.join("log/00000000.jsonl")).unwrap();
    Base { folder, log, lines: LINES, events: EVENTS }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match words[..] {
        ["script", folder, receipts] => script::run(folder.as_ref(), receipts.as_ref()),
        ["stream", folder, receipts, name, count] => {
            script::stream(folder.as_ref(), receipts.as_ref(), name, count.parse().unwrap())
        }
        // What the test runner of Cargo may ask for: the list of tests.
        [.., "--list"] => Ok(()),
        _ => {
            tests();
            Ok(())
        }
    };
    if let Err(error) = ended {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn tests() {
    let full = std::env::var("ESG_FULL").is_ok_and(|full| full != "0");
    let base = base();
    type Test = fn(&Base, bool);
    let all: [(&str, Test); 2] = [
        (
            "every_call_that_writes_may_fail_or_be_the_last",
            strike::every_call_that_writes_may_fail_or_be_the_last,
        ),
        ("a_process_may_be_killed_at_any_moment", kill::a_process_may_be_killed_at_any_moment),
    ];
    let mut passed = 0;
    for (name, test) in all {
        if name.starts_with("every_call")
            && let Some(reason) = strike::obstacle()
        {
            println!("test {name} ... skipped: {reason}");
            continue;
        }
        let start = Instant::now();
        test(&base, full);
        passed += 1;
        println!("test {name} ... ok ({:.1} s)", start.elapsed().as_secs_f64());
    }
    fs::remove_dir_all(&base.folder).unwrap();
    println!("\ntest result: ok. {passed} passed; 0 failed; {} ignored", all.len() - passed);
}
