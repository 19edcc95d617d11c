//! A section for each way: its distributions, where a predicted call's time goes, memory, cost, rates, and its account.

use maud::{Markup, html};
use measure::run::{Outcome, Record, Run, StoreUse, exactness};
use model::{Aws, Parameters};
use ways::{Axis as _, Way};

use super::{NARROW, figure};
use crate::candidates::{Candidates, id, row_name};
use crate::charts;
use crate::export::Shown;
use crate::here::in_words;
use crate::hops::{Hop, Predicted};
use crate::numbers::calls;
use crate::view::Unit;

pub(super) fn section(shown: &Shown<'_>, candidates: Option<&Candidates>) -> Markup {
    let aws = Aws::new(Parameters::committed());
    html! {
        section #ways {
            h2 { "Each way" }
            @for (run, it) in shown.runs.iter().enumerate() {
                @for (row, record) in it.rows.iter().enumerate() {
                    details.way {
                        summary {
                            h3 { (row_name(shown.runs, run, record)) }
                            " " span { (charts::words(record)) @if let Some(build) = record.build { " · " (build.word()) } }
                        }
                        div id=(id(run, row)) { (way(shown.runs, run, record, candidates, &aws)) }
                    }
                }
            }
        }
    }
}

fn way(runs: &[Run], run: usize, record: &Record, candidates: Option<&Candidates>, aws: &Aws) -> Markup {
    let name = row_name(runs, run, record);
    let Some(ran) = record.ran() else {
        let (Outcome::Failed { reason } | Outcome::NotRun { reason }) = &record.outcome else { return html! {} };
        return html! { p.failures { (reason) } };
    };
    let figures = record.figures();
    let loads: Vec<_> = record
        .measured()
        .into_iter()
        .map(|it| &it.latency)
        .chain(record.on_aws().into_iter().map(|it| &it.latency))
        .collect();
    let percentiles = figures.as_ref().map(|it| [it.p50_ms.clone(), it.p90_ms.clone(), it.p99_ms.clone()]);
    let measured = percentiles.and_then(|percentiles| charts::measured(&name, &loads, percentiles));
    let predicted = record.predicted().and_then(|it| charts::predicted(&name, it));
    let rates = figures.as_ref().and_then(|it| charts::rates(&name, &it.at_rates, it.knee_per_second));
    let index = candidates.and_then(|it| it.list.iter().position(|candidate| candidate.name == name));
    let cost = candidates.zip(index).and_then(|(candidates, index)| charts::costs(candidates, Some(index)));
    let way: Option<Way> = record.modelled();
    let prediction = way.zip(record.predicted()).and_then(|(way, prediction)| {
        Predicted::of(way, prediction, ran.artifact.as_ref().map_or(0, |it| it.bytes), &runs[run].plan)
    });
    let hops = prediction.and_then(|it| it.hops(aws));
    let memory = prediction.filter(|_| hops.is_some()).and_then(|it| charts::memory(&name, &it.by_memory(aws)));
    html! {
        (account(record))
        div.charts { @for chart in [measured, predicted, memory, rates].into_iter().flatten() { (figure(&chart, NARROW)) }
            @if let Some(chart) = cost {
                figure {
                    (maud::PreEscaped(crate::chart::Draw::draw(&NARROW, &chart)))
                    figcaption { (chart.title) @if let Some((candidates, index)) = candidates.zip(index) { (crossings(candidates, index)) } }
                }
            }
        }
        (starts(&name, record))
        @match (&hops, prediction) {
            (Some(hops), _) => {
                (waterfall(&name, "Where a predicted call's time goes, means in ms ~", &hops.warm))
                @if !hops.cold.is_empty() {
                    (waterfall(&name, "Where a predicted cold start's time goes, means in ms ~", &hops.cold))
                    p { "The memory's curve takes the processor time that was measured at this way's own size." }
                }
            }
            (None, Some(_)) => p { "The model's parameters have changed since this run: its prediction has no hops here." },
            (None, None) => {}
        }
        @if !record.warnings.is_empty() {
            h4 { "Warnings" }
            ul { @for warning in &record.warnings { li { (warning) } } }
        }
    }
}

/// What it did with the counter, and whether that lasts.
fn account(record: &Record) -> Markup {
    let accounts: Vec<_> = record
        .measured()
        .into_iter()
        .filter_map(|it| it.exactness)
        .chain(record.on_aws().into_iter().map(|it| it.exactness))
        .collect();
    let (sum, verdict) = exactness(accounts.iter().copied());
    let (failed, made) = record.failed_calls();
    let store = record.modelled().filter(|_| record.stands_for.is_none()).map(|way| way.store.facts().title.clone());
    let own: Vec<_> = record.measured().into_iter().filter_map(|it| it.own.as_ref()).collect();
    html! {
        dl.account {
            @if let Some(last) = own.last() {
                @let expected: u64 = own.iter().map(|it| it.expected).sum();
                div { dt { "as expected" } dd { (expected) " calls were answered as expected"
                    @match (last.verified, &last.finding) {
                        (Some(true), _) => ", and its own check found nothing wrong",
                        (Some(false), finding) => { ", but its own check failed: " (finding.as_deref().unwrap_or("no reason")) },
                        (None, _) => "",
                    } } }
                div { dt { "of its stores, a call" } dd { (own_words(&last.stores)) } }
            }
            @if !accounts.is_empty() {
                div { dt { "exact" } dd { (in_words(verdict)) ": " (sum.acknowledged) " calls were acknowledged, the counter rose by "
                    (sum.counted) ", " (sum.failed) " failed, in " (accounts.len()) " rounds" } }
            }
            div { dt { "durable" } dd {
                (if record.durable { "yes: an acknowledged count outlives its process" } else { "no: the count ends with its process" })
                @if let Some(store) = store { " (" (store) ")" }
            } }
            div { dt { "failed calls" } dd { (failed) " of " (made) } }
            @if let Some(artifact) = record.ran().and_then(|ran| ran.artifact.as_ref()) {
                div { dt { "artifact" } dd { (Unit::Bytes.text(artifact.bytes as f64)) " MiB" } }
            }
        }
    }
}

/// What a call took of the stores.
fn own_words(stores: &StoreUse) -> String {
    let StoreUse { requests: _, write_units, read_units, s3_puts, s3_gets } = stores;
    let parts = [
        (write_units, "write units"),
        (read_units, "read units"),
        (s3_puts, "PUT, COPY, POST or LIST requests"),
        (s3_gets, "GET requests"),
    ];
    let used: Vec<_> =
        parts.iter().filter(|it| *it.0 > 0.0).map(|(count, what)| format!("{count:.2} {what}")).collect();
    if used.is_empty() { "nothing".to_owned() } else { used.join(", ") }
}

/// From how many calls on others are cheaper, or this one is.
fn crossings(candidates: &Candidates, index: usize) -> Markup {
    let name = |index: usize| candidates.list[index].name.as_str();
    let lines: Vec<_> = candidates
        .crossings
        .iter()
        .filter_map(|it| match (it.below == index, it.above == index) {
            (true, _) => Some(format!("up to {} cheaper than {}", calls(it.calls), name(it.above))),
            (_, true) => Some(format!("from {} on cheaper than {}", calls(it.calls), name(it.below))),
            _ => None,
        })
        .collect();
    html! { @if !lines.is_empty() { details { summary { (lines.len()) " break-evens" } ul { @for line in &lines { li { (line) } } } } } }
}

/// Each measured cold start: until the service was ready, and its first call.
fn starts(name: &str, record: &Record) -> Markup {
    let starts: Vec<_> = record
        .measured()
        .into_iter()
        .filter_map(|it| it.cold_start.as_ref())
        .flat_map(|it| it.total_ms.iter().zip(&it.init_ms).map(|(total, init)| [*init, total - init]))
        .collect();
    let most = starts.iter().map(|[init, rest]| init + rest).fold(0.0, f64::max);
    html! {
        @if most > 0.0 {
            div.scroll tabindex="0" role="region" aria-label={ (name) ": cold starts" } {
                table.bars {
                    caption { "Cold starts measured here, ms: " span.i0 {} " until ready, " span.i1 {} " first call" }
                    thead { tr { th scope="col" { "#" } th scope="col" { span.hidden { "picture" } }
                        th.n scope="col" { "until ready" } th.n scope="col" { "first call" } } }
                    tbody { @for (number, [init, rest]) in (1..).zip(&starts) {
                        tr {
                            th scope="row" { (number) }
                            td.bar { span.i0 style=(bar(0.0, *init, most)) {} span.i1 style=(bar(0.0, *rest, most)) {} }
                            td.n { (Unit::Milliseconds.text(*init)) }
                            td.n { (Unit::Milliseconds.text(*rest)) }
                        }
                    } }
                }
            }
        }
    }
}

fn waterfall(name: &str, title: &str, hops: &[Hop]) -> Markup {
    let total: f64 = hops.iter().map(|hop| hop.mean_ms).sum();
    let begins = hops.iter().scan(0.0, |sum, hop| {
        let begin = *sum;
        *sum += hop.mean_ms;
        Some(begin)
    });
    let class = |hop: &Hop| if hop.source.starts_with("assumption") { "assumed" } else { "i0" };
    html! {
        @if total > 0.0 {
            div.scroll tabindex="0" role="region" aria-label={ (name) ": " (title) } {
                table.bars {
                    caption { (title) " (striped: assumed)" }
                    thead { tr { th scope="col" { "hop" } th scope="col" { span.hidden { "picture" } } th.n scope="col" { "mean" }
                        th.n scope="col" { "p99" } th scope="col" { "source" } } }
                    tbody { @for (hop, begin) in hops.iter().zip(begins) {
                        tr {
                            th scope="row" { (hop.name) }
                            td.bar { span class=(class(hop)) style=(bar(begin, hop.mean_ms, total)) {} }
                            td.n { (Unit::Predicted.text(hop.mean_ms)) }
                            td.n { (hop.p99_ms.map_or("–".to_owned(), |ms| Unit::Predicted.text(ms))) }
                            td.source { (hop.source) }
                        }
                    } }
                    tfoot { tr { th scope="row" { "in all" } td {} td.n { (Unit::Predicted.text(total)) } td {} td {} } }
                }
            }
        }
    }
}

fn bar(begin: f64, length: f64, whole: f64) -> String {
    format!("margin-left:{:.2}%;width:{:.2}%", begin / whole * 100.0, (length / whole * 100.0).max(0.0))
}
