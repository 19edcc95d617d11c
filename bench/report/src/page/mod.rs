//! The report as one page that needs nothing else: no network, no script to be read. What is computed from runs is
//! elsewhere (`candidates`, `hops`, `charts`, `changes`); here it becomes HTML. The script only sorts, filters and marks
//! what is there, and moves marks along the axes that are drawn.

mod answer;
mod changes;
mod held_out;
mod method;
mod tables;
mod way;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use measure::run::Run;

use crate::candidates::Candidates;
use crate::chart::{Chart, Draw, Layer, Line, Svg, line_class};
use crate::charts;
use crate::export::Shown;
use crate::merged::machines;

/// The colours of every page, in light and in dark: `--paper`, `--ink` and others, for a style that follows.
pub const COLOURS: &str = include_str!("colours.css");
/// The style of charts.
pub(crate) const CHART_STYLE: &str = concat!(include_str!("colours.css"), include_str!("chart.css"));
const STYLE: &str = concat!(include_str!("colours.css"), include_str!("chart.css"), include_str!("style.css"));
const SCRIPT: &str = concat!(include_str!("shared.js"), include_str!("rows.js"), include_str!("answer.js"));

/// How long a page may be, in bytes, so that it can be sent by mail and opened on a phone: samples are left out until it is.
const MOST_BYTES: usize = 1_000_000;

/// What a page has beside figures, style, script and the runs themselves, in bytes, with room.
const FRAME_BYTES: usize = 16 * 1024;

/// Sizes of charts: one over the page's width, several beside each other.
const WIDE: Svg = Svg { size: (720, 420), style: None };
const NARROW: Svg = Svg { size: (380, 250), style: None };

/// The page.
pub(crate) fn page(shown: &Shown<'_>) -> String {
    let candidates = Candidates::of(shown.runs, shown.prices);
    let title = title(shown.runs);
    let sections_of_figures = html! {
        (changes::section(shown))
        @if let Some(candidates) = &candidates { (answer::section(candidates)) }
        @else {
            section #answer {
                h2 { "The answer" }
                p { "No way of this run has both a latency and a cost: there is nothing to choose from." }
            }
        }
        (tables::section(shown))
        (overview(shown.runs, candidates.as_ref()))
        (way::section(shown, candidates.as_ref()))
        (held_out::section(shown))
    };
    let room = MOST_BYTES.saturating_sub(sections_of_figures.0.len() + STYLE.len() + SCRIPT.len() + FRAME_BYTES);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Nothing may be fetched, whatever the text of a run is.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#answer" { "To the answer" }
                header {
                    h1 { (title) }
                    p { (what(shown)) }
                    nav aria-label="Sections" {
                        @for (id, name) in sections(shown, candidates.as_ref()) { a href={ "#" (id) } { (name) } " " }
                    }
                }
                main {
                    (sections_of_figures)
                    (method::section(shown, room))
                }
                footer { p { "Made by `lab report`. One file: it fetches nothing." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn title(runs: &[Run]) -> String {
    match runs {
        [run] => format!("Where should this service run? {}", date(run)),
        _ => format!("Where should this service run? {} runs", runs.len()),
    }
}

/// The day of a run: `2026-11-28`.
fn date(run: &Run) -> &str {
    run.started_at.split('T').next().unwrap_or_default()
}

/// What a reader who knows nothing must know first.
fn what(shown: &Shown<'_>) -> String {
    let ways: usize = shown.runs.iter().map(|run| run.rows.len()).sum();
    let mut machines: Vec<_> = shown.runs.iter().flat_map(machines).collect();
    machines.dedup();
    let days = shown.runs.iter().map(date).collect::<Vec<_>>().join(", ");
    format!(
        "One small web service, a page and a counter, in {ways} ways to deploy it on AWS: what each costs, how fast it is, and \
         whether it counts right. Measured on {}, {days}, by lab {}.",
        machines.join("; "),
        shown.runs.first().map_or("", |run| run.lab.version.as_str()),
    )
}

fn sections(shown: &Shown<'_>, candidates: Option<&Candidates>) -> Vec<(&'static str, &'static str)> {
    let mut sections = Vec::new();
    if shown.against.is_some() {
        sections.push(("changes", "What changed"));
    }
    sections.push(("answer", "The answer"));
    sections.push(("tables", "All figures"));
    if candidates.is_some() {
        sections.push(("overview", "Side by side"));
    }
    sections.extend([("ways", "Each way"), ("held-out", "How far off"), ("method", "Method and data")]);
    sections
}

fn overview(runs: &[Run], candidates: Option<&Candidates>) -> Markup {
    let distributions = charts::distributions(runs);
    let costs = candidates.and_then(|candidates| charts::costs(candidates, None));
    let cold = candidates.and_then(charts::cold_shares);
    html! {
        @if distributions.is_some() || costs.is_some() || cold.is_some() {
            section #overview {
                h2 { "Side by side" }
                div.charts {
                    @for chart in [costs, distributions, cold].into_iter().flatten() { (figure(&chart, Svg { size: (560, 340), style: None })) }
                }
            }
        }
    }
}

/// A chart with its title and the names of its lines.
fn figure(chart: &Chart, svg: Svg) -> Markup {
    html! {
        figure {
            (PreEscaped(svg.draw(chart)))
            figcaption { (chart.title) (key(chart)) }
        }
    }
}

/// The names of a chart's lines with their colours; empty where one line needs no name.
fn key<'a>(chart: &'a Chart) -> Markup {
    let named = |layer: &'a Layer| match layer {
        Layer::Line(line) if !line.name.is_empty() => Some(line),
        _ => None,
    };
    let lines: Vec<&Line> = chart.layers.iter().filter_map(named).collect();
    let class = |line: &Line| if line.reference { "reference".to_owned() } else { line_class(line.ink) };
    html! {
        @if !lines.is_empty() {
            ul.key { @for line in &lines { li { span class=(class(line)) {} (line.name) } } }
        }
    }
}
