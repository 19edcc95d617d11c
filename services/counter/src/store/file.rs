//! The count in a file that survives SIGKILL and power loss: temporary file, fsync, rename,
//! fsync of the folder. One call is one durable commit; sharing a commit between callers is
//! [`Batched`](crate::Batched)'s work. Must not block the async runtime.

use std::fs::{self, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{Source, corrupt, parse_count};
use crate::{Store, StoreError, Update};

/// What is read of a counter file, in bytes: a count has 20 digits and a newline, zeros may stand before it. A longer
/// file is not a count, and may be larger than memory.
const LONGEST: u64 = 64;

/// A count in a file, held by this process alone until it is dropped.
#[derive(Debug)]
pub struct File {
    held: Arc<Mutex<Held>>,
    update: Update,
}

/// Why a counter file could not be opened. Each line has what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder or the lock file cannot be opened or created.
    #[error("opening {} failed; does its folder exist, and may this user write there?", path.display())]
    Open {
        /// The folder or the file beside the counter file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Another process counts in this file.
    #[error("{} is in use by another counter; end that one, or give this one a file of its own", path.display())]
    InUse {
        /// The counter file.
        path: PathBuf,
    },
    /// The file cannot be read, is not a count, or cannot be written. It was left as it is.
    #[error("the counter file {} cannot be used; put it right, or move it away to start from 0", path.display())]
    Unusable {
        /// The counter file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: StoreError,
    },
}

impl File {
    /// Opens the counter file at `path`, which starts at 0 when it is missing. A symbolic link is followed, and the
    /// file that it points to is counted in and locked. Blocks.
    ///
    /// # Errors
    ///
    /// When the folder is missing or not writable, another process holds the file, or it is not a regular file with
    /// one name and a count in it.
    pub fn open(path: &Path, update: Update) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::Unusable { path: path.to_owned(), source };
        let mut held = Held::open(&counted_in(path).map_err(unusable)?)?;
        // Written once now, so that a disk that cannot be written is refused at the start
        // and not at the first hit.
        held.count = held.read().map_err(unusable)?;
        held.commit(0).map_err(unusable)?;
        Ok(Self { held: Arc::new(Mutex::new(held)), update })
    }
}

impl Store for File {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        let (held, update) = (Arc::clone(&self.held), self.update);
        let added = tokio::task::spawn_blocking(move || {
            let mut held = held.lock().expect("nothing panics while it holds the lock");
            match update {
                Update::Atomic => held.commit(n),
                Update::ReadThenWrite => held.read_then_write(n),
            }
        });
        added.await.unwrap_or(Err(StoreError::Stopped))
    }
}

#[derive(Debug)]
struct Held {
    path: PathBuf,
    temporary: PathBuf,
    folder: fs::File,
    /// The highest number that anyone may have been given.
    count: u64,
    /// Its lock ends with the process, however that ends.
    _lock: fs::File,
}

impl Held {
    fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Open { path, source }
        };
        // Beside the counter file and not on it: a rename replaces the file, and with it
        // whatever lock was on it.
        let (lock_path, temporary) = (beside(path, ".lock"), beside(path, ".new"));
        for beside in [&lock_path, &temporary] {
            // Opening a FIFO waits for its reader, and renaming a link moves the link.
            regular(beside).map_err(|source| OpenError::Unusable { path: path.to_owned(), source })?;
        }
        let lock = fs::File::create(&lock_path).map_err(failed(&lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse { path: path.to_owned() },
            TryLockError::Error(source) => OpenError::Open { path: lock_path, source },
        })?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let folder = fs::File::open(parent).map_err(failed(parent))?;
        Ok(Self { path: path.to_owned(), temporary, folder, count: 0, _lock: lock })
    }

    fn read(&self) -> Result<u64, StoreError> {
        let mut text = Vec::new();
        let read = fs::File::open(&self.path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut text));
        match read {
            Ok(bytes) if bytes as u64 > LONGEST => Err(corrupt(&self.place(), &text)),
            Ok(_) => parse_count(&self.place(), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(StoreError::Read { place: self.place(), source: error.into() }),
        }
    }

    /// Adds `n` durably.
    fn commit(&mut self, n: u64) -> Result<u64, StoreError> {
        let count = self.count.checked_add(n).ok_or(StoreError::Overflow)?;
        self.write_temporary(count).map_err(|error| self.write_failed(error))?;
        // From here on a failure leaves it open which of the two counts a restart would find,
        // so the numbers are used up whatever happens next.
        self.count = count;
        fs::rename(&self.temporary, &self.path)
            .and_then(|()| self.folder.sync_all())
            .map_err(|error| self.write_failed(error))?;
        Ok(count)
    }

    fn write_temporary(&self, count: u64) -> io::Result<()> {
        let mut file = fs::File::create(&self.temporary)?;
        file.write_all(format!("{count}\n").as_bytes())?;
        file.sync_all()
    }

    /// What the original study did: two steps, neither durable nor atomic.
    fn read_then_write(&mut self, n: u64) -> Result<u64, StoreError> {
        let count = self.read()?.checked_add(n).ok_or(StoreError::Overflow)?;
        if n > 0 {
            fs::write(&self.path, count.to_string()).map_err(|error| self.write_failed(error))?;
        }
        Ok(count)
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn write_failed(&self, error: io::Error) -> StoreError {
        StoreError::Write { place: self.place(), source: error.into() }
    }
}

/// The file that holds a count at `path`: what a symbolic link points to, for a rename would replace the link.
fn counted_in(path: &Path) -> Result<PathBuf, StoreError> {
    let linked = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let path = match linked {
        true => fs::canonicalize(path).map_err(|error| unreadable(path, error)),
        false => Ok(path.to_owned()),
    }?;
    regular(&path)?;
    Ok(path)
}

/// Refuses what is there and is not a regular file with one name: the rename that makes a count durable gives it one
/// name, and the others would stay at the old count. Who may not look is refused when the file is opened.
fn regular(path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(unreadable(path, "it is not a regular file")),
        Ok(found) if found.nlink() > 1 => Err(unreadable(path, "it has a second name (a hard link); copy it instead")),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn unreadable(path: &Path, source: impl Into<Source>) -> StoreError {
    StoreError::Read { place: path.display().to_string(), source: source.into() }
}

/// The path with `suffix` after its file name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}
