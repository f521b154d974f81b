//! Reports that are issued: pinned to a place in the log, recorded there, and made again byte for byte.

use serde_json::{Map, Value, json};

use super::{Book, Ledger, LedgerError, Question, Stamp, Tenant};
use crate::account::{Account, Settings};
use crate::aggregate::{Engine, Total};
use crate::audit::{Hash, Record, RecordKind};
use crate::canonical;
use crate::error::Error;
use crate::report::{Format, Report, ReportInfo};
use crate::store::Store;
use crate::time::{Instant, Period};

/// A report and what it was made from.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Line of the log that records it.
    pub seq: u64,
    /// Size of the log that it was made as of.
    pub as_of: u64,
    /// SHA-256 of its JSON.
    pub digest: Hash,
    /// The account.
    pub account: Account,
    /// The report.
    pub report: Report,
}

/// What is needed to issue a report.
#[derive(Clone, Copy, Debug)]
pub struct Order<'o> {
    /// Whose events, of which days, as of which line.
    pub question: &'o Question,
    /// The engine.
    pub engine: &'o Engine,
    /// Defaults and score.
    pub settings: &'o Settings,
    /// What the company says. Figures, digests, time and checkpoint are filled in.
    pub info: &'o ReportInfo,
    /// How the caller was asked, kept as it is so that it can be asked again: options of the engine, words of the company.
    pub request: &'o Value,
    /// Signed checkpoint of the log.
    pub checkpoint: Option<&'o str>,
}

/// What the log says about a report that was issued.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedRecord {
    /// Its line.
    pub seq: u64,
    /// When it was issued.
    pub time: Instant,
    /// Whose events, of which days, as of which line.
    pub question: (String, Option<Period>, u64),
    /// SHA-256 of its JSON.
    pub digest: String,
    /// How it was asked for.
    pub request: Value,
    /// Checkpoint that it carries.
    pub checkpoint: Option<String>,
}

impl<S: Store> Ledger<S> {
    /// Makes a report as of the last line, or as of the line that is asked for, and records it.
    ///
    /// # Errors
    /// As [`Book::account`] and [`Ledger::record`].
    pub fn issue(&mut self, order: &Order<'_>, stamp: Stamp<'_>) -> Result<Issued, Error> {
        self.commit()?;
        self.refresh()?;
        let book = self.book()?;
        let as_of = book.as_of(order.question)?;
        let (account, report) = made(&book, order, as_of, stamp.time)?;
        let digest = Hash::of(&report.render(Format::Json)?);
        let body = canonical::from_value(&body(&account, &report, order, as_of, digest)?)?;
        let seq = self.record(RecordKind::ReportIssued, &body, stamp)?;
        Ok(Issued { seq, as_of, digest, account, report })
    }
}

impl Book {
    /// Returns what the log says about the report of a line.
    ///
    /// # Errors
    /// `Missing` beyond the end of the log, `Record` when the line issues no report.
    pub fn issued(&self, seq: u64) -> Result<IssuedRecord, Error> {
        let line = self.reader().line(seq)?;
        let record = Record::parse(&line)?;
        let wrong =
            |found: &str| LedgerError::Record { seq, found: found.to_owned(), wanted: "report.issued" };
        if record.kind() != RecordKind::ReportIssued {
            return Err(wrong(record.kind().as_str()).into());
        }
        let body: Value = serde_json::from_slice(record.body()).unwrap_or_default();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let day = |name: &str| body["period"][name].as_str().and_then(|text| text.parse().ok());
        let period = day("start").zip(day("end")).and_then(|(start, end)| Period::new(start, end).ok());
        let parts = text("tenant").zip(text("report")).zip(body["as_of"].as_u64());
        let ((tenant, digest), as_of) = parts.ok_or_else(|| wrong("report.issued without its parts"))?;
        Ok(IssuedRecord {
            seq,
            time: record.time(),
            question: (tenant, period, as_of),
            digest,
            request: body["request"].clone(),
            checkpoint: text("checkpoint"),
        })
    }

    /// Returns the lines of all reports that were issued.
    ///
    /// # Errors
    /// `Io`, `Corrupt`.
    pub fn reports(&self) -> Result<Vec<u64>, Error> {
        Ok(self.reader().marks(RecordKind::ReportIssued)?)
    }

    /// Makes a report again that was issued; engine, settings and words are those of [`IssuedRecord::request`].
    ///
    /// # Errors
    /// `Report` when it comes out with another digest, `Redacted` when it does because events of it were redacted since: what
    /// was kept of it can still be compared with the digest. As [`Book::account`].
    pub fn reissue(
        &self,
        record: &IssuedRecord,
        engine: &Engine,
        settings: &Settings,
        info: &ReportInfo,
    ) -> Result<Issued, Error> {
        let (tenant, period, as_of) = &record.question;
        let question = Question { tenant: Tenant::new(tenant)?, period: *period, as_of: Some(*as_of) };
        let (request, checkpoint) = (&record.request, record.checkpoint.as_deref());
        let order = Order { question: &question, engine, settings, info, request, checkpoint };
        let (account, report) = made(self, &order, *as_of, record.time)?;
        let digest = Hash::of(&report.render(Format::Json)?);
        if digest.to_string() != record.digest {
            self.check_whole(&question)?;
            let (found, issued) = (digest.to_string(), record.digest.clone());
            return Err(LedgerError::Report { seq: record.seq, found, issued }.into());
        }
        Ok(Issued { seq: record.seq, as_of: *as_of, digest, account, report })
    }
}

fn made(book: &Book, order: &Order<'_>, as_of: u64, time: Instant) -> Result<(Account, Report), Error> {
    let pinned = Question { as_of: Some(as_of), ..order.question.clone() };
    let account = book.account(&pinned, order.engine, order.settings)?;
    let figures = account.report_info();
    let info = ReportInfo {
        kpis: figures.kpis,
        score: figures.score,
        rejected: figures.rejected,
        digests: figures.digests,
        period: order.question.period,
        created: Some(time),
        checkpoint: order.checkpoint.map(str::to_owned),
        ..order.info.clone()
    };
    let report = Report::of(&account.inventory, info)?;
    Ok((account, report))
}

/// The record of a report.
fn body(
    account: &Account,
    report: &Report,
    order: &Order<'_>,
    as_of: u64,
    digest: Hash,
) -> Result<Value, Error> {
    let mut totals = Map::new();
    for (name, total) in [
        ("1", Total::ScopeOne),
        ("2-location", Total::ScopeTwoLocation),
        ("2-market", Total::ScopeTwoMarket),
        ("3", Total::ScopeThree),
    ] {
        // A total that is refused, such as the market method without instruments, is no figure of the report.
        if let Ok(total) = account.inventory.total(total) {
            totals.insert(name.to_owned(), total.to_string().into());
        }
    }
    let period = order.question.period;
    let days = |p: Period| json!({"end": p.end().to_string(), "start": p.start().to_string()});
    Ok(json!({
        "as_of": as_of,
        "cells": report.document().cells.len(),
        "checkpoint": order.checkpoint,
        "digests": {
            "events": account.digests.events,
            "factors_lock": account.digests.factors_lock,
            "options": account.digests.options,
        },
        "period": period.map(days),
        "report": digest.to_string(),
        "request": order.request,
        "tenant": order.question.tenant.as_str(),
        "totals": totals,
    }))
}
