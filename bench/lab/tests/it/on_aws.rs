//! `lab bench --target aws`: a deployment's folder, whose URL is a way in the local cloud, and a script in place of AWS's
//! command line.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use cloud::{Cloud, CloudConfig, Deployment};
use deploy::deployments::Deployments;
use deploy::record::{Record, State};
use measure::run::{MeasuredOnAws, Outcome, Run, Verdict, Warning};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;
use ways::Update;

use crate::support::{Guarded, alone, artifact, lab, oha, runtime, until};
use crate::up::{descendants, is_alive};

/// Lines that Lambda has reported by the stand-in, of warm calls.
const WARM_LINES: usize = 26_000;

/// When the script's clock has the first change of a function's environment: milliseconds since 1970.
const FIRST_CHANGE_MS: u64 = 1_795_564_810_000;

/// A working folder with one deployment, and the script.
struct Stage {
    root: TempDir,
}

impl Stage {
    fn new(way: &str, url: &str, outputs: &serde_json::Value) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        // So that the lab takes it for its checkout.
        std::fs::write(root.path().join("ways.toml"), "").expect("the mark");
        std::fs::create_dir_all(root.path().join("bench/prices")).expect("a folder");
        symlink(crate::support::root().join("bench/prices/snapshots"), root.path().join("bench/prices/snapshots"))
            .expect("linked");
        let kept = Deployments::at(root.path()).folder(&"one".parse().expect("a name"));
        kept.create().expect("made");
        let record = Record {
            way: way.to_owned(),
            region: "eu-west-2".to_owned(),
            account: "123456789012".to_owned(),
            created_at: "2026-11-25T00:00:00Z".to_owned(),
            state: State::Applied,
            url: Some(url.to_owned()),
            terraform: None,
        };
        kept.write_record(&record).expect("kept");
        std::fs::write(kept.path().join("outputs.json"), outputs.to_string()).expect("kept");
        let stage = Self { root };
        std::fs::create_dir(stage.tools()).expect("a folder");
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/aws_stand_in.sh");
        symlink(stand_in, stage.tools().join("aws")).expect("a tool");
        let line = |id: usize, second: u64, tail: &str| {
            let message = format!("REPORT RequestId: {id}\tDuration: 2.50 ms\t{tail}\n");
            json!({ "timestamp": FIRST_CHANGE_MS + second * 1000, "message": message })
        };
        let cold = "Billed Duration: 53 ms\tMemory Size: 128 MB\tMax Memory Used: 24 MB\tInit Duration: 50.00 ms\t";
        let warm = "Billed Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 25 MB\t";
        // One after each change; CloudWatch has the last one twice.
        let forced = [line(1, 2, cold), line(2, 12, cold), line(3, 22, cold), line(3, 22, cold)];
        // More than a run calls, so that none is waited for.
        let warm = (0..WARM_LINES).map(|call| line(call + 4, 40, warm));
        let others = warm.chain([json!({ "timestamp": 1, "message": "END RequestId: 1" })]);
        let all = forced.iter().cloned().chain(others).collect::<Vec<_>>();
        stage.answers("forced", &json!({ "events": forced }));
        stage.answers("events", &json!({ "events": all }));
        stage.answers("account", &json!({ "AccountLimit": { "UnreservedConcurrentExecutions": 1000 } }));
        stage
    }

    fn tools(&self) -> PathBuf {
        self.root.path().join("tools")
    }

    /// What the script answers.
    fn answers(&self, name: &str, answer: &serde_json::Value) {
        std::fs::write(self.tools().join(name).with_extension("json"), answer.to_string()).expect("written");
    }

    fn bench(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the lab runs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!("{}:/usr/bin:/bin", self.tools().display());
        let mut command = lab(&["bench", "--target", "aws", "--quick", "--output"]);
        let _ = std::fs::remove_dir_all(self.root.path().join("run"));
        command.arg(self.root.path().join("run")).args(arguments).current_dir(self.root.path());
        command.env("PATH", path).env("LAB", env!("CARGO_BIN_EXE_lab")).env("LAB_OHA", oha());
        command
    }

    fn run(&self) -> Run {
        let text = std::fs::read_to_string(self.root.path().join("run/run.json")).expect("run.json");
        serde_json::from_str(&text).expect("a run")
    }

    /// What the script was called for, each kind of call once, in their order.
    fn called(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.tools().join("calls")).unwrap_or_default();
        let mut called: Vec<_> =
            calls.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        called.dedup();
        called
    }
}

fn on_aws(run: &Run) -> &MeasuredOnAws {
    let [row] = run.rows.as_slice() else { panic!("one row: {:?}", run.rows) };
    assert!(matches!(row.outcome, Outcome::Ran(_)), "it ran: {:?}", row.outcome);
    assert_eq!((row.measured().len(), row.predicted().is_none(), row.on_aws().len()), (0, true, 1));
    row.on_aws()[0]
}

/// Measures a way in the local cloud as if it were deployed, in an account that may run so many functions at once, of
/// which others run two.
fn measured_in_account(executions: u32, way: &str, outputs: &serde_json::Value, arguments: &[&str]) -> (Stage, Output) {
    let runtime = runtime();
    let account_concurrency = Some(executions - 2);
    let config =
        CloudConfig { service_env: [Update::Atomic.variable()].into(), account_concurrency, ..CloudConfig::default() };
    let cloud = runtime.block_on(Cloud::start(config)).expect("the local cloud");
    let deployment: Deployment = runtime.block_on(async {
        let way = way.parse().expect("a way");
        cloud.deploy(way, &artifact(way).await).await.expect("it starts")
    });
    let stage = Stage::new(way, deployment.url(), outputs);
    stage.answers("account", &json!({ "AccountLimit": { "UnreservedConcurrentExecutions": executions } }));
    let output = stage.bench(arguments);
    runtime.block_on(async {
        deployment.stop().await;
        cloud.shutdown().await;
    });
    (stage, output)
}

fn measured(way: &str, outputs: &serde_json::Value, arguments: &[&str]) -> (Stage, String) {
    let (stage, output) = measured_in_account(1_000, way, outputs, arguments);
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{table}\n{}", String::from_utf8_lossy(&output.stderr));
    (stage, table)
}

#[test]
fn a_function_is_measured_with_forced_cold_starts_and_its_own_reports() {
    let _alone = alone();
    let outputs = json!({ "function_name": "lab-one", "log_group": "/aws/lambda/lab-one" });
    let (stage, table) = measured("lambda-dynamodb", &outputs, &[]);
    let run = stage.run();
    let it = on_aws(&run);
    assert_eq!((it.deployment.as_str(), it.region.as_str(), it.from.as_str()), ("one", "eu-west-2", "here"));
    assert_eq!(it.exactness.verdict(), Verdict::Exact);
    assert_eq!(it.latency.samples.status, [200; 201]);
    let cold = it.cold_start.as_ref().expect("a function");
    assert_eq!(cold.total_ms.len(), 3);
    assert!(cold.how.ends_with("3 of 3 verified one by one by Lambda's REPORT lines"), "{}", cold.how);
    assert_eq!(it.concurrency.connections, 50);
    let reports = it.reports.as_ref().expect("a function");
    let billed_ms = 3.0 * 53.0 + WARM_LINES as f64 * 3.0;
    assert_eq!((reports.count, reports.billed_ms), (WARM_LINES as u64 + 3, billed_ms));
    assert_eq!((reports.calls, reports.max_memory_used_mb), (it.exactness.acknowledged + 3, 25));
    assert_eq!(reports.init.as_ref().expect("one was cold").p50_ms, 50.0);
    let columns = table
        .lines()
        .find(|line| line.starts_with('|'))
        .expect("a header")
        .split('|')
        .map(str::trim)
        .collect::<Vec<_>>();
    assert!(table.contains("\nPrices: eu-west-2 "), "{table}");
    assert!(columns.contains(&"AWS p50") && !columns.contains(&"here p50"), "{table}");

    // Each round changes it, and brings it back.
    let environments = std::fs::read_to_string(stage.tools().join("environments")).expect("changes");
    let environments: Vec<_> = environments.lines().collect();
    let own = r#"{"Variables":{"STORE":"dynamodb://counter/hits"}}"#;
    assert_eq!(environments.len(), 4);
    assert!(environments[..3].iter().all(|changed| changed.contains("LAB_COLD_START")), "{environments:?}");
    assert_eq!(environments[3], own);
    let update = ["lambda update-function-configuration", "lambda wait"];
    let called: Vec<_> = stage.called();
    assert_eq!(called[..4], ["lambda get-account-settings", "lambda get-function-configuration", update[0], update[1]]);
    assert_eq!(called.last().map(String::as_str), Some("logs filter-log-events"));
    // From the first change on by AWS's clock, whatever this machine's shows.
    let calls = std::fs::read_to_string(stage.tools().join("calls")).expect("calls");
    let reads: Vec<_> = calls.lines().filter(|call| call.starts_with("logs ")).collect();
    assert!(reads.iter().all(|read| read.contains(&format!("--start-time {FIRST_CHANGE_MS} "))), "{reads:?}");
}

#[test]
fn an_account_of_ten_executions_gets_ten_connections_and_its_throttled_calls_are_counted() {
    let _alone = alone();
    let outputs = json!({ "function_name": "lab-one", "log_group": "/aws/lambda/lab-one" });
    let (stage, output) = measured_in_account(10, "lambda-dynamodb", &outputs, &[]);
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    let run = stage.run();
    let it = on_aws(&run);
    assert_eq!((it.concurrency.connections, it.reports.as_ref().expect("lines").throttled), (10, 4), "{table}");
    let warnings = &run.rows[0].warnings;
    assert!(warnings.contains(&Warning::ThrottledCalls { throttled: 4 }), "{warnings:?}");
    assert!(warnings.contains(&Warning::FewerConnections { connections: 10, planned: 50 }), "{warnings:?}");
}

#[test]
fn an_interruption_restores_the_functions_environment() {
    // It takes calls and answers none.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let stage =
        Stage::new("lambda-dynamodb", &url, &json!({ "function_name": "lab-one", "log_group": "/aws/lambda/lab-one" }));
    let child = stage.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the lab runs");
    let environments = || std::fs::read_to_string(stage.tools().join("environments")).unwrap_or_default();
    until("a cold start is forced", Duration::from_secs(30), || environments().contains("LAB_COLD_START"));
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("an id")).expect("an id");
    kill_process(pid, Signal::INT).expect("interrupted");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let own = r#"{"Variables":{"STORE":"dynamodb://counter/hits"}}"#;
    assert_eq!(environments().lines().last(), Some(own));
}

#[test]
fn a_killed_lab_takes_its_load_with_it() {
    // It takes calls and answers none.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let stage =
        Stage::new("lambda-dynamodb", &url, &json!({ "function_name": "lab-one", "log_group": "/aws/lambda/lab-one" }));
    let child = stage.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the lab runs");
    let (lab, pid) = (Pid::from_child(&child), child.id());
    let mut child = Guarded(child);
    let arguments = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let loads = || {
        let started = descendants(i32::try_from(pid).expect("an id")).into_iter();
        started.filter(|pid| arguments(*pid).contains("\0load\0")).collect::<Vec<_>>()
    };
    until("the load is made", Duration::from_secs(30), || !loads().is_empty());
    let started = loads();
    kill_process(lab, Signal::KILL).expect("killed");
    child.0.wait().expect("it ended");
    until("the load ends", Duration::from_secs(30), || started.iter().all(|pid| !is_alive(*pid)));
}

#[test]
fn a_server_is_measured_through_the_probe_and_has_no_cold_start() {
    let _alone = alone();
    let (stage, table) = measured("ec2", &json!({ "probe_function_name": "lab-one-probe" }), &["one", "--probe"]);
    let run = stage.run();
    let it = on_aws(&run);
    assert_eq!((it.from.as_str(), it.cold_start.is_none(), it.reports.is_none()), ("probe", true, true));
    assert_eq!(it.exactness.verdict(), Verdict::Exact, "{table}");
    assert_eq!(stage.called(), ["lambda invoke"]);
}

#[test]
fn many_probes_load_a_deployment_at_once_within_bounds_that_are_printed_before() {
    let _alone = alone();
    let outputs = json!({ "probe_function_name": "lab-one-probe" });
    let probes = ["one", "--probe", "--probes", "2", "--rate", "100", "--seconds", "1"];
    let (stage, output) = measured_in_account(1_000, "ec2", &outputs, &probes);
    let (table, errors) =
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(0), "{table}\n{errors}");
    // 50 calls each, 25 connections, and two readings of the counter.
    assert!(errors.contains("lab: 2 probes make 152 calls to one at most, in 7 s, 1 times: some $0.00"), "{errors}");
    let run = stage.run();
    let it = on_aws(&run);
    let load = it.by_probes.as_ref().expect("a load by probes");
    assert_eq!((load.probes.len(), load.statuses.get(&200), load.unanswered), (2, Some(&150), 0), "{load:?}");
    let all = load.latency.as_ref().expect("calls");
    assert_eq!((all.count, load.exactness.verdict()), (100, Verdict::Exact));
    assert!(load.offered_per_second <= 100.001 && load.start_skew_ms.is_some(), "{load:?}");
    assert!(table.contains("By 2 probes at once:") && table.contains("| offered/s |"), "{table}");
    // The stand-in is busy: both are named.
    let named = "of 2 probes some were the limit themselves: probe 1, 1.10 of 1.20 processors; probe 2, 1.10 of 1.20";
    assert!(table.contains(named), "{table}");
}

#[test]
fn a_load_by_probes_that_is_too_large_is_refused() {
    let stage = Stage::new("ec2", "http://127.0.0.1:9", &json!({ "probe_function_name": "lab-one-probe" }));
    for (arguments, reason) in [
        (&["--probe", "--probes", "2", "--rate", "100", "--usd-max", "0"][..], "and --usd-max allows 0"),
        (&["--probe", "--probes", "2", "--rate", "100000"], "1000 calls a second at most: --probes 100"),
        (&["--probe", "--probes", "0", "--rate", "1"], "0 is not in 1..=200"),
        (&["--probe", "--probes", "2", "--rate", "1", "--seconds", "301"], "301 is not in 1..=300"),
        (&["--probe", "--probes", "2"], "--rate"),
        (&["--probes", "2", "--rate", "1"], "--probe"),
    ] {
        let output = stage.bench(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(reason), "{arguments:?}: {errors}");
    }
    assert_eq!(stage.called(), Vec::<String>::new());
}

#[test]
fn a_task_without_a_balancer_is_measured_where_it_is_now() {
    let _alone = alone();
    let runtime = runtime();
    let cloud = runtime.block_on(Cloud::start(CloudConfig::default())).expect("the local cloud");
    let deployment: Deployment = runtime.block_on(async {
        let way = "fargate-memory-direct".parse().expect("a way");
        cloud.deploy(way, &artifact(way).await).await.expect("it starts")
    });
    let port: u16 = deployment.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    // The task that was deployed is another one's place now.
    let task = json!({ "task": { "cluster": "lab-one", "service": "counter", "port": port } });
    let stage = Stage::new("fargate-memory-direct", "http://127.0.0.1:9", &task);
    let output = stage.bench(&[]);
    runtime.block_on(async {
        deployment.stop().await;
        cloud.shutdown().await;
    });
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(on_aws(&stage.run()).exactness.verdict(), Verdict::Exact);
}

#[test]
fn a_deployment_that_does_not_answer_fails_its_row_with_the_reason() {
    let stage = Stage::new("ec2", "http://127.0.0.1:9", &json!({}));
    let output = stage.bench(&[]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("FAILED, ") && table.contains("Connection refused"), "{table}");
    let output = stage.bench(&["--probe"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("it has no probe: deploy it again with --probe"));
}
