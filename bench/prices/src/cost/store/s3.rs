//! S3: requests, and the limit that one key has.

use ways::Update;

use super::{STORED_GB, StoreCost, UseOfStore};
use crate::cost::assumption::S3_GET_AND_PUT_MS;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::Scope;
use crate::{PriceError, PriceKey};

/// PUTs per second that S3 takes of one prefix ("Best practices design patterns: optimizing Amazon S3 performance").
const PUTS_PER_SECOND: f64 = 3_500.0;

pub(super) struct S3;

impl StoreCost for S3 {
    /// A PUT for each call, and a GET where others may have written meanwhile. The only server remembers what it wrote.
    /// It also answers all waiting callers with one write, so a PUT for each call is the most. Writes that lose their
    /// race are not counted: at the utilisation target they are few.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let usage = use_of.usage;
        let gets_per_call = match (usage.update, usage.scope) {
            (_, Scope::Published) => 0.0,
            (Update::Atomic, Scope::Bill | Scope::Counted) if use_of.only_writer => 0.0,
            (Update::Atomic | Update::ReadThenWrite, Scope::Bill | Scope::Counted) => 1.0,
        };
        bill.by_call(Part::Store, "S3 PUT", usage.calls_per_month, PriceKey::S3PutRequest)?;
        bill.by_call(Part::Store, "S3 GET", usage.calls_per_month * gets_per_call, PriceKey::S3GetRequest)?;
        if use_of.readiness_checks > 0.0 {
            // A check adds nothing the way a call adds one; reading, adding and writing, it only reads.
            let request = match usage.update {
                Update::Atomic => PriceKey::S3PutRequest,
                Update::ReadThenWrite => PriceKey::S3GetRequest,
            };
            bill.monthly(Part::Store, "S3, readiness checks", use_of.readiness_checks, request)?;
        }
        bill.monthly(Part::Store, "S3 storage", STORED_GB, PriceKey::S3GbMonth)
    }

    /// A conditional write loses to any other that comes between its GET and its PUT, so one round ends after the other,
    /// however many callers there are; without a condition only the prefix's limit holds (and counts get lost).
    fn writes_per_second(&self, update: Update) -> Option<f64> {
        Some(match update {
            Update::Atomic => PUTS_PER_SECOND.min(1.0 / (S3_GET_AND_PUT_MS / 1000.0)),
            Update::ReadThenWrite => PUTS_PER_SECOND,
        })
    }

    fn call_ms(&self, _update: Update) -> (f64, f64) {
        (S3_GET_AND_PUT_MS, 2.0)
    }
}
