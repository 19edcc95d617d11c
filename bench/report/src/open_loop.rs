//! The columns and the tables of open-loop loads: at a rate that was given, and at shares of each way's own.

use measure::run::{Figures, Plan, RateFigures};

use crate::here::lines;
use crate::view::{Cell, Table, Unit};

/// Quantities of a load at a rate, each with the title of its column.
const RATE: [(&str, Unit, &str); 4] = [
    ("rate_mean_ms", Unit::Milliseconds, "mean"),
    ("rate_p50_ms", Unit::Milliseconds, "p50"),
    ("rate_p90_ms", Unit::Milliseconds, "p90"),
    ("rate_p99_ms", Unit::Milliseconds, "p99"),
];

/// Quantities of a sweep, of which those with a title are shown.
const SWEEP: [(&str, Unit, Option<&str>); 11] = [
    ("sweep_10_p50_ms", Unit::Milliseconds, None),
    ("sweep_10_p99_ms", Unit::Milliseconds, Some("p99 at 10 %")),
    ("sweep_25_p50_ms", Unit::Milliseconds, None),
    ("sweep_25_p99_ms", Unit::Milliseconds, Some("25 %")),
    ("sweep_50_p50_ms", Unit::Milliseconds, None),
    ("sweep_50_p99_ms", Unit::Milliseconds, Some("50 %")),
    ("sweep_75_p50_ms", Unit::Milliseconds, None),
    ("sweep_75_p99_ms", Unit::Milliseconds, Some("75 %")),
    ("sweep_90_p50_ms", Unit::Milliseconds, None),
    ("sweep_90_p99_ms", Unit::Milliseconds, Some("90 %")),
    ("sweep_knee_calls_per_second", Unit::CallsPerSecond, Some("knee, calls/s")),
];

const DUE: &str = "Calls due at random (a Poisson process) whether or not others are answered, over connections that are open; latencies in ms
from when each was due, so that waiting counts and nothing is omitted.";

/// The quantities that a run by a plan has.
pub(crate) fn columns(plan: &Plan) -> Vec<(&'static str, Unit)> {
    let rate = RATE.iter().filter(|_| plan.rate.is_some()).map(|&(key, unit, _)| (key, unit));
    let sweep = SWEEP.iter().filter(|_| !plan.sweep.is_empty()).map(|&(key, unit, _)| (key, unit));
    rate.chain(sweep).collect()
}

/// A way's values of them.
pub(crate) fn cells(plan: &Plan, figures: Option<&Figures>) -> Vec<Cell> {
    let at_rates = || figures.iter().flat_map(|figures| &figures.at_rates);
    let mut cells = Vec::new();
    if plan.rate.is_some() {
        let at = at_rates().find(|at| at.share.is_none());
        cells.extend([
            at.and_then(|at| at.mean_ms.as_ref()).into(),
            at.and_then(|at| at.p50_ms.as_ref()).into(),
            at.and_then(|at| at.p90_ms.as_ref()).into(),
            Cell::from(at.and_then(|at| at.p99_ms.as_ref())),
        ]);
    }
    if !plan.sweep.is_empty() {
        let swept: Vec<&RateFigures> = at_rates().filter(|at| at.share.is_some()).collect();
        for index in 0..SWEEP.len() / 2 {
            let at = swept.get(index);
            cells.push(at.and_then(|at| at.p50_ms.as_ref()).into());
            cells.push(at.and_then(|at| at.p99_ms.as_ref()).into());
        }
        cells.push(figures.and_then(|figures| figures.knee_per_second).into());
    }
    cells
}

/// The table of what a plan has of them.
pub(crate) fn table(plan: &Plan) -> Option<Table> {
    let (title, columns, more) = if let Some(rate) = plan.rate {
        let columns = RATE.iter().map(|&(key, _, title)| (key, title)).collect();
        (format!("At {rate} calls/s"), columns, format!("{} connections, {} s.", plan.connections, plan.open_loop_s))
    } else if plan.sweep.is_empty() {
        return None;
    } else {
        let columns = SWEEP.iter().filter_map(|&(key, _, title)| Some((key, title?))).collect();
        let more = format!(
            "The rates are shares of the calls/s above; {} connections, {} s at each. knee: the rate with the most calls/s for the
mean latency (Kleinrock's power); beyond it calls wait more than the rate gains.",
            plan.connections, plan.open_loop_s
        );
        ("Under load".to_owned(), columns, more)
    };
    let legend = lines(&format!("{DUE} {more}"));
    Some(Table { title: Some(title), name: "way", columns, intervals: true, all_rows: false, legend })
}
