//! A command: what is run, where, with what, and for how long.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command as TokioCommand};

use crate::error::Error;
use crate::group::Group;
use crate::interrupt::Grace;
use crate::output::{Tail, read_bounded};
use crate::quote;

/// What a captured program may print: the largest answer of AWS's command line that is read has some 10 MB.
const STDOUT_BYTES_MAX: usize = 64 << 20;

/// How long the pipes of a program that has ended are still read: what it wrote is there already.
const DRAIN: Duration = Duration::from_millis(500);

/// A program, its arguments, and how it is run.
#[derive(Clone, Debug)]
pub struct Command {
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    variables: Vec<(OsString, Option<OsString>)>,
    input: Vec<u8>,
    stderr: Stderr,
    limit: Option<Duration>,
    grace: Grace,
}

/// Where stderr goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stderr {
    /// Only into the error.
    Captured,
    /// To the lab's own as it comes, and into the error.
    Live,
    /// It is the lab's own: a program that draws progress bars sees the terminal.
    Inherited,
}

/// Where stdout goes.
#[derive(Clone, Copy)]
enum Stdout {
    Captured,
    /// To the lab's stderr: the lab's stdout is for its own results.
    Stderr,
    Inherited,
}

impl Command {
    /// A program by its path, or by its name on `PATH`. Its stdin is empty, and its stderr is shown when it fails.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            folder: None,
            variables: Vec::new(),
            input: Vec::new(),
            stderr: Stderr::Captured,
            limit: None,
            grace: Grace::SHORT,
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// In a folder, not in the lab's own.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), Some(value.into())));
        self
    }

    /// Without an environment variable of the lab's.
    #[must_use]
    pub fn without_variable(mut self, name: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), None));
        self
    }

    /// With this on its stdin.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Shows its stderr as it comes.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.stderr = Stderr::Live;
        self
    }

    /// Gives it the lab's own stderr, for its progress bars.
    #[must_use]
    pub fn inherit_stderr(mut self) -> Self {
        self.stderr = Stderr::Inherited;
        self
    }

    /// Interrupts it when it takes longer.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// How long it may take to end when it is interrupted.
    #[must_use]
    pub fn grace(mut self, grace: Grace) -> Self {
        self.grace = grace;
        self
    }

    /// Runs it to its end, and gives what it printed on stdout.
    ///
    /// # Errors
    /// When it can't be run, fails, takes too long, or prints too much. Dropped, the future interrupts the program in
    /// order and blocks until it has ended, at most as long as its grace.
    pub async fn captured(&self) -> Result<Vec<u8>, Error> {
        self.run(Stdout::Captured).await
    }

    /// Runs it to its end; what it prints on stdout goes to the lab's stderr.
    ///
    /// # Errors
    /// As [`Self::captured`].
    pub async fn shown(&self) -> Result<(), Error> {
        self.run(Stdout::Stderr).await.map(drop)
    }

    /// Runs it to its end; its stdout is the lab's own.
    ///
    /// # Errors
    /// As [`Self::captured`].
    pub async fn printed(&self) -> Result<(), Error> {
        self.run(Stdout::Inherited).await.map(drop)
    }

    /// [`Self::captured`] for callers that are not async. It has a thread and a runtime of its own, so that it can be
    /// called anywhere; it can't be cancelled, so it must have a limit.
    ///
    /// # Errors
    /// As [`Self::captured`].
    pub fn captured_blocking(&self, limit: Duration) -> Result<Vec<u8>, Error> {
        let command = self.clone().limit(limit);
        let run = || -> Result<Vec<u8>, Error> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|source| self.error_at_start(source))?.block_on(command.captured())
        };
        let joined = std::thread::scope(|scope| scope.spawn(run).join());
        joined.unwrap_or_else(|_| Err(self.error_at_start(std::io::Error::other("its thread ended early"))))
    }

    /// Becomes the program, which then has the terminal: returns only where it can't be run, and why.
    #[must_use]
    pub fn exec(&self) -> Error {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        self.error_at_start(command.exec())
    }

    /// The program's file name.
    #[must_use]
    pub fn name(&self) -> String {
        self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy().into_owned()
    }

    /// The command as a person would paste it.
    #[must_use]
    pub fn quoted(&self) -> String {
        quote::command(&self.program, &self.arguments)
    }

    async fn run(&self, stdout: Stdout) -> Result<Vec<u8>, Error> {
        // Declared before the group, so that they are dropped after it: a program that is interrupted still writes, and a
        // closed pipe would kill it before it has written down what it did.
        let mut pipes;
        let mut group = self.spawn(stdout)?;
        pipes = (group.child.stdout.take(), group.child.stderr.take());
        let (mut printed, mut tail) = (Vec::new(), Tail::default());
        let outcome = {
            let run = self.follow(&mut group, &mut pipes, &mut printed, &mut tail);
            match self.limit {
                Some(limit) => tokio::time::timeout(limit, run).await.ok(),
                None => Some(run.await),
            }
        };
        let command = self.quoted();
        let stderr = (self.stderr != Stderr::Inherited).then(|| tail.text());
        let outcome = match outcome {
            Some(Ok(status)) if status.success() => return Ok(printed),
            Some(Ok(status)) => return Err(Error::Failed { command, status, stderr }),
            Some(Err(Followed::TooLong)) => Error::TooLong { command, bytes_max: STDOUT_BYTES_MAX },
            Some(Err(Followed::Lost(source))) => Error::Wait { command, source },
            None => Error::TimedOut { command, limit: self.limit.unwrap_or_default(), stderr },
        };
        group.interrupt().await;
        Err(outcome)
    }

    /// Feeds it, reads it, and waits for its end.
    async fn follow(
        &self,
        group: &mut Group,
        (stdout, stderr): &mut (Option<ChildStdout>, Option<ChildStderr>),
        printed: &mut Vec<u8>,
        tail: &mut Tail,
    ) -> Result<std::process::ExitStatus, Followed> {
        let stdin = group.child.stdin.take();
        let live = self.stderr == Stderr::Live;
        let read = async {
            let printed = async {
                let Some(stdout) = stdout else { return Ok(()) };
                let all = read_bounded(stdout, printed, STDOUT_BYTES_MAX).await.map_err(Followed::Lost)?;
                if all { Ok(()) } else { Err(Followed::TooLong) }
            };
            let noted = async {
                let Some(stderr) = stderr else { return Ok(()) };
                tail.read(stderr, live).await.map_err(Followed::Lost)
            };
            tokio::try_join!(printed, noted).map(drop)
        };
        tokio::pin!(read);
        let feed = feed(stdin, &self.input);
        tokio::pin!(feed);
        let mut is_read = false;
        let mut is_fed = false;
        let status = loop {
            tokio::select! {
                outcome = &mut read, if !is_read => { outcome?; is_read = true; }
                () = &mut feed, if !is_fed => is_fed = true,
                status = group.wait() => break status.map_err(Followed::Lost)?,
            }
        };
        if !is_read {
            // What it left behind may hold the pipes open, in a group of its own.
            tokio::time::timeout(DRAIN, read).await.unwrap_or(Ok(()))?;
        }
        Ok(status)
    }

    fn spawn(&self, stdout: Stdout) -> Result<Group, Error> {
        let mut command = TokioCommand::new(&self.program);
        command.args(&self.arguments).process_group(0);
        for (name, value) in &self.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.stdin(if self.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        command.stdout(match stdout {
            Stdout::Captured => Stdio::piped(),
            Stdout::Stderr => own_stderr().map_err(|source| self.error_at_start(source))?,
            Stdout::Inherited => Stdio::inherit(),
        });
        command.stderr(if self.stderr == Stderr::Inherited { Stdio::inherit() } else { Stdio::piped() });
        let child = command.spawn().map_err(|source| self.error_at_start(source))?;
        Ok(Group::new(child, self.quoted(), self.grace))
    }

    fn error_at_start(&self, source: std::io::Error) -> Error {
        Error::Start { command: self.quoted(), source }
    }
}

/// Why a program was not followed to its end.
enum Followed {
    TooLong,
    Lost(std::io::Error),
}

/// Writes the whole input and closes it. A program that does not read it decides by its status what that means.
async fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input).await;
    }
}

fn own_stderr() -> std::io::Result<Stdio> {
    let stderr: OwnedFd = rustix::io::dup(std::io::stderr())?;
    Ok(stderr.into())
}
