//! ElastiCache Serverless for Valkey: what a cache holds, by the hour, and processing units.

use ways::Update;

use super::{StoreCost, UseOfStore};
use crate::cost::assumption::VALKEY_CALL_MS;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::HOURS_PER_MONTH;
use crate::{PriceError, PriceKey};

/// What is charged for a cache that holds less ("Amazon ElastiCache pricing": 100 MB for Valkey).
const LEAST_GB: f64 = 0.1;

/// Processing units per second that one hash slot takes, and so one key ("Quotas for ElastiCache").
const UNITS_PER_SECOND: f64 = 30_000.0;

pub(super) struct Valkey;

impl StoreCost for Valkey {
    /// One unit for each command, which carries less than 1 KB and takes no more than a simple command's processor time. A
    /// server answers all waiting callers with one command, so that is the most.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let commands = use_of.usage.calls_per_month * commands(use_of.usage.update);
        bill.by_call(Part::Store, "Valkey processing units", commands, PriceKey::ValkeyProcessingUnit)?;
        if use_of.readiness_checks > 0.0 {
            // A check adds nothing, or only reads: one command.
            let checks = use_of.readiness_checks;
            bill.monthly(Part::Store, "Valkey, readiness checks", checks, PriceKey::ValkeyProcessingUnit)?;
        }
        bill.monthly(Part::Store, "Valkey storage", LEAST_GB * HOURS_PER_MONTH, PriceKey::ValkeyGbHour)
    }

    fn writes_per_second(&self, update: Update) -> Option<f64> {
        Some(UNITS_PER_SECOND / commands(update))
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        let calls = commands(update);
        (calls * VALKEY_CALL_MS, calls)
    }
}

/// Commands of one count: `INCRBY`, or `GET` and `SET`.
pub(super) fn commands(update: Update) -> f64 {
    match update {
        Update::Atomic => 1.0,
        Update::ReadThenWrite => 2.0,
    }
}
