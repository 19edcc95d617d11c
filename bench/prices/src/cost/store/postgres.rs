//! RDS for PostgreSQL: an instance and its volume, by the month whatever is counted.

use ways::{Axis, Store, Update};

use super::{StoreCost, UseOfStore};
use crate::cost::assumption::{POSTGRES_COMMIT_MS, POSTGRES_READ_MS, POSTGRES_WRITE_MS};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::HOURS_PER_MONTH;
use crate::{PriceError, PriceKey};

pub(super) struct Postgres;

impl StoreCost for Postgres {
    /// The smallest volume of gp3 has 3,000 operations and 125 MB per second without charge, and nothing is backed up. Without what
    /// a T4g's processor is charged beyond its credits, where it is kept busy.
    fn items(&self, bill: &mut Bill<'_>, _: &UseOfStore<'_>) -> Result<(), PriceError> {
        bill.monthly(Part::Store, "RDS instance", HOURS_PER_MONTH, PriceKey::PostgresInstanceHour)?;
        let gb = Store::Postgres.facts().instance.as_ref().and_then(|it| it.storage_gib).map_or(0.0, f64::from);
        bill.monthly(Part::Store, "RDS storage", gb, PriceKey::PostgresGbMonth)
    }

    /// The row is one writer's until it is committed.
    fn writes_per_second(&self, _: Update) -> Option<f64> {
        Some(1e3 / POSTGRES_COMMIT_MS)
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        match update {
            Update::Atomic => (POSTGRES_WRITE_MS, 1.0),
            Update::ReadThenWrite => (POSTGRES_READ_MS + POSTGRES_WRITE_MS, 2.0),
        }
    }
}
