//! What a count that is one row of a database takes, whichever database it is.

use ways::Update;

/// Milliseconds of a row's calls.
pub(super) struct Row {
    pub(super) read_ms: f64,
    pub(super) write_ms: f64,
    /// Of a write: the row is one writer's until it is committed, and its next one waits for that.
    pub(super) commit_ms: f64,
}

impl Row {
    pub(super) fn writes_per_second(&self) -> f64 {
        1e3 / self.commit_ms
    }

    /// See [`super::StoreCost::call_ms`].
    pub(super) fn call_ms(&self, update: Update) -> (f64, f64) {
        match update {
            Update::Atomic => (self.write_ms, 1.0),
            Update::ReadThenWrite => (self.read_ms + self.write_ms, 2.0),
        }
    }
}
