//! What every language calls: options, questions and answers as documents, so that no binding holds a rule, a constant or a default.
//!
//! A binding turns its own words into JSON, a table or a number, calls one function of this floor, and turns the answer
//! back. What may be left out and what stands in for it, which names are known, how a figure is shown: all of that is here
//! once, and the same for Python, JavaScript, Kotlin, Swift and the command line.

mod alert;
mod block;
mod convert;
mod document;
mod error;
mod forecast;
mod html;
mod ledger;
mod ledger_html;
mod lineage;
mod lookup;
mod options;
mod order;
mod part;
mod question;
mod receipts;
mod restatement;
#[cfg(feature = "arrow")]
mod rows;
mod score;
mod sets;
mod simulation;
mod statement;
#[cfg(feature = "arrow")]
mod table;
mod whatif;

pub use alert::{AlertRule, evaluation_document, step_document};
pub use convert::{Conversion, convert, convert_floats, convert_product};
pub use document::{Document, Text, read};
pub use error::{FaceError, guarded};
pub use forecast::{
    ForecastQuestion, Forecasted, HORIZON as FORECAST_HORIZON, LEVELS as FORECAST_LEVELS,
    MODEL as FORECAST_MODEL, Point, Target as ForecastTarget,
};
pub use html::{resolution_html, score_html, simulation_html, statement_html};
pub use ledger::{
    LOG, LedgerQuestion, REPORT, TENANT, gaps_document, reissue, reports_document, scorecard_document,
    sources_document, without_key,
};
pub use ledger_html::{receipts_html, verdict_document, verdict_html};
pub use lineage::{LineageOptions, lineage};
pub use lookup::{
    FactorQuestion, Search, details, factor_values, found_document, resolution_document, sets_document,
};
pub use options::{EngineOptions, either, score_term};
pub use order::{CellQuestion, DateRange, ReportOrder};
pub use part::{Place, merge};
pub use question::{By, Question};
pub use receipts::{Receipt, Receipts};
pub use restatement::restatement_document;
#[cfg(feature = "arrow")]
pub use rows::rows_document;
pub use score::ScoreQuestion;
pub use sets::Sets;
pub use simulation::{BARS, QUANTILES, Simulated, SimulationOptions, output_document, sensitivity_document};
pub use statement::{Aspect, Calculator, Form, ReportOptions, Statement};
#[cfg(feature = "arrow")]
pub use table::{arrow_error, part_table, parts, received};
pub use whatif::{PathwayWords, Prospect, WhatIf, scenario_document};

/// Is told how much of long work is done, of how much; answers whether to go on. Called from the thread of the call.
pub type Watch<'a> = &'a dyn Fn(u64, u64) -> bool;

/// What reports call events that came from memory.
pub const EVENTS: &str = "events";
/// What reports call a table that came from memory.
pub const TABLE: &str = "table";

/// Most rows whose lines are kept where nobody says whether to keep them.
pub const KEPT_ROWS: usize = 1_000_000;
