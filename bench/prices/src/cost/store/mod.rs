//! What each store costs and takes, one file each.

mod dynamodb;
mod file;
mod memory;
mod s3;

use crate::PriceError;
use ways::Store;
use ways::Way;

use super::bill::Bill;
use super::front;
use super::usage::{Scope, Usage, is_server};

/// What is kept, rounded up: a count of twenty digits, its key and their metadata.
const STORED_GB: f64 = 1e-6;

/// Adds what a store costs.
pub(super) fn items(bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    // A health check asks the store, so a balancer's checks are paid for. Functions get none.
    let checks = match usage.scope {
        Scope::Bill if is_server(way) => front::health_checks_per_month(way.front) * f64::from(instances),
        Scope::Bill | Scope::Counted | Scope::Published => 0.0,
    };
    match way.store {
        Store::Memory => memory::items(),
        Store::File => file::items(bill, way.compute),
        Store::S3 => s3::items(bill, usage, checks, is_server(way) && instances == 1),
        Store::DynamoDb => dynamodb::items(bill, usage, checks),
    }
}

/// Whether several instances can count in it together. Each process has a memory of its own, and a file has one
/// server at a time: a lock keeps the second out.
pub(super) fn can_be_shared(store: Store) -> bool {
    match store {
        Store::Memory | Store::File => false,
        Store::S3 | Store::DynamoDb => true,
    }
}

/// The writes of one key per second that a store takes; nothing where it is the server's own.
pub(super) fn writes_per_second(store: Store, usage: &Usage) -> Option<f64> {
    match store {
        Store::Memory | Store::File => None,
        Store::S3 => Some(s3::writes_per_second(usage.update)),
        Store::DynamoDb => Some(dynamodb::WRITES_PER_SECOND),
    }
}
