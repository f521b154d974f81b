//! What telemetry can be asked.

use serde_json::{Value, json};

use super::UPLOAD;
use crate::serve::answer::JSON;
use crate::serve::auth::Scope;
use crate::serve::openapi::Operation;
use crate::serve::openapi::schema::{day, line, list, of, text};

/// The operations.
pub fn operations() -> Vec<Operation> {
    let document = of("Document");
    let file: Value = text();
    vec![
        Operation::post("/api/v1/telemetry", "Take an event; the answer follows a durable commit.")
            .needs(Scope::Ingest)
            .body(&[JSON], &of("Event"))
            .answers(201, "It is new", &of("Receipt"))
            .answers(200, "It is there already", &of("Receipt")),
        Operation::post("/api/v1/telemetry/batch", "Take a batch of events, each by itself or all or none.")
            .needs(Scope::Ingest)
            .body(&[JSON], &of("Batch"))
            .answers(200, "What became of each", &of("BatchReceipt")),
        Operation::post(
            UPLOAD,
            "Take a file of any length; one that broke off is sent again from its beginning.",
        )
        .needs(Scope::Ingest)
        .body(&["application/x-ndjson", "text/csv", "text/tab-separated-values"], &file)
        .answers(200, "Counts, and the first rows to look at", &of("UploadReceipt")),
        Operation::get("/api/v1/sources", "Who sends, on which days, and what is missing.")
            .needs(Scope::Read)
            .query("start", "first day, given with end", day())
            .query("end", "last day", day())
            .query("as_of", "size of the log to read as of", line())
            .answers(200, "The sources", &list(&document)),
        Operation::post("/api/v1/hooks/{name}", "Take a signed batch (Standard Webhooks, v1).")
            .word("name")
            .body(&[JSON], &of("Batch"))
            .answers(200, "What became of each", &of("BatchReceipt")),
        Operation::post("/v1/metrics", "Take OTLP metrics whose names begin with esg.")
            .needs(Scope::Ingest)
            .body(&[JSON, "application/x-protobuf"], &document)
            .answers_as(200, "What was not taken", &[JSON, "application/x-protobuf"], &json!({})),
        Operation::post(
            "/api/v1/write",
            "Take Prometheus series whose names begin with esg_ (remote write 1.0).",
        )
        .needs(Scope::Ingest)
        .body(&["application/x-protobuf"], &text())
        .answers_nothing(204, "All of them are there"),
    ]
}
