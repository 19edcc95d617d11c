//! The table of a run on AWS: all of its figures were measured there. It stands apart from what is measured here, and
//! predicted; only the published figure is set beside it.

use std::fmt::Write;

use crate::figures::usd;
use crate::run::{MeasuredOnAws, Outcome, Row, Run};
use crate::table::{drawn, milliseconds, monthly, or_none, unmeasured, verdict};

const HEADER: [&str; 17] = [
    "deployment",
    "way",
    "region",
    "from",
    "AWS mean",
    "AWS p50",
    "AWS p90",
    "AWS p99",
    "AWS cold",
    "calls/s",
    "init",
    "duration",
    "memory MB",
    "published",
    "$/month",
    "$/million",
    "exact",
];

/// Draws the table of a run on AWS, with what its columns mean.
#[must_use]
pub(crate) fn table(run: &Run) -> String {
    let mut text = format!("{}\n", drawn(&HEADER, run.rows.iter().filter_map(cells)));
    text.push_str(&unmeasured(&run.rows));
    let plan = &run.plan;
    let _ = write!(
        text,
        "
Measured on AWS; times in ms. from: `here`, this machine, the way to the region included, or `probe`, a function in the
region. mean to p99: {} sequential calls of `GET /hits` over one connection. AWS cold: median of {} first calls, each
after a change of the function's configuration, a new connection included; of a server it is not measured. calls/s: {}
connections, for about {} s or {} calls. init, duration, memory: from Lambda's own REPORT lines, medians, and the
largest. published: what the origin reported of the deployed way (AWS eu-west-2, 2021-12). exact: every acknowledged
call was counted once.
",
        plan.latency_calls, plan.cold_starts, plan.connections, plan.concurrency_s, plan.concurrency_calls_max
    );
    text
}

fn cells(row: &Row) -> Option<Vec<String>> {
    let Outcome::Ran(figures) = &row.outcome else { return None };
    let it = figures.on_aws.as_ref()?;
    let MeasuredOnAws { latency, reports, .. } = it;
    let reports = reports.as_ref();
    Some(vec![
        it.deployment.clone(),
        row.way.clone(),
        it.region.clone(),
        it.from.clone(),
        milliseconds(latency.summary.mean_ms),
        milliseconds(latency.summary.p50_ms),
        milliseconds(latency.summary.p90_ms),
        milliseconds(latency.summary.p99_ms),
        or_none(it.cold_start.as_ref(), |cold| milliseconds(cold.summary.p50_ms)),
        format!("{:.0}", it.concurrency.calls_per_second),
        or_none(reports.and_then(|reports| reports.init.as_ref()), |init| milliseconds(init.p50_ms)),
        or_none(reports, |reports| milliseconds(reports.duration.p50_ms)),
        or_none(reports, |reports| reports.max_memory_used_mb.to_string()),
        or_none(row.published_average_ms.as_ref(), ToString::to_string),
        or_none(row.cost.as_ref(), monthly),
        or_none(row.cost.as_ref(), |cost| usd(cost.usd_per_million_calls)),
        verdict(it.exactness.verdict()),
    ])
}
