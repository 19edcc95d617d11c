//! JSON: the view model as it is, with values, units, intervals and warnings. (`run.json` is the run itself, with its
//! samples.)

use super::{Exporter, Shown};

pub(super) struct Json;

impl Exporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file(&self) -> Option<&'static str> {
        Some("table.json")
    }

    fn export(&self, shown: &Shown<'_>) -> String {
        shown.each(|report| {
            let text =
                serde_json::to_string_pretty(report).expect("a report has string keys and serialisable values only");
            text + "\n"
        })
    }
}
