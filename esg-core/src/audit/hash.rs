//! The hash of everything in the log: SHA-256, shown in lower-case hexadecimal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::AuditError;
use super::lanes::{Text, two};

/// A SHA-256. Its text form is 64 lower-case hexadecimal digits and nothing else, so that one hash has one spelling.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Hash([u8; 32]);

/// What stands before a leaf, so that no leaf is a node. RFC 6962, section 2.1.
const LEAF: u8 = 0;

/// Both digits of every byte: a line of the log has two hashes in it, and formatting them one digit at a time shows.
const DIGITS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

/// What a hexadecimal digit stands for; 255 where it is none.
const VALUES: [u8; 256] = {
    let mut table = [255; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

impl Hash {
    /// 64 zeros: what the first line of a log has for `prev`.
    pub const ZERO: Self = Self([0; 32]);

    /// Returns the SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the hash of these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the leaf of the Merkle tree that `line`, without its LF, is: SHA-256(0x00 || line).
    ///
    /// # Source
    /// RFC 6962, section 2.1.
    pub fn leaf(line: &[u8]) -> Self {
        Self(Sha256::new().chain_update([LEAF]).chain_update(line).finalize().into())
    }

    /// Returns the SHA-256 of two texts in less time than of one after the other.
    pub fn of_both(first: &[u8], second: &[u8]) -> [Self; 2] {
        two(Text { prefix: None, bytes: first }, Text { prefix: None, bytes: second })
    }

    /// Returns what a line without its LF is hashed to: what the next line has for `prev`, and the leaf of the tree.
    pub fn of_line(line: &[u8]) -> (Self, Self) {
        let [prev, leaf] = two(Text { prefix: None, bytes: line }, Text { prefix: Some(LEAF), bytes: line });
        (prev, leaf)
    }

    /// Returns the node above two others: SHA-256(0x01 || left || right).
    ///
    /// # Source
    /// RFC 6962, section 2.1.
    pub fn node(left: &Self, right: &Self) -> Self {
        Self::of(&children((left, right)))
    }

    /// Returns two nodes, as [`Hash::node`] each, in less time.
    pub(super) fn nodes(first: (&Self, &Self), second: (&Self, &Self)) -> [Self; 2] {
        Self::of_both(&children(first), &children(second))
    }

    /// The 64 digits.
    pub(crate) fn hex(&self) -> [u8; 64] {
        let mut out = [0; 64];
        for (pair, byte) in out.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&DIGITS[usize::from(byte)]);
        }
        out
    }

    /// The hash of 64 lower-case digits.
    pub(super) fn from_hex(digits: &[u8]) -> Option<Self> {
        let digits: &[u8; 64] = digits.try_into().ok()?;
        let (mut bytes, mut wrong) = ([0; 32], 0);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
            wrong |= high | low;
            *byte = high << 4 | low & 15;
        }
        (wrong < 16).then_some(Self(bytes))
    }
}

/// What a node is the hash of.
fn children((left, right): (&Hash, &Hash)) -> [u8; 65] {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    bytes
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.hex()).expect("digits are ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Hash {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        Self::from_hex(text.as_bytes())
            .ok_or_else(|| AuditError::Hash { text: text.chars().take(80).collect() })
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
