//! Who may ask what.
//!
//! A server without any credential is for trying out: it listens on this machine only, and answers programs of this machine, not
//! web pages that a browser here has open. With keys or tokens every path but those of health needs one.

mod caller;
mod keys;
mod rate;
mod token;

use std::net::IpAddr;
use std::path::Path;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use esg_core::face::TENANT;
use esg_core::ledger::Tenant;

pub use caller::{Caller, Scope};
pub use keys::{FILE, Key, KeyFile, KeyStore};
pub use token::{TokenSettings, Tokens};

use super::limits::{FAILED_BURST, FAILED_PER_MINUTE, RATE_BURST, RATE_PER_SECOND};
use super::problem::{Outcome, ServeError};
use rate::Rates;

/// Who a record is from where nobody has to say who he is.
const OPEN: &str = "esg serve";
/// Names of this machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// Header for a key where `Authorization` is taken by a proxy.
const KEY_HEADER: &str = "x-api-key";

/// How callers are known.
#[derive(Debug)]
pub struct Auth {
    keys: Option<KeyStore>,
    tokens: Option<Tokens>,
    /// Requests of a credential.
    by_key: Rates<String>,
    /// Requests of an address.
    by_address: Rates<IpAddr>,
    /// Credentials of an address that did not hold.
    failed: Rates<IpAddr>,
}

impl Auth {
    /// Returns how callers are known: by the keys of a folder where it has any, and by tokens where they are configured.
    pub fn new(data: &Path, tokens: Option<&TokenSettings>) -> Outcome<Self> {
        let keys = KeyStore::open(&data.join(FILE))?;
        Ok(Self {
            keys,
            tokens: tokens.map(Tokens::open).transpose()?,
            by_key: Rates::per_second(RATE_PER_SECOND, RATE_BURST),
            by_address: Rates::per_second(2 * RATE_PER_SECOND, 2 * RATE_BURST),
            failed: Rates::per_minute(FAILED_PER_MINUTE, FAILED_BURST),
        })
    }

    /// True when nobody has to say who he is.
    pub const fn is_open(&self) -> bool {
        self.keys.is_none() && self.tokens.is_none()
    }

    /// Returns who asks.
    ///
    /// # Errors
    /// `auth.needed`, `auth.invalid`, `auth.origin`, `http.rate`.
    pub fn caller(&self, headers: &HeaderMap, address: IpAddr) -> Outcome<Caller> {
        if self.is_open() {
            local(headers)?;
            let (tenant, actor) = (Tenant::new(TENANT)?, OPEN.to_owned());
            return Ok(Caller { tenant, actor, scopes: Scope::ALL.to_vec() });
        }
        self.by_address.take(address)?;
        // Before it is looked at: guesses are cheap for the one who guesses.
        self.failed.check(address)?;
        let caller = self.known(headers).inspect_err(|error| {
            if matches!(error, ServeError::Credential { .. }) {
                let _ = self.failed.take(address);
            }
        })?;
        self.by_key.take(caller.actor.clone())?;
        Ok(caller)
    }

    fn known(&self, headers: &HeaderMap) -> Result<Caller, ServeError> {
        let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
        let bearer = text(AUTHORIZATION.as_str()).and_then(|value| value.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let given = bearer.map(|(_, given)| given.trim()).or_else(|| text(KEY_HEADER));
        let given = given.filter(|given| !given.is_empty()).ok_or(ServeError::Unauthenticated)?;
        match (&self.keys, &self.tokens) {
            (Some(keys), _) if Key::looks_like(given) => keys.caller(given),
            (_, Some(tokens)) => tokens.caller(given),
            _ => Err(ServeError::Credential { reason: "it is no key of this server" }),
        }
    }
}

/// Refuses what a web page of elsewhere sends to this machine: another host's name that leads here, or another origin.
fn local(headers: &HeaderMap) -> Result<(), ServeError> {
    let is_local = |authority: &str| {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        LOOPBACK.contains(&host)
    };
    let host = headers.get(HOST).map(|value| value.to_str().unwrap_or_default());
    let origin = headers.get(ORIGIN).map(|value| value.to_str().unwrap_or_default());
    let origin = origin.map(|origin| origin.split_once("://").map_or("", |(_, authority)| authority));
    if host.is_none_or(is_local) && origin.is_none_or(is_local) { Ok(()) } else { Err(ServeError::Origin) }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::local;

    fn answers(name: &'static str, value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        local(&headers).is_ok()
    }

    #[test]
    fn a_server_without_keys_answers_this_machine_and_no_web_page_of_elsewhere() {
        for host in ["localhost", "localhost:8083", "127.0.0.1:8083", "[::1]:8083", "[::1]"] {
            assert!(answers("host", host), "{host}");
        }
        for host in ["evil.example", "evil.example:8083", "localhost.evil.example", "10.0.0.1", ""] {
            assert!(!answers("host", host), "{host}");
        }
        assert!(answers("origin", "http://localhost:3000"));
        for origin in ["https://evil.example", "null", "http://localhost:3000@evil.example"] {
            assert!(!answers("origin", origin), "{origin}");
        }
    }
}
