//! Aurora PostgreSQL Serverless v2: its least capacity by the hour, and each request to its storage.

use ways::{Axis, Store, Update};

use super::row::Row;
use super::{StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::HOURS_PER_MONTH;
use crate::{PriceError, PriceKey};

/// A capacity unit, with the storage called Aurora Standard.
const ACU_HOUR: PriceKey = PriceKey::new("aurora_acu_hour");

/// What its storage holds.
const GB_MONTH: PriceKey = PriceKey::new("aurora_gb_month");

/// A read or a write of its storage.
const IO_REQUEST: PriceKey = PriceKey::new("aurora_io_request");

/// Its part of a count, as the model's hops (`bench/model/aws.toml`). A commit is a write's time beyond a read's.
const ROW: Row = Row { read_ms: 1.0, write_ms: 4.0, commit_ms: 4.0 - 1.0 };

/// What a cluster with a count in it holds: its five databases (two templates, `postgres`, RDS' own, the counter's), of 7.5 MB each as
/// PostgreSQL makes one. What is charged is what is used (Aurora User Guide, "How Aurora data storage is billed").
const STORED_GB: f64 = 5.0 * 0.0075;

pub(super) struct Aurora;

impl StoreCost for Aurora {
    fn prices(&self) -> Vec<PriceKey> {
        vec![ACU_HOUR, GB_MONTH, IO_REQUEST]
    }

    /// A commit is one write of the storage: what its records in the log take is counted in units of 4 KB (Amazon Aurora FAQs, "What are
    /// I/Os in Aurora and how are they calculated?"), and a count has some 200 bytes of them. Those of callers at once may share a unit,
    /// and a server's do, so that a write for each call is the most. A read is none: the page of the row stays in memory.
    ///
    /// Without capacity beyond the least, which the one writer of a row keeps from being busy; and without what the cluster writes by
    /// itself, which AWS does not state.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let least = Store::Aurora.facts().instance.as_ref().and_then(|it| it.acu).map_or(0.0, |it| it.least);
        bill.monthly(Part::Store, "Aurora capacity", least * HOURS_PER_MONTH, ACU_HOUR)?;
        bill.monthly(Part::Store, "Aurora storage", STORED_GB, GB_MONTH)?;
        bill.by_call(Part::Store, "Aurora writes", use_of.usage.calls_per_month, IO_REQUEST)?;
        // A check adds nothing the way a call adds one; reading, adding and writing, it only reads.
        let written = match use_of.usage.update {
            Update::Atomic => use_of.readiness_checks,
            Update::ReadThenWrite => 0.0,
        };
        bill.monthly(Part::Store, "Aurora, readiness checks", written, IO_REQUEST)
    }

    fn writes_per_second(&self, _: Update) -> Option<f64> {
        Some(ROW.writes_per_second())
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        ROW.call_ms(update)
    }
}
