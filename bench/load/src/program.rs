//! oha in a process below this one, which watches it. Both are of one process group: what ends that, ends both.

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::processor::Account;

/// How many threads its runtime has, where it asks the environment: it makes its calls in threads of their own.
const RUNTIME_THREADS: (&str, &str) = ("TOKIO_WORKER_THREADS", "1");

/// Runs oha with its own arguments until it ends.
///
/// # Errors
/// When it can't be run, or fails.
pub(crate) fn run(oha: &str, arguments: &[String]) -> anyhow::Result<()> {
    let mut command = Command::new(oha);
    command.args(arguments).env(RUNTIME_THREADS.0, RUNTIME_THREADS.1).stdin(Stdio::null()).stdout(Stdio::null());
    let account = Account::open(arguments);
    let mut child = command.spawn().with_context(|| format!("can't run {oha}"))?;
    if let Some(account) = &account {
        account.watch_child(child.id());
    }
    let status = child.wait().context("can't wait for oha")?;
    if let Some(account) = account {
        account.children_ended();
    }
    ensure!(status.success(), "oha ended with {status}");
    Ok(())
}
