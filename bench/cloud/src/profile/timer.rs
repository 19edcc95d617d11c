//! A sleep that is exact to some tens of microseconds.
//!
//! tokio's own timer counts whole milliseconds and rounds up, which would add half a millisecond to hops of one or
//! two. The system's own timers have no such steps.

use std::time::Duration;

use crate::platform::timer;

/// Sleeps for `time`, whoever else sleeps.
pub(crate) async fn sleep(time: Duration) {
    if time.is_zero() {
        return;
    }
    if let Err(error) = timer::sleep(time).await {
        // Out of file descriptors, at worst: a delay that is late beats none.
        tracing::warn!(%error, "no kernel timer; this delay is rounded up to whole milliseconds");
        tokio::time::sleep(time).await;
    }
}
