//! EC2: instances, each with its disk and its public address.

use ways::{Axis, Way};

use super::{ComputeCost, SIZED_BY_INSTANCE};
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::{PUBLIC_IPV4_HOUR, disk_gb_month, instance_hour, of_instances};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};
use crate::{PriceError, PriceKey};

/// What a snapshot of a volume holds.
const SNAPSHOT_GB_MONTH: PriceKey = PriceKey::new("ebs_snapshot_gb_month");

pub(super) struct Ec2;

impl ComputeCost for Ec2 {
    fn prices(&self) -> Vec<PriceKey> {
        [of_instances(), vec![SNAPSHOT_GB_MONTH]].concat()
    }

    /// Each instance has an address of its own behind a balancer too: without one it would need a NAT gateway, which
    /// costs ten times as much, to reach AWS.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
        let instances = f64::from(instances);
        let price = instance_hour(way.instance().expect(SIZED_BY_INSTANCE));
        let gib = |volume| f64::from(way.compute.facts().volume_gib(volume));
        bill.monthly(Part::Compute, "instance", instances * HOURS_PER_MONTH, price)?;
        bill.monthly(Part::Compute, "root volume", instances * gib("root"), disk_gb_month(usage.disk))?;
        if usage.scope == Scope::Bill {
            // At most: of a snapshot AWS charges the blocks that were written.
            bill.monthly(Part::Compute, "machine image's snapshot", gib("image"), SNAPSHOT_GB_MONTH)?;
        }
        bill.monthly(Part::Compute, "public IPv4 address", instances * HOURS_PER_MONTH, PUBLIC_IPV4_HOUR)
    }
}
