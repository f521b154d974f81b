//! `esg backup` and `esg restore`.

use std::path::PathBuf;

use esg_core::audit::VerifierKey;
use esg_store::Against;
use serde_json::json;

use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::{input, output, summary};

/// Copy a ledger to another folder, also while it is written to.
///
/// The secret key is left out unless --with-key: a copy that an auditor or a cloud gets must not be able to sign.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg backup footprint /backup/footprint-2025-01-01\n  esg verify /backup/footprint-2025-01-01"
)]
pub struct BackupArgs {
    /// Folder of the ledger
    folder: PathBuf,
    /// Folder of the copy, empty or absent
    to: PathBuf,
    /// Copy the secret key too
    #[arg(long)]
    with_key: bool,
}

/// Make a ledger of a copy, after the copy has been checked line by line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  esg restore /backup/footprint-2025-01-01 footprint")]
pub struct RestoreArgs {
    /// Folder of the copy
    from: PathBuf,
    /// Folder of the ledger, empty or absent
    folder: PathBuf,
    /// Verifier key that was kept elsewhere: name+hash+base64
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// Checkpoint that was kept elsewhere; may be given several times
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
}

pub fn backup(args: &BackupArgs, as_json: bool) -> Outcome {
    output::progress(&format!("copying {}", args.folder.display()));
    esg_store::backup(&args.folder, &args.to, args.with_key)?;
    let book = esg_store::read(&args.to)?;
    let to = output::shown(&args.to);
    if as_json {
        output::print_json(
            &json!({"to": to, "log": book.name().to_string(), "size": book.size(), "with_key": args.with_key}),
        )?;
    } else {
        let size = summary::count(book.size());
        let key = if args.with_key { "with" } else { "without" };
        output::print(
            format!("  wrote {to}: {size} lines of {}, {key} the secret key\n", book.name()).as_bytes(),
        )?;
    }
    Ok(Exit::Ok)
}

pub fn restore(args: &RestoreArgs, as_json: bool) -> Outcome {
    let key: Option<VerifierKey> = args.key.as_deref().map(str::parse).transpose()?;
    let kept = args
        .checkpoint
        .iter()
        .map(|path| Ok((path.display().to_string(), input::text(path)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    output::progress(&format!("checking {}", args.from.display()));
    let against = Against { key: key.as_ref(), kept: &kept, books: true };
    let checked = esg_store::restore(&args.from, &args.folder, &against)?;
    let to = output::shown(&args.folder);
    let size = checked.verdict.size;
    if as_json {
        output::print_json(&json!({"to": to, "size": size, "root": checked.verdict.root.to_string()}))?;
    } else {
        output::print(format!("  wrote {to}: {} lines, nothing wrong\n", summary::count(size)).as_bytes())?;
        if !args.folder.join("key").exists() {
            output::print(
                b"  the copy has no secret key: put the file key there, or nothing will be signed\n",
            )?;
        }
    }
    Ok(Exit::Ok)
}
