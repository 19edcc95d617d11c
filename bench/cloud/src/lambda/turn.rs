//! Whose turn it is to start.
//!
//! On AWS each environment has processors of its own. Here a burst's environments share this machine's: if all initialised
//! together, none would be ready in time. So as many initialise together as there are processors, and one more for each that
//! waits for something else than a processor.

use std::future::pending;
use std::num::NonZero;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// How often it is looked at what a start uses.
const LOOK: Duration = Duration::from_millis(100);

/// A start that used less than this share of a processor since the last look waits for something else. On a busy machine one
/// that computes has less than a whole processor, too.
const BUSY: f64 = 0.1;

static TURNS: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(thread::available_parallelism().map_or(1, NonZero::get))));

/// The right to use a processor for a start; given back when dropped.
#[derive(Debug)]
pub(super) struct Turn(Option<OwnedSemaphorePermit>);

impl Turn {
    /// Waits for one: first come, first served.
    pub(super) async fn take() -> Self {
        Self(Arc::clone(&TURNS).acquire_owned().await.ok())
    }

    /// Lets the next one start once this one, which has used so much of a processor so far, computes no more. It never returns.
    pub(super) async fn lend(&mut self, used: impl Fn() -> Option<Duration>) -> ! {
        let mut before = used();
        loop {
            sleep(LOOK).await;
            let now = used();
            let busy = before.zip(now).is_some_and(|(before, now)| now.saturating_sub(before) >= LOOK.mul_f64(BUSY));
            if !busy {
                self.0 = None;
                pending::<()>().await;
            }
            before = now;
        }
    }
}
