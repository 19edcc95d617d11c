//! HTML: the whole report as one page that needs nothing else ([`crate::page`]).

use super::{Exporter, Shown};
use crate::page;

pub(super) struct Html;

impl Exporter for Html {
    fn name(&self) -> &'static str {
        super::HTML
    }

    fn file(&self) -> Option<&'static str> {
        Some(super::PAGE)
    }

    fn export(&self, shown: &Shown<'_>) -> String {
        page::page(shown) + "\n"
    }
}
