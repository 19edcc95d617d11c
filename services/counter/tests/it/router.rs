//! The bytes of every response.

use axum::body::Body;
use axum::http::{Request, Response};
use counter::{Memory, PAGE, Store, StoreError, Update, router};
use http_body_util::BodyExt;
use tokio::time::Instant;
use tower::ServiceExt;

/// A store that always fails, with a secret in its reason.
struct Failing;

impl Store for Failing {
    async fn add(&self, _: u64) -> Result<u64, StoreError> {
        let source = "secret".into();
        Err(StoreError::Write { place: "secret".into(), source })
    }
}

/// A store that never answers.
struct Hanging;

impl Store for Hanging {
    async fn add(&self, _: u64) -> Result<u64, StoreError> {
        std::future::pending().await
    }
}

/// Status, headers in alphabetical order, body.
async fn answer(store: impl Store, request: &str) -> String {
    let (method, path) = request.split_once(' ').unwrap();
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    text(router(store).oneshot(request).await.unwrap()).await
}

async fn text(response: Response<Body>) -> String {
    let (parts, body) = response.into_parts();
    let mut headers: Vec<_> = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != "content-length")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    format!("{} | {} | {body}", parts.status.as_u16(), headers.join(", "))
}

const PROBLEM: &str = "cache-control: no-store, content-type: application/problem+json";

fn problem(code: u16, title: &str, allow: &str) -> String {
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{code}}}"#);
    format!("{code} | {allow}{PROBLEM} | {body}")
}

#[tokio::test]
async fn every_request_gets_the_bytes_that_the_contract_lists() {
    let page = format!("200 | content-type: text/html; charset=utf-8, x-content-type-options: nosniff | {PAGE}");
    let hits = "200 | cache-control: no-store, content-type: text/plain; charset=utf-8 | 42";
    let pass = r#"200 | cache-control: no-store, content-type: application/health+json | {"status":"pass"}"#;
    let page_head = page.strip_suffix(PAGE).unwrap();
    let pass_head = pass.strip_suffix(r#"{"status":"pass"}"#).unwrap();
    let not_found = problem(404, "Not Found", "");
    let reads_only = problem(405, "Method Not Allowed", "allow: GET, HEAD, ");
    let counts_only = problem(405, "Method Not Allowed", "allow: GET, POST, ");
    let not_implemented = problem(501, "Not Implemented", "");
    // A HEAD has the headers of its GET, and no body.
    let counts_only_head = &counts_only[..counts_only.find('{').unwrap()];
    let not_found_head = &not_found[..not_found.find('{').unwrap()];
    for (request, expect) in [
        ("GET /", page.as_str()),
        ("HEAD /", page_head),
        ("GET /hits", hits),
        ("POST /hits", hits),
        ("GET /hits?x=1", hits),
        ("GET /healthz", pass),
        ("HEAD /healthz", pass_head),
        ("GET /readyz", pass),
        ("HEAD /readyz", pass_head),
        ("POST /", &reads_only),
        ("DELETE /healthz", &reads_only),
        ("POST /readyz", &reads_only),
        ("PUT /hits", &counts_only),
        ("OPTIONS /hits", &counts_only),
        ("HEAD /hits", counts_only_head),
        ("CONNECT /hits", &counts_only),
        ("get /hits", &not_implemented),
        ("FOO /", &not_implemented),
        ("PROPFIND /healthz", &not_implemented),
        ("FOO /nowhere", &not_implemented),
        ("GET /hits/", &not_found),
        ("GET /Hits", &not_found),
        ("GET /favicon.ico", &not_found),
        ("POST /nowhere", &not_found),
        ("HEAD /nowhere", not_found_head),
    ] {
        let got = answer(Memory::new(41, Update::Atomic), request).await;
        assert_eq!(strip_head(request, &got), expect, "{request}");
    }
}

/// The body of a HEAD is dropped by the HTTP layer, not by the router: drop it here too.
fn strip_head<'a>(request: &str, got: &'a str) -> &'a str {
    match (request.starts_with("HEAD"), got.rfind("| ")) {
        (true, Some(end)) => &got[..end + 2],
        (true, None) | (false, _) => got,
    }
}

#[tokio::test]
async fn a_failing_store_is_reported_by_its_status_alone() {
    let fail = r#"503 | cache-control: no-store, content-type: application/health+json | {"status":"fail"}"#;
    assert_eq!(answer(Failing, "GET /hits").await, problem(503, "Service Unavailable", ""));
    assert_eq!(answer(Failing, "GET /readyz").await, fail);
    assert!(answer(Failing, "GET /healthz").await.starts_with("200 "));
    assert!(answer(Failing, "GET /").await.starts_with("200 "));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_keeps_nobody_for_ever() {
    let started = Instant::now();
    let timed = async |request| (answer(Hanging, request).await, started.elapsed().as_secs());
    let (hits, ready, health) = tokio::join!(timed("GET /hits"), timed("GET /readyz"), timed("GET /healthz"));
    assert_eq!(hits, (problem(503, "Service Unavailable", ""), 15));
    assert!(ready.0.starts_with("503 ") && ready.1 == 5, "{ready:?}");
    assert!(health.0.starts_with("200 ") && health.1 == 0, "{health:?}");
}

#[tokio::test]
async fn neither_checks_nor_head_uses_a_number_up() {
    let app = router(Memory::new(0, Update::Atomic));
    for request in ["GET /healthz", "GET /readyz", "HEAD /hits", "HEAD /healthz", "HEAD /readyz", "PUT /hits"] {
        let (method, path) = request.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap();
    }
    let request = Request::builder().uri("/hits").body(Body::empty()).unwrap();
    assert!(text(app.oneshot(request).await.unwrap()).await.ends_with("| 1"));
}

#[tokio::test]
async fn a_count_at_its_end_is_an_error_and_does_not_wrap() {
    let app = router(Memory::new(u64::MAX - 1, Update::Atomic));
    for expect in ["18446744073709551615", "503}", "503}"] {
        let request = Request::builder().uri("/hits").body(Body::empty()).unwrap();
        let got = text(app.clone().oneshot(request).await.unwrap()).await;
        assert!(got.ends_with(expect), "{got}");
    }
}

#[tokio::test]
async fn a_count_that_no_hit_can_be_added_to_is_not_ready() {
    assert!(answer(Memory::new(u64::MAX - 1, Update::Atomic), "GET /readyz").await.starts_with("200 "));
    assert!(answer(Memory::new(u64::MAX, Update::Atomic), "GET /readyz").await.starts_with("503 "));
}
