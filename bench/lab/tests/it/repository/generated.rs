//! Generated parts are fresh. `LAB_UPDATE=1 cargo test -p lab --test it repository` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Package};

use require::require;

use super::{metadata, metadata_of};
use crate::support::root;

/// Holds that a file has a text, or writes it.
pub(crate) fn hold(path: &str, expected: &str) {
    let file = root().join(path);
    if std::env::var_os("LAB_UPDATE").is_some() {
        return fs::write(file, expected).expect("written");
    }
    let fresh = fs::read_to_string(file).is_ok_and(|text| text == expected);
    assert!(fresh, "{path} is not up to date: LAB_UPDATE=1 cargo test -p lab --test it repository");
}

#[test]
fn the_architectures_table_of_crates_is_that_of_the_manifests() {
    let metadata = metadata();
    let ours = metadata.workspace_packages();
    let names: BTreeSet<_> = ours.iter().map(|package| package.name.to_string()).collect();
    let mut table = "| crate | what it is | what it never does | uses |\n|---|---|---|---|\n".to_owned();
    let folder = |package: &Package| {
        let folder = package.manifest_path.parent().expect("a folder").strip_prefix(root().to_str().expect("text"));
        folder.expect("inside of the checkout").to_string()
    };
    let mut ours = ours;
    ours.sort_by_key(|package| folder(package));
    for package in ours {
        let uses = package.dependencies.iter().filter(|it| it.kind == DependencyKind::Normal);
        let uses: BTreeSet<_> = uses.map(|it| it.name.as_str()).filter(|name| names.contains(*name)).collect();
        let description = package.description.as_deref().unwrap_or_default();
        let never = package.metadata["never"].as_str().unwrap_or_default();
        assert!(!description.is_empty() && !never.is_empty(), "{}: description, or metadata.never", package.name);
        let uses = uses.into_iter().collect::<Vec<_>>().join(", ");
        writeln!(table, "| `{}` | {description} | {never} | {uses} |", folder(package)).expect("in memory");
    }
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (begin, end) = ("<!-- crates: begin -->\n", "<!-- crates: end -->");
    let (before, rest) = text.split_once(begin).expect("where the table begins");
    let after = rest.split_once(end).expect("where it ends").1;
    hold("ARCHITECTURE.md", &format!("{before}{begin}{table}{end}{after}"));
}

/// Executables that are distributed together.
struct Distributed {
    /// Where the notices are.
    notices: &'static str,
    /// The folder of the workspace in which they are built.
    workspace: &'static str,
    /// The crates that they are of.
    packages: &'static [&'static str],
}

const DISTRIBUTED: [Distributed; 3] = [
    Distributed { notices: "services/THIRD-PARTY-NOTICES.txt", workspace: ".", packages: &["server", "lambda"] },
    Distributed { notices: "bench/probe/THIRD-PARTY-NOTICES.txt", workspace: ".", packages: &["probe"] },
    Distributed { notices: "bench/oha/THIRD-PARTY-NOTICES.txt", workspace: "bench/oha", packages: &["oha-program"] },
];

/// Where static executables run: all that is linked on one of them.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];

#[test]
fn what_is_distributed_has_the_licences_of_what_is_linked_into_it() {
    let of = |package: &Package| (package.name.to_string(), package.version.to_string());
    for distributed in DISTRIBUTED {
        let metadata = metadata_of(distributed.workspace).map_err(|error| error.to_string());
        let Some(metadata) = require("crates", metadata) else { continue };
        let known: BTreeMap<_, _> = metadata.packages.iter().map(|package| (of(package), package)).collect();
        let linked = linked(&distributed);
        let ours = |crate_: &(String, String)| known[crate_].source.is_none();
        let linked: BTreeMap<_, _> =
            linked.into_iter().filter(|it| !ours(it)).map(|it| (it.clone(), known[&it])).collect();
        hold(distributed.notices, &notices(distributed.packages, &linked));
    }
}

/// All that is linked into executables, name and version: by `cargo tree`, which has the features of just these, and
/// leaves out macros, which run at compile time only.
fn linked(distributed: &Distributed) -> BTreeSet<(String, String)> {
    let mut command = std::process::Command::new(env!("CARGO"));
    command.args(["tree", "--locked", "--offline", "--prefix", "none", "--edges", "normal,no-proc-macro"]);
    for target in TARGETS {
        command.args(["--target", target]);
    }
    for package in distributed.packages {
        command.args(["--package", package]);
    }
    let output = command.current_dir(root().join(distributed.workspace)).output().expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    let lines = tree.lines().filter_map(|line| line.split_once(" v"));
    lines.map(|(name, rest)| (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned())).collect()
}

/// Each text once, with the crates that carry it.
fn notices(packages: &[&str], linked: &BTreeMap<(String, String), &Package>) -> String {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut list = String::new();
    for ((name, version), package) in linked {
        let licence = package.license.as_deref().unwrap_or("see its text");
        writeln!(list, "{name} {version}: {licence}").expect("in memory");
        for text in licence_texts(package.manifest_path.parent().expect("a folder").as_std_path()) {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    let mut all =
        format!("What is linked into {} and its licences. Generated from Cargo.lock.\n\n{list}", packages.join(", "));
    for (text, names) in texts {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        write!(all, "\n{}\n{names}\n{}\n\n{text}\n", "=".repeat(80), "=".repeat(80)).expect("in memory");
    }
    all
}

/// The files in a crate that carry its licence or a notice.
fn licence_texts(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).expect("its folder").flatten().map(|file| file.file_name()).collect();
    names.sort();
    let carries = |name: &str| {
        let name = name.to_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"].iter().any(|word| name.starts_with(word))
    };
    let names = names.iter().filter(|name| name.to_str().is_some_and(carries));
    let texts = names.filter_map(|name| fs::read_to_string(folder.join(name)).ok());
    texts.map(|text| text.replace("\r\n", "\n").trim().to_owned()).collect()
}
