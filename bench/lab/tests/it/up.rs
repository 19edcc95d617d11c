//! `lab up`: a way that stays up, and leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use require::webdriver::{Client, XPATH};
use rustix::process::{Pid, Signal, kill_process};

use crate::chromium::{self, accessible, quiet, steady};
use crate::support::{Caller, Guarded, lab, runtime, until};

/// Long enough for a build of the services on a slow machine.
const START_TIMEOUT: Duration = Duration::from_secs(900);

/// A lab that keeps ways up.
struct Up {
    lab: Guarded,
    urls: Vec<String>,
    /// What it prints after them.
    lines: Receiver<String>,
}

fn up(ways: &[&str]) -> Up {
    up_with(&[], ways)
}

fn up_with(options: &[&str], ways: &[&str]) -> Up {
    let mut child = lab(&[&["up"], options, ways].concat()).stdout(Stdio::piped()).spawn().expect("the lab starts");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let lab = Guarded(child);
    let (lines, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
    let urls = ways.iter().map(|way| {
        let line = received.recv_timeout(START_TIMEOUT).expect("a line for each way");
        let (name, url) = line.split_once(' ').expect("name and address");
        assert_eq!(name, *way);
        url.trim().trim_end_matches('/').to_owned()
    });
    let urls = urls.collect();
    Up { lab, urls, lines: received }
}

impl Up {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.lab.0)
    }

    /// Ends the lab by a signal, and holds that no process it started is left.
    fn end(mut self, signal: Signal) -> Option<i32> {
        let started = descendants(self.pid().as_raw_nonzero().get());
        assert!(!started.is_empty(), "the lab runs services as processes");
        kill_process(self.pid(), signal).expect("signalled");
        until("the lab ends", Duration::from_secs(20), || self.lab.0.try_wait().expect("a child").is_some());
        until("no process is left", Duration::from_secs(5), || started.iter().all(|pid| !is_alive(*pid)));
        self.lab.0.wait().expect("ended").code()
    }
}

/// All processes below one, by /proc.
pub(crate) fn descendants(pid: i32) -> BTreeSet<i32> {
    let children = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|children| children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>());
    children.flat_map(|child| std::iter::once(child).chain(descendants(child))).collect()
}

/// Whether a process is there and no zombie.
pub(crate) fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

#[test]
fn every_route_answers_as_designed_and_ctrl_c_leaves_nothing() {
    let up = up(&["lambda-dynamodb"]);
    let url = &up.urls[0];
    runtime().block_on(async {
        let caller = Caller::new();
        for (method, path, status, content_type) in [
            ("GET", "/", 200, "text/html; charset=utf-8"),
            ("GET", "/hits", 200, "text/plain; charset=utf-8"),
            ("POST", "/hits", 200, "text/plain; charset=utf-8"),
            ("GET", "/healthz", 200, "application/health+json"),
            ("GET", "/nothing", 404, "application/problem+json"),
            ("DELETE", "/hits", 405, "application/problem+json"),
            ("POST", "/", 405, "application/problem+json"),
        ] {
            let answer = caller.call(method, &format!("{url}{path}")).await;
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
            assert_eq!(answer.headers["content-type"], content_type, "{method} {path}");
        }
        // Two were counted; a health check and a refused method were not.
        assert_eq!(caller.hit(url).await, 3);
        let refused = caller.call("DELETE", &format!("{url}/hits")).await;
        assert_eq!(refused.headers["allow"], "GET, POST");
        assert_eq!(caller.call("GET", &format!("{url}/healthz")).await.body, r#"{"status":"pass"}"#);
    });
    assert_eq!(up.end(Signal::INT), Some(0));
}

#[test]
fn ctrl_c_ends_a_lab_whose_callers_never_stop() {
    let up = up(&["lambda-dynamodb", "ec2"]);
    let calling = runtime();
    let answered: Vec<_> = std::iter::repeat_with(|| std::sync::Arc::new(AtomicU64::new(0))).take(40).collect();
    for (caller, answered) in answered.iter().enumerate() {
        let (url, answered) = (format!("{}/hits", up.urls[caller % 2]), std::sync::Arc::clone(answered));
        // A call under way sees its connection closed.
        calling.spawn(async move {
            while let Some(200) = Caller::new().status(&url).await {
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let all = || answered.iter().all(|answered| answered.load(Ordering::Relaxed) > 0);
    until("every caller is answered", Duration::from_secs(60), all);
    assert_eq!(up.end(Signal::INT), Some(0));
}

#[test]
fn a_lab_that_is_killed_leaves_nothing_either() {
    let up = up(&["ec2", "lambda-s3"]);
    runtime().block_on(async {
        for url in &up.urls {
            assert_eq!(Caller::new().hit(url).await, 1);
        }
    });
    assert_eq!(up.end(Signal::KILL), None);
}

#[test]
fn a_terminated_lab_ends_cleanly() {
    assert_eq!(up(&["fargate", "k8s"]).end(Signal::TERM), Some(0));
}

/// A shell reads the lines up to the end of stdout, and the lab runs on.
#[test]
fn the_lines_of_env_are_all_that_a_shell_needs_and_stdout_ends_after_them() {
    let mut child = lab(&["up", "--env", "lambda-dynamodb"]).stdout(Stdio::piped()).spawn().expect("the lab starts");
    let mut text = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut text).expect("text");
    let mut lab = Guarded(child);
    assert!(lab.0.try_wait().expect("a child").is_none(), "the lab runs on");
    let exported = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    let variables: BTreeMap<&str, &str> = exported.collect();
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_S3"]
    {
        assert!(variables.get(name).is_some_and(|value| !value.is_empty()), "{name}: {text}");
    }
    runtime().block_on(async {
        let caller = Caller::new();
        assert_eq!(caller.hit(variables["LAB_URL_LAMBDA_DYNAMODB"]).await, 1);
        let function = variables["LAB_FUNCTION_LAMBDA_DYNAMODB"];
        let functions = format!("{}/2015-03-31/functions/", variables["AWS_ENDPOINT_URL_LAMBDA"]);
        let listed = caller.call("GET", &functions).await;
        assert!(listed.body.contains(&format!("\"FunctionName\":\"{function}\"")), "{listed:?}");
        assert_eq!(caller.call("POST", &format!("{functions}{function}/invocations")).await.status, 200);
    });
    let pid = Pid::from_child(&lab.0);
    kill_process(pid, Signal::INT).expect("signalled");
    until("the lab ends", Duration::from_secs(20), || lab.0.try_wait().expect("a child").is_some());
}

/// The URL of the page, which stands behind the ways' lines.
fn page_of(lines: &Receiver<String>) -> String {
    loop {
        let line = lines.recv_timeout(START_TIMEOUT).expect("a line with the page");
        if let Some((_, url)) = line.split_once("as a page: ") {
            return url.trim_end_matches('/').to_owned();
        }
    }
}

#[test]
fn the_page_shows_what_is_up_what_was_called_and_answers_no_other_origin() {
    let up = up(&["ec2", "lambda-dynamodb"]);
    let page = page_of(&up.lines);
    runtime().block_on(async {
        let caller = Caller::new();
        let before = caller.call("GET", &format!("{page}/")).await;
        assert_eq!((before.status, before.headers["content-type"].as_bytes()), (200, &b"text/html; charset=utf-8"[..]));
        for wanted in
            ["AWS_ENDPOINT_URL_S3", "healthy, answered in ", "waiting for a first call", &up.urls[0], &up.urls[1]]
        {
            assert!(before.body.contains(wanted), "{wanted}: {}", before.body);
        }
        assert!(!before.body.contains("REPORT RequestId"));
        for count in 1..=3 {
            assert_eq!(caller.hit(&up.urls[1]).await, count);
        }
        // Looking at the page calls no function.
        for _ in 0..2 {
            let live = caller.call("GET", &format!("{page}/live")).await;
            assert_eq!(live.body.matches("REPORT RequestId").count(), 3, "{}", live.body);
            assert_eq!(live.body.matches("Init Duration").count(), 1, "{}", live.body);
        }
        assert_eq!(caller.call("GET", &format!("{page}/nothing")).await.status, 404);
        assert_eq!(caller.call("POST", &format!("{page}/")).await.status, 405);
        for (name, value) in
            [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("host", "evil.example")]
        {
            assert_eq!(caller.call_with("GET", &format!("{page}/live"), &[(name, value)]).await.status, 403, "{name}");
        }
    });
    assert_eq!(up.end(Signal::INT), Some(0));
}

#[test]
fn the_page_is_steady_quiet_and_accessible_in_a_browser() {
    let up = up(&["ec2", "lambda-dynamodb"]);
    let page = page_of(&up.lines);
    let (url, shown) = (up.urls[1].clone(), format!("{page}/"));
    chromium::with(serde_json::json!({}), async move |client: Client| {
        client.goto(&shown).await.expect("the page");
        assert_eq!(Caller::new().hit(&url).await, 1);
        // What was called comes by itself, below what was there.
        let report = "//pre[contains(., 'REPORT RequestId')]";
        client.wait_for(XPATH, report, Duration::from_secs(20)).await.expect("the call is shown");
        steady(&client).await;
        accessible(&client).await;
        let fetched = quiet(&client).await;
        assert!(!fetched.is_empty() && fetched.iter().all(|it| *it == format!("{shown}live")), "{fetched:?}");
    });
    assert_eq!(up.end(Signal::INT), Some(0));
}

#[test]
fn a_slow_way_waits_for_the_network_of_aws() {
    const CALLS: u32 = 100;
    let network = cloud::Parameters::committed().network.p50_ms();
    let up = up_with(&["--slow"], &["ec2"]);
    let begun = std::time::Instant::now();
    runtime().block_on(async {
        let caller = Caller::new();
        for count in 1..=u64::from(CALLS) {
            assert_eq!(caller.hit(&up.urls[0]).await, count);
        }
    });
    // The mean is above the median.
    assert!(begun.elapsed() > CALLS * Duration::from_secs_f64(network / 1e3 * 0.8), "{:?}", begun.elapsed());
    assert_eq!(up.end(Signal::INT), Some(0));
}

#[test]
fn a_server_that_dies_is_up_again_at_the_same_address() {
    let up = up(&["ec2"]);
    runtime().block_on(async {
        let caller = Caller::new();
        assert_eq!(caller.hit(&up.urls[0]).await, 1);
    });
    let before = descendants(up.pid().as_raw_nonzero().get());
    for pid in &before {
        kill_process(Pid::from_raw(*pid).expect("a process id"), Signal::KILL).expect("killed");
    }
    let restarted = || {
        let now = descendants(up.pid().as_raw_nonzero().get());
        !now.is_empty() && now.is_disjoint(&before) && {
            let address = up.urls[0].trim_start_matches("http://");
            std::net::TcpStream::connect(address).is_ok()
        }
    };
    until("it is up again", Duration::from_secs(20), restarted);
    // It counts in memory: from the beginning.
    runtime().block_on(async { assert_eq!(Caller::new().hit(&up.urls[0]).await, 1) });
    assert_eq!(up.end(Signal::INT), Some(0));
}
