//! `LAB_ARTIFACTS`: an installed lab runs what was built already, outside of any checkout.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{alone, artifact, lab, runtime};

/// A lab that is installed in a folder which is no checkout, with a manifest there.
fn installed(folder: &Path, manifest: &serde_json::Value, arguments: &[&str]) -> Output {
    let (lab, path) = (folder.join("lab"), folder.join("artifacts.json"));
    std::fs::copy(env!("CARGO_BIN_EXE_lab"), &lab).expect("copied");
    std::fs::write(&path, manifest.to_string()).expect("written");
    let mut command = Command::new(lab);
    command.args(arguments).current_dir(folder).env("LAB_ARTIFACTS", path).stdin(Stdio::null());
    command.output().expect("the lab runs")
}

#[test]
fn an_installed_lab_measures_what_it_was_given_and_keeps_the_run_where_it_is() {
    let _alone = alone();
    let cloud::Artifact::Server { package, entrypoint } = runtime().block_on(artifact("ec2".parse().expect("a way")))
    else {
        panic!("ec2 runs a server");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let command = serde_json::json!({ "program": entrypoint.program, "args": [], "env": {} });
    let manifest = serde_json::json!({ "ec2": { "package": package, "entrypoint": command } });

    let output = installed(folder.path(), &manifest, &["bench", "--quick", "--json", "ec2"]);
    assert!(output.status.success(), "{output:?}");
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let outcome = &run["rows"][0]["outcome"];
    assert_eq!(outcome["status"], "ran");
    let exactness = &outcome["measured"]["exactness"];
    assert!(exactness["acknowledged"].as_u64() > Some(100), "{exactness}");
    assert_eq!(exactness["counted"], exactness["acknowledged"]);
    assert_eq!(run["lab"].get("commit"), None, "a folder that is no checkout has no commit");
    let runs = std::fs::read_dir(folder.path().join(".lab/runs")).expect("the runs").count();
    assert_eq!(runs, 1);
    assert!(!folder.path().join(".lab/artifacts").exists(), "nothing was built");

    let other = installed(folder.path(), &manifest, &["up", "fargate"]);
    assert_eq!(other.status.code(), Some(1));
    let message = String::from_utf8(other.stderr).expect("text");
    assert_eq!(message, "lab: fargate: LAB_ARTIFACTS does not have it: unset it, and the lab builds it\n");
}

#[test]
fn a_manifest_that_cant_be_used_gets_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let lost = serde_json::json!({ "lambda-s3": { "package": "/lost.zip" } });
    for command in ["bench", "up"] {
        let output = installed(folder.path(), &lost, &[command]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let message = String::from_utf8(output.stderr).expect("text");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains("lambda-s3 needs /lost.zip, which is not there"), "{message}");
    }
}

#[test]
fn the_facts_that_nix_and_the_build_scripts_read_are_the_labs() {
    let printed = lab(&["ways", "--facts"]).output().expect("the lab runs").stdout;
    let committed = std::fs::read(crate::support::root().join("ways.json")).expect("ways.json");
    assert!(printed == committed, "write it anew: cargo run -- ways --facts > ways.json");
}
