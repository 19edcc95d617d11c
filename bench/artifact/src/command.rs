//! How build tools are run: seen on stderr while they work, and bounded.

use std::path::Path;
use std::time::Duration;

use programs::Command;

/// The longest that one step of a build may take: a first `npm ci` or Cargo build on a slow machine and network.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// A build tool that works in a folder. Its output goes to stderr, so that stdout stays the lab's own.
pub(super) fn tool(folder: &Path, program: &Path) -> Command {
    Command::new(program).folder(folder).live().limit(LIMIT)
}
