//! The series of a record: what was measured here, predicted, and measured on AWS. Each sample has its status.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ByProbes, Conditions, Demand, Exactness, OwnService, Series, StoreUse};
use crate::stats::Summary;

/// All that was measured of one way on this machine in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// The way that was measured in its place, for it runs the same here; absent where it was measured itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_as: Option<String>,
    /// From nothing running to the first response; absent of a way without a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_start: Option<ColdStart>,
    /// Sequential calls over one connection, warm.
    pub latency: Load,
    /// Calls over many connections, warm.
    pub concurrency: Load,
    /// Calls at rates, warm: open-loop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_rates: Vec<AtRate>,
    /// Whether every acknowledged call was counted, once; absent of a service of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exactness: Option<Exactness>,
    /// What a service of the user's own took of the stores, and whether it was right; absent of the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnService>,
    /// Largest resident memory that one of its processes reached (VmHWM), in bytes; absent where it can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// What the machine did meanwhile.
    #[serde(default)]
    pub conditions: Conditions,
}

/// What is predicted of AWS: calls and cold starts, simulated from what the service was measured to need. No measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// How the CPU share of its processes was held while its demand was measured.
    pub cpu: String,
    /// Whether it was held: where not, its caches were warmer than on AWS, and its CPU times too short.
    pub cpu_share_held: bool,
    /// What the service needs of a processor; absent of a way without a process, and of a run whose predictions were waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand: Option<Demand>,
    /// What a call of a service of the user's own took of the stores; absent of the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stores: Option<StoreUse>,
    /// What figures come to with each assumed delay at half and at double; absent of a run whose predictions were waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<Ranges>,
    /// From nothing running to the first response; absent of a way without a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_start: Option<ColdStart>,
    /// Sequential calls over one connection, warm.
    pub latency: Load,
    /// Mean duration of a call inside of the function, which AWS bills, in milliseconds; absent of a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_mean_ms: Option<f64>,
}

/// Ranges of a prediction, lower and upper end: what the assumptions make of it. Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    /// Of the calls' mean.
    pub mean_ms: [f64; 2],
    /// Of their median.
    pub p50_ms: [f64; 2],
    /// Of their 99th percentile.
    pub p99_ms: [f64; 2],
    /// Of the cold starts' median; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_p50_ms: Option<[f64; 2]>,
}

/// What was measured of a deployment on AWS in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredOnAws {
    /// The deployment's name.
    pub deployment: String,
    /// The AWS region.
    pub region: String,
    /// Where it was called from: `here`, this machine, or `probe`, a function in the region.
    pub from: String,
    /// From no environment of the function to the first response; absent of a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_start: Option<ForcedColdStarts>,
    /// Sequential calls over one connection, warm.
    pub latency: Load,
    /// Calls over many connections, warm.
    pub concurrency: Load,
    /// Whether every acknowledged call was counted, once.
    pub exactness: Exactness,
    /// What Lambda reported of the calls; absent of a server, and where there were no lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<Reports>,
    /// Calls at a rate by many probes at once; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_probes: Option<Box<ByProbes>>,
}

impl MeasuredOnAws {
    /// The counter's accounts: of the calls from one place, and of those by many probes.
    pub fn accounts(&self) -> impl Iterator<Item = Exactness> {
        std::iter::once(self.exactness).chain(self.by_probes.as_ref().map(|it| it.exactness))
    }
}

/// Cold starts: each from a stopped service, each acknowledged (one that is not ends the way's run).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColdStart {
    /// From the spawn of the process to the whole first response, front included.
    pub summary: Summary,
    /// The samples, in milliseconds, in the order measured.
    pub total_ms: Vec<f64>,
    /// The part of each until the service was ready: its listening line (servers), its first poll of the
    /// Runtime API (functions, AWS's Init Duration). In milliseconds.
    pub init_ms: Vec<f64>,
}

/// Cold starts that were forced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForcedColdStarts {
    /// The whole first call.
    pub summary: Summary,
    /// The samples, in milliseconds, in the order measured.
    pub total_ms: Vec<f64>,
    /// How they were forced, and verified.
    pub how: String,
    /// How many are not verified to have been cold: CloudWatch had no line of the call, or those of others beside it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unverified: u32,
}

/// What Lambda's `REPORT` lines have of a run's calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// How many lines were read.
    pub count: u64,
    /// How many calls were made: each has a line, which CloudWatch may have too late.
    pub calls: u64,
    /// Calls that AWS refused because the account's concurrency was used up: they never reached the function.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttled: u64,
    /// Durations inside of the function, those of cold starts left out.
    pub duration: Summary,
    /// Init durations; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<Summary>,
    /// What is paid for in all, in milliseconds.
    pub billed_ms: f64,
    /// The largest memory that an environment used, in MB as Lambda reports it.
    pub max_memory_used_mb: u64,
}

/// Calls at a rate: open-loop, each is due at its own time (at random, a Poisson process) whether or not others have their
/// answers, and its latency is counted from then. There is no coordinated omission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtRate {
    /// Calls that were due in a second.
    pub per_second: f64,
    /// Its share of what the concurrency run of the first round found; absent of a rate that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The calls.
    pub load: Load,
}

impl AtRate {
    /// Whether the calls fell behind: less than nine tenths of the rate were answered, what the median call takes left out.
    #[must_use]
    pub fn fell_behind(&self) -> bool {
        let Load { window_s, summary, acknowledged, failed, connections, .. } = &self.load;
        let due_s =
            acknowledged.saturating_add(*failed).saturating_sub(u64::from(*connections)) as f64 / self.per_second;
        window_s.is_some_and(|window_s| window_s - summary.p50_ms / 1e3 > due_s / 0.9)
    }
}

/// One run of the load generator. Unless it is at a rate it is closed-loop, each connection sends its next call when it has
/// the answer to the one before: its latencies are service times, not response times under a given rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Connections, each with one call at a time.
    pub connections: u32,
    /// Latencies of acknowledged calls, those that opened a connection left out.
    pub summary: Summary,
    /// The answered calls one by one, each with its status.
    pub samples: Samples,
    /// Calls answered 200, those that opened a connection included.
    pub acknowledged: u64,
    /// Calls answered otherwise, or not at all.
    pub failed: u64,
    /// What the failed calls were answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failures>,
    /// Acknowledged calls per second of `window_s`.
    pub calls_per_second: f64,
    /// How long calls were counted, from when all connections were open, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<f64>,
    /// Processors that the load generator kept busy, on average; absent where it ran elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator_cores: Option<f64>,
    /// Processor time that the way's own processes used for these calls, in seconds; absent where that can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_cpu_s: Option<f64>,
    /// Bytes of all answers' bodies; absent where they were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_bytes: Option<u64>,
}

/// Calls one by one, in the order of their start, as columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// One of so many calls is kept: 1 where all are.
    pub every: u32,
    /// How long each took, in microseconds.
    pub duration_us: Vec<f64>,
    /// The status of each one's answer.
    pub status: Vec<u16>,
    /// Of a mix of requests the indices of those that were not answered as expected; absent where 200 alone is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unexpected: Option<Vec<u32>>,
    /// The indices of those that opened a connection: they are in no summary.
    pub opened_connection: Vec<u32>,
}

impl Samples {
    /// Whether one of them was answered as expected.
    #[must_use]
    pub fn acknowledged(&self, index: u32) -> bool {
        match &self.unexpected {
            Some(unexpected) => !unexpected.contains(&index),
            None => self.status.get(index as usize) == Some(&200),
        }
    }

    /// One of so many of them.
    #[must_use]
    pub fn thinned(&self, every: u32) -> Self {
        let step = every.max(1);
        let of = |indices: &[u32]| -> Vec<u32> {
            indices.iter().filter(|index| index.is_multiple_of(step)).map(|index| index / step).collect()
        };
        Self {
            every: self.every.saturating_mul(step),
            duration_us: self.duration_us.iter().step_by(step as usize).copied().collect(),
            status: self.status.iter().step_by(step as usize).copied().collect(),
            opened_connection: of(&self.opened_connection),
            unexpected: self.unexpected.as_deref().map(of),
        }
    }
}

/// Failed calls of one kind. What they took is in no other figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failures {
    /// The status of the answer; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many.
    pub calls: u64,
    /// How long their callers waited; absent where there was no answer, for which oha reports no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Summary>,
}

impl Series {
    /// Its loads.
    pub fn loads_mut(&mut self) -> Vec<&mut Load> {
        match self {
            Self::Measured(it) => {
                let at_rates = it.at_rates.iter_mut().map(|at| &mut at.load);
                [&mut it.latency, &mut it.concurrency].into_iter().chain(at_rates).collect()
            }
            Self::Predicted(it) => vec![&mut it.latency],
            Self::OnAws(it) => vec![&mut it.latency, &mut it.concurrency],
        }
    }
}

fn is_zero<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_samples_are_some_of_them_with_what_is_known_of_each() {
        let all = Samples {
            every: 2,
            duration_us: (0..7).map(f64::from).collect(),
            status: vec![200, 200, 200, 503, 200, 200, 200],
            unexpected: Some(vec![3, 4]),
            opened_connection: vec![0, 1, 3],
        };
        assert_eq!(all.thinned(1), all);
        let third = all.thinned(3);
        assert_eq!((third.every, third.duration_us, third.status), (6, vec![0.0, 3.0, 6.0], vec![200, 503, 200]));
        assert_eq!((third.opened_connection, third.unexpected), (vec![0, 1], Some(vec![1])));
    }
}
