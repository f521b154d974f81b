//! Questions to a ledger, as a caller words them.
//!
//! A report that was issued has to come out again years later and in another language. So the log keeps the options as the
//! document that every language reads, and this is the one place that writes and reads it. Factor sets of the caller's own are
//! not in the log: it says which there were, and whoever makes the report again brings them.

use serde_json::{Value, json};

use super::Sets;
use super::error::FaceError;
use super::lineage::{LineageOptions, lineage};
use super::options::{EngineOptions, either};
use super::statement::{Aspect, Calculator, Statement};
use crate::account::Selection;
use crate::audit::Hash;
use crate::error::Error;
use crate::ledger::{Book, Gap, Issued, IssuedRecord, Ledger, Order, Question, SourceDays, Stamp, Tenant};
use crate::report::{Format, Report, ReportInfo};
use crate::store::Store;
use crate::time::Period;

/// Name of the log of a new ledger where nobody gives one.
pub const LOG: &str = "esg.local/ledger";
/// Whose events they are where nobody says.
pub const TENANT: &str = "default";
/// Format of a report that is made again: that of its digest.
pub const REPORT: &str = "json";

/// A calculation over the events of a ledger.
#[derive(Clone, Debug)]
pub struct LedgerQuestion {
    options: EngineOptions,
    calculator: Calculator,
    question: Question,
    /// Digests of the sets that the caller added.
    own: Vec<String>,
    /// Scopes that a report leaves others out for; all of them where it is empty.
    scopes: Vec<u8>,
}

impl LedgerQuestion {
    /// Returns the question with the options of an engine, or with those that the caller words here, over these sets. `days`
    /// gives the first and the last day where they are given; else they are those of the options.
    ///
    /// # Errors
    /// `option.value` where both documents of options have something in them; as [`EngineOptions::engine`].
    pub fn new(
        sets: &Sets,
        [engine, own]: [&[u8]; 2],
        days: EngineOptions,
        tenant: &Tenant,
        as_of: Option<u64>,
    ) -> Result<Self, Error> {
        let mut options = either([engine, own])?;
        (options.start, options.end) = (days.start.or(options.start), days.end.or(options.end));
        let calculator = Calculator::new(sets, &options)?;
        let question = Question { tenant: tenant.clone(), period: calculator.engine.options().period, as_of };
        let own = sets.added().iter().map(|text| Hash::of(text.as_bytes()).to_string()).collect();
        Ok(Self { options, calculator, question, own, scopes: Vec::new() })
    }

    /// What calculates.
    pub(super) fn calculator(&self) -> &Calculator {
        &self.calculator
    }

    /// The same, whose report is on these scopes; on all where none is given.
    #[must_use]
    pub fn on_scopes(self, scopes: Vec<u8>) -> Self {
        Self { scopes, ..self }
    }

    /// Returns the statement of the events that count.
    ///
    /// # Errors
    /// As [`Book::account`].
    pub fn statement(&self, book: &Book) -> Result<Statement, Error> {
        // The log has at least a line for each event.
        let rows = usize::try_from(book.size()).unwrap_or(usize::MAX);
        let engine = self.calculator.for_rows(rows);
        let account = book.account(&self.question, engine, &self.calculator.settings)?;
        Ok(self.calculator.statement(account))
    }

    /// Returns the bytes of a report that is not recorded.
    ///
    /// # Errors
    /// As [`LedgerQuestion::statement`] and [`Report::render`].
    pub fn draft(&self, book: &Book, format: Format, organisation: Option<&str>) -> Result<Vec<u8>, Error> {
        let statement = self.statement(book)?;
        let info = ReportInfo {
            organisation: organisation.unwrap_or_default().to_owned(),
            scopes: self.scopes.clone(),
            ..statement.report_info()
        };
        Ok(Report::of(&statement.account.inventory, info)?.render(format)?)
    }

    /// Returns how a figure came about: see [`lineage`].
    ///
    /// # Errors
    /// As [`lineage`] and [`Book::trail`].
    pub fn lineage(&self, book: &Book, cell: &str, options: &LineageOptions) -> Result<String, Error> {
        let trail = book.trail(&self.question, &self.calculator.engine, &self.calculator.settings)?;
        lineage(&trail, cell, options)
    }

    /// Returns the text of the bundle that proves a figure under a signed checkpoint.
    ///
    /// # Errors
    /// As [`Book::bundle`].
    pub fn prove(&self, book: &Book, cell: &str, checkpoint: &str) -> Result<String, Error> {
        let selection: Selection = cell.parse()?;
        let how = (&self.calculator.engine, &*self.calculator.settings);
        let bundle = book.bundle(&self.question, how, &selection, checkpoint)?;
        let text = crate::canonical::from_value(&bundle)?;
        Ok(String::from_utf8_lossy(&text).into_owned() + "\n")
    }

    /// Makes a report and records it.
    ///
    /// # Errors
    /// As [`Ledger::issue`].
    pub fn issue<S: Store>(
        &self,
        ledger: &mut Ledger<S>,
        organisation: Option<&str>,
        checkpoint: Option<&str>,
        stamp: Stamp<'_>,
    ) -> Result<Issued, Error> {
        let organisation = organisation.unwrap_or_default();
        let mut request = json!({"factors": self.own, "options": self.options, "organisation": organisation});
        if !self.scopes.is_empty() {
            request["scopes"] = json!(self.scopes);
        }
        let info = ReportInfo {
            organisation: organisation.to_owned(),
            scopes: self.scopes.clone(),
            ..ReportInfo::default()
        };
        let order = Order {
            question: &self.question,
            engine: &self.calculator.engine,
            settings: &self.calculator.settings,
            info: &info,
            request: &request,
            checkpoint,
        };
        ledger.issue(&order, stamp)
    }
}

/// Makes an issued report again, over the built-in sets and those that the caller brings.
///
/// # Errors
/// `option.value` where it rests on sets that are not brought, or was asked for in another way; as [`Book::issued`] and
/// [`Book::reissue`].
pub fn reissue(book: &Book, sets: &Sets, seq: u64) -> Result<Issued, Error> {
    let record = book.issued(seq)?;
    let Asked { options, own, organisation, scopes } = request(&record)?;
    if own.len() > sets.added().len() {
        let rule = format!("one with the {} sets that the report had: {}", own.len(), own.join(", "));
        return Err(FaceError::value("registry", format!("of {} sets", sets.added().len()), rule).into());
    }
    let (engine, settings) = options.engine(sets.registry().clone())?;
    book.reissue(&record, &engine, &settings, &ReportInfo { organisation, scopes, ..ReportInfo::default() })
}

/// How a report was asked for.
pub(super) struct Asked {
    /// Options of the engine.
    pub options: EngineOptions,
    /// Digests of the sets of the caller's own.
    own: Vec<String>,
    organisation: String,
    scopes: Vec<u8>,
}

/// Reads how a report was asked for.
pub(super) fn request(record: &IssuedRecord) -> Result<Asked, FaceError> {
    let wrong = || FaceError::value("seq", record.seq, "the line of a report that was issued with options");
    let options = serde_json::from_value(record.request["options"].clone()).map_err(|_| wrong())?;
    let own = record.request["factors"].as_array().ok_or_else(wrong)?;
    let own = own.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let organisation = record.request["organisation"].as_str().ok_or_else(wrong)?.to_owned();
    let scopes = record.request.get("scopes").map(|scopes| serde_json::from_value(scopes.clone()));
    let scopes = scopes.transpose().map_err(|_| wrong())?.unwrap_or_default();
    Ok(Asked { options, own, organisation, scopes })
}

/// Returns the reports that were issued as a document, in the order of their lines.
///
/// # Errors
/// As [`Book::issued`].
pub fn reports_document(book: &Book) -> Result<Value, Error> {
    let reports = book.reports()?.into_iter().map(|seq| {
        let record = book.issued(seq)?;
        let (tenant, period, as_of) = &record.question;
        Ok(json!({
            "seq": seq, "time": record.time.to_string(), "tenant": tenant, "as_of": as_of, "digest": record.digest,
            "start": period.map(|p| p.start().to_string()), "end": period.map(|p| p.end().to_string()),
        }))
    });
    reports.collect::<Result<Vec<_>, Error>>().map(Value::from)
}

/// Returns holes in running numbers as a document.
pub fn gaps_document(gaps: &[Gap]) -> Value {
    gaps.iter()
        .map(|gap| {
            json!({"source_id": gap.source_id, "prefix": gap.prefix, "first": gap.first, "last": gap.last})
        })
        .collect()
}

/// Returns what sources have sent as a document: each with its days, the periods without an event, and the numbers that it left
/// out.
pub fn sources_document(sources: &[SourceDays], gaps: &[Gap]) -> Value {
    let days = |p: &Period| json!({"start": p.start().to_string(), "end": p.end().to_string()});
    let source = |source: &SourceDays| {
        let own: Vec<Gap> = gaps.iter().filter(|gap| gap.source_id == source.source_id).cloned().collect();
        let verticals: Vec<&str> = source.verticals.iter().map(|vertical| vertical.as_str()).collect();
        json!({
            "source_id": source.source_id, "events": source.events, "verticals": verticals,
            "first": source.first.to_string(), "last": source.last.to_string(),
            "days": source.days, "of_days": source.of_days,
            "missing_days": source.missing.iter().map(days).collect::<Vec<_>>(),
            "missing_numbers": gaps_document(&own),
        })
    };
    sources.iter().map(source).collect()
}

/// Returns key figures and score of a statement as a document.
pub fn scorecard_document(statement: &Statement) -> Value {
    let info = statement.report_info();
    json!({"kpis": info.kpis, "score": info.score, "coverage": statement.document(Aspect::Coverage)})
}

/// The refusal of a ledger whose secret key is elsewhere.
pub fn without_key() -> FaceError {
    FaceError::value("key", "not in the folder", "there: nothing is proved unsigned")
}
