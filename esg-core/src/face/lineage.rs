//! How a figure came about, in the form that a caller wants to look at.

use serde::Deserialize;
use serde_json::json;

use super::document::Document;
use super::error::FaceError;
use crate::account::{Selection, Term, Trail};
use crate::canonical;
use crate::error::Error;

/// Forms by name.
const FORMS: [&str; 5] = ["tree", "mermaid", "dot", "prov", "json"];

/// How lineage is shown. Everything may be left out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct LineageOptions {
    /// `tree` (unless given), `mermaid`, `dot`, `prov` (W3C PROV-JSON), `json` (terms with their exact fractions, and the nodes).
    pub format: String,
    /// Inputs of one node that a tree shows, 5 unless given; the other forms show all.
    pub limit: usize,
}

impl Default for LineageOptions {
    fn default() -> Self {
        Self { format: FORMS[0].to_owned(), limit: 5 }
    }
}

impl Document for LineageOptions {
    const WHAT: &'static str = "options of lineage";
    const FIELDS: &'static [&'static str] = &["format", "limit"];
}

/// Returns how a cell such as `2-location,site=Hull,month=2024-03` came about, as text.
///
/// # Errors
/// `option.value` for a form that nobody knows; `lineage.*`, `inventory.dimension`, `amount.overflow`.
pub fn lineage(trail: &Trail, cell: &str, options: &LineageOptions) -> Result<String, Error> {
    let selection: Selection = cell.parse()?;
    let traced = trail.cell(&selection)?;
    let (graph, node) = trail.graph(&traced, None)?;
    let document = match options.format.as_str() {
        "tree" => return Ok(graph.to_tree(node, options.limit)?),
        "mermaid" => return Ok(graph.to_mermaid()),
        "dot" => return Ok(graph.to_dot()),
        "prov" => graph.to_prov(),
        "json" => json!({
            "cell": traced.selection.to_string(),
            "id": node,
            "co2e_kg": traced.co2e,
            "mass": traced.mass,
            "unit": traced.unit,
            "cells": traced.cells,
            "terms": traced.terms.iter().map(Term::to_json).collect::<Vec<_>>(),
            "nodes": graph.to_json()["nodes"],
        }),
        other => return Err(FaceError::unknown("format", other, FORMS).into()),
    };
    Ok(String::from_utf8_lossy(&canonical::from_value(&document)?).into_owned() + "\n")
}
