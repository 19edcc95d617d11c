//! S3: requests, and the limit that one key has.

use ways::Update;

use super::{STORED_GB, StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::Scope;
use crate::{PriceError, PriceKey};

/// PUTs per second that S3 takes of one prefix ("Best practices design patterns: optimizing Amazon S3 performance").
const PUTS_PER_SECOND: f64 = 3_500.0;

/// A PUT, COPY, POST or LIST request to S3 Standard.
pub(super) const PUT_REQUEST: PriceKey = PriceKey::new("s3_put_request");

/// A GET request to S3 Standard.
pub(super) const GET_REQUEST: PriceKey = PriceKey::new("s3_get_request");

/// Storage in S3 Standard.
const GB_MONTH: PriceKey = PriceKey::new("s3_gb_month");

/// Its part of a count, in milliseconds: one GET and one PUT of a few bytes. The original study's Python function took
/// 120 ms, of which its bare server's 13 are network and client, and Python's own part is twice its `call_ms`.
/// (Published medians agree: GET 20 to 27, PUT 40 to 70.)
const GET_AND_PUT_MS: f64 = 69.0;

pub(super) struct S3;

impl StoreCost for S3 {
    fn prices(&self) -> Vec<PriceKey> {
        vec![PUT_REQUEST, GET_REQUEST, GB_MONTH]
    }

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
        bill.by_call(Part::Store, "S3 PUT", usage.calls_per_month, PUT_REQUEST)?;
        bill.by_call(Part::Store, "S3 GET", usage.calls_per_month * gets_per_call, GET_REQUEST)?;
        if use_of.readiness_checks > 0.0 {
            // A check adds nothing the way a call adds one; reading, adding and writing, it only reads.
            let request = match usage.update {
                Update::Atomic => PUT_REQUEST,
                Update::ReadThenWrite => GET_REQUEST,
            };
            bill.monthly(Part::Store, "S3, readiness checks", use_of.readiness_checks, request)?;
        }
        bill.monthly(Part::Store, "S3 storage", STORED_GB, GB_MONTH)
    }

    /// A conditional write loses to any other that comes between its GET and its PUT, so one round ends after the other,
    /// however many callers there are; without a condition only the prefix's limit holds (and counts get lost).
    fn writes_per_second(&self, update: Update) -> Option<f64> {
        Some(match update {
            Update::Atomic => PUTS_PER_SECOND.min(1.0 / (GET_AND_PUT_MS / 1000.0)),
            Update::ReadThenWrite => PUTS_PER_SECOND,
        })
    }

    fn call_ms(&self, _update: Update) -> (f64, f64) {
        (GET_AND_PUT_MS, 2.0)
    }
}
