//! S3: requests, and the limit that one key has.

use crate::{PriceError, PriceKey};

use crate::cost::assumption;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{Scope, Update, Usage};

use super::STORED_GB;

/// PUTs per second that S3 takes of one prefix ("Best practices design patterns: optimizing Amazon S3 performance").
const PUTS_PER_SECOND: f64 = 3_500.0;

/// Adds requests and storage: a PUT for each call, and a GET where others may have written meanwhile. The only server
/// remembers what it wrote. It also answers all waiting callers with one write, so a PUT for each call is the most.
/// Writes that lose their race are not counted: at the utilisation target they are few.
pub(super) fn items(
    bill: &mut Bill<'_>,
    usage: &Usage,
    health_checks: f64,
    only_writer: bool,
) -> Result<(), PriceError> {
    let gets_per_call = match (usage.update, usage.scope) {
        (_, Scope::Published) => 0.0,
        (Update::Atomic, Scope::Bill | Scope::Counted) if only_writer => 0.0,
        (Update::Atomic | Update::ReadThenWrite, Scope::Bill | Scope::Counted) => 1.0,
    };
    bill.by_call(Part::Store, "S3 PUT", usage.calls_per_month, PriceKey::S3PutRequest)?;
    bill.by_call(Part::Store, "S3 GET", usage.calls_per_month * gets_per_call, PriceKey::S3GetRequest)?;
    if health_checks > 0.0 {
        // A check adds nothing the way a call adds one; reading, adding and writing, it only reads.
        let request = match usage.update {
            Update::Atomic => PriceKey::S3PutRequest,
            Update::ReadThenWrite => PriceKey::S3GetRequest,
        };
        bill.monthly(Part::Store, "S3, health checks", health_checks, request)?;
    }
    bill.monthly(Part::Store, "S3 storage", STORED_GB, PriceKey::S3GbMonth)
}

/// Writes of one key per second. A conditional write loses to any other that comes between its GET and its PUT, so one
/// round ends after the other, however many callers there are; without a condition only the prefix's limit holds (and
/// counts get lost).
pub(super) fn writes_per_second(update: Update) -> f64 {
    match update {
        Update::Atomic => PUTS_PER_SECOND.min(1.0 / assumption::s3_round_s()),
        Update::ReadThenWrite => PUTS_PER_SECOND,
    }
}
