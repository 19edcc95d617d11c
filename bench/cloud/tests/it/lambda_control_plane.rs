//! The control plane: functions put there, changed, listed and deleted, with the official SDK.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, Environment, FunctionCode, InvokeWithResponseStreamResponseEvent as StreamEvent, LogType, Runtime,
    State,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cloud::lambda::{Lambda, LambdaConfig};
use serde_json::Value;

use crate::lambda_invoke_api::client;
use crate::lambda_support::{body_of, example, post, soon};

const ROLE: &str = "arn:aws:iam::123456789012:role/mine";

async fn start() -> (Lambda, Client) {
    let env = [("AWS_ENDPOINT_URL_S3".to_owned(), "http://127.0.0.1:1".to_owned())].into();
    let lambda = Lambda::start(LambdaConfig { env, ..LambdaConfig::default() }).await.unwrap();
    let client = client(&lambda);
    (lambda, client)
}

/// A zip with an example as its `bootstrap`.
pub(crate) fn zipped(name: &str) -> Blob {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    std::io::copy(&mut std::fs::File::open(example(name)).unwrap(), &mut zip).unwrap();
    Blob::new(zip.finish().unwrap().into_inner())
}

/// A zip with a script as its `bootstrap`: small, for requests that are refused.
fn small() -> Blob {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("bootstrap", zip::write::SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    std::io::Write::write_all(&mut zip, b"#!/bin/sh\n").unwrap();
    Blob::new(zip.finish().unwrap().into_inner())
}

fn create(client: &Client, name: &str, code: Blob) -> CreateFunctionFluentBuilder {
    client
        .create_function()
        .function_name(name)
        .runtime(Runtime::Providedal2023)
        .role(ROLE)
        .handler("bootstrap")
        .memory_size(256)
        .timeout(10)
        .code(FunctionCode::builder().zip_file(code).build())
}

async fn body(client: &Client, name: &str) -> Value {
    let invoked = soon(client.invoke().function_name(name).payload(Blob::new("{}")).send()).await.unwrap();
    assert_eq!(invoked.function_error(), None);
    body_of(invoked.payload().unwrap().as_ref())
}

#[tokio::test]
async fn a_function_of_ones_own_is_created_invoked_changed_and_deleted() {
    let (_lambda, client) = start().await;
    let environment = Environment::builder().variables("MINE", "1").build();
    let created =
        soon(create(&client, "own", zipped("function-faulty")).environment(environment).send()).await.unwrap();
    assert_eq!(created.function_arn(), Some("arn:aws:lambda:eu-west-2:123456789012:function:own"));
    assert_eq!((created.state(), created.version()), (Some(&State::Active), Some("$LATEST")));
    assert_eq!((created.timeout(), created.memory_size(), created.handler()), (Some(10), Some(256), Some("bootstrap")));
    assert_eq!(created.architectures().len(), 1);
    assert!(created.code_size() > 1_000_000 && created.code_sha256().unwrap().len() == 44);

    let seen = body(&client, "own").await;
    let variables = &seen["environment"];
    assert_eq!((&variables["MINE"], &variables["AWS_LAMBDA_FUNCTION_NAME"]), (&"1".into(), &"own".into()));
    assert_eq!(variables["AWS_ENDPOINT_URL_S3"], "http://127.0.0.1:1");
    assert_eq!(variables.get("AWS_EXECUTION_ENV"), None);

    let environment = Environment::builder().variables("MINE", "2").build();
    let update = client.update_function_configuration().function_name("own").environment(environment).timeout(20);
    let updated = soon(update.send()).await.unwrap();
    assert_ne!(updated.revision_id(), created.revision_id());
    assert_eq!(updated.timeout(), Some(20));
    let seen = body(&client, "own").await;
    assert_eq!((&seen["environment"]["MINE"], &seen["calls"]), (&"2".into(), &1.into()), "a new environment");

    let stale = client.update_function_code().function_name("own").zip_file(zipped("function-constant"));
    let refused = soon(stale.clone().revision_id(created.revision_id().unwrap()).send()).await.unwrap_err();
    assert_eq!(refused.into_service_error().code(), Some("PreconditionFailedException"));
    let updated = soon(stale.send()).await.unwrap();
    assert_ne!(updated.code_sha256(), created.code_sha256());
    let invoked = soon(client.invoke().function_name("own").payload(Blob::new("{}")).send()).await.unwrap();
    let answer: Value = serde_json::from_slice(invoked.payload().unwrap().as_ref()).unwrap();
    assert_eq!(answer["body"], "1");

    let got = soon(client.get_function().function_name("own").send()).await.unwrap();
    assert_eq!(got.configuration().unwrap().code_sha256(), updated.code_sha256());
    assert_eq!(got.code().unwrap().repository_type(), Some("S3"));
    let configuration = soon(client.get_function_configuration().function_name("own").send()).await.unwrap();
    assert_eq!(configuration.environment().unwrap().variables().unwrap()["MINE"], "2");

    soon(client.delete_function().function_name("own").send()).await.unwrap();
    let deleted = soon(client.get_function().function_name("own").send()).await.unwrap_err().into_service_error();
    assert!(deleted.is_resource_not_found_exception(), "{deleted:?}");
}

#[tokio::test]
async fn a_version_is_what_the_function_was_when_it_was_published() {
    let (_lambda, client) = start().await;
    // As cargo-lambda deploys: each upload is published.
    let created = soon(create(&client, "own", zipped("function-faulty")).publish(true).send()).await.unwrap();
    let arn = created.function_arn().unwrap().to_owned();
    assert_eq!((created.version(), arn.ends_with(":function:own")), (Some("1"), true));
    let again = soon(client.publish_version().function_name("own").send()).await.unwrap();
    assert_eq!((again.version(), again.function_arn()), (Some("1"), Some(&*format!("{arn}:1"))), "nothing has changed");
    let update = client.update_function_code().function_name("own").zip_file(zipped("function-constant"));
    let updated = soon(update.publish(true).send()).await.unwrap();
    assert_eq!((updated.version(), updated.function_arn()), (Some("2"), Some(&*format!("{arn}:2"))));

    // The first one runs what it was.
    let invoke = |qualifier: &str| client.invoke().function_name("own").qualifier(qualifier).payload(Blob::new("{}"));
    let first = soon(invoke("1").log_type(LogType::Tail).send()).await.unwrap();
    let seen = body_of(first.payload().unwrap().as_ref());
    assert_eq!(
        (first.executed_version(), &seen["environment"]["AWS_LAMBDA_FUNCTION_VERSION"]),
        (Some("1"), &"1".into())
    );
    assert!(seen["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"].as_str().unwrap().contains("/[1]"), "{seen}");
    let log = BASE64_STANDARD.decode(first.log_result().unwrap()).unwrap();
    assert!(String::from_utf8(log).unwrap().contains(" Version: 1\n"));
    for qualifier in ["2", "$LATEST"] {
        let invoked = soon(invoke(qualifier).send()).await.unwrap();
        assert_eq!(invoked.executed_version(), Some(qualifier));
        let answer: Value = serde_json::from_slice(invoked.payload().unwrap().as_ref()).unwrap();
        assert_eq!(answer["body"], "1");
    }
    let by_arn = soon(client.get_function_configuration().function_name(format!("{arn}:1")).send()).await.unwrap();
    assert_eq!(by_arn.code_sha256(), created.code_sha256());

    let list = client.list_versions_by_function().function_name("own").max_items(2);
    let page = soon(list.clone().send()).await.unwrap();
    let rest = soon(list.marker(page.next_marker().unwrap()).send()).await.unwrap();
    let listed = page.versions().iter().chain(rest.versions()).map(|version| version.version().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), ["$LATEST", "1", "2"]);

    let change = client.update_function_configuration().function_name(format!("{arn}:1")).timeout(5);
    let refused = soon(change.send()).await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("InvalidParameterValueException"));
    let delete = |qualifier: &str| client.delete_function().function_name("own").qualifier(qualifier).send();
    let refused = soon(delete("$LATEST")).await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("InvalidParameterValueException"));
    soon(delete("2")).await.unwrap();
    let deleted = soon(invoke("2").send()).await.unwrap_err().into_service_error();
    assert!(deleted.is_resource_not_found_exception(), "{deleted:?}");

    // Its numbers go on, also when it is created again.
    soon(client.delete_function().function_name("own").send()).await.unwrap();
    let deleted = soon(invoke("1").send()).await.unwrap_err().into_service_error();
    assert!(deleted.is_resource_not_found_exception(), "{deleted:?}");
    let created = soon(create(&client, "own", small()).publish(true).send()).await.unwrap();
    assert_eq!(created.version(), Some("3"));
}

#[tokio::test]
async fn functions_are_listed_in_pages() {
    let (lambda, client) = start().await;
    for name in ["c", "a", "b"] {
        lambda.create_function(cloud::lambda::FunctionConfig::new(name, "/nowhere")).unwrap();
    }
    let first = soon(client.list_functions().max_items(2).send()).await.unwrap();
    let names = |page: &[aws_sdk_lambda::types::FunctionConfiguration]| -> Vec<String> {
        page.iter().map(|function| function.function_name().unwrap().to_owned()).collect()
    };
    assert_eq!(names(first.functions()), ["a", "b"]);
    let second = soon(client.list_functions().marker(first.next_marker().unwrap()).send()).await.unwrap();
    assert_eq!((names(second.functions()), second.next_marker()), (vec!["c".to_owned()], None));
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_awss_form() {
    let (_lambda, client) = start().await;
    let other = if cfg!(target_arch = "aarch64") { Architecture::X8664 } else { Architecture::Arm64 };
    let create = |name: &str| create(&client, name, small());
    soon(create("taken").send()).await.unwrap();
    let reserved = Environment::builder().variables("AWS_REGION", "x").build();
    let layer = "arn:aws:lambda:eu-west-2:123456789012:layer:x:1";
    for (request, code, message) in [
        (create("taken"), "ResourceConflictException", "Function already exist: taken"),
        (create("x").role("r1"), "ValidationException", "1 validation error detected: Value 'r1' at 'role'"),
        (create("x").runtime(Runtime::Java21), "InvalidParameterValueException", "Value java21 at 'runtime'"),
        (create("x").timeout(901), "ValidationException", "1 validation error detected: Value '901' at 'timeout'"),
        (create("x").memory_size(64), "ValidationException", "1 validation error detected: Value '64' at 'memorySize'"),
        (create("x").architectures(other), "ValidationException", "1 validation error detected: Value '["),
        (create("x").layers(layer), "InvalidParameterValueException", "Layers is not supported"),
        (create("x").environment(reserved), "InvalidParameterValueException", "Lambda was unable to configure"),
        (
            create("x").code(FunctionCode::builder().zip_file(Blob::new("not a zip")).build()),
            "InvalidParameterValueException",
            "Could not unzip uploaded file.",
        ),
        (
            create("x").code(FunctionCode::builder().s3_bucket("b").s3_key("k").build()),
            "InvalidParameterValueException",
            "S3",
        ),
    ] {
        let refused = soon(request.send()).await.unwrap_err().into_service_error();
        assert_eq!(refused.code(), Some(code), "{refused:?}");
        assert!(refused.message().unwrap().starts_with(message), "{refused:?}");
    }
}

#[tokio::test]
async fn a_streamed_answer_comes_in_pieces_and_an_error_in_its_trailers_is_kept() {
    let (_lambda, client) = start().await;
    soon(create(&client, "raw", zipped("function-raw")).send()).await.unwrap();
    let mut collected = Vec::new();
    // "one two three", streamed in three pieces; then the same, broken off; then an answer that is not streamed.
    for event in [
        r#"{"x-answer":"b25lIHR3byB0aHJlZQ==","x-stream":"yes"}"#,
        r#"{"x-answer":"b25lIHR3byB0aHJlZQ==","x-stream-error":"Mine.Broken"}"#,
        r#"{"x-answer":"b25lIHR3byB0aHJlZQ=="}"#,
    ] {
        let request = client.invoke_with_response_stream().function_name("raw").payload(Blob::new(event));
        let mut stream = soon(request.log_type(LogType::Tail).send()).await.unwrap().event_stream;
        let (mut pieces, mut end) = (Vec::new(), None);
        while let Some(event) = soon(stream.recv()).await.unwrap() {
            match event {
                StreamEvent::PayloadChunk(chunk) => pieces.push(chunk.payload.unwrap().into_inner()),
                StreamEvent::InvokeComplete(complete) => end = Some(complete),
                other => panic!("{other:?}"),
            }
        }
        let end = end.expect("an end");
        assert!(end.log_result().is_some_and(|log| log.len() > 100), "{end:?}");
        collected.push((pieces.len(), pieces.concat(), end));
    }
    let whole = b"one two three".to_vec();
    assert_eq!((collected[0].0, &collected[0].1, collected[0].2.error_code()), (3, &whole, None));
    assert_eq!((&collected[1].1, collected[1].2.error_code()), (&whole, Some("Mine.Broken")));
    let details: Value = serde_json::from_str(collected[1].2.error_details().unwrap()).unwrap();
    assert_eq!((&details["errorMessage"], &details["stackTrace"][0]), (&"it broke off".into(), &"at line 1".into()));
    assert_eq!((collected[2].0, &collected[2].1, collected[2].2.error_code()), (1, &whole, None));

    // Without a stream the pieces are gathered, and the trailers' error is the answer.
    let invoke = |event: &'static str| client.invoke().function_name("raw").payload(Blob::new(event)).send();
    let gathered = soon(invoke(r#"{"x-answer":"b25lIHR3byB0aHJlZQ==","x-stream":"yes"}"#)).await.unwrap();
    assert_eq!(gathered.payload().unwrap().as_ref(), whole);
    let failed = soon(invoke(r#"{"x-answer":"eA==","x-stream-error":"Mine.Broken"}"#)).await.unwrap();
    let error: Value = serde_json::from_slice(failed.payload().unwrap().as_ref()).unwrap();
    assert_eq!((failed.function_error(), &error["errorType"]), (Some("Unhandled"), &"Mine.Broken".into()));
    assert_eq!((&error["errorMessage"], &error["stackTrace"][0]), (&"it broke off".into(), &"at line 1".into()));
}

#[tokio::test]
async fn a_refusal_can_be_read_by_a_client_that_is_still_sending() {
    let (lambda, _client) = start().await;
    let body = vec![b'x'; 5_000_000];
    for path in ["/2015-03-31/functions/nobody/invocations", "/2099-01-01/nothing"] {
        for _ in 0..10 {
            let answer = post(format!("{}{path}", lambda.endpoint()), body.clone()).await;
            assert_eq!(answer.status, 404);
        }
    }
}
