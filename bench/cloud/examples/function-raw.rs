//! A Lambda function without a runtime library, for tests: it answers with the very bytes that a request asks for.
//!
//! The event's header `x-answer` is the answer in base64; `x-stream` makes it a streamed response, and
//! `x-stream-error` ends that stream in an error's trailers. Without any of them the event is echoed.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::TcpStream;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it");
    loop {
        let (heads, event) = call(&api, "GET", "/2018-06-01/runtime/invocation/next", "", b"")?;
        let id = head(&heads, "lambda-runtime-aws-request-id").expect("every invocation has one");
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        let asked = |name: &str| {
            let single = event["headers"][name].as_str();
            single.or(event["multiValueHeaders"][name][0].as_str()).or(event[name].as_str()).map(str::to_owned)
        };
        let answer = match asked("x-answer") {
            Some(text) => BASE64_STANDARD.decode(text).expect("base64"),
            None => json!({ "statusCode": 200, "body": event.to_string() }).to_string().into_bytes(),
        };
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        match (asked("x-stream"), asked("x-stream-error")) {
            (None, None) => drop(call(&api, "POST", &path, "", &answer)?),
            (_, error) => stream(&api, &path, &answer, error.as_deref())?,
        }
    }
}

/// A response in chunks, ended by an error's trailers if there is one.
fn stream(api: &str, path: &str, answer: &[u8], error: Option<&str>) -> Result<()> {
    let mut stream = TcpStream::connect(api)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
         Lambda-Runtime-Function-Response-Mode: streaming\r\n\
         Content-Type: application/vnd.awslambda.http-integration-response\r\n\
         Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
    )?;
    for part in answer.chunks(answer.len().div_ceil(3).max(1)) {
        write!(stream, "{:x}\r\n", part.len())?;
        stream.write_all(part)?;
        stream.write_all(b"\r\n")?;
        stream.flush()?;
    }
    stream.write_all(b"0\r\n")?;
    if let Some(kind) = error {
        let body = json!({ "errorType": kind, "errorMessage": "it broke off", "stackTrace": ["at line 1"] });
        let body = BASE64_STANDARD.encode(body.to_string());
        write!(stream, "Lambda-Runtime-Function-Error-Type: {kind}\r\nLambda-Runtime-Function-Error-Body: {body}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// One call over a connection of its own. Gives the head's lines and the body.
fn call(api: &str, method: &str, path: &str, more: &str, body: &[u8]) -> Result<(Vec<String>, Vec<u8>)> {
    let mut stream = TcpStream::connect(api)?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n"
    )?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(stream);
    let mut heads = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        heads.push(line.trim_end().to_owned());
    }
    let length = head(&heads, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((heads, body))
}

fn head(heads: &[String], name: &str) -> Option<String> {
    let lines = heads.iter().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}
