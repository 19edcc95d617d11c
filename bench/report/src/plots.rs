//! The charts of a run outside of its page: in characters for a terminal, and as pictures for documents.

use crate::candidates::Candidates;
use crate::chart::{Chart, Draw, Svg, Terminal};
use crate::charts;
use crate::export::Shown;
use crate::page::CHART_STYLE;

/// The charts that runs have, one after the other: cost against latency, cost by calls, distributions.
#[must_use]
pub fn plots(shown: &Shown<'_>, terminal: Terminal) -> String {
    let candidates = Candidates::of(shown.runs, shown.prices);
    let costs = candidates.as_ref().and_then(|it| charts::costs(it, None));
    let all = [scatter(candidates.as_ref()), costs, charts::distributions(shown.runs)];
    all.iter().flatten().map(|chart| terminal.draw(chart)).collect::<Vec<_>>().join("\n")
}

/// Cost against latency as an SVG file that needs nothing else; nothing where there is nothing to choose from.
#[must_use]
pub fn picture(shown: &Shown<'_>) -> Option<String> {
    let svg = Svg { size: (720, 420), style: Some(CHART_STYLE) };
    scatter(Candidates::of(shown.runs, shown.prices).as_ref()).map(|chart| svg.draw(&chart) + "\n")
}

fn scatter(candidates: Option<&Candidates>) -> Option<Chart> {
    candidates.and_then(|it| charts::scatter(it, it.first_wish()))
}
