//! Markdown, as `table.md` keeps it.

use comfy_table::presets;

use super::{DOUBTFUL, Exporter, any_doubtful, notes, texts};
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

    fn export(&self, report: &Report) -> String {
        drawn(report, presets::ASCII_MARKDOWN)
    }
}

/// Each table with its legend; the notes behind the first one.
pub(super) fn drawn(report: &Report, preset: &str) -> String {
    let mut text = String::new();
    for (index, table) in report.tables.iter().enumerate() {
        if let Some(title) = &table.title {
            text.push_str(&format!("\n{title}:\n\n"));
        }
        let (header, rows) = texts(report, table);
        text.push_str(&format!("{}\n", drawn_as(preset, &header, rows)));
        if index == 0 {
            text.push_str(&notes(report));
        }
        if !table.legend.is_empty() {
            text.push_str(&format!("\n{}\n", table.legend.join("\n")));
        }
        if index == 0 && any_doubtful(report) {
            text.push_str(&format!("{DOUBTFUL} see the warnings.\n"));
        }
    }
    text
}
