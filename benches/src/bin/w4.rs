//! W4, our rows: the events of W3 as lines of an audit log, and the check of that log.
//!
//!     w4 append|append_bodies|append_one|verify|sha
//!
//! `append` begins with events in memory, as the peers do, and ends when the lines are durable. `append_bodies` begins with
//! canonical bodies and their hashes; `append_one` does too, on one thread and into memory. `verify` reads what `append`
//! wrote. `sha` is the limit: SHA-256 once over the same bytes on both threads.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use esg_benches::w2::map;
use esg_benches::{Check, Failure, THREADS, Timed, data};
use esg_core::audit::{
    Chain, Checkpoint, Hash, LogName, Options, RecordKind, SEGMENT_LINES, SignerKey, Verifier,
};
use esg_core::telemetry::{self, EventWriter, TelemetryBatch, json};
use esg_core::time::Instant;
use rayon::prelude::*;

const LOG: &str = "example.org/w4";
/// Bytes of events whose lines are made while those before them are chained.
const PART: usize = 2 << 20;

fn main() -> ExitCode {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global();
    let job = std::env::args().nth(1).unwrap_or_default();
    let done = threads.map_err(Failure::from).and_then(|()| match job.as_str() {
        "append" => append(&batches()?),
        "append_bodies" => append_bodies(batches()?),
        "append_one" => append_one(batches()?),
        "verify" => check(),
        "sha" => sha(),
        _ => Err("w4 append|append_bodies|append_one|verify|sha".into()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w4: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The events that are accepted, in parts.
fn batches() -> Result<Vec<TelemetryBatch>, Failure> {
    let file = map(&File::open(data().join("w3_events.jsonl"))?)?;
    let read = |part: &json::Part<'_>| json::read_part(*part, telemetry::Options::default());
    let received: Result<Vec<_>, _> = json::parts(&file, PART).par_iter().map(read).collect();
    Ok(received?.into_iter().map(|part| part.batch).collect())
}

/// Canonical bodies and their hashes.
type Bodies = Vec<(Vec<u8>, Hash)>;

/// Events of a batch that one thread writes at a time.
const EVENTS: usize = 1000;

fn bodies(batch: &TelemetryBatch) -> Bodies {
    let starts: Vec<usize> = (0..batch.len()).step_by(EVENTS).collect();
    let made = starts.into_par_iter().flat_map_iter(|start| {
        let (mut writer, mut event) = (EventWriter::new(batch), Vec::new());
        let one = |number| {
            event.clear();
            writer.write(number, &mut event);
            let fingerprint = Hash::of(&event).to_string();
            let parts: [&[u8]; 5] = [
                b"{\"event\":",
                &event,
                b",\"fingerprint\":\"",
                fingerprint.as_bytes(),
                b"\",\"tenant\":\"w4\"}",
            ];
            let body = parts.concat();
            let hash = Hash::of(&body);
            (body, hash)
        };
        (start..batch.len().min(start + EVENTS)).map(one).collect::<Bodies>()
    });
    made.collect()
}

fn folder() -> PathBuf {
    data().join("w4_log")
}

fn segment(number: u64) -> PathBuf {
    folder().join(format!("{number:08}.jsonl"))
}

fn name() -> LogName {
    LOG.parse().expect("a plain name")
}

fn key() -> SignerKey {
    SignerKey::from_seed(LOG, &[4; 32]).expect("a plain name")
}

/// A log on disk, in segments.
struct Log {
    chain: Chain,
    file: File,
    lines: Vec<u8>,
}

impl Log {
    fn new() -> Result<Self, Failure> {
        let _ = fs::remove_dir_all(folder());
        fs::create_dir_all(folder())?;
        Ok(Self { chain: Chain::new(name()), file: File::create(segment(0))?, lines: Vec::new() })
    }

    fn append(&mut self, mut bodies: &[(Vec<u8>, Hash)]) -> Result<(), Failure> {
        let time = Instant::from_epoch_ms(1_710_513_000_000)?;
        while !bodies.is_empty() {
            let room = (SEGMENT_LINES - self.chain.size() % SEGMENT_LINES) as usize;
            let (now, later) = bodies.split_at(room.min(bodies.len()));
            self.lines.clear();
            let mut bulk = self.chain.bulk();
            for (body, hash) in now {
                bulk.append(RecordKind::TelemetryAccepted, "w4", time, body, hash, &mut self.lines)?;
            }
            bulk.finish();
            self.file.write_all(&self.lines)?;
            if room == now.len() {
                self.file.sync_data()?;
                self.file = File::create(segment(self.chain.size() / SEGMENT_LINES))?;
            }
            bodies = later;
        }
        Ok(())
    }

    /// Makes it durable, stops the clock, and signs it.
    fn finish(self, row: &str, timed: Timed) -> Result<(), Failure> {
        self.file.sync_data()?;
        timed.emit(row, self.chain.size() as usize, Check::new());
        let checkpoint = Checkpoint::new(&name(), self.chain.size(), self.chain.root());
        Ok(fs::write(folder().join("checkpoint"), checkpoint.sign(&key())?.to_string())?)
    }
}

fn append(batches: &[TelemetryBatch]) -> Result<(), Failure> {
    let mut log = Log::new()?;
    let timed = Timed::start();
    let mut made = Bodies::new();
    for batch in batches {
        let (next, appended) = rayon::join(|| bodies(batch), || log.append(&made));
        appended?;
        made = next;
    }
    log.append(&made)?;
    log.finish("w4 append ours", timed)
}

fn append_bodies(batches: Vec<TelemetryBatch>) -> Result<(), Failure> {
    let all: Vec<Bodies> = batches.iter().map(bodies).collect();
    drop(batches);
    let mut log = Log::new()?;
    let timed = Timed::start();
    for part in &all {
        log.append(part)?;
    }
    log.finish("w4 append bodies", timed)
}

fn append_one(batches: Vec<TelemetryBatch>) -> Result<(), Failure> {
    let all: Vec<Bodies> = batches.iter().map(bodies).collect();
    drop(batches);
    let time = Instant::from_epoch_ms(1_710_513_000_000)?;
    let (mut chain, mut out) = (Chain::new(name()), Vec::with_capacity(64 << 20));
    let timed = Timed::start();
    for part in &all {
        out.clear();
        for (body, hash) in part {
            chain.append_hashed(RecordKind::TelemetryAccepted, "w4", time, body, hash, &mut out)?;
        }
    }
    timed.emit("w4 append one thread", chain.size() as usize, Check::new());
    eprintln!("root {}", chain.root());
    Ok(())
}

/// The files of the log, in their order.
fn segments() -> Result<Vec<PathBuf>, Failure> {
    let files = fs::read_dir(folder()).map_err(|e| format!("run w4 append first: {e}"))?;
    let mut paths: Vec<PathBuf> = files.map(|file| file.map(|f| f.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    paths.sort();
    Ok(paths)
}

fn lines_check(lines: usize) -> Check {
    Check::from_iter([("lines".to_owned(), lines.into())])
}

fn check() -> Result<(), Failure> {
    let note = fs::read_to_string(folder().join("checkpoint"))?;
    let (name, key, notes) = (name(), key(), [note.as_str()]);
    let timed = Timed::start();
    let mut verifier = Verifier::new(Options::new(&name).key(key.verifier()).checkpoints(&notes));
    for path in segments()? {
        verifier.segment(&map(&File::open(path)?)?);
    }
    let verdict = verifier.finish();
    let lines = verdict.size as usize;
    timed.emit("w4 verify ours", lines, lines_check(lines));
    match verdict.findings.first() {
        None if verdict.vouched == verdict.size => Ok(()),
        None => Err("no checkpoint over all lines".into()),
        Some(finding) => Err(finding.to_string().into()),
    }
}

fn sha() -> Result<(), Failure> {
    let timed = Timed::start();
    let (mut lines, mut bytes) = (0, 0);
    for path in segments()? {
        let file = map(&File::open(path)?)?;
        let counts = file.par_chunks(256 << 10).map(|part| {
            std::hint::black_box(Hash::of(part));
            part.iter().filter(|&&b| b == b'\n').count()
        });
        lines += counts.sum::<usize>();
        bytes += file.len();
    }
    timed.emit("w4 sha limit", lines, lines_check(lines));
    eprintln!("{bytes} bytes");
    Ok(())
}
