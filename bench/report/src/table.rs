//! A table in Markdown, its columns aligned.

use comfy_table::{CellAlignment, Table, presets};

/// A table whose columns but the first are numbers.
#[must_use]
pub fn drawn(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    drawn_as(presets::ASCII_MARKDOWN, header, rows)
}

/// The same in another of comfy-table's forms.
pub(crate) fn drawn_as(preset: &str, header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_preset(preset).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.add_rows(rows);
    table
}
