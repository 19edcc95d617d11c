//! Running the tools: bounded, their output kept, and what they said on stderr told when they fail.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::AsyncWriteExt;

/// What a tool's own bound is exceeded by before it is killed.
pub(super) const GRACE: Duration = Duration::from_secs(60);

/// How many of a failed tool's last lines are told.
const LINES_TOLD: usize = 12;

/// The programs that are run.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The AWS command line.
    pub aws: PathBuf,
    /// kOps.
    pub kops: PathBuf,
    /// kubectl.
    pub kubectl: PathBuf,
    /// How often what must be waited for is asked again.
    pub poll: Duration,
}

impl Default for Tools {
    /// Those on the path.
    fn default() -> Self {
        // New instances and balancers take minutes: asking every 5 s costs nobody anything, and loses little.
        Self { aws: "aws".into(), kops: "kops".into(), kubectl: "kubectl".into(), poll: Duration::from_secs(5) }
    }
}

/// One call of a tool.
#[derive(Debug)]
pub(super) struct Call<'a> {
    program: &'a PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
    input: &'a str,
}

impl<'a> Call<'a> {
    /// A call with these arguments.
    pub(super) fn new(program: &'a PathBuf, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        Self { program, arguments, variables: Vec::new(), input: "" }
    }

    /// With a variable of its environment.
    pub(super) fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// With this on its standard input.
    pub(super) fn input(mut self, input: &'a str) -> Self {
        self.input = input;
        self
    }

    /// Runs it to its end, and gives what it printed.
    ///
    /// # Errors
    /// When it can't be started, fails, or takes longer than `limit`, at which it is killed.
    pub(super) async fn run(self, limit: Duration) -> anyhow::Result<String> {
        let told = self.told();
        let output = match tokio::time::timeout(limit, self.output()).await {
            Ok(output) => output.with_context(|| format!("can't run {}", self.program.display()))?,
            Err(_) => bail!("`{told}` took longer than {}", humantime::format_duration(limit)),
        };
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{told}` failed ({}): {}", output.status, last_lines(&said))
    }

    async fn output(&self) -> std::io::Result<std::process::Output> {
        let mut child = tokio::process::Command::new(self.program)
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let feed = async move {
            // A tool that fails early doesn't read: its exit status tells.
            let _ = stdin.write_all(self.input.as_bytes()).await;
        };
        let ((), output) = tokio::join!(feed, child.wait_with_output());
        output
    }

    /// The call as a person would type it.
    fn told(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        let words = std::iter::once(name).chain(self.arguments.iter().map(OsString::as_os_str));
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }
}

fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES_TOLD)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> (PathBuf, [&str; 2]) {
        ("/bin/sh".into(), ["-c", script])
    }

    #[tokio::test]
    async fn a_tool_that_hangs_is_ended() {
        let (program, arguments) = sh("exec sleep 60");
        let failure = Call::new(&program, arguments).run(Duration::from_millis(50)).await.expect_err("it hangs");
        assert_eq!(failure.to_string(), "`sh -c exec sleep 60` took longer than 50ms");
    }

    #[tokio::test]
    async fn of_a_long_complaint_the_end_is_told() {
        let (program, arguments) = sh("seq 1 100 >&2; exit 1");
        let failure = Call::new(&program, arguments).run(Duration::from_secs(10)).await.expect_err("it fails");
        assert!(failure.to_string().ends_with("(exit status: 1): 89\n90\n91\n92\n93\n94\n95\n96\n97\n98\n99\n100"));
    }

    #[tokio::test]
    async fn input_that_is_not_read_does_not_hold_it_up() {
        let (program, arguments) = sh("exec true");
        let long = "x".repeat(1 << 20);
        assert_eq!(Call::new(&program, arguments).input(&long).run(Duration::from_secs(10)).await.unwrap(), "");
    }
}
