//! What a folder states of a service, in one of the files that `lab init` reads: the draft is TOML.
#![no_main]

use app::init::Draft;
use libfuzzer_sys::fuzz_target;

const FILES: [&str; 8] = [
    "template.yaml",
    "Dockerfile",
    "package.json",
    "pyproject.toml",
    "go.mod",
    "Cargo.toml",
    "openapi.yaml",
    "openapi.json",
];

fuzz_target!(|input: (u8, &str)| {
    let (file, text) = input;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(FILES[usize::from(file) % FILES.len()]), text).expect("it can be written");
    let draft = Draft::of(folder.path()).toml();
    toml::from_str::<toml::Table>(&draft).unwrap_or_else(|error| panic!("{error}\n{draft}"));
});
