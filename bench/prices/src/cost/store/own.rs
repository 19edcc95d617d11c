//! The stores of a service of the user's own: what its calls were counted to take. What it keeps is not counted: nobody knows
//! how much that is after a month.

use super::super::usage::OwnUse;
use crate::cost::bill::{Bill, Part};
use crate::{PriceError, PriceKey};

/// Adds what so many calls take.
pub(super) fn items(bill: &mut Bill<'_>, calls: f64, own: &OwnUse) -> Result<(), PriceError> {
    for (label, each, price) in [
        ("DynamoDB writes", own.write_units, PriceKey::DynamoDbWriteRequestUnit),
        ("DynamoDB reads", own.read_units, PriceKey::DynamoDbReadRequestUnit),
        ("S3 PUT", own.s3_puts, PriceKey::S3PutRequest),
        ("S3 GET", own.s3_gets, PriceKey::S3GetRequest),
    ] {
        bill.by_call(Part::Store, label, calls * each, price)?;
    }
    Ok(())
}
