//! Measures one way: cold starts, warm-up, latency run, concurrency run, exactness.
//!
//! It sees the way and the load generator through traits, and prints nothing.

mod aws;
mod deployed;
mod figures;
mod oha;
mod probe;
pub mod progress;
mod report;
pub mod run;
pub mod stats;

use std::time::Duration;

use figures::summed_up;
use load::{LoadResult, LoadSpec};

use crate::progress::Progress;
use crate::run::{ColdStart, Exactness, Load, Measurement, Plan, Prediction};
use crate::stats::{Summary, milliseconds};

pub use aws::{AwsAccess, OnAws, measure_on_aws};
pub use deployed::Deployed;
pub use oha::Oha;
pub use probe::Probe;

/// Calls per connection in one round of warm-up before the concurrency run.
const WARM_UP_CALLS_PER_CONNECTION: u32 = 3;

/// Rounds of warm-up at most. While environments of functions still start, a round is much slower than the next.
const WARM_UP_ROUNDS: u32 = 6;

/// A round that is faster than the one before by no more than this shows that all are warm.
const SETTLED: f64 = 1.25;

/// Calls before those of a prediction: what a runtime does lazily is done after a few.
const PREDICTION_WARM_UP_CALLS: u32 = 5;

/// A way that can be called.
pub trait Subject {
    /// Its name, for progress.
    fn name(&self) -> String;
    /// Where it answers, without a slash at the end.
    fn url(&self) -> String;
    /// Makes one call, and reads the number it got.
    fn hit(&self) -> impl Future<Output = anyhow::Result<u64>>;
}

/// A way that runs on this machine: it can be stopped, and looked into.
pub trait Local: Subject {
    /// Stops whatever runs, and makes one call from nothing.
    fn cold_call(&mut self) -> impl Future<Output = anyhow::Result<ColdSample>>;
    /// How long its last calls took inside of the function; none of a server.
    fn function_durations(&self) -> Vec<Duration>;
    /// How the CPU share of its processes is held, in words, and whether it is.
    fn cpu_share(&self) -> (String, bool);
    /// The largest resident memory that one of its processes reached, in bytes.
    fn peak_memory_bytes(&self) -> Option<u64>;
}

/// Makes many calls.
pub trait LoadGenerator {
    /// Makes them, and tells how each went.
    fn run(&self, spec: &LoadSpec) -> impl Future<Output = anyhow::Result<LoadResult>>;
}

/// One cold start.
#[derive(Clone, Copy, Debug)]
pub struct ColdSample {
    /// From the spawn of the process to the whole first response.
    pub total: Duration,
    /// From the spawn of the process to its being ready.
    pub init: Duration,
}

/// Measures a way by a plan.
///
/// # Errors
/// When the way, or the load generator, breaks.
pub async fn measure(
    subject: &mut impl Local,
    generator: &impl LoadGenerator,
    plan: &Plan,
    progress: &dyn Progress,
) -> anyhow::Result<Measurement> {
    let name = subject.name();
    progress.phase(&name, "cold starts");
    let cold_start = cold_starts(subject, plan.cold_starts).await?;

    let Calls { latency, concurrency, exactness } = calls(&*subject, generator, plan, progress).await?;
    Ok(Measurement { cold_start, latency, concurrency, exactness, peak_memory_bytes: subject.peak_memory_bytes() })
}

/// What calls tell, wherever a way runs.
struct Calls {
    latency: Load,
    concurrency: Load,
    exactness: Exactness,
}

/// Warm-up, latency run, concurrency run, between two readings of the counter.
async fn calls(
    subject: &impl Subject,
    generator: &impl LoadGenerator,
    plan: &Plan,
    progress: &dyn Progress,
) -> anyhow::Result<Calls> {
    let name = subject.name();
    let mut account = Account { subject, generator, acknowledged: 0, failed: 0 };
    let before = subject.hit().await?;
    progress.phase(&name, "warm-up");
    account.load(1, plan.warm_up_calls).await?;
    progress.phase(&name, "latency run");
    let latency = account.load(1, plan.latency_calls + 1).await?;
    progress.phase(&name, "concurrency run");
    let calls = concurrency_calls(account.warm_up(plan.connections).await?, plan);
    let concurrency = account.load(plan.connections, calls).await?;
    progress.phase(&name, "exactness check");
    let after = subject.hit().await?;
    Ok(Calls {
        latency: summed_up(&latency, 1)?,
        concurrency: summed_up(&concurrency, plan.connections)?,
        exactness: Exactness {
            acknowledged: account.acknowledged + 1,
            counted: after.saturating_sub(before),
            failed: account.failed,
        },
    })
}

/// Predicts a way by a plan: the same cold starts and sequential calls, on a cloud that is as slow as AWS.
///
/// # Errors
/// When the way, or the load generator, breaks.
pub async fn predict(
    subject: &mut impl Local,
    generator: &impl LoadGenerator,
    plan: &Plan,
    progress: &dyn Progress,
) -> anyhow::Result<Prediction> {
    let name = subject.name();
    progress.phase(&name, "prediction: cold starts");
    let cold_start = cold_starts(subject, plan.predicted_cold_starts).await?;
    progress.phase(&name, "prediction: calls");
    let mut account = Account { subject: &*subject, generator, acknowledged: 0, failed: 0 };
    account.load(1, PREDICTION_WARM_UP_CALLS).await?;
    let latency = summed_up(&account.load(1, plan.predicted_calls + 1).await?, 1)?;
    let durations = subject.function_durations();
    let warm = &durations[durations.len().saturating_sub(plan.predicted_calls as usize)..];
    let (cpu, cpu_share_held) = subject.cpu_share();
    Ok(Prediction {
        cpu,
        cpu_share_held,
        cold_start,
        latency,
        function_mean_ms: Summary::of(warm).map(|summary| summary.mean_ms),
    })
}

async fn cold_starts(subject: &mut impl Local, count: u32) -> anyhow::Result<ColdStart> {
    let mut samples = Vec::new();
    for _ in 0..count {
        samples.push(subject.cold_call().await?);
    }
    let totals: Vec<_> = samples.iter().map(|sample| sample.total).collect();
    let summary = Summary::of(&totals).ok_or_else(|| anyhow::anyhow!("the plan has no cold start"))?;
    Ok(ColdStart {
        summary,
        total_ms: totals.into_iter().map(milliseconds).collect(),
        init_ms: samples.iter().map(|sample| milliseconds(sample.init)).collect(),
    })
}

/// As many calls as the plan's time takes at the rate of the warm-up.
fn concurrency_calls(calls_per_second: f64, plan: &Plan) -> u32 {
    let calls = calls_per_second * plan.concurrency_s;
    (calls as u32).max(plan.connections * 2).min(plan.concurrency_calls_max)
}

/// Loads a way, and keeps the account of what it acknowledged.
struct Account<'a, S, G> {
    subject: &'a S,
    generator: &'a G,
    acknowledged: u64,
    failed: u64,
}

impl<S: Subject, G: LoadGenerator> Account<'_, S, G> {
    /// Loads it until rounds get no faster, and returns how many calls per second the fastest one made.
    async fn warm_up(&mut self, connections: u32) -> anyhow::Result<f64> {
        let mut fastest = 0.0_f64;
        for _ in 0..WARM_UP_ROUNDS {
            let round = self.load(connections, connections * WARM_UP_CALLS_PER_CONNECTION).await?;
            let rate = round.calls_per_second();
            let settled = rate <= fastest * SETTLED;
            fastest = fastest.max(rate);
            if settled {
                break;
            }
        }
        Ok(fastest)
    }

    async fn load(&mut self, connections: u32, calls: u32) -> anyhow::Result<LoadResult> {
        let url = format!("{}/hits", self.subject.url());
        let result = self.generator.run(&LoadSpec { url, connections, calls }).await?;
        self.acknowledged += result.acknowledged();
        self.failed += result.failed();
        Ok(result)
    }
}

#[cfg(test)]
mod tests;
