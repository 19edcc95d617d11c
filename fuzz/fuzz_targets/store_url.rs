//! A store's URL.
#![no_main]

use counter::StoreUrl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|url: &str| {
    if let Err(error) = url.parse::<StoreUrl>() {
        assert!(!error.to_string().is_empty());
    }
});
