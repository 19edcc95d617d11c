//! The run folder. `begun.json` is there from the start, `records.jsonl` grows by a line as soon as a way is done in a round,
//! `run.json` and the tables are put together from them. A folder belongs to one run: whoever makes it holds its records
//! locked as long as the run goes on.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::summary::SUMMARY;
use super::{Begun, Record, Run, SCHEMA_VERSION, Summary, upgrade};

pub(super) const RUN: &str = "run.json";
pub(super) const RECORDS: &str = "records.jsonl";
const BEGUN: &str = "begun.json";

/// Names that are tried for a folder, one after the other: as many runs may begin in one second.
const NAMES: u32 = 1_000;

/// Where a run is kept.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Locked; the system unlocks it when the lab ends, however it ends.
    records: File,
    /// Whether this run made the folder itself.
    made: bool,
}

/// A run that could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    /// The folder could not be made.
    #[error("can't create the run folder {path}: make its parent writable, or name another with --output")]
    Create {
        /// The folder.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("can't write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// A file could not be read.
    #[error("can't read {path}: name the folder of a run that `lab bench` began")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// The folder has something in it.
    #[error("{0} is not empty: name another folder, or go on with a run by `lab bench --resume`")]
    NotEmpty(PathBuf),
    /// Another lab writes it.
    #[error("another lab is writing {0}: wait for it, or interrupt it")]
    Busy(PathBuf),
    /// It is not as a lab of this version writes it.
    #[error("{path} can't be used: {reason}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl RunFolderError {
    /// Whether another argument helps, as opposed to another disk.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            // A file is in its way.
            Self::Create { source, .. } => {
                matches!(source.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory)
            }
            Self::Write { .. } => false,
            _ => true,
        }
    }
}

impl RunFolder {
    /// A new folder below `runs`: `name`, or where a run has that already, `name-2`, and so on.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn create_below(runs: &Path, name: &str) -> Result<Self, RunFolderError> {
        let failed = |path: &Path, source| RunFolderError::Create { path: path.to_owned(), source };
        fs::create_dir_all(runs).map_err(|source| failed(runs, source))?;
        for number in 1..=NAMES {
            let path = runs.join(if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
            match fs::create_dir(&path) {
                Ok(()) => return Self::claim(path, true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(failed(&path, source)),
            }
        }
        Err(failed(&runs.join(name), io::ErrorKind::AlreadyExists.into()))
    }

    /// A folder that the caller names: a new one, or one that is empty.
    ///
    /// # Errors
    /// When it has something in it, or can't be made.
    pub fn create(path: &Path) -> Result<Self, RunFolderError> {
        let failed = |source| RunFolderError::Create { path: path.to_owned(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match fs::create_dir(path) {
            Ok(()) => return Self::claim(path.to_owned(), true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(source) => return Err(failed(source)),
        }
        match fs::read_dir(path).map_err(failed)?.next() {
            None => Self::claim(path.to_owned(), false),
            Some(_) => Err(RunFolderError::NotEmpty(path.to_owned())),
        }
    }

    /// Takes a folder for this run. Of two that take an empty one at once, the first one has it.
    fn claim(path: PathBuf, made: bool) -> Result<Self, RunFolderError> {
        let file = path.join(RECORDS);
        let records = match OpenOptions::new().append(true).create_new(true).open(&file) {
            Ok(records) => records,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(RunFolderError::NotEmpty(path)),
            Err(source) => return Err(RunFolderError::Write { path: file, source }),
        };
        lock(&records, &path)?;
        Ok(Self { path, records, made })
    }

    /// Goes on with a run: what it was begun with, and the records that it has. A record that was cut off is dropped.
    ///
    /// # Errors
    /// When the folder is not that of a run, or another lab is writing it.
    pub fn resume(path: &Path) -> Result<(Self, Begun, Vec<Record>), RunFolderError> {
        let (begun, version) = begun(path)?;
        if version != SCHEMA_VERSION {
            let reason = format!("it has schema version {version}, and this lab writes {SCHEMA_VERSION}");
            return Err(RunFolderError::Form { path: path.join(BEGUN), reason });
        }
        let file = path.join(RECORDS);
        let read = |source| RunFolderError::Read { path: file.clone(), source };
        let write = |source| RunFolderError::Write { path: file.clone(), source };
        let records = OpenOptions::new().append(true).open(&file).map_err(read)?;
        lock(&records, path)?;
        let text = fs::read(&file).map_err(read)?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        records.set_len(whole as u64).map_err(write)?;
        let measured = self::records(path, version)?;
        Ok((Self { path: path.to_owned(), records, made: false }, begun, measured))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what the run begins with.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(&self, begun: &Begun) -> Result<(), RunFolderError> {
        self.write(BEGUN, &line(begun))
    }

    /// Appends a record. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn append(&mut self, record: &Record) -> Result<(), RunFolderError> {
        let written = self.records.write_all(&line(record)).and_then(|()| self.records.sync_data());
        written.map_err(|source| RunFolderError::Write { path: self.path.join(RECORDS), source })
    }

    /// Writes the whole run, and in a few words beside it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_run(&self, run: &Run) -> Result<(), RunFolderError> {
        let whole = line(run);
        self.write(RUN, &whole)?;
        self.write(SUMMARY, &line(&Summary::of(run, whole.len() as u64)))
    }

    /// Writes a file beside it: whole, or not at all.
    ///
    /// # Errors
    /// When it can't be written; one that was there before is then still whole.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), RunFolderError> {
        let path = self.path.join(name);
        let temporary = self.path.join(format!(".{name}.new"));
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_data()
        });
        written.and_then(|()| fs::rename(&temporary, &path)).map_err(|source| {
            let _ = fs::remove_file(&temporary);
            RunFolderError::Write { path, source }
        })
    }

    /// Removes what a run without a single record leaves.
    pub fn discard(self) {
        for file in [RECORDS, BEGUN] {
            let _ = fs::remove_file(self.path.join(file));
        }
        if self.made {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// What a run was begun with, and the version that it was begun by.
pub(super) fn begun(folder: &Path) -> Result<(Begun, u32), RunFolderError> {
    let path = folder.join(BEGUN);
    let text = fs::read(&path).map_err(|source| RunFolderError::Read { path: path.clone(), source })?;
    let form = |error: serde_json::Error| RunFolderError::Form { path: path.clone(), reason: error.to_string() };
    let mut json: Value = serde_json::from_slice(&text).map_err(form)?;
    let version = json["schema_version"].as_u64().and_then(|version| u32::try_from(version).ok()).unwrap_or_default();
    if version == 2 {
        upgrade::begun(&mut json);
    }
    let begun: Begun = serde_json::from_value(json).map_err(form)?;
    if begun.schema_version != SCHEMA_VERSION {
        let reason = format!("it has schema version {version}, and this lab reads 2 and {SCHEMA_VERSION}");
        return Err(RunFolderError::Form { path, reason });
    }
    Ok((begun, version))
}

/// The whole records of a folder, which a version wrote, in the order in which they were measured.
pub(super) fn records(folder: &Path, version: u32) -> Result<Vec<Record>, RunFolderError> {
    let path = folder.join(RECORDS);
    let text = fs::read_to_string(&path).map_err(|source| RunFolderError::Read { path: path.clone(), source })?;
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let record = |line: &str| {
        let mut json = serde_json::from_str(line)?;
        if version == 2 {
            upgrade::record(&mut json);
        }
        serde_json::from_value(json)
    };
    let records: Result<_, serde_json::Error> = whole.map(record).collect();
    records.map_err(|error| RunFolderError::Form { path, reason: error.to_string() })
}

fn lock(records: &File, folder: &Path) -> Result<(), RunFolderError> {
    match records.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(RunFolderError::Busy(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(RunFolderError::Write { path: folder.join(RECORDS), source }),
    }
}

/// As one line of JSON.
fn line(value: &impl Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec(value).expect("records have string keys and serialisable values only");
    json.push(b'\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cant_be_written_leaves_nothing_half_written() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::create(&place.path().join("run")).expect("a run's folder");
        // A folder stands in the place of the file, so that the last step fails.
        fs::create_dir_all(folder.path().join("table.md/in the way")).expect("made");
        let error = folder.write("table.md", b"a table").expect_err("it can't be replaced");
        assert!(matches!(error, RunFolderError::Write { .. }) && error.to_string().contains("table.md"), "{error}");
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).expect("read").map(|it| it.expect("one").file_name()).collect();
        left.sort();
        assert_eq!(left, [RECORDS, "table.md"]);
    }
}
