//! Signatures of the Standard Webhooks specification with a shared secret (`v1`: HMAC-SHA256).

use std::fmt;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// Seconds by which the time of a message may differ from now: older ones may be repeated by somebody else.
const TOLERANCE_S: i64 = 300;
/// What a secret's text begins with.
const PREFIX: &str = "whsec_";

/// A shared secret, which is never shown.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whsec_...")
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let wrong = "a secret is whsec_ and base64 of 24 to 64 bytes";
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).ok_or(wrong)?).map_err(|_| wrong)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(wrong) }
    }
}

impl Secret {
    /// A secret of these bytes.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The text of the secret, for the one who shall have it.
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Returns the signature of a message: `v1,` and base64.
    pub fn sign(&self, id: &str, time: i64, body: &[u8]) -> String {
        let mac = self.mac(id, &time.to_string(), body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn mac(&self, id: &str, time: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

/// True when one of the signatures of a message is one of the secret, and its time is about `now` (seconds since 1970).
pub fn holds(secret: &Secret, headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(time), Some(signatures)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return false;
    };
    let is_now = time.parse::<i64>().is_ok_and(|at| now.abs_diff(at) <= TOLERANCE_S.unsigned_abs());
    let holds = |signature: &str| {
        let given = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        // Takes the same time wherever the first wrong byte is.
        given.is_some_and(|given| secret.mac(id, time, body).verify_slice(&given).is_ok())
    };
    !id.is_empty() && is_now && signatures.split(' ').any(holds)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};
    use serde_json::Value;

    use super::{Secret, holds};

    #[test]
    fn the_published_cases_hold_or_do_not() {
        let cases = include_str!("../../../tests/vectors/webhooks/verify.json");
        let cases: Value = serde_json::from_str(cases).unwrap();
        let cases = cases["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 13);
        for case in cases {
            let secret = Secret::try_from(case["secret"].as_str().unwrap().to_owned());
            if case["expect"] == "error-at-construction" {
                assert!(secret.is_err(), "{}", case["id"]);
                continue;
            }
            let secret = secret.unwrap();
            let mut headers = HeaderMap::new();
            for (name, value) in case["headers"].as_object().unwrap() {
                let value = HeaderValue::from_str(value.as_str().unwrap()).unwrap();
                headers.insert(name.parse::<HeaderName>().unwrap(), value);
            }
            let (body, now) = (case["body"].as_str().unwrap(), case["now"].as_i64().unwrap());
            assert_eq!(
                holds(&secret, &headers, body.as_bytes(), now),
                case["expect"] == "ok",
                "{}",
                case["id"]
            );
        }
    }
}
