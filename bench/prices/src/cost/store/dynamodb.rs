//! DynamoDB on demand: request units, and the limit that one item has.

use ways::Update;

use super::{STORED_GB, StoreCost, UseOfStore};
use crate::cost::assumption::DYNAMODB_CALL_MS;
use crate::cost::bill::{Bill, Part};
use crate::{PriceError, PriceKey};

/// Write units per second that one partition takes, and so one item of up to 1 KB ("Best practices for designing and
/// using partition keys effectively").
const WRITES_PER_SECOND: f64 = 1_000.0;

/// Read units of an eventually consistent read of up to 4 KB, the original study's `GetItem`.
const EVENTUALLY_CONSISTENT_READ: f64 = 0.5;

pub(super) struct DynamoDb;

impl StoreCost for DynamoDb {
    /// One write unit for each call, which is less than 1 KB. A server answers all waiting callers with one write, so
    /// that is the most.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let calls = use_of.usage.calls_per_month;
        bill.by_call(Part::Store, "DynamoDB writes", calls, PriceKey::DynamoDbWriteRequestUnit)?;
        let (check, units) = match use_of.way.updates(use_of.usage.update) {
            Update::Atomic => (PriceKey::DynamoDbWriteRequestUnit, 1.0),
            Update::ReadThenWrite => {
                let reads = calls * EVENTUALLY_CONSISTENT_READ;
                bill.by_call(Part::Store, "DynamoDB reads", reads, PriceKey::DynamoDbReadRequestUnit)?;
                (PriceKey::DynamoDbReadRequestUnit, EVENTUALLY_CONSISTENT_READ)
            }
        };
        if use_of.readiness_checks > 0.0 {
            bill.monthly(Part::Store, "DynamoDB, readiness checks", use_of.readiness_checks * units, check)?;
        }
        bill.monthly(Part::Store, "DynamoDB storage", STORED_GB, PriceKey::DynamoDbGbMonth)
    }

    fn writes_per_second(&self, _update: Update) -> Option<f64> {
        Some(WRITES_PER_SECOND)
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        let calls = match update {
            Update::Atomic => 1.0,
            Update::ReadThenWrite => 2.0,
        };
        (calls * DYNAMODB_CALL_MS, calls)
    }
}
