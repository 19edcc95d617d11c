//! Measures one way: cold starts, warm-up, latency run, concurrency run, exactness.
//!
//! It sees the way and the load generator through traits, and prints nothing.

mod aws;
mod cold;
mod demand;
mod deployed;
mod fan_out;
mod load;
mod oha;
mod own;
mod predict;
mod probe;
pub mod progress;
mod report;
pub mod run;
pub mod stats;
mod warnings;

use std::time::{Duration, Instant};

use ::load::{LoadResult, LoadSpec};
use load::summarised;

use crate::progress::Progress;
use crate::run::{AtRate, ColdStart, Conditions, Exactness, Load, Measurement, OwnService, Plan, StoreUse};
use crate::stats::{Summary, milliseconds};

pub use aws::{AwsAccess, OnAws, measure_on_aws, restore};
pub use deployed::Deployed;
pub use fan_out::by_probes;
pub use oha::Oha;
pub use own::Own;
pub use predict::{Needs, Predicted, predict, predict_without_process};
pub use probe::Probe;
pub use report::LogLine;
pub use warnings::warnings;

/// Calls per connection in the first round of warm-up before the concurrency run.
const WARM_UP_CALLS_PER_CONNECTION: u32 = 3;

/// A way whose processes have used no processor time for so long is at rest, and it is waited for so long at most.
const REST: Duration = Duration::from_millis(300);
const REST_MAX: Duration = Duration::from_secs(8);

/// How long a round of warm-up takes whose rate is taken for the way's: long enough for the opening of connections not
/// to matter.
const WARM_UP_ROUND: Duration = Duration::from_millis(200);

/// Rounds of warm-up at most. While environments of functions still start, a round is much slower than the next.
const WARM_UP_ROUNDS: u32 = 6;

/// A round that is faster than the one before by no more than this shows that all are warm.
const SETTLED: f64 = 1.25;

/// Concurrency runs at most: one that is over in half of the planned time is made again, with more calls.
const CONCURRENCY_RUNS: u32 = 3;

/// Calls of a concurrency run beyond those of its planned time: rates differ by some 10 % from one run to the next.
const SPARE: f64 = 1.1;

/// How much more than the way answers is ever due in an open loop.
const OVERLOAD: f64 = 2.0;

/// Calls that a reading of the counter takes at most.
const READINGS: u32 = 5;

/// A way that can be called.
pub trait Subject {
    /// Its name, for progress.
    fn name(&self) -> String;
    /// Where it answers, without a slash at the end.
    fn url(&self) -> String;
    /// Makes one call, and reads the number it got.
    fn hit(&self) -> impl Future<Output = anyhow::Result<u64>>;
    /// Processor time that its processes have used so far; nothing where that can't be read.
    fn cpu_time(&self) -> Option<Duration>;
    /// How many execution environments are being started for it; 0 where that is not known.
    fn starting(&self) -> usize {
        0
    }
    /// Calls to make: of the counter a hit each.
    fn load(&self, connections: u32, calls: u32, per_second: Option<f64>) -> LoadSpec {
        LoadSpec { url: format!("{}/hits", self.url()), connections, calls, per_second, mix: None, start: None }
    }
    /// One call of each connection that counts nothing, so that a function has an environment for each before they all
    /// write; nothing where no such call is known.
    fn health(&self, connections: u32) -> Option<LoadSpec> {
        self.counts()
            .then(|| LoadSpec { url: format!("{}/healthz", self.url()), ..self.load(connections, connections, None) })
    }
    /// Whether it counts its calls. A service of the user's own does not.
    fn counts(&self) -> bool {
        true
    }
    /// What a call took of the stores so far; nothing of the counter.
    fn stores(&self) -> Option<StoreUse> {
        None
    }
    /// What its own command finds: whether all is right, and what it printed last; nothing where it has none.
    fn verify(&self) -> impl Future<Output = anyhow::Result<Option<(bool, String)>>> {
        std::future::ready(Ok(None))
    }
}

/// A way that runs on this machine: it can be stopped, and looked into.
pub trait Local: Subject {
    /// Whether processes run it: where none do, nothing starts.
    fn has_process(&self) -> bool {
        true
    }
    /// Stops whatever runs, and makes one call from nothing.
    fn cold_call(&mut self) -> impl Future<Output = anyhow::Result<ColdSample>>;
    /// CPU time that what runs now has used so far, to a nanosecond; nothing where that can't be read.
    fn exact_cpu_time(&self) -> Option<Duration>;
    /// How the CPU share of its processes is held, in words, and whether it is.
    fn cpu_share(&self) -> (String, bool);
    /// The largest resident memory that one of its processes reached, in bytes.
    fn peak_memory_bytes(&self) -> Option<u64>;
}

/// Makes many calls.
pub trait LoadGenerator {
    /// Makes them, and reports how each went.
    fn run(&self, spec: &LoadSpec) -> impl Future<Output = anyhow::Result<LoadResult>>;
}

/// One cold start.
#[derive(Clone, Copy, Debug)]
pub struct ColdSample {
    /// From the spawn of the process to the whole first response.
    pub total: Duration,
    /// From the spawn of the process to its being ready.
    pub init: Duration,
    /// CPU time of that; nothing where it can't be read.
    pub init_cpu: Option<Duration>,
}

/// Measures a way in one round, by that round's plan. Its rate in the first round, where there was one, spares it from being
/// found anew, and is what a sweep's rates are shares of.
///
/// # Errors
/// When the way, or the load generator, breaks.
pub async fn measure(
    subject: &mut impl Local,
    generator: &impl LoadGenerator,
    plan: &Plan,
    known_rate: Option<f64>,
    progress: &dyn Progress,
) -> anyhow::Result<Measurement> {
    let name = subject.name();
    let cold_start = match subject.has_process() {
        true => {
            progress.phase(&name, "cold starts");
            Some(cold_starts(subject, plan.cold_starts).await?)
        }
        false => None,
    };

    let Calls { latency, concurrency, at_rates, exactness, own } =
        calls(&*subject, generator, plan, known_rate, progress).await?;
    Ok(Measurement {
        measured_as: None,
        own,
        cold_start,
        latency,
        concurrency,
        at_rates,
        exactness,
        peak_memory_bytes: subject.peak_memory_bytes(),
        conditions: Conditions::default(),
    })
}

/// What calls show, wherever a way runs.
struct Calls {
    latency: Load,
    concurrency: Load,
    at_rates: Vec<AtRate>,
    exactness: Option<Exactness>,
    own: Option<OwnService>,
}

/// Warm-up, latency run, concurrency run, between two readings of the counter.
async fn calls(
    subject: &impl Subject,
    generator: &impl LoadGenerator,
    plan: &Plan,
    known_rate: Option<f64>,
    progress: &dyn Progress,
) -> anyhow::Result<Calls> {
    let name = subject.name();
    let mut account = Account { subject, generator, acknowledged: 0, failed: 0 };
    let before = if subject.counts() { Some(account.count().await?) } else { None };
    // Nothing before that reading is in the account.
    account.failed = 0;
    progress.phase(&name, "warm-up");
    account.load(1, plan.warm_up_calls).await?;
    progress.phase(&name, "latency run");
    let latency = account.measured(1, plan.latency_calls + 1, None).await?;
    progress.phase(&name, "concurrency run");
    let window = Some(Duration::from_secs_f64(plan.concurrency_s));
    let mut calls = concurrency_calls(account.warm_up(plan, known_rate).await?, plan);
    let mut concurrency = account.measured(plan.connections, calls, window).await?;
    for _ in 1..CONCURRENCY_RUNS {
        let short = concurrency.window_s.is_some_and(|window_s| window_s < plan.concurrency_s / 2.0);
        if !short || calls >= plan.concurrency_calls_max {
            break;
        }
        // The warm-up was slower than the way, or opening the connections took most of it: now its rate is known better.
        calls = concurrency_calls(concurrency.calls_per_second, plan).max(2 * calls).min(plan.concurrency_calls_max);
        concurrency = account.measured(plan.connections, calls, window).await?;
    }
    let mut at_rates = Vec::new();
    for rate in rates(plan, known_rate.unwrap_or(concurrency.calls_per_second)) {
        progress.phase(&name, &format!("{:.0} calls/s", rate.per_second));
        let load = account.measured_at(Some(rate.per_second), plan.connections, rate.calls, None).await?;
        let Rate { per_second, share, calls: _ } = rate;
        at_rates.push(AtRate { per_second, share, load });
    }
    let Some(before) = before else {
        progress.phase(&name, "check");
        let verified = subject.verify().await?;
        let bytes: u64 = [&latency, &concurrency].into_iter().filter_map(|load| load.body_bytes).sum();
        let answered = latency.acknowledged + concurrency.acknowledged;
        let own = OwnService {
            expected: account.acknowledged,
            failed: account.failed,
            verified: verified.as_ref().map(|(right, _)| *right),
            finding: verified.filter(|(right, _)| !right).map(|(_, printed)| printed),
            stores: subject.stores().unwrap_or_default(),
            body_bytes: if answered == 0 { 0.0 } else { bytes as f64 / answered as f64 },
        };
        return Ok(Calls { latency, concurrency, at_rates, exactness: None, own: Some(own) });
    };
    progress.phase(&name, "exactness check");
    let after = account.count().await?;
    let exactness = Exactness {
        acknowledged: account.acknowledged + 1,
        counted: after.saturating_sub(before),
        failed: account.failed,
    };
    Ok(Calls { latency, concurrency, at_rates, exactness: Some(exactness), own: None })
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

/// As many calls as the plan's time takes at a rate, and some, once each connection has made its first.
fn concurrency_calls(calls_per_second: f64, plan: &Plan) -> u32 {
    let calls = calls_per_second * plan.concurrency_s * SPARE;
    (calls as u32).max(plan.connections).saturating_add(plan.connections).min(plan.concurrency_calls_max)
}

/// A rate of calls.
struct Rate {
    per_second: f64,
    /// Of the way's largest rate.
    share: Option<f64>,
    calls: u32,
}

/// The rates of a plan, of a way that answers so many calls in a second at most.
fn rates(plan: &Plan, largest: f64) -> Vec<Rate> {
    let rate = |per_second: f64, share| {
        // Above what the way answers its calls only wait: as many as are enough to see that.
        let calls = (per_second.min(OVERLOAD * largest) * plan.open_loop_s) as u32;
        Rate { per_second, share, calls: calls.clamp(1, plan.concurrency_calls_max) }
    };
    let at = plan.rate.iter().map(|&per_second| rate(per_second, None));
    at.chain(plan.sweep.iter().map(|&share| rate(share * largest, Some(share)))).collect()
}

/// Loads a way, and keeps the account of what it acknowledged.
struct Account<'a, S, G> {
    subject: &'a S,
    generator: &'a G,
    acknowledged: u64,
    failed: u64,
}

impl<S: Subject, G: LoadGenerator> Account<'_, S, G> {
    /// Waits until its processes are at rest. Environments of a function that were begun for the first callers still
    /// initialise when the others have served those, and would take the processors from what is measured.
    async fn rest(&self) {
        let begun = Instant::now();
        let (mut used, mut since) = (self.subject.cpu_time(), begun);
        while used.is_some() && since.elapsed() < REST && begun.elapsed() < REST_MAX {
            tokio::time::sleep(REST / 10).await;
            let now = self.subject.cpu_time();
            if now != used || self.subject.starting() > 0 {
                (used, since) = (now, Instant::now());
            }
        }
    }

    /// Loads it until rounds get no faster, and returns how many calls per second the fastest one made. Where that is
    /// known, one round warms up.
    async fn warm_up(&mut self, plan: &Plan, known_rate: Option<f64>) -> anyhow::Result<f64> {
        // Environments that start while all of them write one object would make one another's writes fail.
        if let Some(health) = self.subject.health(plan.connections) {
            self.generator.run(&health).await?;
            self.rest().await;
        }
        let first = plan.connections * WARM_UP_CALLS_PER_CONNECTION;
        self.load(plan.connections, first).await?;
        self.rest().await;
        if let Some(rate) = known_rate {
            let calls =
                ((rate * WARM_UP_ROUND.as_secs_f64()) as u32).clamp(first, plan.concurrency_calls_max.max(first));
            self.load(plan.connections, calls).await?;
            return Ok(rate);
        }
        let (mut fastest, mut calls) = (0.0_f64, first);
        for _ in 0..WARM_UP_ROUNDS {
            let round = self.load(plan.connections, calls).await?.throughput(plan.connections, Some(Duration::MAX));
            let settled = round.calls_per_second <= fastest * SETTLED && round.window >= WARM_UP_ROUND / 2;
            fastest = fastest.max(round.calls_per_second);
            // A tenth of the plan's most calls, for on AWS each is paid for.
            let enough = (fastest * WARM_UP_ROUND.as_secs_f64()) as u32;
            if settled || (calls >= plan.concurrency_calls_max / 10) {
                break;
            }
            calls = calls.max(enough).min(plan.concurrency_calls_max / 10);
        }
        Ok(fastest)
    }

    /// Reads the counter. A way that fails some calls may fail this one: it is repeated a few times.
    async fn count(&mut self) -> anyhow::Result<u64> {
        for _ in 1..READINGS {
            match self.subject.hit().await {
                Ok(count) => return Ok(count),
                Err(_) => self.failed += 1,
            }
        }
        self.subject.hit().await
    }

    /// The figures of a load, its rate counted for so long at most.
    async fn measured(&mut self, connections: u32, calls: u32, window_max: Option<Duration>) -> anyhow::Result<Load> {
        self.measured_at(None, connections, calls, window_max).await
    }

    async fn measured_at(
        &mut self,
        per_second: Option<f64>,
        connections: u32,
        calls: u32,
        window_max: Option<Duration>,
    ) -> anyhow::Result<Load> {
        let before = self.subject.cpu_time();
        let result = self.load_at(per_second, connections, calls).await?;
        let used = before.zip(self.subject.cpu_time()).map(|(before, after)| after.saturating_sub(before));
        match summarised(&result, connections, window_max, used) {
            Err(error) if result.calls.is_empty() => Err(self.explained(error).await),
            load => load,
        }
    }

    /// oha reports no reason for a call without an answer: one more call does.
    async fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        match self.subject.hit().await {
            Ok(_) => error,
            Err(reason) => reason.context(error),
        }
    }

    async fn load(&mut self, connections: u32, calls: u32) -> anyhow::Result<LoadResult> {
        self.load_at(None, connections, calls).await
    }

    async fn load_at(&mut self, per_second: Option<f64>, connections: u32, calls: u32) -> anyhow::Result<LoadResult> {
        let result = self.generator.run(&self.subject.load(connections, calls, per_second)).await?;
        self.acknowledged += result.acknowledged();
        self.failed += result.failed();
        Ok(result)
    }
}

#[cfg(test)]
mod tests;
