//! Chance that is fit for secrets, from the system.

use esg_core::ledger::Prepared;
use esg_core::store::StoreError;

/// Fills a buffer.
///
/// # Errors
/// `Io`.
pub fn chance(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|error| StoreError::Io {
        place: "the system's source of chance".to_owned(),
        action: "read",
        reason: error.to_string(),
    })
}

/// Has the events of a request taken in detached, with salts of the system's chance: see [`Prepared::detached`].
///
/// # Errors
/// `Io`.
pub fn detached(prepared: Prepared) -> Result<Prepared, StoreError> {
    prepared.detached(chance)
}
