//! Answers, and reading of what a question says.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use esg_core::face::{self, Document};
use serde_json::Value;

use super::body::whole;
use super::limits::MAX_QUESTION;
use super::problem::{Outcome, ServeError};

/// Media type of JSON.
pub const JSON: &str = "application/json";

/// A document.
pub fn json(document: &Value) -> Response {
    with_status(StatusCode::OK, document)
}

/// A document under another status.
pub fn with_status(status: StatusCode, document: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], document.to_string()).into_response()
}

/// Text of a media type.
pub fn text(media_type: &'static str, text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, media_type)], text.into()).into_response()
}

/// The media type of a body without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a body of JSON. One without a media type is taken as JSON.
///
/// # Errors
/// `http.media_type`; as [`whole`].
pub async fn json_body(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, ServeError> {
    let found = media_type(headers);
    if !(found.is_empty() || found == JSON || found.ends_with("+json")) {
        return Err(ServeError::MediaType { found: found.chars().take(64).collect(), wanted: JSON });
    }
    whole(headers, body, max).await
}

/// Reads a question.
///
/// # Errors
/// As [`json_body`] and [`face::read`].
pub async fn question<T: Document>(headers: &HeaderMap, body: Body) -> Outcome<T> {
    Ok(face::read(&json_body(headers, body, MAX_QUESTION).await?)?)
}
