//! Factor sets that tenants add: each tenant sees the built-in ones and its own.
//!
//! A report that rests on a set can be made again only with it, so a set is on the disk before its sender is told. There is a file
//! for each, in the order in which they came, in a folder of the tenant.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use esg_core::audit::Hash;
use esg_core::error::Error;
use esg_core::face::Sets;
use esg_core::ledger::Tenant;
use esg_core::store::StoreError;

/// The sets of all tenants, as far as they were asked for.
#[derive(Debug)]
pub struct OwnSets {
    folder: PathBuf,
    built_in: Arc<Sets>,
    known: Mutex<HashMap<Tenant, Arc<Sets>>>,
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    let place = path.display().to_string();
    move |error| StoreError::Io { place, action, reason: error.to_string() }
}

impl OwnSets {
    /// The sets that are kept in a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, built_in: Arc::new(Sets::default()), known: Mutex::new(HashMap::new()) }
    }

    /// Returns the sets of a tenant.
    ///
    /// # Errors
    /// `store.io`; the codes of [`Sets::add`] for a file that is no set any more.
    pub fn of(&self, tenant: &Tenant) -> Result<Arc<Sets>, Error> {
        self.load(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner), tenant)
    }

    fn load(&self, known: &mut HashMap<Tenant, Arc<Sets>>, tenant: &Tenant) -> Result<Arc<Sets>, Error> {
        if let Some(sets) = known.get(tenant) {
            return Ok(Arc::clone(sets));
        }
        let mut sets = Arc::clone(&self.built_in);
        for path in self.files(tenant)? {
            let text = fs::read_to_string(&path).map_err(failed(&path, "read"))?;
            Arc::make_mut(&mut sets).add(&text)?;
        }
        known.insert(tenant.clone(), Arc::clone(&sets));
        Ok(sets)
    }

    /// Adds a set and returns all.
    ///
    /// # Errors
    /// As [`OwnSets::of`]; the codes of [`Sets::add`].
    pub fn add(&self, tenant: &Tenant, text: &str) -> Result<Arc<Sets>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sets = Sets::clone(&*self.load(&mut known, tenant)?);
        sets.add(text)?;
        let path = self.place(tenant).join(format!("{:08}.set", sets.added().len()));
        write(&path, text).map_err(failed(&path, "write"))?;
        let sets = Arc::new(sets);
        known.insert(tenant.clone(), Arc::clone(&sets));
        Ok(sets)
    }

    /// The folder of a tenant: its name may have any character, so it stands there as a digest.
    fn place(&self, tenant: &Tenant) -> PathBuf {
        self.folder.join(Hash::of(tenant.as_str().as_bytes()).to_string())
    }

    fn files(&self, tenant: &Tenant) -> Result<Vec<PathBuf>, StoreError> {
        let place = self.place(tenant);
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&place, "list")(error)),
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths = paths.collect::<io::Result<Vec<_>>>().map_err(failed(&place, "list"))?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "set"));
        paths.sort_unstable();
        Ok(paths)
    }
}

/// Writes a file whole or not at all, and durably.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let draft = path.with_extension("new");
    let mut file = fs::File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    fs::File::open(folder)?.sync_all()
}
