//! Locks between labs that work in one checkout. A lock file names its holders, so that whoever waits can name them.
//! The system releases a lock when its process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use programs::notice;
use rustix::process::{Pid, test_kill_process};

/// How often a lock that others hold is tried.
const POLL: Duration = Duration::from_millis(100);

/// A lock that is held.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Whether others may hold it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nobody else: for whoever changes files.
    Exclusive,
    /// Others that only read.
    Shared,
}

/// A lock that could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Others hold it.
    #[error("{holders} holds the lock {}", .path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who: process id and command line.
        holders: String,
    },
    /// The file can't be opened, written or locked.
    #[error("can't lock {}", .path.display())]
    File {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Lock {
    /// Takes a lock, or names who holds it.
    ///
    /// # Errors
    /// When others hold it, or the file can't be used.
    pub fn try_take(path: &Path, mode: Mode) -> Result<Self, LockError> {
        let unusable = |source| LockError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(unusable)?;
        let locked = match mode {
            Mode::Exclusive => file.try_lock(),
            Mode::Shared => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { path: path.to_owned(), holders: holders(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        if mode == Mode::Exclusive {
            file.set_len(0).map_err(unusable)?;
        }
        // Only for others to read: a full disk does not take the lock away.
        let _ = writeln!(file, "{} {}", std::process::id(), own_command());
        Ok(Self { file })
    }

    /// Waits for a lock, and notes once for whom. A dropped future waits no longer.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn take(path: &Path, mode: Mode) -> Result<Self, LockError> {
        let mut noted = false;
        loop {
            match Self::try_take(path, mode) {
                Err(LockError::Held { holders, .. }) => {
                    if !noted {
                        noted = true;
                        notice!(
                            "lab: waiting for {holders}, which works with the same artifacts; Ctrl-C ends the wait"
                        );
                    }
                    tokio::time::sleep(POLL).await;
                }
                taken => return taken,
            }
        }
    }
}

impl Drop for Lock {
    /// Releases it at once: closing the file alone would leave it to a child that was forked meanwhile and has not
    /// reached its `exec`.
    fn drop(&mut self) {
        let _released = self.file.unlock();
    }
}

/// The living processes that a lock file names.
fn holders(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let alive = |line: &&str| {
        let pid = line.split(' ').next().and_then(|word| Pid::from_raw(word.parse().ok()?));
        pid.is_some_and(|pid| test_kill_process(pid).is_ok())
    };
    let named: Vec<String> = text
        .lines()
        .filter(alive)
        .filter_map(|line| line.split_once(' '))
        .map(|(pid, command)| format!("`{command}` (process {pid})"))
        .collect();
    match (read, named.as_slice()) {
        (Ok(_), [_, ..]) => named.join(" and "),
        _ => "another lab".to_owned(),
    }
}

/// The command line of this process, in one line.
fn own_command() -> String {
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().replace(char::is_control, " "));
    let program = words.next().unwrap_or_default();
    let name = Path::new(&program).file_name().map_or_else(|| "lab".into(), |name| name.to_string_lossy().into_owned());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_lock_is_named_with_its_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/lock");
        let held = Lock::try_take(&path, Mode::Exclusive).expect("nobody holds it");
        for mode in [Mode::Exclusive, Mode::Shared] {
            let error = Lock::try_take(&path, mode).expect_err("it is held").to_string();
            assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
            assert!(error.contains("` (process"), "{error}");
        }
        drop(held);
        Lock::try_take(&path, Mode::Exclusive).expect("nobody holds it any more");
    }

    #[test]
    fn a_released_lock_is_not_kept_by_a_child_that_still_has_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let held = Lock::try_take(&path, Mode::Exclusive).expect("nobody holds it");
        // As `fork` leaves it to a child until its `exec`.
        let _inherited = held.file.try_clone().expect("a second descriptor");
        drop(held);
        Lock::try_take(&path, Mode::Exclusive).expect("it is released");
    }

    #[test]
    fn readers_share_a_lock_and_keep_writers_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let readers = [Mode::Shared; 2].map(|mode| Lock::try_take(&path, mode).expect("readers share it"));
        assert!(matches!(Lock::try_take(&path, Mode::Exclusive), Err(LockError::Held { .. })));
        drop(readers);
        Lock::try_take(&path, Mode::Exclusive).expect("all are released");
    }

    #[test]
    fn processes_that_have_ended_are_not_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        // No process has the largest number.
        std::fs::write(&path, format!("{} lab bench\nnot a number\n", i32::MAX)).expect("written");
        let _held = File::open(&path).map(|file| file.lock().map(|()| file)).expect("opened").expect("locked");
        let error = Lock::try_take(&path, Mode::Shared).expect_err("it is held").to_string();
        assert!(error.starts_with("another lab holds the lock "), "{error}");
    }

    #[tokio::test]
    async fn a_lock_is_waited_for_until_it_is_released_or_the_wait_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let held = Lock::try_take(&path, Mode::Shared).expect("nobody holds it");
        let wait = tokio::time::timeout(POLL * 3, Lock::take(&path, Mode::Exclusive));
        assert!(wait.await.is_err(), "it is still held");
        let waiting = tokio::spawn({
            let path = path.clone();
            async move { Lock::take(&path, Mode::Exclusive).await.map(drop) }
        });
        drop(held);
        waiting.await.expect("no panic").expect("taken");
    }
}
