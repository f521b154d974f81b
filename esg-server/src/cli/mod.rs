//! `esg`: the engine at a prompt, in a script and in a pipe.
//!
//! A command reads its arguments and files, calls the core and shows what came back. Numbers, rules and messages are the
//! core's; here is only what a terminal needs. Every command has `--json` for machines, and its exit code says how it
//! went: 0 all well, 1 findings (rows that are in no total, a factor that is not there), 2 usage, 3 files, 4 integrity.

mod convert;
mod demo;
mod engine;
mod factors;
mod failure;
mod forecast;
mod health;
mod input;
mod keys;
mod ledger;
mod lineage;
pub mod output;
mod report;
mod scenario;
mod score;
mod simulate;
mod summary;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

pub use failure::{Exit, Failure, Outcome};

/// Exact carbon, energy and water accounting.
#[derive(Debug, Parser)]
#[command(
    name = "esg",
    version,
    about,
    after_help = "Examples:\n  esg demo\n  esg report telemetry.jsonl --gwp AR5 --format html --out report.html\n  esg factors resolve electricity.grid --region US-CAMX --day 2024-03-15\n  esg convert 1 MWh kWh\n  esg forecast monthly.csv --horizon 12\n  esg simulate telemetry.jsonl --draws 100000 --seed 7\n\nExit codes: 0 ok, 1 findings, 2 usage, 3 files, 4 integrity."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Canonical JSON on stdout, errors as JSON on stderr
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A year of sample telemetry of four verticals, from rows to report
    Demo(demo::Args),
    /// An inventory of your own telemetry: JSON, JSONL, CSV, or of a ledger
    Report(report::Args),
    /// Take telemetry into a ledger: each event once, durably
    Ingest(ledger::IngestArgs),
    /// What a ledger has; close a period, sign the log
    Ledger(ledger::ManageArgs),
    /// Check a ledger: every line of its log, and its books
    Verify(ledger::VerifyArgs),
    /// Prove a figure or a line to someone without this program
    Prove(ledger::ProveArgs),
    /// Copy a ledger
    Backup(ledger::BackupArgs),
    /// Make a ledger of a copy
    Restore(ledger::RestoreArgs),
    /// How a figure came about: from the cell of a report back to the events
    Lineage(lineage::Args),
    /// Emission factors: find one, see why it applies, pin them all
    Factors(factors::Args),
    /// Convert a value exactly from one unit to another
    Convert(convert::Args),
    /// The sustainability score of given inputs
    Score(score::Args),
    /// What comes if nothing changes: forecasts with intervals
    Forecast(forecast::Args),
    /// The range of an inventory: Monte Carlo, and error propagation beside it
    Simulate(simulate::Args),
    /// What measures would save, with ranges and costs
    Scenario(scenario::Args),
    /// The engine over HTTP: telemetry, compliance, simulator, alerts
    Serve(crate::serve::Args),
    /// What the settings of a server come to, without starting it
    CheckConfig(crate::serve::Args),
    /// Ask a server whether it lives, for schedulers: exit code 0 if it does
    Health(health::Args),
    /// Keys of a server: make, list, take back, replace
    Keys(keys::Args),
}

/// Runs the command and returns its exit code.
pub fn run() -> ExitCode {
    let wants_json = std::env::args_os().any(|arg| arg == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(&error, wants_json),
    };
    let json = cli.json;
    let done = match cli.command {
        Command::Demo(args) => demo::run(&args, json),
        Command::Report(args) => report::run(&args, json),
        Command::Ingest(args) => ledger::ingest(&args, json),
        Command::Ledger(args) => ledger::manage(&args, json),
        Command::Verify(args) => ledger::verify(&args, json),
        Command::Prove(args) => ledger::prove(&args),
        Command::Backup(args) => ledger::backup(&args, json),
        Command::Restore(args) => ledger::restore(&args, json),
        Command::Lineage(args) => lineage::run(&args, json),
        Command::Factors(args) => factors::run(&args, json),
        Command::Convert(args) => convert::run(&args, json),
        Command::Score(args) => score::run(&args, json),
        Command::Forecast(args) => forecast::run(&args, json),
        Command::Simulate(args) => simulate::run(&args, json),
        Command::Scenario(args) => scenario::run(&args, json),
        Command::Serve(args) => crate::serve::run(&args),
        Command::CheckConfig(args) => crate::serve::check(&args, json),
        Command::Health(args) => health::run(&args, json),
        Command::Keys(args) => keys::run(&args, json),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.show(json);
            failure.exit.into()
        }
    }
}

fn refuse_arguments(error: &clap::Error, json: bool) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if json && !asked {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Failure::usage("cli.usage", message).show(true);
        return Exit::Usage.into();
    }
    // A reader that has gone away needs no help text.
    let _ = error.print();
    if asked { Exit::Ok.into() } else { Exit::Usage.into() }
}
