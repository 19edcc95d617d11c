//! The REST API by plain HTTP, with the templates that are deployed: before the cloud's own DynamoDB, before one that refuses,
//! one that does not answer, and none.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cloud::dynamodb::DynamoDb;
use cloud::front::{Front, rest_api};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const TABLE: &str = "counters";

/// What is deployed.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/vtl")
}

async fn served(folder: &Path, dynamodb: SocketAddr) -> Front {
    let variables = [("table", TABLE), ("counter", "hits")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    rest_api::serve(folder, dynamodb, variables.into()).await.expect("an API that can be served")
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

async fn call(front: &Front, method: &str, path: &str, kind: Option<&str>, body: &str) -> Answer {
    let stream = TcpStream::connect(front.address()).await.expect("it listens");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    let mut request = http::Request::builder().method(method).uri(path).header("host", front.address().to_string());
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
    let (head, body) = sender.send_request(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).expect("text"),
    }
}

async fn get(front: &Front, path: &str) -> Answer {
    call(front, "GET", path, None, "").await
}

/// A DynamoDB that answers each request so, and keeps what it got. Without an answer it never answers.
async fn stand_in(answer: Option<(u16, &'static str)>) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sent, got) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let sent = sent.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !String::from_utf8_lossy(&request).contains("UPDATED_NEW") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let _ = sent.send(String::from_utf8_lossy(&request).into_owned());
                let Some((status, body)) = answer else {
                    return std::future::pending().await;
                };
                let head =
                    format!("HTTP/1.1 {status} Any\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            });
        }
    });
    (address, got)
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_callers_get_numbers_of_their_own() {
    let dynamodb = DynamoDb::start().await.expect("started");
    dynamodb.create_table(TABLE).expect("created");
    let front = std::sync::Arc::new(served(&folder(), dynamodb.address()).await);
    let callers = (0..50).map(|_| {
        let front = std::sync::Arc::clone(&front);
        tokio::spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..20 {
                let answer = get(&front, "/hits").await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                numbers.push(answer.body.parse::<u64>().expect("a number"));
            }
            numbers
        })
    });
    let mut numbers = BTreeSet::new();
    for caller in callers.collect::<Vec<_>>() {
        numbers.extend(caller.await.expect("all answered"));
    }
    assert_eq!(numbers, (1..=1000).collect());
}

#[tokio::test]
async fn the_page_comes_out_of_its_template_as_it_is() {
    let dynamodb = DynamoDb::start().await.expect("started");
    let front = served(&folder(), dynamodb.address()).await;
    let page = std::fs::read_to_string(folder().join("../page.html")).expect("the page");
    let answer = get(&front, "/").await;
    assert_eq!((answer.status, answer.body), (200, page), "services/vtl/page.vtl is not services/page.html any more");
}

#[tokio::test]
async fn a_call_of_dynamodb_is_signed_and_is_the_templates() {
    let (address, mut got) = stand_in(Some((200, r#"{"Attributes":{"hits":{"N":"41"}}}"#))).await;
    let front = served(&folder(), address).await;
    let answer = call(&front, "POST", "/hits", Some("text/plain; charset=utf-8"), "any").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "41"));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.header("x-amzn-requestid").len() == 36 && answer.header("x-amz-apigw-id").len() == 16);
    let request = got.recv().await.expect("a request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head and a body");
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post / http/1.1\r\n"), "{head}");
    for part in [
        "x-amz-target: dynamodb_20120810.updateitem",
        "content-type: application/x-amz-json-1.0",
        "authorization: aws4-hmac-sha256 credential=",
        "/dynamodb/aws4_request",
    ] {
        assert!(head.contains(part), "{part}: {head}");
    }
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["TableName"], TABLE);
    assert_eq!(body["Key"]["id"]["S"], "hits");
    assert_eq!(body["ExpressionAttributeValues"][":n"]["N"], "1");
    assert_eq!(get(&front, "/readyz").await.status, 200);
    let request = got.recv().await.expect("a request");
    assert!(request.contains(r#"{ "N": "0" }"#), "a readiness check counts nothing: {request}");
}

#[tokio::test]
async fn what_dynamodb_refuses_is_the_services_503() {
    let throttled = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
    for answer in [(400, throttled), (500, "{}"), (503, "busy")] {
        let (address, _got) = stand_in(Some(answer)).await;
        let front = served(&folder(), address).await;
        let problem = get(&front, "/hits").await;
        assert_eq!((problem.status, problem.header("content-type")), (503, "application/problem+json"));
        assert_eq!(problem.body, r#"{"type":"about:blank","title":"Service Unavailable","status":503}"#);
        let ready = get(&front, "/readyz").await;
        assert_eq!((ready.status, ready.body.as_str()), (503, r#"{"status":"fail"}"#));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_count_is_no_count() {
    // Not JSON: the template can't look into it, and the gateway answers by itself.
    let (address, _got) = stand_in(Some((200, "no JSON"))).await;
    let front = served(&folder(), address).await;
    assert_eq!(get(&front, "/hits").await.status, 503);
}

#[tokio::test]
async fn a_dynamodb_that_is_not_there_is_answered_by_the_gateway_itself() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let front = served(&folder(), address).await;
    for path in ["/hits", "/readyz"] {
        let answer = get(&front, path).await;
        assert_eq!((answer.status, answer.header("content-type")), (503, "application/problem+json"), "{path}");
    }
    assert_eq!(get(&front, "/healthz").await.status, 200);
    // Without a response of the API's own it is AWS's.
    let folder = tempfile::tempdir().expect("a folder");
    let plain = description(|api| api["gateway"] = serde_json::json!({}), folder.path());
    let answer = get(&served(plain, address).await, "/hits").await;
    assert_eq!((answer.status, answer.body.as_str()), (504, r#"{"message":"Internal server error"}"#));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_dynamodb_that_does_not_answer_is_given_up() {
    let (address, _got) = stand_in(None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let short = description(
        |api| {
            api["timeout_ms"] = 100.into();
            api["gateway"] = serde_json::json!({});
        },
        folder.path(),
    );
    let front = served(short, address).await;
    let begun = Instant::now();
    let answer = get(&front, "/hits").await;
    assert_eq!((answer.status, answer.body.as_str()), (504, r#"{"message":"Endpoint request timed out"}"#));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_no_resource_has_is_answered_as_aws_does() {
    let dynamodb = DynamoDb::start().await.expect("started");
    dynamodb.create_table(TABLE).expect("created");
    let front = served(&folder(), dynamodb.address()).await;
    // A slash at the end is not looked at.
    assert_eq!(get(&front, "/hits/").await.body, "1");
    assert_eq!(get(&front, "/a/b?c=d").await.status, 404);
    let typed = call(&front, "POST", "/hits", Some("text/csv"), "a,b").await;
    assert_eq!((typed.status, typed.body.as_str()), (415, r#"{"message":"Unsupported Media Type"}"#));
    // Not one of the methods that a resource can have.
    let trace = call(&front, "TRACE", "/hits", None, "").await;
    assert_eq!((trace.status, trace.body.as_str()), (403, r#"{"message":"Missing Authentication Token"}"#));
    // None of them has counted.
    assert_eq!(get(&front, "/hits").await.body, "2");
    let folder = tempfile::tempdir().expect("a folder");
    let few = description(
        |api| {
            api["resources"].as_object_mut().expect("resources").remove("/{proxy+}");
        },
        folder.path(),
    );
    let missing = get(&served(few, dynamodb.address()).await, "/nowhere").await;
    assert_eq!((missing.status, missing.body.as_str()), (403, r#"{"message":"Missing Authentication Token"}"#));
}

/// A copy of the API with another description.
fn description(change: impl FnOnce(&mut Value), folder: &Path) -> &Path {
    for entry in std::fs::read_dir(self::folder()).expect("the templates").flatten() {
        std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("copied");
    }
    let file = folder.join("api.json");
    let mut api = serde_json::from_slice(&std::fs::read(&file).expect("read")).expect("JSON");
    change(&mut api);
    std::fs::write(&file, api.to_string()).expect("written");
    folder
}

#[tokio::test]
async fn an_api_that_can_not_be_served_is_refused_with_the_file_and_the_place() {
    let refused = async |change: fn(&mut Value), template: Option<&str>| {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = description(change, folder.path());
        if let Some(template) = template {
            std::fs::write(folder.join("count.vtl"), template).expect("written");
        }
        let error = rest_api::serve(folder, SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Default::default()).await;
        let Err(error) = error else { panic!("it is served") };
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            text.push_str(&format!(": {error}"));
            source = error.source();
        }
        text
    };
    let text = refused(|_| {}, Some("ok\n$nobody")).await;
    assert!(text.contains("count.vtl") && text.contains("line 2, column 1"), "{text}");
    for (change, reason) in [
        ((|api| api["timeout_ms"] = 30_000.into()) as fn(&mut Value), "`timeout_ms` is from 50 to 29000"),
        (|api| api["resources"]["/a/{b}"] = serde_json::json!({}), "`/a/{b}` is not a resource of the subset"),
        (|api| api["resources"]["/"]["GET"] = "lost".into(), "there is no integration `lost`"),
        (|api| api["resources"]["/"]["TRACE"] = "page".into(), "`TRACE` is not a method"),
        (|api| api["integrations"]["count"]["responses"][0]["of"] = "2\\d\\d".into(), "patterns are not in the subset"),
        (|api| api["integrations"]["page"]["request"] = "lost.vtl".into(), "can't read"),
        (|api| api["more"] = 1.into(), "unknown field `more`"),
    ] {
        let text = refused(change, None).await;
        assert!(text.contains(reason), "{reason}: {text}");
    }
}
