//! ElastiCache Serverless for Valkey: what a cache holds, by the hour, and processing units.

use ways::Update;

use super::{StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::HOURS_PER_MONTH;
use crate::{PriceError, PriceKey};

/// What is charged for a cache that holds less ("Amazon ElastiCache pricing": 100 MB for Valkey).
const LEAST_GB: f64 = 0.1;

/// Processing units per second that one hash slot takes, and so one key ("Quotas for ElastiCache").
const UNITS_PER_SECOND: f64 = 30_000.0;

/// What a serverless cache holds, and at least [`LEAST_GB`] of it.
const GB_HOUR: PriceKey = PriceKey::new("valkey_gb_hour");

/// A unit: a request of up to 1 KB.
const PROCESSING_UNIT: PriceKey = PriceKey::new("valkey_processing_unit");

/// Its part of a count, in milliseconds, one call: below 1 as AWS has it, as the model's hop (`bench/model/aws.toml`).
const CALL_MS: f64 = 0.9;

pub(super) struct Valkey;

impl StoreCost for Valkey {
    fn prices(&self) -> Vec<PriceKey> {
        vec![GB_HOUR, PROCESSING_UNIT]
    }

    /// One unit for each command, which carries less than 1 KB and takes no more than a simple command's processor time. A
    /// server answers all waiting callers with one command, so that is the most.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let commands = use_of.usage.calls_per_month * commands(use_of.usage.update);
        bill.by_call(Part::Store, "Valkey processing units", commands, PROCESSING_UNIT)?;
        if use_of.readiness_checks > 0.0 {
            // A check adds nothing, or only reads: one command.
            let checks = use_of.readiness_checks;
            bill.monthly(Part::Store, "Valkey, readiness checks", checks, PROCESSING_UNIT)?;
        }
        bill.monthly(Part::Store, "Valkey storage", LEAST_GB * HOURS_PER_MONTH, GB_HOUR)
    }

    fn writes_per_second(&self, update: Update) -> Option<f64> {
        Some(UNITS_PER_SECOND / commands(update))
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        let calls = commands(update);
        (calls * CALL_MS, calls)
    }
}

/// Commands of one count: `INCRBY`, or `GET` and `SET`.
pub(super) fn commands(update: Update) -> f64 {
    match update {
        Update::Atomic => 1.0,
        Update::ReadThenWrite => 2.0,
    }
}
