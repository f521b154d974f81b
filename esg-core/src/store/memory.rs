//! A store in memory, for what needs not outlive the process: trials, tests, notebooks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ahash::AHashMap as HashMap;

use super::{Commit, Events, Key, Known, Reader, Redacted, Replaced, Store, StoreError, Wanted};
use crate::audit::{Chain, Hash, LogName, RecordKind};

/// A ledger's store that is gone with the process.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    kept: Arc<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    chain: Chain,
    lines: Vec<u8>,
    /// `ends[line]`, behind its LF.
    ends: Vec<usize>,
    leaves: Vec<Hash>,
    events: Vec<Events>,
    keys: HashMap<Key, Known>,
    marks: Vec<(u64, RecordKind)>,
    payloads: HashMap<u64, Vec<u8>>,
    redacted: BTreeMap<u64, Redacted>,
}

impl MemoryStore {
    /// Returns an empty store of the log `name`.
    pub fn new(name: LogName) -> Self {
        let kept = Kept {
            chain: Chain::new(name),
            lines: Vec::new(),
            ends: Vec::new(),
            leaves: Vec::new(),
            events: Vec::new(),
            keys: HashMap::new(),
            marks: Vec::new(),
            payloads: HashMap::new(),
            redacted: BTreeMap::new(),
        };
        Self { kept: Arc::new(kept) }
    }
}

impl Reader for MemoryStore {
    fn name(&self) -> &LogName {
        self.kept.chain.name()
    }

    fn size(&self) -> u64 {
        self.kept.chain.size()
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        Ok(Events::concat(self.kept.events.iter().map(|events| events.clone().wanted(wanted))))
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        let gone = self.kept.redacted.values().filter_map(Redacted::replaced);
        let mut replaced: Vec<Replaced> =
            self.kept.events.iter().flat_map(Events::replaced).chain(gone).collect();
        replaced.sort_unstable_by_key(|replaced| replaced.by);
        Ok(replaced)
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        Ok(self.kept.marks.iter().filter(|(_, of)| *of == kind).map(|(seq, _)| *seq).collect())
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        let size = self.size();
        if range.end > size {
            return Err(StoreError::Missing { seq: range.start.max(size), size });
        }
        for seq in range {
            let at = usize::try_from(seq).expect("it is a line in memory");
            let start = if at == 0 { 0 } else { self.kept.ends[at - 1] };
            if !each(seq, &self.kept.lines[start..self.kept.ends[at] - 1]) {
                break;
            }
        }
        Ok(())
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept.payloads.get(&seq).cloned())
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        Ok(self.kept.redacted.values().cloned().collect())
    }

    fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let missing = StoreError::Missing { seq: range.start.max(self.size()), size: self.size() };
        let (Ok(start), Ok(end)) = (usize::try_from(range.start), usize::try_from(range.end)) else {
            return Err(missing);
        };
        self.kept.leaves.get(start..end).map(<[Hash]>::to_vec).ok_or(missing)
    }
}

impl Store for MemoryStore {
    fn chain(&self) -> Result<Chain, StoreError> {
        Ok(self.kept.chain.clone())
    }

    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError> {
        Ok(keys.iter().map(|key| self.kept.keys.get(key).copied()).collect())
    }

    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        // A snapshot that still lives keeps what it has; this store then works on a copy.
        let kept = Arc::make_mut(&mut self.kept);
        kept.chain = commit.chain.clone();
        let before = kept.lines.len();
        kept.ends.extend(commit.ends.iter().map(|end| before + end));
        kept.lines.extend_from_slice(commit.lines);
        kept.leaves.extend_from_slice(commit.leaves);
        for events in &commit.events {
            let known = |event: usize| Known {
                seq: events.batch.line[event],
                fingerprint: Some(events.fingerprints[event]),
            };
            kept.keys.extend((0..events.len()).map(|event| (events.keys[event], known(event))));
        }
        kept.events.extend(commit.events);
        kept.marks.extend_from_slice(commit.marks);
        kept.payloads.extend(commit.payloads.iter().map(|payload| (payload.seq, payload.file.clone())));
        for redacted in commit.redacted {
            let seq = redacted.seq;
            kept.payloads.remove(&seq);
            kept.keys.insert(redacted.key, Known { seq, fingerprint: None });
            if let Some(events) = kept.events.iter_mut().find(|events| events.at(seq).is_some()) {
                *events = events.without(seq)?;
            }
            kept.redacted.insert(seq, redacted.clone());
        }
        Ok(())
    }

    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(self.clone()))
    }
}
