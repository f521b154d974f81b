//! How an event is found again: a short digest of who sent it and what they called it.

use sha2::{Digest, Sha256};

/// The key of an event: the first half of a SHA-256 of tenant, source and external id.
///
/// Half of it is enough to find an event; that two ids with one key are the same is checked by their texts.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key([u8; 16]);

impl Key {
    /// Returns the key of an event. No part of an id has control characters, so a NUL ends each.
    pub fn of(tenant: &str, source_id: &str, external_event_id: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [tenant, source_id, external_event_id] {
            hash.update(part);
            hash.update([0]);
        }
        let whole: [u8; 32] = hash.finalize().into();
        Self(*whole.first_chunk().expect("16 of 32 bytes"))
    }

    /// Returns the key that was kept as these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Known {
    /// Place of its event in the log.
    pub seq: u64,
    /// SHA-256 of its canonical event; none where that was redacted, because a digest of something that can be guessed gives
    /// it away.
    pub fingerprint: Option<[u8; 32]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_do_not_run_into_each_other() {
        assert_ne!(Key::of("a", "bc", "d"), Key::of("a", "b", "cd"));
        assert_ne!(Key::of("a", "b", "c"), Key::of("", "ab", "c"));
        // printf 'a\0b\0c\0' | sha256sum
        let digest = Sha256::digest(b"a\0b\0c\0");
        assert_eq!(Key::of("a", "b", "c").as_bytes()[..], digest[..16]);
    }
}
