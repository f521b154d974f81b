//! An order for a report, as a caller words it: scopes, days, format.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::Document;
use super::error::FaceError;
use super::ledger::{LedgerQuestion, REPORT};
use super::lineage::LineageOptions;
use super::options::EngineOptions;
use super::sets::Sets;
use crate::error::Error;
use crate::ledger::Tenant;
use crate::report::Format;
use crate::time::Day;

/// Scopes of the GHG Protocol.
const SCOPES: [u8; 3] = [1, 2, 3];

/// First and last day.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// First day.
    pub start: Day,
    /// Last day.
    pub end: Day,
}

/// Which report is asked for. Everything may be left out.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct ReportOrder {
    /// Scopes that the report is on; all three unless given.
    pub scope: Vec<u8>,
    /// Days; all days unless given.
    pub date_range: Option<DateRange>,
    /// `json` (unless given), `csv`, `html`, `xlsx`.
    pub format: String,
    /// Reporting organisation.
    pub organisation: Option<String>,
    /// Size of the log that the report is made as of; now unless given, or the closing of a closed period.
    pub as_of: Option<u64>,
    /// Options of the engine as a document: [`EngineOptions`].
    pub options: Value,
}

impl Default for ReportOrder {
    fn default() -> Self {
        Self {
            scope: SCOPES.to_vec(),
            date_range: None,
            format: REPORT.to_owned(),
            organisation: None,
            as_of: None,
            options: json!({}),
        }
    }
}

impl Document for ReportOrder {
    const WHAT: &'static str = "order for a report";
    const FIELDS: &'static [&'static str] =
        &["scope", "date_range", "format", "organisation", "as_of", "options"];
}

impl ReportOrder {
    /// Returns the form of the report.
    ///
    /// # Errors
    /// `report.format`.
    pub fn format(&self) -> Result<Format, Error> {
        Ok(self.format.parse()?)
    }

    /// Returns the scopes that the report leaves others out for: none where it is on all of them.
    ///
    /// # Errors
    /// `option.value` for a list without a scope, with one twice, or with one that does not exist.
    pub fn scopes(&self) -> Result<Vec<u8>, FaceError> {
        let mut scopes = self.scope.clone();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() || scopes.len() != self.scope.len() || scopes.iter().any(|s| !SCOPES.contains(s))
        {
            let rule = "a list of 1, 2 and 3, each at most once";
            return Err(FaceError::value("scope", format!("{:?}", self.scope), rule));
        }
        Ok(if scopes == SCOPES { Vec::new() } else { scopes })
    }

    /// Returns the calculation that is asked for, over these sets and the events of a tenant.
    ///
    /// # Errors
    /// As [`ReportOrder::scopes`] and [`LedgerQuestion::new`].
    pub fn question(&self, sets: &Sets, tenant: &Tenant) -> Result<LedgerQuestion, Error> {
        let days = EngineOptions {
            start: self.date_range.map(|days| days.start),
            end: self.date_range.map(|days| days.end),
            ..EngineOptions::default()
        };
        let options = self.options.to_string();
        let question = LedgerQuestion::new(sets, [options.as_bytes(), b"{}"], days, tenant, self.as_of)?;
        Ok(question.on_scopes(self.scopes()?))
    }
}

/// A cell of a report, and what is asked about it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct CellQuestion {
    /// The cell, such as `2-location,site=Hull,month=2024-03`; needed.
    pub cell: String,
    /// Days; all days unless given.
    pub date_range: Option<DateRange>,
    /// As [`ReportOrder::as_of`].
    pub as_of: Option<u64>,
    /// Options of the engine as a document: [`EngineOptions`].
    pub options: Value,
    /// As [`LineageOptions::format`].
    pub format: Option<String>,
    /// As [`LineageOptions::limit`].
    pub limit: Option<usize>,
}

impl Default for CellQuestion {
    fn default() -> Self {
        let ReportOrder { date_range, as_of, options, .. } = ReportOrder::default();
        Self { cell: String::new(), date_range, as_of, options, format: None, limit: None }
    }
}

impl Document for CellQuestion {
    const WHAT: &'static str = "question about a cell";
    const FIELDS: &'static [&'static str] = &["cell", "date_range", "as_of", "options", "format", "limit"];
}

impl CellQuestion {
    /// As [`ReportOrder::question`].
    ///
    /// # Errors
    /// As [`ReportOrder::question`].
    pub fn question(&self, sets: &Sets, tenant: &Tenant) -> Result<LedgerQuestion, Error> {
        let (date_range, as_of, options) = (self.date_range, self.as_of, self.options.clone());
        ReportOrder { date_range, as_of, options, ..ReportOrder::default() }.question(sets, tenant)
    }
}

impl From<&CellQuestion> for LineageOptions {
    fn from(question: &CellQuestion) -> Self {
        let Self { format, limit } = Self::default();
        Self { format: question.format.clone().unwrap_or(format), limit: question.limit.unwrap_or(limit) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::read;
    use super::ReportOrder;

    fn scopes(order: &str) -> Result<Vec<u8>, &'static str> {
        read::<ReportOrder>(order.as_bytes()).map_err(|e| e.code())?.scopes().map_err(|e| e.code())
    }

    #[test]
    fn an_order_is_on_all_scopes_unless_it_names_some() {
        assert_eq!(scopes("{}"), Ok(vec![]));
        assert_eq!(scopes(r#"{"scope": [3, 1, 2]}"#), Ok(vec![]));
        assert_eq!(scopes(r#"{"scope": [3, 1]}"#), Ok(vec![1, 3]));
    }

    #[test]
    fn a_scope_that_does_not_exist_or_comes_twice_is_refused() {
        for order in [r#"{"scope": []}"#, r#"{"scope": [0]}"#, r#"{"scope": [4]}"#, r#"{"scope": [1, 1]}"#] {
            assert_eq!(scopes(order), Err("option.value"), "{order}");
        }
        assert_eq!(scopes(r#"{"scopes": [1]}"#), Err("option.document"));
    }
}
