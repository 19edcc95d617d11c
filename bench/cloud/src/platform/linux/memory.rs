//! Resident memory of a process and its descendants, read from `/proc`.

use std::fs;

use super::family::family;

/// What a process and its descendants hold now, in bytes: the sum of `VmRSS`.
pub(crate) fn resident_bytes(leader: i32) -> u64 {
    family(leader).into_iter().map(|pid| kilobytes(pid, "VmRSS:")).sum()
}

/// The most that each of them has held, added up: the sum of `VmHWM`.
pub(crate) fn peak_bytes(leader: i32) -> u64 {
    family(leader).into_iter().map(|pid| kilobytes(pid, "VmHWM:")).sum()
}

/// A field of `/proc/PID/status` in bytes; the file states kB, which are KiB. Zero if there is no such process.
fn kilobytes(pid: i32, field: &str) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
