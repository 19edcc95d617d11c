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

/// A function, and the one connection that it has to its Runtime API.
pub(crate) struct Invoked {
    pub(crate) function: Running,
    stream: BufReader<TcpStream>,
    events: u32,
}

impl Invoked {
    pub(crate) fn start(binary: &str, store: &str) -> Self {
        Self::start_without(binary, store, &[])
    }

    /// Without some of the variables that Lambda sets.
    pub(crate) fn start_without(binary: &str, store: &str, variables: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let runtime_api = listener.local_addr().unwrap().to_string();
        let mut command = command(binary, store, &runtime_api);
        for variable in variables {
            command.env_remove(variable);
        }
        let function = Running(command.spawn().unwrap());
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { function, stream: BufReader::new(stream), events: 0 }
    }

    /// Gives the function one event. What it posts: `response` or `error`, and the body.
    pub(crate) fn post(&mut self, event: &str) -> (String, String) {
        let (first, _) = request(&mut self.stream);
        assert!(first.starts_with("GET /2018-06-01/runtime/invocation/next"), "{first}");
        self.events += 1;
        // Another trace each time, as Lambda has it.
        let answer = format!(
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: one\r\n\
             Lambda-Runtime-Deadline-Ms: 99999999999999\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-2:1:function:counter\r\n\
             Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c8{:08x};Parent=9a9197af755a6419;Sampled=1\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{event}",
            self.events,
            event.len()
        );
        self.stream.get_mut().write_all(answer.as_bytes()).unwrap();
        let (first, body) = request(&mut self.stream);
        let posted = first.strip_prefix("POST /2018-06-01/runtime/invocation/one/").unwrap();
        let accepted = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
        self.stream.get_mut().write_all(accepted).unwrap();
        (posted.split(' ').next().unwrap().to_owned(), body)
    }
}

/// Starts the function, gives it one event per request, and returns its responses.
fn invoke(binary: &str, store: &str, events: &[Value]) -> Vec<Value> {
    let mut invoked = Invoked::start(binary, store);
    let respond = |event: &Value| {
        let (kind, body) = invoked.post(&event.to_string());
        assert_eq!(kind, "response", "{body}");
        serde_json::from_str(&body).unwrap()
    };
    events.iter().map(respond).collect()
}

#[test]
fn an_event_that_is_not_a_request_fails_its_own_invocation_only() {
    for (binary, _, store) in FUNCTIONS {
        let mut invoked = Invoked::start(binary, store);
        for event in ["", "{", "{}", "[1]", r#"{"rawPath":"/hits"}"#] {
            let (kind, body) = invoked.post(event);
            assert_eq!(kind, "error");
            let error: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(error["errorType"], "Function.Failed");
            assert!(error["errorMessage"].is_string());
        }
        assert_eq!(invoked.post(&payload_2("GET /").to_string()).0, "response");
    }
}

/// The event of payload format 2.0 for `GET /path`.
pub(crate) fn payload_2(request: &str) -> Value {
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
    for (binary, _, store) in FUNCTIONS {
        let requests = ["GET /", "GET /nowhere", "HEAD /hits", "GET /readyz", "GET /hits", "FOO /", "GET /healthz"];
        let responses = invoke(binary, store, &requests.map(payload_2));
        let statuses: Vec<_> = responses.iter().map(|response| &response["statusCode"]).collect();
        assert_eq!(statuses, [200, 404, 405, 503, 503, 501, 200], "{responses:#?}");
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
    for (binary, _, store) in FUNCTIONS {
        let requests = ["GET /", "POST /nowhere", "GET /no where", "HEAD /", "GET /healthz", "GET /readyz"];
        let of_balancer = invoke(binary, store, &requests.map(balancers));
        assert_eq!(of_balancer, invoke(binary, store, &requests.map(payload_2)));
    }
}
