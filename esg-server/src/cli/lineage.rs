//! `esg lineage`: from a figure back to the events.

use std::path::PathBuf;

use clap::ValueEnum;
use esg_core::account::{Selection, Source, TracedCell, Trail, trail};
use serde_json::json;

use super::engine::Calculation;
use super::failure::{Exit, Failure, Outcome};
use super::ledger::LedgerArgs;
use super::report::has_tag;
use super::{input, output, summary};

/// How a figure came about: events, conversions, factors, GWPs and products, down to the last digit.
///
/// CELL is a scope (1, 2-location, 2-market, 3, 3.4, outside) and values of other dimensions: 2-location,site=Hull,month=2024-03.
/// The files and options are those of `esg report`, and the figure is the one that it shows.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg lineage 2-location,site=Hull,month=2024-03 plant.csv --gwp AR5\n  esg lineage 1,gas=CH4 fleet.csv --format mermaid > trail.mmd\n  esg lineage 3.1 plant.csv --format prov | python3 -m json.tool"
)]
pub struct Args {
    /// The figure, such as 1 or 2-location,site=Hull,month=2024-03,gas=CH4
    cell: String,
    /// Files of telemetry: .json, .jsonl, .csv, .tsv; - for JSON Lines from stdin
    #[arg(required_unless_present = "ledger", conflicts_with = "ledger")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Form::Tree)]
    format: Form,
    /// Inputs of one node that a tree shows; the other formats show all
    #[arg(long, default_value_t = 5, value_name = "N")]
    limit: usize,
    /// File to write; stdout without it
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    how: Calculation,
}

/// Form of the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Form {
    /// For a terminal
    Tree,
    /// Mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
    /// W3C PROV-JSON
    Prov,
    /// Terms with their exact fractions, and the nodes
    Json,
}

pub fn run(args: &Args, as_json: bool) -> Outcome {
    let selection: Selection = args.cell.parse()?;
    let settings = args.how.settings()?;
    let trail = match args.ledger.book(args.how.period()?)? {
        Some((book, question)) => {
            output::progress("tracing");
            book.trail(&question, &args.how.engine(true)?, &settings)?
        }
        None => {
            let sources: Vec<Source> =
                args.files.iter().map(|path| input::telemetry(path)).collect::<Result<_, _>>()?;
            let has_tenants = sources.iter().any(|source| has_tag(source, "tenant"));
            let engine = args.how.engine(has_tenants)?;
            output::progress("tracing");
            trail(sources, &engine, &settings)?
        }
    };
    let traced = trail.cell(&selection)?;
    let form = if as_json && args.format == Form::Tree { Form::Json } else { args.format };
    let bytes = rendered(&trail, &traced, form, args.limit)?;
    match &args.out {
        Some(path) => output::write(path, &bytes)?,
        None => output::print(&bytes)?,
    }
    Ok(Exit::Ok)
}

fn rendered(trail: &Trail, traced: &TracedCell, form: Form, limit: usize) -> Result<Vec<u8>, Failure> {
    let (graph, cell) = trail.graph(traced, None)?;
    let document = match form {
        Form::Mermaid => return Ok(graph.to_mermaid().into_bytes()),
        Form::Dot => return Ok(graph.to_dot().into_bytes()),
        Form::Tree => {
            let head = match traced.terms.len() as u64 {
                1 => "It is one product".to_owned(),
                terms => format!("{} products add up to it", summary::count(terms)),
            } + "; the exact parts are in --format json\n\n";
            return Ok((head + &graph.to_tree(cell, limit)?).into_bytes());
        }
        Form::Prov => graph.to_prov(),
        Form::Json => json!({
            "cell": traced.selection.to_string(),
            "id": cell,
            "co2e_kg": traced.co2e,
            "mass": traced.mass,
            "unit": traced.unit,
            "cells": traced.cells,
            "terms": traced.terms.iter().map(esg_core::account::Term::to_json).collect::<Vec<_>>(),
            "nodes": graph.to_json()["nodes"],
        }),
    };
    let mut bytes = esg_core::canonical::from_value(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
