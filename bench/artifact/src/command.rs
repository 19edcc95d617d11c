//! How build tools are run: bounded, and shown where they fail. They work side by side, on one terminal.

use std::path::Path;
use std::time::Duration;

use programs::Command;

/// The longest that one step of a build may take: a first `npm ci` or Cargo build on a slow machine and network.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// A build tool that works in a folder.
pub(super) fn tool(folder: &Path, program: &Path) -> Command {
    Command::new(program).folder(folder).limit(LIMIT)
}
