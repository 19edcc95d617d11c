//! The report of a run in the local cloud: what to choose by, what was measured here, and what is predicted of AWS.

use measure::run::{Figures, Measurement, Plan, Prediction, Profile, Record, Run, Verdict, exactness};
use measure::stats::Figure;

use crate::view::{Cell, Column, Report, Row, Table, Unit};
use crate::{merged, notes, open_loop, own};

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
pub(crate) const MEASURED: [(&str, &str); 10] = [
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

pub(crate) const COST: [(&str, &str); 4] = [
    ("usd_per_month", "$/month"),
    ("balancer_usd_per_month", "+ balancer"),
    ("usd_per_million_calls", "$/million calls"),
    ("durable", "durable"),
];

/// The report of a run.
pub(crate) fn report(run: &Run) -> Report {
    let profiles = &run.plan.profiles;
    let mut tables = Vec::new();
    if let Some(merged) = &run.merged {
        tables.push(merged::table(run, merged));
    } else if profiles.contains(&Profile::Bare) {
        tables.push(if run.app.is_some() { own::measured(&run.plan) } else { measured(&run.plan) });
        tables.extend(open_loop::table(&run.plan));
    }
    if profiles.contains(&Profile::Aws) {
        tables.push(predicted(&run.plan));
    }
    tables.push(if run.app.is_some() { cost(run, own::COST) } else { cost(run, COUNTERS_COST) });
    Report {
        columns: COLUMNS
            .into_iter()
            .chain(open_loop::columns(&run.plan))
            .chain(merged::columns(run))
            .map(|(key, unit)| Column { key, unit })
            .collect(),
        rows: run.rows.iter().zip(1..).map(|(record, next)| row(run, record, &run.rows[next..])).collect(),
        tables,
        unmeasured: notes::unmeasured(run),
        warnings: notes::warnings(run),
    }
}

/// One of the figures.
type OneOf = fn(Figures) -> Option<Figure>;

/// Quantities of which the report has the rows that are not known to differ.
const COMPARED: [(&str, OneOf); 4] = [
    ("here_cold_p50_ms", |it| it.cold_start_ms),
    ("here_p50_ms", |it| it.p50_ms),
    ("here_p99_ms", |it| it.p99_ms),
    ("here_calls_per_second", |it| it.calls_per_second),
];

/// The row of a record, compared with those of later ones.
fn row(run: &Run, record: &Record, later: &[Record]) -> Row {
    let mut cells = Vec::from(cells(record));
    cells.extend(open_loop::cells(&run.plan, record.figures().as_ref()));
    cells.extend(merged::cells(run, &record.name()));
    // Rounds of several machines are no pairs.
    for (key, of) in COMPARED.into_iter().filter(|_| run.merged.is_none()) {
        let figure = |record: &Record| record.figures().and_then(of);
        let alike = figure(record).map(|it| {
            let others =
                later.iter().filter(|other| figure(other).is_some_and(|other| it.differs(&other) == Some(false)));
            others.map(Record::name).collect()
        });
        let index = COLUMNS.iter().position(|(column, _)| *column == key).expect("it is one of the columns");
        cells[index] = std::mem::replace(&mut cells[index], Cell::Absent).alike(alike.unwrap_or_default());
    }
    Row { name: record.name(), cells }
}

fn cells(record: &Record) -> [Cell; COLUMNS.len()] {
    let (measured, predicted, cost) = (record.measured(), record.predicted(), record.cost.as_ref());
    let figures = record.figures();
    let here = |of: fn(&Figures) -> Option<&Figure>| Cell::from(figures.as_ref().and_then(of));
    let (account, verdict) = exactness(measured.iter().filter_map(|it| it.exactness));
    let accounted = measured.iter().any(|it| it.exactness.is_some());
    let concurrency = || measured.iter().map(|it| &it.concurrency);
    let unheld = predicted.is_some_and(|it| !it.cpu_share_held);
    let aws = |cell: fn(&Prediction) -> Cell| predicted.map_or(Cell::Absent, |it| cell(it).doubtful_if(unheld));
    [
        record.build.map(|build| build.word().to_owned()).into(),
        here(|it| it.cold_start_ms.as_ref()),
        here(|it| it.mean_ms.as_ref()),
        here(|it| it.p50_ms.as_ref()),
        here(|it| it.p90_ms.as_ref()),
        here(|it| it.p99_ms.as_ref()),
        here(|it| it.calls_per_second.as_ref()),
        measured.iter().filter_map(|it| it.peak_memory_bytes).max().map(|bytes| bytes as f64).into(),
        aws(|it| {
            let cold = it
                .cold_start
                .as_ref()
                .map(|cold| Cell::with_interval(cold.summary.p50_ms, it.ranges.and_then(|ranges| ranges.cold_p50_ms)));
            cold.unwrap_or(Cell::Absent)
        }),
        aws(|it| Cell::with_interval(it.latency.summary.mean_ms, it.ranges.map(|ranges| ranges.mean_ms))),
        aws(|it| Cell::with_interval(it.latency.summary.p50_ms, it.ranges.map(|ranges| ranges.p50_ms))),
        aws(|it| Cell::number(it.latency.summary.p90_ms)),
        aws(|it| Cell::with_interval(it.latency.summary.p99_ms, it.ranges.map(|ranges| ranges.p99_ms))),
        record.published_average_ms.into(),
        cost.map(|it| it.usd_per_month).into(),
        cost.map(|it| it.balancer_usd_per_month).filter(|usd| *usd > 0.0).into(),
        cost.map(|it| it.usd_per_million_calls).into(),
        accounted.then(|| in_words(verdict)).or_else(|| verified(&measured)).into(),
        record.ran().map(|_| record.failed_share()).into(),
        Cell::yes_no(record.durable),
        record.ran().and_then(|ran| ran.artifact.as_ref()).map(|it| it.bytes as f64).into(),
        accounted.then_some(account.acknowledged as f64).into(),
        accounted.then_some(account.counted as f64).into(),
        accounted.then_some(account.failed as f64).into(),
        concurrency().filter_map(|it| it.window_s).reduce(|a, b| a + b).into(),
        concurrency().filter_map(|it| it.generator_cores).reduce(f64::max).into(),
        cost.map(|it| it.prices.clone()).into(),
    ]
}

/// What the check of a service of the user's own found in all rounds; nothing where it has none.
fn verified(rounds: &[&Measurement]) -> Option<String> {
    let found: Vec<bool> = rounds.iter().filter_map(|it| it.own.as_ref()?.verified).collect();
    (!found.is_empty()).then(|| if found.iter().all(|right| *right) { "yes" } else { "no" }.to_owned())
}

pub(crate) fn in_words(verdict: Verdict) -> String {
    match verdict {
        Verdict::Exact => "yes".to_owned(),
        Verdict::Lost(count) => format!("no: {count} lost"),
        Verdict::Skipped(count) => format!("{count} skipped"),
        Verdict::Extra(count) => format!("no: {count} extra"),
    }
}

pub(crate) fn measured(plan: &Plan) -> Table {
    Table {
        title: Some("Measured here".to_owned()),
        name: "way",
        columns: MEASURED.to_vec(),
        intervals: true,
        all_rows: true,
        legend: lines(&format!(
            "On this machine over loopback, nothing slowed down: compare rows with each other, not with AWS. Times in ms, each the
geometric mean of {} interleaved, with its 95 % interval (Student's t over the rounds), to the digits that this leaves.
cold start: process spawn to first response, {} in all. mean to p99: {} sequential calls of `GET /hits` over one
connection. calls/s: {} connections, opened before, closed-loop, for {} s. failed: the share of calls that were not
answered 200; a run is a failure above {} %. exact: every acknowledged call was counted once (update {}). peak MiB: the
largest process. ≈: the interval of the two rows' ratio, round by round, has 1 in it. (tuned): not as the language's
community ships it, but the build that is deployed, in some languages the only one (docs/languages.md); `--build both` shows both.",
            rounds(plan.rounds),
            plan.cold_starts,
            plan.latency_calls,
            plan.connections,
            plan.concurrency_s,
            measure::run::FAILED_SHARE_MAX * 100.0,
            plan.update.word(),
        )),
    }
}

pub(crate) fn rounds(count: u32) -> String {
    if count == 1 { "one round".to_owned() } else { format!("{count} rounds") }
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

/// The columns of the costs of a counter, in words.
const COUNTERS_COST: &str = "$/month: without calls; the balancer beside it. durable: the count outlives its process.";

fn cost(run: &Run, legend: &str) -> Table {
    let mut legend = lines(legend);
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
