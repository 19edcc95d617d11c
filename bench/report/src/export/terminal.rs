//! For a terminal: what Markdown has, with lines in place of bars.

use comfy_table::presets;

use super::{Exporter, markdown};
use crate::view::Report;

pub(super) struct Terminal;

impl Exporter for Terminal {
    fn name(&self) -> &'static str {
        super::TERMINAL
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn export(&self, report: &Report) -> String {
        markdown::drawn(report, presets::UTF8_HORIZONTAL_ONLY)
    }
}
