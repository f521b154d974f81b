//! A ledger in a folder that many threads write to and that is signed meanwhile.

use std::fs::File;
use std::path::{Path, PathBuf};

use esg_core::audit::SignerKey;
use esg_core::error::Error;
use esg_core::ledger::Ledger;

use crate::disk::Folder;
use crate::group::SharedLedger;
use crate::opening::sign_on;
use crate::store::LogStore;

/// A folder's ledger, shared.
#[derive(Debug)]
pub struct SharedFolder {
    shared: SharedLedger<LogStore>,
    path: PathBuf,
    key: Option<SignerKey>,
    /// Held while the ledger is open.
    lock: File,
}

impl SharedFolder {
    pub(crate) const fn new(
        ledger: Ledger<LogStore>,
        path: PathBuf,
        key: Option<SignerKey>,
        lock: File,
    ) -> Self {
        Self { shared: SharedLedger::new(ledger), path, key, lock }
    }

    /// The ledger.
    pub const fn ledger(&self) -> &SharedLedger<LogStore> {
        &self.shared
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As [`FolderLedger::sign`](crate::FolderLedger::sign).
    ///
    /// # Errors
    /// `Io`.
    pub fn sign(&self) -> Result<Option<String>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        self.shared.with(|ledger| sign_on(&Folder::new(&self.path), ledger, key)).map(Some)
    }

    /// As [`FolderLedger::close`](crate::FolderLedger::close).
    ///
    /// # Errors
    /// `Io`.
    pub fn close(self) -> Result<(), Error> {
        self.sign()?;
        let Self { shared, lock, .. } = self;
        let mut store = shared.into_ledger().into_store()?;
        store.keep_tail()?;
        drop(lock);
        Ok(())
    }
}
