//! What a cost's usage is drawn from: a run where one is at hand, documented assumptions where not.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use ways::cost::Usage;
use ways::{Kind, Way, model};

use crate::run::{self, Measurement, Outcome};

/// The profile whose latencies are those of AWS; under any other they are this machine's.
const PREDICTING_PROFILE: &str = "aws";

/// Where the figures of a way's usage are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Basis {
    /// Throughput, or init phase, of the run; what the run does not tell is assumed.
    Run,
    /// Nothing was measured.
    Assumed,
}

/// A run that usages are drawn from.
#[derive(Debug)]
pub(super) struct Run(run::Run);

impl Run {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let told =
            || format!("can't use the run {}: name a run.json that this version of `lab bench` kept", path.display());
        let file = File::open(path).with_context(told)?;
        Ok(Self(serde_json::from_reader(BufReader::new(file)).with_context(told)?))
    }

    fn measured(&self, way: Way) -> Option<&Measurement> {
        let name = way.to_string();
        self.0.rows.iter().find(|row| row.way == name).and_then(|row| match &row.outcome {
            Outcome::Measured(measurement) => Some(&**measurement),
            Outcome::Failed { .. } | Outcome::NotRun { .. } => None,
        })
    }

    /// The run's part of a usage.
    fn apply(&self, way: Way, usage: Usage) -> Option<Usage> {
        let measurement = self.measured(way)?;
        Some(match model().compute(way.compute).kind {
            // The load generator and the balancer had their part of the processors, so this is less than one vCPU
            // can do, and costs come out high rather than low.
            Kind::Server => Usage {
                calls_per_vcpu_second: measurement.concurrency.calls_per_second
                    / f64::from(self.0.environment.processors),
                ..usage
            },
            Kind::Function => Usage {
                // AWS initialises at about a full vCPU, as the run did.
                init_ms: mean(&measurement.cold_start.init_ms).unwrap_or(usage.init_ms),
                duration_ms: match self.0.plan.profile == PREDICTING_PROFILE {
                    true => measurement.latency.summary.mean_ms,
                    false => usage.duration_ms,
                },
                ..usage
            },
        })
    }
}

/// The usage of a way, and where it is from.
pub(super) fn usage(way: Way, calls_per_month: f64, run: Option<&Run>) -> (Usage, Basis) {
    let assumed = Usage::assumed(way, calls_per_month);
    match run.and_then(|run| run.apply(way, assumed)) {
        Some(usage) => (usage, Basis::Run),
        None => (assumed, Basis::Assumed),
    }
}

fn mean(samples: &[f64]) -> Option<f64> {
    (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
}
