//! The repository's own rules, held by a machine.

mod checks;
mod covered;
mod documents;
pub(crate) mod generated;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use artifact::oha::OHA_VERSION;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::support::root;

/// Which crates of ours a crate may use, tests aside.
const LAYERS: [(&str, &[&str]); 20] = [
    ("ways", &[]),
    ("app", &["ways"]),
    ("require", &[]),
    ("prices", &["ways"]),
    ("model", &["ways"]),
    ("choose", &["model", "prices", "ways"]),
    // The local cloud is as slow as the model has it.
    ("cloud", &["model", "ways"]),
    ("load", &[]),
    ("probe", &["load", "programs"]),
    ("programs", &[]),
    ("artifact", &["cloud", "programs", "ways"]),
    ("measure", &["artifact", "cloud", "load", "model", "programs", "ways"]),
    // A report shows the records that measuring made.
    ("report", &["choose", "cloud", "measure", "model", "prices", "ways"]),
    ("deploy", &["artifact", "programs", "ways"]),
    ("export", &["app", "ways"]),
    (
        "lab",
        &[
            "app", "artifact", "choose", "cloud", "deploy", "export", "load", "measure", "model", "prices", "programs",
            "report", "ways",
        ],
    ),
    ("whoami", &[]),
    ("counter", &[]),
    ("server", &["counter"]),
    ("lambda", &["counter"]),
];

fn metadata() -> Metadata {
    metadata_of(".").expect("cargo metadata")
}

/// Of the workspace in a folder.
fn metadata_of(workspace: &str) -> Result<Metadata, cargo_metadata::Error> {
    let manifest = root().join(workspace).join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).other_options(["--locked".to_owned()]).exec()
}

fn tracked(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("bench"), root().join("services")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|found| found == extension) => found.push(path),
                false => {}
            }
        }
    }
    found
}

#[test]
fn crates_depend_downward_only() {
    let metadata = metadata();
    let ours: BTreeSet<_> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let layers: BTreeMap<_, _> = LAYERS.into_iter().collect();
    assert_eq!(ours, layers.keys().map(ToString::to_string).collect());
    for package in metadata.workspace_packages() {
        let allowed = layers[package.name.as_str()];
        for dependency in &package.dependencies {
            let forbidden = ours.contains(&dependency.name)
                && dependency.kind == DependencyKind::Normal
                && !allowed.contains(&dependency.name.as_str());
            assert!(!forbidden, "{} may not use {}", package.name, dependency.name);
        }
    }
}

#[test]
fn the_models_know_no_async_runtime_and_no_network() {
    let metadata = metadata();
    let allowed: [(&str, &[&str]); 2] = [
        ("ways", &["serde", "strsim", "thiserror", "toml"]),
        ("model", &["fastrand", "serde", "statrs", "thiserror", "toml", "ways"]),
    ];
    for (name, allowed) in allowed {
        let package = metadata.workspace_packages().into_iter().find(|it| it.name.as_str() == name).expect("a crate");
        for dependency in package.dependencies.iter().filter(|it| it.kind == DependencyKind::Normal) {
            assert!(allowed.contains(&dependency.name.as_str()), "{name}: {}", dependency.name);
        }
    }
}

/// What is linked into some packages, a line of name and version each.
fn tree(packages: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none", "--edges", "normal,build"])
        .args(packages.iter().flat_map(|package| ["-p", package]))
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_services_carry_no_aws_lc() {
    // Its jitter entropy costs 10 to 50 ms once per process, at each cold start.
    let tree = tree(&["server", "lambda"]);
    assert!(tree.contains("ring v"), "{tree}");
    assert!(!tree.contains("aws-lc"), "{tree}");
}

#[test]
fn nothing_that_is_deployed_inherits_a_level_at_which_the_lab_builds_faster() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
    let levels = |profile: &str| manifest["profile"][profile]["package"].as_table().expect("a table").clone();
    let (lab, service) = (levels("release"), levels("service"));
    let tree = tree(&["server", "lambda", "probe"]);
    let deployed: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let inherited: Vec<_> = deployed.iter().filter(|name| lab.contains_key(**name)).collect();
    assert!(!inherited.is_empty(), "no level of the lab's is another's, too: this test shows nothing");
    for name in inherited {
        assert!(service.contains_key(*name), "{name}: profile.service.package must state its level");
    }
}

#[test]
fn the_load_generator_is_the_version_that_runs_name() {
    let lock = std::fs::read_to_string(root().join("bench/oha/Cargo.lock")).expect("its lock");
    assert!(lock.contains(&format!("name = \"oha\"\nversion = \"{OHA_VERSION}\"\n")), "bench/oha/Cargo.lock");
}

#[test]
fn there_are_few_packages_to_build() {
    // What a newcomer waits for. `idna_adapter` is 1.0.0 in the lock, which brings no Unicode tables: no URL of ours needs
    // any (`cargo update idna_adapter --precise 1.0.0`; https://docs.rs/crate/idna_adapter).
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock");
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!(packages <= 380, "{packages} packages");
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for path in tracked("rs") {
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(text.starts_with("//!"), "{}", path.display());
        let lines = text.lines().count();
        assert!(lines <= 60 || !path.ends_with("src/main.rs"), "{}: {lines} lines", path.display());
    }
}

#[test]
fn the_architecture_is_short() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    assert!(architecture.lines().count() <= 250);
}

/// The library and binary sources of our crates, with their paths in the checkout.
fn sources() -> Vec<(String, String)> {
    let ours = tracked("rs").into_iter().filter_map(|path| {
        let name = path.strip_prefix(root()).ok()?.to_str()?.to_owned();
        let text = std::fs::read_to_string(&path).ok()?;
        (name.starts_with("bench/") && name.contains("/src/")).then_some((name, text))
    });
    ours.collect()
}

#[test]
fn only_one_module_runs_outside_programs() {
    // The services that the local cloud hosts are its own.
    // The load's process does nothing but watch oha, at a cost that is not oha's.
    let may =
        ["bench/programs/src/", "bench/cloud/src/process", "bench/cloud/src/platform/", "bench/load/src/program.rs"];
    for (name, text) in sources().iter().filter(|(name, _)| !may.iter().any(|folder| name.starts_with(folder))) {
        for forbidden in ["std::process::Command", "tokio::process", "process::{Child, Command", "process::{Command"] {
            assert!(!text.contains(forbidden), "{name}: {forbidden}: use programs::Command");
        }
    }
}

#[test]
fn a_full_disk_behind_stderr_panics_nowhere() {
    for (name, text) in sources() {
        for forbidden in ["eprintln!(", "eprint!("] {
            let lab = !["bench/cloud/", "bench/load/", "bench/oha/", "bench/probe/"]
                .iter()
                .any(|folder| name.starts_with(folder));
            assert!(!lab || !text.contains(forbidden), "{name}: {forbidden} panics there: use programs::notice!");
        }
    }
}
