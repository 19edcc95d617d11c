//! `lab bench`, from the command line to the run folder.

use std::path::Path;

use artifact::Artifacts;
use measure::run::{Outcome, Run, Verdict};
use require::require;

use crate::json_schema::Schema;
use crate::support::{RUST_WAYS, alone, lab, root};

fn committed_schema() -> serde_json::Value {
    let text = std::fs::read_to_string(root().join("bench/lab/run.schema.json")).expect("the committed schema");
    serde_json::from_str(&text).expect("JSON")
}

/// The run in a folder, held against the committed schema.
fn read(folder: &Path) -> Run {
    let text = std::fs::read_to_string(folder.join("run.json")).expect("run.json");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let complaints = Schema::of(committed_schema()).complaints(&json);
    assert!(complaints.is_empty(), "{complaints:#?}");
    let run: Run = serde_json::from_value(json).expect("a run");
    assert_eq!(run, measure::run::read(folder).expect("it is read"));
    run
}

/// The ways of a run as they were measured.
fn measured_order(folder: &Path) -> Vec<String> {
    let records = std::fs::read_to_string(folder.join("records.jsonl")).expect("records");
    let way = |line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["way"].as_str().map(str::to_owned);
    records.lines().map(|line| way(line).expect("a way")).collect()
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let schema = serde_json::to_value(Run::schema()).expect("JSON");
    assert!(
        schema == committed_schema(),
        "bench/lab/run.schema.json is not up to date; it should be:\n{}",
        serde_json::to_string_pretty(&schema).expect("JSON")
    );
}

#[test]
fn a_quick_run_of_the_catalogue_measures_what_this_machine_can_run_and_names_the_others() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    // In each round fifty environments of every function start: of more than one, and the intervals that they make, is runs.rs.
    let arguments = ["bench", "--quick", "--rounds", "1", "--output"];
    let output = lab(&arguments).arg(folder.path()).output().expect("the lab runs");
    let (table, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{table}\n{stderr}");
    let run = read(folder.path());
    assert_eq!(std::fs::read_to_string(folder.path().join("table.md")).expect("table.md"), table);
    assert_eq!(run.rows.len(), 12);
    let order = measured_order(folder.path());
    let (fetched, compiled): (Vec<_>, Vec<_>) = order.iter().partition(|way| way.contains("-python"));
    assert_eq!(
        order,
        [&fetched[..], &compiled[..]].concat().into_iter().cloned().collect::<Vec<_>>(),
        "Python is only fetched"
    );
    assert_eq!(compiled[..3], ["ec2", "fargate", "k8s"], "one program is built for these: their rows come next");
    assert!(RUST_WAYS.iter().all(|way| compiled[..RUST_WAYS.len()].iter().any(|it| it == way)), "{order:?}");
    for row in &run.rows {
        assert!(table.contains(&format!("| {} ", row.way)), "{table}");
        let available = Artifacts::available(row.way.parse().expect("a way"));
        match &row.outcome {
            Outcome::Ran(_) => {
                let (rounds, prediction) = (row.measured(), row.predicted().expect("both profiles ran"));
                assert!(available.is_ok(), "{}", row.way);
                assert_eq!(rounds.len(), 1, "{}", row.way);
                for measurement in &rounds {
                    // Where 50 environments start at once on few processors, an attempt may time out, and what the SDK
                    // repeats skips a number: a few calls' worth, as the contract allows. None is lost or repeated.
                    let account = measurement.exactness.expect("the counter's account");
                    let skipped = match account.verdict() {
                        Verdict::Exact => 0,
                        Verdict::Extra(skipped) => skipped,
                        verdict => panic!("{}: {verdict:?}", row.way),
                    };
                    assert!(skipped * 100 <= account.acknowledged, "{}: {account:?}", row.way);
                    let samples = &measurement.latency.samples;
                    assert_eq!(samples.status.len(), 201, "{}", row.way);
                    assert_eq!(samples.opened_connection.len(), 1, "{}", row.way);
                    assert_eq!(measurement.latency.failed + measurement.concurrency.failed, 0, "{}", row.way);
                    assert!(measurement.latency.summary.p50_ms > 0.0, "{}", row.way);
                    let cold = measurement.cold_start.as_ref().expect("its process started");
                    assert_eq!(cold.total_ms.len(), 3, "{}", row.way);
                    assert!(cold.init_ms.iter().zip(&cold.total_ms).all(|(init, total)| 0.0 < *init && init < total));
                    assert!(measurement.peak_memory_bytes > Some(1 << 20), "{}", row.way);
                    if cfg!(target_os = "linux") {
                        assert!(measurement.conditions.others_cores.is_some(), "{}", row.way);
                    }
                }
                let figures = row.figures().expect("figures");
                for figure in [figures.cold_start_ms, figures.mean_ms, figures.p50_ms, figures.calls_per_second] {
                    assert!(figure.is_some_and(|figure| figure.value > 0.0), "{}", row.way);
                }
                // A prediction has the network's round trip on top, and names how its CPU share was held.
                let fastest_ms = rounds.iter().map(|it| it.latency.summary.min_ms).fold(f64::MAX, f64::min);
                assert!(prediction.latency.summary.p50_ms > fastest_ms, "{}", row.way);
                assert!(prediction.latency.summary.count >= 100_000, "{}", row.way);
                let ([low, high], p50_ms) =
                    (prediction.ranges.expect("ranges").p50_ms, prediction.latency.summary.p50_ms);
                // Where a quota's period decides when a call ends, one end of the range may be the figure itself.
                assert!(low <= p50_ms && p50_ms <= high && low < high, "{}: {low} {p50_ms} {high}", row.way);
                let demand = prediction.demand.as_ref().expect("a demand");
                assert_eq!((demand.init_cpu_ms.len(), demand.call_cpu_ms.len()), (3, 8), "{}", row.way);
                assert!(!prediction.cpu.is_empty(), "{}", row.way);
                assert!(row.cost.as_ref().is_some_and(|cost| cost.usd_per_month + cost.usd_per_million_calls > 0.0));
            }
            Outcome::NotRun { reason } => {
                // The toolchain of these built this test.
                assert!(!RUST_WAYS.contains(&row.way.as_str()), "{}: {reason}", row.way);
                let missing = available.expect_err("it did not run").to_string();
                assert_eq!(&missing, reason, "{}", row.way);
                require::<()>("languages", Err(missing));
                let line = table.lines().find(|line| line.starts_with(&format!("- not run, {reason}: ")));
                assert!(line.is_some_and(|line| line.contains(&format!("`{}`", row.name()))), "{table}");
            }
            Outcome::Failed { reason } => panic!("{}: {reason}", row.way),
        }
    }
}

#[test]
fn the_original_studys_table_is_predicted_row_by_row_with_its_errors() {
    // Not alone: throttled services wait most of the time, and nothing here is compared with a clock.
    let folder = tempfile::tempdir().expect("a folder");
    let output = lab(&["bench", "--quick", "--as-published", "--output"]).arg(folder.path()).output().expect("it runs");
    let (table, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{table}\n{stderr}");
    let run = read(folder.path());
    assert_eq!(run.plan.update, ways::Update::ReadThenWrite);
    assert_eq!(run.rows.len(), 8);
    for row in &run.rows {
        let ran = row.measured().is_empty() && row.predicted().is_some();
        match &row.outcome {
            Outcome::NotRun { reason } => drop(require::<()>("languages", Err(reason))),
            other => assert!(ran, "{}: {other:?}", row.way),
        }
    }
    assert!(table.contains("fitted on") && table.contains("held out"), "{table}");
    assert!(table.contains("Mean absolute error: "), "{table}");
}

#[test]
fn a_way_that_fails_fails_its_row_and_not_the_run() {
    let other_arch = if cfg!(target_arch = "x86_64") { "ec2-arm64" } else { "ec2" };
    let works = if cfg!(target_arch = "x86_64") { "ec2" } else { "ec2-arm64" };
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let output = lab(&["bench", "--quick", "--json", other_arch, works, "--output"])
        .arg(folder.path())
        .output()
        .expect("the lab runs");
    assert_eq!(output.status.code(), Some(1));
    let run: Run = serde_json::from_slice(&output.stdout).expect("a run on stdout");
    assert_eq!(run, read(folder.path()));
    assert!(matches!(&run.rows[0].outcome, Outcome::Failed { reason } if reason.contains("this machine is")));
    assert!(matches!(run.rows[1].outcome, Outcome::Ran(_)));
}

#[test]
fn ways_that_run_the_same_here_are_measured_once_in_each_round() {
    let (measured, alike) = if cfg!(target_arch = "x86_64") {
        ("ec2", "fargate-memory-direct")
    } else {
        ("ec2-arm64", "fargate-memory-direct-arm64")
    };
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["bench", "--quick", "--rounds", "2", measured, alike, "--output"];
    let output = lab(&arguments).arg(folder.path()).output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let run = read(folder.path());
    let [one, other] = [measured, alike].map(|way| run.rows.iter().find(|row| row.way == way).expect("its row"));
    assert_eq!((one.measured().len(), other.measured().len()), (2, 2));
    for (one, other) in one.measured().into_iter().zip(other.measured()) {
        assert_eq!((&one.measured_as, other.measured_as.as_deref()), (&None, Some(measured)));
        assert_eq!((&one.latency, one.conditions), (&other.latency, other.conditions));
    }
    // What AWS adds is each way's own, and so is the note.
    assert_ne!(one.predicted().map(|it| &it.ranges), other.predicted().map(|it| &it.ranges));
    assert_ne!(one.cost, other.cost);
    let table = String::from_utf8_lossy(&output.stdout);
    let note = table.lines().find(|line| line.contains("measured once")).expect("a note");
    assert!(note.contains(&format!("`{alike}`")) && !note.contains(&format!("`{measured}`")), "{note}");
}
