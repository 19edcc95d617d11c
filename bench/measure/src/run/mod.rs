//! The result of a run, as `run.json` keeps it: every figure is measured here unless its field says otherwise.
//!
//! The schema beside it (`bench/lab/run.schema.json`) is generated from these types; a test holds the two together.

mod environment;
mod folder;
mod machine;

use artifact::Description;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stats::Summary;

pub use environment::{Environment, Lab, OHA_VERSION};
pub use folder::{RunFolder, RunFolderError};

/// The version of this format: it rises when a reader of the one before would be misled.
pub const SCHEMA_VERSION: u32 = 1;

/// One run of `lab bench`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "lab run")]
pub struct Run {
    /// Version of this format.
    pub schema_version: u32,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// How long the run took, builds included, in seconds.
    pub duration_s: f64,
    /// The lab that measured.
    pub lab: Lab,
    /// The machine that it measured on.
    pub environment: Environment,
    /// How it measured.
    pub plan: Plan,
    /// One row for each way, in the order asked for.
    pub rows: Vec<Row>,
}

/// How a run measures each way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How the local cloud ran, one profile after the other: `bare` is as fast as this machine allows, no delays
    /// added, and gives what is measured; `aws` slows each hop down as AWS is, and gives what is predicted. None where
    /// the run was on AWS itself.
    pub profiles: Vec<Profile>,
    /// Seed of the `aws` profile's delays.
    pub seed: u64,
    /// How the services counted: `atomic`, or `read-then-write` as the origin did.
    pub update: String,
    /// Cold starts measured.
    pub cold_starts: u32,
    /// Sequential calls made before the latency run, not measured.
    pub warm_up_calls: u32,
    /// Sequential calls of the latency run, over one connection.
    pub latency_calls: u32,
    /// Connections of the concurrency run.
    pub connections: u32,
    /// Calls of the concurrency run: as many as take this long at the rate of its warm-up, in seconds.
    pub concurrency_s: f64,
    /// Calls of the concurrency run, at most: their samples are kept one by one.
    pub concurrency_calls_max: u32,
    /// Cold starts of a prediction.
    pub predicted_cold_starts: u32,
    /// Sequential calls of a prediction.
    pub predicted_calls: u32,
}

/// How fast the local cloud is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// As fast as this machine allows.
    Bare,
    /// As slow as AWS, called by a client in the region.
    Aws,
    /// As slow as AWS, called by the origin's own client.
    AwsAsPublished,
}

impl Plan {
    /// The plan of a full run: 1,000 sequential calls, as the origin made.
    #[must_use]
    pub fn full() -> Self {
        Self {
            profiles: vec![Profile::Bare, Profile::Aws],
            seed: 1,
            update: "atomic".to_owned(),
            cold_starts: 10,
            warm_up_calls: 200,
            latency_calls: 1_000,
            connections: 50,
            concurrency_s: 2.0,
            concurrency_calls_max: 20_000,
            predicted_cold_starts: 3,
            predicted_calls: 100,
        }
    }

    /// The plan of a run of seconds.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            cold_starts: 3,
            warm_up_calls: 50,
            latency_calls: 200,
            concurrency_s: 1.0,
            predicted_cold_starts: 1,
            predicted_calls: 20,
            ..Self::full()
        }
    }
}

/// One way, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The way's canonical name.
    pub way: String,
    /// Its parts in words.
    pub title: String,
    /// Whether an acknowledged count outlives the process that acknowledged it (a property of the store, not measured).
    pub durable: bool,
    /// What the origin published of it (AWS eu-west-2, 2021-12): average milliseconds of 1,000 sequential calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_average_ms: Option<f64>,
    /// What it costs, by the newest prices and this row's own figures; absent where a price is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What happened.
    pub outcome: Outcome,
}

impl Row {
    /// What was measured of it on AWS.
    #[must_use]
    pub fn on_aws(&self) -> Option<&MeasuredOnAws> {
        match &self.outcome {
            Outcome::Ran(figures) => figures.on_aws.as_ref(),
            Outcome::Failed { .. } | Outcome::NotRun { .. } => None,
        }
    }
}

/// What came of a way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// It ran to its end.
    Ran(Box<Figures>),
    /// It was tried and broke.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// It was not tried: this lab or this machine can't run it.
    NotRun {
        /// Why, in one line.
        reason: String,
    },
}

/// All that a run tells of one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// What was deployed; absent where its file is no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Description>,
    /// Measured on this machine; absent where the profile `bare` was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measurement>,
    /// Predicted of AWS; absent where no such profile was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Prediction>,
    /// Measured on AWS; absent where the run was of no deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_aws: Option<MeasuredOnAws>,
}

/// What was measured of a deployment on AWS.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_start: Option<ForcedColdStarts>,
    /// Sequential calls over one connection, warm.
    pub latency: Load,
    /// Calls over many connections, warm.
    pub concurrency: Load,
    /// Whether every acknowledged call was counted, once.
    pub exactness: Exactness,
    /// What Lambda reported of the calls; absent of a server, and where there were no lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Reports>,
}

/// Cold starts that were brought about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForcedColdStarts {
    /// The whole first call.
    pub summary: Summary,
    /// The samples, in milliseconds, in the order measured.
    pub total_ms: Vec<f64>,
    /// How they were brought about.
    pub how: String,
}

/// What Lambda's `REPORT` lines say of a run's calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// How many lines were read.
    pub count: u64,
    /// How many calls were made: each has a line, which CloudWatch may have too late.
    pub calls: u64,
    /// Durations inside of the function, those of cold starts left out.
    pub duration: Summary,
    /// Init durations; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Summary>,
    /// What is paid for in all, in milliseconds.
    pub billed_ms: f64,
    /// The largest memory that an environment used, in MB as Lambda says it.
    pub max_memory_used_mb: u64,
}

/// What the profile `aws` predicts: the service ran here, its hops and its processor slowed down. No measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// How the CPU share of its processes was held.
    pub cpu: String,
    /// Whether it was held: where not, the CPU's part of these figures is this machine's, not AWS's.
    pub cpu_share_held: bool,
    /// From nothing running to the first response.
    pub cold_start: ColdStart,
    /// Sequential calls over one connection, warm.
    pub latency: Load,
    /// Mean duration of a call inside of the function, which AWS bills, in milliseconds; absent of a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_mean_ms: Option<f64>,
}

/// What a way costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Region and month of the prices.
    pub prices: String,
    /// US dollars a month without calls, balancer excluded.
    pub usd_per_month: f64,
    /// US dollars a month of the balancer without calls.
    pub balancer_usd_per_month: f64,
    /// US dollars of a million calls.
    pub usd_per_million_calls: f64,
}

/// All that was measured of one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// From nothing running to the first response.
    pub cold_start: ColdStart,
    /// Sequential calls over one connection, warm.
    pub latency: Load,
    /// Calls over many connections, warm.
    pub concurrency: Load,
    /// Whether every acknowledged call was counted, once.
    pub exactness: Exactness,
    /// Largest resident memory that one of its processes reached (VmHWM), in bytes; absent where it can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
}

/// Cold starts: each from a stopped service.
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

/// One run of the load generator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Connections, each with one call at a time.
    pub connections: u32,
    /// Latencies of acknowledged calls, those that opened a connection left out.
    pub summary: Summary,
    /// The same latencies, one by one, in microseconds, in order of their start.
    pub samples_us: Vec<f64>,
    /// Calls answered 200, those that opened a connection included.
    pub acknowledged: u64,
    /// Calls answered otherwise, or not at all.
    pub failed: u64,
    /// Acknowledged calls per second, from the first call's start to the last one's end.
    pub calls_per_second: f64,
}

/// The counter's own account against the calls that it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exactness {
    /// Calls acknowledged between two readings of the counter.
    pub acknowledged: u64,
    /// How far the counter went between them.
    pub counted: u64,
    /// Calls that failed between them: each may have been counted, none must.
    pub failed: u64,
}

/// What an account of the counter comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every acknowledged call has a number of its own, and no number was left out.
    Exact,
    /// Acknowledged calls that were not counted: two callers got the same number.
    Lost(u64),
    /// Numbers that no caller got, as a failed call may leave them.
    Skipped(u64),
    /// Numbers that no caller got, more than calls failed.
    Extra(u64),
}

impl Exactness {
    /// The verdict on this account.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        let beyond = self.counted.saturating_sub(self.acknowledged);
        match self.acknowledged.saturating_sub(self.counted) {
            0 if beyond == 0 => Verdict::Exact,
            0 if beyond <= self.failed => Verdict::Skipped(beyond),
            0 => Verdict::Extra(beyond),
            lost => Verdict::Lost(lost),
        }
    }
}

impl Run {
    /// The JSON schema of `run.json`.
    #[must_use]
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Run)
    }

    /// How many ways were tried and broke.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed { .. })).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_account_is_judged() {
        for (acknowledged, counted, failed, verdict) in [
            (10, 10, 0, Verdict::Exact),
            (10, 10, 3, Verdict::Exact),
            (10, 8, 0, Verdict::Lost(2)),
            (10, 11, 1, Verdict::Skipped(1)),
            (10, 13, 1, Verdict::Extra(3)),
        ] {
            assert_eq!(Exactness { acknowledged, counted, failed }.verdict(), verdict);
        }
    }
}
