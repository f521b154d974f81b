//! Why a webhook is refused, or a message is not delivered.

use axum::http::StatusCode;

use crate::serve::problem::Problem;

/// Why a webhook is refused, or a message is not delivered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WebhookError {
    /// A URL that nothing is sent to.
    #[error("the URL {url:?} cannot be used: it must be {rule}")]
    Url {
        /// The URL, cut after 200 characters.
        url: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A kind of message that does not exist.
    #[error("{found:?} is no kind of message; known are {known}")]
    Event {
        /// What was asked for, cut after 64 characters.
        found: String,
        /// The kinds that there are.
        known: String,
    },
    /// An address that is not on the public internet.
    #[error(
        "{host} leads to {address}, which is not on the public internet and not allowed by the configuration"
    )]
    Address {
        /// The name.
        host: String,
        /// The address.
        address: String,
    },
    /// A name that leads nowhere.
    #[error("{host} leads nowhere: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// What happened.
        reason: String,
    },
    /// No connection.
    #[error("no connection: {reason}")]
    Connect {
        /// What happened.
        reason: String,
    },
    /// An answer that is none.
    #[error("no answer that could be read: {reason}")]
    Answer {
        /// What happened.
        reason: String,
    },
    /// Too slow.
    #[error("no answer within {seconds} s")]
    Time {
        /// How long it may take.
        seconds: u64,
    },
    /// An answer that says no.
    #[error("answered {status}")]
    Status {
        /// The status.
        status: u16,
    },
}

impl WebhookError {
    /// A name that never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "webhook.url",
            Self::Event { .. } => "webhook.event",
            Self::Address { .. } => "webhook.address",
            Self::Resolve { .. } => "webhook.resolve",
            Self::Connect { .. } => "webhook.connect",
            Self::Answer { .. } => "webhook.answer",
            Self::Time { .. } => "webhook.time",
            Self::Status { .. } => "webhook.status",
        }
    }

    /// A URL that cannot be used.
    pub fn url(url: &str, rule: &'static str) -> Self {
        Self::Url { url: url.chars().take(200).collect(), rule }
    }
}

/// Only what is wrong with a webhook itself is ever answered; what happens while a message is delivered is kept with it.
impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()).with("kind", "invalid")
    }
}
