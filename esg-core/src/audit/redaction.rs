//! Payloads apart from the log, so that one can be deleted and the log stays whole.
//!
//! A detached record has a commitment instead of its payload: SHA-256 of 32 random bytes and the payload. Who has the file
//! can show that it is what was recorded; once it is deleted, the salt keeps anybody from finding the payload by trying.
//! The salt comes from the caller, and from a source of chance that is fit for secrets.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::hash::Hash;
use super::{AuditError, scan};
use crate::canonical;

const HEAD: &[u8] = b"{\"payload\":";
const SALT: &[u8] = b",\"salt\":\"";
const TAIL: &[u8] = b"\"}\n";

/// Returns SHA-256(salt || payload), where the payload is the canonical bytes of what would have been the body.
pub fn commit(salt: &[u8; 32], payload: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::new().chain_update(salt).chain_update(payload).finalize().into())
}

/// Returns the body of a detached record.
pub fn detached_body(commitment: &Hash, tenant: &str) -> Vec<u8> {
    let mut body = [b"{\"commitment\":\"".as_slice(), &commitment.hex(), b"\",\"tenant\":"].concat();
    canonical::string(tenant, &mut body);
    body.push(b'}');
    body
}

/// Returns what `payloads/<seq>.json` of a detached record holds.
pub fn payload_file(salt: &[u8; 32], payload: &[u8]) -> Vec<u8> {
    [HEAD, payload, SALT, &Hash::from_bytes(*salt).hex(), TAIL].concat()
}

/// Returns the canonical payload of such a file, if it is what was committed to.
///
/// # Errors
/// `Payload` where it is not, or the file has another form.
///
/// # Examples
/// ```
/// use esg_core::audit::{check_payload, commit, payload_file};
///
/// let (salt, payload) = ([7; 32], br#"{"event":{"source_id":"meter-1"}}"#); // a real salt comes from a source of chance
/// let file = payload_file(&salt, payload);
/// assert_eq!(check_payload(&file, commit(&salt, payload))?, payload);
/// assert_eq!(check_payload(&file, commit(&[8; 32], payload)).unwrap_err().code(), "audit.payload");
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn check_payload(file: &[u8], commitment: Hash) -> Result<&[u8], AuditError> {
    let wrong = |reason| AuditError::Payload { reason };
    let parts = || {
        let rest = file.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
        let (rest, salt) = rest.split_last_chunk::<64>()?;
        Some((rest.strip_suffix(SALT)?, Hash::from_hex(salt)?))
    };
    let (payload, salt) = parts().ok_or_else(|| wrong("is not a payload and a salt of 64 digits"))?;
    if !payload.starts_with(b"{") || !scan::is_canonical(payload) {
        return Err(wrong("has a payload that is not the canonical JSON of an object"));
    }
    if commit(salt.as_bytes(), payload) != commitment {
        return Err(wrong("has a payload that is not what was committed to"));
    }
    Ok(payload)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detached {
    commitment: Hash,
    #[serde(rename = "tenant")]
    _tenant: String,
}

/// Returns what a detached record committed to, from its body; none for a body that holds what was recorded itself.
///
/// # Errors
/// `Member` for a body that only begins as one of a detached record.
pub fn commitment(body: &[u8]) -> Result<Option<Hash>, AuditError> {
    if !body.starts_with(b"{\"commitment\":") {
        return Ok(None);
    }
    let rule = "not {\"commitment\", \"tenant\"} of a detached record";
    match serde_json::from_slice::<Detached>(body) {
        Ok(detached) => Ok(Some(detached.commitment)),
        Err(_) => Err(AuditError::Member { member: "body", rule }),
    }
}
