//! One node of ElastiCache for Valkey: its hours, whatever it is called.

use ways::Update;

use super::valkey::{Valkey, commands};
use super::{StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::HOURS_PER_MONTH;
use crate::{PriceError, PriceKey};

/// Commands per second that a node of the smallest type is meant for (AWS Database Blog, "Five workload characteristics to consider
/// when right sizing Amazon ElastiCache Redis clusters": small workloads, for which to start on a micro node).
const COMMANDS_PER_SECOND: f64 = 2_000.0;

/// A node of the type that `ways.toml` has of the store.
const NODE_HOUR: PriceKey = PriceKey::new("valkey_node_hour");

pub(super) struct ValkeyNode;

impl StoreCost for ValkeyNode {
    fn prices(&self) -> Vec<PriceKey> {
        vec![NODE_HOUR]
    }

    /// A node's hours alone: AWS's price list has nothing else of one without snapshots.
    fn items(&self, bill: &mut Bill<'_>, _use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        bill.monthly(Part::Store, "Valkey node", HOURS_PER_MONTH, NODE_HOUR)
    }

    fn writes_per_second(&self, update: Update) -> Option<f64> {
        Some(COMMANDS_PER_SECOND / commands(update))
    }

    /// As a serverless cache's.
    fn call_ms(&self, update: Update) -> (f64, f64) {
        Valkey.call_ms(update)
    }
}
