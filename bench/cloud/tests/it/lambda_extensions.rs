//! The Extensions API: external extensions of the package, an internal one by hand, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use cloud::lambda::{FunctionConfig, LambdaConfig, Outcome};
use http::{Request, StatusCode};
use http_body_util::Full;

use crate::lambda_support::{Answer, Fixture, send, soon, until};

/// An extension that writes down what it gets, one JSON document a line, in `seen` beside its folder.
const EXTENSION: &str = r#"#!/usr/bin/env python3
import http.client, os, sys
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
api.request("POST", "/2020-01-01/extension/register", '{"events":["INVOKE","SHUTDOWN"]}',
            {"Lambda-Extension-Name": os.path.basename(sys.argv[0])})
answer = api.getresponse()
answer.read()
name = {"Lambda-Extension-Identifier": answer.getheader("Lambda-Extension-Identifier")}
if os.environ.get("INIT_ERROR"):
    api.request("POST", "/2020-01-01/extension/init/error", "{}", dict(name, **{"Lambda-Extension-Function-Error-Type": "Mine.Bad"}))
    api.getresponse().read()
    sys.exit(1)
while True:
    api.request("GET", "/2020-01-01/extension/event/next", headers=name)
    event = api.getresponse().read().decode()
    with open("seen", "a") as seen:
        seen.write(event + "\n")
    if '"SHUTDOWN"' in event or os.environ.get("CRASH"):
        break
"#;

fn install(code: &Path) {
    let folder = code.join("extensions");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("watcher"), EXTENSION).unwrap();
    fs::set_permissions(folder.join("watcher"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("notes.txt"), "not a program").unwrap();
}

async fn fixture(change: impl FnOnce(&mut FunctionConfig)) -> Fixture {
    let change = |config: &mut FunctionConfig| {
        install(&config.code);
        change(config);
    };
    Fixture::with(change, LambdaConfig::default()).await
}

fn seen(fixture: &Fixture) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(fixture.code.path().join("seen")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_extension_of_the_package_sees_invocations_and_the_shutdown() {
    let fixture = fixture(|_| {}).await;
    let first = fixture.body("").await;
    fixture.body("").await;
    soon(fixture.function.retire()).await;
    until(|| seen(&fixture).len() == 3).await;
    let events = seen(&fixture);
    assert_eq!(events[0]["eventType"], "INVOKE");
    assert_eq!(events[0]["requestId"], first["request"]);
    assert_eq!(events[0]["invokedFunctionArn"], fixture.function.arn());
    assert!(events[0]["deadlineMs"].as_u64().unwrap() > 1_700_000_000_000);
    assert_eq!(events[0]["tracing"]["type"], "X-Amzn-Trace-Id");
    assert!(events[0]["tracing"]["value"].as_str().unwrap().starts_with("Root=1-"));
    assert_eq!(events[1]["eventType"], "INVOKE");
    assert_eq!((&events[2]["eventType"], &events[2]["shutdownReason"]), (&"SHUTDOWN".into(), &"spindown".into()));
}

#[tokio::test]
async fn an_extension_that_fails_fails_the_initialisation() {
    let fixture = fixture(|config| drop(config.env.insert("INIT_ERROR".into(), "yes".into()))).await;
    let outcome = fixture.invoke("").await;
    let Outcome::FunctionError(error) = outcome else { panic!("{outcome:?}") };
    assert!(error.error_type.starts_with("Extension."), "{error:?}");
}

#[tokio::test]
async fn an_extension_that_ends_takes_the_environment_with_it() {
    let fixture = fixture(|config| drop(config.env.insert("CRASH".into(), "yes".into()))).await;
    let outcome = fixture.invoke("hang").await;
    let Outcome::FunctionError(error) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.error_type, "Extension.Crash");
    until(|| fixture.function.environment_pids().is_empty()).await;
}

async fn ask(api: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("http://{api}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(Full::from(body)).unwrap()).await
}

#[tokio::test]
async fn refusals_have_awss_status_and_type() {
    let fixture = Fixture::with(|config| config.timeout = Duration::from_secs(20), LambdaConfig::default()).await;
    let body = fixture.body("").await;
    let api = body["environment"]["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap();
    let named = ("Lambda-Extension-Name", "late");
    let unknown = ("Lambda-Extension-Identifier", "00000000-0000-0000-0000-000000000000");
    let register = "/2020-01-01/extension/register";
    for (method, path, header, body, status, kind) in [
        ("POST", register, ("x", "y"), "{}", 403, "Extension.InvalidExtensionName"),
        ("POST", register, named, "{", 403, "InvalidRequestFormat"),
        ("POST", register, named, "{}", 403, "Extension.RegistrationClosed"),
        ("GET", "/2020-01-01/extension/event/next", named, "", 403, "Extension.MissingExtensionIdentifier"),
        ("GET", "/2020-01-01/extension/event/next", unknown, "", 403, "Extension.UnknownExtensionIdentifier"),
        ("POST", "/2020-01-01/extension/exit/error", unknown, "{}", 403, "Extension.MissingHeader"),
        ("PUT", "/2022-07-01/telemetry", named, "{}", 202, "Telemetry.NotSupported"),
        ("PUT", "/2020-08-15/logs", named, "{}", 202, "Logs.NotSupported"),
    ] {
        let answer = ask(api, method, path, &[header], body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errorType"]), (status, &kind.into()), "{method} {path}");
    }
    assert_eq!(ask(api, "GET", "/nothing", &[], "").await.status, StatusCode::NOT_FOUND);
}
