//! The few things that a log asks of a disk, so that a test can be a worse disk than any real one.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Syncs that are asked for at once where many files are added.
const SYNCS: usize = 32;

/// A folder on a disk. Names are relative to it, with `/` between their parts.
pub trait Disk: Debug + Send + Sync + 'static {
    /// A file that is written at its end.
    type File: DiskFile;

    /// Opens a file to write at its end; makes it where it is not there.
    ///
    /// # Errors
    /// As the operating system says.
    fn append(&self, name: &str) -> io::Result<Self::File>;

    /// Reads bytes of a file; fewer where it ends before.
    ///
    /// # Errors
    /// As the operating system says.
    fn read(&self, name: &str, range: Range<u64>) -> io::Result<Vec<u8>>;

    /// Returns the length of a file, or nothing where there is none.
    ///
    /// # Errors
    /// As the operating system says.
    fn len(&self, name: &str) -> io::Result<Option<u64>>;

    /// Cuts a file, durably.
    ///
    /// # Errors
    /// As the operating system says.
    fn truncate(&self, name: &str, len: u64) -> io::Result<()>;

    /// Writes bytes that are there already once more, durably.
    ///
    /// What can be read need not have reached the disk: the process that wrote it may have been killed before its sync, or
    /// its sync failed, after which a system takes the bytes for written. Only writing them again makes sure.
    ///
    /// # Errors
    /// As the operating system says.
    fn rewrite(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Puts a whole file in the place of another one, durably: afterwards it has the old content or the new.
    ///
    /// # Errors
    /// As the operating system says.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Adds whole files to a folder, durably: when it returns all of them survive a crash. None may be there before. After a
    /// crash within the call any of them may be there, whole or in part.
    ///
    /// # Errors
    /// As the operating system says.
    fn add(&self, folder: &str, files: &[(String, &[u8])]) -> io::Result<()>;

    /// Removes a file, durably; one that is not there is no error.
    ///
    /// # Errors
    /// As the operating system says; then it may be there or not.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Names of the files in a folder, sorted; none where there is no such folder.
    ///
    /// # Errors
    /// As the operating system says.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes the names in a folder durable, and the folder where it is not there.
    ///
    /// # Errors
    /// As the operating system says.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;
}

/// A file that is written at its end.
pub trait DiskFile: Debug + Send {
    /// Writes all bytes behind those that are there.
    ///
    /// # Errors
    /// As the operating system says; then some of them may be there.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Says that a [`sync`](DiskFile::sync) will follow, so that the disk may begin with it. Nothing depends on it.
    fn begin_sync(&mut self) {}

    /// Returns when everything that was written survives a crash.
    ///
    /// # Errors
    /// As the operating system says; then nobody knows what survives.
    fn sync(&mut self) -> io::Result<()>;
}

/// A folder of this machine.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Returns the folder at a path.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Disk for Folder {
    type File = LogFile;

    fn append(&self, name: &str) -> io::Result<LogFile> {
        let file = OpenOptions::new().append(true).create(true).open(self.0.join(name))?;
        Ok(LogFile { file: Arc::new(file), begun: None, dirty: false })
    }

    fn read(&self, name: &str, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.0.join(name))?;
        let end = range.end.min(file.metadata()?.len());
        let mut bytes = Vec::with_capacity(usize::try_from(end.saturating_sub(range.start)).unwrap_or(0));
        file.seek(SeekFrom::Start(range.start))?;
        file.take(end.saturating_sub(range.start)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn len(&self, name: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.0.join(name)) {
            Ok(found) => Ok(Some(found.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.0.join(name))?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn rewrite(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.0.join(name))?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        let mut draft = path.clone().into_os_string();
        draft.push(".new");
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn add(&self, folder: &str, files: &[(String, &[u8])]) -> io::Result<()> {
        self.sync_folder(folder)?;
        // A file system makes durable at once what several ask for at once.
        let each = |(name, bytes): &(String, &[u8])| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(self.0.join(name))?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        let part = files.len().div_ceil(SYNCS).max(1);
        let added: Vec<io::Result<()>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                files.chunks(part).map(|part| scope.spawn(|| part.iter().try_for_each(each))).collect();
            let panicked = |_| Err(io::Error::other("a thread that wrote files ended early"));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
        });
        added.into_iter().collect::<io::Result<()>>()?;
        self.sync_folder(folder)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.0.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match path.parent() {
            Some(folder) if folder.exists() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.0.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names: Vec<String> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let path = self.0.join(folder);
        if !path.exists() {
            fs::create_dir_all(&path)?;
            // Its own name is one of the folder that it is in.
            File::open(&self.0)?.sync_all()?;
        }
        File::open(path)?.sync_all()
    }
}

/// A file of a [`Folder`] that is written at its end.
#[derive(Debug)]
pub struct LogFile {
    file: Arc<File>,
    /// A sync that another thread waits for.
    begun: Option<JoinHandle<io::Result<()>>>,
    /// Something was written that it need not cover.
    dirty: bool,
}

impl DiskFile for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.dirty = true;
        (&*self.file).write_all(bytes)
    }

    fn begin_sync(&mut self) {
        if self.begun.is_none() && self.dirty {
            let file = Arc::clone(&self.file);
            // Where no thread can be had, all of it is done by `sync`.
            self.begun = std::thread::Builder::new().spawn(move || file.sync_data()).ok();
            self.dirty = self.begun.is_none();
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(begun) = self.begun.take() {
            // An error is told to one of those who sync, so it has to be heard.
            begun.join().map_err(|_| io::Error::other("a thread that synced ended early"))??;
        }
        if std::mem::take(&mut self.dirty) { self.file.sync_data() } else { Ok(()) }
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            // Whoever drops it unsynced has promised nothing; the thread ends before the folder is unlocked.
            let _ = begun.join();
        }
    }
}
