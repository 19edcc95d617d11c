//! What goes wrong in a function, as its direct caller sees it.

use std::time::Duration;

use cloud::lambda::{ErrorSource, FunctionConfig, FunctionError, LambdaConfig, Outcome, Status};

use crate::lambda_support::{Fixture, soon};

fn error(outcome: Outcome) -> FunctionError {
    match outcome {
        Outcome::FunctionError(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_failure_has_its_type_and_message_and_the_next_call_works() {
    use ErrorSource::{Handled, Unhandled};
    let fixture = Fixture::with(|config| config.timeout = Duration::from_secs(2), LambdaConfig::default()).await;
    for (word, source, error_type, message, environment_lives) in [
        ("error", Handled, "&alloc::boxed::Box", "it went wrong", true),
        ("panic", Handled, "", "it panicked", true),
        ("exit", Unhandled, "Runtime.ExitError", "Error: Runtime exited with error: exit status 1", false),
        ("exit-well", Unhandled, "Runtime.ExitError", "Error: Runtime exited without providing a reason", false),
        ("abort", Unhandled, "Runtime.ExitError", "Error: Runtime exited with error: signal: aborted", false),
        ("hang", Unhandled, "Sandbox.Timedout", "Error: Task timed out after 2.00 seconds", false),
        ("memory", Unhandled, "Runtime.OutOfMemory", "Error: Runtime exited with error: signal: killed", false),
        (
            "big",
            Unhandled,
            "Function.ResponseSizeTooLarge",
            "exceeded maximum allowed payload size (6291556 bytes).",
            true,
        ),
    ] {
        fixture.body("").await;
        let before = fixture.function.environment_pids();
        let error = error(fixture.invoke(word).await);
        assert_eq!(error.source, source, "{word}");
        assert!(error.error_type.starts_with(error_type), "{word}: {}", error.error_type);
        assert!(error.message.contains(message), "{word}: {}", error.message);
        let payload: serde_json::Value = serde_json::from_slice(&error.payload).unwrap();
        assert_eq!(payload["errorMessage"], error.message, "{word}");
        let status = fixture.function.last_report().unwrap().status;
        match (word, source) {
            ("hang", _) => assert_eq!(status, Status::Timeout),
            (_, Handled) => assert_eq!(status, Status::Success, "{word}"),
            (_, Unhandled) => assert_eq!(status, Status::Error(error.error_type), "{word}"),
        }
        fixture.body("").await;
        assert_eq!(fixture.function.environment_pids() == before, environment_lives, "{word}");
    }
}

#[tokio::test]
async fn a_failed_init_is_tried_twice_and_reported() {
    for (init, error_type, message) in [
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 1"),
        ("hang", "Sandbox.Timedout", "Task timed out after 0.20 seconds"),
    ] {
        let change = |config: &mut FunctionConfig| {
            config.env.insert("INIT".into(), init.into());
            config.timeout = Duration::from_millis(200);
        };
        let lambda = LambdaConfig { init_timeout: Duration::from_millis(300), ..LambdaConfig::default() };
        let fixture = Fixture::with(change, lambda).await;
        let error = error(fixture.invoke("").await);
        assert_eq!(error.error_type, error_type);
        assert!(error.message.contains(message), "{}", error.message);
        assert_eq!(fixture.function.last_report().unwrap().status, Status::Error(error_type.into()));
        assert!(fixture.function.environment_pids().is_empty());
    }
}

#[tokio::test]
async fn a_bootstrap_that_can_not_be_run_is_an_invalid_entrypoint() {
    use std::os::unix::fs::PermissionsExt;
    // The beginning of a program for another processor, a text without an interpreter, one with a missing interpreter,
    // a file that is not executable, and none at all.
    let foreign: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xf3\0\x01\0\0\0";
    for (content, mode, message) in [
        (Some(foreign), 0o755, "bootstrap: exec format error"),
        (Some(b"garbage\n"), 0o755, "bootstrap: exec format error"),
        (Some(b"#!/no/such/interpreter\n"), 0o755, "bootstrap: no such file or directory"),
        (Some(b"#!/bin/sh\n"), 0o644, "bootstrap: permission denied"),
        (None, 0, "Couldn't find valid bootstrap(s): ["),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let bootstrap = folder.path().join("bootstrap");
        if let Some(content) = content {
            std::fs::write(&bootstrap, content).unwrap();
            std::fs::set_permissions(&bootstrap, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let fixture = Fixture::with(|config| config.code = folder.path().into(), LambdaConfig::default()).await;
        let error = error(fixture.invoke("").await);
        assert_eq!(error.error_type, "Runtime.InvalidEntrypoint", "{}", error.message);
        assert!(error.message.contains(message), "{}", error.message);
        assert!(error.message.contains(bootstrap.to_str().unwrap()), "{}", error.message);
    }
}

#[tokio::test]
async fn a_payload_over_six_megabytes_is_not_run() {
    let fixture = Fixture::new().await;
    let outcome = soon(fixture.function.invoke(vec![b'1'; 6 * 1024 * 1024 + 1])).await;
    assert!(matches!(outcome, Outcome::PayloadTooLarge { bytes: 6_291_457 }), "{outcome:?}");
    let frame = r#"{"do":"text","pad":""}"#;
    let largest = frame.replace(r#""}"#, &format!(r#"{}"}}"#, "x".repeat(6 * 1024 * 1024 - frame.len())));
    assert_eq!(largest.len(), 6 * 1024 * 1024);
    assert!(matches!(soon(fixture.function.invoke(largest)).await, Outcome::Success(_)));
}

#[tokio::test]
async fn a_call_after_shutdown_is_a_service_error() {
    let fixture = Fixture::new().await;
    fixture.body("").await;
    soon(fixture.lambda.shutdown()).await;
    let outcome = soon(fixture.function.invoke("{}")).await;
    assert!(matches!(outcome, Outcome::ServiceError(_)), "{outcome:?}");
}

#[tokio::test]
async fn names_are_checked_and_taken_once() {
    let fixture = Fixture::new().await;
    let create = |name: &str| fixture.lambda.create_function(FunctionConfig::new(name, "/nowhere"));
    for name in ["", "a/b", "a b", &"x".repeat(65)] {
        assert!(create(name).unwrap_err().to_string().contains("is not a function name"), "{name}");
    }
    assert!(create("faulty").unwrap_err().to_string().contains("already"));
    assert!(create("other").is_ok());
}
