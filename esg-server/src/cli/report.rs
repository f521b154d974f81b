//! `esg report`: files in, an inventory out.

use std::path::{Path, PathBuf};

use esg_core::account::{Account, Source, account};
use esg_core::report::{Format, Report, ReportInfo};
use serde_json::json;

use super::engine::Calculation;
use super::failure::{Exit, Failure, Outcome};
use super::ledger::{self, LedgerArgs};
use super::{input, output, summary};

/// An inventory of your own telemetry: JSON, JSONL or CSV.
///
/// Prints a summary and writes the formats that are asked for. Rows that cannot be used are shown with line, field and
/// reason, and the exit code is then 1. Unless --weights says otherwise, the four terms of the score weigh the same.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg report telemetry.jsonl --gwp AR5 --start 2024-01-01 --end 2024-12-31\n  esg report fleet.csv plant.csv --allow newer_edition --format html,xlsx --out reports/\n  cat events.jsonl | esg report - --json\n  esg report --ledger footprint --start 2024-01-01 --end 2024-12-31 --issue --format html --out 2024.html"
)]
pub struct Args {
    /// Files of telemetry: .json, .jsonl, .csv, .tsv; - for JSON Lines from stdin
    #[arg(required_unless_present = "ledger", conflicts_with = "ledger")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Record the report in the ledger's log, so that it can be made again byte for byte
    #[arg(long, requires = "ledger")]
    issue: bool,
    /// Make the report again that this line of the log records; own factor sets and the lock are given again
    #[arg(long, value_name = "SEQ", requires = "ledger", conflicts_with_all = ["issue", "as_of"])]
    again: Option<u64>,
    /// Who issues the report, for the log; the user of this process unless given
    #[arg(long, value_name = "NAME", requires = "issue")]
    actor: Option<String>,
    /// Formats to write: json, csv, html, xlsx
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    format: Vec<String>,
    /// File for one format, folder for several; one format without it goes to stdout
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Reporting organisation
    #[arg(long, default_value = "")]
    organisation: String,
    /// Write every refused row to this file, one JSON document a line
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    #[command(flatten)]
    how: Calculation,
}

pub fn run(args: &Args, json: bool) -> Outcome {
    let formats: Vec<Format> =
        args.format.iter().map(|name| name.trim().parse()).collect::<Result<_, _>>()?;
    if formats.len() > 1 && args.out.is_none() {
        return Err(Failure::usage("cli.usage", "several formats need a folder").hint("--out reports/"));
    }
    if let [Format::Xlsx] = formats[..]
        && args.out.is_none()
    {
        return Err(Failure::usage("cli.usage", "a workbook needs a file").hint("--out report.xlsx"));
    }
    let (account, report, issued) = made(args)?;

    if let Some(path) = &args.rejected {
        output::write(path, &rejected_lines(&account)?)?;
    }
    let mut written = Vec::new();
    let to_stdout = args.out.is_none() && !formats.is_empty();
    for &format in &formats {
        let bytes = report.render(format)?;
        match &args.out {
            None => output::print(&bytes)?,
            Some(out) => {
                let path = place(out, format, formats.len() > 1);
                output::write(&path, &bytes)?;
                written.push(path);
            }
        }
    }
    if json && !to_stdout {
        let mut bytes = report.render(Format::Json)?;
        bytes.push(b'\n');
        output::print(&bytes)?;
    } else if !to_stdout {
        let mut text = shown(&account, &report, &args.how.by)?;
        if let Some(seq) = issued {
            text.push_str(&format!(
                "  issued: line {seq} of the log; `esg report --ledger ... --again {seq}` makes it again\n"
            ));
        }
        for path in &written {
            text.push_str(&format!("  wrote {}\n", output::shown(path)));
        }
        output::print(text.as_bytes())?;
    }
    Ok(if account.is_clean() { Exit::Ok } else { Exit::Findings })
}

/// The account and its report, and the line that records it where it was issued.
fn made(args: &Args) -> Result<(Account, Report, Option<u64>), Failure> {
    if let Some(folder) = &args.ledger.ledger {
        if let Some(seq) = args.again {
            output::progress("making the report again");
            let (account, report) = ledger::again(folder, &args.how, seq)?;
            return Ok((account, report, Some(seq)));
        }
        if args.issue {
            output::progress("calculating");
            let (how, who) = (&args.how, args.actor.as_deref());
            let (account, report, seq) = ledger::issue(&args.ledger, folder, how, &args.organisation, who)?;
            return Ok((account, report, Some(seq)));
        }
    }
    let settings = args.how.settings()?;
    let account = match args.ledger.book(args.how.period()?)? {
        Some((book, question)) => {
            let engine = args.how.engine(true)?;
            output::progress("calculating");
            book.account(&question, &engine, &settings)?
        }
        None => {
            let sources: Vec<Source> =
                args.files.iter().map(|path| input::telemetry(path)).collect::<Result<_, _>>()?;
            let has_tenants = sources.iter().any(|s| has_tag(s, "tenant"));
            let engine = args.how.engine(has_tenants)?;
            output::progress("calculating");
            account(sources, &engine, &settings)?
        }
    };
    let info = ReportInfo { organisation: args.organisation.clone(), ..account.report_info() };
    let report = Report::of(&account.inventory, info)?;
    Ok((account, report, None))
}

/// True when an event has the tag.
pub fn has_tag(source: &Source, name: &str) -> bool {
    source.received.batch.tag_sets.iter().flatten().any(|(tag, _)| &**tag == name)
}

/// The summary of a report.
fn shown(account: &Account, report: &Report, by: &[String]) -> Result<String, Failure> {
    let document = report.document();
    let days = document.data_days.map_or_else(|| "no days".to_owned(), |(a, b)| format!("{a} to {b}"));
    let options = account.inventory.options();
    let mut text = format!(
        "  {} {}, {days}, GWP {} over {} years\n\n",
        summary::count(account.accepted()),
        if account.accepted() == 1 { "event" } else { "events" },
        options.gwp().name(),
        options.gwp().horizon(),
    );
    let copies: u64 = account.sources.iter().map(|s| s.duplicates).sum();
    if copies > 0 {
        text.push_str(&format!("  {} copies of events count once\n\n", summary::count(copies)));
    }
    for assumed in &account.assumptions {
        let (name, value, rows) = (assumed.name, &assumed.value, summary::count(assumed.count));
        text.push_str(&format!("  assumed {name} = {value} for {rows} activities\n"));
    }
    let parts = [
        summary::inventory(document),
        summary::groups(account, by)?,
        summary::figures(account),
        summary::score(account),
        summary::caveats(document),
        summary::refused(account, summary::REFUSED_SHOWN, "--rejected FILE.jsonl writes all"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    text.push_str(&parts.join("\n"));
    text.push('\n');
    Ok(text)
}

/// Where a format is written.
fn place(out: &Path, format: Format, several: bool) -> PathBuf {
    let folder = several || out.is_dir() || out.as_os_str().to_string_lossy().ends_with(['/', '\\']);
    if folder { out.join(format!("report.{format}")) } else { out.to_owned() }
}

/// Every refused row as a line of canonical JSON.
pub fn rejected_lines(account: &Account) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for row in &account.refused {
        let r = &row.rejection;
        bytes.extend(esg_core::canonical::from_value(&json!({
            "code": r.code,
            "field": r.field,
            "line": r.line,
            "message": r.message,
            "nearest": r.nearest,
            "raw": r.raw,
            "source": &*row.source,
            "stage": row.stage.as_str(),
        }))?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}
