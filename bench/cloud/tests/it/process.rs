//! Child processes: what they print, how they end, and that none is left.

use std::{future::Future, time::Duration};

use cloud::process::{LimitApplied, Limits, Output, Process, ProcessSpec};

/// Every wait of this file is bounded by this.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("it takes less than ten seconds")
}

fn shell(script: &str) -> ProcessSpec {
    ProcessSpec { program: "/bin/sh".into(), args: vec!["-c".into(), script.into()], ..ProcessSpec::default() }
}

/// The letter of `/proc/PID/stat`: `T` is stopped, `S` sleeping; `None` if there is no such process.
fn state(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[tokio::test]
async fn a_process_prints_lines_and_ends_with_its_status() {
    let (stdout, mut lines) = Output::stream(16);
    let spec = ProcessSpec { stdout, ..shell("echo listening on http://x; printf unfinished; exit 3") };
    let process = Process::spawn(spec).await.unwrap();
    assert_eq!(soon(lines.next()).await.as_deref(), Some("listening on http://x"));
    assert_eq!(soon(lines.next()).await.as_deref(), Some("unfinished"));
    let exit = soon(process.wait_exit()).await.unwrap();
    assert_eq!(exit.to_string(), "exit status 3");
    assert!(!exit.out_of_memory);
}

#[tokio::test]
async fn a_process_inherits_no_environment() {
    let (stdout, mut lines) = Output::stream(64);
    let mut spec = ProcessSpec { program: "/usr/bin/env".into(), stdout, ..ProcessSpec::default() };
    spec.env.insert("ONLY".into(), "this".into());
    let _process = Process::spawn(spec).await.unwrap();
    assert_eq!(soon(lines.next()).await.as_deref(), Some("ONLY=this"));
    assert_eq!(soon(lines.next()).await, None);
}

#[tokio::test]
async fn a_missing_program_is_an_error_that_names_it() {
    let spec = ProcessSpec { program: "/does/not/exist".into(), ..ProcessSpec::default() };
    let error = Process::spawn(spec).await.unwrap_err();
    assert!(error.to_string().contains("/does/not/exist"), "{error}");
}

#[tokio::test]
async fn ending_kills_a_group_that_ignores_the_signal() {
    let (stdout, mut lines) = Output::stream(16);
    let script = "trap '' TERM; (trap '' TERM; sleep 60) & echo $!; while :; do sleep 0.1; done";
    let process = Process::spawn(ProcessSpec { stdout, ..shell(script) }).await.unwrap();
    let worker: i32 = soon(lines.next()).await.unwrap().parse().unwrap();
    let exit = soon(process.end(Duration::from_millis(100))).await.unwrap();
    assert_eq!(exit.to_string(), "signal: killed");
    soon(ended(worker)).await;
}

#[tokio::test]
async fn ending_lets_a_frozen_process_clean_up() {
    let (stdout, mut lines) = Output::stream(16);
    let script = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done";
    let process = Process::spawn(ProcessSpec { stdout, ..shell(script) }).await.unwrap();
    assert_eq!(soon(lines.next()).await.as_deref(), Some("up"));
    process.freeze();
    let exit = soon(process.end(Duration::from_secs(5))).await.unwrap();
    assert_eq!(exit.to_string(), "exit status 0");
    assert_eq!(soon(lines.next()).await.as_deref(), Some("bye"));
}

// Only built-in commands: a shell that is stopped while it forks is not in state `T`, though it stands still.
#[tokio::test]
async fn a_frozen_process_stands_still_until_thawed() {
    let (stdout, mut lines) = Output::stream(1_000);
    let process = Process::spawn(ProcessSpec { stdout, ..shell("while :; do echo x; done") }).await.unwrap();
    soon(lines.next()).await.unwrap();
    process.freeze();
    soon(async {
        while state(process.pid()) != Some('T') {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    // What was already in the pipe arrives; then nothing does.
    while tokio::time::timeout(Duration::from_millis(50), lines.next()).await.is_ok() {}
    assert!(tokio::time::timeout(Duration::from_millis(200), lines.next()).await.is_err());
    process.thaw();
    soon(lines.next()).await.unwrap();
}

#[tokio::test]
async fn dropping_a_process_kills_its_group() {
    let (stdout, mut lines) = Output::stream(16);
    let process = Process::spawn(ProcessSpec { stdout, ..shell("sleep 60 & echo $!; wait") }).await.unwrap();
    let (leader, worker) = (process.pid(), soon(lines.next()).await.unwrap().parse().unwrap());
    drop(process);
    soon(ended(leader)).await;
    soon(ended(worker)).await;
}

#[tokio::test]
async fn a_process_over_its_memory_limit_is_killed_and_says_so() {
    let script = "x=0123456789abcdef; while :; do x=$x$x; done";
    let spec = ProcessSpec { limits: Limits::memory(64 << 20), ..shell(script) };
    let process = Process::spawn(spec).await.unwrap();
    assert_eq!(process.limits_applied(), LimitApplied::Watched);
    let exit = soon(process.wait_exit()).await.unwrap();
    assert!(exit.out_of_memory, "{exit}");
    assert_eq!(exit.to_string(), "signal: killed");
    assert!(process.peak_memory_bytes() > 64 << 20);
}

#[tokio::test]
async fn the_peak_memory_counts_descendants() {
    let (stdout, mut lines) = Output::stream(16);
    let process = Process::spawn(ProcessSpec { stdout, ..shell("sleep 60 & sleep 60 & echo up; wait") }).await.unwrap();
    soon(lines.next()).await.unwrap();
    assert!(process.peak_memory_bytes() > 1 << 20);
}

/// A killed orphan is a zombie until whoever inherited it reaps it: it runs no more either way.
async fn ended(pid: i32) {
    while !matches!(state(pid), None | Some('Z' | 'X')) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
