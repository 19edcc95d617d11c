//! `run.json`: a run that is read can be printed in every format.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prices::PriceFolder;
use report::export::{EXPORTERS, Exporter as _, Shown};

static PRICES: LazyLock<PriceFolder> = LazyLock::new(PriceFolder::built_in);

fuzz_target!(|text: &[u8]| {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("run.json");
    std::fs::write(&file, text).expect("it can be written");
    if let Ok(run) = measure::run::read(&file) {
        let shown = Shown::new(std::slice::from_ref(&run), None, &PRICES);
        for exporter in EXPORTERS {
            exporter.export(&shown);
        }
    }
});
