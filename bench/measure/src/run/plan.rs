//! How a run measures, and what: its plan and its request. A run that is resumed has the same of both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ways::Update;

use super::Record;

/// How a run measures each way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How the local cloud ran, one profile after the other: `bare` is as fast as this machine allows, and gives
    /// what is measured; `aws` has the processor that AWS would give, and gives what predictions are computed from. None where
    /// the run was on AWS itself.
    pub profiles: Vec<Profile>,
    /// Seed of the predictions.
    pub seed: u64,
    /// How the services counted: `atomic`, or `read-then-write` as in the original study.
    #[schemars(with = "String")]
    pub update: Update,
    /// Cold starts measured.
    pub cold_starts: u32,
    /// Sequential calls made before the latency run, not measured.
    pub warm_up_calls: u32,
    /// Sequential calls of the latency run, over one connection.
    pub latency_calls: u32,
    /// Connections of the concurrency run.
    pub connections: u32,
    /// How long calls are counted in the concurrency run once all connections are open, in seconds.
    pub concurrency_s: f64,
    /// Calls of the concurrency run, at most: a run that reaches them is shorter than `concurrency_s`.
    pub concurrency_calls_max: u32,
    /// Cold starts by which a prediction's demand is measured.
    pub predicted_cold_starts: u32,
    /// Sequential calls by which a prediction's demand is measured, at least.
    pub predicted_calls: u32,
}

/// How fast the local cloud is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// As fast as this machine allows.
    Bare,
    /// On AWS, called by a client in the region.
    Aws,
    /// On AWS, called by the original study's client.
    AwsAsPublished,
}

/// What a run was requested to measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Where the ways run.
    pub target: Where,
    /// Whether the caller named them: a named way that can't run is a failure, another one is only left out.
    pub named: bool,
    /// The ways, or the deployments, in order.
    pub names: Vec<String>,
}

/// Where the ways of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// In the local cloud.
    Here,
    /// On AWS, called from this machine.
    Aws,
    /// On AWS, called from a probe beside each deployment.
    AwsByProbe,
}

impl Request {
    /// What of it has no record.
    #[must_use]
    pub fn missing(&self, records: &[Record]) -> Vec<String> {
        let measured = |name: &&String| records.iter().any(|record| record.name() == **name);
        self.names.iter().filter(|name| !measured(name)).cloned().collect()
    }
}

/// Calls of a concurrency run on AWS, which charges for each.
const CHARGED_CALLS_MAX: u32 = 20_000;

impl Plan {
    /// The plan of a full run: 1,000 sequential calls, as in the original study.
    #[must_use]
    pub fn full() -> Self {
        Self {
            profiles: vec![Profile::Bare, Profile::Aws],
            seed: 1,
            update: Update::Atomic,
            cold_starts: 10,
            warm_up_calls: 200,
            latency_calls: 1_000,
            connections: 50,
            concurrency_s: 2.0,
            // 250,000 a second, more than oha makes on any machine seen so far: it bounds what oha holds in memory.
            concurrency_calls_max: 500_000,
            predicted_cold_starts: 5,
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
            predicted_cold_starts: 3,
            predicted_calls: 20,
            ..Self::full()
        }
    }

    /// The same on AWS: nothing of the local cloud, and fewer calls.
    #[must_use]
    pub fn on_aws(self) -> Self {
        Self { profiles: Vec::new(), concurrency_calls_max: CHARGED_CALLS_MAX, ..self }
    }
}
