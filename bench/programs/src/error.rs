//! Why a program gave no result. Each message names the command as a person would paste it.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// A program that could not be run, or did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be started.
    #[error("can't run `{command}`")]
    Start {
        /// The command.
        command: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It ended, and reported a failure.
    #[error("`{command}` failed ({status}){}", details(.stderr))]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its stderr; nothing where a person has seen them.
        stderr: Option<String>,
    },
    /// It took too long, and was interrupted.
    #[error("`{command}` took longer than {} and was interrupted{}", short(*.limit), details(.stderr))]
    TimedOut {
        /// The command.
        command: String,
        /// How long it had.
        limit: Duration,
        /// The last lines of its stderr; nothing where a person has seen them.
        stderr: Option<String>,
    },
    /// It printed more than is kept in memory, and was interrupted.
    #[error("`{command}` printed more than {} MiB and was interrupted", .bytes_max >> 20)]
    TooLong {
        /// The command.
        command: String,
        /// How much is kept.
        bytes_max: usize,
    },
    /// Its output or its exit status could not be read.
    #[error("failed to wait for `{command}`")]
    Wait {
        /// The command.
        command: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// What the program wrote on stderr, as far as it is kept.
    #[must_use]
    pub fn stderr(&self) -> Option<&str> {
        match self {
            Self::Failed { stderr, .. } | Self::TimedOut { stderr, .. } => stderr.as_deref(),
            Self::Start { .. } | Self::TooLong { .. } | Self::Wait { .. } => None,
        }
    }
}

fn details(stderr: &Option<String>) -> String {
    match stderr {
        Some(text) if text.is_empty() => String::new(),
        Some(text) => format!(": {text}"),
        None => ": see its output above".to_owned(),
    }
}

/// A time limit in the unit in which it was meant.
fn short(limit: Duration) -> String {
    match limit.as_secs() {
        0 => format!("{} ms", limit.as_millis()),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
