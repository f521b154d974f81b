//! Keys: long random texts of which only a digest is kept.
//!
//! A digest without salt and without a slow function is enough, because a key has 256 bits of chance and is no password: nobody
//! finds it by trying. For the same reason comparing digests byte by byte tells nothing that helps to guess.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use esg_core::audit::Hash;
use esg_core::error::Error;
use esg_core::ledger::Tenant;
use esg_core::store::StoreError;
use esg_core::time::Instant as Time;
use esg_store::now;
use serde::{Deserialize, Serialize};

use super::caller::{Caller, Scope};
use crate::serve::problem::ServeError;

/// File of the keys, beside the ledger.
pub const FILE: &str = "keys.json";
/// What a key begins with, so that scanners for lost secrets know it.
const PREFIX: &str = "esg_";
/// Bytes of the name of a key.
const ID_BYTES: usize = 6;
/// Bytes of chance in a key.
const SECRET_BYTES: usize = 32;
/// How long the server trusts what it read of the file.
const FRESH: Duration = Duration::from_secs(1);

/// What is kept of a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Name of the key; the middle part of its text.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// SHA-256 of the text.
    pub sha256: String,
    /// Whose data it opens.
    pub tenant: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: String,
    /// From when on it does not hold; none for never.
    pub expires: Option<String>,
    /// When it was taken back.
    pub revoked: Option<String>,
}

/// All keys.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Keys, in the order in which they were made.
    pub keys: Vec<Key>,
}

impl Key {
    /// True for a text that is meant to be a key.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Makes a key and returns its text, which is nowhere else.
    ///
    /// # Errors
    /// `store.io` where the system gives no chance.
    pub fn make(
        label: &str,
        tenant: &Tenant,
        scopes: Vec<Scope>,
        expires: Option<Time>,
    ) -> Result<(Self, String), Error> {
        let mut chance = [0; ID_BYTES + SECRET_BYTES];
        getrandom::fill(&mut chance).map_err(|error| StoreError::Io {
            place: "the system's source of chance".to_owned(),
            action: "read",
            reason: error.to_string(),
        })?;
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let id = hex(&chance[..ID_BYTES]);
        let text = format!("{PREFIX}{id}_{}", hex(&chance[ID_BYTES..]));
        let key = Self {
            sha256: Hash::of(text.as_bytes()).to_string(),
            id,
            label: label.to_owned(),
            tenant: tenant.as_str().to_owned(),
            scopes,
            created: now()?.to_string(),
            expires: expires.map(|time| time.to_string()),
            revoked: None,
        };
        Ok((key, text))
    }

    /// True when it holds at that time. A time that cannot be read is over.
    pub fn holds(&self, at: Time) -> bool {
        let before = |text: &String| text.parse::<Time>().is_ok_and(|time| at < time);
        self.revoked.is_none() && self.expires.as_ref().is_none_or(before)
    }
}

impl KeyFile {
    /// Reads the keys of a file; none where there is no file.
    ///
    /// # Errors
    /// `store.io`; `store.corrupt` for a file of something else.
    pub fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        let place = path.display().to_string();
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(StoreError::Io { place, action: "read", reason: error.to_string() });
            }
        };
        let keys = serde_json::from_slice(&text);
        keys.map(Some).map_err(|error| StoreError::Corrupt { place, reason: error.to_string() })
    }

    /// Writes the keys, whole or not at all, for their owner's eyes.
    ///
    /// # Errors
    /// `store.io`.
    pub fn write(&self, path: &Path) -> Result<(), StoreError> {
        let write = || -> io::Result<()> {
            let draft = path.with_extension("new");
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&draft)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            fs::rename(&draft, path)
        };
        write().map_err(|error| StoreError::Io {
            place: path.display().to_string(),
            action: "write",
            reason: error.to_string(),
        })
    }
}

/// The keys of a running server, read again when their file changes: a key that is taken back stops holding at once.
#[derive(Debug)]
pub struct KeyStore {
    path: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    keys: KeyFile,
    changed: Option<SystemTime>,
    looked: Instant,
}

impl KeyStore {
    /// Returns the keys of a file; none where there is no file.
    ///
    /// # Errors
    /// As [`KeyFile::read`].
    pub fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        let changed = changed(path);
        let Some(keys) = KeyFile::read(path)? else { return Ok(None) };
        let kept = Mutex::new(Kept { keys, changed, looked: Instant::now() });
        Ok(Some(Self { path: path.to_owned(), kept }))
    }

    /// Returns whom a key stands for.
    ///
    /// # Errors
    /// `auth.invalid`.
    pub fn caller(&self, text: &str) -> Result<Caller, ServeError> {
        let wrong = ServeError::Credential { reason: "it is no key of this server" };
        let digest = Hash::of(text.as_bytes()).to_string();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh(&mut kept);
        let key = kept.keys.keys.iter().find(|key| key.sha256 == digest).ok_or(wrong.clone())?;
        let now = now().map_err(|_| ServeError::Internal)?;
        if !key.holds(now) {
            return Err(ServeError::Credential { reason: "it has expired or was revoked" });
        }
        let tenant = Tenant::new(&key.tenant).map_err(|_| wrong)?;
        Ok(Caller { tenant, actor: format!("key {}", key.id), scopes: key.scopes.clone() })
    }

    fn refresh(&self, kept: &mut Kept) {
        if kept.looked.elapsed() < FRESH {
            return;
        }
        kept.looked = Instant::now();
        let changed = changed(&self.path);
        if changed == kept.changed {
            return;
        }
        match KeyFile::read(&self.path) {
            Ok(keys) => {
                // Without its file no key holds: who takes the file away means that.
                kept.keys = keys.unwrap_or_default();
                kept.changed = changed;
                tracing::info!(keys = kept.keys.keys.len(), "the keys were read again");
            }
            Err(error) => tracing::error!(%error, "the keys cannot be read; those of before stay"),
        }
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}
