//! The life of a run: kept record by record, interrupted, resumed, never shared, and shown in every format. Its services
//! are servers of a few lines, so that no build is waited for. What their loads show is in `loads`.

mod loads;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use measure::run::{Outcome, Run, read};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{alone, lab, oha, until};

const BOUND: Duration = Duration::from_secs(60);

/// A folder with servers of our own in place of ways.
pub(crate) struct Stage(TempDir);

impl Stage {
    pub(crate) fn new(ways: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/server_stand_in.py");
        let entry = |mode: &str| {
            let entrypoint = json!({ "program": "/usr/bin/python3", "args": [server, mode, root.path()], "env": {} });
            json!({ "package": server, "entrypoint": entrypoint })
        };
        let artifacts: serde_json::Map<_, _> =
            ways.iter().map(|(way, mode)| ((*way).to_owned(), entry(mode))).collect();
        fs::write(root.path().join("artifacts.json"), json!(artifacts).to_string()).expect("written");
        Self(root)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn lab(&self, arguments: &[&str]) -> Command {
        let mut command = lab(arguments);
        command.env("LAB_ARTIFACTS", self.path("artifacts.json")).env("LAB_OHA", oha()).current_dir(self.0.path());
        command
    }

    /// A quick run of ways, kept in the folder `run`.
    fn bench(&self, arguments: &[&str]) -> Output {
        self.lab(&[&["bench", "--quick", "--profile", "bare", "--output", "run"], arguments].concat())
            .output()
            .expect("the lab runs")
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ways(run: &Run) -> Vec<&str> {
    run.rows.iter().map(|row| row.way.as_str()).collect()
}

#[test]
fn the_true_reason_of_a_failure_is_printed() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "closes"), ("ec2-file", "dies")]);
    let output = stage.bench(&["ec2", "ec2-file"]);
    assert_eq!(output.status.code(), Some(1));
    let table = stdout(&output);
    assert!(table.contains("it closes its connections: 68 calls were acknowledged"), "{table}");
    assert!(table.contains("68 got no answer: ") && table.contains("onnection refused"), "{table}");
}

#[test]
fn a_run_is_kept_in_every_format_and_printed_again_in_each() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain"), ("k8s", "plain")]);
    // A way that is named twice is measured once.
    let output = stage.bench(&["ec2", "k8s", "ec2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = read(&stage.path("run")).expect("a run");
    assert_eq!(ways(&run), ["ec2", "k8s"]);
    assert!(run.rows.iter().all(|row| row.cost.is_some() && row.took_s > 0.0));
    let rounds = run.rows[0].measured();
    assert_eq!((rounds.len(), run.plan.rounds), (3, 3));
    // Readers of earlier versions find a round where they look for one.
    let json: serde_json::Value = serde_json::to_value(&run).expect("JSON");
    let outcome = &json["rows"][0]["outcome"];
    let text = fs::read_to_string(stage.path("run/run.json")).expect("run.json");
    assert!(!text.contains("-0.0,") && !text.contains("-0.0]"), "no time is below zero");
    assert_eq!(outcome["measured"]["exactness"]["failed"], 0);
    assert_eq!(outcome["later_rounds"].as_array().map(Vec::len), Some(2));
    for round in &rounds {
        let load = &round.concurrency;
        let (window, generator, service) = (load.window_s, load.generator_cores, load.service_cpu_s);
        // A third of a second is planned, and never more is counted; a busy machine may take it for opening connections.
        assert!(window > Some(0.0) && window < Some(0.34), "{window:?}");
        assert!(generator.is_some() && service.is_some(), "{generator:?} {service:?}");
    }
    assert!(measure::run::calls_per_cpu_second(&rounds).is_some());
    let figures = run.rows[0].figures().expect("figures");
    for figure in [figures.cold_start_ms, figures.mean_ms, figures.p50_ms, figures.p99_ms, figures.calls_per_second] {
        let figure = figure.expect("a figure");
        let [low, high] = figure.ci95.expect("three rounds carry an interval");
        assert!(low < figure.value && figure.value < high && figure.rounds.len() == 3, "{figure:?}");
    }
    let files = [("markdown", "table.md"), ("csv", "table.csv"), ("json", "table.json"), ("html", "report.html")];
    for (format, file) in files {
        let printed = stage.lab(&["report", "run", "--format", format]).output().expect("the lab runs");
        assert_eq!(stdout(&printed), fs::read_to_string(stage.path("run").join(file)).expect(file), "{format}");
    }
    assert_eq!(stdout(&output), fs::read_to_string(stage.path("run/table.md")).expect("table.md"));
    let csv = fs::read_to_string(stage.path("run/table.csv")).expect("table.csv");
    assert!(csv.starts_with("name,build,here_cold_p50_ms,here_cold_p50_ms_low,here_cold_p50_ms_high,"), "{csv}");
    // The records alone are a run too.
    fs::remove_file(stage.path("run/run.json")).expect("removed");
    let together = read(&stage.path("run")).expect("a run");
    assert!(together == run, "the records make another run than run.json");
    let output = stage.lab(&["report", "artifacts.json"]).output().expect("the lab runs");
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(2), 1), "{}", stderr(&output));
}

#[test]
fn an_interrupted_run_keeps_what_it_has_and_goes_on() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain"), ("k8s", "hangs later")]);
    let arguments = ["bench", "--quick", "--profile", "bare", "--output", "run", "ec2", "k8s"];
    let child = stage.lab(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the lab runs");
    let records = stage.path("run/records.jsonl");
    // The rounds are interleaved: in the second one the second way hangs.
    until("the second way is called in the second round", BOUND, || {
        stage.path("hanging").exists() && fs::read_to_string(&records).is_ok_and(|text| text.lines().count() == 3)
    });
    // While it runs, the folder is its own.
    let output = stage.lab(&["bench", "--resume", "run"]).output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("another lab is writing run"), "{}", stderr(&output));
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("an id")).expect("an id");
    kill_process(pid, Signal::INT).expect("interrupted");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let (table, errors) = (stdout(&output), stderr(&output));
    assert!(errors.contains("3 of 6 measurements are made; go on with `lab bench --resume run`"), "{errors}");
    assert!(table.contains("| ec2 "), "{table}");
    assert!(table.contains("- measured in 2 of 3 rounds, the run was interrupted: `ec2 (tuned)`"), "{table}");
    assert!(table.contains("- measured in 1 of 3 rounds, the run was interrupted: `k8s (tuned)`"), "{table}");
    let interrupted = read(&stage.path("run")).expect("a run");
    let rounds = |run: &Run| run.rows.iter().map(|row| (row.way.clone(), row.measured().len())).collect::<Vec<_>>();
    assert_eq!(rounds(&interrupted), [("ec2".to_owned(), 2), ("k8s".to_owned(), 1)]);
    assert_eq!(interrupted.missing, ["ec2 (tuned)", "k8s (tuned)"]);

    // Now it answers. A record that was cut off in the middle is measured again.
    fs::write(stage.path("answer"), "").expect("written");
    let cut_off = fs::read_to_string(&records).expect("records") + "{\"way\":\"k8s\",\"dura";
    fs::write(&records, cut_off).expect("written");
    let output = stage.lab(&["bench", "--resume", "run"]).output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = read(&stage.path("run")).expect("a run");
    assert_eq!(rounds(&run), [("ec2".to_owned(), 3), ("k8s".to_owned(), 3)]);
    assert_eq!(run.missing.len(), 0);
    let lines = fs::read_to_string(&records).expect("records");
    let order: Vec<_> =
        lines.lines().map(|line| if line.contains("\"way\":\"ec2\"") { "ec2" } else { "k8s" }).collect();
    assert_eq!(order, ["ec2", "k8s", "ec2", "k8s", "ec2", "k8s"]);
    let samples = |run: &Run| run.rows[0].measured()[0].latency.samples.clone();
    assert!(samples(&run) == samples(&interrupted), "a record that was there was measured again");
}

#[test]
fn a_way_that_breaks_in_a_later_round_fails_and_is_not_tried_again() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "dies later"), ("k8s", "plain")]);
    let output = stage.bench(&["ec2", "k8s"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let run = read(&stage.path("run")).expect("a run");
    assert!(
        matches!(&run.rows[0].outcome, Outcome::Failed { reason } if reason.starts_with("in round 2: ")),
        "{run:?}"
    );
    assert_eq!((run.rows[0].rounds, run.rows[1].measured().len(), run.missing.len()), (2, 3, 0));
    let records = fs::read_to_string(stage.path("run/records.jsonl")).expect("records");
    assert_eq!(records.lines().count(), 5);
}

#[test]
fn a_function_that_cant_be_started_fails_with_lambdas_reason() {
    let _alone = alone();
    let stage = Stage::new(&[]);
    // Its interpreter is missing.
    let script = "import sys, zipfile; info = zipfile.ZipInfo('bootstrap'); info.external_attr = 0o100755 << 16; \
                  zipfile.ZipFile(sys.argv[1], 'w').writestr(info, '#!/no/such/interpreter')";
    let package = stage.path("function.zip");
    let zipped = Command::new("/usr/bin/python3").args(["-c", script]).arg(&package).status().expect("Python runs");
    assert!(zipped.success());
    let artifacts = json!({ "lambda-dynamodb": { "package": package, "entrypoint": null } });
    fs::write(stage.path("artifacts.json"), artifacts.to_string()).expect("written");
    let output = stage.bench(&["lambda-dynamodb"]);
    let table = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{table}");
    assert!(table.contains("Runtime.InvalidEntrypoint: ") && table.contains("bootstrap"), "{table}");
}

#[test]
fn the_temporary_folders_of_a_killed_lab_are_removed_by_the_next() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2-file", "hangs")]);
    let temporary = stage.path("temporary");
    fs::create_dir(&temporary).expect("made");
    let bench = |output: &str| {
        let mut command = stage.lab(&["bench", "--quick", "--profile", "bare", "ec2-file", "--output", output]);
        command.env("TMPDIR", &temporary).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut killed = bench("one").spawn().expect("the lab runs");
    until("the way is called", BOUND, || stage.path("hanging").exists());
    killed.kill().expect("killed");
    killed.wait().expect("it ends");
    assert_eq!(fs::read_dir(&temporary).expect("read").count(), 1);
    fs::write(stage.path("answer"), "").expect("written");
    assert!(bench("two").status().expect("the lab runs").success());
    assert_eq!(fs::read_dir(&temporary).expect("read").count(), 0);
}

#[test]
fn a_run_that_is_interrupted_before_its_first_record_leaves_no_folder() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "hangs")]);
    let arguments = ["bench", "--quick", "--profile", "bare", "--output", "runs/one", "ec2"];
    let child = stage.lab(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the lab runs");
    until("the way is called", BOUND, || stage.path("hanging").exists());
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("an id")).expect("an id");
    kill_process(pid, Signal::TERM).expect("ended");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nothing was measured, and nothing is stored"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(stage.path("runs")).expect("the parent").count(), 0);
}

#[test]
fn a_run_in_which_nothing_ran_is_a_failure_and_leaves_no_folder() {
    let stage = Stage::new(&[]);
    let output = stage.bench(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nothing was measured"), "{}", stderr(&output));
    assert!(!stage.path("run").exists());
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let stage = Stage::new(&[("ec2", "plain")]);
    fs::create_dir(stage.path("run")).expect("made");
    fs::write(stage.path("run/run.json"), "{}").expect("written");
    let output = stage.bench(&["ec2"]);
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(2), 1), "{}", stderr(&output));
    assert!(stderr(&output).contains("run is not empty"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(stage.path("run/run.json")).expect("kept"), "{}");
    for arguments in [&["bench", "--resume", "run"][..], &["bench", "--resume", "nowhere"], &["report", "nowhere"]] {
        let output = stage.lab(arguments).output().expect("the lab runs");
        assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(2), 1), "{}", stderr(&output));
    }
}

#[test]
fn two_runs_of_one_second_are_both_kept() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain"), ("k8s", "plain")]);
    fs::write(stage.path("ways.toml"), "").expect("the mark of a checkout");
    let begin = |way| {
        let mut command = stage.lab(&["bench", "--quick", "--profile", "bare", way]);
        (way, command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the lab runs"))
    };
    for (way, run) in [begin("ec2"), begin("k8s"), begin("ec2")] {
        let output = run.wait_with_output().expect("it ends");
        assert!(output.status.success());
        // The last line names the folder and nothing else: programs read it.
        let words = String::from_utf8(output.stderr).expect("text");
        let folder = words.lines().last().and_then(|line| line.strip_prefix("Kept in ")).expect(&words);
        assert_eq!(read(&stage.path(folder)).expect("a run").rows[0].way, way);
    }
    assert_eq!(fs::read_dir(stage.path(".lab/runs")).expect("runs").count(), 3);
}

#[test]
fn a_full_disk_under_stderr_loses_no_run() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain")]);
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut command = stage.lab(&["bench", "--quick", "--profile", "bare", "--output", "run", "ec2"]);
    let output = command.stderr(full).output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(ways(&read(&stage.path("run")).expect("a run")), ["ec2"]);
}
