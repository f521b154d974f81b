//! `esg scenario`: measures on an inventory, with the range of what they save and cost.

use std::path::PathBuf;

use esg_core::face::scenario_document;
use esg_core::simulate::scenario::{Outcome as Compared, Scenario};
use esg_core::simulate::uncertain::Lines;

use super::engine::Calculation;
use super::failure::{Exit, Outcome};
use super::simulate::{Draw, accounted, histogram, kilograms};
use super::{input, output};

/// What measures would save: before and after under the same draws, and what each costs per tonne
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  esg scenario telemetry.jsonl --scenario 2030.json --draws 100000\n\nA scenario is JSON:\n  {\"name\": \"2030\", \"method\": \"location\", \"measures\": [{\"name\": \"cooling\", \"cost\": \"20000\",\n   \"change\": {\"kind\": \"pue\", \"from\": \"1.5\", \"to\": \"1.2\"}, \"lines\": {\"site\": \"hall-1\"}}]}\nKinds: volume, pue, factor, grid_mix, fuel_switch, certificates; docs/scenarios.md explains them."
)]
pub struct Args {
    /// Files of telemetry: .json, .jsonl, .csv, .tsv; - for JSON Lines from stdin
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The scenario, a JSON document
    #[arg(long, value_name = "FILE")]
    scenario: PathBuf,
    #[command(flatten)]
    draw: Draw,
    #[command(flatten)]
    how: Calculation,
}

pub fn run(args: &Args, as_json: bool) -> Outcome {
    let scenario: Scenario = input::document(&args.scenario)?;
    let drawn = args.draw.options()?;
    let options = drawn.options()?;
    let account = accounted(&args.files, &args.how)?;
    let ranges = drawn.ranges(&account.inventory)?;
    let lines = Lines::of(&account.inventory, &ranges)?;
    let outcome = scenario.run(&lines, &ranges, options)?;
    if as_json {
        output::print_json(&scenario_document(&scenario, &outcome, options, &lines))?;
    } else {
        output::print(text(&scenario, &outcome).as_bytes())?;
    }
    Ok(if account.is_clean() { Exit::Ok } else { Exit::Findings })
}

fn text(scenario: &Scenario, outcome: &Compared) -> String {
    let mut rows = vec![["t CO2e", "mean", "2.5 %", "median", "97.5 %"].map(str::to_owned).to_vec()];
    for (name, of) in [("before", &outcome.before), ("after", &outcome.after), ("saved", &outcome.saved)] {
        let values = [of.mean(), of.quantile(0.025), of.quantile(0.5), of.quantile(0.975)];
        rows.push([vec![name.to_owned()], values.map(kilograms).to_vec()].concat());
    }
    let mut measures = vec![
        ["Measure, in turn", "cost", "t saved", "2.5 %", "97.5 %", "alone", "cost per t", "from", "to"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for effect in &outcome.effects {
        let of = &effect.in_turn;
        let costs = effect.cost_per_tonne().unwrap_or_default();
        let cost = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.2}"));
        let mut row = vec![effect.name.clone(), cost(effect.cost)];
        row.extend([of.mean(), of.quantile(0.025), of.quantile(0.975), effect.alone.mean()].map(kilograms));
        row.extend(costs.map(cost));
        measures.push(row);
    }
    format!(
        "  Scenario {}, {}-based\n\n  What is saved\n{}\n{}\n{}",
        scenario.name,
        scenario.method,
        histogram(&outcome.saved),
        output::table(&rows, &[1, 2, 3, 4]),
        output::table(&measures, &[1, 2, 3, 4, 5, 6, 7, 8])
    )
}
