//! The probe as it is deployed: a function in the local cloud's Lambda, called through the Invoke API, loading a server that
//! counts.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use artifact::oha::Oha;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cloud::lambda::{FunctionConfig, Lambda, LambdaConfig};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use load::LoadResult;
use measure::progress::Silent;
use measure::run::{FanOut, Verdict};
use measure::{AwsAccess, LogLine, OnAws, by_probes};
use serde_json::{Map, Value, json};

/// A counter: each hit gets its number, every tenth is refused.
async fn counter() -> (String, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let hits = get(async move || match counted.fetch_add(1, Ordering::Relaxed) {
        before if before % 10 == 9 => (StatusCode::SERVICE_UNAVAILABLE, String::new()),
        before => (StatusCode::OK, before.to_string()),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hits", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hits", hits)).await });
    (url, count)
}

/// What the probe answers to an event, through the Invoke API.
async fn invoke(endpoint: &str, event: &Value) -> Value {
    let url = format!("{endpoint}/2015-03-31/functions/probe/invocations");
    let request = hyper::Request::post(url).body(Full::new(Bytes::from(event.to_string()))).expect("a request");
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_comes_back_with_its_times_and_status_and_none_is_invented() {
    let folder = tempfile::tempdir().expect("a folder");
    symlink(env!("CARGO_BIN_EXE_probe"), folder.path().join("bootstrap")).expect("a link");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let oha = Oha::find(&checkout).expect("an oha");
    symlink(oha.program().await.expect("its executable"), folder.path().join("oha")).expect("a link");
    let lambda = Lambda::start(LambdaConfig::default()).await.expect("the local Lambda");
    let config = FunctionConfig {
        memory_mib: 2048,
        timeout: Duration::from_secs(60),
        ..FunctionConfig::new("probe", folder.path())
    };
    lambda.create_function(config).expect("created");
    let (url, count) = counter().await;

    let answer = invoke(&lambda.endpoint(), &json!({ "url": url, "connections": 4, "calls": 200 })).await;
    let result: LoadResult = serde_json::from_value(answer.clone()).unwrap_or_else(|_| panic!("{answer}"));
    assert_eq!((result.calls.len(), result.unanswered), (200, 0));
    assert_eq!((result.acknowledged(), result.failed()), (180, 20));
    assert_eq!(count.load(Ordering::Relaxed), 200);
    assert!(result.calls.iter().all(|call| !call.duration.is_zero()));
    assert!(result.calls.iter().filter(|call| call.connecting.is_some()).count() <= 4);

    for (url, connections, calls, printed) in [
        (url.as_str(), 1, 150_001, "150001 calls were requested: 150000 at most"),
        (&url, 501, 1_000, "501 connections were requested: 500 at most"),
        (&url, 1, 0, "no call was requested: calls and connections are 1 at least"),
        ("--version", 1, 1, "the URL is to begin with http:// or https://"),
    ] {
        let event = json!({ "url": url, "connections": connections, "calls": calls });
        assert_eq!(invoke(&lambda.endpoint(), &event).await["errorMessage"], printed);
    }
    let nobody =
        invoke(&lambda.endpoint(), &json!({ "url": "http://127.0.0.1:9/hits", "connections": 1, "calls": 3 })).await;
    let nobody: LoadResult = serde_json::from_value(nobody).expect("an answer all the same");
    assert_eq!((nobody.calls.len(), nobody.unanswered), (0, 3));
    lambda.shutdown().await;
}

/// The local cloud's Lambda in the place of AWS.
struct Local {
    endpoint: String,
}

impl AwsAccess for Local {
    async fn function_environment(&self, _: &str) -> anyhow::Result<Map<String, Value>> {
        anyhow::bail!("nothing is forced")
    }
    async fn set_function_environment(&self, _: &str, _: &Map<String, Value>) -> anyhow::Result<SystemTime> {
        anyhow::bail!("nothing is forced")
    }
    async fn concurrency(&self) -> anyhow::Result<u32> {
        Ok(1_000)
    }
    async fn throttled(&self, _: &str, _: SystemTime) -> anyhow::Result<u64> {
        Ok(0)
    }
    async fn report_lines(&self, _: &str, _: SystemTime, _: u32) -> anyhow::Result<Vec<LogLine>> {
        Ok(Vec::new())
    }
    async fn invoke(&self, _: &str, event: &Value) -> anyhow::Result<Value> {
        let answer = invoke(&self.endpoint, event).await;
        match answer["errorMessage"].as_str() {
            Some(reason) => anyhow::bail!("{reason}"),
            None => Ok(answer),
        }
    }
    async fn get(&self, url: &str) -> anyhow::Result<(u16, Bytes)> {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.get(url.parse()?).await?;
        Ok((answer.status().as_u16(), answer.into_body().collect().await?.to_bytes()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_probes_at_once_begin_together_and_their_histograms_are_added_up() {
    let folder = tempfile::tempdir().expect("a folder");
    symlink(env!("CARGO_BIN_EXE_probe"), folder.path().join("bootstrap")).expect("a link");
    let lambda = Lambda::start(LambdaConfig::default()).await.expect("the local Lambda");
    let timeout = Duration::from_secs(60);
    let config = FunctionConfig { memory_mib: 2048, timeout, ..FunctionConfig::new("probe", folder.path()) };
    lambda.create_function(config).expect("created");
    let (url, count) = counter().await;
    let subject = OnAws {
        name: "one".to_owned(),
        url: url.strip_suffix("/hits").expect("the counter's path").to_owned(),
        aws: Local { endpoint: lambda.endpoint() },
        function: None,
        region: "eu-west-2".to_owned(),
        from: "probe".to_owned(),
    };
    let plan = FanOut { probes: 8, per_second: 400.0, length_s: 2.0, connections: 4 };
    let load = by_probes(&subject, "probe", &plan, 1, &Silent).await.expect("the probes answer");
    // 100 calls of each, and one for each connection.
    let calls = 8 * (100 + 4);
    assert_eq!(load.statuses.values().sum::<u64>() + load.unanswered, calls);
    assert_eq!(load.exactness.acknowledged, load.statuses[&200] + 1);
    assert_eq!(count.load(Ordering::Relaxed), calls + 2);
    // Every tenth is refused, which takes a number from nobody but is counted: more numbers than callers, none twice.
    assert_eq!(load.exactness.verdict(), Verdict::Skipped(load.exactness.counted - load.exactness.acknowledged));
    let all = load.latency.as_ref().expect("calls");
    assert_eq!(all.count, load.histogram.count());
    assert!(all.count <= load.statuses[&200] && all.p50_ms > 0.0 && all.p50_ms <= all.p99_ms, "{all:?}");
    // What was requested left, and when each began is known. How exactly is a figure of docs/many-machines.md: a busy machine may
    // stall any probe.
    assert_eq!(load.requested_per_second, 400.0);
    assert!(load.offered_per_second > 200.0 && load.offered_per_second < 400.001, "{}", load.offered_per_second);
    println!("offered {:.1}/s, skew {:?} ms", load.offered_per_second, load.start_skew_ms);
    assert!(load.start_skew_ms.is_some());
    for probe in &load.probes {
        assert_eq!((&probe.gave_up, probe.cores_max.is_some()), (&None, true), "{probe:?}");
        assert!(probe.late_ms.is_some() && probe.open_files.is_none_or(|files| files > 4), "{probe:?}");
    }
    lambda.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_is_late_makes_no_call() {
    let folder = tempfile::tempdir().expect("a folder");
    symlink(env!("CARGO_BIN_EXE_probe"), folder.path().join("bootstrap")).expect("a link");
    let lambda = Lambda::start(LambdaConfig::default()).await.expect("the local Lambda");
    let timeout = Duration::from_secs(60);
    lambda.create_function(FunctionConfig { timeout, ..FunctionConfig::new("probe", folder.path()) }).expect("created");
    let (url, count) = counter().await;
    let load = json!({ "url": url, "connections": 2, "calls": 50, "per_second": 50.0 });
    let with = |start: Value| {
        let mut event = load.clone();
        event["start"] = start;
        event
    };
    let late = invoke(&lambda.endpoint(), &with(json!({ "unix_ms": 1_000, "seed": 1 }))).await;
    let reason = late["errorMessage"].as_str().expect("a reason");
    assert!(reason.contains("late: its connections were open "), "{reason}");
    // Nothing but what opened the connections.
    assert_eq!(count.load(Ordering::Relaxed), 2);
    let mut closed = with(json!({ "unix_ms": 1_000, "seed": 1 }));
    closed.as_object_mut().expect("an object").remove("per_second");
    let reason = invoke(&lambda.endpoint(), &closed).await;
    assert_eq!(reason["errorMessage"], "a load that begins at a given time is at a rate");
    lambda.shutdown().await;
}
