//! What a program prints, how it fails, and when it is interrupted.

use std::time::{Duration, Instant};

use programs::{Command, Error, Grace};

use crate::script::{BOUND, HASTY, SECOND, ends, sh};

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
