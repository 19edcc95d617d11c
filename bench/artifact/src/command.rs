//! Running the tools that build: seen on stderr while they work, and bounded.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

/// The longest that one step of a build may take: a first `npm ci` or Cargo build on a slow machine and network.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Runs a tool to its end. What it says goes to stderr, so that stdout stays the lab's own.
///
/// # Errors
/// When it can't be started, fails, or takes too long.
pub(super) async fn run<S: AsRef<OsStr>>(folder: &Path, program: &Path, arguments: &[S]) -> anyhow::Result<()> {
    let mut command = tokio::process::Command::new(program);
    command.current_dir(folder).args(arguments);
    command.stdin(Stdio::null()).stdout(std::io::stderr()).stderr(Stdio::inherit()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("can't run {}", program.display()))?;
    let Ok(status) = tokio::time::timeout(TIMEOUT, child.wait()).await else {
        bail!("{} took longer than {} minutes", told(folder, program, arguments), TIMEOUT.as_secs() / 60);
    };
    let status = status.context("its end was missed")?;
    ensure!(status.success(), "{} failed ({status}): what it said is above", told(folder, program, arguments));
    Ok(())
}

/// The command as a person would type it in its folder.
fn told<S: AsRef<OsStr>>(folder: &Path, program: &Path, arguments: &[S]) -> String {
    let program = program.file_name().unwrap_or(program.as_os_str());
    let arguments =
        arguments.iter().map(|word| Path::new(word).strip_prefix(folder).map_or(word.as_ref(), Path::as_os_str));
    std::iter::once(program).chain(arguments).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sh(script: &str) -> anyhow::Result<()> {
        run(Path::new("/tmp"), Path::new("/bin/sh"), &["-c", script, "/tmp/at/last"]).await
    }

    #[tokio::test]
    async fn a_tool_that_fails_is_named_with_its_arguments() {
        assert!(sh("exit 0").await.is_ok());
        let failed = sh("exit 3").await.expect_err("it failed").to_string();
        assert_eq!(failed, "sh -c exit 3 at/last failed (exit status: 3): what it said is above");
    }
}
