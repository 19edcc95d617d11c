//! `LAB_ARTIFACTS` and `LAB_FLAKE`: an installed lab runs what was built already, or what Nix builds for it, outside of
//! any checkout.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{alone, artifact, copy_program, lab, oha, runtime, write_program};

/// A lab that is installed in a folder which is no checkout, with a manifest there.
fn installed(folder: &Path, manifest: &serde_json::Value, arguments: &[&str]) -> Output {
    let (lab, path) = (folder.join("lab"), folder.join("artifacts.json"));
    copy_program(env!("CARGO_BIN_EXE_lab").as_ref(), &lab);
    std::fs::write(&path, manifest.to_string()).expect("written");
    let mut command = Command::new(lab);
    command.args(arguments).current_dir(folder).env("LAB_ARTIFACTS", path).env("LAB_OHA", oha()).stdin(Stdio::null());
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

/// A lab that Nix runs in a folder which is no checkout: `nix` there is a script.
fn run_by_nix(folder: &Path, nix: &str, arguments: &[&str]) -> Output {
    write_program(&folder.join("nix"), nix);
    let path = std::env::join_paths(
        std::iter::once(folder.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").expect("a path"))),
    );
    let lab = folder.join("lab");
    copy_program(env!("CARGO_BIN_EXE_lab").as_ref(), &lab);
    let mut command = Command::new(lab);
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("LAB_ARTIFACTS")
        .env("LAB_FLAKE", "/flake")
        .env("LAB_OHA", oha());
    command.env("PATH", path.expect("a path")).stdin(Stdio::null()).output().expect("the lab runs")
}

#[test]
fn nix_builds_what_the_named_ways_need_and_no_other() {
    let _alone = alone();
    let cloud::Artifact::Server { package, entrypoint } = runtime().block_on(artifact("ec2".parse().expect("a way")))
    else {
        panic!("ec2 runs a server");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let entry = serde_json::json!({
        "package": package, "entrypoint": { "program": entrypoint.program, "args": [], "env": {} }
    });
    for way in ["ec2", "fargate"] {
        let manifest = serde_json::json!({ way: entry }).to_string();
        std::fs::write(folder.path().join(format!("artifacts-{way}")), manifest).expect("written");
    }
    let nix = r##"echo "$@" >>calls; for it in "$@"; do case $it in *"#"*) echo "$PWD/${it#*"#"}" ;; esac; done"##;
    let arguments = ["bench", "--quick", "--profile", "bare", "--json", "ec2@t3.small", "fargate"];
    let output = run_by_nix(folder.path(), nix, &arguments);
    assert!(output.status.success(), "{output:?}");
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!([&run["rows"][0]["outcome"]["status"], &run["rows"][1]["outcome"]["status"]], ["ran", "ran"]);
    let calls = std::fs::read_to_string(folder.path().join("calls")).expect("nix was called");
    assert_eq!(
        calls,
        "build --extra-experimental-features nix-command flakes --no-link --print-out-paths /flake#artifacts-ec2 \
         /flake#artifacts-fargate\n"
    );
}

#[test]
fn a_way_that_nix_cant_build_fails_with_what_nix_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run_by_nix(folder.path(), "echo 'error: no such attribute' >&2; exit 1", &["up", "lambda-s3"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(message.contains("error: no such attribute\n"), "{message}");
    assert!(message.contains("lab: lambda-s3: "), "{message}");
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
