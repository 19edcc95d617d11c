//! The run folder: `run.json` and `table.md`, written whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Run;

/// Where a run is kept.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// A run that could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    /// The folder could not be made.
    #[error("can't make the run folder {path}: make it writable, or name another with --output")]
    Create {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("can't write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl RunFolder {
    /// Makes the folder, so that a run which can't be kept is refused before it is measured.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn create(path: &Path) -> Result<Self, RunFolderError> {
        fs::create_dir_all(path).map_err(|source| RunFolderError::Create { path: path.to_owned(), source })?;
        let folder = Self { path: path.to_owned() };
        folder.write_file(".probe", b"")?;
        let _ = fs::remove_file(path.join(".probe"));
        Ok(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the run and its table.
    ///
    /// # Errors
    /// When a file can't be written; one that was there before is then still whole.
    ///
    /// # Panics
    /// Never: a run has string keys and finite numbers only.
    pub fn write(&self, run: &Run, table: &str) -> Result<(), RunFolderError> {
        let mut json = serde_json::to_vec(run).expect("a run has string keys and serialisable values only");
        json.push(b'\n');
        self.write_file("run.json", &json)?;
        self.write_file("table.md", table.as_bytes())
    }

    fn write_file(&self, name: &str, content: &[u8]) -> Result<(), RunFolderError> {
        let path = self.path.join(name);
        let temporary = self.path.join(format!(".{name}.new"));
        fs::write(&temporary, content)
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(|source| RunFolderError::Write { path, source })
    }
}
