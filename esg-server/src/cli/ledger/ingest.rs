//! `esg ingest`: files into a ledger.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use esg_core::audit::Hash;
use esg_core::face::{LOG, TENANT};
use esg_core::ledger::{Ingested, Outcome as Became, Prepared, Stamp, Tenant};
use esg_core::telemetry::Rejection;
use esg_store::{Bulk, FolderLedger, actor, ingest_lines, now};
use serde_json::{Value, json};

use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::{input, output, summary};

/// Take telemetry into a ledger: each event once, durably.
///
/// An event that is there already counts once; one that is there with other content is a conflict, and the first one stays. A file
/// that was broken off goes on where it stopped when it is given again. The folder is made where it is not there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg ingest telemetry.jsonl --ledger footprint\n  cat events.jsonl | esg ingest - --ledger footprint --receipts receipts.jsonl\n  esg report --ledger footprint --gwp AR5"
)]
pub struct Args {
    /// Files of telemetry: .json, .jsonl, .csv, .tsv; - for JSON Lines from stdin
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Folder of the ledger
    #[arg(long, value_name = "FOLDER")]
    ledger: PathBuf,
    /// Whose events
    #[arg(long, default_value = TENANT, value_name = "NAME")]
    tenant: String,
    /// Who brings them, for the log; the user of this process unless given
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Name of the log of a new ledger, such as example.com/footprint; esg.local/ledger unless given
    #[arg(long, value_name = "NAME")]
    log: Option<String>,
    /// Take a file whole or not at all; it is then read into memory
    #[arg(long)]
    atomic: bool,
    /// Keep what the events say beside the log, so that `esg ledger redact` can remove it later
    #[arg(long)]
    detached: bool,
    /// Make durable after so many lines; some megabytes unless given
    #[arg(long, value_name = "LINES")]
    commit: Option<usize>,
    /// Write what became of every row to this file, one JSON document a line
    #[arg(long, value_name = "FILE")]
    receipts: Option<PathBuf>,
    /// Write every refused row to this file, one JSON document a line
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
}

/// Refused rows and conflicts that are shown.
const SHOWN: usize = 20;

/// What became of all rows.
#[derive(Default)]
struct Sum {
    counts: [u64; 4],
    late: u64,
    /// The first conflicts and refusals, as documents.
    conflicts: Vec<Value>,
    refused: Vec<Value>,
    receipts: Vec<u8>,
    all_refused: Vec<u8>,
    interrupted: bool,
}

pub fn run(args: &Args, json: bool) -> Outcome {
    let tenant = Tenant::new(&args.tenant)?;
    let who = actor(args.actor.as_deref());
    let stamp = Stamp { actor: &who, time: now()? };
    // Before anything is made: a first file that is not there, or one that cannot be telemetry, leaves no ledger behind.
    let are_lines = args.files.iter().map(|path| input::is_lines(path)).collect::<Result<Vec<bool>, _>>()?;
    if let Some(path) = args.files.first().filter(|path| path.as_os_str() != "-") {
        File::open(path).map_err(|error| Failure::file(path, "read", &error))?;
    }
    let log = args.log.as_deref().unwrap_or(LOG).parse()?;
    let mut opened = FolderLedger::open_or_create(&args.ledger, &log, stamp)?;
    if args.log.is_some() && *opened.ledger().name() != log {
        let is = opened.ledger().name();
        return Err(Failure::usage(
            "cli.usage",
            format!("the log of this ledger is {is}, and a log keeps its name"),
        ));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // A second Ctrl-C while the first one is being obeyed changes nothing.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let mut sum = Sum::default();
    let mut failed = None;
    for (path, is_lines) in args.files.iter().zip(are_lines) {
        if sum.interrupted {
            break;
        }
        let label = path.display().to_string();
        let taken = if !args.atomic && is_lines {
            lines(&mut opened, path, args, (&tenant, stamp), &stop, &mut sum)
        } else {
            whole(&mut opened, path, args, (&tenant, stamp), &mut sum)
        };
        // What was taken before stays: it is signed, and its receipts are written, before the failure is told.
        if let Err(failure) = taken {
            failed = Some(failure.at(label));
            break;
        }
    }
    let (name, size) = (opened.ledger().name().to_string(), opened.ledger().size());
    opened.close()?;
    for (file, bytes) in [(&args.receipts, &sum.receipts), (&args.rejected, &sum.all_refused)] {
        if let Some(file) = file {
            output::write(file, bytes)?;
        }
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    show(&sum, &name, size, json)?;
    if sum.interrupted {
        return Err(Failure::usage("cli.interrupted", "broken off; what was acknowledged is in the ledger")
            .hint("give the same file again: it goes on where it stopped")
            .exit(Exit::Findings));
    }
    let wrong = sum.counts[Became::Conflict as usize] + sum.counts[Became::Rejected as usize];
    Ok(if wrong == 0 { Exit::Ok } else { Exit::Findings })
}

fn lines(
    opened: &mut FolderLedger,
    path: &Path,
    args: &Args,
    (tenant, stamp): (&Tenant, Stamp<'_>),
    stop: &AtomicBool,
    sum: &mut Sum,
) -> Result<(), Failure> {
    let label = path.display().to_string();
    let (file, length): (Box<dyn Read + Send>, u64) = if path == Path::new("-") {
        (Box::new(std::io::stdin()), 0)
    } else {
        let file = File::open(path).map_err(|error| Failure::file(path, "read", &error))?;
        let length = file.metadata().map_or(0, |found| found.len());
        (Box::new(file), length)
    };
    let bar = output::bar(&label, length);
    let bulk = Bulk { tenant, label: &label, stamp, lines: args.commit, detached: args.detached };
    ingest_lines(opened.ledger(), file, &bulk, &mut |part| {
        bar.set_position(part.bytes);
        sum.add(&part.ingested, &label, args);
        sum.interrupted = stop.load(Ordering::Relaxed);
        if sum.interrupted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    bar.finish_and_clear();
    Ok(())
}

fn whole(
    opened: &mut FolderLedger,
    path: &Path,
    args: &Args,
    (tenant, stamp): (&Tenant, Stamp<'_>),
    sum: &mut Sum,
) -> Result<(), Failure> {
    let source = input::telemetry(path)?;
    let prepared = Prepared::new(source.received, tenant, &source.label);
    let prepared = if args.detached { esg_store::detached(prepared)? } else { prepared };
    let ledger = opened.ledger();
    let ingested =
        if args.atomic { ledger.ingest_atomic(prepared, stamp)? } else { ledger.ingest(prepared, stamp)? };
    sum.add(&ingested, &source.label, args);
    Ok(())
}

impl Sum {
    fn add(&mut self, ingested: &Ingested, label: &str, args: &Args) {
        for item in &ingested.items {
            self.counts[item.outcome as usize] += 1;
            self.late += u64::from(item.late);
        }
        for conflict in ingested.conflicts.iter().take(SHOWN.saturating_sub(self.conflicts.len())) {
            let (line, first, differs) = (conflict.line, conflict.first, &conflict.differs);
            self.conflicts.push(json!({"source": label, "line": line, "first": first, "differs": differs}));
        }
        for rejection in ingested.rejected.iter().take(SHOWN.saturating_sub(self.refused.len())) {
            self.refused.push(refusal(label, rejection));
        }
        if args.rejected.is_some() {
            for rejection in &ingested.rejected {
                write_line(&mut self.all_refused, &refusal(label, rejection));
            }
        }
        if args.receipts.is_some() {
            for item in &ingested.items {
                let at = item.at as usize;
                let receipt = match item.outcome {
                    Became::Rejected => {
                        let rejection = &ingested.rejected[at];
                        json!({"source": label, "line": item.line, "outcome": item.outcome.as_str(), "code": rejection.code})
                    }
                    _ => json!({
                        "source": label,
                        "line": item.line,
                        "outcome": item.outcome.as_str(),
                        "seq": item.seq,
                        "late": item.late,
                        "source_id": ingested.batch.source_id(at),
                        "external_event_id": ingested.batch.external_id(at),
                        "fingerprint": Hash::from_bytes(ingested.fingerprints[at]).to_string(),
                    }),
                };
                write_line(&mut self.receipts, &receipt);
            }
        }
    }
}

fn refusal(label: &str, rejection: &Rejection) -> Value {
    json!({
        "code": rejection.code,
        "field": rejection.field,
        "line": rejection.line,
        "message": rejection.message,
        "nearest": rejection.nearest,
        "raw": rejection.raw,
        "source": label,
        "stage": "telemetry",
    })
}

fn write_line(out: &mut Vec<u8>, document: &Value) {
    out.extend(document.to_string().into_bytes());
    out.push(b'\n');
}

fn show(sum: &Sum, log: &str, size: u64, as_json: bool) -> Result<(), Failure> {
    let [accepted, duplicates, conflicts, rejected] = sum.counts;
    if as_json {
        return output::print_json(&json!({
            "accepted": accepted, "duplicates": duplicates, "conflicts": conflicts, "rejected": rejected,
            "late": sum.late, "log": log, "size": size, "first_conflicts": sum.conflicts,
            "first_rejected": sum.refused, "interrupted": sum.interrupted,
        }));
    }
    let mut rows = vec![vec!["Ledger".to_owned(), "rows".to_owned(), String::new()]];
    for (name, count, remark) in [
        ("accepted", accepted, ""),
        ("  of closed days", sum.late, "no report that was issued changes by them"),
        ("duplicates", duplicates, "were there already"),
        ("conflicts", conflicts, "were there with other content; the first one stays"),
        ("rejected", rejected, "are no events"),
    ] {
        if count > 0 || name == "accepted" {
            rows.push(vec![name.to_owned(), summary::count(count), remark.to_owned()]);
        }
    }
    let mut text = output::table(&rows, &[1]);
    for conflict in &sum.conflicts {
        let differs: Vec<&str> =
            conflict["differs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        text.push_str(&format!(
            "  conflict: {}, line {} differs from line {} of the log in {}\n",
            conflict["source"].as_str().unwrap_or_default(),
            conflict["line"],
            conflict["first"],
            differs.join(", ")
        ));
    }
    for row in &sum.refused {
        let text_of = |name: &str| row[name].as_str().unwrap_or_default();
        text.push_str(&format!(
            "  {}, line {}: {}: {}\n",
            text_of("source"),
            row["line"],
            text_of("code"),
            text_of("message")
        ));
    }
    text.push_str(&format!("  the log {log} has {} lines\n", summary::count(size)));
    output::print(text.as_bytes())
}
