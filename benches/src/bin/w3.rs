//! W3, our row: the JSONL events are parsed, validated, normalised and calculated on two threads; no disk.
//!
//! The peers only parse and validate, on one thread as they are written. Reading the file is timed for all.

use std::process::ExitCode;

use esg_benches::{Check, Failure, THREADS, Timed, data, joined, line_parts};

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w3: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Failure> {
    let timed = Timed::start();
    let file = std::fs::read(data().join("w3_events.jsonl"))?;
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let parts = line_parts(&file, THREADS).into_iter();
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || ours(part))).collect();
        threads.into_iter().map(joined).collect::<Result<_, _>>()
    })?;
    let lines = outcomes.iter().map(|part| part.lines).sum();
    let invalid: usize = outcomes.iter().map(|part| part.invalid).sum();
    timed.emit("w3 ours", lines, Check::from_iter([("invalid".to_owned(), invalid.into())]));
    Ok(())
}

/// What became of some lines.
struct Outcome {
    lines: usize,
    invalid: usize,
}

/// The engine, from bytes to emission lines.
fn ours(_lines: &[u8]) -> Result<Outcome, Failure> {
    Err("the engine cannot read telemetry yet".into())
}
