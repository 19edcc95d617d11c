//! The report of a run on AWS: all of its figures were measured there. It stands apart from what is measured here, and
//! predicted; only the published figure is set beside it.

use std::collections::BTreeSet;

use measure::run::{ByProbes, FanOut, Figures, MeasuredOnAws, Record, Run, exactness};
use measure::stats::Figure;

use crate::here::{in_words, lines, prices};
use crate::notes;
use crate::view::{Cell, Column, Report, Row, Table, Unit};

/// All quantities, each with the title of its column, in the order of [`cells`].
const COLUMNS: [(&str, Unit, &str); 19] = [
    ("way", Unit::Text, "way"),
    ("region", Unit::Text, "region"),
    ("from", Unit::Text, "from"),
    ("aws_mean_ms", Unit::Milliseconds, "AWS mean"),
    ("aws_p50_ms", Unit::Milliseconds, "AWS p50"),
    ("aws_p90_ms", Unit::Milliseconds, "AWS p90"),
    ("aws_p99_ms", Unit::Milliseconds, "AWS p99"),
    ("aws_cold_p50_ms", Unit::Milliseconds, "AWS cold"),
    ("aws_calls_per_second", Unit::CallsPerSecond, "calls/s"),
    ("init_p50_ms", Unit::Milliseconds, "init"),
    ("duration_p50_ms", Unit::Milliseconds, "duration"),
    ("memory_mb", Unit::Count, "memory MB"),
    ("published_mean_ms", Unit::Published, "published"),
    ("usd_per_month", Unit::UsDollars, "$/month"),
    ("balancer_usd_per_month", Unit::UsDollars, "+ balancer"),
    ("usd_per_million_calls", Unit::UsDollars, "$/million"),
    ("exact", Unit::Text, "exact"),
    ("failed_share", Unit::Share, "failed"),
    ("prices", Unit::Text, "prices"),
];

/// A cell of what many probes made, from a deployment's rounds.
type OfProbes = fn(&[&MeasuredOnAws]) -> Cell;

/// Quantities of a load by many probes, each with the title of its column. Percentiles are of the sum of all histograms, over the
/// probes and the rounds.
const PROBES: [(&str, Unit, &str, OfProbes); 8] = [
    ("probes_requested_per_second", Unit::CallsPerSecond, "requested/s", |it| {
        first(it, |load| load.requested_per_second)
    }),
    ("probes_offered_per_second", Unit::CallsPerSecond, "offered/s", |it| first(it, |load| load.offered_per_second)),
    ("probes_p50_ms", Unit::Milliseconds, "p50", |it| ByProbes::all_calls(loads(it)).map(|all| all.p50_ms).into()),
    ("probes_p90_ms", Unit::Milliseconds, "p90", |it| ByProbes::all_calls(loads(it)).map(|all| all.p90_ms).into()),
    ("probes_p99_ms", Unit::Milliseconds, "p99", |it| ByProbes::all_calls(loads(it)).map(|all| all.p99_ms).into()),
    ("probes_start_skew_ms", Unit::Milliseconds, "start skew", |it| {
        loads(it).filter_map(|load| load.start_skew_ms).reduce(f64::max).into()
    }),
    ("probes_busiest", Unit::Text, "busiest processor", |it| {
        let shares = loads(it).flat_map(|load| &load.probes).filter_map(|probe| Some(probe.cores? / probe.cores_max?));
        shares.reduce(f64::max).map(|share| format!("{:.0} %", share * 100.0)).into()
    }),
    ("probes_open_files", Unit::Text, "most open files", |it| {
        let probes = loads(it).flat_map(|load| &load.probes);
        let files = probes.filter_map(|probe| Some((probe.open_files?, probe.open_files_max)));
        let most = files.max_by_key(|(files, _)| *files);
        most.map(|(files, max)| max.map_or(files.to_string(), |max| format!("{files} of {max}"))).into()
    }),
];

fn loads<'a>(rounds: &'a [&MeasuredOnAws]) -> impl Iterator<Item = &'a ByProbes> {
    rounds.iter().filter_map(|round| round.by_probes.as_deref())
}

fn first(rounds: &[&MeasuredOnAws], of: fn(&ByProbes) -> f64) -> Cell {
    loads(rounds).next().map(of).into()
}

fn probes_columns(run: &Run) -> impl Iterator<Item = (&'static str, Unit, &'static str)> {
    PROBES.iter().filter(|_| run.plan.by_probes.is_some()).map(|&(key, unit, title, _)| (key, unit, title))
}

fn probes_table(plan: &FanOut) -> Table {
    let legend = format!(
        "{} probes at once, {} connections each, {} s: calls due at random (a Poisson process) whether or not others are answered; latencies in ms
from when each was due, of all probes' calls together (the sum of their histograms, within 0.1 %; percentiles are not averaged).
start skew: from the first probe's beginning to the last one's, by their own clocks. busiest processor, most open files: of any probe;
from 80 % on a warning names it, for its latencies may be its own.",
        plan.probes, plan.connections, plan.length_s
    );
    Table {
        title: Some(format!("By {} probes at once", plan.probes)),
        name: "deployment",
        columns: PROBES.iter().map(|&(key, _, title, _)| (key, title)).collect(),
        intervals: true,
        all_rows: false,
        legend: lines(&legend),
    }
}

/// The report of a run.
pub(crate) fn report(run: &Run) -> Report {
    let rows = run.rows.iter().filter_map(|record| {
        let rounds = record.on_aws();
        let name = rounds.first()?.deployment.clone();
        let by_probes = PROBES.iter().filter(|_| run.plan.by_probes.is_some()).map(|(.., cell)| cell(&rounds));
        Some(Row { name, cells: cells(record, &rounds).into_iter().chain(by_probes).collect() })
    });
    Report {
        columns: COLUMNS.into_iter().chain(probes_columns(run)).map(|(key, unit, _)| Column { key, unit }).collect(),
        rows: rows.collect(),
        tables: std::iter::once(table(run)).chain(run.plan.by_probes.map(|plan| probes_table(&plan))).collect(),
        unmeasured: notes::unmeasured(run),
        warnings: notes::warnings(run),
    }
}

fn table(run: &Run) -> Table {
    let plan = &run.plan;
    let mut legend = lines(&format!(
        "Measured on AWS in {} rounds; times in ms, each the geometric mean of the rounds, with its 95 % interval. from: `here`, this machine, the network to
the region included, or `probe`, a function in the region. mean to p99: {} sequential calls of `GET /hits` over one
connection. AWS cold: median of {} first calls, each after a change of the function's configuration, a new connection
included; of a server it is not measured. calls/s: {} connections, opened before, closed-loop, for about {} s or {}
calls. init, duration, memory: from Lambda's own REPORT lines, medians, and the largest. published: what the original
study reported of the deployed way (AWS eu-west-2, 2021-12). exact: every acknowledged call was counted once. failed:
the share of calls that were not answered 200.",
        plan.rounds, plan.latency_calls, plan.cold_starts, plan.connections, plan.concurrency_s, plan.concurrency_calls_max
    ));
    let known: BTreeSet<_> = run.rows.iter().filter_map(|row| Some(&row.cost.as_ref()?.prices)).collect();
    legend.extend(known.into_iter().map(|known| prices(known)));
    let columns = COLUMNS.iter().filter(|(key, ..)| *key != "prices").map(|&(key, _, title)| (key, title));
    Table { title: None, name: "deployment", columns: columns.collect(), intervals: true, all_rows: true, legend }
}

fn cells(record: &Record, rounds: &[&MeasuredOnAws]) -> [Cell; COLUMNS.len()] {
    let (figures, cost) = (record.figures(), record.cost.as_ref());
    let aws = |of: fn(&Figures) -> Option<&Figure>| Cell::from(figures.as_ref().and_then(of));
    let first = |of: fn(&MeasuredOnAws) -> &String| Cell::from(rounds.first().map(|round| of(round).clone()));
    let memory =
        rounds.iter().filter_map(|round| round.reports.as_ref()).map(|reports| reports.max_memory_used_mb).max();
    [
        record.way.clone().into(),
        first(|it| &it.region),
        first(|it| &it.from),
        aws(|it| it.mean_ms.as_ref()),
        aws(|it| it.p50_ms.as_ref()),
        aws(|it| it.p90_ms.as_ref()),
        aws(|it| it.p99_ms.as_ref()),
        aws(|it| it.cold_start_ms.as_ref()),
        aws(|it| it.calls_per_second.as_ref()),
        aws(|it| it.init_ms.as_ref()),
        aws(|it| it.duration_ms.as_ref()),
        memory.map(|mb| mb as f64).into(),
        record.published_average_ms.into(),
        cost.map(|cost| cost.usd_per_month).into(),
        cost.map(|cost| cost.balancer_usd_per_month).filter(|usd| *usd > 0.0).into(),
        cost.map(|cost| cost.usd_per_million_calls).into(),
        in_words(exactness(rounds.iter().flat_map(|round| round.accounts())).1).into(),
        record.failed_share().into(),
        cost.map(|cost| cost.prices.clone()).into(),
    ]
}
