//! The report in Markdown.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use prices::cost::UTILISATION_TARGET;
use ways::Kind;

use super::basis::Basis;
use super::report::{AtCalls, Cheapest, Report, Row};
use crate::numbers::{calls, usd, whole};

/// Draws the report, with what its columns mean.
pub fn text(report: &Report, items: bool) -> String {
    let mut text = format!("{}\n", costs(report));
    text.push_str(&refusals(report));
    if items {
        for row in &report.rows {
            text.push_str(&items_of(row));
        }
    }
    if report.rows.len() > 1 {
        let _ = writeln!(text, "\nThe cheapest of these, by calls per month:\n\n{}", decades(report));
        text.push_str(&break_evens(report));
    }
    text.push_str(&legend(report));
    text
}

fn costs(report: &Report) -> Table {
    let at = format!("$/month at {} calls", whole(report.calls_per_month));
    let mut table = table(vec![
        "way",
        "$/month",
        "balancer $/month",
        "$/million calls",
        &at,
        "instances",
        "most calls/month",
        "durable",
        "basis",
    ]);
    for row in &report.rows {
        let (at_calls, instances) = match &row.at_calls {
            AtCalls::Served { usd: dollars, instances, .. } => (usd(*dollars), instances_of(row.kind, *instances)),
            AtCalls::Not { .. } => ("–".to_owned(), "–".to_owned()),
        };
        table.add_row(vec![
            row.way.clone(),
            usd(row.fixed_usd),
            if row.balancer_usd > 0.0 { usd(row.balancer_usd) } else { "–".to_owned() },
            usd(row.usd_per_million_calls),
            at_calls,
            instances,
            row.calls_per_month_max.map_or("–".to_owned(), calls),
            if row.durable { "yes" } else { "no" }.to_owned(),
            match row.basis {
                Basis::Run => "run",
                Basis::Assumed => "assumed",
            }
            .to_owned(),
        ]);
    }
    table
}

fn instances_of(kind: Kind, instances: u32) -> String {
    match kind {
        Kind::Server => instances.to_string(),
        Kind::Function | Kind::Integration => "–".to_owned(),
    }
}

/// Why ways have no cost at so many calls, in the order of the rows.
fn refusals(report: &Report) -> String {
    let mut text = String::new();
    for row in &report.rows {
        if let AtCalls::Not { reason } = &row.at_calls {
            let _ = write!(text, "\n- `{}` at {} calls: {reason}", row.way, whole(report.calls_per_month));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn items_of(row: &Row) -> String {
    let AtCalls::Served { items, usd: total, .. } = &row.at_calls else { return String::new() };
    let mut table = table(vec!["item", "quantity", "unit", "$/unit", "$/month"]);
    for item in items {
        table.add_row(vec![
            item.label.to_owned(),
            quantity(item.quantity),
            item.unit.clone(),
            item.unit_usd.to_string(),
            usd(item.usd),
        ]);
    }
    format!("\n`{}`: {} $/month\n\n{table}\n", row.way, usd(*total))
}

fn quantity(value: f64) -> String {
    if value >= 1000.0 {
        whole(value)
    } else {
        format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

fn decades(report: &Report) -> Table {
    let mut table = table(vec!["calls/month", "cheapest", "$/month", "cheapest durable", "$/month"]);
    for decade in &report.cheapest {
        let mut cells = vec![whole(decade.calls_per_month)];
        for cheapest in [&decade.any, &decade.durable] {
            cells.extend(match cheapest {
                Some(Cheapest { way, usd: dollars }) => [way.clone(), usd(*dollars)],
                None => ["none".to_owned(), "–".to_owned()],
            });
        }
        table.add_row(cells);
    }
    table
}

/// Functions against servers as a matrix, other pairs as lines.
fn break_evens(report: &Report) -> String {
    let of = |kind| report.rows.iter().filter(move |row| row.kind == kind).map(|row| row.way.as_str()).collect();
    let (functions, servers): (Vec<&str>, Vec<&str>) = (of(Kind::Function), of(Kind::Server));
    let mut text = String::new();
    if !functions.is_empty() && !servers.is_empty() {
        let header = [&["function"][..], &servers].concat();
        let mut table = table(header);
        for function in &functions {
            let cells = servers.iter().map(|server| crossing(report, function, server));
            table.add_row([(*function).to_owned()].into_iter().chain(cells));
        }
        text = format!("\nBreak-even, in calls per month: up to it the function is the cheaper one.\n\n{table}\n");
    }
    let mut others = String::new();
    for point in &report.break_evens {
        let (below, above) = (point.below.to_string(), point.above.to_string());
        let in_matrix = functions.contains(&below.as_str()) && servers.contains(&above.as_str());
        if !in_matrix {
            let _ = writeln!(others, "- {}: `{below}` is cheaper below, `{above}` above", calls(point.calls_per_month));
        }
    }
    if !others.is_empty() {
        let _ = write!(text, "\nOther break-even points, in calls per month:\n\n{others}");
    }
    text
}

fn crossing(report: &Report, function: &str, server: &str) -> String {
    let found: Vec<_> = report
        .break_evens
        .iter()
        .filter(|point| point.below.to_string() == function && point.above.to_string() == server)
        .map(|point| calls(point.calls_per_month))
        .collect();
    if found.is_empty() { "–".to_owned() } else { found.join(", ") }
}

fn legend(report: &Report) -> String {
    format!(
        "
Prices of {region}, {date}; without tax, free tier, network traffic, and what Kubernetes' control node uses of its
processors beyond its credits. Sizes of container images are assumed. $/month: without calls, balancer apart. instances: as many as the calls
need when each is used to {target:.0} % at most (a t3.micro: of the fifth of a vCPU that it can keep up). most calls/month: where
the count is in one process, or in one key of a store that takes so many writes; – where instances can be added. basis:
`assumed` figures are documented assumptions, `run` those of --run. Durations of functions are assumed unless the run
predicts AWS.
",
        region = report.region,
        date = report.prices,
        target = UTILISATION_TARGET * 100.0,
    )
}

/// A table whose first column is on the left, and whose others are on the right.
pub(super) fn table(header: Vec<&str>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
