//! Lightsail: a node of a container service, at one price for all of it.

use ways::{Power, Way};

use super::ComputeCost;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Usage};
use crate::key::PriceOfEach;
use crate::{PriceError, PriceKey};

const SIZED_BY_POWER: &str = "ways.toml sizes it by a power: a test reads it";

/// A node of a power, its balancer and TLS included.
fn node_hour(power: Power) -> PriceKey {
    PriceOfEach("lightsail_{}_hour").of(&power.facts().name)
}

pub(super) struct Lightsail;

impl ComputeCost for Lightsail {
    fn prices(&self) -> Vec<PriceKey> {
        Power::all().map(node_hour).collect()
    }

    /// Its hours, up to a month's 744: what AWS calls $7 a month for the smallest is a little less in a month of 730. Balancer, TLS,
    /// address and the first 500 GB that go out are in it.
    fn items(&self, bill: &mut Bill<'_>, way: Way, _usage: &Usage, nodes: u32) -> Result<(), PriceError> {
        let hours = f64::from(nodes) * HOURS_PER_MONTH;
        bill.monthly(Part::Compute, "node, with balancer", hours, node_hour(way.power().expect(SIZED_BY_POWER)))
    }
}
