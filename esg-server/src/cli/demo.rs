//! `esg demo`: a year of four verticals, from rows to report, with nothing to download.

use std::path::{Path, PathBuf};

use esg_core::account::{ScoreSettings, Settings, Source, account};
use esg_core::aggregate::{Engine, Instrument, InstrumentKind, Options};
use esg_core::factor::{Allow, Registry};
use esg_core::normalize::Defaults;
use esg_core::report::{Format, Report, ReportInfo};
use esg_core::score::{PueFloor, Weights};
use esg_core::time::{Day, Period};

use super::failure::{Exit, Failure, Outcome};
use super::input::Form;
use super::{output, report, summary};

macro_rules! sample {
    ($($name:literal),+ $(,)?) => {
        /// Name and text of every sample file.
        const SAMPLES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../../examples/data/", $name)))),+];
    };
}

sample!(
    "ai_data_center.csv",
    "smart_manufacturing.csv",
    "smart_manufacturing_production.csv",
    "logistics_fleet.csv",
    "cloud_saas.csv",
    "bad_rows.csv",
);

/// Whose the invented sites are.
const ORGANISATION: &str = "Example Works (invented)";

/// A year of sample telemetry of four verticals, from rows to report.
///
/// The sites are invented. Every row says whether it was measured (a public recording, re-dated to 2024) or generated from
/// a stated seed. Writes report.html, .json, .csv and .xlsx.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  esg demo --out my-demo")]
pub struct Args {
    /// Folder for the reports
    #[arg(long, default_value = "out/demo", value_name = "DIR")]
    out: PathBuf,
}

pub fn run(args: &Args, json: bool) -> Outcome {
    let mut sources = Vec::with_capacity(SAMPLES.len());
    for (name, bytes) in SAMPLES {
        output::progress(&format!("reading {name}"));
        let received = Form::Table(b',').read(bytes).map_err(|error| Failure::from(error).at(name))?;
        sources.push(Source { label: (*name).to_owned(), received });
    }
    let origins = origins(&sources);
    let engine = Engine::new(Registry::built_in(), options()?)?;
    let settings = Settings {
        // British gas is metered and billed on its gross calorific value.
        defaults: Defaults { heat_basis: Some("gross".to_owned()), ..Defaults::default() },
        score: Some(ScoreSettings { weights: Weights::equal(), floor: PueFloor::Refuse }),
        ..Settings::default()
    };
    let account = account(sources, &engine, &settings)?;
    let info = ReportInfo {
        organisation: ORGANISATION.to_owned(),
        boundary_statement: "Operational control. The sites are invented; see examples/data/README.md."
            .to_owned(),
        exclusions: format!("Sample data, not a company. {origins}"),
        ..account.report_info()
    };
    let report = Report::of(&account.inventory, info)?;
    let document = report.document();
    let mut files = Vec::new();
    for format in Format::ALL {
        let path = args.out.join(format!("report.{format}"));
        output::write(&path, &report.render(format)?)?;
        files.push(path);
    }
    output::write(&args.out.join("rejected.jsonl"), &report::rejected_lines(&account)?)?;
    if json {
        let mut bytes = report.render(Format::Json)?;
        bytes.push(b'\n');
        output::print(&bytes)?;
        return Ok(Exit::Ok);
    }
    let head = format!(
        "  {}: {} events of 2024 from {} files, GWP AR5\n  {origins}\n",
        output::bold(ORGANISATION),
        summary::count(account.accepted()),
        account.sources.len(),
    );
    let html = files.iter().find(|path| path.extension().is_some_and(|e| e == "html"));
    let page = html.map(|path| output::shown(&absolute(path))).unwrap_or_default();
    let tail = format!(
        "  {} {page}\n  beside it: report.json, report.csv, report.xlsx, rejected.jsonl\n",
        output::bold("Open")
    );
    let parts = [
        head,
        summary::inventory(document),
        summary::figures(&account),
        summary::score(&account),
        summary::caveats(document),
        summary::refused(&account, 4, "all are in rejected.jsonl"),
        tail,
    ];
    output::print(parts.join("\n").as_bytes())?;
    // The bad rows are part of the story, not a finding.
    Ok(Exit::Ok)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The choices of the demo, each of which the report shows.
///
/// AR5, because the British factors for fuel chains, materials, waste and water are published as CO2e under AR5 alone;
/// under AR6 they would be missing. One certificate covers a part of the works' electricity.
fn options() -> Result<Options, Failure> {
    let day = |month, day| Day::new(2024, month, day).map_err(Failure::from);
    Ok(Options {
        period: Some(Period::new(day(1, 1)?, day(12, 31)?)?),
        allow: Allow { parent_region: true, newer_edition: true, older_edition: true, ..Allow::default() },
        instruments: vec![Instrument {
            id: "REGO-EXAMPLE-1".to_owned(),
            kind: InstrumentKind::Certificate,
            market: "GB".to_owned(),
            start: day(1, 1)?,
            end: day(12, 31)?,
            energy_kwh: "400000".parse()?,
            co2e_kg_per_kwh: "0".parse()?,
        }],
        market_grid_average: true,
        not_applicable: (8..=15).collect(),
        ..Options::new("AR5")?
    })
}

/// How many rows were measured, and how many generated: what their tag `origin` says.
fn origins(sources: &[Source]) -> String {
    let (mut measured, mut generated, mut untold) = (0u64, 0u64, 0u64);
    for batch in sources.iter().map(|source| &source.received.batch) {
        for event in 0..batch.len() {
            match batch.tag(event, "origin") {
                Some(origin) if origin.starts_with("measured:") => measured += 1,
                Some(origin) if origin.starts_with("generated:") => generated += 1,
                _ => untold += 1,
            }
        }
    }
    let [measured, generated, untold] = [measured, generated, untold].map(summary::count);
    format!(
        "{measured} events are public recordings, {generated} generated (seed 7), {untold} written by hand"
    )
}
