//! The tables of a run, in Markdown: what a terminal shows and `table.md` keeps are the same bytes.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use crate::figures::usd;
use measure::run::{Cost, Figures, Outcome, Plan, Profile, Row, Run, Verdict};

/// What to choose by: a column says whether it is measured here, predicted, or published.
const CHOICE: [&str; 13] = [
    "way",
    "here p50",
    "here p99",
    "AWS mean ~",
    "AWS p50 ~",
    "AWS p99 ~",
    "AWS cold ~",
    "published",
    "$/month",
    "$/million",
    "exact",
    "durable",
    "artifact MiB",
];

/// All that was measured here.
const MEASURED: [&str; 8] = ["way", "cold start p50", "mean", "p50", "p90", "p99", "calls/s", "peak MiB"];

/// What stands where there is no figure.
const NONE: &str = "–";

/// Marks a prediction whose CPU share could not be held.
const UNHELD: &str = "*";

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// Draws the tables of a run, with what their columns mean.
#[must_use]
pub fn table(run: &Run) -> String {
    let mut text = format!("{}\n", drawn(&CHOICE, run.rows.iter().map(choice)));
    text.push_str(&unmeasured(&run.rows));
    text.push_str(&choice_legend(run));
    if run.plan.profiles.contains(&Profile::Bare) {
        let ran = run.rows.iter().filter_map(measured);
        let _ = write!(text, "\nMeasured on this machine:\n\n{}\n", drawn(&MEASURED, ran));
        text.push_str(&measured_legend(&run.plan));
    }
    text
}

/// A table whose columns but the first are numbers.
pub fn drawn(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.add_rows(rows);
    table
}

fn figures(row: &Row) -> Option<&Figures> {
    match &row.outcome {
        Outcome::Ran(figures) => Some(figures),
        Outcome::Failed { .. } | Outcome::NotRun { .. } => None,
    }
}

fn choice(row: &Row) -> Vec<String> {
    let figures = figures(row);
    let measured = figures.and_then(|figures| figures.measured.as_ref());
    let predicted = figures.and_then(|figures| figures.predicted.as_ref());
    let here = measured.map(|measured| &measured.latency.summary);
    let aws = |value: fn(&measure::run::Prediction) -> f64| {
        or_none(predicted, |it| milliseconds(value(it)) + if it.cpu_share_held { "" } else { UNHELD })
    };
    vec![
        row.way.clone(),
        or_none(here, |it| milliseconds(it.p50_ms)),
        or_none(here, |it| milliseconds(it.p99_ms)),
        aws(|it| it.latency.summary.mean_ms),
        aws(|it| it.latency.summary.p50_ms),
        aws(|it| it.latency.summary.p99_ms),
        aws(|it| it.cold_start.summary.p50_ms),
        or_none(row.published_average_ms.as_ref(), ToString::to_string),
        or_none(row.cost.as_ref(), monthly),
        or_none(row.cost.as_ref(), |it| usd(it.usd_per_million_calls)),
        or_none(measured, |it| verdict(it.exactness.verdict())),
        if row.durable { "yes" } else { "no" }.to_owned(),
        or_none(figures.and_then(|it| it.artifact.as_ref()), |it| mebibytes(it.bytes)),
    ]
}

fn measured(row: &Row) -> Option<Vec<String>> {
    let measured = figures(row)?.measured.as_ref()?;
    let latency = &measured.latency.summary;
    Some(vec![
        row.way.clone(),
        milliseconds(measured.cold_start.summary.p50_ms),
        milliseconds(latency.mean_ms),
        milliseconds(latency.p50_ms),
        milliseconds(latency.p90_ms),
        milliseconds(latency.p99_ms),
        format!("{:.0}", measured.concurrency.calls_per_second),
        or_none(measured.peak_memory_bytes.as_ref(), |&bytes| mebibytes(bytes)),
    ])
}

pub(crate) fn or_none<T>(value: Option<&T>, told: impl FnOnce(&T) -> String) -> String {
    value.map_or(NONE.to_owned(), told)
}

/// A month without calls, and the balancer's part of it apart.
pub(crate) fn monthly(cost: &Cost) -> String {
    match cost.balancer_usd_per_month {
        balancer if balancer > 0.0 => format!("{} + {}", usd(cost.usd_per_month), usd(balancer)),
        _ => usd(cost.usd_per_month),
    }
}

pub(crate) fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Exact => "yes".to_owned(),
        Verdict::Lost(count) => format!("no: {count} lost"),
        Verdict::Skipped(count) => format!("{count} skipped"),
        Verdict::Extra(count) => format!("no: {count} extra"),
    }
}

/// Why ways have no figures: each reason once, with its ways, in the order of the rows.
pub(crate) fn unmeasured(rows: &[Row]) -> String {
    let lines = reasons(rows).into_iter().map(|(what, ways)| format!("\n- {what}: {}", ways.join(", ")));
    let text: String = lines.collect();
    if text.is_empty() { text } else { text + "\n" }
}

fn reasons(rows: &[Row]) -> Vec<(String, Vec<String>)> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        let reason = match &row.outcome {
            Outcome::Ran(_) => continue,
            Outcome::Failed { reason } => format!("FAILED, {reason}"),
            Outcome::NotRun { reason } => format!("not run, {reason}"),
        };
        let way = format!("`{}`", row.way);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ways)) => ways.push(way),
            None => reasons.push((reason, vec![way])),
        }
    }
    reasons
}

fn choice_legend(run: &Run) -> String {
    let plan = &run.plan;
    let mut text = format!(
        "
Times in ms. here: measured on this machine, nothing slowed down, no network. AWS ~: predicted, the same services with
their processor and every hop slowed down as AWS is (seed {}, {} calls, {} cold starts; a server's cold start is that of
its process, without its instance's or task's). published: what the origin reported of the deployed way (AWS eu-west-2,
2021-12: mean of read-then-write at 128 MB), by its own slow client. $/month: without calls, + the balancer. exact: every
acknowledged call was counted once (update {}). durable: the count outlives its process.
",
        plan.seed, plan.predicted_calls, plan.predicted_cold_starts, plan.update
    );
    if let Some(prices) = run.rows.iter().find_map(|row| row.cost.as_ref()).map(|cost| &cost.prices) {
        let _ = writeln!(text, "Prices: {prices}, without tax, free tier and network traffic; `lab cost` tells more.");
    }
    let predictions = run.rows.iter().filter_map(figures).filter_map(|figures| figures.predicted.as_ref());
    if let Some(unheld) = predictions.into_iter().find(|predicted| !predicted.cpu_share_held) {
        let _ = writeln!(text, "{UNHELD} the CPU share was not held ({}): too fast for a prediction.", unheld.cpu);
    }
    text
}

fn measured_legend(plan: &Plan) -> String {
    format!(
        "
Times in ms; compare rows with each other, not with AWS. Cold start: process spawn to first response, median of {}.
mean to p99: {} sequential calls of `GET /hits` over one connection. calls/s: {} connections, for about {} s or {}
calls. peak MiB: the largest process.
",
        plan.cold_starts, plan.latency_calls, plan.connections, plan.concurrency_s, plan.concurrency_calls_max
    )
}

/// To a microsecond where that is a tenth of it or more.
pub(crate) fn milliseconds(value_ms: f64) -> String {
    let decimals = if value_ms < 10.0 { 3 } else { 1 };
    format!("{value_ms:.decimals$}")
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / MEBIBYTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(way: &str, outcome: Outcome) -> Row {
        Row {
            way: way.to_owned(),
            title: String::new(),
            durable: true,
            published_average_ms: None,
            cost: None,
            outcome,
        }
    }

    #[test]
    fn each_reason_is_told_once_with_its_ways() {
        let missing = || Outcome::NotRun { reason: "no compiler".to_owned() };
        let rows =
            [row("a", missing()), row("b", Outcome::Failed { reason: "it broke".to_owned() }), row("c", missing())];
        assert_eq!(
            reasons(&rows),
            [
                ("not run, no compiler".to_owned(), vec!["`a`".to_owned(), "`c`".to_owned()]),
                ("FAILED, it broke".to_owned(), vec!["`b`".to_owned()]),
            ]
        );
    }
}
