//! A load's calls, summarised.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use load::LoadResult;

use crate::run::{Failures, Load, Samples};
use crate::stats::Summary;

/// Samples that are kept of one load, at most: of longer ones each second call, each third, and so on.
const SAMPLES_MAX: usize = 2_000;

/// The figures of a load over so many connections, its rate counted for so long at most, as [`LoadResult::throughput`] does;
/// the way's own processes used so much processor time for it.
///
/// # Errors
/// When no call over an open connection was acknowledged.
pub(super) fn summarised(
    result: &LoadResult,
    connections: u32,
    window_max: Option<Duration>,
    cpu_time: Option<Duration>,
) -> anyhow::Result<Load> {
    let kept = result.calls.iter().filter(|call| call.acknowledged() && call.connecting.is_none());
    let durations: Vec<Duration> = kept.map(|call| call.duration).collect();
    let summary = Summary::of(&durations).with_context(|| nothing_to_summarise(result))?;
    let throughput = result.throughput(connections, window_max);
    Ok(Load {
        connections,
        summary,
        samples: samples(result),
        acknowledged: result.acknowledged(),
        failed: result.failed(),
        failures: failures(result),
        calls_per_second: throughput.calls_per_second,
        window_s: Some(throughput.window.as_secs_f64()),
        generator_cores: result.generator_cores,
        service_cpu_s: cpu_time.map(|time| time.as_secs_f64()),
        body_bytes: (result.body_bytes > 0).then_some(result.body_bytes),
    })
}

fn samples(result: &LoadResult) -> Samples {
    let every = result.calls.len().div_ceil(SAMPLES_MAX).max(1);
    let calls: Vec<_> = result.calls.iter().step_by(every).collect();
    let of_mix = calls.iter().any(|call| call.expected.is_some());
    let opened = calls.iter().zip(0..).filter(|(call, _)| call.connecting.is_some());
    Samples {
        every: u32::try_from(every).unwrap_or(u32::MAX),
        duration_us: calls.iter().map(|call| (call.duration.as_secs_f64() * 1e7).round() / 10.0).collect(),
        status: calls.iter().map(|call| call.status).collect(),
        opened_connection: opened.map(|(_, index)| index).collect(),
        unexpected: of_mix.then(|| {
            let unexpected = calls.iter().zip(0..).filter(|(call, _)| !call.acknowledged());
            unexpected.map(|(_, index)| index).collect()
        }),
    }
}

/// Failed calls by what they were answered.
fn failures(result: &LoadResult) -> Vec<Failures> {
    let mut by_status: BTreeMap<u16, Vec<Duration>> = BTreeMap::new();
    for call in result.calls.iter().filter(|call| !call.acknowledged()) {
        by_status.entry(call.status).or_default().push(call.duration);
    }
    let answered = by_status.into_iter().map(|(status, durations)| Failures {
        status: Some(status),
        calls: durations.len() as u64,
        latency: Summary::of(&durations),
    });
    let unanswered =
        (result.unanswered > 0).then_some(Failures { status: None, calls: result.unanswered, latency: None });
    answered.chain(unanswered).collect()
}

fn nothing_to_summarise(result: &LoadResult) -> String {
    let (acknowledged, failed) = (result.acknowledged(), result.failed());
    if acknowledged > 0 {
        return format!(
            "it closes its connections: {acknowledged} calls were acknowledged, and each had to open a connection, which is \
             not measured: let it keep them open (HTTP/1.1 without `Connection: close`)"
        );
    }
    let kinds = failures(result).into_iter().map(|it| match it.status {
        Some(status) => format!("{} got {status}", it.calls),
        None => format!("{} got no answer", it.calls),
    });
    format!("of {failed} calls none was acknowledged: {}", kinds.collect::<Vec<_>>().join(", "))
}
