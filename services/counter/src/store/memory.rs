//! The count in this process: the fastest store, lost with the process. Must not do I/O.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Store, StoreError, Update};

/// A count in memory.
#[derive(Debug, Default)]
pub struct Memory {
    count: AtomicU64,
    update: Update,
}

impl Memory {
    /// A count that starts at `count`.
    #[must_use]
    pub fn new(count: u64, update: Update) -> Self {
        Self { count: AtomicU64::new(count), update }
    }
}

impl Store for Memory {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        // Relaxed: the count guards no other memory, and a read-modify-write of one atomic is
        // totally ordered whatever the ordering.
        match self.update {
            Update::Atomic => self
                .count
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_add(n))
                .map(|before| before + n)
                .map_err(|_| StoreError::Overflow),
            Update::ReadThenWrite => {
                let before = self.count.load(Ordering::Relaxed);
                let count = before.checked_add(n).ok_or(StoreError::Overflow)?;
                self.count.store(count, Ordering::Relaxed);
                Ok(count)
            }
        }
    }
}
