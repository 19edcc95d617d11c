//! The table of a run on AWS: all of its figures were measured there. It stands apart from what is measured here, and
//! predicted; only the published figure is set beside it.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::figures::usd;
use crate::table::{drawn, milliseconds, monthly, or_none, unmeasured, verdict};
use measure::run::{MeasuredOnAws, Reports, Row, Run};

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
pub fn table(run: &Run) -> String {
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
    run.rows.iter().filter_map(Row::on_aws).filter_map(late).for_each(|line| text.push_str(&line));
    let prices: BTreeSet<_> = run.rows.iter().filter_map(|row| Some(&row.cost.as_ref()?.prices)).collect();
    for prices in prices {
        let _ = writeln!(text, "Prices: {prices}, without tax, free tier and network traffic; `lab cost` tells more.");
    }
    text
}

/// A line of a deployment whose calls have not all been reported.
fn late(it: &MeasuredOnAws) -> Option<String> {
    let Reports { count, calls, .. } = it.reports.as_ref()?;
    (count < calls)
        .then(|| format!("{}: CloudWatch had the REPORT lines of {count} of {calls} calls.\n", it.deployment))
}

fn cells(row: &Row) -> Option<Vec<String>> {
    let it = row.on_aws()?;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use measure::run::{Exactness, Load};
    use measure::stats::Summary;

    #[test]
    fn lines_that_have_not_come_are_told() {
        let summary = Summary::of(&[Duration::from_millis(2)]).expect("a sample");
        let load = Load {
            connections: 1,
            summary: summary.clone(),
            samples_us: vec![2_000.0],
            acknowledged: 1,
            failed: 0,
            calls_per_second: 1.0,
        };
        let measured = |count| MeasuredOnAws {
            deployment: "one".to_owned(),
            region: "eu-west-2".to_owned(),
            from: "here".to_owned(),
            cold_start: None,
            latency: load.clone(),
            concurrency: load.clone(),
            exactness: Exactness { acknowledged: 7, counted: 7, failed: 0 },
            reports: Some(Reports {
                count,
                calls: 7,
                duration: summary.clone(),
                init: None,
                billed_ms: 3.0,
                max_memory_used_mb: 20,
            }),
        };
        assert_eq!(late(&measured(7)), None);
        assert_eq!(late(&measured(6)).as_deref(), Some("one: CloudWatch had the REPORT lines of 6 of 7 calls.\n"));
    }
}
