//! How far off predictions are: against the original study's table where the run made it again, and against public data
//! that no parameter was fitted on.

use std::collections::BTreeMap;

use maud::{Markup, html};
use measure::run::Profile;
use model::{HeldOut, Runtimes};
use ways::{Axis as _, Language};

use super::{NARROW, figure};
use crate::charts;
use crate::export::Shown;
use crate::view::Unit;

/// How the functions are packed: what is drawn.
const DRAWN: &str = "zip";

/// The memory at which starts are drawn: whatever it is, a start has a whole vCPU.
const DRAWN_MB: f64 = 128.0;

pub(super) fn section(shown: &Shown<'_>) -> Markup {
    let studys: Vec<_> = shown
        .runs
        .iter()
        .filter(|run| run.plan.profiles == [Profile::AwsAsPublished])
        .flat_map(|run| &run.rows)
        .filter_map(|record| {
            Some((record.name(), [record.published_average_ms?, record.predicted()?.latency.summary.mean_ms]))
        })
        .collect();
    let study = charts::held_out("The original study's table", ["published mean, ms", "predicted mean, ms ~"], &studys);
    html! {
        section #held-out {
            h2 { "How far off predictions are" }
            @if let Some(chart) = &study {
                div.charts { (figure(chart, NARROW)) }
                p { "On the line they are equal; the table above has the error of each row, and which were held out." }
            } @else {
                p {
                    "This run is not set up as the original study was, so its predictions can't be held against the study's table:
                    `lab bench --as-published` does that, and its report has the error of each row."
                }
            }
            (starts())
        }
    }
}

/// Cold starts and first calls of months that were not fitted.
fn starts() -> Markup {
    let all = HeldOut::all();
    let own: Vec<String> = Language::ALL.iter().filter_map(|language| Runtimes::name(*language)).collect();
    let drawn = all.iter().filter(|it| own.contains(&it.runtime) && it.package == DRAWN && it.memory_mb == DRAWN_MB);
    let points: Vec<_> = drawn
        .flat_map(|it| {
            let name = format!("{} {}", it.runtime, it.arch);
            it.start
                .into_iter()
                .zip(["p50", "p90", "p99"])
                .map(move |(pair, percentile)| (format!("{name} {percentile}"), [pair.measured_ms, pair.predicted_ms]))
        })
        .collect();
    let title = "Cold starts of programs that do nothing, by the runtimes that the functions have, from zips";
    let chart = charts::held_out(title, ["measured by others, ms", "predicted, ms ~"], &points);
    let mut families: BTreeMap<(&str, &str), [Vec<f64>; 4]> = BTreeMap::new();
    for it in &all {
        let errors = families.entry((it.family(), &it.package)).or_default();
        for (errors, pair) in errors.iter_mut().zip(it.start.into_iter().chain([it.first_call])) {
            errors.push(pair.error().abs());
        }
    }
    html! {
        p {
            "Parameters of starts are fitted on the even months of maxday/lambda-perf (Apache-2.0, 2025-01 to 2026-06); these are
            its odd months. What the model can't know: docs/prediction.md."
        }
        @if let Some(chart) = &chart { div.charts { (figure(chart, NARROW)) } }
        div.scroll tabindex="0" role="region" aria-label="Errors" {
            table {
                caption { "Errors over versions, sizes and architectures: the median, and the largest" }
                thead { tr {
                    th scope="col" { "runtime" } th scope="col" { "package" } th.n scope="col" { "start p50" } th.n scope="col" { "p90" } th.n scope="col" { "p99" }
                    th.n scope="col" { "first call" }
                } }
                tbody { @for ((family, package), errors) in families { tr {
                    th scope="row" { (family) } td { (package) }
                    @for errors in errors {
                        @let largest = errors.iter().copied().fold(0.0, f64::max);
                        td.n { (Unit::Share.text(median(errors))) " " small { "≤ " (Unit::Share.text(largest)) } }
                    }
                } } }
            }
        }
    }
}

/// By the nearest rank.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().div_ceil(2).saturating_sub(1)).copied().unwrap_or_default()
}
