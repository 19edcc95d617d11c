//! A loop whose CPU time is known of AWS's processors (`reference_turn` in `bench/model/aws.toml`): what it takes here, beside
//! a service, is how fast this machine is just then.
//!
//! It runs as services do, in short turns with pauses between, so that it finds its caches as cold as they do.

use std::hint::black_box;
use std::time::Duration;

use model::ReferenceLoop;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::sleep;

/// Turns before the work, one after the other, and the pause before each.
const TURNS_BEFORE: usize = 3;
const PAUSE: Duration = Duration::from_millis(5);

/// The pause between two turns beside the work: one period of Lambda's quota.
const BESIDE: Duration = Duration::from_millis(20);

/// The loop, run beside some work.
pub(super) struct Reference(ReferenceLoop);

impl Reference {
    pub(super) fn new() -> Self {
        Self(ReferenceLoop::default())
    }

    /// Does some work, with turns before and beside it: what it gave, and what turns took.
    pub(super) async fn beside<T>(&self, work: impl Future<Output = T>) -> (T, Vec<Duration>) {
        let mut turns = Vec::new();
        for _ in 0..TURNS_BEFORE {
            sleep(PAUSE).await;
            turns.push(self.turn());
        }
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return (done, turns),
                () = sleep(BESIDE) => turns.push(self.turn()),
            }
        }
    }

    /// The CPU time of a turn.
    fn turn(&self) -> Duration {
        let begun = cpu_time();
        black_box(self.0.turn());
        cpu_time().saturating_sub(begun)
    }
}

/// Of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_has_turns_before_and_beside_it() {
        let (done, turns) = Reference::new().beside(sleep(3 * BESIDE)).await;
        let () = done;
        assert!(turns.len() > TURNS_BEFORE && turns.iter().all(|turn| !turn.is_zero()), "{turns:?}");
    }
}
