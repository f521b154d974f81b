//! The report as one tidy table of cells (RFC 4180), for pivot tables.
//!
//! One row is one cell of the inventory. `scope` tells the two methods of scope 2 apart, so that a pivot does not add them.
//! `co2e_kg` and `mass` carry every digit; an empty `mass` says that the publisher gives CO2e only, an empty `co2e_kg`
//! that the row is part of no total (energy, water, CO2 from biomass).
//!
//! A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV Injection): one that begins
//! with `=`, `+`, `-`, `@`, their full-width forms, a tab or a line break. Numbers stay numbers, below zero too.

use csv::{Terminator, WriterBuilder};

use super::document::Document;
use crate::ghg::CATEGORIES;

const BEFORE_TAGS: [&str; 11] = [
    "scope",
    "category",
    "category_name",
    "measure",
    "activity",
    "vertical",
    "source",
    "site",
    "region",
    "period",
    "factor",
];
const AFTER_TAGS: [&str; 6] = ["factor_set", "factor_digest", "mass", "mass_unit", "co2e_kg", "rows"];

pub(super) fn render(document: &Document) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let mut put = |record: Vec<String>| {
        writer.write_record(&record).expect("rows of one length are written to memory");
    };
    let tags = document.method.options["dimensions"]["tags"].as_array().cloned().unwrap_or_default();
    let tags = tags.iter().filter_map(|t| t.as_str()).map(|t| format!("tag:{t}"));
    let fixed = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    put(fixed(&BEFORE_TAGS).into_iter().chain(tags).chain(fixed(&AFTER_TAGS)).collect());
    for cell in &document.cells {
        let text = |t: &Option<String>| t.as_deref().map(harmless).unwrap_or_default();
        let number = |n: Option<crate::Amount>| n.map(|n| n.to_string()).unwrap_or_default();
        let category = cell.category.map(usize::from);
        let factor = cell.factor.as_ref().and_then(|f| document.factors.get(f));
        let mut record = vec![
            cell.scope.clone(),
            category.map(|c| c.to_string()).unwrap_or_default(),
            category.and_then(|c| CATEGORIES.get(c - 1)).copied().unwrap_or_default().to_owned(),
            harmless(&cell.measure),
            text(&cell.activity),
            text(&cell.vertical),
            text(&cell.source),
            text(&cell.site),
            text(&cell.region),
            text(&cell.period),
            text(&cell.factor),
        ];
        record.extend(cell.tags.iter().map(text));
        record.extend([
            factor.map(|f| harmless(&f.set)).unwrap_or_default(),
            factor.map(|f| f.digest.clone()).unwrap_or_default(),
            number(cell.mass),
            cell.unit.to_owned(),
            number(cell.co2e_kg),
            cell.rows.to_string(),
        ]);
        put(record);
    }
    writer.into_inner().expect("memory takes all bytes")
}

/// Returns a text that no spreadsheet takes for a formula.
pub(super) fn harmless(text: &str) -> String {
    let runs = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    };
    if text.starts_with(runs) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_spreadsheet_would_run_gets_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\u{ff1d}1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["", "a=1", " plain", "1", "'quoted", "US-CAMX"] {
            assert_eq!(harmless(text), text);
        }
    }
}
