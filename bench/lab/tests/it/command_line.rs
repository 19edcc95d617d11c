//! The command line: what is listed, and what bad input gets.

use std::process::Output;

use crate::support::lab;

fn run(arguments: &[&str]) -> Output {
    lab(arguments).output().expect("the lab runs")
}

fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn bad_input_gets_one_clear_line_and_exit_code_2() {
    for (arguments, wanted) in [
        (&["bench", "lamda-dynamodb"][..], &["lamda-dynamodb", "lambda-dynamodb"][..]),
        (&["up", "ec2-http-api"], &["ec2 has no front `http-api`: it takes direct, alb, nlb"]),
        (&["bench", "lambda"], &["a lambda way names its store", "lambda-s3"]),
        (&["bench", "--fast"], &["--fast"]),
        (&["bench", "--probe", "ec2"], &["--target aws"]),
        (&["bench", "--target", "aws", "Fargate"], &["`Fargate`", "lower-case"]),
        (&["bench", "--target", "aws", "--profile", "bare"], &["--profile", "leave it out"]),
        (&["bench", "--target", "aws", "--update", "read-then-write"], &["--update", "leave it out"]),
        (&["bench", "--target", "aws", "nobody"], &["no deployment is called nobody"]),
        (&["brew"], &["brew"]),
        (&["report", "--format", "xml"], &["xml", "possible values: terminal, markdown"]),
        (&["size"], &["<WAY>"]),
        (&["bench", "--rounds", "101"], &["101", "1..=100"]),
        (&["bench", "ec2-"], &["it ends with a hyphen"]),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let printed = String::from_utf8(output.stderr).expect("text");
        assert_eq!(printed.lines().count(), 1, "{arguments:?}: {printed}");
        for word in wanted {
            assert!(printed.contains(word), "{arguments:?}: {printed}");
        }
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_output_folder_that_cant_be_made_is_refused_before_anything_is_measured() {
    // With a file in its way another argument is needed.
    for (folder, code) in [("/proc/no/such", 1), ("/dev/null", 2), ("/dev/null/below", 2)] {
        let output = run(&["bench", "--quick", "--output", folder, "ec2"]);
        assert_eq!(output.status.code(), Some(code), "{folder}");
        let printed = String::from_utf8(output.stderr).expect("text");
        assert_eq!(printed.lines().count(), 1, "{printed}");
        assert!(printed.contains(folder) && printed.contains("--output"), "{printed}");
    }
}

#[test]
fn the_catalogue_is_listed_by_default_and_every_way_on_request() {
    assert_eq!(stdout(&["ways"]).lines().count(), 12);
    let all = stdout(&["ways", "--all"]);
    assert!(all.lines().count() > 101);
    assert!(all.contains("lambda-cpp-dynamodb-function-url-arm64"));
}

#[test]
fn ways_as_json_carry_their_parts() {
    let ways: serde_json::Value = serde_json::from_str(&stdout(&["ways", "--all", "--json"])).expect("JSON");
    let ways = ways.as_array().expect("an array");
    let fargate = ways.iter().find(|way| way["name"] == "fargate").expect("fargate is listed");
    for (axis, value) in
        [("compute", "fargate"), ("language", "rust"), ("store", "file"), ("front", "alb"), ("arch", "x86_64")]
    {
        assert_eq!(fargate[axis], value, "{axis}");
    }
    assert_eq!(fargate["durable"], true);
}

#[test]
fn the_doctor_shows_what_each_lack_costs() {
    let printed = stdout(&["doctor"]);
    assert!(printed.lines().any(|line| line.starts_with("ok    Rust") && line.contains("cargo")), "{printed}");
    assert!(printed.lines().all(|line| line.starts_with("ok  ") || line.starts_with("lack  ")), "{printed}");
}

#[test]
fn the_shell_completes_ways_and_their_sizes() {
    let completed = |typed: &str| {
        let mut lab = lab(&["--", "lab", "cost", typed]);
        let output = lab.envs([("COMPLETE", "fish"), ("_CLAP_COMPLETE_INDEX", "2")]).output().expect("the lab runs");
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(
        completed("lambda-cpp-dyn").contains("lambda-cpp-dynamodb-function-url"),
        "{}",
        completed("lambda-cpp-dyn")
    );
    assert!(completed("ec2@t3.s").contains("ec2@t3.small"), "{}", completed("ec2@t3.s"));
}

#[test]
fn a_size_is_listed_costed_and_refused_as_a_way_is() {
    assert!(stdout(&["ways", "fargate@0.5x1024"]).contains("fargate@0.5x1024"));
    assert!(stdout(&["cost", "ec2@t3.small"]).contains("| ec2@t3.small |"));
    let refused = run(&["up", "lambda-s3@64"]);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8(refused.stderr).expect("text");
    assert!(message.contains("a function has 128 to 10240 MB") && message.contains("lambda-s3@128"), "{message}");
}
