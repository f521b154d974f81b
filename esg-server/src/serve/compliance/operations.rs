//! What compliance can be asked.

use serde_json::{Value, json};

use crate::serve::answer::JSON;
use crate::serve::auth::Scope;
use crate::serve::openapi::Operation;
use crate::serve::openapi::schema::{line, list, of, text};

/// Media types of a report.
const FORMS: [&str; 4] =
    [JSON, "text/csv", "text/html", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];
const TEXT: &str = "text/plain";

/// The operations.
pub fn operations() -> Vec<Operation> {
    [reports(), figures(), factors(), audit()].into_iter().flatten().collect()
}

fn reports() -> Vec<Operation> {
    let (any, order) = (json!({}), of("ReportOrder"));
    vec![
        Operation::post("/api/v1/reports/ghg", "Make a report and record it in the log with its digest.")
            .needs(Scope::Report)
            .body(&[JSON], &order)
            .answers_as(201, "The report; Location makes it again", &FORMS, &any),
        Operation::get("/api/v1/reports", "The reports that were issued.").needs(Scope::Read).answers(
            200,
            "Line, time, days and digest of each",
            &list(&of("Document")),
        ),
        Operation::get("/api/v1/reports/{seq}", "An issued report, byte for byte.")
            .needs(Scope::Read)
            .place("seq")
            .query("format", "form of the report", json!({"enum": ["json", "csv", "html", "xlsx"]}))
            .answers_as(200, "The report", &FORMS, &any),
        Operation::get(
            "/api/v1/reports/{seq}/restatement/{after}",
            "Why a later report differs: boundary, activity, factor, GWP, method, exactly.",
        )
        .needs(Scope::Read)
        .place("seq")
        .place("after")
        .answers(200, "The bridge", &of("Document")),
    ]
}

fn figures() -> Vec<Operation> {
    let (order, cell, document) = (of("ReportOrder"), of("CellQuestion"), of("Document"));
    vec![
        Operation::post("/api/v1/inventory", "A report that is not recorded.")
            .needs(Scope::Read)
            .body(&[JSON], &order)
            .answers_as(200, "The report", &FORMS, &json!({})),
        Operation::post("/api/v1/lineage", "How a figure came about, down to the events.")
            .needs(Scope::Read)
            .body(&[JSON], &cell)
            .answers_as(200, "The lineage", &[TEXT, JSON], &json!({})),
        Operation::post("/api/v1/proofs", "The bundle that proves a figure without this server.")
            .needs(Scope::Read)
            .body(&[JSON], &cell)
            .answers(200, "The bundle", &document),
        Operation::post("/api/v1/score", "The sustainability score of given inputs.")
            .needs(Scope::Read)
            .body(&[JSON], &of("ScoreQuestion"))
            .answers(200, "The score with its terms", &document),
        Operation::post("/api/v1/scorecard", "Key figures, score and coverage of the events.")
            .needs(Scope::Read)
            .body(&[JSON], &order)
            .answers(200, "The scorecard", &document),
    ]
}

fn factors() -> Vec<Operation> {
    let (document, limit) = (of("Document"), json!({"type": "integer", "minimum": 0, "maximum": 1000}));
    vec![
        Operation::get("/api/v1/factors", "Find factors by words in activity, name, id or place.")
            .needs(Scope::Read)
            .query("query", "words that must all be there", text())
            .query("region", "published for exactly this place", text())
            .query("limit", "at most so many", limit)
            .answers(200, "The factors with their sets", &list(&document)),
        Operation::post("/api/v1/factors/resolve", "The factor that applies, and why.")
            .needs(Scope::Read)
            .body(&[JSON], &of("FactorQuestion"))
            .answers(200, "The factor, the steps to it, and the candidates passed over", &document),
        Operation::get("/api/v1/factors/lock", "Versions and digests of all sets.")
            .needs(Scope::Read)
            .answers(200, "The lock", &document),
        Operation::get("/api/v1/factors/sets", "The sets with their passports.").needs(Scope::Read).answers(
            200,
            "The sets",
            &list(&document),
        ),
        Operation::post("/api/v1/factors/sets", "Add a set of your own.")
            .needs(Scope::Report)
            .body(&[JSON, "application/x-ndjson"], &Value::Bool(true))
            .answers(201, "The lock with it", &document),
    ]
}

fn audit() -> Vec<Operation> {
    let document = of("Document");
    let limit = json!({"type": "integer", "minimum": 0, "maximum": crate::serve::limits::MAX_ENTRIES});
    let days = json!({
        "type": "object", "required": ["date_range"], "additionalProperties": false,
        "properties": {"date_range": of("Days")},
    });
    vec![
        Operation::get("/api/v1/audit/checkpoint", "The signed checkpoint of the log (C2SP).")
            .needs(Scope::Read)
            .answers_as(200, "The note", &[TEXT], &text()),
        Operation::get("/api/v1/audit/keys", "The public keys of the log.").needs(Scope::Read).answers(
            200,
            "The keys, the first one first",
            &list(&text()),
        ),
        Operation::get("/api/v1/audit/entries", "Lines of the log as they stand there.")
            .needs(Scope::Log)
            .query("start", "first line, from 0", line())
            .query("limit", "at most so many", limit)
            .answers_as(200, "The lines", &["application/x-ndjson"], &text()),
        Operation::get("/api/v1/audit/proofs/{seq}", "The proof of a line under a checkpoint of now (C2SP).")
            .needs(Scope::Log)
            .place("seq")
            .answers_as(200, "The proof", &[TEXT], &text()),
        Operation::get("/api/v1/audit/consistency", "What shows that the log was only added to (RFC 6962).")
            .needs(Scope::Read)
            .needed("old", "a size that was seen", line())
            .query("new", "a later size; now unless given", line())
            .answers(200, "Roots and hashes", &document),
        Operation::get("/api/v1/periods", "The periods that were closed.").needs(Scope::Read).answers(
            200,
            "The periods",
            &list(&document),
        ),
        Operation::post("/api/v1/periods", "Close days: their reports stay as they are.")
            .needs(Scope::Log)
            .body(&[JSON], &days)
            .answers(201, "The line that says so", &document),
    ]
}
