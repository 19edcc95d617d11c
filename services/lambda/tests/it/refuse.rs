//! Starts that are refused: one clear line on stderr and exit code 2, before any invocation is
//! requested.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::invoke::{Invoked, payload_2};
use crate::process::{FUNCTIONS, POSTGRES, Running, VALKEY, command};

fn check(mut command: Command, expect: &str) {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut function = Running(child);
    let status = function.ended();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    function.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    function.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stdout.as_str()), (Some(2), ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains(expect), "{stderr:?} lacks {expect:?}");
}

#[test]
fn a_function_without_its_store_is_refused() {
    for (binary, needed, _) in FUNCTIONS {
        for store in ["", "memory:", "file:///tmp/hits"] {
            check(command(binary, store, "127.0.0.1:9"), needed);
        }
        check(command(binary, "redis://x/y", "127.0.0.1:9"), "STORE=\"redis://x/y\"");
        let other = if needed.starts_with("s3") { "dynamodb://TABLE/KEY" } else { "s3://BUCKET/KEY" };
        check(command(binary, other, "127.0.0.1:9"), needed);
    }
}

#[test]
fn a_function_without_a_runtime_api_is_refused() {
    for (binary, _, store) in FUNCTIONS {
        for address in ["", "not an address"] {
            check(command(binary, store, address), "Lambda sets it: run this function there, or in the lab");
        }
    }
}

#[test]
fn a_function_without_region_or_credentials_is_refused() {
    for (binary, _, store) in FUNCTIONS.into_iter().filter(|(binary, ..)| ![VALKEY, POSTGRES].contains(binary)) {
        for missing in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let mut command = command(binary, store, "127.0.0.1:9");
            command.env_remove(missing);
            check(command, &format!("{missing} is not set"));
        }
    }
}

#[test]
fn a_function_that_calls_no_service_of_awss_needs_neither() {
    let variables = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    for (binary, store) in
        [(VALKEY, "valkeys://127.0.0.1:9/KEY"), (POSTGRES, "postgres://counter:secret@127.0.0.1:9/counts/KEY")]
    {
        let mut invoked = Invoked::start_without(binary, store, &variables);
        assert_eq!(invoked.post(&payload_2("GET /healthz").to_string()).0, "response", "{store}");
    }
}
