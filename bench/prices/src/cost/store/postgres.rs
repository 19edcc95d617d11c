//! RDS for PostgreSQL: an instance and its volume, by the month whatever is counted.

use ways::{Axis, Store, Update};

use super::row::Row;
use super::{StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::HOURS_PER_MONTH;
use crate::{PriceError, PriceKey};

/// An instance in one zone, of the class that `ways.toml` has of the store.
const INSTANCE_HOUR: PriceKey = PriceKey::new("postgres_instance_hour");

/// Its volume, of gp3.
const GB_MONTH: PriceKey = PriceKey::new("postgres_gb_month");

/// Its part of a count, as the model's hops, and a commit on gp3 as its `ebs_commit` (`bench/model/aws.toml`).
const ROW: Row = Row { read_ms: 0.8, write_ms: 2.2, commit_ms: 1.5 };

pub(super) struct Postgres;

impl StoreCost for Postgres {
    fn prices(&self) -> Vec<PriceKey> {
        vec![INSTANCE_HOUR, GB_MONTH]
    }

    /// The smallest volume of gp3 has 3,000 operations and 125 MB per second without charge, and nothing is backed up. Without what
    /// a T4g's processor is charged beyond its credits, where it is kept busy.
    fn items(&self, bill: &mut Bill<'_>, _: &UseOfStore<'_>) -> Result<(), PriceError> {
        bill.monthly(Part::Store, "RDS instance", HOURS_PER_MONTH, INSTANCE_HOUR)?;
        let gb = Store::Postgres.facts().instance.as_ref().and_then(|it| it.storage_gib).map_or(0.0, f64::from);
        bill.monthly(Part::Store, "RDS storage", gb, GB_MONTH)
    }

    fn writes_per_second(&self, _: Update) -> Option<f64> {
        Some(ROW.writes_per_second())
    }

    fn call_ms(&self, update: Update) -> (f64, f64) {
        ROW.call_ms(update)
    }
}
