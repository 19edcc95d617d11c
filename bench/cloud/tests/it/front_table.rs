//! The table of what requests and answers become at the fronts of functions, `fronts.toml`, run row by row; and its
//! copy in docs/local-cloud.md, which `LAB_UPDATE=1` writes anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use cloud::front::{Front, alb, alb::function::MultiValue, function_url, http_api};
use cloud::lambda::{Function, FunctionConfig, Lambda, LambdaConfig};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lambda_support::{code, soon};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sources: BTreeMap<String, String>,
    event: Vec<EventRow>,
    answer: Vec<AnswerRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRow {
    what: String,
    fronts: Vec<String>,
    #[serde(default = "root")]
    target: String,
    #[serde(default = "get")]
    method: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    pointer: String,
    value: Option<Value>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerRow {
    what: String,
    fronts: Vec<String>,
    #[serde(default = "get")]
    method: String,
    payload: String,
    status: u16,
    reason: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    body: Option<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

fn root() -> String {
    "/".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

fn table() -> Table {
    toml::from_str(include_str!("fronts.toml")).unwrap()
}

struct Fronts {
    by_name: BTreeMap<&'static str, Front>,
    _lambda: Lambda,
    _code: TempDir,
}

impl Fronts {
    async fn start() -> Self {
        let code = code("function-raw");
        let lambda = Lambda::start(LambdaConfig::default()).await.unwrap();
        let function: Function = lambda.create_function(FunctionConfig::new("raw", code.path())).unwrap();
        let by_name = [
            ("HTTP API", http_api::serve(function.clone()).await.unwrap()),
            ("function URL", function_url::serve(function.clone()).await.unwrap()),
            ("ALB", alb::function::serve(function.clone(), MultiValue::Off).await.unwrap()),
            ("ALB multi-value", alb::function::serve(function.clone(), MultiValue::On).await.unwrap()),
        ];
        Self { by_name: by_name.into(), _lambda: lambda, _code: code }
    }

    /// Sends a request as it stands. Gives the head's lines and the body.
    async fn call(
        &self,
        front: &str,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: Option<&str>,
    ) -> (Vec<String>, Vec<u8>) {
        let mut request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name == "Host") {
            request.push_str("Host: local.example\r\n");
        }
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if let Some(body) = body {
            write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        write!(request, "\r\n{}", body.unwrap_or_default()).unwrap();
        let mut stream = TcpStream::connect(self.by_name[front].address()).await.unwrap();
        let mut answer = Vec::new();
        soon(async {
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.read_to_end(&mut answer).await.unwrap();
        })
        .await;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
        let head = std::str::from_utf8(&answer[..end]).unwrap().split("\r\n").map(str::to_owned).collect();
        (head, answer[end + 4..].to_vec())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_event_table_holds() {
    let (table, fronts) = (table(), Fronts::start().await);
    for row in &table.event {
        for front in &row.fronts {
            let called = fronts.call(front, &row.method, &row.target, &row.headers, row.body.as_deref()).await;
            let event: Value = serde_json::from_slice(&called.1).unwrap_or_else(|_| panic!("{front}: {called:?}"));
            assert_eq!(event.pointer(&row.pointer), row.value.as_ref(), "{front}: {}: {}", row.what, row.pointer);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_answer_table_holds() {
    let (table, fronts) = (table(), Fronts::start().await);
    for row in &table.answer {
        let asked = [("x-answer".to_owned(), BASE64_STANDARD.encode(&row.payload))];
        for front in &row.fronts {
            let (head, body) = fronts.call(front, &row.method, "/", &asked, None).await;
            let what = format!("{front}: {}: {head:?}", row.what);
            let status = head[0].strip_prefix("HTTP/1.1 ").unwrap();
            assert_eq!(status[..3], row.status.to_string(), "{what}");
            if let Some(reason) = &row.reason {
                assert_eq!(&status[4..], reason, "{what}");
            }
            for (name, expected) in &row.headers {
                let lines = head[1..].iter().filter_map(|line| line.split_once(": "));
                let found: Vec<_> = lines.filter(|(key, _)| key == name).map(|(_, value)| value).collect();
                let expected = match expected {
                    Values::One(value) => std::slice::from_ref(value),
                    Values::Many(values) => values,
                };
                assert_eq!(found, expected, "{what}");
            }
            if let Some(expected) = &row.body {
                assert_eq!(String::from_utf8_lossy(&body), *expected, "{what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_front_labels_requests_as_aws_does() {
    let fronts = Fronts::start().await;
    let line = |head: &[String], name: &str| {
        let lines = head.iter().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let id = |body: &[u8]| -> String {
        let event: Value = serde_json::from_slice(body).unwrap();
        event["requestContext"]["requestId"].as_str().unwrap_or_default().to_owned()
    };
    let (head, body) = fronts.call("HTTP API", "GET", "/", &[], None).await;
    assert_eq!(line(&head, "apigw-requestid").unwrap(), id(&body));
    assert!(id(&body).len() == 16 && id(&body).ends_with('='), "{}", id(&body));
    let (head, body) = fronts.call("function URL", "GET", "/", &[], None).await;
    assert_eq!(line(&head, "x-amzn-requestid").unwrap(), id(&body));
    assert_eq!(id(&body).split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(line(&head, "x-amzn-trace-id").unwrap().starts_with("Root=1-"));
    let received = [("X-Amzn-Trace-Id".to_owned(), "Root=1-6a5145a7-5c3686ff7df3149177a89157".to_owned())];
    let (_, body) = fronts.call("ALB", "GET", "/", &received, None).await;
    let event: Value = serde_json::from_slice(&body).unwrap();
    let trace = event["headers"]["x-amzn-trace-id"].as_str().unwrap();
    assert!(trace.starts_with("Self=1-") && trace.ends_with(&received[0].1), "{trace}");
}

/// A caller that closes its sending side after the request, as `nc -N` does, is answered all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_closed_caller_is_answered() {
    let fronts = Fronts::start().await;
    for (name, front) in &fronts.by_name {
        for _ in 0..20 {
            let mut stream = TcpStream::connect(front.address()).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            stream.shutdown().await.unwrap();
            let mut answer = Vec::new();
            soon(stream.read_to_end(&mut answer)).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{name}: {}", String::from_utf8_lossy(&answer));
        }
    }
}

#[test]
fn the_document_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/local-cloud.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- begin: fronts.toml -->\n", "<!-- end: fronts.toml -->");
    let (before, rest) = document.split_once(begin).expect("a begin marker");
    let (shown, after) = rest.split_once(end).expect("an end marker");
    let expected = markdown(&table());
    if std::env::var_os("LAB_UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
    } else {
        assert!(shown == expected, "docs/local-cloud.md is not what fronts.toml says; run this test with LAB_UPDATE=1");
    }
}

fn markdown(table: &Table) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = String::from(
        "\nA request becomes:\n\n| front | what | example | in the event | source |\n|---|---|---|---|---|\n",
    );
    for row in &table.event {
        let headers: String = row.headers.iter().map(|(name, value)| format!(", `{name}: {value}`")).collect();
        let body = row.body.as_ref().map(|body| format!(", body `{body}`")).unwrap_or_default();
        let example = format!("`{} {}`{headers}{body}", row.method, row.target);
        let value = row.value.as_ref().map_or("absent".to_owned(), |value| format!("`{value}`"));
        let (fronts, what) = (row.fronts.join(", "), &row.what);
        let pointer = row.pointer[1..].replace('/', ".");
        let line =
            format!("| {fronts} | {what} | {} | `{pointer}`: {} | {} |", cell(&example), cell(&value), row.source);
        writeln!(text, "{line}").unwrap();
    }
    text.push_str("\nAn answer becomes:\n\n| front | what | the function's answer | the response | source |\n|---|---|---|---|---|\n");
    for row in &table.answer {
        let mut response = row.status.to_string();
        for (name, values) in &row.headers {
            match values {
                Values::One(value) => write!(response, ", `{name}: {value}`").unwrap(),
                Values::Many(values) if values.is_empty() => write!(response, ", without `{name}`").unwrap(),
                Values::Many(values) => values.iter().for_each(|v| write!(response, ", `{name}: {v}`").unwrap()),
            }
        }
        if let Some(body) = row.body.as_deref().filter(|body| !body.is_empty()) {
            write!(response, ", body `{body}`").unwrap();
        }
        let (fronts, what) = (row.fronts.join(", "), &row.what);
        let line = format!("| {fronts} | {what} | `{}` | {} | {} |", cell(&row.payload), cell(&response), row.source);
        writeln!(text, "{line}").unwrap();
    }
    text.push_str("\nSources:\n\n");
    for (name, source) in &table.sources {
        writeln!(text, "- {name}: {source}").unwrap();
    }
    text
}

#[test]
fn every_source_is_named_and_used() {
    let table = table();
    let used: Vec<&str> = table
        .event
        .iter()
        .map(|row| &*row.source)
        .chain(table.answer.iter().map(|row| &*row.source))
        .flat_map(|sources| sources.split(", "))
        .collect();
    for source in &used {
        assert!(table.sources.contains_key(*source), "{source} is not in [sources]");
    }
    for source in table.sources.keys() {
        assert!(used.contains(&source.as_str()), "{source} is not used");
    }
}
