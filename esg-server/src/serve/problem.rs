//! Refusals as RFC 9457 problem documents: the core's codes under a status that its kind decides.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use esg_core::face;
use esg_core::{Error, Kind};
use serde_json::{Map, Value, json};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why the server did not do what it was asked, before the core was.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// No such path on this port.
    #[error("{path} is no path of the {service} service; /openapi.json lists them")]
    Route {
        /// What was asked for.
        path: String,
        /// Which service was asked.
        service: &'static str,
    },
    /// A path that does not know the method.
    #[error("{method} is no method of this path")]
    Method {
        /// The method.
        method: String,
    },
    /// A body of another kind than the path takes.
    #[error("the body is {found}; this path takes {wanted}")]
    MediaType {
        /// What was sent.
        found: String,
        /// What is known.
        wanted: &'static str,
    },
    /// A packing that is not known.
    #[error("the body is packed with {found}; known are gzip and zstd")]
    Encoding {
        /// What was sent.
        found: String,
    },
    /// More bytes than the path takes.
    #[error("the body is longer than the {max} bytes that this path takes")]
    BodyLimit {
        /// How many there may be.
        max: u64,
    },
    /// More bytes after unpacking than the path takes.
    #[error("the body unpacks to more than the {max} bytes that this path takes")]
    InflatedLimit {
        /// How many there may be.
        max: u64,
    },
    /// More items than one request may have.
    #[error("the batch has more than {max} events; send it as an upload of JSON Lines")]
    ItemsLimit {
        /// How many there may be.
        max: usize,
    },
    /// A body that stopped coming.
    #[error("the body did not come in time")]
    BodyTime,
    /// A body that broke off, or that is not packed as it says.
    #[error("the body could not be read: {reason}")]
    Body {
        /// What happened.
        reason: String,
    },
    /// A parameter of the path or the query that cannot be used.
    #[error("{name} is {value:?} and must be {rule}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value, cut after 64 characters.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A query that cannot be read.
    #[error("the query cannot be used: {reason}")]
    Query {
        /// What is wrong.
        reason: String,
    },
    /// An event whose id is there with other content.
    #[error("an event of this id is there with other content; the first one stays")]
    Conflict,
    /// Points of a collector of which some cannot be taken.
    #[error("{refused} points were refused and {taken} are there: {why}")]
    Points {
        /// How many were refused.
        refused: u64,
        /// How many were taken.
        taken: u64,
        /// Why the first of them were refused.
        why: String,
    },
    /// No credential where one is needed.
    #[error("this server needs a key or a token: Authorization: Bearer ...")]
    Unauthenticated,
    /// A credential that does not hold.
    #[error("the credential is not valid: {reason}")]
    Credential {
        /// Why.
        reason: &'static str,
    },
    /// A credential that does not allow this.
    #[error("the credential does not have the scope {scope}")]
    Scope {
        /// The scope that is needed.
        scope: &'static str,
    },
    /// A request of a web page of elsewhere to a server that asks for no credential.
    #[error("a server without keys answers this machine only, and no web page of elsewhere")]
    Origin,
    /// Too many requests of one credential or address.
    #[error("too many requests; try again in {seconds} s")]
    Rate {
        /// When to try again.
        seconds: u64,
    },
    /// The server has as much to do as it can.
    #[error("the server is busy with other requests; try again")]
    Busy,
    /// The answer took too long.
    #[error("the answer took longer than {seconds} s; ask for fewer days")]
    Time {
        /// How long it may take.
        seconds: u64,
    },
    /// The server is being stopped.
    #[error("the server is being stopped")]
    Stopping,
    /// A bug of ours.
    #[error("the server failed; its log says why")]
    Internal,
}

impl ServeError {
    /// A name that never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Route { .. } => "http.route",
            Self::Method { .. } => "http.method",
            Self::MediaType { .. } => "http.media_type",
            Self::Encoding { .. } => "http.encoding",
            Self::BodyLimit { .. } => "http.body_limit",
            Self::InflatedLimit { .. } => "http.inflated_limit",
            Self::ItemsLimit { .. } => "http.items_limit",
            Self::BodyTime => "http.body_time",
            Self::Body { .. } => "http.body",
            Self::Parameter { .. } => "http.parameter",
            Self::Query { .. } => "http.query",
            Self::Conflict => "http.conflict",
            Self::Points { .. } => "http.points",
            Self::Unauthenticated => "auth.needed",
            Self::Credential { .. } => "auth.invalid",
            Self::Scope { .. } => "auth.scope",
            Self::Origin => "auth.origin",
            Self::Rate { .. } => "http.rate",
            Self::Busy => "http.busy",
            Self::Time { .. } => "http.time",
            Self::Stopping => "http.stopping",
            Self::Internal => "http.internal",
        }
    }

    /// The status that says it.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Route { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType { .. } | Self::Encoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyLimit { .. } | Self::InflatedLimit { .. } | Self::ItemsLimit { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::BodyTime => StatusCode::REQUEST_TIMEOUT,
            Self::Body { .. } | Self::Points { .. } | Self::Parameter { .. } | Self::Query { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unauthenticated | Self::Credential { .. } => StatusCode::UNAUTHORIZED,
            Self::Scope { .. } | Self::Origin => StatusCode::FORBIDDEN,
            Self::Rate { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Time { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A parameter that cannot be used.
    pub fn parameter(name: &'static str, value: &str, rule: &'static str) -> Self {
        Self::Parameter { name, value: value.chars().take(64).collect(), rule }
    }
}

/// A refusal on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
    retry_after: Option<u64>,
}

/// What a handler comes to.
pub type Outcome<T = Response> = Result<T, Problem>;

impl Problem {
    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// What a person reads.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// A problem of a status, code and message of the core.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), more: Map::new(), retry_after: None }
    }
}

/// The status of a kind. Nothing else decides it but the four refusals of a store that pass.
const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<ServeError> for Problem {
    fn from(error: ServeError) -> Self {
        let retry_after = match error {
            ServeError::Rate { seconds } => Some(seconds),
            ServeError::Busy | ServeError::Stopping => Some(1),
            _ => None,
        };
        Self { retry_after, ..Self::new(error.status(), error.code(), error.to_string()) }
    }
}

/// A refusal of the core. What is wrong with the server's own disk is in the log and not in the answer.
impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        let error: Error = error.into();
        let (code, kind) = (error.code(), error.kind());
        let passes = matches!(code, "store.io" | "store.stopped" | "store.locked" | "store.moved");
        let status = if passes { StatusCode::SERVICE_UNAVAILABLE } else { status(kind) };
        let mut detail = error.to_string();
        if status.is_server_error() {
            tracing::error!(code, %error, "the ledger refused");
            "the ledger cannot do this now; the server's log says why".clone_into(&mut detail);
        }
        let mut problem = Self::new(status, code, detail);
        if let Value::Object(details) = face::details(&error) {
            problem.more = details;
        }
        problem.retry_after = passes.then_some(1);
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, more, retry_after } = self;
        let mut document = json!({
            "type": format!("urn:esg:problem:{code}"),
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        for (name, value) in more {
            document[name] = value;
        }
        let mut response = (status, document.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_code_of_the_server_is_documented_with_its_status_and_no_other() {
        let source = include_str!("problem.rs").split("#[cfg(test)]").next().unwrap();
        let source = format!("{source}{}", include_str!("alerts/webhooks/error.rs"));
        let codes = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
        let codes: BTreeSet<&str> = codes.filter(|code| code.contains('.')).collect();
        assert!(codes.contains("http.route") && codes.len() > 15, "the search finds only {codes:?}");
        let page = include_str!("../../../docs/server.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let documented: BTreeSet<&str> = rows.filter(|word| word.contains('.')).collect();
        assert_eq!(codes, documented);
    }
}
