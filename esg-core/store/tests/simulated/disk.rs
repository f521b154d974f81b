//! A disk that keeps only what it must: between a write and its sync anything may be lost, and any call may fail.
//!
//! A file has bytes that can be read now and bytes that survive. A sync that works makes them equal where something was
//! written. A sync that fails forgets what was to be written, as Linux does: what can be read stays, and a later sync that
//! works does not bring it to the disk.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use esg_store::{Disk, DiskFile};

use crate::rng::Rng;

/// Files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

#[derive(Clone, Debug, Default)]
struct File {
    /// What can be read.
    seen: Vec<u8>,
    /// What survives.
    kept: Vec<u8>,
    /// Written and not synced: ranges of `seen`.
    dirty: Vec<Range<usize>>,
    /// A cut that can be seen and may not survive.
    cut: Option<usize>,
    /// False while the name itself may be lost.
    named: bool,
    /// What may be there after a crash instead, where another file took this name's place: its bytes, or nothing.
    before: Option<Option<Vec<u8>>>,
}

impl File {
    fn whole(bytes: &[u8]) -> Self {
        Self { seen: bytes.to_vec(), kept: bytes.to_vec(), named: true, ..Self::default() }
    }

    fn sync(&mut self) {
        if let Some(cut) = self.cut.take() {
            self.kept.truncate(cut);
        }
        for range in std::mem::take(&mut self.dirty) {
            put(&mut self.kept, range.start, &self.seen[range]);
        }
        // A length is kept by a sync too; what was forgotten before comes back as zeros.
        self.kept.resize(self.seen.len(), 0);
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    if bytes.len() < at + new.len() {
        bytes.resize(at + new.len(), 0);
    }
    bytes[at..at + new.len()].copy_from_slice(new);
}

#[derive(Debug)]
struct State {
    files: BTreeMap<String, File>,
    rng: Rng,
    /// Calls until the machine stops.
    crash_in: Option<u64>,
    /// One in so many calls fails; none for 0.
    fails: usize,
    crashed: bool,
    /// Removed, and the folder is not synced yet.
    removed: BTreeMap<String, File>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Fate {
    Works,
    /// It fails, or the machine stops in it, after as much of it as the number says: nothing, some, all.
    Breaks(usize),
}

#[derive(Clone, Debug)]
pub struct SimDisk(Arc<Mutex<State>>);

impl SimDisk {
    pub fn new(seed: u64) -> Self {
        let state = State {
            files: BTreeMap::new(),
            rng: Rng::new(seed),
            crash_in: None,
            fails: 0,
            crashed: false,
            removed: BTreeMap::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From now on the machine stops in the call of that number, and one in `fails` calls fails.
    pub fn plan(&self, crash_in: Option<u64>, fails: usize) {
        let mut state = self.state();
        (state.crash_in, state.fails) = (crash_in, fails);
    }

    pub fn crashed(&self) -> bool {
        self.state().crashed
    }

    /// What can be read.
    pub fn files(&self) -> Files {
        self.state().files.iter().map(|(name, file)| (name.clone(), file.seen.clone())).collect()
    }

    /// The machine starts again: of every write that was not synced all, some or nothing is there.
    pub fn power_cut(&self) {
        let State { files, rng, crashed, removed, .. } = &mut *self.state();
        *crashed = false;
        for (name, file) in std::mem::take(removed) {
            if rng.once_in(2) {
                files.entry(name).or_insert(file);
            }
        }
        let names: Vec<String> = files.keys().cloned().collect();
        for name in names {
            let file = files.get_mut(&name).unwrap();
            if let Some(before) = file.before.take()
                && rng.once_in(2)
            {
                match before {
                    Some(bytes) => *file = File::whole(&bytes),
                    None => {
                        files.remove(&name);
                        continue;
                    }
                }
            }
            if !file.named && rng.once_in(2) {
                files.remove(&name);
                continue;
            }
            if let Some(cut) = file.cut.take()
                && rng.once_in(2)
            {
                file.kept.truncate(cut);
            }
            for range in std::mem::take(&mut file.dirty) {
                let survives = match rng.below(4) {
                    0 => range.len(),
                    1 => 0,
                    _ => rng.below(range.len() + 1),
                };
                if survives > 0 {
                    put(&mut file.kept, range.start, &file.seen[range.start..range.start + survives]);
                }
                if rng.once_in(4) && file.kept.len() < range.end {
                    file.kept.resize(range.end, 0);
                }
            }
            file.seen.clone_from(&file.kept);
            file.named = true;
        }
    }

    /// The system takes out of its memory what it thinks is on the disk.
    pub fn forget_clean(&self) {
        for file in self.state().files.values_mut().filter(|file| file.cut.is_none()) {
            let mut bytes = file.kept.clone();
            for range in &file.dirty {
                put(&mut bytes, range.start, &file.seen[range.clone()]);
            }
            bytes.resize(file.seen.len(), 0);
            file.seen = bytes;
        }
    }
}

impl State {
    fn fate(&mut self) -> Result<Fate> {
        if self.crashed {
            return Err(stopped());
        }
        match &mut self.crash_in {
            Some(0) => {
                self.crashed = true;
                return Ok(Fate::Breaks(self.rng.below(3)));
            }
            Some(calls) => *calls -= 1,
            None => {}
        }
        let fails = self.fails > 0 && self.rng.once_in(self.fails);
        Ok(if fails { Fate::Breaks(self.rng.below(3)) } else { Fate::Works })
    }

    fn failure(&mut self) -> Error {
        match (self.crashed, self.rng.below(2)) {
            (true, _) => stopped(),
            (false, 0) => Error::new(ErrorKind::StorageFull, "no space left on device"),
            (false, _) => Error::other("input/output error"),
        }
    }

    /// A call that only reads: it works or it does not.
    fn read(&mut self) -> Result<()> {
        match self.fate()? {
            Fate::Works => Ok(()),
            Fate::Breaks(_) => Err(self.failure()),
        }
    }

    /// Makes some of what was written in a file durable, and forgets that the rest was not.
    fn half_sync(&mut self, name: &str) {
        let file = self.files.get_mut(name).unwrap();
        for range in std::mem::take(&mut file.dirty) {
            let survives = self.rng.below(range.len() + 1);
            if survives > 0 {
                put(&mut file.kept, range.start, &file.seen[range.start..range.start + survives]);
            }
        }
    }
}

fn stopped() -> Error {
    Error::other("the machine stopped")
}

fn absent(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no file {name}"))
}

impl Disk for SimDisk {
    type File = SimFile;

    fn append(&self, name: &str) -> Result<SimFile> {
        let mut state = self.state();
        let fate = state.fate()?;
        if fate != Fate::Breaks(0) {
            state.files.entry(name.to_owned()).or_default();
        }
        match fate {
            Fate::Works => Ok(SimFile { disk: self.clone(), name: name.to_owned() }),
            Fate::Breaks(_) => Err(state.failure()),
        }
    }

    fn read(&self, name: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let mut state = self.state();
        state.read()?;
        let seen = &state.files.get(name).ok_or_else(|| absent(name))?.seen;
        let place = |at: u64| seen.len().min(usize::try_from(at).unwrap_or(usize::MAX));
        Ok(seen[place(range.start)..place(range.end)].to_vec())
    }

    fn len(&self, name: &str) -> Result<Option<u64>> {
        let mut state = self.state();
        state.read()?;
        Ok(state.files.get(name).map(|file| file.seen.len() as u64))
    }

    fn truncate(&self, name: &str, len: u64) -> Result<()> {
        let mut state = self.state();
        let fate = state.fate()?;
        let file = state.files.get_mut(name).ok_or_else(|| absent(name))?;
        let len = usize::try_from(len).unwrap();
        if fate != Fate::Breaks(0) {
            file.seen.truncate(len);
            file.dirty.iter_mut().for_each(|range| range.end = range.end.min(len));
            file.dirty.retain(|range| !range.is_empty());
            file.cut = Some(len);
        }
        match fate {
            Fate::Works => {
                file.sync();
                Ok(())
            }
            Fate::Breaks(_) => Err(state.failure()),
        }
    }

    fn rewrite(&self, name: &str, at: u64, bytes: &[u8]) -> Result<()> {
        let mut file = SimFile { disk: self.clone(), name: name.to_owned() };
        file.put(Some(usize::try_from(at).unwrap()), bytes)?;
        file.sync()
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut state = self.state();
        let fate = state.fate()?;
        match fate {
            Fate::Works => {
                state.files.insert(name.to_owned(), File::whole(bytes));
                state.files.remove(&format!("{name}.new"));
                return Ok(());
            }
            Fate::Breaks(0) => {
                let written = state.rng.below(bytes.len() + 1);
                let draft = File { seen: bytes[..written].to_vec(), ..File::default() };
                state.files.insert(format!("{name}.new"), draft);
            }
            Fate::Breaks(_) => {
                let before = state.files.get(name).map(|file| file.kept.clone());
                let file = File { before: Some(before), ..File::whole(bytes) };
                state.files.insert(name.to_owned(), file);
            }
        }
        Err(state.failure())
    }

    fn add(&self, folder: &str, files: &[(String, &[u8])]) -> Result<()> {
        for (name, bytes) in files {
            assert!(!self.state().files.contains_key(name), "{name} was there before");
            let mut file = self.append(name)?;
            file.write(bytes)?;
            file.sync()?;
        }
        self.sync_folder(folder)
    }

    fn remove(&self, name: &str) -> Result<()> {
        let mut state = self.state();
        let fate = state.fate()?;
        match fate {
            Fate::Works => {
                state.files.remove(name);
                return Ok(());
            }
            // It is not there any more, and may be again after a crash.
            Fate::Breaks(1) => {
                let file = state.files.remove(name);
                state.removed.extend(file.map(|file| (name.to_owned(), file)));
            }
            Fate::Breaks(2) => {
                state.files.remove(name);
            }
            Fate::Breaks(_) => {}
        }
        Err(state.failure())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let mut state = self.state();
        state.read()?;
        let within = |name: &String| name.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned);
        Ok(state.files.keys().filter_map(within).collect())
    }

    fn sync_folder(&self, folder: &str) -> Result<()> {
        let mut state = self.state();
        let fate = state.fate()?;
        if fate != Fate::Breaks(0) {
            state.removed.retain(|name, _| !name.starts_with(&format!("{folder}/")));
            for (name, file) in &mut state.files {
                if name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) {
                    (file.named, file.before) = (true, None);
                }
            }
        }
        match fate {
            Fate::Works => Ok(()),
            Fate::Breaks(_) => Err(state.failure()),
        }
    }
}

#[derive(Debug)]
pub struct SimFile {
    disk: SimDisk,
    name: String,
}

impl SimFile {
    /// Writes at a place, or at the end.
    fn put(&mut self, at: Option<usize>, bytes: &[u8]) -> Result<()> {
        let mut state = self.disk.state();
        let fate = state.fate()?;
        let written = match fate {
            Fate::Works | Fate::Breaks(2) => bytes.len(),
            Fate::Breaks(0) => 0,
            Fate::Breaks(_) => state.rng.below(bytes.len() + 1),
        };
        let file = state.files.get_mut(&self.name).ok_or_else(|| absent(&self.name))?;
        let at = at.unwrap_or(file.seen.len());
        if written > 0 {
            put(&mut file.seen, at, &bytes[..written]);
            file.dirty.push(at..at + written);
        }
        match fate {
            Fate::Works => Ok(()),
            Fate::Breaks(_) => Err(state.failure()),
        }
    }
}

impl DiskFile for SimFile {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.put(None, bytes)
    }

    fn sync(&mut self) -> Result<()> {
        let mut state = self.disk.state();
        match state.fate()? {
            Fate::Works => {
                state.files.get_mut(&self.name).unwrap().sync();
                Ok(())
            }
            Fate::Breaks(some) => {
                // The machine may stop when all is there; a system that reports an error has forgotten what it could not do.
                match (some, state.crashed) {
                    (2, _) => state.files.get_mut(&self.name).unwrap().sync(),
                    (_, true) => {}
                    (_, false) => state.half_sync(&self.name),
                }
                Err(state.failure())
            }
        }
    }
}
