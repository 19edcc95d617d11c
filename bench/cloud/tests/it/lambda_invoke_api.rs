//! Invoke: with the official SDK, and with plain HTTP where the SDK hides things.

use aws_sdk_lambda::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    error::ProvideErrorMetadata,
    primitives::Blob,
    types::{InvocationType, LogType},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cloud::lambda::{Lambda, LambdaConfig};
use http::StatusCode;

use crate::lambda_support::{Fixture, body_of, get, post, soon, until};

pub(crate) fn client(lambda: &Lambda) -> Client {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(lambda.endpoint())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(aws_sdk_lambda::config::retry::RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn the_sdk_invokes_by_name_and_by_arn() {
    let fixture = Fixture::new().await;
    let client = client(&fixture.lambda);
    for name in [
        "faulty",
        "faulty:$LATEST",
        "123456789012:function:faulty",
        "arn:aws:lambda:eu-west-2:123456789012:function:faulty",
        "arn:aws:lambda:eu-west-2:123456789012:function:faulty:$LATEST",
    ] {
        let output = soon(client.invoke().function_name(name).payload(Blob::new("{\"x\":1}")).send()).await.unwrap();
        assert_eq!((output.status_code(), output.function_error()), (200, None));
        assert_eq!(output.executed_version(), Some("$LATEST"));
        assert_eq!(body_of(output.payload().unwrap().as_ref())["event"]["x"], 1);
    }
}

#[tokio::test]
async fn a_function_of_another_region_or_account_is_not_here() {
    let fixture = Fixture::new().await;
    let client = client(&fixture.lambda);
    for (name, code, message) in [
        (
            "arn:aws:lambda:us-east-1:123456789012:function:faulty",
            "ResourceNotFoundException",
            "Functions from 'us-east-1' are not reachable in this region ('eu-west-2')",
        ),
        ("arn:aws:lambda:eu-west-2:999999999999:function:faulty", "AccessDeniedException", "not authorized"),
        ("999999999999:function:faulty", "AccessDeniedException", "not authorized"),
    ] {
        let refused = soon(client.invoke().function_name(name).send()).await.unwrap_err().into_service_error();
        assert_eq!(refused.code(), Some(code), "{name}: {refused:?}");
        assert!(refused.message().is_some_and(|it| it.contains(message)), "{name}: {refused:?}");
    }
}

#[tokio::test]
async fn the_sdk_sees_a_function_error_and_its_log() {
    let fixture = Fixture::new().await;
    let client = client(&fixture.lambda);
    let invoke = |word: &str| {
        let payload = Blob::new(format!(r#"{{"do":"{word}"}}"#));
        client.invoke().function_name("faulty").log_type(LogType::Tail).payload(payload).send()
    };
    let printed = soon(invoke("print")).await.unwrap();
    let log = String::from_utf8(BASE64_STANDARD.decode(printed.log_result().unwrap()).unwrap()).unwrap();
    let lines: Vec<_> = log.lines().collect();
    assert!(lines[0].starts_with("START RequestId: ") && lines[0].ends_with(" Version: $LATEST"), "{log}");
    assert!(lines.contains(&"hello from the function"), "{log}");
    assert!(lines.iter().any(|line| line.starts_with("END RequestId: ")), "{log}");
    let report = lines.last().unwrap();
    assert!(report.starts_with("REPORT RequestId: ") && report.contains("Init Duration: "), "{log}");

    let failed = soon(invoke("error")).await.unwrap();
    assert_eq!(failed.function_error(), Some("Unhandled"));
    let payload: serde_json::Value = serde_json::from_slice(failed.payload().unwrap().as_ref()).unwrap();
    assert_eq!(payload["errorMessage"], "it went wrong");
    let log = String::from_utf8(BASE64_STANDARD.decode(failed.log_result().unwrap()).unwrap()).unwrap();
    assert!(!log.contains("hello from the function"), "{log}");
}

#[tokio::test]
async fn the_sdk_maps_throttling_and_unknown_functions() {
    let fixture = Fixture::with(|config| config.reserved_concurrency = Some(0), LambdaConfig::default()).await;
    let client = client(&fixture.lambda);
    let throttled = soon(client.invoke().function_name("faulty").send()).await.unwrap_err().into_service_error();
    assert!(throttled.is_too_many_requests_exception(), "{throttled:?}");
    assert_eq!(throttled.message(), Some("Rate Exceeded."));
    for (name, qualifier) in [("nobody", None), ("faulty", Some("7"))] {
        let request = client.invoke().function_name(name).set_qualifier(qualifier.map(str::to_owned));
        let unknown = soon(request.send()).await.unwrap_err().into_service_error();
        assert!(unknown.is_resource_not_found_exception(), "{unknown:?}");
        let suffix = qualifier.map(|it| format!(":{it}")).unwrap_or_default();
        let arn = format!("Function not found: arn:aws:lambda:eu-west-2:123456789012:function:{name}{suffix}");
        assert_eq!(unknown.message(), Some(&*arn));
    }
}

#[tokio::test]
async fn the_sdk_sends_events_and_dry_runs() {
    let fixture = Fixture::new().await;
    let client = client(&fixture.lambda);
    let invoke = |kind| client.invoke().function_name("faulty").invocation_type(kind).send();
    assert_eq!(soon(invoke(InvocationType::DryRun)).await.unwrap().status_code(), 204);
    assert!(fixture.function.reports().is_empty());
    assert_eq!(soon(invoke(InvocationType::Event)).await.unwrap().status_code(), 202);
    until(|| fixture.function.reports().len() == 1).await;
}

#[tokio::test]
async fn errors_carry_awss_status_type_and_body() {
    let fixture = Fixture::with(|config| config.reserved_concurrency = Some(0), LambdaConfig::default()).await;
    let url = |name: &str| format!("{}/2015-03-31/functions/{name}/invocations", fixture.lambda.endpoint());
    let too_large = vec![b' '; 6 * 1024 * 1024 + 1];
    for (answer, status, error_type, message) in [
        (post(url("nobody"), "{}").await, StatusCode::NOT_FOUND, "ResourceNotFoundException", "Function not found: "),
        (post(url("%ff"), "{}").await, StatusCode::NOT_FOUND, "ResourceNotFoundException", "Function not found: "),
        (post(url("faulty"), "{").await, StatusCode::BAD_REQUEST, "InvalidRequestContentException", "Could not parse"),
        (
            post(url("faulty"), too_large).await,
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        (get(url("faulty")).await, StatusCode::NOT_FOUND, "UnknownOperationException", "GET /2015-03-31"),
    ] {
        assert_eq!((answer.status, &answer.headers["x-amzn-errortype"]), (status, &error_type.parse().unwrap()));
        assert!(answer.json()["Message"].as_str().unwrap().starts_with(message), "{}", answer.text());
        assert_eq!(answer.json()["Type"], "User");
    }
    let throttled = post(url("faulty"), "{}").await;
    assert_eq!(
        (throttled.status, throttled.text()),
        (
            StatusCode::TOO_MANY_REQUESTS,
            r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
        )
    );
}

#[tokio::test]
async fn failures_of_the_function_are_answers_with_status_200() {
    let change = |config: &mut cloud::lambda::FunctionConfig| config.timeout = std::time::Duration::from_secs(2);
    let fixture = Fixture::with(change, LambdaConfig::default()).await;
    let url = format!("{}/2015-03-31/functions/faulty/invocations", fixture.lambda.endpoint());
    for (word, error_type) in [
        ("exit", "Runtime.ExitError"),
        ("hang", "Sandbox.Timedout"),
        ("big", "Function.ResponseSizeTooLarge"),
        ("memory", "Runtime.OutOfMemory"),
    ] {
        let answer = post(&url, format!(r#"{{"do":"{word}"}}"#)).await;
        assert_eq!(
            (answer.status, &answer.headers["x-amz-function-error"]),
            (StatusCode::OK, &"Unhandled".parse().unwrap())
        );
        assert_eq!(answer.json()["errorType"], error_type);
        let request = answer.headers["x-amzn-requestid"].to_str().unwrap();
        if word != "big" {
            assert!(
                answer.json()["errorMessage"].as_str().unwrap().starts_with(&format!("RequestId: {request} Error: "))
            );
        }
    }
}
