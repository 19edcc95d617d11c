//! Where the lab works: the checkout that it builds and keeps its runs in.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::builds_here;

/// The file by which a checkout is known.
const MARK: &str = "ways.toml";

/// The nearest folder that holds a checkout of the lab: from the working directory upward, else from the
/// executable upward. Where the lab builds nothing itself a checkout is not needed, and this is the working directory.
///
/// # Errors
/// When there is none, or the artifacts that are named can't be used.
pub fn find() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("the working directory was removed: change to the lab's checkout")?;
    let executable = std::env::current_exe().unwrap_or_default();
    let builds_here = builds_here()?;
    above(&here)
        .or_else(|| above(&executable))
        .or_else(|| (!builds_here).then_some(here))
        .context("not inside a checkout of the lab (the folder with ways.toml): change to one")
}

/// Whether a folder is a checkout.
#[must_use]
pub fn is_checkout(folder: &Path) -> bool {
    folder.join(MARK).is_file()
}

fn above(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| is_checkout(folder)).map(Path::to_owned)
}
