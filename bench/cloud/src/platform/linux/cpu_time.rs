//! CPU time of a process, read from `/proc`.

use std::fs;
use std::time::Duration;

/// What a process's threads have used so far, to a nanosecond: the first field of each thread's `schedstat`
/// (<https://docs.kernel.org/scheduler/sched-stats.html>). Threads that have ended are not in it. Nothing where there is no
/// such process, or the kernel keeps no account.
pub(crate) fn of(pid: i32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let used = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse().ok()
    };
    let nanoseconds: Vec<u64> = threads.flatten().filter_map(used).collect();
    (!nanoseconds.is_empty()).then(|| Duration::from_nanos(nanoseconds.into_iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_some_and_a_missing_one_none() {
        let me = i32::try_from(std::process::id()).unwrap();
        let before = of(me).unwrap();
        let mut sum = 0_u64;
        while of(me).unwrap() < before + Duration::from_millis(5) {
            sum = std::hint::black_box((0..10_000).fold(sum, u64::wrapping_add));
        }
        assert_eq!(of(i32::MAX), None);
    }
}
