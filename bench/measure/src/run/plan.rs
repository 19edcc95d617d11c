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
    /// Rounds over all ways. What follows is divided by them, but for the warm-up, which each needs; predictions are made
    /// in the first one.
    pub rounds: u32,
    /// Cold starts measured.
    pub cold_starts: u32,
    /// Sequential calls made before each latency run, not measured.
    pub warm_up_calls: u32,
    /// Sequential calls of the latency runs, over one connection.
    pub latency_calls: u32,
    /// Connections of the concurrency runs.
    pub connections: u32,
    /// How long calls are counted in the concurrency runs once all connections are open, in seconds.
    pub concurrency_s: f64,
    /// Calls of the concurrency runs, at most: a run that reaches them is shorter than `concurrency_s`.
    pub concurrency_calls_max: u32,
    /// Calls in a second of an open-loop load; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Shares of each way's own largest rate at which it is loaded open-loop, in rising order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<f64>,
    /// How long calls are due at each of these rates, in seconds.
    #[serde(default)]
    pub open_loop_s: f64,
    /// Calls by many probes at once; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_probes: Option<FanOut>,
    /// Cold starts by which a prediction's demand is measured.
    pub predicted_cold_starts: u32,
    /// Sequential calls by which a prediction's demand is measured, at least.
    pub predicted_calls: u32,
}

/// Calls at a rate by many probes, which begin at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FanOut {
    /// Probes.
    pub probes: u32,
    /// Calls in a second, of all together.
    pub per_second: f64,
    /// How long calls are due, in seconds.
    pub length_s: f64,
    /// Connections of each.
    pub connections: u32,
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
    /// The service of the user's own that is measured; absent where that is the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppFolder>,
}

/// A service of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppFolder {
    /// Its name.
    pub name: String,
    /// The folder with its `app.toml`.
    pub folder: std::path::PathBuf,
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
    /// What of it is not measured yet in all of so many rounds.
    #[must_use]
    pub fn missing(&self, records: &[Record], rounds: u32) -> Vec<String> {
        let complete = |name: &str| records.iter().any(|record| record.name() == name && record.complete(rounds));
        self.names.iter().filter(|name| !complete(name)).cloned().collect()
    }
}

/// The shares of a sweep: where a service has time to spare, and where it has hardly any.
pub const SWEEP: [f64; 5] = [0.10, 0.25, 0.50, 0.75, 0.90];

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
            rounds: 3,
            cold_starts: 10,
            warm_up_calls: 200,
            latency_calls: 1_000,
            connections: 50,
            concurrency_s: 3.0,
            // 250,000 a second, more than oha makes on any machine seen so far: it bounds what oha holds in memory.
            concurrency_calls_max: 500_000,
            rate: None,
            sweep: Vec::new(),
            open_loop_s: 6.0,
            by_probes: None,
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
            open_loop_s: 1.5,
            predicted_cold_starts: 3,
            predicted_calls: 20,
            ..Self::full()
        }
    }

    /// What one round (counted from 0) does of the plan: its share, the remainder to the first rounds, one of each at least.
    #[must_use]
    pub fn of_round(&self, round: u32) -> Self {
        let share = |all: u32| (all / self.rounds + u32::from(round < all % self.rounds)).max(1);
        Self {
            cold_starts: share(self.cold_starts),
            latency_calls: share(self.latency_calls),
            concurrency_s: self.concurrency_s / f64::from(self.rounds),
            concurrency_calls_max: share(self.concurrency_calls_max),
            open_loop_s: self.open_loop_s / f64::from(self.rounds),
            ..self.clone()
        }
    }

    /// The same on AWS: nothing of the local cloud, and fewer calls.
    #[must_use]
    pub fn on_aws(self) -> Self {
        Self { profiles: Vec::new(), concurrency_calls_max: CHARGED_CALLS_MAX, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounds_share_what_is_planned() {
        let plan = Plan::full();
        let rounds: Vec<_> = (0..plan.rounds).map(|round| plan.of_round(round)).collect();
        let counts = |count: fn(&Plan) -> u32| rounds.iter().map(count).collect::<Vec<_>>();
        assert_eq!(counts(|it| it.cold_starts), [4, 3, 3]);
        assert_eq!(counts(|it| it.latency_calls), [334, 333, 333]);
        assert_eq!(counts(|it| it.warm_up_calls), [200; 3]);
        assert_eq!(counts(|it| it.concurrency_calls_max).iter().sum::<u32>(), plan.concurrency_calls_max);
        let seconds: f64 = rounds.iter().map(|it| it.concurrency_s).sum();
        assert!((seconds - plan.concurrency_s).abs() < 1e-9);
        // More rounds than cold starts: one of each.
        assert_eq!(Plan { rounds: 20, ..plan }.of_round(19).cold_starts, 1);
    }
}
