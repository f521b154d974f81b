//! Answers of a ledger as a piece of a page, and what a check of its log came to as a document.

use serde_json::{Value, json};

use super::Receipts;
use super::html::{FAINT, LEFT, OPEN, RIGHT, TABLE, list};
use crate::audit::{Place, Verdict};
use crate::ledger::Outcome;
use crate::report::markup::{Page, put};

/// Returns receipts: how many rows ended how, conflicts, and what was rejected.
pub fn receipts_html(receipts: &Receipts) -> String {
    let mut page = Page::default();
    page.raw(OPEN);
    put!(page, "<b>Taken into the ledger</b> ");
    page.raw(FAINT);
    put!(page, { receipts.rows() }, " rows</span>");
    page.raw(TABLE);
    for (name, count, remark) in [
        ("accepted", receipts.count(Outcome::Accepted), ""),
        ("of closed days", receipts.late(), "no report that was issued changes by them"),
        ("duplicates", receipts.count(Outcome::Duplicate), "were there already"),
        (
            "conflicts",
            receipts.count(Outcome::Conflict),
            "were there with other content; the first one stays",
        ),
        ("rejected", receipts.count(Outcome::Rejected), "are no events"),
    ] {
        if count > 0 || name == "accepted" {
            put!(page, "<tr>");
            page.raw(LEFT);
            put!(page, { name }, "</td>");
            page.raw(RIGHT);
            put!(page, { count }, "</td>");
            page.raw(LEFT);
            put!(page, { remark }, "</td></tr>");
        }
    }
    put!(page, "</table>");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let conflicts = receipts.conflicts().iter().map(|row| {
        let fields: Vec<&str> =
            row["differs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (source, fields) = (text(row, "source"), fields.join(", "));
        format!("{source}:{} differs from line {} of the log in {fields}", row["line"], row["first"])
    });
    list(&mut page, "Conflicts", conflicts.collect());
    let rejected = receipts.rejected().iter().map(|row| {
        format!("{}:{} [{}] {}", text(row, "source"), row["line"], text(row, "code"), text(row, "message"))
    });
    list(&mut page, "Rejected rows", rejected.collect());
    put!(page, "</div>");
    page.into_string()
}

/// Returns what is said of a log as a document. `checkpoints` are the names of those that were compared, `books` in what the
/// database does not follow from the log.
pub fn verdict_document(verdict: &Verdict, checkpoints: &[String], books: &[String]) -> Value {
    let place = |place: &Place| match place {
        Place::Checkpoint(number) => checkpoints.get(*number).cloned().unwrap_or_else(|| place.to_string()),
        other => other.to_string(),
    };
    let findings: Vec<Value> = verdict
        .findings
        .iter()
        .map(|finding| {
            let (code, message) = (finding.error.code(), finding.error.to_string());
            // A range of lines is in the words of the place.
            let line = match finding.place {
                Place::Line(line) => Some(line),
                _ => None,
            };
            json!({"place": place(&finding.place), "line": line, "code": code, "message": message})
        })
        .collect();
    json!({
        "ok": verdict.is_clean() && books.is_empty(), "size": verdict.size, "root": verdict.root.to_string(),
        "vouched": verdict.vouched, "findings": findings, "unlisted": verdict.unlisted, "books": books,
        "checkpoints": checkpoints.len(), "detached": verdict.detached, "redacted": verdict.redacted,
        "key_changes": verdict.rotations.len(),
    })
}

/// Returns a document of [`verdict_document`] as a piece of a page.
pub fn verdict_html(verdict: &Value) -> String {
    let mut page = Page::default();
    page.raw(OPEN);
    let (ok, size, vouched) = (&verdict["ok"], &verdict["size"], &verdict["vouched"]);
    let answer =
        if *ok == Value::Bool(true) { "Nothing is wrong with the log" } else { "The log is not what it was" };
    put!(page, "<b>", { answer }, "</b> ");
    page.raw(FAINT);
    put!(page, { size }, " lines, ", { vouched }, " of them under a signed checkpoint</span>");
    let findings = verdict["findings"].as_array().into_iter().flatten().map(|finding| {
        let text = |name: &str| finding[name].as_str().unwrap_or_default();
        format!("{}: [{}] {}", text("place"), text("code"), text("message"))
    });
    let books =
        verdict["books"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    list(&mut page, "Findings", findings.chain(books).collect());
    put!(page, "</div>");
    page.into_string()
}
