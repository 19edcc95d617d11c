//! The commands, one file each.

pub mod bench;
pub mod cost;
pub mod deploy;
pub mod deployments;
pub mod destroy;
pub mod doctor;
pub mod prices;
pub mod schema;
pub mod up;
pub mod ways;

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// How long services may take to end before they are killed.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// How often, and for how long, what is not there yet is asked for: five minutes.
const REPEATED: u32 = 60;
const REPEATED_EVERY: Duration = Duration::from_secs(5);

/// Prints to stdout; that nobody reads it any more (`lab ways | head`) is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("can't write to stdout"),
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("can't start the async runtime")
}

/// Returns when the lab is asked to end: Ctrl-C, SIGTERM, or the terminal's end.
pub(crate) async fn asked_to_end() -> io::Result<()> {
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

/// What comes of something that may need a while to be there: asked for some minutes.
async fn repeated<T, F: Future<Output = anyhow::Result<T>>>(ask: impl Fn() -> F) -> anyhow::Result<T> {
    for _ in 0..REPEATED {
        if let Ok(answer) = ask().await {
            return Ok(answer);
        }
        tokio::time::sleep(REPEATED_EVERY).await;
    }
    ask().await
}

/// A path as a person would type it from here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
