//! What a service needs of a processor: the CPU time of its starts and calls, measured under the quota of its size.
//!
//! Under the quota, not beside it: a process that is stopped for most of the time finds its caches cold after each pause,
//! and takes up to three times the CPU time for a call. It has neighbours for the same reason. Nothing here predicts.

mod neighbours;
mod reference;

use std::time::Duration;

use crate::Account;
use crate::run::{Demand, Plan};
use crate::{LoadGenerator, Local};
use neighbours::Neighbours;
use reference::Reference;

/// Batches of calls: each gives one sample, with the turns of the reference loop beside it.
const BATCHES: u32 = 8;

/// How long a batch takes: long enough for what a connection's opening costs not to matter.
const BATCH: Duration = Duration::from_millis(400);

/// Calls before those that are measured: what a runtime does lazily is done after a few.
const WARM_UP_CALLS: u32 = 10;

/// Calls of a batch, at most.
const BATCH_CALLS_MAX: f64 = 1_000.0;

/// Measures what a service needs.
///
/// # Errors
/// When it, or the load generator, breaks.
pub(super) async fn measure(
    subject: &mut impl Local,
    generator: &impl LoadGenerator,
    plan: &Plan,
) -> anyhow::Result<Demand> {
    let (reference, _neighbours) = (Reference::new(), Neighbours::start());
    let mut demand = Demand::default();
    for _ in 0..plan.predicted_cold_starts {
        let (sample, turns) = reference.beside(subject.cold_call()).await;
        let sample = sample?;
        let init = sample.init_cpu.unwrap_or(sample.init);
        let all = subject.exact_cpu_time().unwrap_or(sample.total);
        demand.init_cpu_ms.push(ms(init));
        demand.first_cpu_ms.push(ms(all.saturating_sub(init)));
        demand.start_turn_ms.push(median(turns));
    }
    let mut account = Account { subject: &*subject, generator, acknowledged: 0, failed: 0 };
    account.load(1, WARM_UP_CALLS).await?;
    let least = plan.predicted_calls.div_ceil(BATCHES);
    let mut calls = least;
    for batch in 0..=BATCHES {
        let before = account.subject.exact_cpu_time();
        let (result, turns) = reference.beside(account.load(1, calls)).await;
        let result = result?;
        let waited: Duration = result.calls.iter().map(|call| call.duration).sum();
        let used = before.zip(account.subject.exact_cpu_time()).map(|(before, after)| after.saturating_sub(before));
        // The first one only finds out how many calls the next takes. So does each: one whose calls were within what the quota had
        // left takes them for shorter than they are.
        if batch > 0 {
            demand.call_cpu_ms.push(ms(used.unwrap_or(waited)) / f64::from(calls));
            demand.call_turn_ms.push(median(turns));
        }
        let one = ms(waited).max(f64::EPSILON) / f64::from(calls);
        calls = (ms(BATCH) / one).clamp(least.into(), BATCH_CALLS_MAX) as u32;
    }
    Ok(demand)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).copied().map_or(0.0, ms)
}
