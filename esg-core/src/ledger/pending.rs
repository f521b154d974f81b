//! What is staged and not yet durable.

use ahash::AHashMap as HashMap;

use crate::audit::{Hash, RecordKind};
use crate::store::{Events, Key, Known};

#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) lines: Vec<u8>,
    pub(super) leaves: Vec<Hash>,
    pub(super) events: Vec<Events>,
    pub(super) marks: Vec<(u64, RecordKind)>,
    /// Events that the store does not know yet.
    pub(super) keys: HashMap<Key, Known>,
}

impl Pending {
    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}
