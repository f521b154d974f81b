//! Why a call was refused before any work was done.

use crate::error::Kind;

/// Why options or a question were refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FaceError {
    /// Options that are no JSON object, or a name in them that nobody knows.
    #[error("{what}: {reason}{}", hint(nearest))]
    Document {
        /// What was read: `engine options`, `question`, ...
        what: &'static str,
        /// What is wrong.
        reason: String,
        /// Known names like the wrong one.
        nearest: Vec<String>,
    },
    /// A value that an option cannot have.
    #[error("{option} is {value} and must be {rule}{}", hint(nearest))]
    Value {
        /// The option.
        option: String,
        /// Its value, cut after 64 characters.
        value: String,
        /// What it must be.
        rule: String,
        /// Known values like the wrong one.
        nearest: Vec<String>,
    },
    /// Lines of an inventory that kept none.
    #[error(
        "the inventory of {rows} rows kept no lines; calculate with keep_lines = true (unasked, up to {kept} rows keep theirs)"
    )]
    Lines {
        /// Rows that were calculated.
        rows: u64,
        /// Most rows whose lines are kept unasked.
        kept: u64,
    },
    /// The caller stopped the work.
    #[error("stopped by the caller after {done} of {total}")]
    Stopped {
        /// What was done.
        done: u64,
        /// What there was to do.
        total: u64,
    },
    /// Bytes that are no part and no inventory, or damaged ones.
    #[error("this is no {what} as it was written: {reason}")]
    Block {
        /// What was read: `part of an inventory`, `inventory`.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A fault of ours: the work broke off. See [`guarded`].
    #[error("the engine broke off, which is a fault of ours: {reason}")]
    Panicked {
        /// What the panic said.
        reason: String,
    },
}

/// Returns what `work` gives; a panic in it becomes a refusal, because none may cross the border to another language.
///
/// # Errors
/// `call.panicked`.
///
/// # Examples
/// ```
/// use esg_core::face::guarded;
/// assert_eq!(guarded(|| 2 + 2), Ok(4));
/// let refused = guarded(|| -> u8 { panic!("a shelf fell down") }).unwrap_err();
/// assert_eq!((refused.code(), refused.to_string().contains("shelf")), ("call.panicked", true));
/// ```
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, FaceError> {
    // Nobody looks at what the work left behind: it is owned by the work, or behind a lock that is poisoned by it.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it said nothing");
        FaceError::Panicked { reason: said.to_owned() }
    })
}

fn hint(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; known: {}", nearest.join(", ")) }
}

/// Characters of a wrong value that are repeated.
const SHOWN: usize = 64;

impl FaceError {
    /// A value that an option cannot have.
    pub fn value(option: impl Into<String>, value: impl ToString, rule: impl Into<String>) -> Self {
        let value = value.to_string().chars().take(SHOWN).collect();
        Self::Value { option: option.into(), value, rule: rule.into(), nearest: Vec::new() }
    }

    /// A value that is none of the known ones.
    pub fn unknown<'a>(option: &str, value: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let rule = format!("one of {}", known.clone().into_iter().collect::<Vec<_>>().join(", "));
        Self::Value {
            option: option.to_owned(),
            value: format!("{:?}", value.chars().take(SHOWN).collect::<String>()),
            rule,
            nearest: crate::nearest::nearest(value, known),
        }
    }

    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Document { .. } => "option.document",
            Self::Value { .. } => "option.value",
            Self::Lines { .. } => "inventory.lines",
            Self::Block { .. } => "inventory.block",
            Self::Stopped { .. } => "call.stopped",
            Self::Panicked { .. } => "call.panicked",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Document { .. } | Self::Value { .. } => Kind::Invalid,
            Self::Lines { .. } => Kind::Missing,
            Self::Stopped { .. } => Kind::Conflict,
            Self::Block { .. } | Self::Panicked { .. } => Kind::Corrupt,
        }
    }
}
