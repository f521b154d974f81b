//! Tokens of an identity provider (OIDC): signed by a key that its key set names, for this server, and not over.
//!
//! Only signatures of a private key are taken. A shared secret would let everyone who can check a token make one, and a header
//! that chooses the algorithm has been the way into many a server.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use esg_core::ledger::Tenant;
use esg_core::store::StoreError;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

use super::caller::{Caller, Scope};
use crate::serve::problem::ServeError;

/// Algorithms that are taken.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::RS256,
    Algorithm::RS512,
    Algorithm::PS256,
];
/// What the scopes of this server begin with in a token that is for several.
const SCOPE_PREFIX: &str = "esg:";
/// Seconds by which clocks may differ.
const LEEWAY_S: u64 = 30;
/// How long the server trusts what it read of the key set.
const FRESH: Duration = Duration::from_secs(10);

/// Who makes tokens, and for whom.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// `iss` that a token must have.
    pub issuer: String,
    /// `aud` that a token must have.
    pub audience: String,
    /// File of the provider's key set (JWKS); it is read again when it changes.
    pub jwks: PathBuf,
    /// Claim that names the tenant; `tenant` unless given.
    #[serde(default = "tenant_claim")]
    pub tenant_claim: String,
}

fn tenant_claim() -> String {
    "tenant".to_owned()
}

/// Checks tokens.
#[derive(Debug)]
pub struct Tokens {
    settings: TokenSettings,
    kept: RwLock<Kept>,
}

#[derive(Debug)]
struct Kept {
    keys: Arc<JwkSet>,
    changed: Option<SystemTime>,
    looked: Instant,
}

/// What is read of a token.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    scope: Value,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

impl Tokens {
    /// Returns what checks the tokens of a provider.
    ///
    /// # Errors
    /// `store.io`, `store.corrupt` for the key set.
    pub fn open(settings: &TokenSettings) -> Result<Self, StoreError> {
        let changed = changed(settings);
        let keys = Arc::new(read(settings)?);
        let kept = RwLock::new(Kept { keys, changed, looked: Instant::now() });
        Ok(Self { settings: settings.clone(), kept })
    }

    /// Returns whom a token stands for.
    ///
    /// # Errors
    /// `auth.invalid`.
    pub fn caller(&self, token: &str) -> Result<Caller, ServeError> {
        let wrong = |reason| move |_| ServeError::Credential { reason };
        let header = decode_header(token).map_err(wrong("it is neither a key nor a token"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(ServeError::Credential { reason: "its algorithm is not taken" });
        }
        let keys = self.keys();
        let id = header.kid.as_deref().ok_or(ServeError::Credential { reason: "it names no key" })?;
        let key = keys.find(id).ok_or(ServeError::Credential { reason: "its key is not in the key set" })?;
        let key = DecodingKey::from_jwk(key).map_err(wrong("its key cannot be used"))?;
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims: Claims = decode(token, &key, &validation)
            .map_err(wrong("its signature, time or audience does not hold"))?
            .claims;
        let tenant = claims.others.get(&self.settings.tenant_claim).and_then(Value::as_str);
        let tenant = Tenant::new(tenant.unwrap_or_default())
            .map_err(|_| ServeError::Credential { reason: "it names no tenant" })?;
        // A record's actor has 1 to 200 characters.
        let subject: String = claims.sub.chars().filter(|c| !c.is_control()).take(150).collect();
        Ok(Caller { tenant, actor: format!("token {subject}"), scopes: claims.scopes() })
    }

    fn keys(&self) -> Arc<JwkSet> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if kept.looked.elapsed() < FRESH {
            return Arc::clone(&kept.keys);
        }
        drop(kept);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.looked = Instant::now();
        let changed = changed(&self.settings);
        if changed != kept.changed {
            match read(&self.settings) {
                Ok(keys) => (kept.keys, kept.changed) = (Arc::new(keys), changed),
                Err(error) => tracing::error!(%error, "the key set cannot be read; that of before stays"),
            }
        }
        Arc::clone(&kept.keys)
    }
}

impl Claims {
    /// The scopes of this server: a text with blanks between them or a list, with or without their prefix.
    fn scopes(&self) -> Vec<Scope> {
        let words: Vec<&str> = match &self.scope {
            Value::String(text) => text.split(' ').collect(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let scope = |word: &str| word.strip_prefix(SCOPE_PREFIX).unwrap_or(word).parse().ok();
        words.into_iter().filter_map(scope).collect()
    }
}

fn changed(settings: &TokenSettings) -> Option<SystemTime> {
    fs::metadata(&settings.jwks).and_then(|found| found.modified()).ok()
}

fn read(settings: &TokenSettings) -> Result<JwkSet, StoreError> {
    let place = settings.jwks.display().to_string();
    let text = fs::read(&settings.jwks).map_err(|error| StoreError::Io {
        place: place.clone(),
        action: "read",
        reason: error.to_string(),
    })?;
    serde_json::from_slice(&text).map_err(|error| StoreError::Corrupt { place, reason: error.to_string() })
}
