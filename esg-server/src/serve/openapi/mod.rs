//! What the server can be asked, as OpenAPI 3.1 and as a page for people.
//!
//! Each service lists its operations beside its routes, and a test holds the two together. The page is one document without any
//! outside resource, so that it can be read where nothing else can be reached.

mod page;
pub mod schema;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::app::At;
use super::auth::Scope;
use super::service::Service;
use super::{alerts, answer, compliance, health, simulator, telemetry};

/// One thing that can be asked.
#[derive(Debug)]
pub struct Operation {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    scope: Option<Scope>,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
}

impl Operation {
    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Self {
        let (parameters, answers) = (Vec::new(), Map::new());
        Self { method, path, summary, scope: None, parameters, body: None, answers }
    }

    /// Something to read.
    pub fn get(path: &'static str, summary: &'static str) -> Self {
        Self::new("get", path, summary)
    }

    /// Something to do.
    pub fn post(path: &'static str, summary: &'static str) -> Self {
        Self::new("post", path, summary)
    }

    /// Something to say anew.
    pub fn put(path: &'static str, summary: &'static str) -> Self {
        Self::new("put", path, summary)
    }

    /// Something to take away.
    pub fn delete(path: &'static str, summary: &'static str) -> Self {
        Self::new("delete", path, summary)
    }

    /// What the credential has to allow.
    pub const fn needs(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// A number of a line in the path.
    pub fn place(mut self, name: &str) -> Self {
        let schema = json!({"type": "integer", "minimum": 0, "maximum": u64::MAX >> 11});
        self.parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
        self
    }

    /// A word in the path.
    pub fn word(mut self, name: &str) -> Self {
        let schema = json!({"type": "string", "minLength": 1});
        self.parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
        self
    }

    /// A parameter of the query that may be left out.
    pub fn query(mut self, name: &str, what: &str, schema: Value) -> Self {
        self.parameters.push(json!({"name": name, "in": "query", "description": what, "schema": schema}));
        self
    }

    /// A parameter of the query that is needed.
    pub fn needed(self, name: &str, what: &str, schema: Value) -> Self {
        let mut operation = self.query(name, what, schema);
        if let Some(last) = operation.parameters.last_mut() {
            last["required"] = true.into();
        }
        operation
    }

    /// A body of one of these media types.
    pub fn body(mut self, media_types: &[&str], schema: &Value) -> Self {
        let content = media_types.iter().map(|kind| ((*kind).to_owned(), json!({"schema": schema})));
        let content: Map<String, Value> = content.collect();
        self.body = Some(json!({"required": true, "content": content}));
        self
    }

    /// An answer in JSON.
    pub fn answers(self, status: u16, what: &str, schema: &Value) -> Self {
        self.answers_as(status, what, &[answer::JSON], schema)
    }

    /// An answer in text or bytes of these media types.
    pub fn answers_as(mut self, status: u16, what: &str, media_types: &[&str], schema: &Value) -> Self {
        let content = media_types.iter().map(|kind| ((*kind).to_owned(), json!({"schema": schema})));
        let content: Map<String, Value> = content.collect();
        self.answers.insert(status.to_string(), json!({"description": what, "content": content}));
        self
    }

    /// An answer without a body.
    pub fn answers_nothing(mut self, status: u16, what: &str) -> Self {
        self.answers.insert(status.to_string(), json!({"description": what}));
        self
    }

    fn document(&self) -> Value {
        let mut responses = self.answers.clone();
        responses.insert("default".to_owned(), json!({"$ref": "#/components/responses/Problem"}));
        let mut document = json!({
            "summary": self.summary,
            "operationId": format!("{}{}", self.method, self.path.replace(['/', '{', '}', '.'], "_")),
            "responses": responses,
        });
        if !self.parameters.is_empty() {
            document["parameters"] = self.parameters.clone().into();
        }
        if let Some(body) = &self.body {
            document["requestBody"] = body.clone();
        }
        match self.scope {
            Some(scope) => {
                document["security"] = json!([{"key": []}, {"token": []}, {}]);
                document["description"] = format!("Needs the scope `{}`.", scope.as_str()).into();
            }
            None => document["security"] = json!([]),
        }
        document
    }
}

/// All operations of a service.
fn operations(service: Service) -> Vec<Operation> {
    let mut all = match service {
        Service::Telemetry => telemetry::operations(),
        Service::Compliance => compliance::operations(),
        Service::Simulator => simulator::operations(),
        Service::Alerts => alerts::operations(),
    };
    all.extend(health::operations());
    all
}

/// The document of a service.
fn document(service: Service) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations(service) {
        let path = paths.entry(operation.path.to_owned()).or_insert_with(|| json!({}));
        path[operation.method] = operation.document();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("esg {}", service.as_str()),
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schema::components(),
            "responses": {
                "Problem": {
                    "description": "A refusal (RFC 9457)",
                    "content": {super::problem::MEDIA_TYPE: {"schema": schema::of("Problem")}},
                },
            },
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    })
}

/// The paths.
pub fn routes() -> Router<At> {
    Router::new().route("/openapi.json", get(openapi)).route("/docs", get(docs))
}

async fn openapi(State(at): State<At>) -> Response {
    answer::json(&document(at.service))
}

async fn docs(State(at): State<At>) -> Response {
    answer::text("text/html; charset=utf-8", page::page(&document(at.service)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The paths that the source of a service routes.
    fn routed(source: &str) -> BTreeSet<&str> {
        source
            .split(".route(")
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
            .collect()
    }

    #[test]
    fn every_route_is_described_and_every_description_is_routed() {
        let sources = [
            (Service::Telemetry, include_str!("../telemetry/mod.rs")),
            (Service::Compliance, include_str!("../compliance/mod.rs")),
            (Service::Simulator, include_str!("../simulator/mod.rs")),
            (Service::Alerts, include_str!("../alerts/mod.rs")),
        ];
        for (service, source) in sources {
            let mut routed = routed(source);
            routed.extend(["/health", "/ready", "/metrics"]);
            if service == Service::Telemetry {
                routed.insert(telemetry::UPLOAD);
            }
            let described: BTreeSet<&str> = operations(service).iter().map(|o| o.path).collect();
            assert_eq!(routed, described, "{}", service.as_str());
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_answers() {
        for service in Service::ALL {
            let document = document(service);
            let text = document.to_string();
            for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(document.pointer(reference).is_some(), "{reference}");
            }
            let operations = operations(service);
            let ids: BTreeSet<_> =
                operations.iter().map(|o| o.document()["operationId"].to_string()).collect();
            assert_eq!(ids.len(), operations.len(), "names of operations are their own");
            assert!(operations.iter().all(|o| !o.answers.is_empty()));
        }
    }
}
