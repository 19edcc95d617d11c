//! A function that a deployment keeps, with its code; deleted with the deployment.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::lambda::{Function, Lambda};

/// A function in the Lambda service. Dropped, it is deleted and its environments are killed.
pub(crate) struct FunctionWorkload {
    function: Function,
    lambda: Arc<Lambda>,
    /// Its code, removed with it.
    _code: TempDir,
}

impl FunctionWorkload {
    pub(super) fn new(function: Function, lambda: Arc<Lambda>, code: TempDir) -> Self {
        Self { function, lambda, _code: code }
    }

    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    /// Ends all its environments.
    pub(super) async fn retire(&self) {
        self.function.retire().await;
    }

    /// The Init Duration of the last call, if it was cold.
    pub(super) fn init(&self) -> Option<Duration> {
        self.function.last_report().and_then(|report| report.init_duration)
    }

    /// How long the last calls took inside of the function, oldest first.
    pub(super) fn durations(&self) -> Vec<Duration> {
        self.function.reports().into_iter().map(|report| report.duration).collect()
    }

    /// The largest environment's peak so far, in bytes; none before the first.
    pub(super) fn peak_memory_bytes(&self) -> Option<u64> {
        Some(self.function.peak_memory_bytes()).filter(|&peak| peak > 0)
    }

    pub(super) fn process_ids(&self) -> Vec<i32> {
        self.function.environment_pids()
    }
}

impl Drop for FunctionWorkload {
    fn drop(&mut self) {
        self.lambda.delete_function(self.function.name());
    }
}
