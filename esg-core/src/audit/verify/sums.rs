//! The list of sealed segments in the form of `sha256sum`.

use std::collections::BTreeMap;

use crate::audit::AuditError;
use crate::audit::hash::Hash;

/// What the list says and has not yet been looked at.
#[derive(Clone)]
pub(super) struct Sums(BTreeMap<String, Hash>);

/// The file name of a segment as the list has it.
pub(super) fn file(segment: u64) -> String {
    format!("log/{segment:08}.jsonl")
}

fn wrong(file: impl Into<String>, reason: &'static str) -> AuditError {
    AuditError::Sums { file: file.into(), reason }
}

impl Sums {
    /// Reads lines of a hash, two spaces and a name.
    pub fn read(text: &str, mut found: impl FnMut(AuditError)) -> Self {
        let mut sums = BTreeMap::new();
        for line in text.split_terminator('\n') {
            let shown = || line.chars().take(100).collect::<String>();
            match line.split_once("  ").map(|(hash, name)| (hash.parse(), name)) {
                Some((Ok(hash), name)) => {
                    if sums.insert(name.to_owned(), hash).is_some() {
                        found(wrong(name, "is listed twice"));
                    }
                }
                _ => found(wrong(shown(), "is no line of a hash, two spaces and a name")),
            }
        }
        Self(sums)
    }

    /// Compares the list with a segment. One that is not sealed need not be in it.
    pub fn check(&mut self, segment: u64, sealed: bool, got: Hash) -> Result<(), AuditError> {
        let name = file(segment);
        match self.0.remove(&name) {
            Some(said) if said == got => Ok(()),
            Some(_) => Err(wrong(name, "has another SHA-256 than is listed")),
            None if sealed => Err(wrong(name, "is sealed and not listed")),
            None => Ok(()),
        }
    }

    /// What is listed and was not there.
    pub fn missing(self) -> impl Iterator<Item = AuditError> {
        self.0.into_keys().map(|name| wrong(name, "is listed and is not there"))
    }
}
