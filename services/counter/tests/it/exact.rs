//! The guarantee under concurrency: no number twice, none lost.

use std::sync::Arc;

use counter::{Batched, File, Memory, Store, Update};

/// `callers` × `calls` concurrent hits get exactly the numbers after `before`.
pub(crate) async fn check(store: impl Store, before: u64, callers: u64, calls: u64) {
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..calls {
                    numbers.push(store.add(1).await.unwrap());
                    tokio::task::yield_now().await;
                }
                numbers
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        let own = task.await.unwrap();
        assert!(own.is_sorted(), "a later call of one caller got a lower number");
        numbers.extend(own);
    }
    numbers.sort_unstable();
    let expect: Vec<u64> = (before + 1..=before + callers * calls).collect();
    assert!(numbers == expect, "some of {} numbers repeat or miss", expect.len());
    assert_eq!(store.add(0).await.unwrap(), before + callers * calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_counts_exactly() {
    check(Memory::new(7, Update::Atomic), 7, 50, 2_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batched_store_counts_exactly() {
    check(Batched::new(Memory::new(7, Update::Atomic)), 7, 50, 400).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bare_file_counts_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    check(File::open(&path, Update::Atomic).unwrap(), 0, 8, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batched_file_counts_exactly_and_its_next_opener_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    let file = Arc::new(File::open(&path, Update::Atomic).unwrap());
    check(Batched::new(Arc::clone(&file)), 0, 50, 40).await;
    drop(file);
    let reopened = crate::file::open_soon(&path).await;
    assert_eq!(reopened.add(1).await.unwrap(), 2_001);
}
