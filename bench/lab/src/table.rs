//! The table of a run, in Markdown: what a terminal shows and `table.md` keeps are the same bytes.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use crate::run::{Measurement, Outcome, Row, Run, Verdict};

const HEADER: [&str; 12] = [
    "way",
    "cold start p50",
    "mean",
    "p50",
    "p90",
    "p99",
    "calls/s",
    "exact",
    "durable",
    "peak MiB",
    "artifact MiB",
    "published AWS mean",
];

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// Draws the table of a run, with what its columns mean.
#[must_use]
pub fn table(run: &Run) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(HEADER);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in &run.rows {
        table.add_row(cells(row));
    }
    let mut text = format!("{table}\n");
    for (what, ways) in unmeasured(&run.rows) {
        let _ = write!(text, "\n- {what}: {}", ways.join(", "));
    }
    if !text.ends_with("|\n") {
        text.push('\n');
    }
    text.push_str(&legend(run));
    text
}

fn cells(row: &Row) -> Vec<String> {
    let figures = match &row.outcome {
        Outcome::Measured(measurement) => measured(measurement),
        Outcome::Failed { .. } | Outcome::NotRun { .. } => vec!["–".to_owned(); 7],
    };
    let sizes = match &row.outcome {
        Outcome::Measured(measurement) => {
            [measurement.peak_memory_bytes.map_or("–".to_owned(), mebibytes), mebibytes(measurement.artifact.bytes)]
        }
        Outcome::Failed { .. } | Outcome::NotRun { .. } => ["–".to_owned(), "–".to_owned()],
    };
    let mut cells = vec![row.way.clone()];
    cells.extend(figures);
    cells.push(if row.durable { "yes" } else { "no" }.to_owned());
    cells.extend(sizes);
    cells.push(row.published_average_ms.map_or("–".to_owned(), |average| average.to_string()));
    cells
}

fn measured(measurement: &Measurement) -> Vec<String> {
    let latency = &measurement.latency.summary;
    vec![
        milliseconds(measurement.cold_start.summary.p50_ms),
        milliseconds(latency.mean_ms),
        milliseconds(latency.p50_ms),
        milliseconds(latency.p90_ms),
        milliseconds(latency.p99_ms),
        format!("{:.0}", measurement.concurrency.calls_per_second),
        match measurement.exactness.verdict() {
            Verdict::Exact => "yes".to_owned(),
            Verdict::Lost(count) => format!("no: {count} lost"),
            Verdict::Skipped(count) => format!("{count} skipped"),
            Verdict::Extra(count) => format!("no: {count} extra"),
        },
    ]
}

/// Why ways have no figures: each reason once, with its ways, in the order of the rows.
fn unmeasured(rows: &[Row]) -> Vec<(String, Vec<String>)> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        let reason = match &row.outcome {
            Outcome::Measured(_) => continue,
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

fn legend(run: &Run) -> String {
    let plan = &run.plan;
    format!(
        "
Times in ms, measured on this machine (profile {}: nothing slowed down, no network): compare rows with each
other, not with AWS. Cold start: process spawn to first response, median of {}. mean to p99: {} sequential calls
of `GET /hits` over one connection. calls/s: {} connections, for about {} s or {} calls. exact: every acknowledged
call was counted once (update {}). durable: the count outlives its process. peak MiB: the largest process. published AWS mean:
what the origin reported of the deployed way (eu-west-2, 2021-12), not measured here.
",
        plan.profile,
        plan.cold_starts,
        plan.latency_calls,
        plan.connections,
        plan.concurrency_s,
        plan.concurrency_calls_max,
        plan.update
    )
}

fn milliseconds(value_ms: f64) -> String {
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
        Row { way: way.to_owned(), title: String::new(), durable: true, published_average_ms: None, outcome }
    }

    #[test]
    fn each_reason_is_told_once_with_its_ways() {
        let missing = || Outcome::NotRun { reason: "no compiler".to_owned() };
        let rows =
            [row("a", missing()), row("b", Outcome::Failed { reason: "it broke".to_owned() }), row("c", missing())];
        assert_eq!(
            unmeasured(&rows),
            [
                ("not run, no compiler".to_owned(), vec!["`a`".to_owned(), "`c`".to_owned()]),
                ("FAILED, it broke".to_owned(), vec!["`b`".to_owned()]),
            ]
        );
    }
}
