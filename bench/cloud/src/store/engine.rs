//! Stores that are a program of the machine's own: where it is, and how its start is waited for. It must not know which.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;
use ways::{Axis, Store};

use crate::process::{LogTail, Process, ProcessError};

/// How long one may take until it answers: Valkey takes some 20 ms, PostgreSQL 60.
const START: Duration = Duration::from_secs(10);
/// How often it is called until then, and how long one call may take.
const POLL: Duration = Duration::from_millis(5);
const CALL: Duration = Duration::from_secs(1);
/// How much of what it prints is stored, in bytes: the reason of an early end is in the last line.
pub(super) const LOG_BYTES: usize = 4 * 1024;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// None of the programs is on the path.
    #[error("none of {programs} is here: apt-get install {package}")]
    Missing {
        /// Those that would do.
        programs: String,
        /// The Debian package that brings one.
        package: &'static str,
    },
    /// It refuses to run as root, and there is nobody else.
    #[error("{0} refuses to run as root, and this machine has neither a user `postgres` nor `nobody`")]
    Root(String),
    /// No folder, or no port of loopback.
    #[error("there is no room for the store's server")]
    Room(#[source] io::Error),
    /// It did not start.
    #[error("the store's server did not start")]
    Spawn(#[source] ProcessError),
    /// It ended before it answered.
    #[error("the store's server ended ({0})")]
    Ended(String),
    /// It runs and does not answer.
    #[error("the store's server did not answer within {} s", START.as_secs())]
    Silent,
}

/// The first of a store's programs that is here: in `PATH`, or where its package has it. None of a store that has no program.
#[must_use]
pub fn engine(store: Store) -> Option<PathBuf> {
    let engine = store.facts().engine.as_ref()?;
    let packages: Vec<_> = engine.folder.iter().flat_map(|folder| versions(Path::new(folder))).collect();
    engine.programs.iter().find_map(|name| on_path(name).or_else(|| in_folders(name, packages.iter().cloned())))
}

/// A program in `PATH`.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    in_folders(name, std::env::split_paths(&std::env::var_os("PATH")?))
}

fn in_folders(name: &str, folders: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let is_program =
        |path: &PathBuf| path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    folders.into_iter().map(|folder| folder.join(name)).find(is_program)
}

/// The same, or why there is none.
pub(super) fn needed(store: Store) -> Result<PathBuf, EngineError> {
    let facts = store.facts().engine.as_ref().expect("ways.toml has this store's engine: a test reads it");
    let missing = || EngineError::Missing { programs: facts.programs.join(", "), package: &facts.package };
    engine(store).ok_or_else(missing)
}

/// The folders that a path with `*` for a version names, the newest first.
fn versions(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in path {
        found = if part == "*" {
            found.iter().flat_map(|folder| inside(folder)).collect()
        } else {
            found.iter().map(|it| it.join(part)).collect()
        };
    }
    found
}

/// The folders in one, the highest number first.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let number = |path: &PathBuf| path.file_name().and_then(|it| it.to_str()?.parse::<u32>().ok());
    let mut found: Vec<_> = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(number(path)));
    found
}

/// Waits (bounded) until a process that was started answers.
pub(super) async fn until_up<A: Future<Output = io::Result<bool>> + Send>(
    process: &Process,
    log: &LogTail,
    is_up: impl Fn() -> A + Send,
) -> Result<(), EngineError> {
    let answers = async {
        while !timeout(CALL, is_up()).await.is_ok_and(|answered| answered.unwrap_or(false)) {
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::select! {
        // First: whoever else has the port would answer in its place.
        biased;
        exit = process.wait_exit() => Err(ended(exit, log)),
        () = answers => Ok(()),
        () = tokio::time::sleep(START) => Err(EngineError::Silent),
    }
}

/// That it ended, how, and its last word.
pub(super) fn ended(exit: Option<crate::process::Exit>, log: &LogTail) -> EngineError {
    let how = exit.map_or_else(|| "unknown status".to_owned(), |exit| exit.to_string());
    EngineError::Ended(format!("{how}: {}", log.text().trim().lines().next_back().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_versions_the_newest_comes_first() {
        let parent = tempfile::tempdir().expect("a folder");
        for version in ["9", "15", "18", "old"] {
            std::fs::create_dir_all(parent.path().join(version).join("bin")).expect("made");
        }
        let found = versions(&parent.path().join("*/bin"));
        let names: Vec<_> = found.iter().filter_map(|it| it.strip_prefix(parent.path()).ok()).collect();
        assert_eq!(names, ["18/bin", "15/bin", "9/bin", "old/bin"].map(Path::new));
    }
}
