//! The key of a ledger: made with it, kept beside it, and never in the log.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use esg_core::audit::{SignerKey, VerifierKey};
use esg_core::error::Error;
use esg_core::store::StoreError;

use crate::chance::chance;
use crate::disk::{Disk, Folder};
use crate::segments::failed;

/// File of the secret key.
pub const SECRET: &str = "key";
/// File of a key that is to take the secret key's place.
const NEXT: &str = "key.next";
/// File of the public keys, one a line, the first one first.
pub const PUBLIC: &str = "key.pub";

/// Makes the key of a new ledger where there is none yet, and its public half: a crash may have come between the two.
///
/// # Errors
/// `Io`, `Key`.
pub fn make(folder: &Path, name: &str) -> Result<(), Error> {
    let key = match read(folder)? {
        Some(key) => key,
        None => make_secret(folder, name)?,
    };
    if public(folder)?.is_empty() {
        let line = format!("{}\n", key.verifier());
        Folder::new(folder).replace(PUBLIC, line.as_bytes()).map_err(failed(PUBLIC, "make"))?;
    }
    Ok(())
}

fn make_secret(folder: &Path, name: &str) -> Result<SignerKey, Error> {
    let key = fresh(name)?;
    write_secret(folder, SECRET, &key)?;
    Ok(key)
}

/// A key of the system's chance.
fn fresh(name: &str) -> Result<SignerKey, Error> {
    let mut seed = [0; 32];
    chance(&mut seed)?;
    Ok(SignerKey::from_seed(name, &seed)?)
}

/// Writes a secret key for its owner's eyes, whole or not at all: half a key would be refused at every opening.
fn write_secret(folder: &Path, file: &str, key: &SignerKey) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let draft = folder.join("key.new");
    let write = || {
        if draft.exists() {
            fs::remove_file(&draft)?;
        }
        let mut secret = options.open(&draft)?;
        secret.write_all(format!("{}\n", key.secret_text()).as_bytes())?;
        secret.sync_all()?;
        fs::rename(&draft, folder.join(file))?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(failed(file, "make"))
}

fn read_secret(folder: &Path, file: &str) -> Result<Option<SignerKey>, Error> {
    match fs::read_to_string(folder.join(file)) {
        Ok(text) => Ok(Some(SignerKey::from_secret_text(text.trim_end())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(file, "read")(error).into()),
    }
}

/// Lets nobody but its owner read the secret key.
///
/// # Errors
/// `Io`.
pub fn protect(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        match fs::set_permissions(folder.join(SECRET), mode) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(SECRET, "protect")(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes another key, which is not the ledger's until [`adopt`] says so.
///
/// # Errors
/// `Io`.
pub fn draft(folder: &Path, name: &str) -> Result<SignerKey, Error> {
    let key = fresh(name)?;
    write_secret(folder, NEXT, &key)?;
    Ok(key)
}

/// Reads the key that [`draft`] made; none where there is none.
///
/// # Errors
/// `Io`, `Key`.
pub fn drafted(folder: &Path) -> Result<Option<SignerKey>, Error> {
    read_secret(folder, NEXT)
}

/// Adds a key to the public ones, last.
///
/// # Errors
/// `Io`, `Key`.
pub fn list(folder: &Path, key: &SignerKey) -> Result<(), Error> {
    let mut lines: String = public(folder)?.iter().map(|key| format!("{key}\n")).collect();
    let line = format!("{}\n", key.verifier());
    if !lines.contains(&line) {
        lines.push_str(&line);
        Folder::new(folder).replace(PUBLIC, lines.as_bytes()).map_err(failed(PUBLIC, "write"))?;
    }
    Ok(())
}

/// Puts the drafted key in the place of the ledger's.
///
/// # Errors
/// `Io`.
pub fn adopt(folder: &Path) -> Result<(), Error> {
    fs::rename(folder.join(NEXT), folder.join(SECRET)).map_err(failed(SECRET, "replace"))?;
    Ok(Folder::new(folder).sync_folder(".").map_err(failed(SECRET, "sync"))?)
}

/// Forgets a drafted key.
///
/// # Errors
/// `Io`.
pub fn forget(folder: &Path) -> Result<(), Error> {
    Ok(fs::remove_file(folder.join(NEXT)).map_err(failed(NEXT, "remove"))?)
}

/// Reads the key; none where the folder has only the public half, as a copy for an auditor has.
///
/// # Errors
/// `Io`, `Key`.
pub fn read(folder: &Path) -> Result<Option<SignerKey>, Error> {
    read_secret(folder, SECRET)
}

/// Reads the public keys, the first one first.
///
/// # Errors
/// `Io`, `Key`.
pub fn public(folder: &Path) -> Result<Vec<VerifierKey>, Error> {
    match fs::read_to_string(folder.join(PUBLIC)) {
        Ok(text) => text.lines().map(|line| Ok(line.parse()?)).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(PUBLIC, "read")(error).into()),
    }
}
