//! `app.toml`: it is read, or refused in one line.
#![no_main]

use std::path::Path;

use app::App;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = App::parse(text, Path::new("app.toml")) {
        assert!(error.to_string().starts_with("app.toml:"), "{error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
});
