//! One round of calls: latency, and the CPU time of the client's thread. Knows neither client.

use std::time::Instant;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use super::peer;

/// Calls of a round.
pub(super) const CALLS: usize = 1_000;

/// One round.
pub(super) struct Call {
    pub(super) p50_us: f64,
    /// Of the client's thread alone.
    pub(super) cpu_us: f64,
}

pub(super) async fn measure(mut call: impl AsyncFnMut() -> u64) -> Call {
    let mut latencies_ns = Vec::with_capacity(CALLS);
    let before = thread_cpu_us();
    for _ in 0..CALLS {
        let sent = Instant::now();
        assert_eq!(call().await, peer::COUNT);
        latencies_ns.push(sent.elapsed().as_nanos() as u64);
    }
    let cpu_us = (thread_cpu_us() - before) / CALLS as f64;
    latencies_ns.sort_unstable();
    Call { p50_us: latencies_ns[CALLS / 2] as f64 / 1e3, cpu_us }
}

fn thread_cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Keeps this thread, and the peer's that it starts, on the last core.
pub(super) fn pin() {
    let allowed = sched_getaffinity(None).expect("Linux has it");
    let last = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core));
    let mut set = CpuSet::new();
    set.set(last.expect("there is a core"));
    sched_setaffinity(None, &set).expect("the core is one of ours");
}
