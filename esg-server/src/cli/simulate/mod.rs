//! `esg simulate`: the range of an inventory, as a picture and tables.

mod drivers;
mod shown;

use std::path::PathBuf;

use esg_core::account::{Account, Source, account};
use esg_core::simulate::Options;
use esg_core::simulate::uncertain::{InventoryRange, Ranges, ipcc_gwp_ranges};
use serde_json::{Value, json};

pub use shown::{histogram, kilograms};

use super::engine::Calculation;
use super::failure::{Exit, Failure, Outcome};
use super::report::has_tag;
use super::{input, output};

/// Replicates of a Sobol' sequence.
const REPLICATES: u32 = 16;

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
    /// Returns the options of the run.
    pub fn options(&self) -> Result<Options, Failure> {
        let draws = self.draws.unwrap_or(if self.sobol { 1 << 17 } else { 100_000 });
        let options = Options::new(draws, self.seed)?;
        Ok(if self.sobol { options.sobol(REPLICATES)? } else { options })
    }

    /// Returns the ranges that the caller states.
    pub fn ranges(&self, account: &Account) -> Result<Ranges, Failure> {
        let mut ranges: Ranges = match &self.ranges {
            Some(path) => input::document(path)?,
            None => Ranges::default(),
        };
        if self.ipcc_gwp {
            let gwp = account.inventory.options().gwp();
            let stated = ipcc_gwp_ranges(gwp);
            if stated.is_empty() {
                let message =
                    format!("--ipcc-gwp has no ranges of {} over {} years", gwp.name(), gwp.horizon());
                return Err(
                    Failure::usage("cli.usage", message).hint("--gwp AR6, or state them with --ranges")
                );
            }
            ranges.gwp.extend(stated);
        }
        Ok(ranges)
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
    let account = accounted(&args.files, &args.how)?;
    let ranges = args.draw.ranges(&account)?;
    output::progress("drawing");
    let range = account.inventory.simulate(&ranges, options)?;
    let drivers = match args.sensitivity {
        true => Some(drivers::of(&range, &ranges, options.seed())?),
        false => None,
    };
    if json {
        let mut document = document(&range, options, &ranges, args.target);
        if let Some(drivers) = &drivers {
            document["sensitivity"] = drivers::document(drivers);
        }
        output::print_json(&document)?;
    } else {
        let mut text = shown::text(&account, &range, options, args.target);
        text.extend(drivers.as_deref().map(drivers::text));
        output::print(text.as_bytes())?;
    }
    Ok(if account.is_clean() { Exit::Ok } else { Exit::Findings })
}

/// Quantiles that documents and tables show.
pub const QUANTILES: [f64; 7] = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975];

/// The summary of an output.
pub fn summary(of: &esg_core::simulate::Output) -> Value {
    let quantiles: Vec<Value> =
        QUANTILES.iter().map(|&p| json!({"p": p, "co2e_kg": of.quantile(p)})).collect();
    json!({
        "mean_kg": of.mean(), "mean_error_kg": of.mean_error(), "quantiles": quantiles,
        "sd_kg": of.sd(), "sd_error_kg": of.sd_error(),
    })
}

fn document(range: &InventoryRange, options: Options, ranges: &Ranges, target: Option<f64>) -> Value {
    let totals: Vec<Value> = range
        .totals
        .iter()
        .map(|total| {
            let bars: Vec<Value> = total
                .simulated
                .histogram(40)
                .iter()
                .map(|bar| json!({"lower_kg": bar.lower, "upper_kg": bar.upper, "draws": bar.count}))
                .collect();
            let table = total.propagated.as_ref().map(|p| {
                let rows: Vec<Value> = p
                    .rows
                    .iter()
                    .map(|row| {
                        json!({
                            "name": row.name, "co2e_kg": row.co2e.to_string(), "quantity": row.parts[0],
                            "factor": row.parts[1], "gwp": row.parts[2], "combined": row.combined,
                            "variance_share": row.variance_share,
                        })
                    })
                    .collect();
                json!({"half_width": p.half_width, "rows": rows})
            });
            json!({
                "name": total.name, "point_kg": total.point.to_string(), "approach2": summary(&total.simulated),
                "approach1": table, "disagreement": total.disagreement, "histogram": bars,
                "exceeds_target": target.map(|target| total.simulated.exceedance(target)),
            })
        })
        .collect();
    let groups = |run: &esg_core::simulate::Simulation| -> Vec<Value> {
        let group = |(group, output)| {
            let group: &esg_core::simulate::Group = group;
            json!({"dimension": group.dimension, "value": group.value, "range": summary(output)})
        };
        run.groups().map(group).collect()
    };
    let variables: Vec<Value> = range
        .lines
        .variables
        .iter()
        .map(|v| json!({"id": v.id, "law": v.law.name(), "mean": v.law.mean(), "sd": v.law.sd(), "reference": v.reference}))
        .collect();
    json!({
        "draws": options.draws(), "seed": options.seed(), "generator": options.generator(), "ranges": ranges,
        "target_kg": target, "totals": totals, "variables": variables, "caveats": range.caveats,
        "groups": {"location": groups(&range.location), "market": range.market.as_ref().map(groups)},
    })
}
