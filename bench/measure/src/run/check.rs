//! Figures that can't be: a run with one was not written by a lab, and nothing may be drawn from it.

use super::{Load, Run, Series};

/// Checks every figure that something is drawn from.
pub(super) fn run(run: &Run) -> Result<(), String> {
    at_least_one("environment.processors", run.environment.processors)?;
    at_least_one("plan.connections", run.plan.connections)?;
    at_least_one("plan.rounds", run.plan.rounds)?;
    not_negative("duration_s", run.duration_s)?;
    for row in &run.rows {
        not_negative("took_s", row.took_s).map_err(|reason| format!("{}: {reason}", row.way))?;
        for it in row.series() {
            series(it).map_err(|reason| format!("{}: {reason}", row.way))?;
        }
    }
    Ok(())
}

fn series(series: &Series) -> Result<(), String> {
    match series {
        Series::Measured(it) => {
            if let Some(cold_start) = &it.cold_start {
                times("cold_start", &[&cold_start.total_ms, &cold_start.init_ms])?;
                positive("cold_start.summary.p50_ms", cold_start.summary.p50_ms)?;
            }
            it.at_rates.iter().try_for_each(|at| {
                positive("at_rates.per_second", at.per_second)?;
                load("at_rates.load", &at.load)
            })?;
            load("latency", &it.latency)?;
            load("concurrency", &it.concurrency)
        }
        Series::Predicted(it) => {
            if let Some(cold_start) = &it.cold_start {
                times("cold_start", &[&cold_start.total_ms, &cold_start.init_ms])?;
            }
            if let Some(demand) = &it.demand {
                times(
                    "demand",
                    &[&demand.start_turn_ms, &demand.call_turn_ms, &demand.init_cpu_ms, &demand.call_cpu_ms],
                )?;
            }
            if let Some(mean_ms) = it.function_mean_ms {
                positive("function_mean_ms", mean_ms)?;
            }
            load("latency", &it.latency)
        }
        Series::OnAws(it) => {
            if let Some(cold_start) = &it.cold_start {
                times("cold_start", &[&cold_start.total_ms])?;
            }
            if let Some(reports) = &it.reports {
                positive("reports.duration.mean_ms", reports.duration.mean_ms)?;
                if let Some(init) = &reports.init {
                    positive("reports.init.mean_ms", init.mean_ms)?;
                }
            }
            load("latency", &it.latency)?;
            load("concurrency", &it.concurrency)
        }
    }
}

fn load(name: &str, load: &Load) -> Result<(), String> {
    positive(&format!("{name}.calls_per_second"), load.calls_per_second)?;
    for (field, value) in [
        ("mean_ms", load.summary.mean_ms),
        ("p50_ms", load.summary.p50_ms),
        ("p90_ms", load.summary.p90_ms),
        ("p99_ms", load.summary.p99_ms),
    ] {
        positive(&format!("{name}.summary.{field}"), value)?;
    }
    for (field, value) in [("window_s", load.window_s), ("service_cpu_s", load.service_cpu_s)] {
        value.map_or(Ok(()), |value| not_negative(&format!("{name}.{field}"), value))?;
    }
    let samples = &load.samples;
    if samples.duration_us.len() != samples.status.len() {
        return Err(format!("{name}.samples has columns of different lengths"));
    }
    samples.duration_us.iter().try_for_each(|&value| not_negative(&format!("{name}.samples.duration_us"), value))
}

fn times(name: &str, columns: &[&[f64]]) -> Result<(), String> {
    columns.iter().copied().flatten().try_for_each(|&value| positive(name, value))
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(format!("{name} is {value}, and must be above 0")) }
}

fn not_negative(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(format!("{name} is {value}, and can't be below 0")) }
}

fn at_least_one(name: &str, value: u32) -> Result<(), String> {
    if value >= 1 { Ok(()) } else { Err(format!("{name} is 0, and must be 1 or more")) }
}
