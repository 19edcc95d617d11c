//! Many runs: listed without their samples being read, and queried and archived by programs that know no lab. Runs of every
//! version are among them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::run::{Run, Samples, read};
use require::require;
use serde_json::{Value, json};

use crate::support::{lab, root};

/// Runs as each version of the format has them, with the names of their folders.
const FIXTURES: [(&str, &str, u32); 3] = [
    ("2026-10-01T00-00-00Z", "run_version_1.json", 1),
    ("2026-11-01T00-00-00Z", "run_version_2.json", 2),
    ("2026-11-28T00-00-00Z", "report/run.json", 3),
];

/// A folder of run folders.
fn folder() -> (tempfile::TempDir, Vec<(String, Run)>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut runs = Vec::new();
    for (name, fixture, version) in FIXTURES {
        let run = folder.path().join(name);
        fs::create_dir(&run).expect("made");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(fixture);
        let json: Value = serde_json::from_slice(&fs::read(&fixture).expect("a fixture")).expect("JSON");
        assert_eq!(json["schema_version"], version, "{name}");
        fs::copy(&fixture, run.join("run.json")).expect("copied");
        runs.push((name.to_owned(), read(&run).expect("every version is read")));
    }
    (folder, runs)
}

fn stdout(arguments: &[&str]) -> String {
    let output = lab(arguments).output().expect("the lab runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn runs_are_listed_with_machine_commit_ways_and_state() {
    let (folder, runs) = folder();
    let place = folder.path().to_str().expect("text");
    // One that was never put together, one that can't be read, and what is no run.
    let interrupted = folder.path().join("2026-11-29T00-00-00Z");
    fs::create_dir(&interrupted).expect("made");
    fs::write(interrupted.join("records.jsonl"), "").expect("written");
    fs::write(interrupted.join("begun.json"), "{").expect("written");
    fs::create_dir(folder.path().join("other")).expect("made");
    let table = stdout(&["runs", "--folder", place]);
    let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {table}"));
    for (name, run) in &runs {
        let ran = run.rows.iter().filter(|row| row.ran().is_some()).count();
        for part in [run.started_at.clone(), format!(" {ran}"), "whole".to_owned()] {
            assert!(row(name).contains(&part), "{part}: {table}");
        }
        assert!(row(name).contains(run.environment.cpu_model.as_deref().unwrap_or("not stated")), "{table}");
    }
    assert!(row("2026-11-29").contains("unreadable: ") && !table.contains("other"), "{table}");
    let listed: Value = serde_json::from_str(&stdout(&["runs", "--folder", place, "--json"])).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(4));
    assert_eq!(listed[2]["summary"]["ran"], json!(runs[2].1.rows.iter().filter(|row| row.ran().is_some()).count()));
}

#[test]
fn a_summary_is_of_one_run_json_only() {
    let (folder, _) = folder();
    let run = folder.path().join(FIXTURES[2].0);
    let listed = |expected: &str| {
        let table = stdout(&["runs", "--folder", folder.path().to_str().expect("text")]);
        assert!(table.contains(expected), "{expected}: {table}");
    };
    let mut summary: Value =
        serde_json::from_str(&stdout(&["runs", "--json", "--folder", folder.path().to_str().expect("text")]))
            .expect("JSON");
    let mut summary = summary[2]["summary"].take();
    summary["missing"] = json!(7);
    fs::write(run.join("summary.json"), summary.to_string()).expect("written");
    listed("interrupted, 7 missing");
    // Another run.json than the one that it is of.
    let text = fs::read_to_string(run.join("run.json")).expect("a run");
    fs::write(run.join("run.json"), text + " ").expect("written");
    let table = stdout(&["runs", "--folder", folder.path().to_str().expect("text")]);
    assert!(!table.contains("missing"), "{table}");
}

#[test]
fn what_is_no_archive_is_refused() {
    let (folder, _) = folder();
    let full = folder.path().to_str().expect("text");
    let archive = folder.path().join("archive");
    for (arguments, reason) in [
        (vec!["runs", "--folder", "/nowhere"], "can't read /nowhere"),
        (vec!["runs", "export", "--parquet", full, "--folder", full], "is not empty"),
        (vec!["runs", "export"], "--parquet"),
    ] {
        let output = lab(&arguments).env("LAB_DUCKDB", "/bin/cat").output().expect("the lab runs");
        let reasons = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {reasons}");
        assert!(reasons.contains(reason), "{arguments:?}: {reasons}");
    }
    let mut without = lab(&["runs", "export", "--folder", full, "--parquet", archive.to_str().expect("text")]);
    let output = without.env("PATH", "/nowhere").env_remove("LAB_DUCKDB").output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("pip install duckdb-cli"), "{output:?}");
    assert!(!archive.exists());
}

/// A python3 that has DuckDB, pandas and Polars: `LAB_DUCKDB_PYTHON`, or the system's.
fn python() -> Result<PathBuf, &'static str> {
    let named = std::env::var_os("LAB_DUCKDB_PYTHON").map(PathBuf::from);
    let has_all = |python: &PathBuf| {
        let tried = Command::new(python).args(["-c", "import duckdb, pandas, polars, pyarrow"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let candidates = [named, Some("python3".into())];
    candidates
        .into_iter()
        .flatten()
        .find(has_all)
        .ok_or("set LAB_DUCKDB_PYTHON to a python3 with the packages of bench/lab/tests/requirements.txt (PyPI)")
}

/// What the acknowledged calls over an open connection took, in rising order.
fn latencies_us(samples: &Samples) -> Vec<f64> {
    let calls = (0..).zip(samples.duration_us.iter().zip(&samples.status));
    let kept = calls.filter(|(index, (_, status))| **status == 200 && !samples.opened_connection.contains(index));
    let mut us: Vec<f64> = kept.map(|(_, (us, _))| *us).collect();
    us.sort_by(f64::total_cmp);
    us
}

#[test]
fn duckdb_pandas_and_polars_find_what_the_lab_reads() {
    let Some(python) = require("duckdb", python()) else { return };
    let (folder, runs) = folder();
    let place = folder.path().to_str().expect("text");
    let work = tempfile::tempdir().expect("a folder");
    let file = |name: &str| work.path().join(name);
    fs::create_dir(file("archive")).expect("made");
    fs::write(file("views.sql"), stdout(&["runs", "--sql", "--folder", place])).expect("written");
    let export = ["runs", "export", "--sql", "--folder", place, "--parquet"];
    let archive = file("archive");
    fs::write(file("export.sql"), stdout(&[&export[..], &[archive.to_str().expect("text")]].concat()))
        .expect("written");

    let mut expected = json!({ "runs": [], "rounds": [], "figures": [], "cold_starts": 0, "calls": 0, "months": 2 });
    let mut add = |list: &str, item: Value| expected[list].as_array_mut().expect("a list").push(item);
    let (mut cold_starts, mut calls) = (0, 0);
    for ((name, run), (.., version)) in runs.iter().zip(FIXTURES) {
        add("runs", json!({ "run": name, "version": version, "ways": run.rows.len() }));
        for row in &run.rows {
            for (round, it) in (1..).zip(row.measured()) {
                let latencies = latencies_us(&it.latency.samples);
                let rank = |percent: usize| latencies[(latencies.len() * percent).div_ceil(100) - 1];
                add(
                    "rounds",
                    json!({ "run": name, "way": row.way, "build": row.build, "round": round, "count": latencies.len(), "p50_us": rank(50),
                        "p99_us": rank(99) }),
                );
                cold_starts += it.cold_start.as_ref().map_or(0, |cold| cold.total_ms.len());
                calls += [&it.latency, &it.concurrency].iter().map(|load| load.samples.status.len()).sum::<usize>();
            }
            if let Some(p50) = row.figures().and_then(|figures| figures.p50_ms) {
                add("figures", json!({ "run": name, "way": row.way, "build": row.build, "p50_ms": p50.value }));
            }
        }
    }
    (expected["cold_starts"], expected["calls"]) = (json!(cold_starts), json!(calls));
    fs::write(file("expected.json"), expected.to_string()).expect("written");
    let mut queried = Command::new(python);
    queried.arg(root().join("bench/lab/tests/it/runs_queried.py"));
    queried.args([file("views.sql"), file("export.sql"), archive, file("expected.json")]);
    let output = queried.output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
