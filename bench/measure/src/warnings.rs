//! What a reader of a record's figures should know, found in the figures.

use crate::run::{Failures, Load, MeasuredOnAws, Plan, Ran, Series, Warning};
use crate::stats::Summary;

/// The share of the machine's processors from which on the load generator counts as saturated: what is left for the way
/// is no more than the generator takes.
const GENERATOR_SHARE: f64 = 0.5;

/// The part of the planned time that a concurrency run must have lasted.
const WINDOW_SHARE: f64 = 0.5;

/// The warnings of what ran, on a machine of so many processors.
#[must_use]
pub fn warnings(ran: &Ran, plan: &Plan, processors: u32) -> Vec<Warning> {
    let failed = failed_calls(ran).into_iter();
    failed.chain(ran.series.iter().flat_map(|series| of_series(series, plan, processors))).collect()
}

fn of_series(series: &Series, plan: &Plan, processors: u32) -> Vec<Warning> {
    let mut warnings = Vec::new();
    match series {
        Series::Measured(it) => {
            warnings.extend(generator_saturated(&it.concurrency, processors));
            warnings.extend(short_throughput(&it.concurrency, plan));
            warnings.extend(no_interval("cold start p50", &it.cold_start.summary));
        }
        Series::Predicted(it) => {
            if !it.cpu_share_held {
                warnings.push(Warning::CpuShareNotHeld { reason: it.cpu.clone() });
            }
        }
        Series::OnAws(it) => {
            warnings.extend(it.cold_start.as_ref().and_then(|cold| no_interval("AWS cold", &cold.summary)));
            let unverified = it.cold_start.as_ref().map_or(0, |cold| cold.unverified);
            if unverified > 0 {
                warnings.push(Warning::UnverifiedColdStarts { unverified });
            }
            warnings.extend(missing_log_lines(it));
            let throttled = it.reports.as_ref().map_or(0, |reports| reports.throttled);
            if throttled > 0 {
                warnings.push(Warning::ThrottledCalls { throttled });
            }
            let (connections, planned) = (it.concurrency.connections, plan.connections);
            if connections < planned {
                warnings.push(Warning::FewerConnections { connections, planned });
            }
        }
    }
    warnings
}

/// Over all series. What each call was answered is known of those that were measured, not of the warm-up's.
fn failed_calls(ran: &Ran) -> Option<Warning> {
    let (failed, calls) = ran.series.iter().map(Series::failed_calls).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let mut failures: Vec<Failures> = Vec::new();
    for it in ran.series.iter().flat_map(loads).flat_map(|load| &load.failures) {
        match failures.iter_mut().find(|known| known.status == it.status) {
            Some(known) => known.calls += it.calls,
            None => failures.push(*it),
        }
    }
    (failed > 0).then_some(Warning::FailedCalls { failed, calls, failures })
}

fn loads(series: &Series) -> Vec<&Load> {
    match series {
        Series::Measured(it) => vec![&it.latency, &it.concurrency],
        Series::Predicted(it) => vec![&it.latency],
        Series::OnAws(it) => vec![&it.latency, &it.concurrency],
    }
}

fn generator_saturated(load: &Load, processors: u32) -> Option<Warning> {
    let cores = load.generator_cores.filter(|cores| *cores >= GENERATOR_SHARE * f64::from(processors))?;
    Some(Warning::GeneratorSaturated { cores, processors })
}

fn short_throughput(load: &Load, plan: &Plan) -> Option<Warning> {
    let window_s = load.window_s.filter(|window_s| *window_s < WINDOW_SHARE * plan.concurrency_s)?;
    Some(Warning::ShortThroughput { window_s, planned_s: plan.concurrency_s })
}

fn no_interval(figure: &str, summary: &Summary) -> Option<Warning> {
    let missing = summary.p50_ci95_ms.is_none();
    missing.then(|| Warning::NoInterval { figure: figure.to_owned(), samples: summary.count })
}

fn missing_log_lines(it: &MeasuredOnAws) -> Option<Warning> {
    let reports = it.reports.as_ref().filter(|reports| reports.count < reports.calls)?;
    Some(Warning::MissingLogLines { lines: reports.count, calls: reports.calls })
}
