//! Programs that others wrote: found on the path, asked with a time limit, or let work before the caller's eyes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::Refused;
use programs::on_path;

/// How often a tool that was told to end is looked at.
const ENDED_POLL: Duration = Duration::from_millis(50);

/// A program, and what it always gets.
#[derive(Clone, Debug)]
pub struct Tool {
    program: PathBuf,
    folder: Option<PathBuf>,
    env: Vec<(String, OsString)>,
    aloud: bool,
    printing: bool,
}

/// A tool that changes something. Whoever stops waiting for it tells it to end, and waits until it has written down
/// what it did: so it is when Ctrl-C ends the lab, and when anything else does.
struct AtWork {
    child: Child,
    name: String,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        eprintln!("lab: ending {}; this may take a while", self.name);
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            // That it has ended already is no failure.
            let _ = kill_process(pid, Signal::INT);
        }
        while let Ok(None) = self.child.try_wait() {
            std::thread::sleep(ENDED_POLL);
        }
    }
}

impl Tool {
    /// The first of some programs that is on the path.
    ///
    /// # Errors
    /// When none is: what it is for, and how to get it.
    pub fn find(names: &[&str], purpose: &str) -> Result<Self, Refused> {
        let found = names.iter().find_map(|name| on_path(name));
        let program = found.ok_or_else(|| {
            Refused(format!(
                "{} is not on the path, and {purpose}: install it, or use `nix run .#deploy`, which brings all",
                names.join(" or ")
            ))
        })?;
        Ok(Self { program, folder: None, env: Vec::new(), aloud: false, printing: false })
    }

    /// The same, working in a folder.
    #[must_use]
    pub fn at(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// The same, with a variable in its environment.
    #[must_use]
    pub fn with(mut self, variable: &str, value: impl Into<OsString>) -> Self {
        self.env.push((variable.to_owned(), value.into()));
        self
    }

    /// The same, telling the caller on stderr how far it is.
    #[must_use]
    pub fn aloud(mut self) -> Self {
        self.aloud = true;
        self
    }

    /// The same, with what it prints at work on stdout: it is what the caller asked for.
    #[must_use]
    pub fn printing(mut self) -> Self {
        self.printing = true;
        self
    }

    /// What it prints on stdout.
    ///
    /// # Errors
    /// When it can't be run, fails (with what it said), or takes longer than `limit`.
    pub async fn ask(&self, arguments: &[&str], limit: Duration) -> anyhow::Result<Vec<u8>> {
        let mut command = self.command(arguments);
        let stderr = if self.aloud { Stdio::inherit() } else { Stdio::piped() };
        command.stdout(Stdio::piped()).stderr(stderr).kill_on_drop(true);
        let child = self.spawn(&mut command)?;
        let Ok(output) = tokio::time::timeout(limit, child.wait_with_output()).await else {
            bail!("{} took longer than {} s", self.told(arguments), limit.as_secs());
        };
        let output = output.with_context(|| format!("the end of {} was missed", self.told(arguments)))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let said = if self.aloud { "what it said is above".to_owned() } else { one_line(&said) };
        ensure!(output.status.success(), "{} failed: {said}", self.told(arguments));
        Ok(output.stdout)
    }

    /// Lets it work before the caller's eyes, for as long as it takes. A future that is dropped ends it in order, and
    /// blocks until then: a tool that changes AWS must be able to write down what it has done.
    ///
    /// # Errors
    /// When it can't be run, or fails.
    pub async fn work(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = self.command(arguments);
        // A group of its own: else Ctrl-C would reach it twice, and the second time it would not clean up.
        let stdout = if self.printing { Stdio::inherit() } else { std::io::stderr().into() };
        command.stdout(stdout).stderr(Stdio::inherit()).process_group(0);
        let mut at_work = AtWork { child: self.spawn(&mut command)?, name: self.name() };
        let status = at_work.child.wait().await;
        let status = status.with_context(|| format!("the end of {} was missed", self.name()))?;
        ensure!(status.success(), "{} failed: what it said is above", self.told(arguments));
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).envs(self.env.iter().cloned()).stdin(Stdio::null());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    fn spawn(&self, command: &mut Command) -> anyhow::Result<Child> {
        command.spawn().with_context(|| format!("can't run {}", self.program.display()))
    }

    fn name(&self) -> String {
        self.program.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The command as a person would type it, to its first option.
    fn told(&self, arguments: &[&str]) -> String {
        let words = arguments.iter().take_while(|word| !word.starts_with('-'));
        std::iter::once(self.name()).chain(words.map(|&word| word.to_owned())).collect::<Vec<_>>().join(" ")
    }
}

/// The lines of what a tool said, as one.
fn one_line(said: &str) -> String {
    said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn shell() -> Tool {
        Tool::find(&["sh"], "tests need it").expect("a shell")
    }

    #[tokio::test]
    async fn what_a_tool_prints_is_what_it_is_asked() {
        let tool = shell().at(Path::new("/")).with("WORD", "said");
        assert_eq!(tool.ask(&["-c", "echo $WORD; pwd"], SECOND).await.expect("it ran"), b"said\n/\n");
    }

    #[tokio::test]
    async fn a_tool_that_fails_or_hangs_is_named() {
        let failed = shell().ask(&["-c", "echo 'no such'; echo 'table' >&2; exit 3"], SECOND).await;
        assert_eq!(failed.expect_err("it failed").to_string(), "sh failed: table");
        let hung = shell().ask(&["-c", "sleep 20"], Duration::from_millis(50)).await;
        assert_eq!(hung.expect_err("it hung").to_string(), "sh took longer than 0 s");
    }

    #[tokio::test]
    async fn a_tool_whose_work_is_not_waited_for_any_more_ends_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let (begun, written) = (folder.path().join("begun"), folder.path().join("written"));
        let script = ["-c", "trap 'sleep 0.2; : > written; exit 1' INT; : > begun; while :; do sleep 0.05; done"];
        let tool = shell().at(folder.path());
        let has_begun = async {
            while !begun.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            outcome = tool.work(&script) => panic!("it ended by itself: {outcome:?}"),
            begun = tokio::time::timeout(Duration::from_secs(20), has_begun) => begun.expect("it begins"),
        }
        assert!(written.exists(), "it was waited for");
    }

    #[test]
    fn a_tool_that_is_missing_is_told_with_its_purpose() {
        let refused = Tool::find(&["no-such-tofu", "nor-terraform"], "it applies the plan").expect_err("not there");
        assert!(refused.to_string().starts_with("no-such-tofu or nor-terraform is not on the path, and it applies"));
    }
}
