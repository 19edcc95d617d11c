//! The scripts, and what they leave behind.

use std::path::Path;
use std::time::Duration;

use programs::{Command, Grace};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Longer than any script here takes on a loaded machine, and shorter than what they sleep.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

pub(crate) const HASTY: Grace = Grace { first: Duration::from_millis(200), second: Duration::from_millis(200) };

pub(crate) fn sh(script: &str) -> Command {
    Command::new("sh").arguments(["-c", script]).limit(BOUND).grace(HASTY)
}

/// Waits until a file is there.
pub(crate) async fn appears(path: &Path) {
    let there = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, there).await.expect("the script gets that far");
}

/// Whether a process is there, by the number that a script wrote into a file.
pub(crate) fn is_alive(file: &Path) -> bool {
    let pid = std::fs::read_to_string(file).expect("the number is written");
    let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output().expect("ps runs");
    let state = String::from_utf8(state.stdout).expect("text");
    // A zombie only waits for whoever adopts it.
    !state.trim().is_empty() && !state.starts_with('Z')
}

pub(crate) async fn ends(file: &Path) {
    let ended = async {
        while is_alive(file) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, ended).await.expect("the process ends");
}
