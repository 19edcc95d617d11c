//! What a run shows of its loads: failed calls, rates, rounds, the service that several ways share, open files.

use std::fs;
use std::process::Command;

use measure::run::{Exactness, Outcome, SWEEP, Verdict, Warning, read};

use super::{Stage, stderr, stdout};
use crate::support::{alone, oha, write_program};

#[test]
fn failed_calls_show_in_the_table_the_record_and_the_exit_code() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "fails")]);
    let output = stage.bench(&["ec2"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let table = stdout(&output);
    let row = table.lines().find(|line| line.starts_with("| ec2 ")).expect("a row");
    assert!(row.contains("33.") && row.contains(" % "), "{table}");
    assert!(
        table.contains("- warning, ") && table.contains(" calls failed (") && table.contains(" with 503"),
        "{table}"
    );
    let run = read(&stage.path("run")).expect("a run");
    assert!(run.rows[0].warnings.iter().any(|warning| matches!(warning, Warning::FailedCalls { .. })));
    let latency = &run.rows[0].measured()[0].latency;
    assert!(latency.samples.status.contains(&503) && latency.samples.status.contains(&200));
    // What the failed calls took stands apart from what the others did.
    let [failures] = latency.failures.as_slice() else { panic!("one kind: {:?}", latency.failures) };
    assert_eq!((failures.status, failures.calls), (Some(503), latency.failed));
    assert!(failures.latency.as_ref().is_some_and(|it| it.count == failures.calls && it.p50_ms > 0.0), "{failures:?}");
    let counted = latency.samples.status.iter().filter(|status| **status == 200).count() as u64;
    assert!(counted - latency.summary.count <= 1, "the call that opened the connection is left out, and no other");
}

#[test]
fn a_way_is_loaded_at_a_rate_and_at_shares_of_its_own() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain")]);
    let output = stage.bench(&["ec2", "--sweep"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    assert!(table.contains("Under load:") && table.contains("| knee, calls/s |"), "{table}");
    let run = read(&stage.path("run")).expect("a run");
    let largest = run.rows[0].measured()[0].concurrency.calls_per_second;
    for round in run.rows[0].measured() {
        assert_eq!(round.exactness.map(Exactness::verdict), Some(Verdict::Exact));
        let shares: Vec<_> = round.at_rates.iter().map(|at| at.share.expect("a share")).collect();
        assert_eq!(shares, SWEEP);
        for at in &round.at_rates {
            let wanted = at.share.expect("a share") * largest;
            assert!((at.per_second / wanted - 1.0).abs() < 1e-9, "{} {wanted}", at.per_second);
            // Each connection's first call is made before any is due.
            let (load, due) = (&at.load, (at.per_second * 0.5) as u64);
            assert!((load.acknowledged + load.failed).abs_diff(due.max(1) + 50) <= 1, "{due} {load:?}");
        }
    }
    let figures = run.rows[0].figures().expect("figures");
    assert!(figures.knee_per_second.is_some_and(|knee| figures.at_rates.iter().any(|at| at.per_second == knee)));
    fs::remove_dir_all(stage.path("run")).expect("removed");
    let output = stage.bench(&["ec2", "--rate", "200"]);
    let (table, csv) = (stdout(&output), fs::read_to_string(stage.path("run/table.csv")).expect("table.csv"));
    assert!(table.contains("At 200 calls/s:") && csv.contains(",rate_p99_ms,rate_p99_ms_low,"), "{table}");
    for arguments in
        [&["--rate", "0"][..], &["--rate", "x"], &["--sweep", "--profile", "aws"], &["--sweep", "--target", "aws"]]
    {
        let output = stage.lab(&[&["bench"], arguments].concat()).output().expect("the lab runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_service_is_measured_once_for_all_ways_that_run_it_at_one_share_of_a_processor() {
    let _alone = alone();
    let names = ["ec2", "ec2-alb", "ec2-file"];
    let stage = Stage::new(&names.map(|name| (name, "plain")));
    let arguments = [&["bench", "--quick", "--profile", "aws", "--output", "run"][..], &names].concat();
    let output = stage.lab(&arguments).output().expect("the lab runs");
    assert!(output.status.success(), "{}", stderr(&output));
    let run = read(&stage.path("run")).expect("a run");
    let predicted: Vec<_> = run.rows.iter().map(|row| row.predicted().expect("predicted")).collect();
    assert_eq!(predicted[0].demand, predicted[1].demand);
    assert_ne!(predicted[0].demand, predicted[2].demand);
    // The balancer is in the prediction all the same.
    assert!(predicted[1].latency.summary.p50_ms > predicted[0].latency.summary.p50_ms);
}

#[test]
fn one_round_has_no_interval_and_says_so() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain")]);
    let output = stage.bench(&["ec2", "--rounds", "1"]);
    let (table, csv) = (stdout(&output), fs::read_to_string(stage.path("run/table.csv")).expect("table.csv"));
    assert!(table.contains("no measured figure has an interval: there was one round"), "{table}");
    assert!(!csv.contains("_low") && !table.contains(" ≈ `"), "{csv}");
    let run = read(&stage.path("run")).expect("a run");
    assert_eq!(run.rows[0].measured()[0].latency.samples.status.len(), 201);
    for (arguments, word) in [(&["--rounds", "0"][..], "0"), (&["--rounds", "3", "--profile", "aws"], "--rounds")] {
        let output = stage.lab(&[&["bench", "ec2"], arguments].concat()).output().expect("the lab runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
}

#[test]
fn a_soft_limit_on_open_files_is_raised() {
    let _alone = alone();
    let stage = Stage::new(&[("fargate", "plain")]);
    // Fifty callers through a balancer take more than a hundred files.
    let script = stage.path("few.sh");
    write_program(&script, r#"ulimit -Sn 100; exec "$@""#);
    let output = Command::new(&script)
        .arg(env!("CARGO_BIN_EXE_lab"))
        .args(["bench", "--quick", "--profile", "bare", "--output", "run", "fargate"])
        .env("LAB_ARTIFACTS", stage.path("artifacts.json"))
        .env("LAB_OHA", oha())
        .current_dir(stage.path(""))
        .output()
        .expect("the lab runs");
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let run = read(&stage.path("run")).expect("a run");
    assert!(matches!(run.rows[0].outcome, Outcome::Ran(_)));
    assert_eq!(run.rows[0].failed_calls().0, 0);
}
