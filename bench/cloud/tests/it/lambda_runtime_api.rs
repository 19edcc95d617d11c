//! The Runtime API, spoken by the test itself in place of a runtime.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use bytes::Bytes;
use cloud::lambda::{Call, FunctionConfig, Invoked, LambdaConfig, Outcome};
use http::{Request, StatusCode};
use http_body_util::Full;
use tokio::task::JoinHandle;

use crate::lambda_support::{Answer, Fixture, get, post, send, soon, until};

/// A function whose bootstrap only prints where its Runtime API is, and an invocation of it under way.
struct ByHand {
    fixture: Fixture,
    api: String,
    invoked: JoinHandle<Invoked>,
}

impl ByHand {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let folder = fixture.code.path().join("by-hand");
        fs::create_dir(&folder).unwrap();
        let bootstrap = folder.join("bootstrap");
        fs::write(&bootstrap, "#!/bin/sh\necho $AWS_LAMBDA_RUNTIME_API > api.new\nmv api.new api\nexec sleep 600\n")
            .unwrap();
        fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o755)).unwrap();
        let config = FunctionConfig { timeout: Duration::from_secs(20), ..FunctionConfig::new("by-hand", &folder) };
        let function = fixture.lambda.create_function(config).unwrap();
        let call = Call {
            payload: Bytes::from_static(b"{\"a\":1}"),
            client_context: Some(Bytes::from_static(b"{\"client\":{}}")),
            ..Call::default()
        };
        let invoked = tokio::spawn(async move { function.call(call).await });
        until(|| folder.join("api").exists()).await;
        let api = fs::read_to_string(folder.join("api")).unwrap();
        let api = format!("http://{}/2018-06-01/runtime", api.trim());
        Self { fixture, api, invoked }
    }

    async fn next(&self) -> Answer {
        get(format!("{}/invocation/next", self.api)).await
    }

    async fn respond(&self, id: &str, body: &'static str) -> Answer {
        post(format!("{}/invocation/{id}/response", self.api), body).await
    }
}

fn id(next: &Answer) -> String {
    next.headers["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn next_shows_all_of_an_invocation_and_a_response_ends_it() {
    let by_hand = ByHand::new().await;
    let next = by_hand.next().await;
    assert_eq!((next.status, next.text()), (StatusCode::OK, "{\"a\":1}"));
    let arn = "arn:aws:lambda:eu-west-2:123456789012:function:by-hand";
    assert_eq!(next.headers["lambda-runtime-invoked-function-arn"], arn);
    assert_eq!(next.headers["lambda-runtime-client-context"], "{\"client\":{}}");
    assert!(next.headers["lambda-runtime-trace-id"].to_str().unwrap().contains(";Parent="));
    let deadline: u128 = next.headers["lambda-runtime-deadline-ms"].to_str().unwrap().parse().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    assert!((now + 15_000..now + 20_001).contains(&deadline), "{deadline} at {now}");
    let accepted = by_hand.respond(&id(&next), "\"done\"").await;
    assert_eq!((accepted.status, accepted.text()), (StatusCode::ACCEPTED, "{\"status\":\"OK\"}\n"));
    let invoked = soon(by_hand.invoked).await.unwrap();
    assert_eq!(invoked.request_id.to_string(), id(&next));
    assert!(matches!(invoked.outcome, Outcome::Success(payload) if payload == "\"done\""));
    soon(by_hand.fixture.lambda.shutdown()).await;
}

#[tokio::test]
async fn a_wrong_or_repeated_request_id_is_refused() {
    let by_hand = ByHand::new().await;
    let id = id(&by_hand.next().await);
    for wrong in ["nonsense", "00000000-0000-0000-0000-000000000000"] {
        let refused = by_hand.respond(wrong, "1").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.json()["errorType"], "InvalidRequestID");
    }
    assert_eq!(by_hand.respond(&id, "1").await.status, StatusCode::ACCEPTED);
    assert_eq!(by_hand.respond(&id, "2").await.status, StatusCode::BAD_REQUEST);
    assert!(matches!(soon(by_hand.invoked).await.unwrap().outcome, Outcome::Success(payload) if payload == "1"));
}

/// A runtime that posts to a wrong id while it still sends gets to read the refusal, over and over.
#[tokio::test]
async fn a_refusal_can_be_read_by_a_runtime_that_is_still_sending() {
    let by_hand = ByHand::new().await;
    by_hand.next().await;
    let body = vec![b'x'; 3_000_000];
    for path in ["invocation/nonsense/response", "invocation/nonsense/error", "nothing"] {
        for _ in 0..10 {
            let refused = post(format!("{}/{path}", by_hand.api), body.clone()).await;
            assert!(refused.status.is_client_error(), "{path}");
        }
    }
}

#[tokio::test]
async fn next_before_an_answer_and_unknown_paths_are_refused() {
    let by_hand = ByHand::new().await;
    by_hand.next().await;
    let refused = by_hand.next().await;
    assert_eq!(
        (refused.status, &refused.json()["errorType"]),
        (StatusCode::FORBIDDEN, &"InvalidStateTransition".into())
    );
    let late = post(format!("{}/init/error", by_hand.api), "{}").await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert_eq!(get(format!("{}/nothing", by_hand.api)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reported_error_reaches_the_caller_word_for_word() {
    let by_hand = ByHand::new().await;
    let id = id(&by_hand.next().await);
    let body = r#"{"errorType":"MyError","errorMessage":"mine","stackTrace":["a"]}"#;
    post(format!("{}/invocation/{id}/error", by_hand.api), body).await;
    match soon(by_hand.invoked).await.unwrap().outcome {
        Outcome::FunctionError(error) => {
            assert_eq!((&*error.error_type, &*error.message, &*error.payload), ("MyError", "mine", body.as_bytes()));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_init_error_reaches_the_caller_after_the_second_try() {
    let by_hand = ByHand::new().await;
    let api = by_hand.fixture.code.path().join("by-hand/api");
    fs::remove_file(&api).unwrap();
    let report = r#"{"errorType":"Init.Bad","errorMessage":"no config"}"#;
    assert_eq!(post(format!("{}/init/error", by_hand.api), report).await.status, StatusCode::ACCEPTED);
    until(|| api.exists()).await;
    let second = fs::read_to_string(&api).unwrap();
    post(format!("http://{}/2018-06-01/runtime/init/error", second.trim()), report).await;
    let outcome = soon(by_hand.invoked).await.unwrap().outcome;
    assert!(matches!(&outcome, Outcome::FunctionError(error) if error.error_type == "Init.Bad"), "{outcome:?}");
}

#[tokio::test]
async fn a_streamed_response_is_gathered_and_another_mode_refused() {
    for (mode, status) in [("streaming", StatusCode::ACCEPTED), ("carrier-pigeon", StatusCode::BAD_REQUEST)] {
        let by_hand = ByHand::new().await;
        let id = id(&by_hand.next().await);
        let request = Request::post(format!("{}/invocation/{id}/response", by_hand.api))
            .header("lambda-runtime-function-response-mode", mode)
            .body(Full::from("{}"))
            .unwrap();
        assert_eq!(send(request).await.status, status);
        let outcome = soon(by_hand.invoked).await.unwrap().outcome;
        assert_eq!(matches!(outcome, Outcome::Success(_)), mode == "streaming", "{outcome:?}");
    }
}

#[tokio::test]
async fn an_unfinished_runtime_times_out() {
    let fixture = Fixture::with(|config| config.timeout = Duration::from_millis(200), LambdaConfig::default()).await;
    let outcome = fixture.invoke("hang").await;
    assert!(matches!(&outcome, Outcome::FunctionError(error) if error.error_type == "Sandbox.Timedout"), "{outcome:?}");
}
