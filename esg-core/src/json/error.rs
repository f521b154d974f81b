//! Where a JSON text stops being one.

use crate::error::Kind;
use crate::json::MAX_DEPTH;

/// Why a JSON text was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The text does not follow RFC 8259.
    #[error("no JSON at byte {at}: {expected} is expected")]
    Syntax {
        /// Offset of the first byte that does not fit.
        at: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// The bytes are not UTF-8.
    #[error("byte {at} is not UTF-8")]
    Utf8 {
        /// Offset of the first wrong byte.
        at: usize,
    },
    /// A name comes twice in one object (RFC 7493, section 2.3).
    #[error("the name {key:?} comes twice in one object, again before byte {at}")]
    DuplicateKey {
        /// The name, without its escapes, cut after 64 characters.
        key: String,
        /// Offset behind the second one.
        at: usize,
    },
    /// Nested too deeply.
    #[error("nested more than {MAX_DEPTH} deep at byte {at}")]
    Depth {
        /// Offset of the bracket that is one too many.
        at: usize,
    },
    /// A number that no binary float holds, or an integer beyond 2^53 that a reader of floats would change.
    #[error("the number {text} is refused: {reason}; write it as a string")]
    Number {
        /// The number, cut after 64 characters.
        text: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// Half of a surrogate pair (RFC 7493, section 2.1).
    #[error("the escape before byte {at} is half of a surrogate pair")]
    Surrogate {
        /// Offset behind the escape.
        at: usize,
    },
    /// Too many bytes.
    #[error("the text has {bytes} bytes, more than {max}")]
    TooLong {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        max: usize,
    },
}

impl JsonError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "json.syntax",
            Self::Utf8 { .. } => "json.utf8",
            Self::DuplicateKey { .. } => "json.duplicate_key",
            Self::Depth { .. } => "json.depth",
            Self::Number { .. } => "json.number",
            Self::Surrogate { .. } => "json.surrogate",
            Self::TooLong { .. } => "json.too_long",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Syntax { .. }
            | Self::Utf8 { .. }
            | Self::DuplicateKey { .. }
            | Self::Depth { .. }
            | Self::Number { .. }
            | Self::Surrogate { .. }
            | Self::TooLong { .. } => Kind::Invalid,
        }
    }

    pub(crate) fn duplicate(key: &str, at: usize) -> Self {
        Self::DuplicateKey { key: key.chars().take(64).collect(), at }
    }
}
