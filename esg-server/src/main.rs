//! The command line of the esg engine, and its server.

use std::process::ExitCode;

mod cli;
mod serve;

/// Telemetry is read into large columns that come and go with each part of a file; this allocator keeps their pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
