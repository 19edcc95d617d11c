//! Markdown, as `table.md` keeps it.

use comfy_table::presets;

use super::{DOUBTFUL, Exporter, Shown, alike, any_doubtful, notes, texts};
use crate::table::drawn_as;
use crate::view::Report;

pub(super) struct Markdown;

impl Exporter for Markdown {
    fn name(&self) -> &'static str {
        super::MARKDOWN
    }

    fn file(&self) -> Option<&'static str> {
        Some("table.md")
    }

    fn export(&self, shown: &Shown<'_>) -> String {
        shown.each(|report| drawn(report, presets::ASCII_MARKDOWN))
    }
}

/// Each table behind its title and its legend; the notes behind the first one.
pub(super) fn drawn(report: &Report, preset: &str) -> String {
    let mut parts = Vec::new();
    for (index, table) in report.tables.iter().enumerate() {
        parts.extend(table.title.iter().map(|title| format!("{title}:\n")));
        if !table.legend.is_empty() {
            parts.push(format!("{}\n", table.legend.join("\n")));
        }
        if index == 0 && any_doubtful(report) {
            parts.push(format!("{DOUBTFUL} see the warnings.\n"));
        }
        let (header, rows) = texts(report, table);
        parts.push(format!("{}\n", drawn_as(preset, &header, rows)));
        let alike = alike(report, table);
        if !alike.is_empty() {
            parts.push(format!("{}\n", alike.join("\n")));
        }
        let notes = notes(report);
        if index == 0 && !notes.is_empty() {
            parts.push(notes.trim_start_matches('\n').to_owned());
        }
    }
    parts.join("\n")
}
