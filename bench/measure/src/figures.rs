//! A load in figures.

use std::time::Duration;

use anyhow::Context;
use load::LoadResult;

use crate::run::Load;
use crate::stats::Summary;

/// The figures of a load.
///
/// # Errors
/// When no call over an open connection was acknowledged.
pub(super) fn summed_up(result: &LoadResult, connections: u32) -> anyhow::Result<Load> {
    let samples: Vec<Duration> = result
        .calls
        .iter()
        .filter(|call| call.status == 200 && !call.opened_connection)
        .map(|call| call.duration)
        .collect();
    let summary = Summary::of(&samples).with_context(|| nothing_acknowledged(result))?;
    Ok(Load {
        connections,
        summary,
        samples_us: samples.iter().map(|sample| (sample.as_secs_f64() * 1e7).round() / 10.0).collect(),
        acknowledged: result.acknowledged(),
        failed: result.failed(),
        calls_per_second: result.calls_per_second(),
    })
}

fn nothing_acknowledged(result: &LoadResult) -> String {
    match result.calls.first() {
        Some(call) => format!("no call was acknowledged: the first of {} got {}", result.calls.len(), call.status),
        None => format!("none of {} calls was answered", result.unanswered),
    }
}
