//! The GHG Protocol inventory as a document: JSON for machines, CSV for pivot tables, HTML for managers, XLSX for auditors.
//!
//! A report is computed once from an inventory and then only written: all four forms show the same numbers. Amounts stay
//! exact up to the moment in which a renderer shows them to a person, and each rendered form prints the rule by which it
//! rounded. What is missing is shown as missing and never as zero, and the two methods of scope 2 stand side by side and
//! are never added. The same inventory and the same words give the same bytes.

mod breakdown;
mod csv;
mod document;
mod evidence;
mod figures;
mod html;
mod info;
mod json;
mod lineage;
pub(crate) mod markup;
mod method;
mod restrict;
mod sections;
mod svg;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::fmt;
use std::str::FromStr;

pub use breakdown::{Breakdown, Group, Outside};
pub use document::{
    Document, DocumentInstrument, GasLine, RowCounts, ScopeThreeLine, SetLine, SummaryLine, Uncalculated,
};
pub use figures::{In, rounded, short_mass, shown};
pub use info::{Digests, KpiLine, RejectedRow, ReportInfo, ScoreLine, ScoreTerm};
pub use lineage::{CellLine, LINES_LISTED, LineageLine, Lines};
pub use method::Statement;

use crate::aggregate::Inventory;
use crate::error::Kind;
use crate::ghg::GhgError;
use crate::json::JsonError;

/// The form of a rendered report.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// Canonical JSON (RFC 8785), schema `esg.report/1`.
    Json,
    /// One tidy table of cells (RFC 4180).
    Csv,
    /// One page without any outside resource.
    Html,
    /// A workbook with a lineage sheet; needs the feature `xlsx`.
    Xlsx,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Html, Self::Xlsx];

    /// Returns the name, which is the file extension too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Xlsx => "xlsx",
        }
    }

    /// Returns the media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Html => "text/html; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, ReportError> {
        let found = Self::ALL.into_iter().find(|f| f.as_str() == name);
        found.ok_or_else(|| ReportError::Format { name: name.to_owned() })
    }
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A format that nobody knows.
    #[error("unknown report format \"{name}\"; known are json, csv, html, xlsx")]
    Format {
        /// What was asked for.
        name: String,
    },
    /// A format that this build leaves out.
    #[error("this build cannot write {format}; build it with the feature {format}")]
    Feature {
        /// What was asked for.
        format: Format,
    },
    /// The workbook could not be made.
    #[error("cannot write the workbook: {reason}")]
    Workbook {
        /// What the writer says.
        reason: String,
    },
    /// A sum over the inventory.
    #[error(transparent)]
    Inventory(#[from] GhgError),
    /// A number that canonical JSON refuses, in the uncertainty of a set of the user's own.
    #[error(transparent)]
    Json(#[from] JsonError),
}

impl ReportError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "report.format",
            Self::Feature { .. } => "report.feature",
            Self::Workbook { .. } => "report.xlsx",
            Self::Inventory(e) => e.code(),
            Self::Json(e) => e.code(),
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Format { .. } | Self::Workbook { .. } => Kind::Invalid,
            Self::Feature { .. } => Kind::Missing,
            Self::Inventory(e) => e.kind(),
            Self::Json(e) => e.kind(),
        }
    }
}

/// A report on an inventory, ready to be written in any format.
///
/// # Examples
/// ```
/// use esg_core::activity::ActivityBatch;
/// use esg_core::aggregate::{Engine, Options};
/// use esg_core::factor::Registry;
/// use esg_core::report::{Format, Report, ReportInfo};
///
/// let engine = Engine::new(Registry::built_in(), Options::new("AR6")?)?;
/// let inventory = engine.calculate(&ActivityBatch::default())?;
/// let info = ReportInfo { organisation: "Example Ltd".into(), ..ReportInfo::default() };
/// let report = Report::of(&inventory, info)?;
/// let page = report.render("html".parse::<Format>()?)?;
/// assert!(page.starts_with(b"<!DOCTYPE html>"));
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    document: Document,
}

impl Report {
    /// Returns the report on an inventory.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn of(inventory: &Inventory, info: ReportInfo) -> Result<Self, ReportError> {
        Ok(Self { document: Document::of(inventory, info)? })
    }

    /// Everything that the report says, before it is written.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the bytes of the report: the same bytes for the same report, always.
    ///
    /// # Errors
    /// `report.feature` for a format that this build leaves out, `report.xlsx` when the workbook cannot hold it,
    /// `json.number` for a number that canonical JSON refuses.
    pub fn render(&self, format: Format) -> Result<Vec<u8>, ReportError> {
        match format {
            Format::Json => json::render(&self.document),
            Format::Csv => Ok(csv::render(&self.document)),
            Format::Html => Ok(html::render(&self.document).into_bytes()),
            #[cfg(feature = "xlsx")]
            Format::Xlsx => xlsx::render(&self.document),
            #[cfg(not(feature = "xlsx"))]
            Format::Xlsx => Err(ReportError::Feature { format }),
        }
    }
}
