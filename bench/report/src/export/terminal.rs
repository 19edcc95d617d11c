//! For a terminal: what Markdown has, with lines in place of bars.

use comfy_table::presets;

use super::{Exporter, Shown, markdown};

pub(super) struct Terminal;

impl Exporter for Terminal {
    fn name(&self) -> &'static str {
        super::TERMINAL
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn export(&self, shown: &Shown<'_>) -> String {
        shown.each(|report| markdown::drawn(report, presets::UTF8_HORIZONTAL_ONLY))
    }
}
