//! Schemas of what is sent and answered (JSON Schema 2020-12).

use esg_core::alert::RuleWords;
use esg_core::face::{Document, EngineOptions, FactorQuestion, ForecastQuestion, ScoreQuestion, WhatIf};
use esg_core::telemetry::{MAX_ID_CHARS, Vertical};
use serde_json::{Map, Value, json};

use crate::serve::alerts::KINDS;

/// Days, as every question writes them.
pub fn day() -> Value {
    json!({"type": "string", "format": "date", "examples": ["2024-03-15"]})
}

/// A size of the log, or a line of it.
pub fn line() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": u64::MAX >> 11})
}

/// Any text.
pub fn text() -> Value {
    json!({"type": "string"})
}

/// A reference to a schema by its name.
pub fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A list of something.
pub fn list(of: &Value) -> Value {
    json!({"type": "array", "items": of})
}

/// A document of which all fields may be left out and no others are known; their values are the core's to judge.
fn options<T: Document>() -> Value {
    let fields: Map<String, Value> = T::FIELDS.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({"type": "object", "description": T::WHAT, "properties": fields, "additionalProperties": false})
}

fn event() -> Value {
    let verticals = Vertical::ALL.map(Vertical::as_str);
    let id = json!({"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS});
    json!({
        "type": "object",
        "description": "An event of a source. Numbers are taken as they are written; a metric's name carries its unit, or it is {\"value\": \"1250.5\", \"unit\": \"kWh\"}.",
        "required": ["source_id", "external_event_id", "vertical", "timestamp"],
        "properties": {
            "source_id": id, "external_event_id": id,
            "vertical": {"type": "string", "enum": verticals},
            "timestamp": {"type": "string", "description": "RFC 3339 with an offset"},
            "metrics": {"type": "object"},
            "tags": {"type": "object"},
        },
        "examples": [{
            "source_id": "datacenter-sfo-01", "external_event_id": "gpu-batch-2024-001",
            "vertical": "ai_data_center", "timestamp": "2024-03-15T14:30:00Z",
            "metrics": {"energy_kwh": 1250.5, "gpu_hours": 480, "water_liters": 3200, "pue": 1.15},
            "tags": {"region": "us-west-1", "facility": "SFO-DC01"},
        }],
    })
}

fn receipt() -> Value {
    json!({
        "type": "object",
        "required": ["line", "outcome"],
        "properties": {
            "line": {"type": "integer", "minimum": 0, "description": "place in the request, from 1"},
            "outcome": {"enum": ["accepted", "duplicate", "conflict", "rejected"]},
            "seq": {"type": "integer", "minimum": 0, "description": "line of the log that holds the event"},
            "late": {"type": "boolean", "description": "of a day that was closed"},
            "source_id": {"type": "string"}, "external_event_id": {"type": "string"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "differs": {"type": "array", "items": {"type": "string"}},
            "code": {"type": "string"}, "field": {"type": "string"}, "message": {"type": "string"},
            "nearest": {"type": "array", "items": {"type": "string"}},
        },
    })
}

fn counts(more: &[(&str, Value)]) -> Value {
    let names = ["accepted", "duplicates", "conflicts", "rejected", "late"];
    let count = json!({"type": "integer", "minimum": 0});
    let mut properties: Map<String, Value> = names.iter().map(|n| ((*n).to_owned(), count.clone())).collect();
    properties.extend(more.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    let required: Vec<&String> = properties.keys().collect();
    json!({"type": "object", "required": required, "properties": properties})
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"type": "string", "pattern": "^[a-z_]+\\.[a-z0-9_]+$"},
            "detail": {"type": "string"},
            "kind": {"enum": ["invalid", "missing", "conflict", "corrupt"]},
            "field": {"type": "string"},
            "nearest": {"type": "array", "items": {"type": "string"}},
        },
    })
}

/// All schemas by their names.
pub fn components() -> Value {
    let days = json!({
        "type": "object", "required": ["start", "end"], "additionalProperties": false,
        "properties": {"start": day(), "end": day()},
    });
    json!({
        "Event": event(),
        "Batch": {"oneOf": [
            list(&of("Event")),
            {
                "type": "object", "required": ["events"], "additionalProperties": false,
                "properties": {"events": list(&of("Event")), "atomic": {"type": "boolean"}},
            },
        ]},
        "Receipt": receipt(),
        "BatchReceipt": counts(&[("items", list(&of("Receipt")))]),
        "UploadReceipt": counts(&[
            ("first_conflicts", list(&json!({"type": "object"}))),
            ("first_rejected", list(&json!({"type": "object"}))),
        ]),
        "Days": days,
        "ReportOrder": {
            "type": "object", "additionalProperties": false,
            "properties": {
                "scope": {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 1, "uniqueItems": true},
                "date_range": of("Days"),
                "format": {"enum": ["json", "csv", "html", "xlsx"]},
                "organisation": {"type": "string", "maxLength": 200},
                "as_of": line(),
                "options": of("EngineOptions"),
            },
        },
        "CellQuestion": {
            "type": "object", "required": ["cell"], "additionalProperties": false,
            "properties": {
                "cell": {"type": "string", "examples": ["2-location,site=Hull,month=2024-03"]},
                "date_range": of("Days"),
                "as_of": line(),
                "options": of("EngineOptions"),
                "format": {"enum": ["tree", "mermaid", "dot", "prov", "json"]},
                "limit": {"type": "integer", "minimum": 0, "maximum": 1000},
            },
        },
        "EngineOptions": options::<EngineOptions>(),
        "FactorQuestion": options::<FactorQuestion>(),
        "ScoreQuestion": options::<ScoreQuestion>(),
        "Rule": options::<RuleWords>(),
        "WhatIf": options::<WhatIf>(),
        "ForecastQuestion": options::<ForecastQuestion>(),
        "Webhook": {
            "type": "object", "additionalProperties": false,
            "properties": {
                "url": {"type": "string", "format": "uri", "maxLength": 2000},
                "events": {"type": "array", "items": {"enum": KINDS}},
                "enabled": {"type": "boolean"},
            },
        },
        "Said": {
            "type": "object", "additionalProperties": false,
            "properties": {"note": {"type": "string", "maxLength": 2000}},
        },
        "Document": {"type": "object"},
        "Problem": problem(),
    })
}
