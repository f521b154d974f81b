//! Reports of a ledger that are issued, and issued reports that are made again.

use std::path::Path;

use esg_core::account::Account;
use esg_core::face::EngineOptions;
use esg_core::ledger::{IssuedRecord, Order, Stamp};
use esg_core::report::{Report, ReportInfo};
use serde_json::{Value, json};

use super::{LedgerArgs, actor, now, open};
use crate::cli::engine::{Calculation, Sets};
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
    let mut opened = open(folder, &who)?;
    let document = how.document(true)?;
    let (engine, settings) = document.engine(how.sets().registry()?)?;
    let question = args.question(how.period()?)?;
    let own: Vec<String> = how.sets().own().iter().map(|path| path.display().to_string()).collect();
    let request = json!({"factors": own, "options": document, "organisation": organisation});
    let checkpoint = opened.sign()?;
    let info = ReportInfo { organisation: organisation.to_owned(), ..ReportInfo::default() };
    let order = Order {
        question: &question,
        engine: &engine,
        settings: &settings,
        info: &info,
        request: &request,
        checkpoint: checkpoint.as_deref(),
    };
    let issued = opened.ledger().issue(&order, Stamp { actor: &who, time: now()? })?;
    opened.close()?;
    Ok((issued.account, issued.report, issued.seq))
}

/// Makes an issued report again, and checks that it is the one that was issued.
pub fn again(folder: &Path, seq: u64) -> Result<(Account, Report), Failure> {
    let book = esg_store::read(folder)?;
    let issued = book.issued(seq)?;
    let (options, own, organisation) = request(&issued)?;
    let sets = Sets::of(own.iter().map(Into::into).collect());
    let (engine, settings) = options.engine(sets.registry()?)?;
    let info = ReportInfo { organisation, ..ReportInfo::default() };
    let made = book.reissue(&issued, &engine, &settings, &info)?;
    Ok((made.account, made.report))
}

/// How a report was asked for by this program.
fn request(issued: &IssuedRecord) -> Result<(EngineOptions, Vec<String>, String), Failure> {
    let wrong = || {
        Failure::usage(
            "cli.request",
            format!("the report of line {} was not asked for by this command", issued.seq),
        )
    };
    let request = &issued.request;
    let options = serde_json::from_value(request["options"].clone()).map_err(|_| wrong())?;
    let own = request["factors"].as_array().ok_or_else(wrong)?;
    let own = own.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok((options, own, request["organisation"].as_str().ok_or_else(wrong)?.to_owned()))
}
