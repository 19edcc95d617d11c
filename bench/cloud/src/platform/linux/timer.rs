//! A sleep that is exact to some tens of microseconds: the kernel's `timerfd` wakes the runtime like any socket, and
//! burns nothing meanwhile.

use std::io;
use std::time::Duration;

use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use rustix::time::{timerfd_create, timerfd_settime};

use super::descriptor::readable;

/// Sleeps; it fails when no file descriptor is left.
pub(crate) async fn sleep(time: Duration) -> io::Result<()> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let none = Timespec { tv_sec: 0, tv_nsec: 0 };
    let it_value =
        Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: none, it_value })?;
    readable(timer)?.readable().await?.retain_ready();
    Ok(())
}
