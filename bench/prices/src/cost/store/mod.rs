//! What each store adds to a bill, and what it takes. This is the one table from a store to its part.

mod aurora;
mod dynamodb;
mod file;
mod own;
mod postgres;
mod row;
mod s3;
mod valkey;
mod valkeynode;

use ways::{Axis, Store, Update, Way};

use super::bill::Bill;
use super::usage::{SECONDS_PER_MONTH, Scope, Usage, is_server};
use crate::{PriceError, PriceKey};

/// What is kept, rounded up: a count of twenty digits, its key and their metadata.
const STORED_GB: f64 = 1e-6;

/// What a store costs and takes.
pub(super) trait StoreCost {
    /// Each price that it may charge.
    fn prices(&self) -> Vec<PriceKey> {
        Vec::new()
    }

    /// Adds what a month of it costs: nothing beyond the process, unless it says so.
    fn items(&self, _bill: &mut Bill<'_>, _use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        Ok(())
    }

    /// The writes of one key per second that it takes; `None` where it is the server's own.
    fn writes_per_second(&self, _update: Update) -> Option<f64> {
        None
    }

    /// How long its part of a count takes, in milliseconds, and how many calls to it that is.
    fn call_ms(&self, _update: Update) -> (f64, f64) {
        (0.0, 1.0)
    }
}

/// How a way uses its store.
pub(super) struct UseOfStore<'a> {
    pub(super) way: Way,
    pub(super) usage: &'a Usage,
    /// Readiness checks in a month, each of which reads the count.
    pub(super) readiness_checks: f64,
    /// Whether nobody else writes to it.
    pub(super) only_writer: bool,
}

/// In the process: nothing beyond it.
struct Memory;

impl StoreCost for Memory {}

pub(super) fn part(store: Store) -> &'static dyn StoreCost {
    match store {
        Store::Memory => &Memory,
        Store::File => &file::File,
        Store::S3 => &s3::S3,
        Store::Dynamodb => &dynamodb::DynamoDb,
        Store::Valkey => &valkey::Valkey,
        Store::Valkeynode => &valkeynode::ValkeyNode,
        Store::Postgres => &postgres::Postgres,
        Store::Aurora => &aurora::Aurora,
    }
}

/// Each price that some store may charge.
pub(super) fn prices() -> impl Iterator<Item = PriceKey> {
    Store::ALL.iter().flat_map(|&store| part(store).prices())
}

/// Adds what a way's store costs.
pub(super) fn items(bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    if let Some(own) = &usage.own {
        return own::items(bill, usage.calls_per_month, own);
    }
    // A balancer's health checks don't reach the store; Kubernetes' readiness checks, one for each pod, do.
    let readiness_checks = match usage.scope {
        Scope::Bill if way.compute.facts().cluster => readiness_checks_per_month() * f64::from(instances),
        Scope::Bill | Scope::Counted | Scope::Published => 0.0,
    };
    let only_writer = is_server(way) && instances == 1;
    part(way.store).items(bill, &UseOfStore { way, usage, readiness_checks, only_writer })
}

/// Readiness checks that one pod gets in a month.
fn readiness_checks_per_month() -> f64 {
    SECONDS_PER_MONTH / f64::from(ways::model().service.health.interval_s)
}
