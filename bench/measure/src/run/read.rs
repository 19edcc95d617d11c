//! Reading a run: `run.json` of this version or of one before, or the records of a run that was never put together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder::{RECORDS, RUN, begun, records};
use super::{Run, RunFolderError, SCHEMA_VERSION, check, upgrade};

/// A run that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("can't read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// It is not a run.
    #[error("{path} is not a run: name a run.json, or a run's folder, that `lab bench` wrote")]
    Form {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        #[source]
        source: serde_json::Error,
    },
    /// It is of another version.
    #[error("{path} has schema version {version}: this lab reads 1 to {SCHEMA_VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// It has figures that can't be.
    #[error("{path} can't be used: {reason}")]
    Figure {
        /// The file.
        path: PathBuf,
        /// Which, and why.
        reason: String,
    },
    /// Its folder can't be read.
    #[error(transparent)]
    Folder(#[from] RunFolderError),
}

/// Reads a run from its `run.json` or its folder. The records of an interrupted run are put together.
///
/// # Errors
/// When it is missing, of another form or version, or has figures that can't be.
pub fn read(path: &Path) -> Result<Run, ReadError> {
    let file = if path.is_dir() { path.join(RUN) } else { path.to_owned() };
    let run = if !file.exists() && path.join(RECORDS).exists() {
        let (begun, version) = begun(path)?;
        Run::of(&begun, records(path, version)?)
    } else {
        parse(&file, &fs::read(&file).map_err(|source| ReadError::File { path: file.clone(), source })?)?
    };
    check::run(&run).map_err(|reason| ReadError::Figure { path: file, reason })?;
    Ok(run)
}

fn parse(path: &Path, text: &[u8]) -> Result<Run, ReadError> {
    let form = |source| ReadError::Form { path: path.to_owned(), source };
    let mut json: Value = serde_json::from_slice(text).map_err(form)?;
    match json.get("schema_version").map(|version| (version.as_u64(), version.to_string())) {
        Some((Some(1 | 2), _)) => upgrade::run(&mut json),
        Some((Some(version), _)) if version == u64::from(SCHEMA_VERSION) => {}
        Some((_, version)) => return Err(ReadError::Version { path: path.to_owned(), version }),
        // The next step says what is missing.
        None => {}
    }
    serde_json::from_value(json).map_err(form)
}
