//! DynamoDB on demand: request units, and the limit that one item has.

use ways::Update;

use super::{STORED_GB, StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::{PriceError, PriceKey};

/// Write units per second that one partition takes, and so one item of up to 1 KB ("Best practices for designing and
/// using partition keys effectively").
const WRITES_PER_SECOND: f64 = 1_000.0;

/// Read units of an eventually consistent read of up to 4 KB, the original study's `GetItem`.
const EVENTUALLY_CONSISTENT_READ: f64 = 0.5;

/// A write of up to 1 KB to an on-demand table.
pub(super) const WRITE_REQUEST_UNIT: PriceKey = PriceKey::new("dynamodb_write_request_unit");

/// A strongly consistent read of up to 4 KB of an on-demand table.
pub(super) const READ_REQUEST_UNIT: PriceKey = PriceKey::new("dynamodb_read_request_unit");

/// Storage in a table.
const GB_MONTH: PriceKey = PriceKey::new("dynamodb_gb_month");

/// Its part of a count, in milliseconds, one call: medians of 3 to 4 were published.
const CALL_MS: f64 = 4.5;

pub(super) struct DynamoDb;

impl StoreCost for DynamoDb {
    fn prices(&self) -> Vec<PriceKey> {
        vec![WRITE_REQUEST_UNIT, READ_REQUEST_UNIT, GB_MONTH]
    }

    /// One write unit for each call, which is less than 1 KB. A server answers all waiting callers with one write, so
    /// that is the most.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let calls = use_of.usage.calls_per_month;
        bill.by_call(Part::Store, "DynamoDB writes", calls, WRITE_REQUEST_UNIT)?;
        let (check, units) = match use_of.way.updates(use_of.usage.update) {
            Update::Atomic => (WRITE_REQUEST_UNIT, 1.0),
            Update::ReadThenWrite => {
                let reads = calls * EVENTUALLY_CONSISTENT_READ;
                bill.by_call(Part::Store, "DynamoDB reads", reads, READ_REQUEST_UNIT)?;
                (READ_REQUEST_UNIT, EVENTUALLY_CONSISTENT_READ)
            }
        };
        if use_of.readiness_checks > 0.0 {
            bill.monthly(Part::Store, "DynamoDB, readiness checks", use_of.readiness_checks * units, check)?;
        }
        bill.monthly(Part::Store, "DynamoDB storage", STORED_GB, GB_MONTH)
    }

    fn writes_per_second(&self, _update: Update) -> Option<f64> {
        Some(WRITES_PER_SECOND)
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        let calls = match update {
            Update::Atomic => 1.0,
            Update::ReadThenWrite => 2.0,
        };
        (calls * CALL_MS, calls)
    }
}
