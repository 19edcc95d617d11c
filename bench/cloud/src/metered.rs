//! What AWS would charge for the calls that the stores got: counted where they are answered, while a cloud is metered.

use std::sync::atomic::{AtomicU64, Ordering};

/// Read units are counted in halves: an eventually consistent read of up to 4 KB is one.
const PARTS: f64 = 2.0;

/// What the stores of a cloud got.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metered {
    /// Operations of DynamoDB that write.
    pub dynamodb_writes: u64,
    /// The other ones.
    pub dynamodb_reads: u64,
    /// Write request units: 1 for each KB of the larger of an item's two states, and for each index that it changes; twice that
    /// in a transaction.
    pub write_units: f64,
    /// Read request units: 1 for each 4 KB, half of that where the read is eventually consistent, twice in a transaction.
    pub read_units: f64,
    /// Requests of S3's first class: PUT, COPY, POST, LIST.
    pub s3_puts: u64,
    /// Those of its second: GET and all others that are charged.
    pub s3_gets: u64,
    /// Those that are free: DELETE, and whatever failed by S3's own fault.
    pub s3_free: u64,
}

impl Metered {
    /// What came after an earlier state.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            dynamodb_writes: self.dynamodb_writes.saturating_sub(before.dynamodb_writes),
            dynamodb_reads: self.dynamodb_reads.saturating_sub(before.dynamodb_reads),
            write_units: self.write_units - before.write_units,
            read_units: self.read_units - before.read_units,
            s3_puts: self.s3_puts.saturating_sub(before.s3_puts),
            s3_gets: self.s3_gets.saturating_sub(before.s3_gets),
            s3_free: self.s3_free.saturating_sub(before.s3_free),
        }
    }
}

/// The meter of one cloud.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    dynamodb_writes: AtomicU64,
    dynamodb_reads: AtomicU64,
    write_parts: AtomicU64,
    read_parts: AtomicU64,
    s3_puts: AtomicU64,
    s3_gets: AtomicU64,
    s3_free: AtomicU64,
}

/// What S3 charges for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum S3Class {
    Put,
    Get,
    Free,
}

impl Meter {
    /// An operation of DynamoDB, and its units.
    pub(crate) fn dynamodb(&self, writes: bool, write_units: f64, read_units: f64) {
        let calls = if writes { &self.dynamodb_writes } else { &self.dynamodb_reads };
        calls.fetch_add(1, Ordering::Relaxed);
        self.write_parts.fetch_add((write_units * PARTS).round() as u64, Ordering::Relaxed);
        self.read_parts.fetch_add((read_units * PARTS).round() as u64, Ordering::Relaxed);
    }

    /// A request of S3.
    pub(crate) fn s3(&self, class: S3Class) {
        let requests = match class {
            S3Class::Put => &self.s3_puts,
            S3Class::Get => &self.s3_gets,
            S3Class::Free => &self.s3_free,
        };
        requests.fetch_add(1, Ordering::Relaxed);
    }

    /// So far.
    pub(crate) fn read(&self) -> Metered {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Metered {
            dynamodb_writes: of(&self.dynamodb_writes),
            dynamodb_reads: of(&self.dynamodb_reads),
            write_units: of(&self.write_parts) as f64 / PARTS,
            read_units: of(&self.read_parts) as f64 / PARTS,
            s3_puts: of(&self.s3_puts),
            s3_gets: of(&self.s3_gets),
            s3_free: of(&self.s3_free),
        }
    }
}
