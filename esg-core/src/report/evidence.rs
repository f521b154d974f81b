//! The tables of the page that say why the numbers may be believed: instruments, coverage, factors, method, proof.

use super::document::Document;
use super::figures::{In, count, shown};
use super::html::state;
use super::markup::{Page, put};
use super::sections::{SHOWN, cell, end, end_table, number, section, table};

pub(super) fn instruments(page: &mut Page, document: &Document) {
    section(
        page,
        "instruments",
        "Contractual instruments",
        "Certificates and contracts of the market-based method. What is left of one is shown and never carried over.",
    );
    if document.instruments.is_empty() {
        put!(page, "<p>None was given.</p>");
    } else {
        let heads =
            ["Instrument", "Market", "Consumption from", "to", "#kg CO2e/kWh", "#Used, MWh", "#Unused, MWh"];
        table(page, "Instruments used and unused", &heads);
        for line in &document.instruments {
            let i = &line.instrument;
            put!(
                page,
                "<tr><th scope=\"row\">",
                { &i.id },
                "</th><td>",
                { &i.market },
                "</td><td>",
                { i.start },
                "</td><td>"
            );
            put!(page, { i.end }, "</td><td class=\"n\">", { i.co2e_kg_per_kwh }, "</td>");
            number(page, Some(line.used_kwh), In::Thousands);
            number(page, Some(line.unused_kwh), In::Thousands);
            put!(page, "</tr>");
        }
        end_table(page);
    }
    if !document.uncovered_market_kwh.is_zero() {
        put!(
            page,
            "<p>",
            { shown(document.uncovered_market_kwh, In::Thousands, 3) },
            " MWh have neither an instrument "
        );
        put!(page, "nor a residual mix and are in no market-based total.</p>");
    }
    end(page);
}

pub(super) fn coverage(page: &mut Page, document: &Document) {
    section(
        page,
        "coverage",
        "Coverage",
        "Rows that gave a line in each scope, and rows that should have given one and why they did not.",
    );
    table(page, "Coverage by scope and category", &["Scope", "State", "#Rows", "#Rows missing", "Why"]);
    for line in &document.coverage {
        put!(page, "<tr><th scope=\"row\">", { &line.scope }, "</th><td>");
        state(page, line.state);
        put!(page, "</td><td class=\"n\">", { count(line.rows_present) }, "</td><td class=\"n\">");
        put!(page, { count(line.rows_missing) }, "</td><td class=\"mid\">");
        for reason in &line.reasons {
            put!(
                page,
                { count(reason.rows) },
                " rows: ",
                { &reason.message },
                " <code>",
                { reason.code },
                "</code><br>"
            );
        }
        put!(page, "</td></tr>");
    }
    end_table(page);
    end(page);
}

pub(super) fn rejected(page: &mut Page, document: &Document) {
    section(
        page,
        "rejected",
        "Rejected rows",
        "Refused before they became activity data. None of them is in a total.",
    );
    let rows = &document.info.rejected;
    if rows.is_empty() {
        put!(page, "<p>None.</p>");
    } else {
        table(page, "Rejected rows", &["Source", "#Line", "Field", "Code", "Message"]);
        for row in rows.iter().take(SHOWN) {
            put!(page, "<tr><td>", { &row.source }, "</td><td class=\"n\">", { row.line }, "</td><td>", {
                row.field.as_deref().unwrap_or("\u{2013}")
            });
            put!(page, "</td><td><code>", { &row.code }, "</code></td><td>", { &row.message }, "</td></tr>");
        }
        if rows.len() > SHOWN {
            put!(page, "<tr><td>\u{2026}</td><td colspan=\"4\">", { count((rows.len() - SHOWN) as u64) });
            put!(page, " more stand in the XLSX and JSON forms</td></tr>");
        }
        end_table(page);
    }
    end(page);
}

pub(super) fn factors(page: &mut Page, document: &Document) {
    section(
        page,
        "factors",
        "Emission factors",
        "Every factor that a number rests on, as its publisher prints it.",
    );
    let heads = ["Factor", "Holds for", "Value as published", "Source", "Uncertainty", "#Rows"];
    table(page, "Emission factors", &heads);
    for (id, f) in &document.factors {
        put!(
            page,
            "<tr><th scope=\"row\" class=\"mid\">",
            { &f.name },
            "<small>",
            { id },
            "</small></th><td>"
        );
        put!(page, { &f.geography }, "<small>", { &f.boundary }, "</small></td><td class=\"narrow\">");
        for value in &f.values {
            put!(page, { value }, "<br>");
        }
        put!(
            page,
            "<small>per ",
            { &f.per },
            ", GWP ",
            { f.gwp.as_deref().unwrap_or("as applied") },
            "</small></td>"
        );
        put!(
            page,
            "<td class=\"narrow\">",
            { &f.source },
            "<small>",
            { &f.verification },
            "</small></td><td class=\"narrow\">"
        );
        put!(
            page,
            { uncertainty(f.uncertainty.as_ref()) },
            "</td><td class=\"n\">",
            { count(f.rows) },
            "</td></tr>"
        );
    }
    end_table(page);
    table(
        page,
        "Factor sets and their licences",
        &["Set", "Publisher", "Licence", "Attribution", "Verification", "Digest"],
    );
    for set in &document.sets {
        put!(
            page,
            "<tr><th scope=\"row\" class=\"narrow\">",
            { &set.set },
            "</th><td>",
            { &set.authority },
            "</td><td>",
            { &set.licence },
            "</td><td>"
        );
        put!(
            page,
            { &set.attribution },
            "</td><td>",
            { &set.verification },
            "</td><td class=\"narrow\"><code>",
            { &set.digest }
        );
        put!(page, "</code></td></tr>");
    }
    end_table(page);
    end(page);
}

/// An uncertainty in words: `lognormal, gsd 1.0289, provenance pedigree`.
pub(super) fn uncertainty(value: Option<&serde_json::Value>) -> String {
    let Some(fields) = value.and_then(|v| v.as_object()) else {
        return "none stated".into();
    };
    let text = |v: &serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    let part = |name: &&String| match name.as_str() {
        "reference" => None,
        "distribution" => Some(text(&fields[*name])),
        _ => Some(format!("{name} {}", text(&fields[*name]))),
    };
    names.iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

pub(super) fn method(page: &mut Page, document: &Document) {
    section(page, "method", "Method and data quality", "");
    table(page, "Method statement", &["Topic", "Statement"]);
    for statement in &document.method.statements {
        put!(page, "<tr><th scope=\"row\" class=\"narrow\">", { statement.topic }, "</th>");
        cell(page, &statement.text);
        put!(page, "</tr>");
    }
    end_table(page);
    end(page);
}

pub(super) fn proof(page: &mut Page, document: &Document) {
    section(
        page,
        "proof",
        "Proof",
        "Digests of what the report was made from: the same events, factors, options and seed give the same bytes.",
    );
    table(page, "Digests", &["Of", "SHA-256 or value"]);
    let digests = &document.info.digests;
    let rows = [
        ("Events", &digests.events),
        ("Factor lock", &digests.factors_lock),
        ("Options", &digests.options),
        ("Seed", &digests.seed),
    ];
    for (name, value) in rows {
        put!(page, "<tr><th scope=\"row\">", { name }, "</th><td><code>", {
            value.as_deref().unwrap_or("none")
        });
        put!(page, "</code></td></tr>");
    }
    put!(
        page,
        "<tr><th scope=\"row\">Lines kept for lineage</th><td>",
        { count(document.lines.total) },
        "</td></tr>"
    );
    end_table(page);
    match &document.info.checkpoint {
        Some(checkpoint) => {
            put!(page, "<p>Checkpoint of the audit log:</p><pre>", { checkpoint }, "</pre>");
        }
        None => {
            put!(page, "<p>The report was not made from an audit log: there is no checkpoint.</p>");
        }
    }
    end(page);
}
