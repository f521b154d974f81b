//! W3, our row: the JSONL events are parsed, validated, normalised and calculated on two threads; no disk.
//!
//! The peers only parse and validate, on one thread as they are written. Reading the file is timed for all.

use std::fs::File;
use std::process::ExitCode;

use std::sync::atomic::{AtomicUsize, Ordering};

use esg_benches::w2::map;
use esg_benches::{Check, Failure, THREADS, Timed, data, joined};
use esg_core::aggregate::{Engine, Inventory, Options, Total};
use esg_core::factor::{Allow, Registry};
use esg_core::ghg::{Dimensions, Granularity};
use esg_core::normalize::{Defaults, normalize};
use esg_core::telemetry::{self, json};

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w3: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Bytes of a part: each thread takes the next one when it has done its own.
const PART: usize = 2 << 20;

fn measure() -> Result<(), Failure> {
    let engine = engine()?;
    let timed = Timed::start();
    let file = map(&File::open(data().join("w3_events.jsonl"))?)?;
    let parts = json::parts(&file, PART);
    let next = AtomicUsize::new(0);
    let work = || -> Result<Outcome, Failure> {
        let mut run = engine.run();
        let (mut lines, mut invalid, mut activities) = (0, 0, 0);
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let received = json::read_part(*part, telemetry::Options::default())?;
            let normalized = normalize(&received.batch, &defaults()?);
            run.add(&normalized.activities)?;
            lines += received.batch.len() + received.rejected.len();
            invalid += received.rejected.len();
            activities += normalized.activities.len();
        }
        Ok(Outcome { lines, invalid, activities, inventory: run.finish()? })
    };
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(joined).collect::<Result<_, _>>()
    })?;
    let (mut lines, mut invalid, mut activities) = (0, 0, 0);
    let mut whole: Option<Inventory> = None;
    for part in outcomes {
        lines += part.lines;
        invalid += part.invalid;
        activities += part.activities;
        match &mut whole {
            Some(whole) => whole.merge(part.inventory)?,
            None => whole = Some(part.inventory),
        }
    }
    timed.emit("w3 ours", lines, Check::from_iter([("invalid".to_owned(), invalid.into())]));
    let inventory = whole.ok_or("no thread has run")?;
    let counts = inventory.counts();
    let total = inventory.total(Total::AllLocation)?.tonnes();
    eprintln!("{activities} activities, {} calculated, {total} t CO2e", counts.calculated);
    Ok(())
}

/// What became of some parts.
struct Outcome {
    lines: usize,
    invalid: usize,
    activities: usize,
    inventory: Inventory,
}

/// The built-in registry, with the fallbacks that events from 24 regions need.
fn engine() -> Result<Engine, Failure> {
    let allow = Allow::from_names(Allow::NAMES)?;
    let dimensions = Dimensions {
        vertical: true,
        region: true,
        activity: true,
        period: Granularity::Month,
        ..Dimensions::none()
    };
    let options = Options { allow, dimensions, market_grid_average: true, ..Options::new("AR6")? };
    Ok(Engine::new(Registry::built_in(), options)?)
}

/// What the events leave out.
fn defaults() -> Result<Defaults, Failure> {
    let name = |text: &str| Some(text.to_owned());
    Ok(Defaults {
        fuel: name("diesel"),
        heat_source: name("natural_gas"),
        material: name("metals.primary"),
        waste_material: name("metals"),
        waste_route: name("recycling"),
        ..Defaults::default()
    })
}
