//! DynamoDB on demand: request units, and the limit that one item has.

use crate::{PriceError, PriceKey};

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{Update, Usage};

use super::STORED_GB;

/// Write units per second that one partition takes, and so one item of up to 1 KB ("Best practices for designing and
/// using partition keys effectively").
pub(super) const WRITES_PER_SECOND: f64 = 1_000.0;

/// Read units of an eventually consistent read of up to 4 KB, the origin's `GetItem`.
const EVENTUALLY_CONSISTENT_READ: f64 = 0.5;

/// Adds request units and storage: one unit for each call's write, which is less than 1 KB. A server answers all
/// waiting callers with one write, so that is the most.
pub(super) fn items(bill: &mut Bill<'_>, usage: &Usage, health_checks: f64) -> Result<(), PriceError> {
    let calls = usage.calls_per_month;
    bill.by_call(Part::Store, "DynamoDB writes", calls, PriceKey::DynamoDbWriteRequestUnit)?;
    let (check, units) = match usage.update {
        Update::Atomic => (PriceKey::DynamoDbWriteRequestUnit, 1.0),
        Update::ReadThenWrite => {
            let reads = calls * EVENTUALLY_CONSISTENT_READ;
            bill.by_call(Part::Store, "DynamoDB reads", reads, PriceKey::DynamoDbReadRequestUnit)?;
            (PriceKey::DynamoDbReadRequestUnit, EVENTUALLY_CONSISTENT_READ)
        }
    };
    if health_checks > 0.0 {
        bill.monthly(Part::Store, "DynamoDB, health checks", health_checks * units, check)?;
    }
    bill.monthly(Part::Store, "DynamoDB storage", STORED_GB, PriceKey::DynamoDbGbMonth)
}
