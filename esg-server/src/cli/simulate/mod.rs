//! `esg simulate`: the range of an inventory, as a picture and tables.

mod drivers;
mod shown;

use std::path::PathBuf;

use esg_core::account::{Account, Source, account};
use esg_core::face::{SimulationOptions, Text};
use esg_core::simulate::uncertain::Ranges;

pub use shown::{histogram, kilograms};

use super::engine::Calculation;
use super::failure::{Exit, Failure, Outcome};
use super::report::has_tag;
use super::{input, output};

/// The range of an inventory of your own telemetry: Monte Carlo, and error propagation beside it
///
/// Factors have the ranges that their sets state. Quantities and GWPs are taken as certain unless --ranges or --ipcc-gwp says
/// otherwise; the caveats list what is. The same input, seed and number of draws give the same digits on any machine.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg simulate telemetry.jsonl --draws 100000 --seed 7\n  esg simulate telemetry.jsonl --ipcc-gwp --target 250000\n  esg simulate telemetry.jsonl --ranges ranges.json --sensitivity\n  esg simulate telemetry.jsonl --ranges ranges.json --sobol --json"
)]
pub struct Args {
    /// Files of telemetry: .json, .jsonl, .csv, .tsv; - for JSON Lines from stdin
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// kg CO2e of which the probability to exceed it is shown
    #[arg(long, value_name = "KG")]
    target: Option<f64>,
    /// Show what makes the range: inputs ranked by their share of the variance, and how far each swings the total
    #[arg(long)]
    sensitivity: bool,
    #[command(flatten)]
    draw: Draw,
    #[command(flatten)]
    how: Calculation,
}

/// How it is drawn.
#[derive(Debug, clap::Args)]
pub struct Draw {
    /// Draws; 100000, or 131072 with --sobol, unless given
    #[arg(long)]
    draws: Option<u64>,
    /// Seed
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Take a scrambled Sobol' sequence in 16 replicates; the draws are then 16 times a power of two
    #[arg(long)]
    sobol: bool,
    /// Ranges of quantities and GWPs, and correlations, a JSON document
    #[arg(long, value_name = "FILE")]
    ranges: Option<PathBuf>,
    /// Take the ranges of GWPs of AR6 (table 7.15)
    #[arg(long)]
    ipcc_gwp: bool,
}

impl Draw {
    /// Returns the options of the run; samples are not kept, so that any number of draws takes the same memory.
    pub fn options(&self) -> Result<SimulationOptions, Failure> {
        let ranges = self.ranges.as_deref().map(input::document::<Ranges>).transpose()?.unwrap_or_default();
        Ok(SimulationOptions {
            draws: self.draws,
            seed: Text(self.seed.to_string()),
            sobol: self.sobol,
            ranges,
            ipcc_gwp: self.ipcc_gwp,
            samples: false,
        })
    }
}

/// Returns the account of telemetry files.
pub fn accounted(files: &[PathBuf], how: &Calculation) -> Result<Account, Failure> {
    let settings = how.settings()?;
    let sources: Vec<Source> = files.iter().map(|path| input::telemetry(path)).collect::<Result<_, _>>()?;
    let has_tenants = sources.iter().any(|source| has_tag(source, "tenant"));
    let engine = how.engine(has_tenants)?;
    output::progress("calculating");
    Ok(account(sources, &engine, &settings)?)
}

pub fn run(args: &Args, json: bool) -> Outcome {
    if args.target.is_some_and(|target| !target.is_finite()) {
        return Err(Failure::usage("cli.usage", "--target must be a finite number of kg"));
    }
    let options = args.draw.options()?;
    options.options()?;
    let account = accounted(&args.files, &args.how)?;
    output::progress("drawing");
    let simulated = options.ask(&account.inventory, &|_, _| true)?;
    if json {
        let mut document = simulated.document(args.target);
        if args.sensitivity {
            document["sensitivity"] = simulated.sensitivities_document()?;
        }
        output::print_json(&document)?;
    } else {
        let mut text = shown::text(&account, &simulated.range, simulated.options, args.target);
        if args.sensitivity {
            text.push_str(&drivers::text(&simulated.sensitivities()?));
        }
        output::print(text.as_bytes())?;
    }
    Ok(if account.is_clean() { Exit::Ok } else { Exit::Findings })
}
