//! What a calculation gives to a caller: an account with everything that may be asked of it afterwards.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::Document;
use super::error::FaceError;
use super::options::EngineOptions;
use super::{KEPT_ROWS, Sets, Watch};
use crate::account::{Account, Settings, Source, account};
use crate::aggregate::Engine;
use crate::error::Error;
use crate::report::{Format, Report, ReportInfo};
use crate::telemetry::{Received, TelemetryBatch, csv, json as lines};

/// An engine with the choices besides its own options.
#[derive(Clone, Debug)]
pub struct Calculator {
    /// The engine; lines are kept only where the caller says so.
    pub engine: Engine,
    /// The engine that keeps lines, with the same plans.
    pub(super) keeping: Engine,
    /// What is decided besides.
    pub settings: Arc<Settings>,
    pub(super) keep: Option<bool>,
    pub(super) made: Arc<Made>,
}

/// What a calculator was made of, so that the same can be made elsewhere.
#[derive(Debug)]
pub(super) struct Made {
    pub sets: Sets,
    pub options: EngineOptions,
}

/// The form of telemetry in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// One event, or an array of events.
    Json,
    /// One event a line.
    Lines,
    /// A table with a header.
    Table(u8),
}

impl Form {
    /// Returns the form that the ending of a file name says: `.json`, `.jsonl`, `.ndjson`, `.csv`, `.tsv`.
    ///
    /// # Errors
    /// `option.value` for any other ending.
    pub fn of_name(name: &str) -> Result<Self, FaceError> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "json" => Ok(Self::Json),
            "jsonl" | "ndjson" => Ok(Self::Lines),
            "csv" => Ok(Self::Table(b',')),
            "tsv" => Ok(Self::Table(b'\t')),
            _ => {
                let rule = "named with an ending that says what it is: .json, .jsonl, .ndjson, .csv, .tsv";
                Err(FaceError::value("file", format!("{name:?}"), rule))
            }
        }
    }

    /// Reads telemetry in this form.
    ///
    /// # Errors
    /// Those of a file as a whole: `json.*`, `telemetry.header`, `telemetry.limit`.
    pub fn read(self, bytes: &[u8]) -> Result<Received, Error> {
        let options = crate::telemetry::Options::default();
        Ok(match self {
            Self::Json => lines::read(bytes, options)?,
            Self::Lines => lines::read_lines(bytes, options)?,
            Self::Table(delimiter) => {
                csv::read(bytes, &csv::Layout { delimiter, ..csv::Layout::default() }, options)?
            }
        })
    }
}

impl Calculator {
    /// Returns the calculator of these options over these sets.
    ///
    /// # Errors
    /// As [`EngineOptions::engine`].
    pub fn new(sets: &Sets, options: &EngineOptions) -> Result<Self, Error> {
        let (engine, settings) = options.engine(sets.registry().clone())?;
        let keeping = engine.keeping_lines();
        let made = Arc::new(Made { sets: sets.clone(), options: options.clone() });
        Ok(Self { engine, keeping, settings: Arc::new(settings), keep: options.keep_lines, made })
    }

    /// The engine for so many rows.
    pub(super) fn for_rows(&self, rows: usize) -> &Engine {
        if self.keep.unwrap_or(rows <= KEPT_ROWS) { &self.keeping } else { &self.engine }
    }

    /// Returns the statement of received events. `watch` is asked before the work.
    ///
    /// # Errors
    /// `amount.overflow`, `call.stopped`. A row that cannot be used is no error: see [`Account::refused`].
    pub fn events(&self, sources: Vec<Source>, watch: Watch<'_>) -> Result<Statement, Error> {
        let rows: usize = sources.iter().map(|s| s.received.batch.len()).sum();
        if !watch(0, rows as u64) {
            return Err(FaceError::Stopped { done: 0, total: rows as u64 }.into());
        }
        let account = account(sources, self.for_rows(rows), &self.settings)?;
        watch(rows as u64, rows as u64);
        Ok(self.statement(account))
    }

    /// The statement of an account that this calculator's engine made.
    pub(super) fn statement(&self, account: Account) -> Statement {
        self.stated(account, true)
    }

    /// The statement of an account, and whether its digest of the events is that of all of them.
    pub(super) fn stated(&self, account: Account, knows_events: bool) -> Statement {
        let (settings, made) = (Arc::clone(&self.settings), Arc::clone(&self.made));
        Statement { account, settings, made, knows_events, parts: vec![Part { first_line: 0, events: None }] }
    }
}

/// From which line on the rows are those of another batch.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub first_line: usize,
    /// The events; none for a table of activities, and for the part that the account itself holds.
    pub events: Option<TelemetryBatch>,
}

/// An account that was handed to a caller.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The account.
    pub account: Account,
    pub(super) settings: Arc<Settings>,
    pub(super) made: Arc<Made>,
    /// Whether the digest of the events is that of all of them.
    pub(super) knows_events: bool,
    pub(super) parts: Vec<Part>,
}

impl Statement {
    /// Adds the statement of other events. Exact, in any order; an event that is in both counts twice.
    ///
    /// # Errors
    /// `inventory.merge` when options or sets differ, `amount.overflow`.
    pub fn merge(&mut self, mut other: Self) -> Result<(), Error> {
        let lines = self.account.inventory.lines().len();
        self.settle();
        other.settle();
        self.account.merge(other.account, &self.settings)?;
        self.parts
            .extend(other.parts.into_iter().map(|part| Part { first_line: part.first_line + lines, ..part }));
        self.knows_events = false;
        Ok(())
    }

    /// Moves the events of the account into the only part that may lack them.
    fn settle(&mut self) {
        if let (Some(events), Some(part)) = (self.account.events.take(), self.parts.first_mut()) {
            part.events = Some(events);
        }
    }

    /// The events that the lines from `at` on name, where there are such.
    #[cfg(feature = "arrow")]
    pub(super) fn events_of<'a>(&'a self, part: &'a Part) -> Option<&'a TelemetryBatch> {
        part.events.as_ref().or(self.account.events.as_ref())
    }

    /// Returns what a report says besides the numbers; of a merged statement without a digest of the events.
    pub fn report_info(&self) -> ReportInfo {
        let mut info = self.account.report_info();
        if !self.knows_events {
            info.digests.events = None;
        }
        info
    }

    /// Returns the bytes of a report: `json`, `csv`, `html` or `xlsx`.
    ///
    /// # Errors
    /// The `report.*` codes, `amount.overflow`.
    pub fn report(&self, format: &str, organisation: Option<&str>) -> Result<Vec<u8>, Error> {
        let format: Format = format.parse()?;
        let info =
            ReportInfo { organisation: organisation.unwrap_or_default().to_owned(), ..self.report_info() };
        Ok(Report::of(&self.account.inventory, info)?.render(format)?)
    }

    /// Returns a part of the account as a document.
    pub fn document(&self, of: Aspect) -> Value {
        let account = &self.account;
        match of {
            Aspect::Coverage => json!(account.inventory.coverage()),
            Aspect::Caveats => json!(account.inventory.caveats()),
            Aspect::Kpis => json!(self.report_info().kpis),
            Aspect::Factors => account
                .inventory
                .factors()
                .iter()
                .map(|(id, used)| (id.to_string(), json!(used)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Aspect::Digests => json!(self.report_info().digests),
            Aspect::Assumptions => account
                .assumptions
                .iter()
                .map(|a| json!({"name": a.name, "value": a.value, "count": a.count}))
                .collect(),
            Aspect::Refused => account
                .refused
                .iter()
                .map(|r| {
                    let row = &r.rejection;
                    json!({
                        "source": &*r.source, "stage": r.stage.as_str(), "line": row.line, "field": row.field,
                        "code": row.code, "message": row.message, "nearest": row.nearest, "raw": row.raw,
                    })
                })
                .collect(),
            Aspect::Sources => account
                .sources
                .iter()
                .map(|s| {
                    json!({
                        "label": &*s.label, "accepted": s.accepted, "rejected": s.rejected,
                        "duplicates": s.duplicates, "amended": s.amended,
                    })
                })
                .collect(),
            Aspect::Options => account.inventory.options().to_json(),
        }
    }
}

/// How a report is made. Everything may be left out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct ReportOptions {
    /// Whose report it is; nobody is named unless given.
    pub organisation: Option<String>,
}

impl Document for ReportOptions {
    const WHAT: &'static str = "options of a report";
    const FIELDS: &'static [&'static str] = &["organisation"];
}

/// What may be asked of a statement as a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Aspect {
    /// Scopes and categories: present, partial, missing, not applicable, with the reasons.
    Coverage,
    /// What a reader must know.
    Caveats,
    /// Key figures.
    Kpis,
    /// The factors that it rests on, by full name.
    Factors,
    /// What it can be replayed from.
    Digests,
    /// Values that were filled in.
    Assumptions,
    /// Rows that are in no total.
    Refused,
    /// Files and their counts.
    Sources,
    /// The options of the calculation.
    Options,
}
