//! A way's name: what is read is written the same, and what is refused has names near it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ways::{Way, completions};

fuzz_target!(|name: &str| {
    match name.parse::<Way>() {
        Ok(way) => assert_eq!(way.to_string().parse::<Way>(), Ok(way)),
        Err(error) => assert!(error.nearest.iter().all(|near| near.parse::<Way>().is_ok()), "{error}"),
    }
    completions(name);
});
