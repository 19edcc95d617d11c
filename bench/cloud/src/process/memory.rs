//! Memory of a process and its descendants: its peak kept, and held under a limit.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rustix::process::Signal;
use tokio::{sync::watch, time};

use super::{Exit, child::Group};
use crate::platform::memory;

/// How often memory is read where a limit is set. At 50 ms the reading costs about 0.1 % of a core per
/// process, and the few GB/s that a core can touch overshoot by at most about 200 MB.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// Kills the group once it holds more than `limit` bytes; ends with the process.
pub(super) async fn enforce(group: Arc<Group>, limit: u64, mut exit: watch::Receiver<Option<Exit>>) {
    while time::timeout(POLL, exit.wait_for(Option::is_some)).await.is_err() {
        if memory::resident_bytes(group.pid()) > limit {
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
    let now = if group.is_reaped() { 0 } else { memory::peak_bytes(group.pid()) };
    group.observed.peak_memory_bytes.fetch_max(now, Ordering::AcqRel).max(now)
}
