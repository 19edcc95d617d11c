//! A sleep as exact as the system's own, on a thread: at most as many at once as the runtime has blocking threads
//! (512), which is ten times the callers that the lab has.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// Sleeps; it fails when the runtime ends.
pub(crate) async fn sleep(time: Duration) -> io::Result<()> {
    let begun = Instant::now();
    // The hand-over to the thread is part of the time.
    let rest = move || thread::sleep(time.saturating_sub(begun.elapsed()));
    tokio::task::spawn_blocking(rest).await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeps_are_side_by_side_and_never_short() {
        let (begun, time) = (Instant::now(), Duration::from_micros(300));
        sleep(time).await.unwrap();
        assert!(begun.elapsed() >= time);

        let (begun, time) = (Instant::now(), Duration::from_millis(100));
        let sleeps: Vec<_> = (0..50).map(|_| tokio::spawn(sleep(time))).collect();
        for slept in sleeps {
            slept.await.unwrap().unwrap();
        }
        assert!(begun.elapsed() >= time);
        // One after the other they would take five seconds.
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
}
