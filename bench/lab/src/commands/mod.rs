//! The commands, one file each.

pub mod bench;
pub mod choose;
pub mod cost;
pub mod deploy;
pub mod deployments;
pub mod destroy;
pub mod doctor;
pub mod export;
pub mod init;
pub mod merge;
mod own;
pub mod prices;
pub mod report;
pub mod runs;
pub mod schema;
pub mod up;
pub mod ways;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Prints to stdout; that nobody reads it any more (`lab ways | head`) is not a failure.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("can't write to stdout"),
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("can't start the async runtime")
}

/// Returns when an end of the lab is requested: Ctrl-C, SIGTERM, or the terminal's end.
pub(crate) async fn end_requested() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// The outcome of some work, unless the lab is interrupted before: then the work is dropped where it is.
async fn unless_interrupted<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::select! {
        outcome = work => outcome,
        ended = end_requested() => {
            ended.context("can't listen for signals")?;
            bail!("interrupted")
        }
    }
}

/// Prompts for a confirmation on the terminal: no, unless the answer is yes.
async fn confirmed(question: &str) -> anyhow::Result<bool> {
    let prompted = io::stderr().write_all(format!("{question} [y/N] ").as_bytes());
    prompted.and_then(|()| io::stderr().flush()).context("can't prompt for a confirmation")?;
    let (answered, answer) = tokio::sync::oneshot::channel();
    // A thread that nobody waits for: a read can't be cancelled, and Ctrl-C must end the lab here too.
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = answered.send(io::stdin().read_line(&mut line).map(|_| line));
    });
    let answer = answer.await.context("the prompt was lost")?.context("can't read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A path as a person would type it from here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
