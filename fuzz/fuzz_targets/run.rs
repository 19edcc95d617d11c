//! `run.json`: a run that is read can be printed in every format.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("run.json");
    std::fs::write(&file, text).expect("it can be written");
    if let Ok(run) = measure::run::read(&file) {
        let report = report::of(&run);
        for format in ["terminal", "markdown", "csv", "json"] {
            report::export::export(&report, format);
        }
    }
});
