//! The fronts of functions: what a request becomes, what an answer becomes, and what failures look like.

use std::time::Duration;

use cloud::{
    front::{Front, alb, alb::function::MultiValue, function_url, http_api},
    lambda::{FunctionConfig, LambdaConfig},
};
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::lambda_support::{Answer, Fixture, get, post, send, soon};
use crate::listener::{closed, listening};

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
            alb: alb::function::serve(fixture.function.clone(), MultiValue::Off).await.unwrap(),
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

/// `time` and `timeEpoch` are the same moment, now.
#[tokio::test]
async fn an_event_has_the_time_it_was_made() {
    let fronts = Fronts::new(|_| {}).await;
    for front in [&fronts.http_api, &fronts.function_url] {
        let context = get(format!("{}/echo", front.url())).await.json()["requestContext"].clone();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let epoch = u128::from(context["timeEpoch"].as_u64().unwrap());
        assert!((now - 60_000..=now).contains(&epoch), "{context}");
        let time = context["time"].as_str().unwrap();
        assert!(time.len() == 26 && time.ends_with(" +0000"), "{time}");
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_are_base64_whatever_their_type() {
    let fronts = Fronts::new(|_| {}).await;
    for (name, front) in fronts.all() {
        let request = Request::post(format!("{}/echo", front.url())).header("content-type", "text/plain");
        let event = send(request.body(Full::from(&[0, 0xff][..])).unwrap()).await.json();
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("AP8="), &json!(true)), "{name}");
    }
}

#[tokio::test]
async fn a_front_that_is_shut_down_refuses_connections() {
    let fronts = Fronts::new(|_| {}).await;
    let address = fronts.http_api.address().to_string();
    let listener = listening(&address);
    assert!(listener.is_some(), "{address}");
    soon(fronts.http_api.shutdown()).await;
    closed(&address, listener).await;
}
