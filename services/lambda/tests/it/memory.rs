//! A function's memory over many calls: an execution environment lives for hours.

use crate::invoke::{Invoked, payload_2};
use crate::process::FUNCTIONS;

/// Until allocator and connection have what they need.
const WARM_UP: usize = 5_000;
const CALLS: usize = 50_000;
/// What the last calls may add in all, in KiB: a page here and there. An environment variable for each would be 7,000.
const GROWTH_KIB: u64 = 400;

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_functions_memory_does_not_grow_with_its_calls() {
    let (binary, _, store) = FUNCTIONS[0];
    let mut invoked = Invoked::start(binary, store);
    let event = payload_2("GET /nowhere").to_string();
    let pid = invoked.function.0.id();
    let mut resident_after = |calls| {
        (0..calls).for_each(|_| assert_eq!(invoked.post(&event).0, "response"));
        resident_kib(pid)
    };
    let (before, after) = (resident_after(WARM_UP), resident_after(CALLS));
    assert!(after < before + GROWTH_KIB, "{CALLS} calls: {before} to {after} KiB");
}
