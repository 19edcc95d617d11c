//! The answer: three sentences, what is chosen by, the ways by rank, cost against latency. As it is written without a
//! script; with one it follows the controls, by the same costs.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::WIDE;
use crate::candidates::{BOUNDS_MS, Basis, Candidates, Wish, stops};
use crate::chart::{Draw, Layer};
use crate::charts;
use crate::choice::percent;
use crate::numbers::{calls, usd};
use crate::view::Unit;

/// What the script has: the same figures as the page.
#[derive(Serialize)]
struct Data<'a> {
    stops: Vec<f64>,
    calls: Vec<String>,
    rows: Vec<Row<'a>>,
    /// The cheaper one below, the one above, calls a month, and these in words.
    crossings: Vec<(usize, usize, f64, String)>,
    /// The axis of costs at each stop: its ends, its ticks; and the ways that nothing beats in both.
    axes: Vec<Option<CostAxis>>,
}

type CostAxis = ([f64; 2], Vec<(f64, String)>, Vec<usize>);

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    id: &'a str,
    durable: bool,
    p99: f64,
    p99_text: String,
    /// What its mark is called by, after the cost.
    about: String,
    usd: Vec<Option<f64>>,
    /// The share of cold calls at each stop, in words.
    cold: Option<Vec<String>>,
}

pub(super) fn section(candidates: &Candidates) -> Markup {
    let wish = candidates.first_wish();
    let scatter = charts::scatter(candidates, wish);
    html! {
        section #answer {
            h2 { "The answer" }
            (sentences(candidates, wish))
            (controls(wish))
            div.choice {
                @if let Some(chart) = &scatter {
                    figure.scatter {
                        (PreEscaped(WIDE.draw(chart)))
                        figcaption {
                            "Down and left is better. The line joins the ways that no other one beats in both. "
                            @if chart.layers.iter().any(|layer| matches!(layer, Layer::Marks(_))) { (shapes(candidates)) }
                        }
                        output #shown-mark aria-live="polite" {}
                    }
                }
                (ranking(candidates, wish))
            }
            script #data type="application/json" { (PreEscaped(data(candidates))) }
        }
    }
}

fn shapes(candidates: &Candidates) -> Markup {
    html! {
        ul.key { @for (ink, compute) in candidates.computes().iter().enumerate() {
            li { span class={ "i" (ink) " shape" (ink % 4) } {} (compute) }
        } }
    }
}

/// A 99th percentile with its interval.
fn p99(candidates: &Candidates, index: usize) -> String {
    let latency = candidates.list[index].latency;
    let unit = if candidates.basis == Basis::Predicted { Unit::Predicted } else { Unit::Milliseconds };
    match latency.range_ms {
        None => unit.text(latency.p99_ms),
        Some(range) => {
            let [value, low, high] = unit.texts(latency.p99_ms, range);
            format!("{value} [{low}–{high}]")
        }
    }
}

/// The share of a way's calls that meet a cold start, in per cent; nothing of a server.
fn cold(candidates: &Candidates, index: usize, wish: Wish) -> Option<String> {
    Some(percent(*candidates.list[index].cold.as_ref()?.get(wish.stop)?))
}

fn bound(ms: f64) -> String {
    if ms.is_finite() { format!("{ms} ms") } else { "any".to_owned() }
}

/// Each word that depends on the controls has a name, under which the script replaces it.
fn sentences(candidates: &Candidates, wish: Wish) -> Markup {
    let ranked = candidates.ranked(wish);
    let (first, second) = (ranked.first().copied(), ranked.get(1).copied());
    let crossing = first.and_then(|first| candidates.next_crossing(first, wish));
    let name = |index: Option<usize>| index.map_or("", |index| candidates.list[index].name.as_str());
    let href =
        |index: Option<usize>| format!("#{}", index.map_or("answer", |index| candidates.list[index].id.as_str()));
    let cost = |index: Option<usize>| {
        index.and_then(|index| candidates.list[index].usd[wish.stop]).map(usd).unwrap_or_default()
    };
    let tilde = if candidates.basis == Basis::Predicted { "~" } else { "" };
    let cold_calls = first.and_then(|index| cold(candidates, index, wish));
    html! {
        div.sentences aria-live="polite" {
            p data-when="found" hidden[first.is_none()] {
                "At " strong data-a="calls" { (calls(stops()[wish.stop])) } " calls a month "
                a data-a="first" href=(href(first)) { (name(first)) }
                " is the cheapest of " span data-a="fulfil" { (ranked.len()) } " ways "
                span data-when="durable" hidden[!wish.durable] { "whose count outlives its process " }
                span data-when="bound" hidden[!wish.bound_ms.is_finite()] {
                    "and whose p99 is at most " span data-a="bound" { (bound(wish.bound_ms)) }
                }
                ": $" strong data-a="usd" { (cost(first)) } " a month, p99 " (tilde)
                strong data-a="p99" { (first.map(|it| p99(candidates, it)).unwrap_or_default()) } " ms."
                span data-when="cold" hidden[cold_calls.is_none()] {
                    " At a steady rate " span data-a="cold" { (cold_calls.as_deref().unwrap_or_default()) }
                    " % of its calls meet a cold start."
                }
            }
            p data-when="none" hidden[first.is_some()] { "No way fulfils this: raise the bound, or lower the calls." }
            p {
                span data-when="second" hidden[second.is_none()] {
                    "The next is " a data-a="second" href=(href(second)) { (name(second)) }
                    " with $" span data-a="second-usd" { (cost(second)) } ". "
                }
                span data-when="crossing" hidden[crossing.is_none()] {
                    "From " strong data-a="crossing-calls" { (crossing.map(|it| calls(it.calls)).unwrap_or_default()) }
                    " calls a month on " span data-a="crossing" { (name(crossing.map(|it| it.above))) } " is cheaper."
                }
                span data-when="no-crossing" hidden[crossing.is_some() || first.is_none()] {
                    "With more calls, as far as costs are looked at (" (calls(stops().last().copied().unwrap_or_default()))
                    " a month), none of the others becomes cheaper."
                }
            }
            p {
                "Latencies are " (candidates.basis.words()) "; costs are by dated prices, without tax, free tier and network
                traffic. "
                @if candidates.basis == Basis::Predicted {
                    "p99 is that of warm calls. [low–high] is the range that the assumptions make. Differences under 20 % mean
                    nothing."
                } @else { "[low–high] is a 95 % interval." }
            }
        }
    }
}

fn controls(wish: Wish) -> Markup {
    let stops = stops();
    html! {
        form #controls hidden {
            label { "Calls a month "
                input #calls type="range" min="0" max=(stops.len() - 1) step="1" value=(wish.stop)
                    aria-valuetext=(calls(stops[wish.stop]));
                output #calls-shown for="calls" { (calls(stops[wish.stop])) }
            }
            label { "p99 at most "
                select #bound { @for ms in BOUNDS_MS {
                    option value=(if ms.is_finite() { ms.to_string() } else { String::new() }) selected[ms == wish.bound_ms] {
                        (bound(ms))
                    }
                } }
            }
            label { input #durable type="checkbox" checked[wish.durable]; " durable: the count outlives its process" }
        }
    }
}

fn ranking(candidates: &Candidates, wish: Wish) -> Markup {
    let fulfil = candidates.ranked(wish).len();
    let functions = candidates.list.iter().any(|it| it.cold.is_some());
    html! {
        div.scroll tabindex="0" role="region" aria-label="Ranking" {
            table #ranking {
                caption { "By cost at " span data-a="calls" { (calls(stops()[wish.stop])) } " calls a month" }
                thead { tr {
                    th scope="col" { "#" } th scope="col" { "way" } th.n scope="col" { "$ a month" }
                    th.n scope="col" { "p99, ms" @if candidates.basis == Basis::Predicted { " ~" } }
                    @if functions { th.n scope="col" { "cold, % ~" } }
                    th scope="col" { "why not" }
                } }
                tbody { @for (place, index) in candidates.all_ranked(wish).into_iter().enumerate() {
                    @let it = &candidates.list[index];
                    @let refusal = candidates.refusal(index, wish);
                    tr data-row=(it.name) data-index=(index) class=[refusal.map(|_| "out")] {
                        td.place { @if place < fulfil { (place + 1) } }
                        th scope="row" { a href={ "#" (it.id) } { (it.name) } @if !it.durable { " " small { "not durable" } } }
                        td.n.usd { (it.usd[wish.stop].map_or("–".to_owned(), usd)) }
                        td.n { (p99(candidates, index)) }
                        @if functions { td.n.cold { (cold(candidates, index, wish).unwrap_or_else(|| "–".to_owned())) } }
                        td.why { (refusal.unwrap_or_default()) }
                    }
                } }
            }
        }
    }
}

fn data(candidates: &Candidates) -> String {
    let axis = |stop| {
        let axis = charts::cost_axis(candidates, stop)?;
        Some((axis.range, WIDE.x_ticks(&axis), candidates.pareto(stop)))
    };
    let data = Data {
        axes: (0..stops().len()).map(axis).collect(),
        stops: stops(),
        calls: stops().into_iter().map(calls).collect(),
        rows: candidates
            .list
            .iter()
            .enumerate()
            .map(|(index, it)| Row {
                name: &it.name,
                id: &it.id,
                durable: it.durable,
                p99: it.latency.p99_ms,
                p99_text: p99(candidates, index),
                about: charts::beside_cost(candidates, index),
                usd: it.usd.clone(),
                cold: it.cold.as_ref().map(|shares| shares.iter().map(|share| percent(*share)).collect()),
            })
            .collect(),
        crossings: candidates.crossings.iter().map(|it| (it.below, it.above, it.calls, calls(it.calls))).collect(),
    };
    let json = serde_json::to_string(&data).expect("it has string keys and finite numbers only");
    // No text of a run ends the element.
    json.replace('<', "\\u003c")
}
