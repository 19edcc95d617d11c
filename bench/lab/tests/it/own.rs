//! A service of the user's own in the counter's place: begun, measured, costed by what its stores got, refused in one line.

use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::process::Output;

use artifact::toolchain;
use measure::run::{Run, read};
use require::require;
use tempfile::TempDir;
use ways::Language;

use crate::support::{Caller, Guarded, alone, lab, root, runtime};

/// A server of the standard library, which keeps nothing.
const SERVER: &str = r#"
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path in ("/", "/items/1", "/items/2") else 404, b"item")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fails = os.environ["FAILS"] == "yes" and body.endswith(b"7")
        self.answer(500 if fails else 201, body)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    # Five by default: of fifty that connect at once some then wait for a minute.
    request_queue_size = 128

Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

const APP: &str = r#"
name = "items"
build = "touch built"

[server]
command = "/usr/bin/python3 server.py"
single_threaded = true

[environment]
FAILS = "no"

[[request]]
weight = 3
path = "/items/${pick:1|2}"

[[request]]
method = "POST"
path = "/items"
body = "item ${counter}"
expect = 201

[[request]]
path = "/items/none"
expect = 404

[traffic]
calls_per_month = 2000000

[check]
command = ["/bin/sh", "-c", "test -f built && test -n \"$URL\""]
"#;

struct Folder(TempDir);

impl Folder {
    fn new(app: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("server.py"), SERVER).expect("written");
        fs::write(folder.path().join("app.toml"), app).expect("written");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn bench(&self, arguments: &[&str]) -> (Output, Option<Run>) {
        let folder = self.path().to_str().expect("text");
        bench(folder, &self.path().join("run"), arguments)
    }
}

fn bench(app: &str, run: &Path, arguments: &[&str]) -> (Output, Option<Run>) {
    let run_folder = run.to_str().expect("text");
    let all = [&["bench", "--app", app, "--quick", "--output", run_folder], arguments].concat();
    let output = lab(&all).output().expect("the lab runs");
    (output, read(run).ok())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_server_is_built_measured_predicted_checked_and_costed() {
    let _alone = alone();
    let folder = Folder::new(APP);
    let (output, run) = folder.bench(&["ec2", "k8s-alb", "--rounds", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let run = run.expect("a run");
    assert_eq!(run.app.as_deref(), Some("items"));
    let ways: Vec<_> = run.rows.iter().map(|row| row.way.as_str()).collect();
    assert_eq!(ways, ["ec2", "k8s-alb"]);
    for row in &run.rows {
        let measured = row.measured();
        let own = measured[0].own.as_ref().expect("a service of the user's own");
        assert_eq!((own.failed, own.verified), (0, Some(true)), "{own:?}");
        assert!(own.expected > 200 && own.body_bytes > 3.0, "{own:?}");
        assert!(measured[0].exactness.is_none() && own.stores.requests.is_empty());
        assert!(row.predicted().is_some_and(|it| it.latency.summary.mean_ms > 0.1));
        assert!(row.cost.as_ref().is_some_and(|cost| cost.usd_per_month > 5.0 && cost.usd_per_million_calls < 0.2));
        assert!(!row.durable);
    }
    let table = text(&output.stdout);
    assert!(table.contains("| verified |") && table.contains("calls of the mix"), "{table}");
    let page = fs::read_to_string(folder.path().join("run/report.html")).expect("a page");
    assert!(page.contains("answered as expected"));
    chosen(folder.path());
}

/// What is chosen by a run of a service of the user's own is a way of that service, at the traffic of its `app.toml`.
fn chosen(folder: &Path) {
    let (app, run) = (folder.to_str().expect("text"), folder.join("run"));
    let run = run.to_str().expect("text");
    let output = |arguments: &[&str]| lab(arguments).output().expect("the lab runs");
    let answer = output(&["choose", "--app", app, "--run", run]);
    let answered = text(&answer.stdout);
    assert!(answer.status.success() && answered.contains("for 2,000,000 calls a month"), "{answered}");
    assert!(answered.contains("`ec2") && !answered.contains("dynamodb") && !answered.contains("python"), "{answered}");
    let sizes = output(&["size", "k8s-alb", "--app", app, "--run", run]);
    assert!(text(&sizes.stdout).starts_with("Sizes of `k8s-alb`, "), "{}", text(&sizes.stderr));
    for (arguments, message) in
        [(["choose", "--run", run], "not of the counter"), (["cost", "--run", run], "a service of the user's own")]
    {
        let refused = output(&arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(text(&refused.stderr).contains(message), "{}", text(&refused.stderr));
    }
}

#[test]
fn the_same_server_runs_in_lambda_behind_awss_adapter() {
    let Some(()) = require("languages", toolchain::check(Language::Rust)) else { return };
    let _alone = alone();
    let folder = Folder::new(APP);
    // What is no part of it is not deployed with it.
    fs::create_dir(folder.path().join(".git")).expect("made");
    fs::write(folder.path().join(".git/large"), vec![0; 1 << 20]).expect("written");
    let (output, run) = folder.bench(&["lambdaweb-function-url@512", "--rounds", "1"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let run = run.expect("a run");
    let row = &run.rows[0];
    assert_eq!(row.stands_for.as_deref(), Some("lambdaweb-python-dynamodb-function-url@512"));
    let measured = row.measured();
    let own = measured[0].own.as_ref().expect("a service of the user's own");
    assert_eq!((own.failed, own.verified), (0, Some(true)), "{own:?}");
    let package = row.ran().and_then(|ran| ran.artifact.clone()).expect("what was deployed");
    assert!(package.kind == "zip" && package.bytes < 1 << 20, "{package:?}");
    let predicted = row.predicted().expect("predicted");
    assert!(predicted.function_mean_ms.is_some_and(|ms| ms > 0.5), "{:?}", predicted.function_mean_ms);
    let cost = row.cost.as_ref().expect("a cost");
    assert!(cost.usd_per_month == 0.0 && cost.usd_per_million_calls > 0.2, "{cost:?}");
    let (app, run) = (folder.path().to_str().expect("text"), folder.path().join("run"));
    let sizes =
        lab(&["size", "lambdaweb", "--app", app, "--run", run.to_str().expect("text")]).output().expect("it runs");
    assert!(text(&sizes.stdout).starts_with("Sizes of `lambdaweb`, "), "{}", text(&sizes.stderr));
}

#[test]
fn a_service_is_up_with_its_ways_by_their_own_names() {
    let folder = Folder::new(APP);
    let mut command = lab(&["up", "ec2", "fargate", "--app", folder.path().to_str().expect("text")]);
    let mut up = Guarded(command.stdout(std::process::Stdio::piped()).spawn().expect("the lab runs"));
    let lines = std::io::BufReader::new(up.0.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let shown: Vec<String> = lines.take_while(|line| !line.starts_with("Ctrl-C")).collect();
    let url = |name: &str| shown.iter().find_map(|line| line.strip_prefix(name)).map(|url| url.trim().to_owned());
    for name in ["ec2 ", "fargate "] {
        let url = url(name).unwrap_or_else(|| panic!("{shown:?}"));
        let answer = runtime().block_on(Caller::new().call("GET", &format!("{url}items/1")));
        assert_eq!((answer.status, answer.body.as_str()), (200, "item"));
    }
}

#[test]
fn an_answer_that_is_not_expected_is_a_failure_with_its_status() {
    let _alone = alone();
    let folder = Folder::new(&APP.replace("FAILS = \"no\"", "FAILS = \"yes\""));
    let (output, run) = folder.bench(&["ec2", "--rounds", "1", "--profile", "bare"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let run = run.expect("a run");
    let own = run.rows[0].measured()[0].own.clone().expect("a service of the user's own");
    // One in five requests is a POST, and of those one in ten ends with 7.
    let share = own.failed as f64 / (own.failed + own.expected) as f64;
    assert!((0.01..0.04).contains(&share), "{share}");
    let failures = &run.rows[0].measured()[0].concurrency.failures;
    assert!(failures.iter().all(|it| it.status == Some(500)) && !failures.is_empty(), "{failures:?}");
}

#[test]
fn a_function_is_costed_by_the_units_that_its_table_took() {
    let Some(()) = require("languages", toolchain::check(Language::Python)) else { return };
    let _alone = alone();
    let run = tempfile::tempdir().expect("a folder");
    let app = root().join("examples/python-handler");
    let arguments = ["lambda", "lambda-function-url@512", "--rounds", "1"];
    let (output, run) = bench(app.to_str().expect("text"), &run.path().join("run"), &arguments);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let run = run.expect("a run");
    for row in &run.rows {
        let own = row.measured()[0].own.clone().expect("a service of the user's own");
        assert_eq!(own.failed, 0, "{own:?}");
        // Each call writes an item of less than 1 KB once; nine of ten read one, eventually consistent.
        assert!((own.stores.write_units - 1.0).abs() < 0.01, "{:?}", own.stores);
        assert!((own.stores.read_units - 0.45).abs() < 0.06, "{:?}", own.stores);
        let predicted = row.predicted().expect("predicted");
        let stores = predicted.stores.as_ref().expect("what its stores got");
        assert!((stores.write_units - 1.0).abs() < 0.01, "{stores:?}");
        assert!(predicted.function_mean_ms.is_some_and(|ms| ms > 4.0), "{:?}", predicted.function_mean_ms);
        let cost = row.cost.as_ref().expect("a cost");
        assert!(cost.usd_per_month == 0.0 && cost.usd_per_million_calls > 0.7, "{cost:?}");
    }
    assert_eq!(run.rows[1].stands_for.as_deref(), Some("lambda-python-dynamodb-function-url@512"));
}

#[test]
fn what_is_wrong_is_one_line_and_exit_code_2() {
    let folder = Folder::new(&APP.replace("weight", "wieght"));
    let name = folder.path().to_str().expect("text").to_owned();
    for (arguments, message) in [
        (vec!["bench", "--app", &name], "app.toml:13:1: unknown key `wieght`; nearest: `weight`"),
        (vec!["bench", "--app", "/nowhere"], "`lab init` writes a first one"),
    ] {
        let output = lab(&arguments).output().expect("the lab runs");
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(message) && error.lines().count() == 1, "{error}");
    }
    fs::write(folder.path().join("app.toml"), APP).expect("written");
    for (way, message) in [("lambda", "no [function]"), ("ec2-python", "own matter"), ("fargat", "nearest: fargate")] {
        let output = lab(&["bench", "--app", &name, way]).output().expect("the lab runs");
        let error = text(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(message), "{error}");
    }
}

#[test]
fn a_first_app_toml_is_written_without_a_terminal_and_never_over_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().to_str().expect("text");
    fs::write(folder.path().join("package.json"), r#"{"name": "shop", "scripts": {"start": "node server.js"}}"#)
        .expect("written");
    let init = |more: &[&str]| lab(&[&["init", name], more].concat()).output().expect("the lab runs");
    let output = init(&["--request", "/items/${random:1..9}", "--health", "/ready"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let app = app::App::read(folder.path()).expect("it is valid");
    assert_eq!((app.name.as_str(), app.requests.len()), ("shop", 1));
    assert_eq!(app.server.expect("a server").health, "/ready");
    let again = init(&[]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
    assert!(init(&["--force"]).status.success());
}

#[test]
fn every_example_is_valid() {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("examples")).expect("examples").flatten().filter(|it| it.path().is_dir()) {
        let app = app::App::read(&entry.path()).unwrap_or_else(|error| panic!("{error}"));
        assert!(entry.path().join("README.md").is_file(), "{}", entry.path().display());
        names.push(app.name);
    }
    names.sort();
    assert_eq!(names, ["catalogue", "hashes", "links", "notes", "tasks"]);
}
