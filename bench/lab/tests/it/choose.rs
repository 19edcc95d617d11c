//! `lab choose`, `lab size` and `lab traffic`, from the command line to the answer.

use std::collections::BTreeSet;
use std::process::Output;

use serde_json::Value;

use crate::runs::Stage;
use crate::support::{alone, copy_program, lab, root};

fn run(arguments: &[&str]) -> Output {
    lab(arguments).output().expect("the lab runs")
}

fn text(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&text(&[arguments, &["--built-in", "--json"]].concat())).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn rows<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    answer[name].as_array().expect("an array")
}

/// A newcomer's question.
const NEWCOMERS: [&str; 7] = ["choose", "--calls", "3000000", "--p99", "50", "--durable", "--seed=1"];

#[test]
fn a_newcomers_question_is_answered_by_one_command() {
    let printed = text(&[&NEWCOMERS[..], &["--built-in"]].concat());
    for part in [
        "The cheapest way for 3,000,000 calls a month, p99 of 50 ms at most, durable:",
        "- Runner-up: `",
        "- What decides: $ ",
        "What would change it:",
        "calls a month",
        "Confidence: ",
        "| way ",
        "The best of each compute:",
        "Demands of services: built in",
        "Nothing here was measured on AWS",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let answer = json(&NEWCOMERS);
    assert!(number(&answer["candidates"]) >= 1_500.0);
    let winner = &rows(&answer, "ranked")[0];
    let name = winner["way"].as_str().expect("a name");
    assert!(printed.contains(&format!("- **`{}@", name.split('@').next().expect("a name"))), "{printed}");
    for row in rows(&answer, "ranked") {
        assert!(row["durable"] == true && number(&row["p99_ms"]["value"]) <= 50.0, "{row}");
        assert!(number(&winner["usd_per_month"]["value"]) <= number(&row["usd_per_month"]["value"]) * 1.01, "{row}");
    }
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    for arguments in [
        &NEWCOMERS[..],
        &["size", "lambda-python-s3"],
        &["traffic", "lambda-s3", "--rate", "0.1,1", "--pattern", "spiky,steady"],
    ] {
        let arguments = [arguments, &["--built-in"]].concat();
        assert_eq!(text(&arguments), text(&arguments), "{arguments:?}");
    }
}

#[test]
fn a_servers_cost_is_the_one_that_lab_cost_shows() {
    let answer = json(&["choose", "--calls", "3e6", "--cold-share", "0"]);
    for row in rows(&answer, "ranked").iter().take(5) {
        let way = row["way"].as_str().expect("a name");
        let cost: Value = serde_json::from_str(&text(&["cost", way, "--calls", "3e6", "--json"])).expect("JSON");
        let usd = number(&cost["rows"][0]["at_calls"]["usd"]);
        assert!((number(&row["usd_per_month"]["value"]) - usd).abs() < 1e-6, "{way}: {usd} {row}");
    }
}

#[test]
fn each_bound_is_held() {
    let of = |row: &Value, axis: &str| {
        let way: ways::Way = row["way"].as_str().expect("a name").parse().expect("a way");
        match axis {
            "language" => way.language.to_string(),
            _ => way.compute.to_string(),
        }
    };
    let answer = json(&["choose", "--languages", "python,javascript", "--build", "both"]);
    let languages: BTreeSet<_> = rows(&answer, "ranked").iter().map(|row| of(row, "language")).collect();
    assert_eq!(languages, ["javascript", "python"].map(str::to_owned).into());
    let builds: BTreeSet<_> = rows(&answer, "ranked").iter().map(|row| row["build"].to_string()).collect();
    assert_eq!(builds.len(), 2);
    let answer = json(&["choose", "--cold-share", "0"]);
    assert!(rows(&answer, "ranked").iter().all(|row| of(row, "compute") != "lambda"));
    let answer = json(&["choose", "--max-usd", "5"]);
    assert!(rows(&answer, "ranked").iter().all(|row| number(&row["usd_per_month"]["value"]) <= 5.0));
}

#[test]
fn where_nothing_meets_the_bounds_the_answer_is_none_and_a_failure() {
    let output = run(&["choose", "--built-in", "--p99", "0.01"]);
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("**none**") && printed.contains("0 meet the bounds"), "{printed}");
}

#[test]
fn a_real_runs_services_are_candidates_and_the_others_are_named() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain"), ("k8s", "plain")]);
    // A checkout's, as far as runs and prices go.
    std::fs::write(stage.path("ways.toml"), "").expect("written");
    std::fs::create_dir_all(stage.path("bench/prices")).expect("made");
    let prices = "bench/prices/snapshots";
    std::os::unix::fs::symlink(root().join(prices), stage.path(prices)).expect("linked");
    let bench = |arguments: &[&str]| {
        let output = stage.lab(&[&["bench", "--quick"], arguments].concat()).output().expect("the lab runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    bench(&["--profile", "aws", "ec2"]);
    // A newer run without demands is passed over.
    bench(&["--profile", "bare", "k8s"]);
    let lab = |arguments: &[&str]| {
        let output = stage.lab(arguments).output().expect("the lab runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    // At calls for which an API without a process, which needs no demand, is dearer than a server.
    let (code, printed, _) = lab(&["choose", "--calls", "5000000"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("measured in .lab/runs/") && !printed.contains("built in"), "{printed}");
    // Its server counts in memory, behind every front and at every size; no other service was measured.
    assert!(printed.contains("- **`lightsail@nano`"), "{printed}");
    assert!(
        printed.contains("No candidates, for their services were not measured: ") && printed.contains("lambda-s3"),
        "{printed}"
    );
    let (code, _, errors) = lab(&["size", "lambda-s3"]);
    assert_eq!((code, errors.lines().count()), (Some(2), 1), "{errors}");
    assert!(
        errors.contains("has no demand of lambda-s3: measure it by `lab bench --profile aws lambda-s3`"),
        "{errors}"
    );
    let (code, printed, _) = lab(&["size", "k8s", "--json"]);
    let sizing: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!((code, sizing["share_held"].is_boolean()), (Some(0), true));
    let (_, demands, _) = lab(&["choose", "--demands"]);
    let demands: choose::Demands = serde_json::from_str(&demands).expect("demands");
    assert_eq!(demands.services.len(), 1);
    assert!(demands.services[0].at[0].warm_cpu_ms > 0.0);
    // What it is named by.
    let runs: Vec<_> = std::fs::read_dir(stage.path(".lab/runs")).expect("runs").flatten().collect();
    let mut codes: Vec<_> =
        runs.iter().map(|run| lab(&["choose", "--run", run.path().to_str().expect("text")]).0).collect();
    codes.sort();
    assert_eq!(codes, [Some(0), Some(2)]);
}

#[test]
fn a_way_is_shown_at_every_size_with_its_knee() {
    let printed = text(&["size", "lambda-javascript-dynamodb", "--built-in"]);
    assert_eq!(printed.matches("← knee |").count(), 2, "{printed}");
    for part in ["x86-64, warm calls and their cost:", "Arm, calls that meet a cold start:", "The knee is ", "waiting"]
    {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let sizing = json(&["size", "lambda-javascript-dynamodb@200"]);
    let steps = rows(&sizing, "steps");
    let own = steps.iter().filter(|step| step["way"] == "lambda-javascript-dynamodb@200").count();
    assert_eq!(own, 1);
    // What public data shows of Node.js: a period is waited for at 128 MB, and hardly at 256.
    let waiting = |way: &str| {
        let step = steps.iter().find(|step| step["way"] == way).expect("a size");
        number(&step["warm"]["waiting_ms"])
    };
    assert!(waiting("lambda-javascript-dynamodb") > 2.0 * waiting("lambda-javascript-dynamodb@256"), "{printed}");
}

#[test]
fn traffic_has_a_table_for_each_pattern_and_the_accounts_limit() {
    let printed = text(&["traffic", "lambda-dynamodb", "--rate", "0.01,1000", "--concurrency", "10", "--built-in"]);
    for part in [
        "`lambda-dynamodb@128`",
        "The account's limit: 10 calls together.",
        "steady:",
        "daily:",
        "spiky:",
        "jump:",
        "`fargate-dynamodb@",
        "`ec2-dynamodb@",
        "provisioned",
        "- 1000 calls/s: its store takes no more writes of one key",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

#[test]
fn bad_input_gets_one_clear_line_and_exit_code_2() {
    for (arguments, wanted) in [
        (&["choose", "--calls", "0"][..], "a whole number from 1 to 1e12"),
        (&["choose", "--p99", "0"], "it is a number above 0"),
        (&["choose", "--p99", "fast"], "it is a number above 0"),
        (&["choose", "--cold-share", "101"], "it is a number from 0 to 100"),
        (&["choose", "--max-usd", "0"], "it is a number above 0"),
        (&["choose", "--languages", "cobol"], "cobol"),
        (&["choose", "--region", "eu-west-9"], "no prices of region `eu-west-9`"),
        (&["choose", "--prices", "2022-01"], "no prices of eu-west-2 dated `2022-01`"),
        (&["choose", "--run", "/no/such/run"], "/no/such/run"),
        (&["choose", "--run", "x", "--built-in"], "--built-in"),
        (&["size", "lamda-s3"], "lambda-s3"),
        (&["size", "lambda-cpp-s3", "--build", "idiomatic"], "lambda-cpp-s3 has no idiomatic build"),
        (&["traffic"], "WAY"),
        (&["traffic", "ec2", "--rate", "0"], "calls a second are a number from 4e-7"),
        (&["traffic", "ec2", "--pattern", "calm"], "calm"),
        (&["traffic", "ec2", "--concurrency", "0"], "0"),
    ] {
        let output = run(arguments);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.lines().any(|line| line.contains(wanted)), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn outside_of_a_checkout_the_built_in_demands_and_prices_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("lab");
    copy_program(env!("CARGO_BIN_EXE_lab").as_ref(), &copy);
    let output =
        std::process::Command::new(&copy).args(["choose"]).current_dir(folder.path()).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Demands of services: built in"));
}

#[test]
fn the_built_in_demands_are_written_as_the_lab_prints_them() {
    let committed = include_str!("../../../choose/demands.json");
    assert_eq!(text(&["choose", "--built-in", "--demands"]), committed);
}
