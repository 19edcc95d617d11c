//! The report of a run in the local cloud: what to choose by, what was measured here, and what is predicted of AWS.

use measure::run::{Load, Plan, Prediction, Profile, Record, Run, Verdict};
use measure::stats::Summary;

use crate::notes;
use crate::view::{Cell, Column, Report, Row, Table, Unit};

/// All quantities, in the order of [`cells`].
const COLUMNS: [(&str, Unit); 27] = [
    ("build", Unit::Text),
    ("here_cold_p50_ms", Unit::Milliseconds),
    ("here_mean_ms", Unit::Milliseconds),
    ("here_p50_ms", Unit::Milliseconds),
    ("here_p90_ms", Unit::Milliseconds),
    ("here_p99_ms", Unit::Milliseconds),
    ("here_calls_per_second", Unit::CallsPerSecond),
    ("here_peak_bytes", Unit::Bytes),
    ("aws_cold_p50_ms_predicted", Unit::Predicted),
    ("aws_mean_ms_predicted", Unit::Predicted),
    ("aws_p50_ms_predicted", Unit::Predicted),
    ("aws_p90_ms_predicted", Unit::Predicted),
    ("aws_p99_ms_predicted", Unit::Predicted),
    ("published_mean_ms", Unit::Published),
    ("usd_per_month", Unit::UsDollars),
    ("balancer_usd_per_month", Unit::UsDollars),
    ("usd_per_million_calls", Unit::UsDollars),
    ("exact", Unit::Text),
    ("failed_share", Unit::Share),
    ("durable", Unit::Text),
    ("artifact_bytes", Unit::Bytes),
    ("here_acknowledged", Unit::Count),
    ("here_counted", Unit::Count),
    ("here_failed", Unit::Count),
    ("here_window_s", Unit::Text),
    ("generator_cores", Unit::Text),
    ("prices", Unit::Text),
];

/// What was measured on this machine, in time and beyond it.
const MEASURED: [(&str, &str); 10] = [
    ("here_cold_p50_ms", "cold start"),
    ("here_mean_ms", "mean"),
    ("here_p50_ms", "p50"),
    ("here_p90_ms", "p90"),
    ("here_p99_ms", "p99"),
    ("here_calls_per_second", "calls/s"),
    ("failed_share", "failed"),
    ("exact", "exact"),
    ("here_peak_bytes", "peak MiB"),
    ("artifact_bytes", "artifact MiB"),
];

/// A prediction beside what was published of the deployed way: in columns of their own, with the year.
const PREDICTED: [(&str, &str); 6] = [
    ("aws_mean_ms_predicted", "mean ~"),
    ("aws_p50_ms_predicted", "p50 ~"),
    ("aws_p90_ms_predicted", "p90 ~"),
    ("aws_p99_ms_predicted", "p99 ~"),
    ("aws_cold_p50_ms_predicted", "cold start ~"),
    ("published_mean_ms", "published 2021"),
];

const COST: [(&str, &str); 4] = [
    ("usd_per_month", "$/month"),
    ("balancer_usd_per_month", "+ balancer"),
    ("usd_per_million_calls", "$/million calls"),
    ("durable", "durable"),
];

/// The report of a run.
pub(crate) fn report(run: &Run) -> Report {
    let profiles = &run.plan.profiles;
    let mut tables = Vec::new();
    if profiles.contains(&Profile::Bare) {
        tables.push(measured(&run.plan));
    }
    if profiles.contains(&Profile::Aws) {
        tables.push(predicted(&run.plan));
    }
    tables.push(cost(run));
    Report {
        columns: COLUMNS.iter().map(|&(key, unit)| Column { key, unit }).collect(),
        rows: run.rows.iter().map(|row| Row { name: row.name(), cells: cells(row).into() }).collect(),
        tables,
        unmeasured: notes::unmeasured(run),
        warnings: notes::warnings(run),
    }
}

fn cells(record: &Record) -> [Cell; COLUMNS.len()] {
    let (measured, predicted, cost) = (record.measured(), record.predicted(), record.cost.as_ref());
    let here = measured.map(|it| &it.latency.summary);
    let cold = measured.map(|it| &it.cold_start.summary);
    let concurrency = measured.map(|it| &it.concurrency);
    let unheld = predicted.is_some_and(|it| !it.cpu_share_held);
    let aws = |cell: fn(&Prediction) -> Cell| predicted.map_or(Cell::Absent, |it| cell(it).doubtful_if(unheld));
    [
        record.build.map(|build| build.word().to_owned()).into(),
        cold.map(median).into(),
        here.map(mean).into(),
        here.map(median).into(),
        here.map(|it| it.p90_ms).into(),
        here.map(|it| it.p99_ms).into(),
        concurrency.map(|it| it.calls_per_second).into(),
        measured.and_then(|it| it.peak_memory_bytes).map(|bytes| bytes as f64).into(),
        aws(|it| Cell::with_interval(it.cold_start.summary.p50_ms, it.ranges.map(|ranges| ranges.cold_p50_ms))),
        aws(|it| Cell::with_interval(it.latency.summary.mean_ms, it.ranges.map(|ranges| ranges.mean_ms))),
        aws(|it| Cell::with_interval(it.latency.summary.p50_ms, it.ranges.map(|ranges| ranges.p50_ms))),
        aws(|it| Cell::number(it.latency.summary.p90_ms)),
        aws(|it| Cell::with_interval(it.latency.summary.p99_ms, it.ranges.map(|ranges| ranges.p99_ms))),
        record.published_average_ms.into(),
        cost.map(|it| it.usd_per_month).into(),
        cost.map(|it| it.balancer_usd_per_month).filter(|usd| *usd > 0.0).into(),
        cost.map(|it| it.usd_per_million_calls).into(),
        measured.map(|it| verdict(it.exactness.verdict())).into(),
        record.ran().map(|_| record.failed_share()).into(),
        Cell::yes_no(record.durable),
        record.ran().and_then(|ran| ran.artifact.as_ref()).map(|it| it.bytes as f64).into(),
        measured.map(|it| it.exactness.acknowledged as f64).into(),
        measured.map(|it| it.exactness.counted as f64).into(),
        measured.map(|it| it.exactness.failed as f64).into(),
        concurrency.and_then(|it: &Load| it.window_s).into(),
        concurrency.and_then(|it: &Load| it.generator_cores).into(),
        cost.map(|it| it.prices.clone()).into(),
    ]
}

/// A median with its interval.
pub(crate) fn median(summary: &Summary) -> Cell {
    Cell::with_interval(summary.p50_ms, summary.p50_ci95_ms)
}

/// A mean with its interval.
pub(crate) fn mean(summary: &Summary) -> Cell {
    Cell::with_interval(summary.mean_ms, summary.mean_ci95_ms)
}

pub(crate) fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Exact => "yes".to_owned(),
        Verdict::Lost(count) => format!("no: {count} lost"),
        Verdict::Skipped(count) => format!("{count} skipped"),
        Verdict::Extra(count) => format!("no: {count} extra"),
    }
}

fn measured(plan: &Plan) -> Table {
    Table {
        title: Some("Measured here".to_owned()),
        name: "way",
        columns: MEASURED.to_vec(),
        intervals: true,
        all_rows: true,
        legend: lines(&format!(
            "On this machine over loopback, nothing slowed down: compare rows with each other, not with AWS. Times in ms, with
95 % intervals (mean: Student's t; p50: order statistics) where samples carry one. cold start: process spawn to first
response, median of {}. mean to p99: {} sequential calls of `GET /hits` over one connection. calls/s: {} connections,
opened before, closed-loop, for about {} s. failed: the share of calls that were not answered 200; a run is a failure
above {} %. exact: every acknowledged call was counted once (update {}). peak MiB: the largest process. (tuned): not as the
language's community ships it, but as we made it (docs/languages.md); `--build both` shows the difference.",
            plan.cold_starts,
            plan.latency_calls,
            plan.connections,
            plan.concurrency_s,
            measure::run::FAILED_SHARE_MAX * 100.0,
            plan.update.word(),
        )),
    }
}

fn predicted(plan: &Plan) -> Table {
    let legend = format!(
        "Computed, not waited for: the CPU time that each service was measured to need, under the quota of its size, and AWS's
hops, quotas and environments simulated (seed {}; 100,000 calls and 5,000 cold starts; a server's cold start is that of its
process, without its instance's or task's). Times in ms to two digits; [low–high]: with every delay that nobody measured
(`assumption` in bench/model/aws.toml) at half and at double. published 2021: what the original study reported of the
deployed way (AWS eu-west-2, mean of read-then-write at 128 MB), by its own slow client.",
        plan.seed,
    );
    Table {
        title: Some("Predicted for AWS".to_owned()),
        name: "way",
        columns: PREDICTED.to_vec(),
        intervals: true,
        all_rows: !plan.profiles.contains(&Profile::Bare),
        legend: lines(&legend),
    }
}

fn cost(run: &Run) -> Table {
    let mut legend = lines("$/month: without calls; the balancer beside it. durable: the count outlives its process.");
    legend.extend(run.rows.iter().find_map(|row| row.cost.as_ref()).map(|cost| prices(&cost.prices)));
    Table {
        title: Some("Cost".to_owned()),
        name: "way",
        columns: COST.to_vec(),
        intervals: false,
        all_rows: false,
        legend,
    }
}

/// What the prices leave out.
pub(crate) fn prices(prices: &str) -> String {
    format!("Prices: {prices}, without tax, free tier and network traffic; see `lab cost` for details.")
}

/// A text as its lines.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
