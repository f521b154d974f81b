//! The key of a ledger: made with it, kept beside it, and never in the log.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use esg_core::audit::{SignerKey, VerifierKey};
use esg_core::error::Error;
use esg_core::store::StoreError;

use crate::disk::{Disk, Folder};
use crate::segments::failed;

/// File of the secret key.
pub const SECRET: &str = "key";
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
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| StoreError::Io {
        place: "the system's source of chance".to_owned(),
        action: "read",
        reason: error.to_string(),
    })?;
    let key = SignerKey::from_seed(name, &seed)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Whole or not there: half a key would be refused at every opening.
    let draft = folder.join("key.new");
    let write = || {
        if draft.exists() {
            fs::remove_file(&draft)?;
        }
        let mut file = options.open(&draft)?;
        file.write_all(format!("{}\n", key.secret_text()).as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, folder.join(SECRET))?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(failed(SECRET, "make"))?;
    Ok(key)
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

/// Reads the key; none where the folder has only the public half, as a copy for an auditor has.
///
/// # Errors
/// `Io`, `Key`.
pub fn read(folder: &Path) -> Result<Option<SignerKey>, Error> {
    match fs::read_to_string(folder.join(SECRET)) {
        Ok(text) => Ok(Some(SignerKey::from_secret_text(text.trim_end())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(SECRET, "read")(error).into()),
    }
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
