//! Invocations that failed by Lambda's word: how many, and why the last one did. Must not know who reads them.

use tokio::sync::watch;

use super::outcome::{ErrorSource, Outcome};

/// Invocations whose environment did not start, exited, or ran out of time or memory.
#[derive(Clone, Debug, Default)]
pub struct Failures {
    /// How many there were.
    pub count: u64,
    /// AWS's type and message of the last one's error.
    pub last: String,
}

/// Counts them, and wakes who waits for one.
#[derive(Debug, Default)]
pub(super) struct FailureCounter(watch::Sender<Failures>);

impl FailureCounter {
    pub(super) fn see(&self, outcome: &Outcome) {
        let Outcome::FunctionError(error) = outcome else { return };
        if error.source == ErrorSource::Unhandled {
            self.0.send_modify(|failures| {
                failures.count += 1;
                failures.last = format!("{}: {}", error.error_type, error.message);
            });
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<Failures> {
        self.0.subscribe()
    }
}
