//! Who asks: decided by the credential alone, and never by what a request says.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use esg_core::ledger::Tenant;

use crate::serve::app::At;
use crate::serve::listen::Peer;
use crate::serve::problem::{Problem, ServeError};

/// What a credential may allow.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Send events.
    Ingest,
    /// Read reports, sources, factors, lineage.
    Read,
    /// Issue reports, add factor sets.
    Report,
    /// Run simulations.
    Simulate,
    /// Change rules and webhooks, acknowledge alerts.
    Alert,
    /// Read the lines of the log, which are of all tenants, and close periods for all of them.
    Log,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Ingest, Self::Read, Self::Report, Self::Simulate, Self::Alert, Self::Log];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Report => "report",
            Self::Simulate => "simulate",
            Self::Alert => "alert",
            Self::Log => "log",
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == name);
        found.ok_or_else(|| {
            format!("{name:?} is no scope; known are {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data are meant.
    pub tenant: Tenant,
    /// Who a record says it is from.
    pub actor: String,
    /// What is allowed.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// Refuses what the credential does not allow.
    ///
    /// # Errors
    /// `auth.scope`.
    pub fn may(&self, scope: Scope) -> Result<(), ServeError> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(ServeError::Scope { scope: scope.as_str() }) }
    }
}

impl FromRequestParts<At> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, at: &At) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<Peer>().ok_or(ServeError::Internal)?;
        at.app.auth.caller(&parts.headers, peer.0.ip())
    }
}
