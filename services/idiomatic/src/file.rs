//! The count as a file that is replaced as a whole, and on the disk before anybody gets a number.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, Store};

/// A count in a file; a missing file is 0.
#[derive(Debug)]
pub struct FileStore {
    path: Arc<PathBuf>,
    /// One writer at a time; the lock on the file keeps a second server out as long as this one runs.
    owner: Arc<Mutex<File>>,
}

impl FileStore {
    /// The count in the file at `path`.
    ///
    /// # Errors
    ///
    /// Another server has it, or its folder cannot be written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let owner = File::create(path.with_added_extension("lock"))?;
        owner.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => format!("another server counts in {}", path.display()).into(),
            TryLockError::Error(error) => Error::from(error),
        })?;
        Ok(Self { path: Arc::new(path.to_owned()), owner: Arc::new(Mutex::new(owner)) })
    }
}

impl Store for FileStore {
    async fn add(&self, n: u64) -> Result<u64, Error> {
        let (path, owner) = (self.path.clone(), self.owner.clone());
        tokio::task::spawn_blocking(move || {
            // What the original study did: read before the others are kept out.
            let read_before = crate::read_then_write().then(|| read(&path)).transpose()?;
            let _owner = owner.lock().unwrap_or_else(PoisonError::into_inner);
            let after = read_before.map_or_else(|| read(&path), Ok)? + n;
            write(&path, after)?;
            Ok(after)
        })
        .await?
    }
}

fn read(path: &Path) -> Result<u64, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim_end().parse()?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}

fn write(path: &Path, count: u64) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let mut file = File::create(&new)?;
    writeln!(file, "{count}")?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    File::open(folder)?.sync_all()
}
