//! What outlives a program, and a program that nobody waits for any more.

use std::time::Instant;

use programs::Grace;
use tokio::signal::unix::SignalKind;

use crate::script::{BOUND, appears, ends, is_alive, sh};

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
