//! A sleep that is exact to some tens of microseconds.
//!
//! tokio's own timer counts whole milliseconds and rounds up, which would add half a millisecond to hops of one or
//! two. The kernel's `timerfd` has no such steps, wakes the runtime like any socket, and burns nothing meanwhile.

use std::io;
use std::time::Duration;

use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use rustix::time::{timerfd_create, timerfd_settime};

use crate::descriptor::readable;

/// Sleeps for `time`, whoever else sleeps.
pub(crate) async fn sleep(time: Duration) {
    if time.is_zero() {
        return;
    }
    if let Err(error) = kernel_sleep(time).await {
        // Out of file descriptors, at worst: a delay that is late beats none.
        tracing::warn!(%error, "no kernel timer; this delay is rounded up to whole milliseconds");
        tokio::time::sleep(time).await;
    }
}

async fn kernel_sleep(time: Duration) -> io::Result<()> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let none = Timespec { tv_sec: 0, tv_nsec: 0 };
    let it_value =
        Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: none, it_value })?;
    readable(timer)?.readable().await?.retain_ready();
    Ok(())
}
