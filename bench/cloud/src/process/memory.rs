//! Resident memory of a process and its descendants: read from `/proc`, and held under a limit.

use std::{
    fs,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rustix::process::Signal;
use tokio::{sync::watch, time};

use super::{Exit, child::Group};

/// How often memory is read where a limit is set. At 50 ms the reading costs about 0.1 % of a core per
/// process, and the few GB/s that a core can touch overshoot by at most about 200 MB.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// More descendants than this are not looked at: a service has a handful of workers.
const MOST_PROCESSES: usize = 64;

/// Kills the group once it holds more than `limit` bytes; ends with the process.
pub(super) async fn enforce(group: Arc<Group>, limit: u64, mut exit: watch::Receiver<Option<Exit>>) {
    while time::timeout(POLL, exit.wait_for(Option::is_some)).await.is_err() {
        let resident: u64 = family(group.pid()).into_iter().map(resident_bytes).sum();
        if resident > limit {
            peak(&group);
            group.observed.out_of_memory.store(true, Ordering::Release);
            group.signal(Signal::KILL);
            return;
        }
    }
}

/// Reads the peak now and returns the highest ever read.
pub(super) fn peak(group: &Group) -> u64 {
    // Once the leader is reaped, its id may be a stranger's.
    let now: u64 = if group.is_reaped() { 0 } else { family(group.pid()).into_iter().map(peak_bytes).sum() };
    group.observed.peak_memory_bytes.fetch_max(now, Ordering::AcqRel).max(now)
}

/// The process and its descendants.
fn family(leader: i32) -> Vec<i32> {
    let mut family = vec![leader];
    let mut next = 0;
    while next < family.len() && family.len() < MOST_PROCESSES {
        family.extend(children(family[next]));
        next += 1;
    }
    family
}

/// Each thread of a process has children of its own.
fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn resident_bytes(pid: i32) -> u64 {
    kilobytes(pid, "VmRSS:")
}

fn peak_bytes(pid: i32) -> u64 {
    kilobytes(pid, "VmHWM:")
}

/// A field of `/proc/PID/status` in bytes; the file states kB, which are KiB. Zero if the process is gone.
fn kilobytes(pid: i32, field: &str) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
