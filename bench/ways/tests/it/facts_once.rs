//! A fact stands once, in `ways.toml`, and an axis's value is known in its own file: rules over the source.
//!
//! Tests and documents may name values: they say what is expected of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ways::{Arch, Axis, Compute, Front, InstanceType, Language, Store, model};

/// The checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// Folders of what runs or is deployed.
const SOURCES: [&str; 5] = ["bench", "services", "nix", "nixos", "infra"];

/// Files in which the sources are written.
const EXTENSIONS: [&str; 8] = ["rs", "py", "mjs", "nix", "txt", "cmake", "cpp", "hpp"];

/// Folders and files that hold no source: tests, what is generated or locked, what is installed.
const NO_SOURCE: [&str; 13] = [
    "tests",
    "tests.rs",
    "test",
    "fuzz",
    "soak",
    "adapter",
    "benches",
    "examples",
    "rendered",
    "schema",
    "snapshots",
    "node_modules",
    "requirements",
];

/// The tables from a value to its part, one for each axis that a layer knows. An entry that is no longer needed fails.
const TABLES: [(&str, &str); 7] = [
    ("bench/prices/src/cost/compute/mod.rs", "a compute's cost"),
    ("bench/prices/src/cost/store/mod.rs", "a store's cost"),
    ("bench/prices/src/cost/front/mod.rs", "a front's cost"),
    ("bench/cloud/src/compute/mod.rs", "a compute's process"),
    ("bench/export/src/compute.rs", "a compute's Terraform for a service of one's own"),
    ("bench/cloud/src/store/mod.rs", "a store's endpoint"),
    ("bench/artifact/src/lib.rs", "a language's build and tools"),
];

/// Places that still name a value outside of its own file and of a table. An entry that is no longer needed fails.
const STILL_NAMING: [(&str, &str); 0] = [];

/// Facts that stand in the source beside `ways.toml`: the beginning of the path, the fact, and why it may. An entry that
/// is no longer needed fails.
const STILL_RESTATED: [(&str, &str, &str); 3] = [
    ("bench/cloud/src/lambda/api/create.rs", "provided.al2023", "Lambda's own list of runtimes that run a bootstrap"),
    ("bench/report/src/", "eu-west-2", "the legends say where the original study measured"),
    ("bench/report/src/", "t3.micro", "the legend explains what a burstable instance keeps up"),
];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    // Nix builds and tests the Rust part with what that needs, not with all folders.
    let mut folders: Vec<PathBuf> =
        SOURCES.iter().map(|folder| root().join(folder)).filter(|path| path.is_dir()).collect();
    assert!(folders.contains(&root().join("bench")) && folders.contains(&root().join("infra")), "{folders:?}");
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if NO_SOURCE.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                // CMake's build folder; services/javascript/build is source.
                let is_built = name == "target" || path.ends_with("services/cpp/build");
                if !name.starts_with('.') && !is_built {
                    folders.push(path);
                }
            } else if path.extension().and_then(|found| found.to_str()).is_some_and(|found| EXTENSIONS.contains(&found))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The code of a file: neither comments nor the tests at its end.
fn code(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("text");
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let is_comment =
        |line: &str| ["//", "#", "*", "/*", "\"\"\""].iter().any(|mark| line.trim_start().starts_with(mark));
    text.lines()
        .filter(|line| !is_comment(line))
        .map(|line| line.split(" // ").next().unwrap_or_default().to_owned())
        .collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).expect("inside of the checkout").display().to_string()
}

/// How Rust names each value, with its word.
fn values() -> Vec<(String, String)> {
    fn of<A: Axis>(axis: &str) -> Vec<(String, String)> {
        A::ALL.iter().map(|value| (format!("{axis}::{value:?}"), value.word().replace('-', "_"))).collect()
    }
    [
        of::<Compute>("Compute"),
        of::<Language>("Language"),
        of::<Store>("Store"),
        of::<Front>("Front"),
        of::<Arch>("Arch"),
    ]
    .concat()
}

#[test]
fn a_value_is_named_in_its_own_file_and_in_one_table_of_each_layer() {
    let values = values();
    let (mut naming, mut tables) = (BTreeSet::new(), BTreeSet::new());
    for path in sources().iter().filter(|path| path.extension().is_some_and(|found| found == "rs")) {
        let file = relative(path);
        if !file.starts_with("bench/") {
            continue;
        }
        let code = code(path).join("\n");
        for (value, word) in &values {
            let own = Path::new(&file).with_extension("").components().any(|part| part.as_os_str() == word.as_str());
            let named = code.match_indices(value.as_str()).any(|(start, _)| {
                let after = code[start + value.len()..].chars().next();
                !after.is_some_and(|next| next.is_alphanumeric() || next == '_')
            });
            if named && TABLES.iter().any(|(table, _)| *table == file) {
                tables.insert(file.clone());
            } else if named && !own {
                naming.insert(file.clone());
            }
        }
    }
    let allowed: BTreeSet<_> = STILL_NAMING.iter().map(|(file, _)| (*file).to_owned()).collect();
    let new: Vec<_> = naming.difference(&allowed).collect();
    assert!(
        new.is_empty(),
        "these name a value of an axis: make it a fact in ways.toml or a method of the part: {new:?}"
    );
    let done: Vec<_> = allowed.difference(&naming).collect();
    assert!(done.is_empty(), "these name no value any more: take them off the list: {done:?}");
    assert_eq!(tables, TABLES.iter().map(|(table, _)| (*table).to_owned()).collect(), "each table names values");
}

#[test]
fn a_fact_stands_in_no_second_place() {
    let functions = Language::ALL.iter().flat_map(|&language| model().functions(language));
    let functions: BTreeSet<_> = functions.map(|store| format!("lambda-{store}")).collect();
    let runtimes = Language::ALL.iter().filter_map(|language| Some(language.facts().runtime.as_ref()?.name.clone()));
    let mut facts: BTreeSet<String> = InstanceType::all().map(|instance| instance.to_string()).collect();
    facts.insert(model().region().to_owned());
    facts.extend(functions);
    facts.extend(runtimes);
    let mut restated = BTreeSet::new();
    for path in sources() {
        let file = relative(&path);
        for line in code(&path) {
            for fact in facts.iter().filter(|fact| line.contains(fact.as_str())) {
                restated.insert((file.clone(), fact.clone()));
            }
        }
    }
    // The load generator's own function is not a part of a way.
    restated.remove(&("infra/probe.nix".to_owned(), "provided.al2023".to_owned()));
    let is_allowed = |(file, fact): &(String, String)| {
        STILL_RESTATED.iter().any(|(place, allowed, _)| file.starts_with(place) && fact == allowed)
    };
    let new: Vec<_> = restated.iter().filter(|found| !is_allowed(found)).collect();
    assert!(new.is_empty(), "read it from ways.toml (Rust) or ways.json (all else): {new:#?}");
    for (place, allowed, why) in STILL_RESTATED {
        let is_needed = restated.iter().any(|(file, fact)| file.starts_with(place) && fact == allowed);
        assert!(is_needed, "{place} does not state {allowed} any more ({why}): take it off the list");
    }
}
