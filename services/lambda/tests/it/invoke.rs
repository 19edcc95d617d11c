//! Invocations with payload format 2.0 and with a balancer's events, answered as the router does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{FUNCTIONS, Running, command};

/// Reads one request: its first line and its body.
fn request(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (first, String::from_utf8(body).unwrap())
}

/// Starts the function, gives it one event per request, and returns its responses.
fn invoke(binary: &str, store: &str, events: &[Value]) -> Vec<Value> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let runtime_api = listener.local_addr().unwrap().to_string();
    let _function = Running(command(binary, store, &runtime_api).spawn().unwrap());
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut stream = BufReader::new(stream);
    let mut responses = Vec::new();
    for event in events {
        let (first, _) = request(&mut stream);
        assert!(first.starts_with("GET /2018-06-01/runtime/invocation/next"), "{first}");
        let event = event.to_string();
        write!(
            stream.get_mut(),
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: one\r\n\
             Lambda-Runtime-Deadline-Ms: 99999999999999\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-2:1:function:counter\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{event}",
            event.len()
        )
        .unwrap();
        let (first, body) = request(&mut stream);
        assert!(first.starts_with("POST /2018-06-01/runtime/invocation/one/response"), "{first}");
        responses.push(serde_json::from_str(&body).unwrap());
        write!(stream.get_mut(), "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
    responses
}

/// The event of payload format 2.0 for `GET /path`.
fn payload_2(request: &str) -> Value {
    let (method, path) = request.split_once(' ').unwrap();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": { "host": "test" }, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "1", "apiId": "test", "domainName": "test", "domainPrefix": "test",
            "requestId": "one", "routeKey": "$default", "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64,
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "test"
            }
        }
    })
}

#[test]
fn a_function_answers_with_the_routers_bytes() {
    for (binary, store) in FUNCTIONS {
        let requests = ["GET /", "GET /nowhere", "HEAD /hits", "GET /healthz", "GET /hits"];
        let responses = invoke(binary, store, &requests.map(payload_2));
        let statuses: Vec<_> = responses.iter().map(|response| &response["statusCode"]).collect();
        assert_eq!(statuses, [200, 404, 405, 503, 503], "{responses:#?}");
        assert_eq!(responses[0]["body"], counter::PAGE);
        assert_eq!(responses[0]["headers"]["content-type"], "text/html; charset=utf-8");
        assert_eq!(responses[2]["headers"]["allow"], "GET, POST");
        assert_eq!(responses[3]["body"], r#"{"status":"fail"}"#);
        assert_eq!(responses[4]["headers"]["content-type"], "application/problem+json");
        assert!(responses.iter().all(|response| response["isBase64Encoded"] == false));
    }
}

/// As the balancer's documentation has it:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>
fn balancers(request: &str) -> Value {
    let (method, path) = request.split_once(' ').unwrap();
    json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-2:1:targetgroup/t/1" } },
        "httpMethod": method, "path": path, "queryStringParameters": {},
        "headers": { "host": "test" }, "body": "", "isBase64Encoded": false
    })
}

#[test]
fn a_balancers_event_gets_the_same_answers() {
    for (binary, store) in FUNCTIONS {
        let requests = ["GET /", "POST /nowhere", "GET /no where", "HEAD /", "GET /healthz"];
        let of_balancer = invoke(binary, store, &requests.map(balancers));
        assert_eq!(of_balancer, invoke(binary, store, &requests.map(payload_2)));
    }
}
