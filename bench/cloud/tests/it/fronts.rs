//! The fronts of functions: what a request becomes, what an answer becomes, and what failures look like.

use std::time::Duration;

use cloud::{
    front::{Front, alb, function_url, http_api},
    lambda::{FunctionConfig, LambdaConfig},
};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::lambda_support::{Answer, Fixture, get, post, send, soon};

struct Fronts {
    fixture: Fixture,
    http_api: Front,
    function_url: Front,
    alb: Front,
}

impl Fronts {
    async fn new(change: impl FnOnce(&mut FunctionConfig)) -> Self {
        let fixture = Fixture::with(change, LambdaConfig::default()).await;
        Self {
            http_api: http_api::serve(fixture.function.clone()).await.unwrap(),
            function_url: function_url::serve(fixture.function.clone()).await.unwrap(),
            alb: alb::function::serve(fixture.function.clone()).await.unwrap(),
            fixture,
        }
    }

    fn all(&self) -> [(&'static str, &Front); 3] {
        [("HTTP API", &self.http_api), ("function URL", &self.function_url), ("ALB", &self.alb)]
    }
}

const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                           <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

fn check(what: &str, answer: &Answer, expected: (u16, &str)) {
    assert_eq!((answer.status.as_u16(), answer.text()), expected, "{what}");
}

#[tokio::test]
async fn each_failure_of_a_function_has_each_fronts_answer() {
    let fronts = Fronts::new(|config| config.timeout = Duration::from_millis(1_500)).await;
    for word in ["error", "panic", "exit", "hang", "big", "memory", "not-a-status"] {
        for (name, front) in fronts.all() {
            let expected = match name {
                "HTTP API" => (500, r#"{"message":"Internal Server Error"}"#),
                "function URL" => (502, "Internal Server Error"),
                _ => (502, BAD_GATEWAY),
            };
            let answer = get(format!("{}/{word}", front.url())).await;
            check(&format!("{word} through {name}"), &answer, expected);
            let kind = if name == "ALB" { "text/html" } else { "application/json" };
            assert_eq!(answer.headers["content-type"], kind, "{word} through {name}");
        }
    }
}

#[tokio::test]
async fn a_failed_init_has_each_fronts_answer() {
    let exits = |config: &mut FunctionConfig| drop(config.env.insert("INIT".into(), "exit".into()));
    let fronts = Fronts::new(exits).await;
    for ((name, front), status) in fronts.all().into_iter().zip([500, 502, 502]) {
        assert_eq!(get(front.url()).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn throttling_has_each_fronts_answer() {
    let fronts = Fronts::new(|config| config.reserved_concurrency = Some(0)).await;
    check("HTTP API", &get(fronts.http_api.url()).await, (503, r#"{"message":"Service Unavailable"}"#));
    check("function URL", &get(fronts.function_url.url()).await, (429, r#"{"Message":"Rate Exceeded."}"#));
    check("ALB", &get(fronts.alb.url()).await, (502, BAD_GATEWAY));
}

#[tokio::test]
async fn too_large_requests_are_refused_with_413_and_the_function_is_not_run() {
    let fronts = Fronts::new(|_| {}).await;
    const MEGABYTE: usize = 1024 * 1024;
    for (front, bytes) in [
        // More than the front takes, and more than Lambda does.
        (&fronts.http_api, 10 * MEGABYTE + 1),
        (&fronts.http_api, 7 * MEGABYTE),
        (&fronts.function_url, 6 * MEGABYTE + 1),
        (&fronts.alb, MEGABYTE + 1),
    ] {
        assert_eq!(post(front.url(), vec![b'x'; bytes]).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{bytes}");
    }
    assert!(fronts.fixture.function.reports().is_empty());
}

#[tokio::test]
async fn only_the_load_balancer_minds_an_answer_over_one_megabyte() {
    let fronts = Fronts::new(|_| {}).await;
    for ((name, front), status) in fronts.all().into_iter().zip([200, 200, 502]) {
        assert_eq!(get(format!("{}/over-one-megabyte", front.url())).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn an_answer_without_a_status_is_a_body_except_behind_the_load_balancer() {
    let fronts = Fronts::new(|_| {}).await;
    for front in [&fronts.http_api, &fronts.function_url] {
        let bare = get(format!("{}/bare", front.url())).await;
        check("bare", &bare, (200, r#"{"message":"no status"}"#));
        assert_eq!(bare.headers["content-type"], "application/json");
        check("text", &get(format!("{}/text", front.url())).await, (200, "just text"));
    }
    for word in ["bare", "text"] {
        check(word, &get(format!("{}/{word}", fronts.alb.url())).await, (502, BAD_GATEWAY));
    }
}

#[tokio::test]
async fn binary_bodies_and_cookies_come_out_as_they_went_in() {
    let fronts = Fronts::new(|_| {}).await;
    for (name, front) in fronts.all() {
        let binary = get(format!("{}/binary", front.url())).await;
        assert_eq!((binary.status, &*binary.body), (StatusCode::CREATED, &[0, 1, 2, 255][..]), "{name}");
    }
    for front in [&fronts.http_api, &fronts.function_url] {
        let answer = get(format!("{}/cookies", front.url())).await;
        let cookies: Vec<_> =
            answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
        assert_eq!((answer.status, cookies), (StatusCode::OK, vec!["a=1", "b=2; Secure"]));
    }
}

/// A request with everything that an event can show, to a function that echoes its event.
async fn echoed(front: &Front) -> Value {
    let request = Request::post(format!("{}/a%20b/echo?x=1&y=%C3%A9+z&x=2&flag", front.url()))
        .header("Content-Type", "text/plain; charset=utf-8")
        .header("User-Agent", "test/1")
        .header("Cookie", "one=1; two=2")
        .header("X-Twice", "a")
        .header("X-Twice", "b")
        .header("Connection", "keep-alive")
        .header("X-Forwarded-For", "192.0.2.1")
        .body(Full::from("plain \"text\"\n"))
        .unwrap();
    send(request).await.json()
}

#[tokio::test]
async fn payload_2_0_describes_the_request() {
    let fronts = Fronts::new(|_| {}).await;
    for front in [&fronts.http_api, &fronts.function_url] {
        let event = echoed(front).await;
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["routeKey"], "$default");
        assert_eq!(event["rawPath"], "/a%20b/echo");
        assert_eq!(event["rawQueryString"], "x=1&y=%C3%A9+z&x=2&flag");
        assert_eq!(event["queryStringParameters"], json!({ "x": "1,2", "y": "é z", "flag": "" }));
        assert_eq!(event["cookies"], json!(["one=1", "two=2"]));
        let headers = &event["headers"];
        assert_eq!((&headers["x-twice"], &headers["x-forwarded-proto"]), (&json!("a,b"), &json!("http")));
        assert_eq!(headers["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
        assert_eq!(headers["x-forwarded-port"], front.address().port().to_string());
        assert_eq!((&headers["cookie"], &headers["connection"]), (&Value::Null, &Value::Null));
        assert!(headers["x-amzn-trace-id"].as_str().unwrap().starts_with("Root=1-"));
        let context = &event["requestContext"];
        let http = json!({ "method": "POST", "path": "/a%20b/echo", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test/1" });
        assert_eq!(context["http"], http);
        assert_eq!((&context["stage"], &context["domainName"]), (&json!("$default"), &json!("127.0.0.1")));
        assert!(context["timeEpoch"].as_u64().unwrap() > 1_700_000_000_000);
        assert!(context["time"].as_str().unwrap().ends_with(" +0000"));
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("plain \"text\"\n"), &json!(false)));
    }
}

#[tokio::test]
async fn the_load_balancers_event_leaves_queries_encoded_and_takes_last_values() {
    let fronts = Fronts::new(|_| {}).await;
    let event = echoed(&fronts.alb).await;
    assert!(event["requestContext"]["elb"]["targetGroupArn"].as_str().unwrap().starts_with("arn:aws:elasticload"));
    assert_eq!((&event["httpMethod"], &event["path"]), (&json!("POST"), &json!("/a%20b/echo")));
    assert_eq!(event["queryStringParameters"], json!({ "x": "2", "y": "%C3%A9+z", "flag": "" }));
    assert_eq!((&event["headers"]["x-twice"], &event["headers"]["cookie"]), (&json!("b"), &json!("one=1; two=2")));
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("plain \"text\"\n"), &json!(false)));
}

#[tokio::test]
async fn bodies_that_are_no_text_are_base64() {
    let fronts = Fronts::new(|_| {}).await;
    for (name, front) in fronts.all() {
        let echo = |kind: &'static str, body: &'static [u8]| {
            let request = Request::post(format!("{}/echo", front.url())).header("content-type", kind);
            send(request.body(Full::from(body)).unwrap())
        };
        let binary = echo("application/octet-stream", &[0, 255]).await.json();
        assert_eq!((&binary["body"], &binary["isBase64Encoded"]), (&json!("AP8="), &json!(true)), "{name}");
        let false_text = echo("text/plain", &[0xff]).await.json();
        assert_eq!(false_text["isBase64Encoded"], true, "{name}");
        let empty = get(format!("{}/echo", front.url())).await.json();
        let body = if name == "ALB" { json!("") } else { Value::Null };
        assert_eq!((&empty["body"], &empty["isBase64Encoded"]), (&body, &json!(false)), "{name}");
    }
}

#[tokio::test]
async fn head_gets_the_headers_of_get_without_a_body() {
    let fronts = Fronts::new(|_| {}).await;
    for (name, front) in fronts.all() {
        let url = format!("{}/text-like", front.url());
        let head = send(Request::builder().method(Method::HEAD).uri(url).body(Full::default()).unwrap()).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0), "{name}");
        assert_eq!(head.headers["content-type"], "application/json", "{name}");
        let length: usize = head.headers["content-length"].to_str().unwrap().parse().unwrap();
        assert!(length > 100, "{name}");
    }
}

#[tokio::test]
async fn a_front_that_is_shut_down_refuses_connections() {
    let fronts = Fronts::new(|_| {}).await;
    let address = fronts.http_api.address();
    soon(fronts.http_api.shutdown()).await;
    assert!(soon(tokio::net::TcpStream::connect(address)).await.is_err());
}
