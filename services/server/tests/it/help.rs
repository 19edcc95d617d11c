//! The arguments, and what a good start looks like.

use std::time::Duration;

use rustix::process::Signal;

use crate::http::call;
use crate::process::{command, run, start};

#[test]
fn help_and_version_are_printed_and_other_arguments_refused() {
    for (argument, code, stdout, stderr) in [
        ("--help", 0, "COUNTER_UPDATE", ""),
        ("--version", 0, "server 0.", ""),
        ("--port", 2, "", "--help lists what there is"),
    ] {
        let mut command = command("memory:");
        command.arg(argument);
        let (got_code, got_stdout, got_stderr) = run(command);
        assert_eq!(got_code, Some(code), "{argument}");
        assert!(got_stdout.contains(stdout) && got_stderr.contains(stderr), "{argument}");
        assert_eq!(got_stderr.lines().count(), usize::from(!stderr.is_empty()), "{argument}");
    }
}

#[test]
fn a_started_server_prints_one_line_answers_and_ends_on_either_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = start(command("memory:"));
        for expect in ["1", "2"] {
            assert_eq!(call(server.address, "GET /hits").unwrap().body, expect);
        }
        assert_eq!(call(server.address, "HEAD /hits").unwrap().status, 405);
        assert_eq!(call(server.address, "GET /healthz").unwrap().body, r#"{"status":"pass"}"#);
        server.signal(signal);
        let (status, rest) = server.ended(Duration::from_secs(5));
        assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    }
}

#[test]
fn the_line_names_an_address_that_can_be_called() {
    let mut command = command("memory:");
    command.env("LISTEN", "0.0.0.0:0");
    let server = start(command);
    assert!(server.address.ip().is_loopback());
    assert_eq!(call(server.address, "GET /healthz").unwrap().status, 200);
}
