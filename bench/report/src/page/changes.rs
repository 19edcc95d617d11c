//! What changed since an earlier run.

use maud::{Markup, html};

use crate::changes::{Changes, caveats};
use crate::export::Shown;

pub(super) fn section(shown: &Shown<'_>) -> Markup {
    let Some(before) = shown.against else { return html! {} };
    html! {
        section #changes {
            h2 { "What changed" }
            p {
                "Against the run of " (before.started_at) ". Of figures with an interval only those are listed whose two intervals
                (of predictions: ranges) have nothing in common."
            }
            @let old = crate::of(before);
            @for (run, report) in shown.runs.iter().zip(&shown.reports) {
                @let changes = Changes::of(&old, report);
                @let caveats = caveats(before, run);
                @if shown.runs.len() > 1 { h3 { "Run of " (run.started_at) } }
                @if !caveats.is_empty() {
                    p { "A change may be due to what else differs:" }
                    ul { @for caveat in &caveats { li { (caveat) } } }
                }
                @if changes.list.is_empty() { p { "Nothing changed." } }
                @else {
                    div.scroll tabindex="0" role="region" aria-label="What changed" {
                        table.sortable {
                            caption { (changes.list.len()) " changes" }
                            thead { tr {
                                th scope="col" { "way" } th scope="col" { "figure" } th.n scope="col" { "before" }
                                th.n scope="col" { "now" } th.n scope="col" { "by" }
                            } }
                            tbody { @for change in &changes.list { tr data-row=(change.name) {
                                th scope="row" { (change.name) }
                                td { (change.quantity) }
                                td.n { (change.texts[0]) }
                                td.n { (change.texts[1]) }
                                td.n data-v=[change.by] { (change.by.map_or("–".to_owned(), |by| format!("{:+.0} %", by * 100.0))) }
                            } } }
                        }
                    }
                }
                p {
                    (changes.compared) " figures were compared by their intervals; " (changes.without_interval)
                    " have none in one of the runs, and were not."
                    @if !changes.only_before.is_empty() { " Only before: " (changes.only_before.join(", ")) "." }
                    @if !changes.only_now.is_empty() { " Only now: " (changes.only_now.join(", ")) "." }
                }
            }
        }
    }
}
