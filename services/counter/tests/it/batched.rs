//! One call for all who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use counter::{Batched, Store, StoreError};
use tokio::sync::Semaphore;

/// Lets every task run until it waits. All of them share one thread, so that after a turn of the queue each has.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// A store that waits for a permit per call, counts its calls and can fail.
struct Gated {
    count: AtomicU64,
    calls: Arc<AtomicU64>,
    gate: Arc<Semaphore>,
    fail: bool,
}

fn gated(fail: bool) -> (Batched, Arc<AtomicU64>, Arc<Semaphore>) {
    let (calls, gate) = (Arc::<AtomicU64>::default(), Arc::new(Semaphore::new(0)));
    let store = Gated { count: AtomicU64::new(0), calls: Arc::clone(&calls), gate: Arc::clone(&gate), fail };
    (Batched::new(store), calls, gate)
}

impl Store for Gated {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.gate.acquire().await.unwrap().forget();
        match self.fail {
            true => Err(StoreError::Overflow),
            false => Ok(self.count.fetch_add(n, Ordering::Relaxed) + n),
        }
    }
}

#[tokio::test]
async fn callers_that_wait_share_the_next_call_and_get_numbers_of_their_own() {
    let (store, calls, gate) = gated(false);
    let store = Arc::new(store);
    let spawn = |n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.add(n).await.unwrap() })
    };
    let first = spawn(1);
    settle().await;
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    let waiting: Vec<_> = [1, 1, 0, 3].into_iter().map(spawn).collect();
    settle().await;
    gate.add_permits(2);
    assert_eq!(first.await.unwrap(), 1);
    let mut counts = Vec::new();
    for caller in waiting {
        counts.push(caller.await.unwrap());
    }
    assert_eq!(counts, [2, 3, 3, 6]);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_failed_call_fails_its_whole_batch_and_only_that() {
    let (store, _, gate) = gated(true);
    gate.add_permits(10);
    let (one, two) = tokio::join!(store.add(1), store.add(1));
    for failed in [one, two] {
        let Err(StoreError::Batch(shared)) = failed else { panic!("{failed:?}") };
        assert!(matches!(*shared, StoreError::Overflow));
    }
    store.add(1).await.unwrap_err();
}

#[tokio::test]
async fn callers_that_left_cost_no_number() {
    let (store, calls, gate) = gated(false);
    let store = Arc::new(store);
    // The first reaches the store, the second waits behind it, and both leave.
    for calls_then in [1, 1] {
        let store = Arc::clone(&store);
        let caller = tokio::spawn(async move { store.add(1).await });
        settle().await;
        assert_eq!(calls.load(Ordering::Relaxed), calls_then);
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    gate.add_permits(10);
    // 1 was in flight for a caller that left: skipped, not repeated.
    assert_eq!(store.add(1).await.unwrap(), 2);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let (store, _, gate) = gated(false);
    let store = Arc::new(store);
    let callers: Vec<_> = (0..3_000)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.add(1).await })
        })
        .collect();
    settle().await;
    let refused = callers.iter().filter(|caller| caller.is_finished()).count();
    assert!((1..3_000).contains(&refused), "{refused} of 3000 were refused");
    gate.add_permits(3_000);
    let mut busy = 0;
    for caller in callers {
        busy += usize::from(matches!(caller.await.unwrap(), Err(StoreError::Busy)));
    }
    assert_eq!(busy, refused);
}
