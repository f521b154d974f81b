//! What is staged and not yet durable.

use ahash::AHashMap as HashMap;

use crate::audit::{Hash, RecordKind};
use crate::store::{Events, Key, Known, Payload, Redacted};

#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) lines: Vec<u8>,
    /// `ends[line]`, behind its LF.
    pub(super) ends: Vec<usize>,
    pub(super) leaves: Vec<Hash>,
    pub(super) events: Vec<Events>,
    pub(super) marks: Vec<(u64, RecordKind)>,
    pub(super) payloads: Vec<Payload>,
    pub(super) redacted: Vec<Redacted>,
    /// Events that the store does not know yet.
    pub(super) keys: HashMap<Key, Known>,
}

/// Bytes of lines above which a buffer is not kept for the next commit.
const MAX_KEPT: usize = 64 << 20;

impl Pending {
    /// Empties it. The buffers stay for the next commit, because fresh memory costs more than the lines in it.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.lines.shrink_to(MAX_KEPT);
        self.ends.clear();
        self.leaves.clear();
        self.events.clear();
        self.marks.clear();
        self.payloads.clear();
        self.redacted.clear();
        self.keys.clear();
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// A line without its LF; `first` is the place of the first one.
pub(super) fn line<'l>(lines: &'l [u8], ends: &[usize], first: u64, seq: u64) -> Option<&'l [u8]> {
    let at = usize::try_from(seq.checked_sub(first)?).ok()?;
    let from = if at == 0 { 0 } else { ends[at - 1] };
    Some(&lines[from..*ends.get(at)? - 1])
}
