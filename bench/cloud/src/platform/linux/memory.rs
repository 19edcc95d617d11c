//! Resident memory of a process and its descendants, read from `/proc`.

use std::fs;

/// More descendants than this are not looked at: a service has a handful of workers.
const MOST_PROCESSES: usize = 64;

/// What a process and its descendants hold now, in bytes: the sum of `VmRSS`.
pub(crate) fn resident_bytes(leader: i32) -> u64 {
    family(leader).into_iter().map(|pid| kilobytes(pid, "VmRSS:")).sum()
}

/// The most that each of them has held, added up: the sum of `VmHWM`.
pub(crate) fn peak_bytes(leader: i32) -> u64 {
    family(leader).into_iter().map(|pid| kilobytes(pid, "VmHWM:")).sum()
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

/// A field of `/proc/PID/status` in bytes; the file states kB, which are KiB. Zero if the process is gone.
fn kilobytes(pid: i32, field: &str) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
