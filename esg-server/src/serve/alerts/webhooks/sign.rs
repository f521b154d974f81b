//! Signatures of messages: `v1` with a shared secret, and `v1a` with a key of which the receiver has the public half.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use esg_core::error::Error;
use esg_core::store::StoreError;

use crate::serve::signature::Secret;

/// Bytes of a shared secret: those of the hash, as RFC 2104 recommends.
pub const SECRET_BYTES: usize = 32;
/// What the text of a public key begins with.
const PUBLIC_PREFIX: &str = "whpk_";

/// Returns bytes of chance.
///
/// # Errors
/// `store.io` where the system gives none.
pub fn chance<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Io {
        place: "the system's source of chance".to_owned(),
        action: "read",
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

/// Returns the text of a public key.
pub fn public_key(signing_key: &[u8; 32]) -> String {
    let public = SigningKey::from_bytes(signing_key).verifying_key();
    format!("{PUBLIC_PREFIX}{}", STANDARD.encode(public.as_bytes()))
}

/// Returns the value of `webhook-signature`: one signature for each secret, and one of the signing key.
pub fn signatures(secrets: &[Secret], signing_key: &[u8; 32], id: &str, time: i64, body: &str) -> String {
    let mut all: Vec<String> = secrets.iter().map(|secret| secret.sign(id, time, body.as_bytes())).collect();
    let signed = SigningKey::from_bytes(signing_key).sign(format!("{id}.{time}.{body}").as_bytes());
    all.push(format!("v1a,{}", STANDARD.encode(signed.to_bytes())));
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_published_signatures_come_out() {
        let cases = include_str!("../../../../../tests/vectors/webhooks/sign.json");
        let cases: Value = serde_json::from_str(cases).unwrap();
        let cases = cases["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 2);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            // One of the cases leaves the prefix out, which the specification asks for.
            let secret = format!("whsec_{}", text("secret").trim_start_matches("whsec_"));
            let secret = [Secret::try_from(secret).unwrap()];
            let time = case["timestamp"].as_i64().unwrap();
            let found = signatures(&secret, &[7; 32], text("msg_id"), time, text("body"));
            assert_eq!(found.split(' ').next(), Some(text("expect")), "{}", case["id"]);
        }
    }

    #[test]
    fn the_public_key_alone_proves_a_message() {
        // RFC 8032, section 7.1, test 1: the seed and its public key.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let bytes = |hex: &str| -> [u8; 32] {
            std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        };
        let text = public_key(&bytes(seed));
        assert_eq!(STANDARD.decode(text.strip_prefix("whpk_").unwrap()).unwrap(), bytes(public));
        let found = signatures(&[], &bytes(seed), "msg_1", 1_700_000_000, "{}");
        let signature = STANDARD.decode(found.strip_prefix("v1a,").unwrap()).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        let key = VerifyingKey::from_bytes(&bytes(public)).unwrap();
        assert!(key.verify(b"msg_1.1700000000.{}", &signature).is_ok());
        assert!(key.verify(b"msg_1.1700000001.{}", &signature).is_err());
    }
}
