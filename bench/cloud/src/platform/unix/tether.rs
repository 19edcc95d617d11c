//! Children end with the lab: a watchdog, one `/bin/sh` for all of them, kills their groups once the lab has ended.
//!
//! The watchdog reads a pipe that ends when the last process that holds its other end does: the lab, and each child
//! of it between fork and exec. A child registers with the watchdog before its exec, so no moment is left in which
//! the lab's end would be missed. It kills whole groups, workers of a service too.
//!
//! Limit, known: whoever kills the watchdog itself takes that away (and ends each child that starts after that).

use std::io::{self, PipeWriter, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::process::getpid;

const SCRIPT: &str = include_str!("watchdog.sh");

/// What ties one child, which leads a group of its own, to the lab.
#[derive(Debug)]
pub(crate) struct Tether {
    watchdog: Arc<Watchdog>,
    /// Stands for the child: unlike its id it is known before the child is, and never used again.
    number: u64,
}

impl Tether {
    /// For a child that is about to be started.
    pub(crate) fn new() -> io::Result<Self> {
        static WATCHDOG: OnceLock<Result<Arc<Watchdog>, String>> = OnceLock::new();
        let start = || Watchdog::start().map(Arc::new).map_err(|error| format!("/bin/sh can't be started: {error}"));
        let watchdog = WATCHDOG.get_or_init(start).as_ref().map_err(|reason| io::Error::other(reason.as_str()))?;
        Ok(Self::to(watchdog))
    }

    fn to(watchdog: &Arc<Watchdog>) -> Self {
        Self { watchdog: Arc::clone(watchdog), number: watchdog.next.fetch_add(1, Ordering::Relaxed) }
    }

    /// What the child does between fork and exec: it writes a line of numbers, made on its stack, in one system call.
    pub(crate) fn tie(&self) -> impl Fn() -> io::Result<()> + Send + Sync + 'static {
        let (watchdog, number) = (Arc::clone(&self.watchdog), self.number);
        move || watchdog.write(format_args!("+ {number} {}\n", getpid()))
    }

    /// The child is over, or was never started. To be called before its id can be a stranger's.
    pub(crate) fn release(&self) {
        // Without a watchdog nobody needs to know.
        let _unheard = self.watchdog.write(format_args!("- {}\n", self.number));
    }
}

#[derive(Debug)]
struct Watchdog {
    pipe: PipeWriter,
    next: AtomicU64,
}

impl Watchdog {
    fn start() -> io::Result<Self> {
        let (input, pipe) = io::pipe()?;
        // In a group of its own, which no Ctrl-C in the lab's terminal reaches. It holds nothing of the lab's: neither
        // its output, for whose end somebody may wait, nor its folder.
        Command::new("/bin/sh")
            .args(["-c", SCRIPT, "lab-watchdog"])
            .env_clear()
            .current_dir("/")
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { pipe, next: AtomicU64::new(0) })
    }

    /// Writes a line at once: below `PIPE_BUF` (512 bytes at least), it is never mixed with another's.
    fn write(&self, line: std::fmt::Arguments<'_>) -> io::Result<()> {
        // Two signs, two spaces and two numbers of at most 20 digits.
        let mut text = [0; 48];
        let mut rest = &mut text[..];
        rest.write_fmt(line)?;
        let unused = rest.len();
        let text = &text[..text.len() - unused];
        rustix::io::retry_on_intr(|| rustix::io::write(&self.pipe, text))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
