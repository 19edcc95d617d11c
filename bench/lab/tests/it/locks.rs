//! Two labs in one checkout: one waits for the other, says so, and can be interrupted while it does.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use artifact::lock::{Lock, LockError, Mode};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Guarded, alone, lab, root, until};

/// Longer than any step here takes on a loaded machine.
const BOUND: Duration = Duration::from_secs(60);

/// Long enough for a build of the services on a slow machine.
const BUILD_BOUND: Duration = Duration::from_secs(900);

#[test]
fn a_wait_for_another_labs_build_names_it_and_ends_on_ctrl_c() {
    let checkout = tempfile::tempdir().expect("a folder");
    std::fs::write(checkout.path().join("ways.toml"), "").expect("the mark of a checkout");
    let held = Lock::try_take(&checkout.path().join(".lab/artifacts/lock"), Mode::Exclusive).expect("nobody holds it");
    let mut waiting = lab(&["up", "ec2"]);
    waiting.current_dir(checkout.path()).env_remove("LAB_ARTIFACTS").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut waiting = Guarded(waiting.spawn().expect("the lab runs"));
    let stderr = BufReader::new(waiting.0.stderr.take().expect("it is piped"));
    let line = stderr.lines().next().expect("a line").expect("text");
    let holder = format!("(process {}), which works with the same artifacts", std::process::id());
    assert!(line.starts_with("lab: waiting for `") && line.contains(&holder), "{line}");

    let pid = Pid::from_raw(i32::try_from(waiting.0.id()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::INT).expect("it runs");
    until("the lab ends", BOUND, || waiting.0.try_wait().expect("it is ours").is_some());
    drop(held);
}

#[test]
fn what_is_measured_is_not_built_anew_meanwhile() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = lab(&["bench", "--quick", "--profile", "bare", "ec2", "--output"]);
    command.arg(folder.path().join("run")).env_remove("LAB_ARTIFACTS").stdout(Stdio::null()).stderr(Stdio::null());
    let mut measuring = Guarded(command.spawn().expect("the lab runs"));
    let (lock, reader) = (root().join(".lab/artifacts/lock"), format!("(process {})", measuring.0.id()));
    // It may build first, which others can neither read nor build beside.
    until("the lab holds what it measures, and others may read it", BUILD_BOUND, || {
        assert!(measuring.0.try_wait().expect("it is ours").is_none(), "it ended without having held it");
        let read = Lock::try_take(&lock, Mode::Shared).is_ok();
        let built = Lock::try_take(&lock, Mode::Exclusive);
        read && matches!(built, Err(LockError::Held { holders, .. }) if holders.contains(&reader))
    });
    assert!(measuring.0.wait().expect("it ends").success());
}
