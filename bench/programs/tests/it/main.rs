//! Real shell scripts that behave as the worst tools do.

use std::path::Path;
use std::time::{Duration, Instant};

use programs::{Command, Error, Grace};
use tokio::signal::unix::SignalKind;

const SECOND: Duration = Duration::from_secs(1);

/// Longer than any script here takes on a loaded machine, and shorter than what they sleep.
const BOUND: Duration = Duration::from_secs(20);

const HASTY: Grace = Grace { first: Duration::from_millis(200), second: Duration::from_millis(200) };

fn sh(script: &str) -> Command {
    Command::new("sh").arguments(["-c", script]).limit(BOUND).grace(HASTY)
}

/// Waits until a file is there.
async fn appears(path: &Path) {
    let there = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, there).await.expect("the script gets that far");
}

/// Whether a process is there, by the number that a script wrote into a file.
fn is_alive(file: &Path) -> bool {
    let pid = std::fs::read_to_string(file).expect("the number is written");
    let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output().expect("ps runs");
    let state = String::from_utf8(state.stdout).expect("text");
    // A zombie only waits for whoever adopts it.
    !state.trim().is_empty() && !state.starts_with('Z')
}

async fn ends(file: &Path) {
    let gone = async {
        while is_alive(file) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, gone).await.expect("the process ends");
}

#[tokio::test]
async fn what_a_program_prints_is_captured() {
    let folder = tempfile::tempdir().expect("a folder");
    let command =
        sh("echo $WORD; cat; pwd; echo unseen >&2").folder(folder.path()).variable("WORD", "first").input("second\n");
    let printed = String::from_utf8(command.captured().await.expect("it succeeds")).expect("text");
    let here = folder.path().canonicalize().expect("it exists");
    assert_eq!(printed, format!("first\nsecond\n{}\n", here.display()));
}

#[tokio::test]
async fn a_variable_can_be_left_out() {
    let command = sh("echo ${HOME-none}").variable("HOME", "/");
    assert_eq!(command.captured().await.expect("it succeeds"), b"/\n");
    assert_eq!(command.without_variable("HOME").captured().await.expect("it succeeds"), b"none\n");
}

#[tokio::test]
async fn a_failure_names_the_command_the_status_and_the_end_of_stderr() {
    let error = sh("echo printed; echo 'no such' >&2; echo table >&2; exit 3").captured().await.expect_err("it failed");
    let wanted =
        "`sh -c \"echo printed; echo 'no such' >&2; echo table >&2; exit 3\"` failed (exit status: 3): no such; table";
    assert_eq!(error.to_string(), wanted);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let error = Command::new("no-such-program").arguments(["-x"]).captured().await.expect_err("it is not there");
    assert!(matches!(error, Error::Start { .. }));
    assert_eq!(error.to_string(), "can't run `no-such-program -x`");
}

#[tokio::test]
async fn one_that_hangs_is_interrupted_at_its_limit_with_all_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = folder.path().join("child");
    let script = sh("sleep 300 & echo $! > child; echo waiting >&2; wait").folder(folder.path());
    let error = script.limit(SECOND).captured().await.expect_err("it hangs");
    assert!(error.to_string().ends_with("took longer than 1 s and was interrupted: waiting"), "{error}");
    ends(&child).await;
}

#[tokio::test]
async fn one_that_ignores_interrupts_is_killed() {
    let begun = Instant::now();
    let script = sh("trap '' INT TERM HUP; while :; do sleep 0.1; done").limit(Duration::from_millis(300));
    assert!(matches!(script.captured().await, Err(Error::TimedOut { .. })));
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn one_that_stops_at_the_second_interrupt_is_not_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        "n=0; trap 'n=$((n+1)); [ $n = 2 ] && { : > stopped; exit 1; }' INT; sleep 300 & while :; do wait; done";
    let command = sh(script).folder(folder.path()).grace(Grace { second: BOUND, ..HASTY }).limit(SECOND);
    assert!(matches!(command.captured().await, Err(Error::TimedOut { .. })));
    assert!(folder.path().join("stopped").exists());
}

#[tokio::test]
async fn garbage_is_passed_on_from_stdout_and_cleaned_from_stderr() {
    let printed = sh(r"printf '\377\000\033[31m'").captured().await.expect("it succeeds");
    assert_eq!(printed, b"\xff\0\x1b[31m");
    let error = sh(r"printf '\377\000\033[31mred\n\r' >&2; exit 1").captured().await.expect_err("it failed");
    assert_eq!(error.stderr(), Some("\u{fffd}red"));
}

#[tokio::test]
async fn ten_megabytes_on_both_pipes_block_nobody() {
    let script = sh("head -c 10000000 /dev/zero >&2; head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2");
    assert_eq!(script.captured().await.expect("it succeeds").len(), 10_000_000);
}

#[tokio::test]
async fn one_that_prints_without_end_is_interrupted() {
    let error = sh("while :; do head -c 1000000 /dev/zero; done").captured().await.expect_err("it never ends");
    assert!(error.to_string().ends_with("printed more than 64 MiB and was interrupted"), "{error}");
}

#[tokio::test]
async fn one_that_reads_no_input_is_not_waited_for() {
    let input = vec![b'x'; 10_000_000];
    assert_eq!(sh("echo done").input(input).captured().await.expect("it succeeds"), b"done\n");
}

#[tokio::test]
async fn what_outlives_a_program_in_its_group_is_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Instant::now();
    let script = sh("sleep 300 & echo $! > child; echo done").folder(folder.path());
    assert_eq!(script.captured().await.expect("it succeeds"), b"done\n");
    assert!(begun.elapsed() < BOUND, "its pipes are not waited for");
    ends(&folder.path().join("child")).await;
}

#[tokio::test]
async fn what_outlives_a_program_in_a_session_of_its_own_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        sh("setsid sh -c 'echo $$ > child; exec sleep 30' & while [ ! -s child ]; do sleep 0.02; done; echo done");
    let begun = Instant::now();
    assert_eq!(script.folder(folder.path()).captured().await.expect("it succeeds"), b"done\n");
    assert!(begun.elapsed() < BOUND, "its pipes are not waited for");
    let child = folder.path().join("child");
    assert!(is_alive(&child), "a daemon is not ours to end");
    sh(&format!("kill $(cat '{}')", child.display())).captured().await.expect("it is ended");
}

#[tokio::test]
async fn a_dropped_future_interrupts_in_order_and_waits() {
    // A shell can't trap what was ignored when it started, and tests that run in the background start so. A program
    // starts with the default for what is handled here.
    let _handled = tokio::signal::unix::signal(SignalKind::interrupt()).expect("a handler");
    let folder = tempfile::tempdir().expect("a folder");
    // It writes to its pipe first: nobody reads that any more, and it must not die of it. A shell that waits misses no
    // signal; one that starts programs in a loop may.
    let script = "trap 'echo ending >&2; sleep 0.3; : > written; exit 1' INT; sleep 300 & : > begun; wait";
    let command = sh(script).folder(folder.path()).grace(Grace { first: BOUND, second: BOUND });
    let begun = folder.path().join("begun");
    tokio::select! {
        outcome = command.captured() => panic!("it ended by itself: {outcome:?}"),
        () = appears(&begun) => {}
    }
    assert!(folder.path().join("written").exists(), "it was waited for");
}

#[tokio::test]
async fn a_dropped_future_of_one_that_ignores_it_blocks_for_a_bounded_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let command = sh("trap '' INT TERM; echo $$ > begun; while :; do sleep 0.05; done").folder(folder.path());
    let begun = folder.path().join("begun");
    tokio::select! {
        outcome = command.shown() => panic!("it ended by itself: {outcome:?}"),
        () = appears(&begun) => {}
    }
    ends(&begun).await;
}

#[tokio::test]
async fn ctrl_c_on_the_terminal_reaches_the_lab_alone() {
    let printed = sh("ps -o pgid= -p $$; echo $$").captured().await.expect("it succeeds");
    let printed = String::from_utf8(printed).expect("text");
    let numbers: Vec<&str> = printed.split_whitespace().collect();
    assert_eq!(numbers[0], numbers[1], "it leads its group");
}

#[test]
fn callers_that_are_not_async_are_served_too() {
    let here = sh("echo here");
    assert_eq!(here.captured_blocking(BOUND).expect("it succeeds"), b"here\n");
    let inside = tokio::runtime::Runtime::new().expect("a runtime");
    assert_eq!(inside.block_on(async { here.captured_blocking(BOUND) }).expect("it succeeds"), b"here\n");
}
