//! `esg ledger`: what a ledger has, and what is decided about it.

use std::path::PathBuf;

use clap::Subcommand;
use esg_core::face::TENANT;
use esg_core::ledger::Stamp;
use esg_core::time::Period;
use esg_store::{actor, now};
use serde_json::json;

use super::{LedgerArgs, open};
use crate::cli::engine::day;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::{output, summary};

/// What a ledger has: its size, reports, closed periods and gaps; close a period, sign the log, redact an event.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg ledger info footprint\n  esg ledger close footprint --start 2024-01-01 --end 2024-12-31\n  esg ledger gaps footprint\n  esg ledger show footprint 17\n  esg ledger redact footprint 17 --reason 'erasure asked for, case 2025-4'"
)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Size, root, keys, closed periods and reports
    Info(Place),
    /// A line of the log, as it stands there
    Show {
        #[command(flatten)]
        place: Place,
        /// Line, from 0
        seq: u64,
    },
    /// Numbers that a source left out of its running ids
    Gaps {
        #[command(flatten)]
        place: Place,
        /// Whose events
        #[arg(long, default_value = TENANT, value_name = "NAME")]
        tenant: String,
    },
    /// Close a period: its reports stay as they are, whatever is sent later
    Close {
        #[command(flatten)]
        place: Place,
        /// First day
        #[arg(long, value_name = "DAY")]
        start: String,
        /// Last day
        #[arg(long, value_name = "DAY")]
        end: String,
        /// Who closes it
        #[arg(long, value_name = "NAME")]
        actor: Option<String>,
    },
    /// Remove what a detached event says, for good: the log keeps that there was one, and why it is gone
    Redact {
        #[command(flatten)]
        place: Place,
        /// Line of the event, from 0, as its receipt says
        seq: u64,
        /// Why; it stays in the log for good, so nothing of the event belongs in it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who redacts it
        #[arg(long, value_name = "NAME")]
        actor: Option<String>,
    },
    /// Sign the log as it is and print the checkpoint: keep it elsewhere
    Sign(Place),
    /// Give the ledger a new key; both keys sign the change. Prints the new public key: tell it to your auditors
    RotateKey {
        #[command(flatten)]
        place: Place,
        /// Who changes it
        #[arg(long, value_name = "NAME")]
        actor: Option<String>,
    },
}

/// The ledger that is meant.
#[derive(Debug, clap::Args)]
struct Place {
    /// Folder of the ledger
    folder: PathBuf,
}

pub fn run(args: &Args, as_json: bool) -> Outcome {
    match &args.what {
        What::Info(place) => info(place, as_json),
        What::Show { place, seq } => {
            let mut line = esg_store::read(&place.folder)?.reader().line(*seq)?;
            line.push(b'\n');
            output::print(&line)?;
            Ok(Exit::Ok)
        }
        What::Gaps { place, tenant } => gaps(place, tenant, as_json),
        What::Close { place, start, end, actor: who } => {
            let period = Period::new(day("--start", start)?, day("--end", end)?)?;
            let who = actor(who.as_deref());
            let mut opened = open(&place.folder, &who)?;
            let seq = opened.ledger().close(period, Stamp { actor: &who, time: now()? })?;
            opened.close()?;
            match as_json {
                true => output::print_json(&json!({"period": period.to_string(), "seq": seq}))?,
                false => output::print(format!("  closed {period}: line {seq} of the log\n").as_bytes())?,
            }
            Ok(Exit::Ok)
        }
        What::Redact { place, seq, reason, actor: who } => {
            let who = actor(who.as_deref());
            let mut opened = open(&place.folder, &who)?;
            let by = opened.ledger().redact(*seq, reason, Stamp { actor: &who, time: now()? })?;
            opened.close()?;
            match as_json {
                true => output::print_json(&json!({"seq": by, "redacts": seq}))?,
                false => output::print(format!("  redacted line {seq}: line {by} of the log\n").as_bytes())?,
            }
            Ok(Exit::Ok)
        }
        What::RotateKey { place, actor: who } => {
            let who = actor(who.as_deref());
            let mut opened = open(&place.folder, &who)?;
            let key = opened.rotate_key(Stamp { actor: &who, time: now()? })?;
            opened.close()?;
            output::print(format!("{key}\n").as_bytes())?;
            Ok(Exit::Ok)
        }
        What::Sign(place) => {
            let mut opened = open(&place.folder, &actor(None))?;
            let note = opened.sign()?;
            opened.close()?;
            let none = || Failure::usage("cli.key", format!("{} has no secret key", place.folder.display()));
            output::print(note.ok_or_else(none)?.as_bytes())?;
            Ok(Exit::Ok)
        }
    }
}

fn info(place: &Place, as_json: bool) -> Outcome {
    let book = esg_store::read(&place.folder)?;
    let (size, root) = (book.size(), book.root_at(book.size())?.to_string());
    let closed: Vec<(String, u64)> = book.closed().iter().map(|c| (c.period.to_string(), c.seq)).collect();
    let reports = book.reports()?;
    let issued = reports.iter().map(|seq| book.issued(*seq)).collect::<Result<Vec<_>, _>>()?;
    let keys = esg_store::keys(&place.folder)?;
    if as_json {
        let reports: Vec<_> = issued
            .iter()
            .map(|r| {
                let (tenant, period, as_of) = &r.question;
                let period = period.map(|p| p.to_string());
                json!({"seq": r.seq, "time": r.time.to_string(), "tenant": tenant, "period": period, "as_of": as_of, "digest": r.digest})
            })
            .collect();
        let closed: Vec<_> =
            closed.iter().map(|(period, seq)| json!({"period": period, "seq": seq})).collect();
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        output::print_json(&json!({
            "log": book.name().to_string(), "size": size, "root": root, "keys": keys, "closed": closed, "reports": reports,
        }))?;
        return Ok(Exit::Ok);
    }
    let mut text = format!("  {}: {} lines\n  root {root}\n", book.name(), summary::count(size));
    for key in keys {
        text.push_str(&format!("  key {key}\n"));
    }
    for (period, seq) in closed {
        text.push_str(&format!("  closed {period}, line {seq}\n"));
    }
    for report in issued {
        let (tenant, period, as_of) = report.question;
        let days = period.map_or_else(|| "all days".to_owned(), |period| period.to_string());
        text.push_str(&format!(
            "  report of {tenant}, {days}, as of line {as_of}: line {}, {}\n",
            report.seq, report.time
        ));
    }
    output::print(text.as_bytes())?;
    Ok(Exit::Ok)
}

fn gaps(place: &Place, tenant: &str, as_json: bool) -> Outcome {
    let ledger = LedgerArgs { ledger: Some(place.folder.clone()), tenant: tenant.to_owned(), as_of: None };
    let gaps = match ledger.book(None)? {
        Some((book, question)) => book.gaps(&question)?,
        None => Vec::new(),
    };
    if as_json {
        let gaps: Vec<_> = gaps
            .iter()
            .map(|gap| json!({"source_id": gap.source_id, "prefix": gap.prefix, "first": gap.first, "last": gap.last}))
            .collect();
        output::print_json(&json!(gaps))?;
    } else {
        let mut text = String::new();
        for gap in &gaps {
            let (source, prefix) = (&gap.source_id, &gap.prefix);
            let numbers = if gap.first == gap.last {
                format!("{prefix}{}", gap.first)
            } else {
                format!("{prefix}{} to {prefix}{}", gap.first, gap.last)
            };
            text.push_str(&format!("  {source}: {numbers}\n"));
        }
        if gaps.is_empty() {
            text.push_str("  no gaps\n");
        }
        output::print(text.as_bytes())?;
    }
    Ok(if gaps.is_empty() { Exit::Ok } else { Exit::Findings })
}
