//! Reports of a ledger that are issued, and issued reports that are made again.

use std::path::Path;

use esg_core::account::Account;
use esg_core::face::{self, EngineOptions, LedgerQuestion};
use esg_core::ledger::{Stamp, Tenant};
use esg_core::report::Report;
use esg_store::{actor, now};

use super::{LedgerArgs, open};
use crate::cli::engine::Calculation;
use crate::cli::failure::Failure;

/// Makes a report, records it in the log, and signs the log with it. Returns its line too.
pub fn issue(
    args: &LedgerArgs,
    folder: &Path,
    how: &Calculation,
    organisation: &str,
    who: Option<&str>,
) -> Result<(Account, Report, u64), Failure> {
    let who = actor(who);
    let options = serde_json::to_vec(&how.document(true)?).expect("options are text, numbers and lists");
    let (days, tenant) = (EngineOptions::default(), Tenant::new(&args.tenant)?);
    let question = LedgerQuestion::new(&how.sets().sets()?, [&options, b"{}"], days, &tenant, args.as_of)?;
    let mut opened = open(folder, &who)?;
    let checkpoint = opened.sign()?;
    let stamp = Stamp { actor: &who, time: now()? };
    let issued = question.issue(opened.ledger(), Some(organisation), checkpoint.as_deref(), stamp)?;
    opened.close()?;
    Ok((issued.account, issued.report, issued.seq))
}

/// Makes an issued report again, and checks that it is the one that was issued.
pub fn again(folder: &Path, how: &Calculation, seq: u64) -> Result<(Account, Report), Failure> {
    let made = face::reissue(&esg_store::read(folder)?, &how.sets().sets()?, seq)?;
    Ok((made.account, made.report))
}
