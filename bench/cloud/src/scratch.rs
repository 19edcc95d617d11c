//! Temporary folders that no lab leaves behind, however it ends. All of a lab's lie in one folder of its own, whose lock
//! it holds: the system gives the lock back when the lab ends, and the next lab removes every folder whose lock is free.
//! It must not know what they are for.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

const PREFIX: &str = "aws-lab-";
const LOCK: &str = "lock";

/// A temporary folder. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub struct Scratch {
    // Dropped in this order.
    folder: TempDir,
    _lab: Arc<Lab>,
}

/// The folder of all temporary folders of this lab, removed with the last of them.
#[derive(Debug)]
struct Lab {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// A new folder, whose name begins with `prefix`.
    ///
    /// # Errors
    /// When the system's folder for temporary files can't be written to.
    pub fn new(prefix: &str) -> io::Result<Self> {
        static LAB: Mutex<Weak<Lab>> = Mutex::new(Weak::new());
        let mut this = LAB.lock().unwrap_or_else(PoisonError::into_inner);
        let lab = match this.upgrade() {
            Some(lab) => lab,
            None => {
                let lab = Arc::new(Lab::new(&std::env::temp_dir())?);
                *this = Arc::downgrade(&lab);
                lab
            }
        };
        drop(this);
        Ok(Self { folder: tempfile::Builder::new().prefix(prefix).tempdir_in(lab.folder.path())?, _lab: lab })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Lab {
    fn new(parent: &Path) -> io::Result<Self> {
        remove_leftovers(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // Locked before it has its name: whoever finds it finds it locked.
        let unnamed = folder.path().join("new");
        let lock = File::create(&unnamed)?;
        lock.lock()?;
        fs::rename(unnamed, folder.path().join(LOCK))?;
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes the folders of labs that have ended. What can't be removed (another user's) is left.
fn remove_leftovers(parent: &Path) {
    for folder in fs::read_dir(parent).into_iter().flatten().flatten() {
        if folder.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&folder.path()) {
            let _ = fs::remove_dir_all(folder.path());
        }
    }
}

/// Whether the lab that made a folder has ended. One without a lock is just being made, or not a lab's.
fn is_left(folder: &Path) -> bool {
    let lock: PathBuf = folder.join(LOCK);
    File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_lab_left_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a folder");
        let living = Lab::new(parent.path()).expect("made");
        let make = |name: &str, lock: bool| {
            let folder = parent.path().join(name);
            fs::create_dir_all(folder.join("function-1")).expect("made");
            if lock {
                fs::write(folder.join(LOCK), "").expect("written");
            }
            folder
        };
        let (dead, unlocked, other) = (make("aws-lab-dead", true), make("aws-lab-new", false), make("other", true));
        let next = Lab::new(parent.path()).expect("made");
        let there = [&dead, &unlocked, &other].map(|folder| folder.exists());
        assert_eq!(there, [false, true, true]);
        assert!(living.folder.path().exists());
        drop((living, next));
        assert_eq!(fs::read_dir(parent.path()).expect("read").count(), 2);
    }

    #[test]
    fn the_last_folder_takes_that_of_the_lab_with_it() {
        let one = Scratch::new("one-").expect("made");
        let two = Scratch::new("two-").expect("made");
        let lab = one.path().parent().expect("a parent").to_owned();
        assert_eq!(two.path().parent(), Some(lab.as_path()));
        let (path, lab_lock) = (one.path().to_owned(), lab.join(LOCK));
        drop(one);
        assert!(!path.exists() && lab_lock.exists());
    }
}
