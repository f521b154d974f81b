//! The command line of the esg engine.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::run()
}
