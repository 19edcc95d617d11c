//! Server processes: ready, refused, too large, too slow, stubborn.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use cloud::Entrypoint;
use cloud::server::{Ready, Server, ServerConfig, ServerError};

/// A server that is a shell script, and the folder that it lives in.
fn script(body: &str) -> (tempfile::TempDir, ServerConfig) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("server");
    std::fs::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let env = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
    let config = ServerConfig {
        ready: Ready::Line,
        entrypoint: Entrypoint::program(program),
        env,
        memory_mib: 256,
        cpu: None,
        listen: None,
        start_timeout: Duration::from_secs(5),
    };
    (folder, config)
}

fn runs(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_server_is_ready_at_the_address_that_it_names() {
    let (_folder, config) = script("echo starting; echo \"listening on http://$LISTEN\"; exec sleep 60");
    let server = Server::start(&config).await.unwrap();
    assert_eq!(server.address().to_string(), "127.0.0.1:0");
    assert!(server.init() > Duration::ZERO && server.init() < Duration::from_secs(5));
    assert!(server.peak_memory_bytes() > 0);
    assert_eq!(server.ended(), None);
    let pid = server.process_id();
    assert!(runs(pid));
    let peak = server.stop().await;
    assert!(peak > 0);
    assert!(!runs(pid));
}

#[tokio::test]
async fn an_early_end_is_reported_with_its_last_line() {
    let (_folder, config) = script("echo first >&2; echo 'STORE=x: no such scheme' >&2; exit 2");
    let error = Server::start(&config).await.unwrap_err();
    assert_eq!(error.to_string(), "the server ended before it was ready (exit status 2): STORE=x: no such scheme");
    let (_folder, config) = script("kill -9 $$");
    let error = Server::start(&config).await.unwrap_err();
    assert_eq!(error.to_string(), "the server ended before it was ready (signal: killed): nothing on standard error");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let (_folder, mut config) = script("");
    config.entrypoint.program = "/nowhere/server".into();
    let error = Server::start(&config).await.unwrap_err();
    assert!(matches!(error, ServerError::Spawn(_)));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("/nowhere/server"), "{source}");
}

#[tokio::test]
async fn a_server_that_is_never_ready_is_given_up_and_ended() {
    let (folder, mut config) = script("echo $$ > \"$PID_FILE\"; echo waiting >&2; exec sleep 60");
    let pid_file = folder.path().join("pid");
    config.env.insert("PID_FILE".into(), pid_file.to_str().unwrap().into());
    config.start_timeout = Duration::from_millis(500);
    let error = Server::start(&config).await.unwrap_err();
    assert_eq!(error.to_string(), "the server was not ready after 0.5 s; its last line was: waiting");
    let pid = std::fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
    assert!(!runs(pid));
}

#[tokio::test]
async fn a_line_that_names_no_address_is_refused() {
    let (_folder, config) = script("echo 'listening on http://somewhere'; exec sleep 60");
    let error = Server::start(&config).await.unwrap_err();
    assert_eq!(error.to_string(), "the server printed `somewhere`, which is not an address");
}

#[tokio::test]
async fn a_server_that_takes_too_much_memory_is_reported_so() {
    let (_folder, mut config) = script("x=$(head -c 60000000 /dev/zero | tr '\\0' x); sleep 60");
    config.memory_mib = 32;
    let error = Server::start(&config).await.unwrap_err();
    assert_eq!(error.to_string(), "the server was killed while starting: it took more than its 32 MiB");
}

#[tokio::test]
async fn a_server_that_ignores_sigterm_is_killed() {
    let (_folder, config) = script("trap '' TERM; echo 'listening on http://127.0.0.1:1'; while :; do sleep 0.1; done");
    let server = Server::start(&config).await.unwrap();
    let pid = server.process_id();
    let asked = Instant::now();
    server.stop().await;
    assert!(!runs(pid));
    assert!(asked.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn a_dropped_server_is_killed() {
    let (_folder, config) = script("echo 'listening on http://127.0.0.1:1'; exec sleep 60");
    let server = Server::start(&config).await.unwrap();
    let pid = server.process_id();
    drop(server);
    let asked = Instant::now();
    while runs(pid) && asked.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!runs(pid));
}
