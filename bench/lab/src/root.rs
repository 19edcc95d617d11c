//! The checkout that the lab works on.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The file by which a checkout is known.
const MARK: &str = "ways.toml";

/// The nearest folder that holds a checkout of the lab: from the working directory upward, else from the
/// executable upward.
///
/// # Errors
/// When there is none.
pub fn find() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("the working directory is gone: change to the lab's checkout")?;
    let executable = std::env::current_exe().unwrap_or_default();
    above(&here)
        .or_else(|| above(&executable))
        .context("this is no checkout of the lab: run it inside of one (the folder with ways.toml)")
}

fn above(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(MARK).is_file()).map(Path::to_owned)
}
