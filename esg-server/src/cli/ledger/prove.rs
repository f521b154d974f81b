//! `esg prove`: a figure or a line, for someone who has the key and nothing else.

use std::path::PathBuf;

use esg_core::account::Selection;
use esg_store::actor;

use super::{LedgerArgs, open};
use crate::cli::engine::Calculation;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::output;

/// Prove a figure of a report, or a line of the log, to someone without this program.
///
/// A figure becomes a bundle: its products with their exact fractions, the lines of the log that hold their events, and the hashes that
/// lead from each line to a signed checkpoint. `python3 tools/verify.py bundle FILE --key VKEY` recomputes it. A line becomes a C2SP
/// tlog-proof file. The log is signed first, so that the proof covers all of it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg prove 2-location,site=Hull --ledger footprint --gwp AR5 --out hull.json\n  esg prove --line 17 --ledger footprint --out 17.tlog-proof\n  python3 tools/verify.py bundle hull.json --key \"$(cat footprint/key.pub)\""
)]
pub struct Args {
    /// The figure, such as 1 or 2-location,site=Hull,month=2024-03,gas=CH4
    #[arg(required_unless_present = "line")]
    cell: Option<String>,
    /// Line of the log, from 0
    #[arg(long, value_name = "SEQ", conflicts_with = "cell")]
    line: Option<u64>,
    /// File to write; stdout without it
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    how: Calculation,
}

pub fn run(args: &Args) -> Outcome {
    let Some(folder) = &args.ledger.ledger else {
        return Err(Failure::usage("cli.usage", "a proof is one of a ledger").hint("--ledger FOLDER"));
    };
    let mut opened = open(folder, &actor(None))?;
    let note = opened.sign()?;
    let without_key = || {
        Failure::usage(
            "cli.key",
            format!("{} has no secret key, and nothing is proved unsigned", folder.display()),
        )
    };
    let note = note.ok_or_else(without_key)?;
    let book = opened.ledger().book()?;
    let bytes = match (args.line, &args.cell) {
        (Some(seq), _) => book.proof(seq, &note)?.to_string().into_bytes(),
        (None, cell) => {
            let selection: Selection = cell.as_deref().unwrap_or_default().parse()?;
            let question = args.ledger.question(args.how.period()?)?;
            output::progress("tracing");
            let (engine, settings) = (args.how.engine(true)?, args.how.settings()?);
            let bundle = book.bundle(&question, (&engine, &settings), &selection, &note)?;
            let mut bytes = esg_core::canonical::from_value(&bundle)?;
            bytes.push(b'\n');
            bytes
        }
    };
    opened.close()?;
    match &args.out {
        Some(path) => output::write(path, &bytes)?,
        None => output::print(&bytes)?,
    }
    Ok(Exit::Ok)
}
