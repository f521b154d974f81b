//! `esg verify`: is the log what it was, and do the books follow from it.

use std::path::PathBuf;

use esg_core::audit::{Place, VerifierKey};
use esg_store::{Against, Checked};
use serde_json::json;

use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::{input, output, summary};

/// Check a ledger: every line of its log, its chain, its tree, its signatures, and that its books follow from the log.
///
/// A log that is whole by itself may still have lost its end, or be another one. Only a key and a checkpoint that were kept elsewhere
/// show that: give them. tools/verify.py does the same without this program.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg verify footprint\n  esg verify footprint --key 'example.com/footprint+1a2b3c4d+AT...' --checkpoint kept/2024-12.checkpoint\n\nExit codes: 0 nothing wrong, 4 findings."
)]
pub struct Args {
    /// Folder of the ledger
    folder: PathBuf,
    /// Verifier key that you had from the ledger's owner: name+hash+base64
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// Checkpoint that you kept from an earlier visit; may be given several times
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Check the log alone, and not whether the database follows from it
    #[arg(long)]
    log_only: bool,
}

pub fn run(args: &Args, as_json: bool) -> Outcome {
    let key: Option<VerifierKey> = args.key.as_deref().map(str::parse).transpose()?;
    let kept = args
        .checkpoint
        .iter()
        .map(|path| Ok((path.display().to_string(), input::text(path)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    output::progress(&format!("checking {}", args.folder.display()));
    let against = Against { key: key.as_ref(), kept: &kept, books: !args.log_only };
    let checked = esg_store::check(&args.folder, &against)?;
    if as_json {
        output::print_json(&document(&checked))?;
    } else {
        output::print(shown(&checked, args).as_bytes())?;
    }
    Ok(if checked.is_clean() { Exit::Ok } else { Exit::Integrity })
}

/// A place as people find it.
fn place(checked: &Checked, place: &Place) -> String {
    match place {
        Place::Checkpoint(number) => {
            checked.checkpoints.get(*number).cloned().unwrap_or_else(|| place.to_string())
        }
        other => other.to_string(),
    }
}

fn document(checked: &Checked) -> serde_json::Value {
    let verdict = &checked.verdict;
    let findings: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| {
            json!({"place": place(checked, &finding.place), "code": finding.error.code(), "message": finding.error.to_string()})
        })
        .collect();
    json!({
        "ok": checked.is_clean(), "size": verdict.size, "root": verdict.root.to_string(), "vouched": verdict.vouched,
        "findings": findings, "unlisted": verdict.unlisted, "books": checked.books, "checkpoints": checked.checkpoints.len(),
        "detached": verdict.detached, "redacted": verdict.redacted, "key_changes": verdict.rotations.len(),
    })
}

fn shown(checked: &Checked, args: &Args) -> String {
    let verdict = &checked.verdict;
    let mut text = String::new();
    for finding in &verdict.findings {
        let at = place(checked, &finding.place);
        text.push_str(&format!("  {at}: {}: {}\n", finding.error.code(), finding.error));
    }
    if verdict.unlisted > 0 {
        text.push_str(&format!("  and {} more\n", summary::count(verdict.unlisted)));
    }
    for line in &checked.books {
        text.push_str(&format!("  {line}\n"));
    }
    let lines = summary::count(verdict.size);
    if checked.is_clean() {
        text.push_str(&format!("  {lines} lines, nothing wrong; root {}\n", verdict.root));
    } else {
        text.push_str(&format!(
            "  {lines} lines, {} findings\n",
            verdict.findings.len() as u64 + verdict.unlisted
        ));
    }
    if verdict.detached > 0 {
        let (detached, redacted) = (summary::count(verdict.detached), summary::count(verdict.redacted));
        text.push_str(&format!("  {detached} events are detached, {redacted} of them redacted\n"));
    }
    if verdict.vouched < verdict.size {
        let rest = summary::count(verdict.size - verdict.vouched);
        text.push_str(&format!(
            "  the last {rest} lines are signed by no checkpoint and rest on their chain alone\n"
        ));
    }
    if args.key.is_none() {
        text.push_str("  the key is the folder's own: give --key and --checkpoint that you kept elsewhere to see deceit too\n");
    }
    text
}
