//! A snapshot of prices: what is read is written the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prices::Snapshot;

fuzz_target!(|text: &str| {
    if let Ok(snapshot) = Snapshot::parse(text) {
        let written = snapshot.to_json();
        let read = Snapshot::parse(&written).expect("what was written is read");
        assert_eq!(read.to_json(), written);
    }
});
