//! The count in the process: lost with it.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Store};

/// A count in memory.
#[derive(Debug, Default)]
pub struct Memory(AtomicU64);

impl Store for Memory {
    async fn add(&self, n: u64) -> Result<u64, Error> {
        if crate::read_then_write() {
            let after = self.0.load(Ordering::Relaxed) + n;
            self.0.store(after, Ordering::Relaxed);
            return Ok(after);
        }
        Ok(self.0.fetch_add(n, Ordering::Relaxed) + n)
    }
}
