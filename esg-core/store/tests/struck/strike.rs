//! The scripted program under strace, which lets each call that writes fail, or kills the program in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{copy, folder};
use crate::judge::{Base, judge, litres};
use crate::rng::Rng;
use crate::{myself, script};

/// Calls by which bytes, lengths and names reach a disk. What a machine does not have is left out.
const CALLS: [&str; 8] =
    ["write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "ftruncate"];
/// What becomes of a call.
const FATES: [&str; 3] = ["signal=SIGKILL", "error=EIO", "error=ENOSPC"];
/// Between fork and exec a child has all files of this process, and its locks: nobody is started while a ledger is open here.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// Strikes of a sample.
const SAMPLE: usize = 24;

/// Why strace cannot be used here, if it cannot: another system than Linux, or one that forbids to trace.
pub fn obstacle() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("strace is for Linux".to_owned());
    }
    let output = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let output = output.expect("strace is installed; .ci/run does it");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// Runs the script in a folder under strace. True when it ended well.
fn traced(folder: &Path, receipts: &Path, trace: &Path, inject: Option<&str>) -> bool {
    let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(trace).arg("-e").arg(format!("trace={}", calls.join(",")));
    if let Some(inject) = inject {
        command.args(["-e", inject]);
    }
    command.arg(myself()).arg("script").arg(folder).arg(receipts);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ended_well(&mut command)
}

fn ended_well(command: &mut Command) -> bool {
    let started = {
        let _nobody_judges = ONE_AT_A_TIME.lock();
        command.spawn()
    };
    started.unwrap().wait().unwrap().success()
}

fn judged(base: &Base, ledger: &Path, receipts: &Path, every_byte: bool) {
    let _nobody_starts = ONE_AT_A_TIME.lock();
    judge(base, ledger, receipts, every_byte);
}

/// How often each call is made by the thread that makes most of them.
fn counts(trace: &Path) -> BTreeMap<String, usize> {
    let mut by_thread: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in fs::read_to_string(trace).unwrap().lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let call = rest.trim_start().split('(').next().unwrap_or_default();
        if CALLS.contains(&call) {
            *by_thread.entry((thread.to_owned(), call.to_owned())).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in by_thread {
        let entry: &mut usize = most.entry(call).or_default();
        *entry = count.max(*entry);
    }
    most
}

/// What a run begins with: the base, or the base with what a crash left behind it.
fn begin(base: &Base, torn: bool) -> (PathBuf, PathBuf) {
    let place = folder("struck");
    let ledger = place.join("ledger");
    copy(&base.folder, &ledger);
    if torn {
        let file = ledger.join("log/00000000.jsonl");
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend_from_slice(b"{\"actor\":\"test\",\"body\":{\"event\":{\"exter");
        fs::write(&file, bytes).unwrap();
    }
    (place, ledger)
}

pub fn every_call_that_writes_may_fail_or_be_the_last(base: &Base, full: bool) {
    let mut strikes = Vec::new();
    for torn in [false, true] {
        let (place, ledger) = begin(base, torn);
        let trace = place.join("trace");
        assert!(traced(&ledger, &place.join("receipts"), &trace, None), "the script ends well alone");
        let counts = counts(&trace);
        println!("  calls{}: {counts:?}", if torn { " after a crash" } else { "" });
        assert!(["write", "pwrite64", "fsync", "fdatasync"].iter().all(|call| counts.contains_key(*call)));
        for (call, count) in counts {
            for (fate, at) in FATES.iter().flat_map(|fate| (1..=count).map(move |at| (fate, at))) {
                strikes.push((torn, format!("inject={call}:{fate}:when={at}")));
            }
        }
        fs::remove_dir_all(place).unwrap();
    }
    let all = strikes.len();
    if !full {
        let mut rng = Rng::new(20_250_302);
        strikes = (0..SAMPLE).map(|_| strikes[rng.below(all)].clone()).collect();
    }
    // Each waits for its own syncs most of the time.
    let (next, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let workers = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((torn, inject)) = strikes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let felt = strike(base, *torn, inject, full);
                    ended.fetch_add(usize::from(felt), Ordering::Relaxed);
                }
            });
        }
    });
    let ended = ended.into_inner();
    println!("  {} of {all} strikes, {ended} of them ended the script", strikes.len());
    assert!(ended > strikes.len() / 2, "most strikes have to be felt");
}

/// Strikes the script once, and finishes it. True when the strike ended it.
fn strike(base: &Base, torn: bool, inject: &str, full: bool) -> bool {
    let (place, ledger) = begin(base, torn);
    let receipts = place.join("receipts");
    let ended = !traced(&ledger, &receipts, &place.join("trace"), Some(inject));
    let held = std::panic::catch_unwind(|| {
        judged(base, &ledger, &receipts, false);
        let mut finish = Command::new(myself());
        let finished = ended_well(finish.arg("script").arg(&ledger).arg(&receipts));
        assert!(finished, "the script cannot be finished");
        judged(base, &ledger, &receipts, full);
        assert_eq!(litres(&esg_store::read(&ledger).unwrap()), script::litres(base.events));
    });
    if let Err(panic) = held {
        eprintln!("{inject}{}: see {}", if torn { ", torn" } else { "" }, place.display());
        std::panic::resume_unwind(panic);
    }
    fs::remove_dir_all(place).unwrap();
    ended
}
