//! A registry that a caller fills, and that can be carried to another process.

use std::sync::Arc;

use crate::error::Error;
use crate::factor::{FactorError, Lock, Registry};
use crate::time::Day;

/// The built-in sets and those that the caller added, with the texts of these, so that the same can be made elsewhere.
#[derive(Clone, Debug)]
pub struct Sets {
    registry: Registry,
    added: Vec<Arc<str>>,
}

impl Default for Sets {
    fn default() -> Self {
        Self { registry: Registry::built_in(), added: Vec::new() }
    }
}

impl Sets {
    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The texts of the sets that were added, in order.
    pub fn added(&self) -> &[Arc<str>] {
        &self.added
    }

    /// Adds a set from its text: JSON Lines or one JSON document.
    ///
    /// # Errors
    /// As [`Registry::add_text`].
    pub fn add(&mut self, text: &str) -> Result<(), FactorError> {
        self.registry.add_text(text)?;
        self.added.push(text.into());
        Ok(())
    }

    /// Returns the versions and digests of all sets as a document.
    pub fn lock(&self) -> serde_json::Value {
        serde_json::json!(self.registry.lock())
    }

    /// Returns the registry with exactly the sets of a lock, each checked against its digest.
    ///
    /// # Errors
    /// `option.document` for a text that is no lock, and the codes of [`Registry::locked`].
    pub fn locked(&self, lock: &[u8]) -> Result<Self, Error> {
        crate::canonical::from_slice(lock)?;
        let lock: Lock = serde_json::from_slice(lock).map_err(|error| super::FaceError::Document {
            what: "lock of factor sets",
            reason: error.to_string(),
            nearest: Vec::new(),
        })?;
        Ok(Self { registry: self.registry.locked(&lock)?, added: self.added.clone() })
    }

    /// Returns the registry with only the sets that were published by `day`.
    #[must_use]
    pub fn as_of(&self, day: Day) -> Self {
        Self { registry: self.registry.as_of(day), added: self.added.clone() }
    }
}
