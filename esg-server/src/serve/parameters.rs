//! Parameters of a query. One that nobody knows is refused by name, because a filter that is left out unseen gives a wrong total.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use esg_core::face::FaceError;
use esg_core::ledger::{Question, Tenant};
use esg_core::time::{Day, Period};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::{Outcome, Problem, ServeError};

/// The parameters of a query, read into `T`.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(parameters)) => Ok(Self(parameters)),
            Err(error) => Err(ServeError::Query { reason: error.body_text() }.into()),
        }
    }
}

/// What stands in the places of a path, such as `{seq}`.
#[derive(Clone, Copy, Debug)]
pub struct Place<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(place)) => Ok(Self(place)),
            Err(error) => {
                let path = parts.uri.path();
                tracing::debug!(path, %error, "a path with a place that cannot be read");
                Err(ServeError::parameter("path", path, "one with numbers of lines in it").into())
            }
        }
    }
}

/// Which days are meant, as of which line of the log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Days {
    start: Option<Day>,
    end: Option<Day>,
    as_of: Option<u64>,
}

impl Days {
    /// Returns the question of a tenant.
    pub fn question(&self, tenant: &Tenant) -> Outcome<Question> {
        let period = match (self.start, self.end) {
            (Some(start), Some(end)) => Some(Period::new(start, end)?),
            (None, None) => None,
            (Some(_), None) => return Err(FaceError::value("end", "not given", "given with start").into()),
            (None, Some(_)) => return Err(FaceError::value("start", "not given", "given with end").into()),
        };
        Ok(Question { tenant: tenant.clone(), period, as_of: self.as_of })
    }
}
