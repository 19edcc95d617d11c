//! The tables of the view model, each with its legend, what is alike and what failed. Measured, predicted and published
//! figures have tables or columns of their own, as the view model has them.

use maud::{Markup, html};
use measure::run::Run;
use ways::Way;

use crate::candidates::{id, parts, row_name};
use crate::export::{Shown, alike, any_doubtful};
use crate::view::{Cell, Note, Report, Row, Table};

pub(super) fn section(shown: &Shown<'_>) -> Markup {
    html! {
        section #tables {
            h2 { "All figures" }
            (filters(shown.runs))
            @for (index, (run, report)) in shown.runs.iter().zip(&shown.reports).enumerate() {
                @if shown.runs.len() > 1 { h3 { "Run " (index + 1) ", " (run.started_at) } }
                (notes(report))
                @for table in &report.tables { (drawn(shown.runs, index, report, table)) }
            }
        }
    }
}

/// A choice for each axis of which the runs have several values; the script shows them.
fn filters(runs: &[Run]) -> Markup {
    let ways: Vec<Way> = runs.iter().flat_map(|run| &run.rows).filter_map(measure::run::Record::modelled).collect();
    let mut axes: Vec<(&str, Vec<&str>)> = Vec::new();
    for (axis, word) in ways.iter().flat_map(|way| parts(*way)) {
        match axes.iter_mut().find(|(it, _)| *it == axis) {
            Some((_, words)) if !words.contains(&word) => words.push(word),
            Some(_) => {}
            None => axes.push((axis, vec![word])),
        }
    }
    let builds = runs.iter().flat_map(|run| &run.rows).filter_map(|record| record.build.map(|build| build.word()));
    let mut builds: Vec<_> = builds.collect();
    builds.sort_unstable();
    builds.dedup();
    axes.push(("build", builds));
    axes.retain(|(_, words)| words.len() > 1);
    html! {
        form #filters hidden {
            @for (axis, words) in axes {
                label { (axis) " " select data-axis=(axis) {
                    option value="" { "all" }
                    @for word in words { option value=(word) { (word) } }
                } }
            }
            label { input #only-marked type="checkbox"; " only marked rows" }
        }
    }
}

fn drawn(runs: &[Run], run: usize, report: &Report, table: &Table) -> Markup {
    let title = table.title.as_deref().unwrap_or("Figures");
    let alike = alike(report, table);
    html! {
        div.scroll tabindex="0" role="region" aria-label={ (title) @if runs.len() > 1 { ", run " (run + 1) } } {
            table.sortable {
                caption { (title) }
                thead { tr {
                    th scope="col" { (table.name) }
                    @for (_, title) in &table.columns { th.n scope="col" { (title) } }
                } }
                tbody { @for row in report.rows_of(table) { (drawn_row(runs, run, report, table, row)) } }
            }
        }
        details.legend {
            summary { "What " (title.to_lowercase()) " means" @if !alike.is_empty() { ", and which rows are not known to differ" } }
            p { (table.legend.join(" ")) }
            @if any_doubtful(report) { p { "* see the warnings." } }
            @if !alike.is_empty() { ul { @for line in alike { li { (line.trim_start_matches("- ").replace('`', "")) } } } }
        }
    }
}

fn drawn_row(runs: &[Run], run: usize, report: &Report, table: &Table, row: &Row) -> Markup {
    let found = runs[run].rows.iter().enumerate().find(|(_, record)| record.name() == row.name);
    let name = found.map_or(row.name.clone(), |(_, record)| row_name(runs, run, record));
    let way: Option<Way> = found.and_then(|(_, record)| record.modelled());
    let axes = way.map(parts);
    let word = |axis: usize| axes.map(|axes| axes[axis].1);
    html! {
        tr data-row=(name) data-compute=[word(0)] data-language=[word(1)] data-store=[word(2)] data-front=[word(3)]
            data-arch=[word(4)] data-build=[found.and_then(|(_, record)| record.build).map(|build| build.word())] {
            th scope="row" { @match found {
                Some((index, _)) => a href={ "#" (id(run, index)) } { (name) },
                None => (name),
            } }
            @for (key, _) in &table.columns { (cell(report, table, row, key)) }
        }
    }
}

fn cell(report: &Report, table: &Table, row: &Row, key: &str) -> Markup {
    let (cell, unit) = report.cell(row, key);
    html! { @match cell {
        Cell::Absent => td.n { "–" },
        Cell::Text(text) => td { (text) },
        Cell::Figure(figure) => td.n data-v=(figure.value) {
            @let mark = if figure.doubtful { "*" } else { "" };
            @match figure.interval {
                None => { (unit.text(figure.value)) (mark) }
                Some(interval) => {
                    @let [value, low, high] = unit.texts(figure.value, interval);
                    (value) (mark) @if table.intervals { " " small { "[" (low) "–" (high) "]" } }
                }
            }
        },
    } }
}

fn notes(report: &Report) -> Markup {
    let list = |notes: &[Note]| {
        html! { ul { @for note in notes {
            li { (note.text) ": " (if note.ways.is_empty() { "all".to_owned() } else { note.ways.join(", ") }) }
        } } }
    };
    html! {
        @if !report.unmeasured.is_empty() {
            div.failures { h3 { "Without figures" } (list(&report.unmeasured)) }
        }
        @if !report.warnings.is_empty() {
            details.warnings { summary { (report.warnings.len()) " warnings" } (list(&report.warnings)) }
        }
    }
}
