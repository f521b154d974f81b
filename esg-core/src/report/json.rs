//! The report as canonical JSON (RFC 8785): sorted names, no spaces, so that its digest is that of its content.
//!
//! Amounts and decimals are strings with every digit; counts are whole numbers; what is missing is `null` and never 0.
//! No number of the engine is a binary float; only a set of the user's own may state its uncertainty in such.
//!
//! Schema `esg.report/1`:
//!
//! | name | content |
//! |---|---|
//! | `schema` | `"esg.report/1"` |
//! | `organisation` `title` `boundary_statement` `base_year` `exclusions` `prepared_by` `created` `period` | what the company says; `period` is `{start, end}` |
//! | `scopes` | scopes that the report is on; only where it is not on all |
//! | `data_days` | first and last day with data |
//! | `counts` | `rows`, `calculated`, `estimated`, `outside_period`, `uncalculated`, `rejected` |
//! | `summary[]` | `id` (`scope1`, `scope2_location`, `scope2_market`, `scope3`, `total_location`, `total_market`), `name`, `state`, `co2e_kg` |
//! | `scope3[]` | `category` 1 to 15, `name`, `state`, `co2e_kg`, `rows_present`, `rows_missing` |
//! | `gases[]` | `scope`, `gas`, `mass_kg`, `co2e_kg` |
//! | `outside` | `biogenic_co2_kg`, `energy_kwh`, `water_litres` |
//! | `breakdowns[]` | `dimension`, `groups[]`: `name`, `scope1_kg`, `scope2_location_kg`, `scope2_market_kg`, `scope3_kg` and the fields of `outside` |
//! | `coverage[]` | `scope`, `state`, `rows_present`, `rows_missing`, `reasons[]` of `code`, `message`, `rows` |
//! | `caveats[]` | `code`, `message`, `rows` |
//! | `kpis[]` `score` | as the caller gives them |
//! | `instruments[]` `uncovered_market_kwh` | each instrument with `used_kwh` and `unused_kwh` |
//! | `factors{}` | by `set version/id`: name, set, digest, authority, licence, attribution, geography, values, per, gwp, source, uncertainty, verification, quality, steps, fallbacks, rows |
//! | `sets[]` | `set`, `digest`, `authority`, `licence`, `attribution`, `verification` |
//! | `method` | `gwp`, `horizon_years`, `options`, `statements[]` of `topic`, `text` |
//! | `uncalculated[]` | rows without any line: `event`, `activity`, `code`, `message` |
//! | `rejected[]` | rows that were refused before: `source`, `line`, `field`, `code`, `message` |
//! | `cells[]` | the finest sums: `scope`, `category`, `measure`, `activity`, `vertical`, `source`, `site`, `region`, `tags[]`, `period`, `factor`, `mass`, `unit`, `co2e_kg`, `rows` |
//! | `lines` | `total`, `listed[]`: `event`, `day`, `activity`, `scope`, `measure`, `quantity`, `conversion`, `factors[]`, `mass`, `co2e_kg` |
//! | `digests` `checkpoint` | what the report can be replayed from, and the audit log that it was made from |
//!
//! `state` is `present`, `partial`, `missing` or `not_applicable`.

use super::ReportError;
use super::document::Document;
use crate::canonical;

pub(super) fn render(document: &Document) -> Result<Vec<u8>, ReportError> {
    let value = serde_json::to_value(document).expect("names are text and nothing refuses to be written");
    Ok(canonical::from_value(&value)?)
}
