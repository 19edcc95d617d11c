//! The probe as it is deployed: a function in the local cloud's Lambda, called through the Invoke API, loading a server that
//! counts.

use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cloud::lambda::{FunctionConfig, Lambda, LambdaConfig};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use load::LoadResult;
use serde_json::{Value, json};

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
