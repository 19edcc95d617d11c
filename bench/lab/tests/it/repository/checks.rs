//! The checks themselves: each crate takes the workspace's lints, each check is run, no test is skipped in silence.

use std::collections::BTreeSet;
use std::fs;

use super::{metadata, tracked};
use crate::support::root;

#[test]
fn every_crate_takes_the_workspaces_lints() {
    for package in metadata().workspace_packages() {
        let manifest = fs::read_to_string(&package.manifest_path).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}: no `[lints] workspace = true`", package.name);
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_check_is_run() {
    let (run, workflow) = (read(".ci/run"), read(".github/workflows/checks.yml"));
    let steps = run.lines().filter_map(|line| line.strip_prefix("    \"")?.strip_suffix('"'));
    let mut run: BTreeSet<&str> =
        steps.flat_map(|step| step.split([' ', '|']).filter(|name| !name.is_empty())).collect();
    // Those of a job of their own: another system, or a database that changes without a commit.
    run.extend(workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: .ci/run ")));
    let names = |folder: &str| {
        let files = fs::read_dir(root().join(folder)).expect("a folder").flatten();
        files.map(|file| file.file_name().into_string().expect("a name")).collect::<Vec<_>>()
    };
    let (files, services) = (names(".ci/checks"), names("services"));
    let languages = services.iter().filter(|name| root().join(format!("services/{name}/check.sh")).exists());
    let languages: BTreeSet<&str> = languages.map(String::as_str).collect();
    assert!(run.remove("$languages"), "a step has those of the languages that no step names");
    for name in languages.intersection(&run) {
        assert!(read(".ci/run").contains(&format!(" = {name}/check.sh ]")), "{name} is run twice");
    }
    run.extend(languages.iter().copied());
    let files: BTreeSet<&str> = files.iter().filter_map(|name| name.strip_suffix(".sh")).chain(languages).collect();
    assert_eq!(run, files);
    assert!(workflow.contains("- run: .ci/run\n"), "the workflow runs the whole list");
}

/// A key that leaves one out is hit when that has changed: then nothing new is saved, and all is built on every run.
#[test]
fn the_nix_cache_is_keyed_by_all_that_is_built() {
    let (sources, workflow) = (read("nix/sources.nix"), read(".github/workflows/nix.yml"));
    let key = workflow.lines().find_map(|line| line.trim().strip_prefix("primary-key:")).expect("a key");
    let keyed: Vec<&str> = key.split('\'').skip(1).step_by(2).collect();
    let (_, cargo) = sources.split_once("cargo = [").expect("what Cargo builds");
    let (cargo, _) = cargo.split_once(']').expect("a list");
    let built: Vec<&str> = cargo.lines().filter_map(|line| line.trim().strip_prefix("../")).collect();
    assert!(built.len() > 5, "{built:?}");
    for path in built.into_iter().chain(["ways.json", "infra/way.nix", "flake.lock", "nix/sources.nix"]) {
        let has = |pattern: &str| match pattern.split_once("**") {
            Some((folder, ending)) => {
                format!("{path}/").starts_with(folder) && path.ends_with(ending.trim_matches(['/', '*']))
            }
            None => pattern == path,
        };
        assert!(keyed.iter().any(|pattern| has(pattern)), "{path}: not in the key of .github/workflows/nix.yml");
    }
}

/// What the sources call a need.
fn needs() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in tracked("rs") {
        let text = fs::read_to_string(path).expect("text");
        for rest in text.split("require").skip(1) {
            let argument = rest.trim_start_matches("::<()>").strip_prefix("(\"");
            found.extend(argument.and_then(|it| it.split('"').next()).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_need_is_documented_and_every_exception_is_a_need() {
    let (needs, table) = (needs(), read("docs/tests.md"));
    assert!(needs.len() >= 8, "{needs:?}");
    for need in &needs {
        assert!(table.contains(&format!("| `{need}` |")), "docs/tests.md does not have the need {need}");
    }
    for line in read(".ci/exceptions").lines().filter(|line| !line.starts_with('#')) {
        let (need, reason) = line.split_once("  ").unwrap_or((line, ""));
        assert!(needs.contains(need), ".ci/exceptions: no test needs {need}");
        assert!(reason.split(' ').count() > 5, ".ci/exceptions: {need}: {reason:?} is not a reason");
    }
}

#[test]
fn no_test_is_skipped_in_silence() {
    // Written so that this file does not have them.
    let skips = [format!("println!(\"{}", "not run"), format!("return {}", "println!"), format!("#[{}]", "ignore")];
    for path in tracked("rs") {
        let text = fs::read_to_string(&path).expect("text");
        for skip in &skips {
            assert!(!text.contains(skip), "{}: {skip}: a test that lacks something calls require", path.display());
        }
    }
}
