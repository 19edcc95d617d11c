//! What the tests share: artifacts, a client, a lab that is ended.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use artifact::Artifacts;
use artifact::oha::Oha;
use bytes::Bytes;
use cloud::{Cloud, CloudConfig};
use futures_util::StreamExt;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;
use ways::{Build, Update, Way};

/// The Rust ways of the catalogue.
pub(crate) const RUST_WAYS: [&str; 5] = ["ec2", "lambda-s3", "lambda-dynamodb", "fargate", "k8s"];

/// The longest that one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(35);

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// `lab` with arguments, in the checkout.
pub(crate) fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// Writes a script that can be run at once. A child writes it: a file that this process has open for writing is open in each
/// child, too, that another test starts meanwhile, until that one's `exec`, and the kernel runs no such file (ETXTBSY).
pub(crate) fn write_program(path: &Path, lines: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#, "sh"]).arg(path).arg(lines);
    assert!(shell.status().expect("a shell").success(), "{} is not written", path.display());
}

/// Copies a program so that the copy can be run at once: by a child, as [`write_program`] writes one.
pub(crate) fn copy_program(from: &Path, to: &Path) {
    let status = Command::new("cp").arg(from).arg(to).status();
    assert!(status.expect("cp runs").success(), "{} is not copied", from.display());
}

/// Held by tests that load the machine: one at a time, or each is another one's noise.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many ways are deployed beside each other where nothing is measured: much of each one's time is waiting.
const AT_ONCE: usize = 4;

/// Does the same with each way, some at once.
pub(crate) async fn each<W>(ways: Vec<W>, work: impl AsyncFn(W)) {
    let work = &work;
    futures_util::stream::iter(ways).for_each_concurrent(AT_ONCE, |way| work(way)).await;
}

/// A runtime with as many threads as the lab has.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// A local cloud whose services count so.
pub(crate) async fn cloud_with(update: Update) -> Cloud {
    let config = CloudConfig { service_env: [update.variable()].into(), ..CloudConfig::default() };
    Cloud::start(config).await.expect("the local cloud")
}

/// What a way deploys, built once for all tests, in the profile in which it is deployed.
pub(crate) async fn artifact(way: Way) -> cloud::Artifact {
    built(way, Build::Tuned).await
}

/// The same by either build.
pub(crate) async fn built(way: Way, build: Build) -> cloud::Artifact {
    static ARTIFACTS: OnceCell<Artifacts> = OnceCell::const_new();
    let artifacts = ARTIFACTS.get_or_init(async || Artifacts::new(root())).await;
    artifacts.of(way, build).await.expect("the services build")
}

/// The oha of the checkout, for a lab that runs elsewhere: the value of its `LAB_OHA`.
pub(crate) fn oha() -> &'static Path {
    static OHA: OnceLock<PathBuf> = OnceLock::new();
    OHA.get_or_init(|| {
        let build = || {
            let oha = Oha::find(&root()).expect("an oha");
            runtime().block_on(oha.program()).expect("it builds").to_owned()
        };
        // In a thread of its own: the caller may be in a runtime.
        std::thread::scope(|scope| scope.spawn(build).join()).expect("an oha")
    })
}

/// A client that keeps connections open.
#[derive(Clone)]
pub(crate) struct Caller(Client<HttpConnector, Empty<Bytes>>);

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Caller {
    pub(crate) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    pub(crate) async fn call(&self, method: &str, url: &str) -> Answer {
        self.call_with(method, url, &[]).await
    }

    /// The same with headers.
    pub(crate) async fn call_with(&self, method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
        let request = http::Request::builder().method(method).uri(url);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Empty::new()).expect("a request");
        let answered = async {
            let (head, body) = self.0.request(request).await.expect("an answer").into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: String::from_utf8(body.to_vec()).expect("text"),
            }
        };
        tokio::time::timeout(CALL_TIMEOUT, answered).await.expect("an answer in time")
    }

    /// The status of a call; nothing where the connection ended before.
    pub(crate) async fn status(&self, url: &str) -> Option<u16> {
        let request = http::Request::get(url).body(Empty::new()).expect("a request");
        let answered = tokio::time::timeout(CALL_TIMEOUT, self.0.request(request)).await.expect("an end in time");
        Some(answered.ok()?.status().as_u16())
    }

    /// The number that a call got.
    pub(crate) async fn hit(&self, url: &str) -> u64 {
        let answer = self.call("GET", &format!("{url}/hits")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body.parse().expect("a number")
    }
}

/// A program on the path.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// A child process that is killed when a test ends, however it ends.
pub(crate) struct Guarded(pub(crate) Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something holds, and fails with its name if it does not in time.
pub(crate) fn until(what: &str, bound: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < bound, "not within {bound:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
