//! `esg factors`: what there is, which one applies and why, and the lock that pins them.

use std::path::PathBuf;

use clap::Subcommand;
use esg_core::face::{
    FactorQuestion, details, factor_values, found_document, resolution_document, sets_document,
};
use esg_core::factor::Lock;
use serde_json::{Value, json};

use super::engine::{Sets, day};
use super::failure::{Exit, Failure, Outcome};
use super::{input, output};

/// Emission factors: find one, see why it applies, pin them all.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find factors by words in activity, name, id or place
    #[command(after_help = "Example:\n  esg factors search 'diesel litre' --region GB --limit 5")]
    Search {
        /// Words that must all be there
        query: String,
        /// Published for exactly this place
        #[arg(long)]
        region: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        sets: Sets,
    },
    /// Show which factor applies, how it was found and what was passed over
    #[command(
        after_help = "Example:\n  esg factors resolve electricity.grid --region US-CAMX --day 2024-03-15 --unit kWh"
    )]
    Resolve {
        /// Activity id, such as electricity.grid or fuel.diesel
        activity: String,
        /// ISO 3166 code, eGRID subregion, US ZIP code or cloud region
        #[arg(long)]
        region: Option<String>,
        /// Day of the activity
        #[arg(long)]
        day: String,
        /// Unit of the quantity
        #[arg(long)]
        unit: Option<String>,
        /// Part of the life cycle: combustion, generation, wtt, td_loss, life-cycle, ...
        #[arg(long)]
        boundary: Option<String>,
        /// From this set only, such as epa-egrid or 'epa-egrid 2023.2.0'
        #[arg(long)]
        set: Option<String>,
        /// Fallbacks to accept: parent_region, older_edition, newer_edition, life_cycle, other_gwp
        #[arg(long, value_delimiter = ',', value_name = "NAMES")]
        allow: Vec<String>,
        #[command(flatten)]
        sets: Sets,
    },
    /// Write the versions and digests of all sets, or check them against such a file
    #[command(
        after_help = "Examples:\n  esg factors lock --out factors.lock.json\n  esg factors lock --check factors.lock.json"
    )]
    Lock {
        /// File to write; stdout unless given
        #[arg(long, value_name = "FILE", conflicts_with = "check")]
        out: Option<PathBuf>,
        /// Lock to check the sets against, byte by byte
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
        /// Your own factor set, JSON Lines or JSON
        #[arg(long, value_name = "FILE")]
        factors: Vec<PathBuf>,
    },
    /// List the factor sets
    #[command(after_help = "Example:\n  esg factors list")]
    List {
        #[command(flatten)]
        sets: Sets,
    },
}

pub fn run(args: &Args, json: bool) -> Outcome {
    match &args.command {
        Command::Search { query, region, limit, sets } => {
            search(query, region.as_deref(), *limit, sets, json)
        }
        Command::Resolve { activity, region, day: on, unit, boundary, set, allow: names, sets } => {
            let question = FactorQuestion {
                activity: activity.clone(),
                day: Some(day("--day", on)?),
                region: region.clone(),
                unit: unit.clone(),
                boundary: boundary.clone(),
                set: set.clone(),
                allow: names.clone(),
                ..FactorQuestion::default()
            };
            resolve(&question, sets, json)
        }
        Command::Lock { out, check, factors } => {
            lock(out.as_ref(), check.as_ref(), &Sets::of(factors.clone()), json)
        }
        Command::List { sets } => list(sets, json),
    }
}

fn search(query: &str, region: Option<&str>, limit: usize, sets: &Sets, json: bool) -> Outcome {
    let found = sets.registry()?.search(query, region, limit)?;
    if json {
        output::print_json(&found_document(&found))?;
    } else if found.is_empty() {
        output::print(b"nothing found: try fewer or other words, or leave out --region\n")?;
    } else {
        let mut text = String::new();
        for f in &found {
            let (activity, boundary) = (output::bold(&f.factor.activity), f.factor.boundary.as_str());
            text.push_str(&format!("{activity}  {}  {boundary}  [{}]\n", f.factor.geography, f.set));
            text.push_str(&format!("    {}\n    {}\n", f.factor.name, factor_values(&f.factor)));
        }
        if found.len() == limit {
            text.push_str(&format!("the first {limit}; --limit shows more\n"));
        }
        output::print(text.as_bytes())?;
    }
    Ok(if found.is_empty() { Exit::Findings } else { Exit::Ok })
}

fn resolve(question: &FactorQuestion, sets: &Sets, json: bool) -> Outcome {
    let resolution = question.ask(&sets.registry()?).map_err(|error| {
        let Value::Object(details) = details(&error) else { return Failure::from(error) };
        let found = ["rejected", "candidates"].iter().any(|name| details.contains_key(*name));
        let failure = Failure::from(error);
        let failure = if found { failure.exit(Exit::Findings) } else { failure };
        details.into_iter().fold(failure, |failure, (name, value)| failure.detail(&name, value))
    })?;
    let (factor, passport) = (&*resolution.factor, resolution.set.passport());
    if json {
        output::print_json(&resolution_document(&resolution))?;
        return Ok(Exit::Ok);
    }
    let mut text = format!("{}\n", output::bold(&resolution.factor_id()));
    let mut rows = vec![
        ("name", factor.name.clone()),
        ("values", factor_values(factor)),
        ("place", factor.geography.clone()),
        ("boundary", factor.boundary.as_str().to_owned()),
        ("authority", format!("{}, {}", passport.authority, passport.edition.clone())),
        ("source", format!("{}, row {}", factor.source.table, factor.source.row)),
        ("digest", resolution.set.digest().to_owned()),
    ];
    rows.extend(resolution.steps.iter().map(|step| ("step", step.clone())));
    rows.extend(resolution.fallbacks.iter().map(|name| ("fallback", (*name).to_owned())));
    rows.extend(resolution.rejected.iter().map(|r| ("not taken", format!("{}: {}", r.factor, r.reason))));
    for (name, value) in rows {
        text.push_str(&format!("  {name:<10} {value}\n"));
    }
    output::print(text.as_bytes())?;
    Ok(Exit::Ok)
}

fn lock(out: Option<&PathBuf>, check: Option<&PathBuf>, sets: &Sets, json: bool) -> Outcome {
    let registry = sets.registry()?;
    if let Some(path) = check {
        let lock: Lock = input::document(path)?;
        registry.locked(&lock).map_err(|error| {
            let failure = Failure::from(error).at(path.display());
            // A set that the lock names and nobody has cannot be what was locked.
            failure.exit(Exit::Integrity)
        })?;
        let sets = lock.sets.len();
        if json {
            output::print_json(&json!({"checked": sets, "lock": esg_core::account::lock_digest(&lock)}))?;
        } else {
            output::print(format!("{sets} sets are what {} says\n", path.display()).as_bytes())?;
        }
        return Ok(Exit::Ok);
    }
    let lock = registry.lock();
    let text = if json {
        let mut bytes = esg_core::canonical::from_value(&json!(lock))?;
        bytes.push(b'\n');
        bytes
    } else {
        format!("{:#}\n", json!(lock)).into_bytes()
    };
    match out {
        Some(path) => {
            output::write(path, &text)?;
            output::progress(&format!("{} sets locked in {}", lock.sets.len(), path.display()));
        }
        None => output::print(&text)?,
    }
    Ok(Exit::Ok)
}

fn list(sets: &Sets, json: bool) -> Outcome {
    let registry = sets.registry()?;
    if json {
        output::print_json(&sets_document(&registry))?;
        return Ok(Exit::Ok);
    }
    let mut rows = vec![["set", "data of", "GWP", "checked", "authority"].map(str::to_owned).to_vec()];
    rows.extend(registry.sets().iter().map(|set| {
        let p = set.passport();
        let year = p.data_year.map_or_else(|| "-".to_owned(), |year| year.to_string());
        let gwp = p.gwp.clone().unwrap_or_else(|| "-".to_owned());
        vec![set.name(), year, gwp, p.verification.clone(), p.authority.clone()]
    }));
    output::print(output::table(&rows, &[]).as_bytes())?;
    Ok(Exit::Ok)
}
