//! What a load generator is asked for, and what it tells.

use std::time::Duration;

use anyhow::Context;

use crate::run::Load;
use crate::stats::Summary;

/// Calls to make.
#[derive(Clone, Debug)]
pub struct LoadSpec {
    /// What to get.
    pub url: String,
    /// Connections, each with one call at a time.
    pub connections: u32,
    /// Calls in all.
    pub calls: u32,
}

/// How the calls of one run went.
#[derive(Clone, Debug, Default)]
pub struct LoadResult {
    /// The calls that were answered, in order of their start.
    pub calls: Vec<Call>,
    /// How many were not answered at all.
    pub unanswered: u64,
}

/// One answered call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// When it began, from the run's start.
    pub start: Duration,
    /// How long it took, the opening of a connection included.
    pub duration: Duration,
    /// Whether it had to open a connection.
    pub opened_connection: bool,
    /// The status of its answer.
    pub status: u16,
}

impl LoadResult {
    /// Calls answered 200.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.calls.iter().filter(|call| call.status == 200).count() as u64
    }

    /// Calls answered otherwise, or not at all.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.calls.len() as u64 - self.acknowledged() + self.unanswered
    }

    /// Acknowledged calls per second, from the first call's start to the last one's end.
    #[must_use]
    pub fn calls_per_second(&self) -> f64 {
        let begin = self.calls.iter().map(|call| call.start).min().unwrap_or_default();
        let end = self.calls.iter().map(|call| call.start + call.duration).max().unwrap_or_default();
        let seconds = (end - begin).as_secs_f64();
        if seconds > 0.0 { self.acknowledged() as f64 / seconds } else { 0.0 }
    }

    /// The run in figures.
    ///
    /// # Errors
    /// When no call over an open connection was acknowledged.
    pub fn summed_up(&self, connections: u32) -> anyhow::Result<Load> {
        let samples: Vec<Duration> = self
            .calls
            .iter()
            .filter(|call| call.status == 200 && !call.opened_connection)
            .map(|call| call.duration)
            .collect();
        let summary = Summary::of(&samples).with_context(|| self.nothing_acknowledged())?;
        Ok(Load {
            connections,
            summary,
            samples_us: samples.iter().map(|sample| (sample.as_secs_f64() * 1e7).round() / 10.0).collect(),
            acknowledged: self.acknowledged(),
            failed: self.failed(),
            calls_per_second: self.calls_per_second(),
        })
    }

    fn nothing_acknowledged(&self) -> String {
        match self.calls.first() {
            Some(call) => format!("no call was acknowledged: the first of {} got {}", self.calls.len(), call.status),
            None => format!("none of {} calls was answered", self.unanswered),
        }
    }
}
