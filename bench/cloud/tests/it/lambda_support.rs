//! What the Lambda tests share: functions from the examples, plain HTTP, bounded waits.

use std::{
    future::Future,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use cloud::lambda::{Function, FunctionConfig, Lambda, LambdaConfig, Outcome};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use tempfile::TempDir;

/// Every wait of the tests is bounded by this.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it takes less than thirty seconds")
}

/// An example of this package: beside the folder of the test's own executable.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is missing: `cargo test -p cloud` builds it", path.display());
    path
}

/// A folder with the example as its `bootstrap`.
pub(crate) fn code(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    symlink(example(name), folder.path().join("bootstrap")).unwrap();
    folder
}

/// A Lambda with one function, `faulty`.
pub(crate) struct Fixture {
    pub(crate) lambda: Lambda,
    pub(crate) function: Function,
    pub(crate) code: TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, LambdaConfig::default()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut FunctionConfig), lambda: LambdaConfig) -> Self {
        let code = code("function-faulty");
        let mut config = faulty(code.path());
        change(&mut config);
        let lambda = Lambda::start(lambda).await.unwrap();
        let function = lambda.create_function(config).unwrap();
        Self { lambda, function, code }
    }

    /// Invokes with `{"do": word}`.
    pub(crate) async fn invoke(&self, word: &str) -> Outcome {
        soon(self.function.invoke(format!(r#"{{"do":"{word}"}}"#))).await
    }

    /// Invokes, expects success, and reads the answer's body as JSON.
    pub(crate) async fn body(&self, word: &str) -> Value {
        match self.invoke(word).await {
            Outcome::Success(payload) => body_of(&payload),
            other => panic!("{word}: {other:?}"),
        }
    }
}

/// `function-faulty` with enough memory for a debug build, and a timeout that no test waits out unknowingly.
pub(crate) fn faulty(code: &Path) -> FunctionConfig {
    FunctionConfig { memory_mib: 256, timeout: Duration::from_secs(10), ..FunctionConfig::new("faulty", code) }
}

pub(crate) fn body_of(payload: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(payload).unwrap();
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) async fn send(request: Request<Full<Bytes>>) -> Answer {
    soon(async {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response: Response<_> = client.request(request).await.unwrap();
        let (head, body) = response.into_parts();
        Answer { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
    })
    .await
}

pub(crate) async fn get(url: impl AsRef<str>) -> Answer {
    send(Request::get(url.as_ref()).body(Full::default()).unwrap()).await
}

pub(crate) async fn post(url: impl AsRef<str>, body: impl Into<Bytes>) -> Answer {
    send(Request::post(url.as_ref()).body(Full::new(body.into())).unwrap()).await
}

/// The letter of `/proc/PID/stat`: `T` is stopped; `None` if there is no such process.
pub(crate) fn state(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Waits until a process runs no more (a zombie doesn't).
pub(crate) async fn ended(pid: i32) {
    until(|| matches!(state(pid), None | Some('Z' | 'X'))).await;
}

/// Waits until nothing listens at a URL any more.
pub(crate) async fn refuses(url: &str) {
    let address = url.trim_start_matches("http://");
    soon(async { while tokio::net::TcpStream::connect(address).await.is_ok() {} }).await;
}

pub(crate) async fn until(mut happens: impl FnMut() -> bool) {
    soon(async {
        while !happens() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
