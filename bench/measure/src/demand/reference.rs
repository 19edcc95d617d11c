//! A loop whose CPU time is known of AWS's processors (`reference_turn` in `bench/model/aws.toml`): what it takes here, beside
//! a service, is how fast this machine is just then.
//!
//! It does what services do most: it follows pointers through more memory than the first cache has, and branches on what
//! it finds. It runs as services do, in short turns with pauses between, so that it finds its caches as cold as they do.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::sleep;

/// 64 KiB: beyond the first cache, within the second.
const PLACES: usize = 1 << 13;

/// Steps of a turn: some 0.2 ms.
const STEPS: usize = 20_000;

/// Turns before the work, one after the other, and the pause before each.
const TURNS_BEFORE: usize = 3;
const PAUSE: Duration = Duration::from_millis(5);

/// The pause between two turns beside the work: one period of Lambda's quota.
const BESIDE: Duration = Duration::from_millis(20);

/// The loop, and the memory that it walks through.
pub(super) struct Reference {
    places: Vec<u64>,
}

impl Reference {
    pub(super) fn new() -> Self {
        // Each place holds another, by a generator of full period (Knuth, The Art of Computer Programming, 3.2.1.2).
        let next = |place: usize| (place as u64).wrapping_mul(5).wrapping_add(12_345) % PLACES as u64;
        Self { places: (0..PLACES).map(next).collect() }
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
        let (mut place, mut sum) = (0_usize, 0_u64);
        for _ in 0..STEPS {
            let next = self.places[place];
            sum = if next & 1 == 0 { sum.wrapping_add(next) } else { sum.rotate_left(7) ^ next };
            place = next as usize;
        }
        black_box(sum);
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
