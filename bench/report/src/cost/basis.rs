//! What a cost's usage is drawn from: a run where there is one, documented assumptions where not.

use std::collections::BTreeMap;

use measure::run::{self, Record, Reports, StoreUse};
use measure::stats::Summary;
use prices::cost::{OwnUse, Usage};
use serde::Serialize;
use ways::{Kind, Update, Way, model};

/// Where the figures of a way's usage are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Throughput, or init phase, of the run; what the run does not have is assumed.
    Run,
    /// Nothing was measured.
    Assumed,
}

/// A run that usages are drawn from.
#[derive(Debug)]
pub struct Run {
    update: Update,
    rows: BTreeMap<String, Facts>,
}

/// What a run has on one way.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    calls_per_vcpu_second: Option<f64>,
    init_ms: Option<f64>,
    duration_ms: Option<f64>,
    own: Option<OwnUse>,
}

impl Run {
    /// What a whole run has on its ways.
    #[must_use]
    pub fn of(run: &run::Run) -> Self {
        Self::of_records(&run.rows, run.plan.update, run.environment.processors)
    }

    /// What records have, of a plan with this update, measured on so many processors.
    #[must_use]
    pub fn of_records(records: &[Record], update: Update, processors: u32) -> Self {
        // Of two builds the one that comes first, which is the idiomatic one.
        let ran = records.iter().rev().filter(|record| record.ran().is_some());
        Self {
            update,
            rows: ran
                .filter_map(|record| Some((record.modelled()?.to_string(), Facts::of(record, processors))))
                .collect(),
        }
    }

    /// The run's part of a usage.
    fn apply(&self, way: Way, usage: Usage) -> Option<Usage> {
        let facts = self.rows.get(&way.to_string())?;
        let usage = Usage { own: facts.own, ..usage };
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
            // Each call costs the same, however long it takes.
            Kind::Integration => usage,
        })
    }
}

impl Facts {
    fn of(record: &Record, processors: u32) -> Self {
        let (measured, predicted) = (record.measured(), record.predicted());
        let reports: Vec<_> = record.on_aws().into_iter().filter_map(|on_aws| on_aws.reports.as_ref()).collect();
        let reported = |of: fn(&Reports) -> Option<&Summary>| {
            mean(&reports.iter().filter_map(|reports| Some(of(reports)?.mean_ms)).collect::<Vec<_>>())
        };
        Self {
            // By the processor time that the service itself used: a server with one thread is not charged for the
            // processors that it left idle. Where that was not read, by all of the machine's, which is too few calls.
            calls_per_vcpu_second: run::calls_per_cpu_second(&measured).or_else(|| {
                let rate = record.figures().filter(|_| !measured.is_empty())?.calls_per_second?;
                Some(rate.value / f64::from(processors))
            }),
            // What Lambda itself reported, where it did. AWS initialises at about a full vCPU, as a prediction does. A
            // bare run does so on a faster one.
            init_ms: reported(|it| it.init.as_ref()).or_else(|| match predicted {
                Some(predicted) => mean(&predicted.cold_start.as_ref()?.init_ms),
                None => mean(
                    &measured
                        .iter()
                        .filter_map(|it| it.cold_start.as_ref())
                        .flat_map(|it| it.init_ms.clone())
                        .collect::<Vec<_>>(),
                ),
            }),
            // A bare run's durations are this machine's, not AWS's.
            own: own_use(record),
            duration_ms: reported(|it| Some(&it.duration))
                .or_else(|| predicted.and_then(|predicted| predicted.function_mean_ms)),
        }
    }
}

/// What a call of a service of the user's own took: as it was measured, or while its demand was.
pub(crate) fn own_use(record: &Record) -> Option<OwnUse> {
    let measured: Vec<_> = record.measured().into_iter().filter_map(|it| it.own.as_ref()).collect();
    let predicted = record.predicted().and_then(|it| it.stores.as_ref());
    let stores: Vec<&StoreUse> = match measured.as_slice() {
        [] => predicted.into_iter().collect(),
        rounds => rounds.iter().map(|it| &it.stores).collect(),
    };
    let of = |value: fn(&StoreUse) -> f64| mean(&stores.iter().map(|it| value(it)).collect::<Vec<_>>()).unwrap_or(0.0);
    (!stores.is_empty()).then(|| OwnUse {
        write_units: of(|it| it.write_units),
        read_units: of(|it| it.read_units),
        s3_puts: of(|it| it.s3_puts),
        s3_gets: of(|it| it.s3_gets),
        body_bytes: mean(&measured.iter().map(|it| it.body_bytes).collect::<Vec<_>>()).unwrap_or(0.0),
    })
}

/// The usage of a way, and where it is from.
pub(super) fn usage(way: Way, calls_per_month: f64, run: Option<&Run>) -> (Usage, Basis) {
    // Also of a way that is not in the run: its costs stand beside those of the others.
    let assumed = Usage::assumed(way, calls_per_month).updated(way, run.map_or(Update::Atomic, |run| run.update));
    match run.and_then(|run| run.apply(way, assumed)) {
        Some(usage) => (usage, Basis::Run),
        None => (assumed, Basis::Assumed),
    }
}

fn mean(samples: &[f64]) -> Option<f64> {
    (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
}
