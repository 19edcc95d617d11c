//! Keeping a deployment up: a server that ends by itself is started again, as systemd, ECS and Kubernetes do.
//!
//! It must not print: whoever keeps a deployment up reports what happens.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::deployment::Deployment;
use crate::lambda::Failures;

/// The pause before the first start; each failure in a row doubles it. systemd's `RestartSec` is as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause: half a minute is what a person waits before looking.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// After a report of failed invocations there is none for so long: a burst of calls makes one line.
const QUIET: Duration = Duration::from_secs(5);

/// Whoever has run for so long is well again, and its next end is the first one.
const STEADY: Duration = Duration::from_secs(60);

/// What happens to a deployment that is kept up.
#[derive(Debug)]
#[non_exhaustive]
pub enum Supervision {
    /// Its server has ended by itself and is started again after a pause.
    Ended {
        /// Why.
        reason: String,
        /// How long until the next start.
        pause: Duration,
    },
    /// It is up again.
    Restarted,
    /// It did not start, and is started again after a pause.
    Failed {
        /// Why.
        reason: String,
        /// How long until the next start.
        pause: Duration,
    },
    /// Invocations of its function failed: the environment did not start, exited, or ran out of time or memory.
    Failing(Failures),
}

impl fmt::Display for Supervision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { reason, pause } => {
                write!(f, "the server ended by itself ({reason}); restarting in {:.1} s", pause.as_secs_f64())
            }
            Self::Restarted => f.write_str("the server is up again"),
            Self::Failed { reason, pause } => {
                write!(f, "the server did not restart ({reason}); trying again in {:.1} s", pause.as_secs_f64())
            }
            Self::Failing(Failures { count, last }) => write!(f, "invocations that failed: {count}; the last: {last}"),
        }
    }
}

impl Deployment {
    /// Restarts its server whenever it ends by itself, with growing pauses; of a function reports what failed, now and
    /// then. It never returns.
    pub async fn keep_up(&mut self, report: impl Fn(Supervision) + Send) {
        if let Some(function) = self.function() {
            let mut failures = function.failures();
            while failures.changed().await.is_ok() {
                let failed = failures.borrow_and_update().clone();
                report(Supervision::Failing(failed));
                sleep(QUIET).await;
            }
        }
        let mut pause = FIRST_PAUSE;
        loop {
            let since = Instant::now();
            let reason = self.wait_ended().await;
            if since.elapsed() >= STEADY {
                pause = FIRST_PAUSE;
            }
            report(Supervision::Ended { reason, pause });
            loop {
                // Some more or less, so that several that ended together do not start together.
                sleep(pause.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                match self.restart().await {
                    Ok(()) => break,
                    Err(error) => report(Supervision::Failed { reason: chain(&error), pause }),
                }
            }
            report(Supervision::Restarted);
        }
    }
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
