//! `lab cost`, from the command line to the tables and the JSON.

use std::process::Output;

use artifact::oha::OHA_VERSION;
use measure::run::{
    ColdStart, Conditions, Environment, Exactness, Lab, Load, Measurement, Outcome, Plan, Ran, Record, Run,
    SCHEMA_VERSION, Samples, Series,
};
use measure::stats::Summary;
use serde_json::Value;

use crate::support::{lab, root};

fn run(arguments: &[&str]) -> Output {
    lab(&[&["cost"], arguments].concat()).output().expect("the lab runs")
}

fn text(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&text(&[arguments, &["--json"]].concat())).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn the_catalogue_is_costed_with_break_evens_and_the_cheapest_of_each_decade() {
    let printed = text(&["--calls", "5000000"]);
    assert!(printed.contains("$/month at 5,000,000 calls"), "{printed}");
    for row in ways::model().catalogue() {
        assert!(printed.contains(&format!("| {} ", row.way)), "{printed}");
    }
    for decade in ["1,000 ", "10,000 ", "100,000 ", "1,000,000 ", "10,000,000 ", "100,000,000 ", "1,000,000,000 "] {
        assert!(printed.lines().any(|line| line.starts_with(&format!("| {decade}"))), "{decade}: {printed}");
    }
    assert!(printed.contains("Break-even"), "{printed}");
}

#[test]
fn the_json_has_what_the_text_has_and_its_items_add_up() {
    let report = json(&["lambda-dynamodb", "ec2-dynamodb", "--calls", "5e6"]);
    assert_eq!((&report["region"], &report["calls_per_month"]), (&"eu-west-2".into(), &5e6.into()));
    for row in report["rows"].as_array().expect("rows") {
        let items = row["at_calls"]["items"].as_array().expect("items");
        let sum: f64 = items.iter().map(|item| number(&item["usd"])).sum();
        assert!(sum > 0.0 && (sum - number(&row["at_calls"]["usd"])).abs() < 1e-9, "{row}");
        assert_eq!(row["basis"], "assumed");
    }
    let points = report["break_evens"].as_array().expect("break-evens");
    assert_eq!(
        (points.len(), &points[0]["below"], &points[0]["above"]),
        (1, &"lambda-dynamodb".into(), &"ec2-dynamodb".into())
    );
    assert_eq!(report["cheapest"].as_array().expect("decades").len(), 7);
}

#[test]
fn items_are_shown_on_request() {
    let printed = text(&["lambda-s3", "--items"]);
    for item in ["S3 PUT", "S3 GET", "HTTP API requests", "duration", "log lines"] {
        assert!(printed.contains(&format!("| {item} ")), "{printed}");
    }
    assert!(text(&["ec2", "--items"]).contains(" 0.0118 |"), "a price without steps is shown as it is listed");
    assert!(!text(&["lambda-s3"]).contains("S3 PUT"));
}

#[test]
fn what_cant_be_served_is_said_and_not_priced() {
    let printed = text(&["ec2-python", "k8s-python-dynamodb", "--calls", "1e9"]);
    assert!(
        printed.contains(
            "`ec2-python` at 1,000,000,000 calls: one instance can't serve this, and its store can't be shared"
        ),
        "{printed}"
    );
    let report = json(&["ec2-python", "k8s-python-dynamodb", "--calls", "1e9"]);
    assert!(report["rows"][0]["at_calls"]["usd"].is_null());
    assert_eq!(report["rows"][1]["at_calls"]["instances"], 4);
}

#[test]
fn the_original_studys_column_is_made_again_beside_what_its_code_deploys() {
    let printed = text(&["--as-published"]);
    for (way, figures) in [
        ("fargate-python", ["3.11", "3.11", "10.36", "19.32"]),
        ("k8s-python", ["22.63", "22.63", "46.18", "19.32"]),
        ("lambda-python-s3", ["7.16", "7.16", "7.33", "–"]),
    ] {
        let line = printed.lines().find(|line| line.starts_with(&format!("| {way} "))).expect(way);
        for figure in figures {
            assert!(line.contains(&format!(" {figure} ")), "{figure}: {line}");
        }
    }
    assert_eq!(json(&["--as-published"]).as_array().expect("rows").len(), 8);
}

#[test]
fn bad_input_gets_one_clear_line_and_exit_code_2() {
    for (arguments, wanted) in [
        (&["--calls", "0"][..], "a whole number from 1 to 1e12"),
        (&["--calls", "1.5"], "a whole number from 1 to 1e12"),
        (&["--calls", "many"], "a whole number from 1 to 1e12"),
        (&["--calls", "inf"], "a whole number from 1 to 1e12"),
        (&["--calls", "1e13"], "a whole number from 1 to 1e12"),
        (&["--prices", "2022-01"], "no prices of eu-west-2 dated `2022-01`: there are 2021-12, 2026-10"),
        (&["--prices", "new"], "no prices of eu-west-2 dated `new`: there are 2021-12, 2026-10"),
        (&["--region", "eu-west-9"], "no prices of region `eu-west-9`: there are "),
        (&["--run", "/no/such.json"], "/no/such.json"),
        (&["--run", "ways.toml"], "ways.toml"),
        (&["ec2-dynamo"], "ec2-dynamodb"),
        (&["--as-published", "--calls", "5"], "--as-published"),
        (&["--prices", "2021-12", "lambda-s3-function-url"], "the price `function_url_request` is not known"),
    ] {
        let output = run(arguments);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.lines().next().expect("a line").contains(wanted), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// A run in which every way answers so many calls a second on two processors, and initialises in 80 ms.
pub(crate) fn a_run(ways: &[&str], calls_per_second: f64, service_cpu_s: Option<f64>) -> Run {
    let summary = Summary::of(&[std::time::Duration::from_millis(1)]).expect("a sample");
    let load = |connections| Load {
        connections,
        summary: summary.clone(),
        samples: Samples { every: 1, duration_us: vec![1000.0], status: vec![200], ..Samples::default() },
        acknowledged: 400,
        failed: 0,
        failures: Vec::new(),
        calls_per_second,
        window_s: Some(1.0),
        generator_cores: None,
        service_cpu_s,
        body_bytes: None,
    };
    let measurement = Measurement {
        cold_start: Some(ColdStart { summary: summary.clone(), total_ms: vec![90.0], init_ms: vec![70.0, 90.0] }),
        latency: load(1),
        concurrency: load(50),
        at_rates: Vec::new(),
        exactness: Some(Exactness { acknowledged: 1, counted: 1, failed: 0 }),
        own: None,
        peak_memory_bytes: None,
        measured_as: None,
        conditions: Conditions::default(),
    };
    let row = |way: &&str| Record {
        way: (*way).to_owned(),
        build: None,
        deployment: None,
        stands_for: None,
        rounds: 1,
        took_s: 1.0,
        warnings: Vec::new(),
        title: String::new(),
        durable: true,
        published_average_ms: None,
        cost: None,
        outcome: Outcome::Ran(Ran { artifact: None, series: vec![Series::Measured(measurement.clone())] }),
    };
    Run {
        app: None,
        schema_version: SCHEMA_VERSION,
        started_at: "2026-11-25T00:00:00Z".to_owned(),
        duration_s: 1.0,
        lab: Lab::read(&root(), OHA_VERSION),
        environment: Environment { processors: 2, ..Environment::read() },
        plan: Plan { rounds: 1, ..Plan::quick() },
        shard: None,
        merged: None,
        rows: ways.iter().map(row).collect(),
        missing: Vec::new(),
    }
}

#[test]
fn a_run_says_what_one_vcpu_serves_and_how_long_functions_initialise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.json");
    let run = a_run(&["fargate-python-dynamodb", "lambda-dynamodb"], 400.0, None);
    std::fs::write(&path, serde_json::to_vec(&run).expect("JSON")).expect("a file");
    let path = path.to_str().expect("text");
    let report = json(&["fargate-python-dynamodb", "lambda-dynamodb", "k8s", "--calls", "1e8", "--run", path]);
    let rows = report["rows"].as_array().expect("rows");
    let bases: Vec<_> = rows.iter().map(|row| row["basis"].as_str().expect("text")).collect();
    assert_eq!(bases, ["run", "run", "assumed"]);
    // 200 calls a second of one vCPU, 25 of a quarter at half its use; 10⁸ a month are 38.
    assert_eq!(number(&rows[0]["usage"]["calls_per_vcpu_second"]), 200.0);
    assert_eq!(rows[0]["at_calls"]["instances"], 2);
    assert_eq!(number(&rows[1]["usage"]["init_ms"]), 80.0);
    // A bare run's latency is this machine's, not AWS's.
    assert_eq!(number(&rows[1]["usage"]["duration_ms"]), 6.5);
}

/// The report of some ways by a run.
fn by(run: &Run, arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.json");
    std::fs::write(&path, serde_json::to_vec(run).expect("JSON")).expect("a file");
    json(&[arguments, &["--run", path.to_str().expect("text")]].concat())
}

#[test]
fn a_server_with_one_thread_is_not_charged_for_the_processors_that_it_left_idle() {
    // 400 calls in half a second of processor time, on a machine with two processors.
    let run = a_run(&["fargate-python-dynamodb"], 400.0, Some(0.5));
    let report = by(&run, &["fargate-python-dynamodb"]);
    assert_eq!(number(&report["rows"][0]["usage"]["calls_per_vcpu_second"]), 800.0);
}

#[test]
fn a_run_that_read_then_wrote_is_charged_for_the_reads() {
    let mut run = a_run(&["fargate-dynamodb"], 400.0, None);
    let usd = |run: &Run, way: &str| number(&by(run, &[way])["rows"][0]["usd_per_million_calls"]);
    let atomic = ["fargate-dynamodb", "lambda-dynamodb"].map(|way| usd(&run, way));
    run.plan.update = ways::Update::ReadThenWrite;
    // Also a way that is not in the run: costs that stand beside each other are of one update.
    let lossy = ["fargate-dynamodb", "lambda-dynamodb"].map(|way| usd(&run, way));
    assert!(atomic.iter().zip(&lossy).all(|(atomic, lossy)| lossy > atomic), "{atomic:?} {lossy:?}");
    let report = by(&run, &["lambda-dynamodb"]);
    assert_eq!(report["rows"][0]["usage"]["update"], "read-then-write");
}

#[test]
fn a_run_with_figures_that_cant_be_is_refused_by_their_names() {
    let good = serde_json::to_value(a_run(&["fargate-python-dynamodb"], 400.0, None)).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.json");
    let measured = "/rows/0/outcome/measured";
    for (at, value, wanted) in [
        ("/schema_version".to_owned(), Value::from(999), "schema version 999: this lab reads 1 to 3"),
        ("/schema_version".to_owned(), Value::from(0), "schema version 0: this lab reads 1 to 3"),
        ("/environment/processors".to_owned(), Value::from(0), "environment.processors is 0"),
        ("/plan/rounds".to_owned(), Value::from(0), "plan.rounds is 0"),
        (format!("{measured}/concurrency/calls_per_second"), Value::from(-1), "concurrency.calls_per_second is -1"),
        (format!("{measured}/concurrency/calls_per_second"), Value::from(0), "concurrency.calls_per_second is 0"),
        (format!("{measured}/cold_start/init_ms/0"), Value::from(-5), "fargate-python-dynamodb: cold_start is -5"),
        (format!("{measured}/latency/samples/status"), Value::from(vec![200, 200]), "columns of different lengths"),
    ] {
        let mut false_run = good.clone();
        *false_run.pointer_mut(&at).expect("a field") = value;
        std::fs::write(&path, false_run.to_string()).expect("a file");
        let output = run(&["--run", path.to_str().expect("text")]);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{at}: {stderr}");
        assert!(stderr.contains(wanted), "{at}: {stderr}");
    }
}

#[test]
fn runs_of_earlier_versions_are_still_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/run_version_1.json");
    let run = measure::run::read(path.as_ref()).expect("it is read");
    let load = &run.rows[0].measured()[0].latency;
    assert_eq!((load.samples.status.as_slice(), load.summary.mean_ci95_ms), ([200, 200].as_slice(), None));
    assert_eq!(run.rows[1].name(), "one");
    let report = json(&["ec2-python", "lambda-dynamodb", "--run", path]);
    // 13,000 calls a second on two processors; the duration that Lambda reported.
    assert_eq!(number(&report["rows"][0]["usage"]["calls_per_vcpu_second"]), 6_500.0);
    assert_eq!(number(&report["rows"][1]["usage"]["duration_ms"]), 4.0);

    // Version 2 has what was measured without its rounds, and a plan without them.
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = serde_json::to_value(&run).expect("JSON");
    run["schema_version"] = Value::from(2);
    run["plan"].as_object_mut().expect("a plan").remove("rounds");
    for row in run["rows"].as_array_mut().expect("rows") {
        row.as_object_mut().expect("a row").remove("rounds");
        let outcome = row["outcome"].as_object_mut().expect("an outcome");
        outcome.remove("figures");
        outcome.remove("later_rounds");
    }
    let path = folder.path().join("run.json");
    std::fs::write(&path, run.to_string()).expect("written");
    let read = measure::run::read(&path).expect("it is read");
    assert_eq!((read.plan.rounds, read.rows[0].rounds, read.rows[0].measured().len()), (1, 1, 1));
    let figures = read.rows[0].figures().expect("figures");
    assert_eq!(figures.p50_ms.expect("a median").ci95, None);

    // So are the records of a run of version 2 that was interrupted.
    let folder = folder.path().join("interrupted");
    std::fs::create_dir(&folder).expect("made");
    let mut begun = serde_json::Map::new();
    for field in ["schema_version", "started_at", "lab", "environment", "plan"] {
        begun.insert(field.to_owned(), run[field].clone());
    }
    let request = serde_json::json!({ "target": "here", "named": true, "names": ["ec2-python", "k8s"] });
    begun.insert("request".to_owned(), request);
    std::fs::write(folder.join("begun.json"), Value::from(begun).to_string()).expect("written");
    std::fs::write(folder.join("records.jsonl"), format!("{}\n", run["rows"][0])).expect("written");
    let interrupted = measure::run::read(&folder).expect("it is read");
    assert_eq!((interrupted.rows.as_slice(), interrupted.missing), (&read.rows[..1], vec!["k8s".to_owned()]));
}
