//! The one module that runs outside programs. It must not know what any of them is for.

use std::path::PathBuf;

/// A program on the path.
#[must_use]
pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
