//! What a reader of a record's figures should know, found in the figures.

use crate::run::{
    ByProbes, Environment, Failures, Load, MeasuredOnAws, Measurement, OneProbe, Plan, Ran, Series, Warning,
};
use crate::stats::{autocorrelation, outliers};

/// The share of the machine's processors from which on the load generator counts as saturated: what is left for the way
/// is no more than the generator takes.
const GENERATOR_SHARE: f64 = 0.5;

/// The part of the planned time that a concurrency run must have lasted.
const WINDOW_SHARE: f64 = 0.5;

/// The part of all time that far outliers must take to be named: from here on they move the mean by as much as one run
/// differs from the next.
const OUTLIERS_SHARE: f64 = 0.1;

/// The correlation of neighbouring calls from which on they are named: at 0.5 a run of calls is worth a third of as many
/// independent ones, (1 - r) / (1 + r) (Box, Jenkins and Reinsel, *Time Series Analysis*, 4th ed., §2.1.5).
const AUTOCORRELATION: f64 = 0.5;

/// The share of the processors' time that others may take, processes or virtual machines: as much as one run differs from
/// the next.
const OTHERS_SHARE: f64 = 0.1;
const STEAL_SHARE: f64 = 0.02;

/// A reading of the clock that takes longer is a call into the kernel or the hypervisor: without one it takes some 20 to
/// 60 ns (vdso(7)). Each call is two readings at least.
const CLOCK_READING_NS: f64 = 200.0;

/// How much the processors' frequency may differ between rounds.
const FREQUENCY_SHARE: f64 = 0.05;

/// Governors that keep the frequency where it is (the kernel's `admin-guide/pm/cpufreq`): all others follow the load.
const STEADY_GOVERNORS: [&str; 2] = ["performance", "userspace"];

/// The warnings of what ran, over all of its rounds.
#[must_use]
pub fn warnings(ran: &Ran, plan: &Plan, environment: &Environment) -> Vec<Warning> {
    let mut warnings = Vec::from_iter(failed_calls(ran));
    let measured = ran.measured();
    if !measured.is_empty() {
        warnings.extend(of_measured(&measured, plan, environment));
    }
    if plan.rounds == 1 && measured.len() + ran.on_aws().len() == 1 {
        warnings.push(Warning::OneRound);
    }
    warnings.extend(ran.series.iter().flat_map(|series| of_series(series, plan)));
    warnings
}

fn of_measured(rounds: &[&Measurement], plan: &Plan, environment: &Environment) -> Vec<Warning> {
    let latency_ms: Vec<Vec<f64>> = rounds.iter().map(|round| successful_ms(&round.latency)).collect();
    let conditions = || rounds.iter().map(|round| round.conditions);
    let loads = || rounds.iter().map(|round| &round.concurrency);
    let at_rates = rounds.iter().flat_map(|round| &round.at_rates).map(|at| &at.load);
    [
        generator_saturated(loads().chain(at_rates).filter_map(|load| load.generator_cores), environment.processors),
        fell_behind(rounds),
        short_throughput(loads().filter_map(|load| load.window_s), plan),
        far_outliers(&latency_ms.concat()),
        autocorrelated(&latency_ms),
        slow_clock(environment),
        others_busy(environment.others_cores, environment.processors, true),
        others_busy(highest(conditions().filter_map(|it| it.others_cores)), environment.processors, false),
        highest(conditions().filter_map(|it| it.steal_share))
            .filter(|share| *share >= STEAL_SHARE)
            .map(|share| Warning::Steal { share }),
        frequency_changed(conditions().filter_map(|it| it.frequency_mhz)),
        environment
            .frequency_governor
            .clone()
            .filter(|governor| !STEADY_GOVERNORS.contains(&governor.as_str()))
            .map(|governor| Warning::FrequencyFollowsLoad { governor }),
        rounds.iter().any(|round| round.measured_as.is_some()).then_some(Warning::MeasuredAsAnother),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_series(series: &Series, plan: &Plan) -> Vec<Warning> {
    match series {
        Series::Measured(_) => Vec::new(),
        Series::Predicted(it) => {
            Vec::from_iter((!it.cpu_share_held).then(|| Warning::CpuShareNotHeld { reason: it.cpu.clone() }))
        }
        Series::OnAws(it) => of_aws(it, plan),
    }
}

fn of_aws(it: &MeasuredOnAws, plan: &Plan) -> Vec<Warning> {
    let mut warnings = Vec::new();
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
    warnings.extend(it.by_probes.as_deref().and_then(probes));
    warnings
}

/// The probes of a load that made none, or not what they were to make.
fn probes(load: &ByProbes) -> Option<Warning> {
    let named = |what: fn(&OneProbe) -> Option<String>| {
        let probes =
            (1..).zip(&load.probes).filter_map(|(number, probe)| Some(format!("probe {number}, {}", what(probe)?)));
        probes.collect::<Vec<_>>()
    };
    let gave_up = named(|probe| probe.gave_up.clone());
    let used_up = named(|probe| (!probe.used_up.is_empty()).then(|| probe.used_up.join(" and ")));
    let any = !(gave_up.is_empty() && used_up.is_empty());
    any.then_some(Warning::Probes { probes: load.probes.len() as u32, gave_up, used_up })
}

/// The latencies that are in a summary, as far as samples are kept.
fn successful_ms(load: &Load) -> Vec<f64> {
    let samples = load.samples.duration_us.iter().zip(&load.samples.status).zip(0..);
    let kept = samples
        .filter(|(_, index)| load.samples.acknowledged(*index) && !load.samples.opened_connection.contains(index));
    kept.map(|((us, _), _)| us / 1e3).collect()
}

/// Over all series. What each call was answered is known of those that were measured, not of the warm-up's.
fn failed_calls(ran: &Ran) -> Option<Warning> {
    let (failed, calls) = ran.series.iter().map(Series::failed_calls).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let mut failures: Vec<Failures> = Vec::new();
    for it in ran.series.iter().flat_map(loads).flat_map(|load| &load.failures) {
        match failures.iter_mut().find(|known| known.status == it.status) {
            // Two medians make no third one: what they took is in the record, load by load.
            Some(known) => *known = Failures { calls: known.calls + it.calls, latency: None, ..known.clone() },
            None => failures.push(it.clone()),
        }
    }
    (failed > 0).then_some(Warning::FailedCalls { failed, calls, failures })
}

fn loads(series: &Series) -> Vec<&Load> {
    match series {
        Series::Measured(it) => {
            [&it.latency, &it.concurrency].into_iter().chain(it.at_rates.iter().map(|at| &at.load)).collect()
        }
        Series::Predicted(it) => vec![&it.latency],
        Series::OnAws(it) => vec![&it.latency, &it.concurrency],
    }
}

fn generator_saturated(cores: impl Iterator<Item = f64>, processors: u32) -> Option<Warning> {
    let cores = highest(cores).filter(|cores| *cores >= GENERATOR_SHARE * f64::from(processors))?;
    Some(Warning::GeneratorSaturated { cores, processors })
}

/// By the lowest rate of a way that was not kept up with.
fn fell_behind(rounds: &[&Measurement]) -> Option<Warning> {
    let behind = rounds.iter().flat_map(|round| &round.at_rates).filter(|at| at.fell_behind());
    let lowest = behind.min_by(|a, b| a.per_second.total_cmp(&b.per_second))?;
    Some(Warning::FellBehind { per_second: lowest.per_second, answered_per_second: lowest.load.calls_per_second })
}

fn short_throughput(windows_s: impl Iterator<Item = f64>, plan: &Plan) -> Option<Warning> {
    let planned_s = plan.concurrency_s / f64::from(plan.rounds);
    let window_s = windows_s.reduce(f64::min).filter(|window_s| *window_s < WINDOW_SHARE * planned_s)?;
    Some(Warning::ShortThroughput { window_s, planned_s })
}

fn far_outliers(latency_ms: &[f64]) -> Option<Warning> {
    let found = outliers(latency_ms).filter(|found| found.share_of_time >= OUTLIERS_SHARE)?;
    Some(Warning::Outliers { calls: found.count, of: latency_ms.len() as u64, share_of_time: found.share_of_time })
}

/// By the median of the rounds, for the last call of one and the first of the next are not neighbours.
fn autocorrelated(latency_ms: &[Vec<f64>]) -> Option<Warning> {
    let mut correlations: Vec<f64> = latency_ms.iter().filter_map(|round| autocorrelation(round)).collect();
    correlations.sort_by(f64::total_cmp);
    let correlation = *correlations.get(correlations.len() / 2)?;
    (correlation >= AUTOCORRELATION).then_some(Warning::Autocorrelated { correlation })
}

fn slow_clock(environment: &Environment) -> Option<Warning> {
    let reading_ns = environment.clock_reading_ns.filter(|ns| *ns >= CLOCK_READING_NS)?;
    Some(Warning::SlowClock { reading_ns, source: environment.clock_source.clone() })
}

fn others_busy(cores: Option<f64>, processors: u32, before: bool) -> Option<Warning> {
    let cores = cores.filter(|cores| *cores >= OTHERS_SHARE * f64::from(processors))?;
    Some(if before { Warning::BusyBefore { cores, processors } } else { Warning::BusyMeanwhile { cores, processors } })
}

fn frequency_changed(frequencies_mhz: impl Iterator<Item = f64> + Clone) -> Option<Warning> {
    let (low_mhz, high_mhz) = (frequencies_mhz.clone().reduce(f64::min)?, highest(frequencies_mhz)?);
    (high_mhz > low_mhz * (1.0 + FREQUENCY_SHARE)).then_some(Warning::FrequencyChanged { low_mhz, high_mhz })
}

fn highest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(f64::max)
}

fn missing_log_lines(it: &MeasuredOnAws) -> Option<Warning> {
    let reports = it.reports.as_ref().filter(|reports| reports.count < reports.calls)?;
    Some(Warning::MissingLogLines { lines: reports.count, calls: reports.calls })
}
