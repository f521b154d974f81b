//! A proof in one file: a line's place, the hashes that lead to the root, and the checkpoint with that root.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::AuditError;
use super::checkpoint::{Checkpoint, hash, whole};
use super::hash::Hash;
use super::key::VerifierKey;
use super::proof::verify_inclusion;
use super::word::LogName;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^53 leaves is no higher.
const MAX_HASHES: usize = 53;

/// That a line is in a log, to be checked offline with the log's name and key.
///
/// # Source
/// C2SP tlog-proof.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlogProof {
    /// Anything of the application's; nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The number of the line.
    pub index: u64,
    /// Siblings from the leaf up.
    pub hashes: Vec<Hash>,
    /// The signed note of the checkpoint, as it was issued.
    pub checkpoint: String,
}

impl TlogProof {
    /// Checks the checkpoint's signature and that `leaf` is the line `index` of this log, and returns the checkpoint.
    ///
    /// # Errors
    /// As [`Checkpoint::open`] and [`verify_inclusion`]; `Origin` for a checkpoint of another log.
    pub fn verify(&self, leaf: Hash, log: &LogName, keys: &[VerifierKey]) -> Result<Checkpoint, AuditError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, keys)?;
        if checkpoint.origin() != log.as_str() {
            return Err(AuditError::Origin { got: checkpoint.origin().to_owned(), log: log.clone() });
        }
        verify_inclusion(leaf, self.index, checkpoint.size(), &self.hashes, checkpoint.root())?;
        Ok(checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let wrong = |reason| Err(AuditError::TlogProof { reason });
        let Some((head, checkpoint)) = text.split_once("\n\n") else {
            return wrong("no blank line stands before its checkpoint");
        };
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return wrong("its first line is not c2sp.org/tlog-proof@v1");
        }
        let mut line = lines.next().unwrap_or_default();
        let extra = line.strip_prefix("extra ").map(|data| STANDARD.decode(data));
        if extra.is_some() {
            line = lines.next().unwrap_or_default();
        }
        let Ok(extra) = extra.transpose() else { return wrong("its extra data is not base64") };
        let Some(index) = line.strip_prefix("index ").and_then(whole) else {
            return wrong("it has no line with the word index and a whole number");
        };
        let Some(hashes) = lines.map(hash).collect::<Option<Vec<_>>>() else {
            return wrong("a line between its index and its checkpoint is not the base64 of 32 bytes");
        };
        if hashes.len() > MAX_HASHES {
            return wrong("it has more than 53 hashes");
        }
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
