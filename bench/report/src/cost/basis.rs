//! What a cost's usage is drawn from: a run where one is at hand, documented assumptions where not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use prices::cost::Usage;
use serde::Serialize;
use ways::{Kind, Way, model};

use measure::run::{self, Figures, Outcome};

/// Where the figures of a way's usage are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Throughput, or init phase, of the run; what the run does not tell is assumed.
    Run,
    /// Nothing was measured.
    Assumed,
}

/// A run that usages are drawn from.
#[derive(Debug)]
pub struct Run {
    rows: BTreeMap<String, Facts>,
}

/// What a run tells of one way.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    calls_per_vcpu_second: Option<f64>,
    init_ms: Option<f64>,
    duration_ms: Option<f64>,
}

impl Run {
    /// Reads a `run.json`.
    ///
    /// # Errors
    /// When it can't be read, or is not one.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let told =
            || format!("can't use the run {}: name a run.json that this version of `lab bench` kept", path.display());
        let file = File::open(path).with_context(told)?;
        Ok(Self::of(&serde_json::from_reader(BufReader::new(file)).with_context(told)?))
    }

    /// What a run shows of its ways.
    #[must_use]
    pub fn of(run: &run::Run) -> Self {
        let rows = run.rows.iter().filter_map(|row| match &row.outcome {
            Outcome::Ran(figures) => Some((row.way.clone(), Facts::of(figures, run.environment.processors))),
            Outcome::Failed { .. } | Outcome::NotRun { .. } => None,
        });
        Self { rows: rows.collect() }
    }

    /// The run's part of a usage.
    fn apply(&self, way: Way, usage: Usage) -> Option<Usage> {
        let facts = self.rows.get(&way.to_string())?;
        Some(match model().compute(way.compute).kind {
            Kind::Server => Usage {
                calls_per_vcpu_second: facts.calls_per_vcpu_second.unwrap_or(usage.calls_per_vcpu_second),
                ..usage
            },
            Kind::Function => Usage {
                init_ms: facts.init_ms.unwrap_or(usage.init_ms),
                duration_ms: facts.duration_ms.unwrap_or(usage.duration_ms),
                ..usage
            },
        })
    }
}

impl Facts {
    fn of(figures: &Figures, processors: u32) -> Self {
        let predicted = figures.predicted.as_ref();
        let reports = figures.on_aws.as_ref().and_then(|on_aws| on_aws.reports.as_ref());
        Self {
            // The load generator and the balancer had their part of the processors, so this is less than one vCPU
            // can do, and costs come out high rather than low.
            calls_per_vcpu_second: figures
                .measured
                .as_ref()
                .map(|measured| measured.concurrency.calls_per_second / f64::from(processors)),
            // What Lambda itself reported, where it did. AWS initialises at about a full vCPU, as a prediction does. A bare run does so on a faster one.
            init_ms: reports.and_then(|reports| reports.init.as_ref()).map(|init| init.mean_ms).or_else(|| {
                let cold_start = predicted.map(|predicted| &predicted.cold_start);
                let measured = || figures.measured.as_ref().map(|measured| &measured.cold_start);
                mean(&cold_start.or_else(measured)?.init_ms)
            }),
            // A bare run's durations are this machine's, not AWS's.
            duration_ms: reports
                .map(|reports| reports.duration.mean_ms)
                .or_else(|| predicted.and_then(|predicted| predicted.function_mean_ms)),
        }
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
