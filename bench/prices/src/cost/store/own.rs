//! The stores of a service of the user's own: what its calls were counted to take. What it keeps is not counted: nobody knows
//! how much that is after a month.

use super::super::usage::OwnUse;
use super::{dynamodb, s3};
use crate::PriceError;
use crate::cost::bill::{Bill, Part};

/// Adds what so many calls take.
pub(super) fn items(bill: &mut Bill<'_>, calls: f64, own: &OwnUse) -> Result<(), PriceError> {
    for (label, each, price) in [
        ("DynamoDB writes", own.write_units, dynamodb::WRITE_REQUEST_UNIT),
        ("DynamoDB reads", own.read_units, dynamodb::READ_REQUEST_UNIT),
        ("S3 PUT", own.s3_puts, s3::PUT_REQUEST),
        ("S3 GET", own.s3_gets, s3::GET_REQUEST),
    ] {
        bill.by_call(Part::Store, label, calls * each, price)?;
    }
    Ok(())
}
