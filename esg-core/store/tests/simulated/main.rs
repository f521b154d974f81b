//! Thousands of lives of a ledger on a disk that is worse than any real one, each given by a number.
//!
//! `make test` lives 2,000 of them, `ESG_FULL=1` 100,000; `ESG_SEED=n` lives the one of that number again.

#[path = "../common/mod.rs"]
mod common;

mod checks;
mod disk;
mod model;
mod rng;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use esg_core::audit::{RecordKind, SignerKey};
use esg_core::error::{Error, Kind};
use esg_core::ledger::{Ledger, Prepared};
use esg_core::time::Period;
use esg_store::{LogStore, open_on, sign_on};
use rusqlite::{Connection, OpenFlags};

use common::{name, prepared, stamp};
use disk::{Files, SimDisk};
use model::Model;
use rng::Rng;

/// What happened in a number of lives.
#[derive(Debug, Default)]
struct Counts {
    opened: AtomicU64,
    crashes: AtomicU64,
    failures: AtomicU64,
    acknowledged: AtomicU64,
    segments: AtomicU64,
    pieces: AtomicU64,
    payloads: AtomicU64,
    redactions: AtomicU64,
}

struct Life<'c> {
    rng: Rng,
    disk: Arc<SimDisk>,
    /// Name of the database in memory. It lives as long as this process has it open, and so outlives every crash.
    database: String,
    _keeper: Connection,
    lines: usize,
    key: SignerKey,
    model: Model,
    counts: &'c Counts,
}

fn connect(name: &str) -> Connection {
    let flags =
        OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_READ_WRITE;
    Connection::open_with_flags(name, flags).unwrap()
}

impl<'c> Life<'c> {
    fn new(seed: u64, counts: &'c Counts) -> Self {
        let mut rng = Rng::new(seed);
        let database = format!("file:life-{seed}?mode=memory&cache=shared");
        Self {
            disk: Arc::new(SimDisk::new(rng.next())),
            _keeper: connect(&database),
            database,
            lines: 8 << rng.below(3),
            key: SignerKey::from_seed(name().as_str(), &[7; 32]).unwrap(),
            model: Model::default(),
            counts,
            rng,
        }
    }

    fn live(&mut self) {
        for _ in 0..self.rng.below(3) + 1 {
            let ledger = self.open();
            self.work(ledger);
        }
        // At the end all that was sent can be sent again, and is there once.
        let mut ledger = self.open();
        self.disk.plan(None, 0);
        for group in self.model.groups.clone() {
            // Of which one was redacted, none is taken again together with it.
            if group.iter().any(|id| self.model.asked.contains(id)) {
                continue;
            }
            let events: Vec<_> = group.iter().map(|id| self.model.sent[id].clone()).collect();
            let answer = ledger.ingest_atomic(prepared(&events), stamp()).unwrap();
            self.model.answered(&answer, false);
        }
        let all: Vec<_> = self.model.sent.values().cloned().collect();
        let answer = ledger.ingest(prepared(&all), stamp()).unwrap();
        self.model.answered(&answer, false);
        drop(ledger);
        self.open();
        self.counts.acknowledged.fetch_add(self.model.acknowledged.len() as u64, Ordering::Relaxed);
        let files = self.disk.files();
        let count = |start: &str| files.keys().filter(|name| name.starts_with(start)).count() as u64;
        self.counts.segments.fetch_add(count("log/"), Ordering::Relaxed);
        self.counts.pieces.fetch_add(count("quarantine/"), Ordering::Relaxed);
        self.counts.payloads.fetch_add(count("quarantine/payloads."), Ordering::Relaxed);
        self.counts.redactions.fetch_add(count("redacted/"), Ordering::Relaxed);
    }

    /// A crash after so many calls, or failures now and then, or neither.
    fn plan(&mut self) {
        let crash = (self.rng.once_in(3)).then(|| self.rng.below(40) as u64);
        let fails = if self.rng.once_in(4) { 8 + self.rng.below(40) } else { 0 };
        self.disk.plan(crash, fails);
    }

    /// Starts the machine again where it stopped. True where what could be read before need not be there any more.
    fn restart(&mut self) -> bool {
        self.disk.plan(None, 0);
        let crashed = self.disk.crashed() || self.rng.once_in(4);
        if crashed {
            self.disk.power_cut();
            self.counts.crashes.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let forgotten = self.rng.once_in(2);
        if forgotten {
            self.disk.forget_clean();
        }
        forgotten
    }

    /// Opens the ledger, again and again until it succeeds, and checks that all is as it has to be.
    fn open(&mut self) -> Ledger<LogStore<SimDisk>> {
        let mut before: Option<Files> = None;
        for attempt in 0.. {
            let lost = self.restart();
            let files = self.disk.files();
            if let Some(before) = before.replace(files.clone())
                && !lost
            {
                checks::accounted(&before, &files);
            }
            let torn = files.iter().any(|(name, bytes)| name.starts_with("log/") && !bytes.ends_with(b"\n"))
                || checks::orphaned(&files);
            match attempt {
                // A recovery is short; without this few crashes would come in the middle of one.
                0..6 if torn && !self.rng.once_in(4) => {
                    self.disk.plan(Some(14 + self.rng.below(20) as u64), 0);
                }
                0..6 => self.plan(),
                _ => {}
            }
            let key = [self.key.verifier().clone()];
            let opened = open_on(&self.disk, connect(&self.database), self.lines, &name(), &key, stamp());
            match opened {
                Ok((ledger, _)) => {
                    self.disk.plan(None, 0);
                    let after = self.disk.files();
                    checks::accounted(&files, &after);
                    checks::opened(ledger.store(), &after, &self.model, self.key.verifier(), self.lines);
                    self.counts.opened.fetch_add(1, Ordering::Relaxed);
                    return ledger;
                }
                Err(error) => self.failed(&error),
            }
        }
        unreachable!("the seventh attempt is on a disk without faults")
    }

    /// Nothing but what the disk did may be wrong.
    fn failed(&self, error: &Error) {
        assert!(["store.io", "store.stopped"].contains(&error.code()), "{error}");
        assert_eq!(error.kind(), Kind::Corrupt);
        self.counts.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Works until something fails, or the process is killed or ends in order.
    fn work(&mut self, mut ledger: Ledger<LogStore<SimDisk>>) {
        self.plan();
        for _ in 0..self.rng.below(6) + 1 {
            if let Err(error) = self.step(&mut ledger) {
                return self.failed(&error);
            }
        }
        if self.rng.once_in(3) {
            let signed = sign_on(&*self.disk, &mut ledger, &self.key);
            let kept = signed.and_then(|note| {
                self.model.notes.push(note);
                Ok(ledger.into_store()?.keep_tail()?)
            });
            if let Err(error) = kept {
                self.failed(&error);
            }
        }
    }

    /// A request, detached every other time. Salts of a test are nobody's secret.
    fn prepared(&mut self, events: &[serde_json::Value]) -> (Prepared, bool) {
        let (prepared, rng) = (prepared(events), &mut self.rng);
        if rng.once_in(2) {
            return (prepared, false);
        }
        let salts = |bytes: &mut [u8]| {
            bytes.fill_with(|| rng.next() as u8);
            Ok::<(), Error>(())
        };
        (prepared.detached(salts).unwrap(), true)
    }

    fn step(&mut self, ledger: &mut Ledger<LogStore<SimDisk>>) -> Result<(), Error> {
        match self.rng.below(8) {
            0 => {
                let note = sign_on(&*self.disk, ledger, &self.key)?;
                self.model.notes.push(note);
            }
            1 | 2 => {
                let events = self.model.group(&mut self.rng);
                let (events, detached) = self.prepared(&events);
                self.model.answered(&ledger.ingest_atomic(events, stamp())?, detached);
            }
            3 => {
                // Two callers share one sync.
                let (first, second) = (self.model.request(&mut self.rng), self.model.group(&mut self.rng));
                let ((first, one), (second, other)) = (self.prepared(&first), self.prepared(&second));
                let first = ledger.stage(first, stamp())?;
                if self.rng.once_in(2) {
                    // Written and not durable while the second is staged, as a long file is taken.
                    ledger.write()?;
                }
                let second = ledger.stage_atomic(second, stamp())?;
                ledger.commit()?;
                self.model.answered(&first, one);
                self.model.answered(&second, other);
            }
            4 if self.rng.once_in(3) => {
                let day = format!("20{:02}-01-01", 30 + self.model.closed).parse().unwrap();
                self.model.closed += 1;
                ledger.close(Period::new(day, day).unwrap(), stamp())?;
            }
            5 if self.rng.once_in(3) => {
                ledger.record(RecordKind::CalcCompleted, b"{}", stamp())?;
            }
            6 => {
                if let Some((id, seq)) = self.model.redactable(&mut self.rng) {
                    self.model.asked.insert(id.clone());
                    ledger.redact(seq, "asked for", stamp())?;
                    self.model.redacted.insert(id);
                }
            }
            _ => {
                let events = self.model.request(&mut self.rng);
                let (events, detached) = self.prepared(&events);
                self.model.answered(&ledger.ingest(events, stamp())?, detached);
            }
        }
        Ok(())
    }
}

#[test]
fn no_acknowledged_event_is_lost_or_doubled_whatever_the_disk_does() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match (number("ESG_SEED"), number("ESG_FULL")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(1..)) => 0..100_000,
        (None, _) => 0..2_000,
    };
    let (next, counts) = (AtomicU64::new(seeds.start), Counts::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let lived = catch_unwind(AssertUnwindSafe(|| Life::new(seed, &counts).live()));
                    if let Err(panic) = lived {
                        eprintln!("seed {seed}: live it again with ESG_SEED={seed}");
                        std::panic::resume_unwind(panic);
                    }
                }
            });
        }
    });
    println!("{counts:?}");
    let seen = |count: &AtomicU64| count.load(Ordering::Relaxed);
    // A test that met no fault would show nothing.
    let lives = seeds.end - seeds.start;
    if lives >= 2_000 {
        for count in [&counts.crashes, &counts.failures, &counts.segments, &counts.pieces, &counts.redactions]
        {
            assert!(seen(count) > lives / 10, "{counts:?}");
        }
        assert!(seen(&counts.payloads) > lives / 50, "{counts:?}");
    }
}
