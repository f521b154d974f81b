//! A checkpoint: how many lines a log had, and the root over them, in three lines of text that are signed.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::hash::Hash;
use super::key::{SignerKey, VerifierKey};
use super::note::SignedNote;
use super::word::LogName;
use super::{AuditError, MAX_SIZE};

/// What a log commits to. Its text form is the text of the signed note.
///
/// # Source
/// C2SP tlog-checkpoint.
///
/// # Examples
/// ```
/// use esg_core::audit::{Checkpoint, Hash, SignerKey};
///
/// let key = SignerKey::from_seed("example.org/log", &[7; 32])?; // a real seed comes from a source of chance
/// let note = Checkpoint::new(&"example.org/log".parse()?, 0, Hash::of(b"")).sign(&key)?.to_string();
/// let checkpoint = Checkpoint::open(&note, &[key.verifier().clone()])?;
/// assert_eq!((checkpoint.origin(), checkpoint.size()), ("example.org/log", 0));
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// Returns the checkpoint of a log at this size.
    pub fn new(log: &LogName, size: u64, root: Hash) -> Self {
        Self { origin: log.as_str().to_owned(), size, root, extensions: Vec::new() }
    }

    /// Reads a signed note, checks its signatures, and returns the checkpoint that it is of.
    ///
    /// # Errors
    /// As [`SignedNote::from_str`], [`SignedNote::verify`] and [`Checkpoint::from_str`].
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, AuditError> {
        let note: SignedNote = note.parse()?;
        note.verify(keys)?;
        note.text().parse()
    }

    /// Returns the signed note.
    ///
    /// # Errors
    /// `Note` where an extension line that was read has a control character.
    pub fn sign(&self, key: &SignerKey) -> Result<SignedNote, AuditError> {
        SignedNote::sign(&self.to_string(), &[key])
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many lines the log had.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Lines below the root that mean nothing here.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

/// A number as a checkpoint and a proof have it: digits without leading zeros.
pub(super) fn whole(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|number| plain && *number <= MAX_SIZE)
}

/// A hash in base64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    Some(Hash::from_bytes(STANDARD.decode(text).ok()?.try_into().ok()?))
}

impl FromStr for Checkpoint {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let wrong = |reason| Err(AuditError::Checkpoint { reason });
        let Some(text) = text.strip_suffix('\n') else { return wrong("its last line does not end") };
        let mut lines = text.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty());
        let (Some(origin), Some(size), Some(root)) = (line(), line(), line()) else {
            return wrong("it has an origin, a size and a root, each on a line");
        };
        let Some(size) = whole(size) else { return wrong("its size is no whole number up to 2^53 - 1") };
        let Some(root) = hash(root) else { return wrong("its root is not the base64 of 32 bytes") };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return wrong("a line below its root is empty");
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.as_bytes()))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
